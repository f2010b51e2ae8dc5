"""Models with what they learned."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution import __version__
from attribution.arrays.cores import on_threads
from attribution.doors import markup
from attribution.doors.files import write_json
from attribution.doors.frames.output import data_frame
from attribution.doors.values import read_json
from attribution.errors import InputError, issue, nearest, refuse
from attribution.journeys.blocks import JourneyBlocks, outline_of
from attribution.journeys.tables import DIVISION
from attribution.journeys.words import LOST, OPEN, WON
from attribution.models import registry
from attribution.models.base import Model, Params
from attribution.models.counts import Counts, total

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    import pandas as pd

    from attribution.arrays.ragged import Array, Floats
    from attribution.journeys.journeys import Journeys

SCHEMA: Final = 1
"""The version of the model file."""

BLOCK: Final = 1 << 19
"""Journeys that are counted at a time."""

DIGITS: Final = 12
"""Significant digits that learned parameters keep."""

SMALLEST, LARGEST = 1e-10, 1e12
"""Floats of this size are rounded without text."""

POWERS: Final = 10.0 ** np.arange(23)
"""Powers of ten that float64 holds exactly."""

NEEDS: Final = {
    "time": "Build journeys from touches with times; paths have none.",
    "milestones": "Give deals milestones: lead_at, opportunity_at and the like.",
    "lost": "Give lost deals too, or losses= of paths.",
    "won": "Give won deals too, or wins= of paths: it learns from them.",
}
"""What a model may need, and what gives it."""

FITTING: Final = frozenset({"lost", "won"})
"""What is needed only while a model learns."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model with its ``counts`` and learned ``params``, ready to split any deal.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1])
        >>> at.fit(journeys, "linear").label
        'linear'
    """

    model: Model
    counts: Counts | None = None
    params: Params | None = None

    @cached_property
    def label(self) -> str:
        """Return the model's label."""
        return self.model.label

    @cached_property
    def title(self) -> str:
        """Return the label for headers and ledgers, with what was clipped."""
        return self.model.title(self.params)

    @property
    def win_rate(self) -> float:
        """Return the win rate of the deals that the model was fitted on.

        Raises:
            InputError: P03: the model learns none (only Markov does).
        """
        if self.params is None or "win_rate" not in self.params:
            what = f"{self.label} has no win rate."
            raise refuse("P03", what, "Fit a model that learns one: markov.")
        return float(self.params["win_rate"])

    @cached_property
    def fingerprint(self) -> str:
        """Return a hash of what decides a split: model, parameters, what it learned.

        The counts behind it and the version of the library are no part of it.
        """
        values = {
            "model": self.model.model_name(),
            "parameters": self.model.model_dump(mode="json"),
            "params": _listed(self.params),
        }
        text = json.dumps(values, sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def table(self, name: str | None = None) -> pd.DataFrame:
        """Return what the model learned: its main table, or the one called ``name``.

        Raises:
            InputError: P03: the model has no such table (rules have none).
        """
        tables = self.model.tables(self.counts, self.params)
        key = next(iter(tables), "") if name is None else name
        if key not in tables:
            what = f"{self.label} has no table{'' if name is None else f' {name!r}'}."
            known = (
                f"It has: {', '.join(tables)}." if tables else "Rules learn nothing."
            )
            raise refuse("P03", what, f"{nearest(key, tables)} {known}".strip())
        return data_frame(dict(tables[key]))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model, its counts and parameters to a JSON file, atomically."""
        write_json(path, self.record())

    def record(self) -> dict[str, Any]:
        """Return the fitted model as JSON values."""
        return {
            "schema": SCHEMA,
            "version": __version__,
            "model": self.model.model_name(),
            "parameters": self.model.model_dump(mode="json", exclude_defaults=True),
            "counts": None if self.counts is None else self.counts.record(),
            "params": _listed(self.params),
        }

    def __repr__(self) -> str:
        """Return the label and how much was counted."""
        tables = {} if self.counts is None else self.counts.tables
        rows = {name: len(next(iter(t.values.values()))) for name, t in tables.items()}
        counted = ", ".join(f"{size} {name}" for name, size in rows.items())
        return f"Fitted({self.label}{': ' + counted if counted else ''})"

    def _repr_html_(self) -> str:
        tables = self.model.tables(self.counts, self.params)
        name = next(iter(tables), "")
        if not name:
            return f"<p>{markup.escape_html(repr(self))}</p>"
        further = ", ".join(repr(one) for one in tables if one != name)
        more = f" Further tables: {further}." if further else ""
        return markup.html_table(
            dict(tables[name]),
            caption=f"{self.title}: what it learned ({name}).{more}",
            footer=f"{DIVISION}.",
        )


def check_needs(model: Model, journeys: Journeys, *, fitting: bool) -> None:
    """Raise when the journeys lack what the model needs (P07), with the remedy.

    A fitted model needs less: won and lost deals only while it learns.
    """
    has: dict[str, Callable[[], bool]] = {
        "time": lambda: journeys.time is not None,
        "milestones": lambda: any(
            bool((at >= 0).any()) for at in journeys.milestones.values()
        ),
        "won": lambda: bool((journeys.outcome == WON).any()),
        "lost": lambda: bool((journeys.outcome == LOST).any()),
        "open": lambda: bool((journeys.outcome == OPEN).any()),
    }
    faults = [
        issue(
            "P07", "error", ("models", model.label),
            f"needs {need}, and there is none.",
            remedy=NEEDS.get(need, ""),
        )
        for need in sorted(model.requires())
        if (fitting or need not in FITTING) and not has.get(need, bool)()
    ]  # fmt: skip
    if not faults:
        faults = model.unfit(journeys)
    if faults:
        raise InputError(faults)


def fit(journeys: Journeys | JourneyBlocks, model: str | Model) -> Fitted:
    """Return the model with what it learned from ``journeys``.

    Counts are taken block by block and added exactly; a rule learns nothing.

    Raises:
        InputError: P03 an unknown model, P07 journeys without what the model needs.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1])
        >>> at.fit(journeys, at.models.Linear())
        Fitted(linear)
    """
    outline = outline_of(journeys)
    if isinstance(model, str):
        model = registry.parse(model)
    if not isinstance(model, Model):
        what = f"{model!r} is no model."
        raise refuse("P03", what, "Give a text or a Model.", where="models")
    check_needs(model, outline, fitting=True)
    parts = [one for one in _counted(journeys, model) if one is not None]
    if not parts:
        return Fitted(model)
    counts = total(parts)
    model = model.settle(counts)
    params = model.solve(counts)
    return Fitted(model, counts, None if params is None else rounded(params))


def _counted(journeys: Journeys | JourneyBlocks, model: Model) -> list[Counts | None]:
    """Return the model's counts of each block of journeys, blocks on threads."""
    if type(model).count is Model.count:
        return []
    if isinstance(journeys, JourneyBlocks):
        return [one for block in journeys for one in _counted(block, model)]

    def one(first: int) -> Counts | None:
        return model.count(journeys.block(first, min(first + BLOCK, len(journeys))))

    return list(on_threads(one, range(0, max(len(journeys), 1), BLOCK)))


def _listed(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {key: _listed(one) for key, one in value.items()}
    return value


def rounded(value: Any) -> Any:
    """Return JSON values with 12 significant digits and sorted keys.

    Example:
        >>> rounded({"b": 1 / 3, "a": [2]})
        {'a': [2], 'b': 0.333333333333}
    """
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, np.ndarray):
        return _rounded_array(value)
    if isinstance(value, dict):
        return {key: rounded(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return value


def _rounded_array(values: Array) -> Array:
    """Return float64 values with 12 significant digits, others as they are.

    A value times a power of ten is rounded to an integer of 12 digits and divided
    again, which gives the float nearest to that decimal while the power is below
    10^23 and so exact; what is larger or smaller goes through text.
    """
    if values.dtype != np.float64:
        return values
    size = np.abs(values)
    plain = (size >= SMALLEST) & (size < LARGEST)
    digits = np.floor(np.log10(np.where(plain, size, 1.0))).astype(np.int64)
    power = POWERS[DIGITS - 1 - digits]
    found: Floats = np.rint(np.where(plain, values, 0.0) * power) / power
    rest = np.flatnonzero(~plain & (values != 0))
    found[rest] = [float(f"{one:.{DIGITS}g}") for one in values[rest].tolist()]
    return found


def load_model(path: str | os.PathLike[str]) -> Fitted:
    """Return the fitted model of a JSON file that :meth:`Fitted.save` wrote.

    Raises:
        InputError: P08: not such a file, another schema version, extra fields, or a
            model that this version does not have.

    Example:
        >>> import tempfile, pathlib, attribution as at
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1])
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "m.json"
        >>> at.fit(journeys, "linear").save(path)
        >>> at.load_model(path)
        Fitted(linear)
    """
    return of_record(read_json(path), str(path))


def of_record(record: Any, where: str) -> Fitted:
    """Return the fitted model of JSON values; ``where`` they come from, for errors."""
    fields = {"schema", "version", "model", "parameters", "counts", "params"}
    remedy = "Fit the model again and save it with this version."
    if not isinstance(record, dict) or set(record) != fields:
        raise refuse(
            "P08", "is no model file, or has other fields.", remedy, where=where
        )
    if record["schema"] != SCHEMA:
        what = f"has schema version {json.dumps(record['schema'])}, not {SCHEMA}."
        raise refuse("P08", what, remedy, where=where)
    model = registry.classes().get(str(record["model"]))
    if model is None or not isinstance(record["parameters"], dict):
        what = f"holds a model {record['model']!r} that is not here."
        raise refuse("P08", what, remedy, where=where)
    counts, params = record["counts"], record["params"]
    try:
        found = None if counts is None else Counts.of_record(counts)
    except ValueError:
        raise refuse("P08", "has damaged counts.", remedy, where=where) from None
    if not isinstance(params, dict | None):
        raise refuse("P08", "has damaged params.", remedy, where=where)
    return Fitted(model(**record["parameters"]), found, params)

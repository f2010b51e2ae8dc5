"""The one contract of every model: count, solve, weigh (design §3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from attribution.errors import InputError, Issue, issue, nearest
from attribution.models import text
from attribution.models.counts import Counts, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Floats, Ints
    from attribution.journeys.journeys import Journeys

__all__ = ["Counts", "Model", "Params", "Table"]

Params = dict[str, Any]
"""What ``solve`` found: JSON values with sorted keys."""


class Model(BaseModel):
    """A rule or a learned model: how a deal is shared between its own touches.

    Parameters are pydantic fields that hold JSON values only. A rule writes ``weigh``
    and ``explain``; a learned model adds ``count``, ``solve`` and ``tables``. A model
    sees journeys as columns and each journey alone: no dataframe, no other journey,
    no clock, no random state.

    ``needs`` names what journeys must hold: ``"time"``, ``"milestones"``, ``"lost"``.

    Example:
        >>> import numpy as np
        >>> class Everyone(Model):
        ...     def weigh(self, journeys, params):
        ...         return np.ones(journeys.touch_count, np.int64)
        >>> Everyone().label
        'everyone'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    needs: ClassVar[frozenset[str]] = frozenset()

    if not TYPE_CHECKING:

        def __init__(self, **values: Any) -> None:
            """Check the parameters; all faults at once, as an InputError."""
            named = text.tuples(type(self), values)
            try:
                super().__init__(**named)
            except ValidationError as error:
                raise InputError(_faults(type(self), error)) from None

    @classmethod
    def model_name(cls) -> str:
        """Return the model's name in texts: ``TimeDecay`` is ``time_decay``."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def label(self) -> str:
        """Return the shortest text that parses back to this model."""
        return text.label(self.model_name(), type(self), self.model_dump(mode="json"))

    def title(self, params: Params | None) -> str:
        """Return the label for headers and ledgers, with what was clipped or shrunk."""
        del params
        return self.label

    @property
    def learns(self) -> bool:
        """Return whether the model splits nothing before it has seen journeys."""
        return type(self).solve is not Model.solve

    def requires(self) -> frozenset[str]:
        """Return what journeys must hold to fit this model: ``needs``, unless more."""
        return self.needs

    def settle(self, counts: Counts) -> Model:
        """Return the model to solve once journeys are counted: itself as a rule."""
        del counts
        return self

    def count(self, journeys: Journeys) -> Counts | None:
        """Return integer tables of these journeys, which add up over blocks."""
        del journeys
        return None

    def solve(self, counts: Counts) -> Params | None:
        """Return the parameters learned from the counts of all journeys."""
        del counts
        return None

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats | Ints:
        """Return each touch's weight in its own deal, (touches,).

        float64 that sum to 1 in a deal (within 1e-9), or int64 parts; all zero where
        the deal has no weight.
        """
        raise NotImplementedError

    def tables(
        self, counts: Counts | None, params: Params | None
    ) -> Mapping[str, Mapping[str, Any]]:
        """Return what ``Fitted.table(name)`` shows, columns by name."""
        del counts, params
        return {}

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the sentences that a ledger of this one journey shows."""
        del journey, params
        return ()


def _faults(model: type[Model], error: ValidationError) -> list[Issue]:
    faults: list[Issue] = []
    for one in error.errors():
        name = ".".join(str(part) for part in one["loc"])
        inner = one.get("ctx", {}).get("error")
        if isinstance(inner, InputError):
            faults += inner.issues
        elif one["type"] == "extra_forbidden":
            what = f"{model.model_name()} has no parameter {name!r}."
            known = ", ".join(model.model_fields) or "none"
            remedy = f"{nearest(name, model.model_fields)} It has: {known}.".strip()
            faults.append(issue("P03", "error", ("models", name), what, remedy=remedy))
        else:
            what = f"{model.model_name()}: {name}={one['input']!r}: {one['msg']}."
            faults.append(issue("P01", "error", ("models", name), what))
    return faults

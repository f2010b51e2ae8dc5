"""Leads counted by cell: cohorts of hand-over months, sources, owners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import clock, codes, money, ragged
from attribution.arrays.clock import DAY, HOUR, MISSING
from attribution.errors import nearest, refuse
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.arrays.ragged import Array, Bools, Floats, Ints

WAITS: Final = (1, 3, 7)
"""Days after which a lead without a sales touch counts as untouched."""

QUARTILES: Final = {"hours_q1": 0.25, "hours_median": 0.5, "hours_q3": 0.75}


@dataclass(frozen=True)
class Handed:
    """What is known of each lead, (leads,) each.

    ``flags``: bool columns by name, all within the leads handed over but ``skipped``;
    a stage that nobody can know is not there;
    ``hours``: float64 hours from the hand-over to the first sales touch, NaN where
    there is none; ``columns``: month, source, owner, team and reason;
    ``immature``: bool, the cohort is young; ``revenue``: int64 minor units of the won
    deal at its first lead, else 0, and ``currency`` its code.
    """

    flags: Mapping[str, Bools]
    hours: Floats
    columns: Mapping[str, Labelled]
    immature: Bools
    revenue: Ints
    currency: Array
    currencies: tuple[str, ...]
    decimals: tuple[int, ...]


@dataclass(frozen=True)
class Cells:
    """The combinations of labels that leads have: ``place``, int64, (leads,)."""

    place: Ints
    labels: Mapping[str, Array]
    count: int


def cells_of(columns: Mapping[str, Labelled], by: Sequence[str]) -> Cells:
    """Return the cells of leads by the columns ``by``, in label order.

    Raises:
        InputError: P09: one of ``by`` is no column of leads.
    """
    for name in by:
        if name not in columns:
            what = f"by={name!r} is none of {', '.join(columns)}."
            raise refuse("P09", what, nearest(str(name), columns))
    if len(set(by)) < len(by):
        raise refuse("P09", f"by={tuple(by)!r} repeats a column.", "Name each once.")
    rows = len(next(iter(columns.values())).codes)
    if not by:
        return Cells(np.zeros(rows, np.int64), {}, 1)
    chosen = [columns[name] for name in by]
    sizes = [len(column.labels) for column in chosen]
    keys, _ = codes.combined([column.codes for column in chosen], sizes)
    unique, place = np.unique(keys, return_inverse=True)
    parts = codes.separated(unique, sizes)
    named = {
        name: column.labels[part]
        for name, column, part in zip(by, chosen, parts, strict=True)
    }
    return Cells(place, named, len(unique))


def months(at: Ints, tz: str, *, as_of: int, maturity: int) -> tuple[Labelled, Bools]:
    """Return each lead's cohort, and whether it is young.

    A month is immature until ``maturity`` has passed since its end.

    Args:
        at: int64 instants of the hand-over, MISSING where there was none.
        tz: The time zone whose months count.
        as_of: The instant at which the data is seen.
        maturity: Microseconds.

    Example:
        >>> months(np.array([0, MISSING]), "UTC", as_of=40 * DAY, maturity=30 * DAY)[1]
        array([ True, False])
    """
    code, names = clock.period_of(at, tz, "month")
    firsts = np.array(names[1:], "datetime64[M]") + np.timedelta64(1, "M")
    ends = clock.day_start(firsts.astype("datetime64[D]").astype(np.int64), tz)
    young = np.append(False, ends + maturity > as_of)
    column = Labelled(code.astype(np.int32), np.array(names, object))
    return column, young[code]


def waits(handed: Ints, first: Ints, as_of: int) -> dict[str, Bools]:
    """Return which leads could be judged after 1, 3, 7 days, and which were untouched.

    A touch exactly so many days after the hand-over is in time.

    Args:
        handed: int64 instants, MISSING where the lead was not handed over.
        first: int64 instants of the first sales touch, far in the future for none.
        as_of: The instant at which the data is seen.
    """
    there = handed != MISSING
    found: dict[str, Bools] = {}
    for days in WAITS:
        limit = np.where(there, handed, 0) + days * DAY
        found[f"observed_{days}d"] = there & (limit <= as_of)
        found[f"untouched_{days}d"] = found[f"observed_{days}d"] & (first > limit)
    return found


def counts(leads: Handed, cells: Cells) -> dict[str, Ints]:
    """Return how many leads each cell has, and of which flag; int64, (cells,)."""
    whole = {"leads": np.bincount(cells.place, minlength=cells.count)}
    flagged = {
        name: np.bincount(cells.place[flag], minlength=cells.count)
        for name, flag in leads.flags.items()
    }
    return {**whole, **flagged}


def quartiles(hours: Floats, cells: Cells) -> dict[str, Floats]:
    """Return the quartiles of the hours of each cell, NaN where it has none.

    Between two values the quartile is interpolated (method 7 of Hyndman and Fan,
    1996), as by ``numpy.quantile``.
    """
    there = np.flatnonzero(~np.isnan(hours))
    order = there[np.lexsort((hours[there], cells.place[there]))]
    sizes = np.bincount(cells.place[there], minlength=cells.count)
    offsets = ragged.offsets_of(sizes)
    some = np.flatnonzero(sizes)
    found = {}
    for name, share in QUARTILES.items():
        place = (sizes[some] - 1) * share
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, sizes[some] - 1)
        low, high = (hours[order[offsets[some] + at]] for at in (below, above))
        found[name] = np.full(cells.count, np.nan)
        found[name][some] = low + (high - low) * (place - below)
    return found


def revenues(leads: Handed, cells: Cells) -> dict[str, Floats]:
    """Return the won revenue of each cell in major units, a column a currency."""
    found = {}
    for code, name in enumerate(leads.currencies):
        own = leads.currency == code
        minor = codes.sum_by(cells.place[own], leads.revenue[own], cells.count)
        found[f"revenue_{name}"] = money.to_major(minor, leads.decimals[code])
    return found


def rates(table: Mapping[str, Ints]) -> dict[str, Floats]:
    """Return each count as a share of the leads handed over, NaN where there is none.

    Untouched leads are a share of those that could be judged.
    """
    over = {name: "handed_over" for name in SHARED if name in table}
    over |= {f"untouched_{days}d": f"observed_{days}d" for days in WAITS}
    return {
        f"{name}_rate": np.divide(
            table[name], table[whole],
            out=np.full(len(table[name]), np.nan), where=table[whole] > 0,
        )
        for name, whole in over.items()
    }  # fmt: skip


SHARED: Final = ("accepted", "rejected", "recycled", "touched", "became_deal", "won")


def hours_between(handed: Ints, first: Ints, answered: Bools) -> Floats:
    """Return the hours from hand-over to first touch, NaN where there was none."""
    hours = np.full(len(handed), np.nan)
    hours[answered] = (first[answered] - handed[answered]) / HOUR
    return hours


def table_of(leads: Handed, cells: Cells) -> dict[str, Array]:
    """Return the table of a funnel by cell: labels, counts, rates, hours, revenue."""
    counted = counts(leads, cells)
    immature = np.zeros(cells.count, np.bool_)
    immature[cells.place[leads.immature]] = True
    return {
        **cells.labels,
        **counted,
        **rates(counted),
        **quartiles(leads.hours, cells),
        **revenues(leads, cells),
        "immature": immature,
    }


def reasons_of(leads: Handed, by: Sequence[str]) -> dict[str, Array]:
    """Return the rejected leads by cell and reason, and their share of the cell's."""
    rejected = np.flatnonzero(leads.flags.get("rejected", False & leads.immature))
    columns = {name: column.take(rejected) for name, column in leads.columns.items()}
    cells = cells_of(columns, (*by, "reason"))
    whole = cells_of(columns, by)
    count = np.bincount(cells.place, minlength=cells.count)
    group = np.zeros(cells.count, np.int64)
    group[cells.place] = whole.place
    total = np.bincount(whole.place, minlength=whole.count)[group]
    order = np.lexsort((np.arange(cells.count), -count, group))
    table = {**cells.labels, "rejected": count, "share": count / np.maximum(total, 1)}
    return {name: column[order] for name, column in table.items()}

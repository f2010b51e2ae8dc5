"""What was spent: a table of costs, or the costs of the touches themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import clock, codes
from attribution.arrays.currencies import NO_CURRENCY
from attribution.doors.frames.native import read_table
from attribution.errors import nearest, refuse
from attribution.intake.checks import amounts, labels
from attribution.intake.checks.amounts import Reading
from attribution.intake.checks.findings import Findings
from attribution.journeys.words import NONE, Labelled

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from attribution.arrays.ragged import Array, Ints
    from attribution.doors.frames.columns import Column
    from attribution.doors.frames.native import Table
    from attribution.journeys.journeys import Journeys

PERSONAL: Final = frozenset({"contact", "link"})
"""Columns of touches that costs are not told by."""

PERIOD: Final = re.compile(r"(\d{4})-(?:Q([1-4])|(0[1-9]|1[0-2])(?:-\d\d.*)?)")
"""A quarter, a month, or a day or instant that begins with one."""

QUARTER: Final = 3


class Costs(NamedTuple):
    """Costs as columns, (rows,) each.

    ``cost``: int64 minor units of ``currency``, whose minor units have ``decimals``;
    ``columns``: labels by name, period first where asked for.
    """

    cost: Ints
    currency: Labelled
    decimals: tuple[int, ...]
    columns: dict[str, Labelled]


def read_costs(
    frame: object,
    journeys: Journeys,
    by: Sequence[str] | None,
    period: str | None,
    currency: str | None,
) -> Costs:
    """Return a table of costs: cost, currency, columns of touches, period.

    Args:
        frame: The table.
        journeys: Whose touches and options say how it is read.
        by: The columns to tell costs by; all that touches have too unless given.
        period: ``"month"`` or ``"quarter"``, None to add up all of them.
        currency: Of costs that name none.

    Raises:
        InputError: Everything that is wrong, at once: S01 a column that is missing,
            M02 to M10 costs and currencies that cannot be read, T10 periods.
    """
    table, findings = read_table(frame, "costs"), Findings()
    known = [name for name in journeys.touch if name not in PERSONAL]
    names = [name for name in known if name in table.columns] if by is None else by
    _check_names(journeys, names)
    needed = ["cost", *names, *(["period"] if period else [])]
    for name in needed:
        if name not in table.columns:
            told = nearest(name, table.columns)
            what = "is a required column and missing."
            findings.error("S01", ("costs", name), what, told)
    if not names and period is None:
        what = "has no column to tell costs by."
        remedy = f"Give one of {', '.join(known)} or period."
        findings.error("S01", ("costs", ""), what, remedy)
    findings.stop_if_wrong()
    columns = {}
    if period is not None:
        column = table.column("period")
        columns["period"] = _periods(column, period, journeys.tz, findings)
    for name in names:
        own = labels.read_labels(table.column(name), ("costs", name), findings)
        columns[name] = labels.ordered(_lowered(own) if name == "team" else own)
    cost, money, decimals = _money(table, journeys, currency, findings)
    findings.stop_if_wrong()
    return Costs(cost, money, decimals, columns)


def _check_names(journeys: Journeys, names: Collection[str]) -> None:
    """Raise P09 where a name is no column of touches, or one of persons."""
    for name in names:
        if name not in journeys.touch or name in PERSONAL:
            what = f"there is no column {name!r} to tell costs by."
            raise refuse("P09", what, nearest(str(name), journeys.touch))


def _lowered(team: Labelled) -> Labelled:
    lowered = np.array([label.casefold() for label in team.labels], object)
    return Labelled(*codes.joined([(team.codes, lowered)]))


def _money(
    table: Table, journeys: Journeys, currency: str | None, findings: Findings
) -> tuple[Ints, Labelled, tuple[int, ...]]:
    options, names = journeys.options, journeys.currencies
    default = currency or (names[0] if len(names) == 1 else None)
    column = table.column("currency") if "currency" in table.columns else None
    where = ("costs", "currency")
    if column is None and default is None:
        findings.error(
            "M05", where, f"is one of {', '.join(names)}, and nobody says which.",
            "Add a column currency to the costs, or give currency=.",
        )  # fmt: skip
    money = amounts.read_currencies(column, table.rows, default, findings, where)
    decimals = amounts.decimals_of(money.labels, options.get("decimals"))
    places = np.array([*decimals, amounts.MOST_DECIMALS], np.int64)[money.codes]
    how = Reading(options.get("rounding"), None, allow_negative=True)
    where = ("costs", "cost")
    cost, absent = amounts.read_amounts(
        table.column("cost"), where, places, how, findings
    )
    findings.error("M01", where, "is missing.", "Give it, or 0.", rows=absent)
    findings.error(
        "M03", where, "is negative.", "Give what was spent in the end.", rows=cost < 0
    )
    amounts.check_totals(cost, money, findings, where)
    return cost, money, decimals


def _periods(column: Column, period: str, tz: str, findings: Findings) -> Labelled:
    """Return the month or quarter of each row: of texts, days or instants."""
    where = ("costs", "period")
    if column.kind in {"day", "instant"}:
        days = column.values
        if column.kind == "instant":
            at = np.where(column.missing, 0, days)
            days = clock.day_of(at, tz if column.aware else "UTC")
        texts = days.astype("datetime64[D]").astype(str).astype(object)
        texts[column.missing] = NONE
        every = np.arange(len(texts), dtype=np.int32)
        found = Labelled(*codes.joined([(every, texts)]))
    else:
        found = labels.read_labels(column, where, findings)
    told = [NONE if one == NONE else _period(one, period) for one in found.labels]
    bad = np.array([one is None for one in told], np.bool_)
    findings.error(
        "T10", where, f"names no {period}.",
        "Write 2026-03" + (" or 2026-Q1." if period == "quarter" else "."),
        rows=bad[found.codes],
    )  # fmt: skip
    named = np.array([one or NONE for one in told], object)
    return Labelled(*codes.joined([(found.codes, named)]))


def _period(label: str, period: str) -> str | None:
    """Return the period that a label lies in, None where it names none.

    Example:
        >>> _period("2026-03-31", "quarter"), _period("2026-Q1", "month")
        ('2026-Q1', None)
    """
    found = PERIOD.fullmatch(label.strip())
    if found is None:
        return None
    year, quarter, month = found.groups()
    if period == "month":
        return f"{year}-{month}" if month else None
    return f"{year}-Q{quarter or (int(month) - 1) // QUARTER + 1}"


def touch_costs(journeys: Journeys, by: Collection[str], period: str | None) -> Costs:
    """Return the costs of the touches in journeys, each row of the table once.

    Their period is that of the touch.

    Raises:
        InputError: S01 touches without a cost, P09 an unknown column.
    """
    if journeys.cost is None or journeys.time is None:
        what = 'has no column cost, which costs="touches" adds up.'
        remedy = "Give each touch a cost when building, or a table of costs."
        raise refuse("S01", what, remedy, where="touches")
    _check_names(journeys, by)
    rows = _rows_once(journeys)
    columns = {}
    if period is not None:
        own, names = clock.period_of(journeys.time[rows], journeys.tz, period)
        columns["period"] = Labelled(own.astype(np.int32), np.array(names, object))
    columns |= {name: journeys.touch[name].take(rows) for name in by}
    named = (journeys.options.get("currency"), *journeys.currencies, NO_CURRENCY)
    label = np.array([next(filter(None, named))], object)
    nothing = np.zeros(len(rows), np.int32)
    decimals = amounts.decimals_of(label, journeys.options.get("decimals"))
    return Costs(journeys.cost[rows], Labelled(nothing, label), decimals, columns)


def _rows_once(journeys: Journeys) -> Ints:
    """Return one touch of each row of the table: a row can count in several deals."""
    columns: list[Array] = [journeys.row]
    columns += [one for one in (journeys.time, journeys.cost) if one is not None]
    columns += [one.codes for name, one in journeys.touch.items() if name != "link"]
    if journeys.touch_id is not None:
        columns.append(journeys.touch_id.codes)
    order = np.lexsort(columns[::-1])
    first = np.ones(len(order), np.bool_)
    first[1:] = np.logical_or.reduce([np.diff(key[order]) != 0 for key in columns])
    return np.sort(order[first])

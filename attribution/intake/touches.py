"""The table of touches as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attribution.arrays.codes import narrow
from attribution.doors.frames.columns import factorized
from attribution.intake.checks import amounts, ids, labels, times
from attribution.intake.checks.columns import missing
from attribution.intake.links import COLUMNS
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.checks.columns import Source
    from attribution.intake.checks.findings import Findings
    from attribution.intake.checks.times import TimeReader
    from attribution.intake.options import Options


FAMILIES = {
    "deal_id": ("deal_id", "lead_deal_id"),
    "contact_id": ("contact_id",),
    "account_id": ("account_id", "person_account_id"),
}
"""The id columns whose codes are shared, under the name of the family."""

LABELS = ("campaign", "rep")
"""Columns of labels that may be absent."""

CARRIED = ("time", "touch_id", "contact_id")
"""Columns that are carried in any case, under these names."""


@dataclass(frozen=True)
class Touches:
    """Touches as columns, (rows,) each; ids as codes shared with the other tables.

    ``day``: int64, the day of a day-only touch, else MISSING; ``time`` is its noon.
    ``lost``: bool, rows without a time. ``ids``: the codes of each link's column.
    """

    time: Ints
    day: Ints
    lost: Bools
    columns: Mapping[str, Labelled]
    process: Bools
    touch_id: Labelled | None
    ids: Mapping[str, Array]
    cost: Ints | None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.time)


def columns_of(options: Options) -> list[str]:
    """Return the columns that :func:`read_touches` reads, the longest first."""
    names = ("touch_id", "contact_id", "channel", "team", *LABELS, *options.keep)
    return list(dict.fromkeys((*names, "time", "process", "cost")))


def read_touches(
    source: Source,
    linked: Mapping[str, Array],
    options: Options,
    clocks: TimeReader,
    findings: Findings,
) -> Touches:
    """Return the touches with whatever is wrong with them added to ``findings``.

    Args:
        source: The user's table.
        linked: The shared codes of the columns of links.
        options: The user's options.
        clocks: Reads the time column.
        findings: Where the issues go.
    """
    source = source.read_ahead(columns_of(options))
    found = clocks.read(source, "time")
    columns = _labels(source, options, findings)
    channel = columns["channel"]
    steps = _steps(source, findings)
    if options.process:
        named = np.array([one in options.process for one in channel.labels], np.bool_)
        steps = steps | np.append(named, False)[channel.codes]
    return Touches(
        time=times.at_noon(found, options.tz),
        day=found.days,
        lost=clocks.without_time(found, there=source.has("time")),
        columns=columns,
        process=steps,
        touch_id=_touch_ids(source, findings),
        ids={way: linked[name] for way, name in COLUMNS.items() if name in linked},
        cost=None,
    )


def _labels(
    source: Source, options: Options, findings: Findings
) -> dict[str, Labelled]:
    rows = source.rows
    nothing = labels.constant("(none)", rows)
    channel = nothing
    if source.has("channel"):
        channel = labels.read_channel(source.column("channel"), findings)
    if source.has("team") or options.teams:
        team = labels.read_team(
            source.column("team") if source.has("team") else None,
            channel, options.teams, options.declared, findings,
        )  # fmt: skip
    else:
        missing(source, ("team",), findings)
        team = nothing
    found = {"team": team, "channel": channel}
    for name in LABELS:
        found[name] = nothing
        if source.has(name):
            column = source.column(name)
            found[name] = labels.read_labels(column, ("touches", name), findings)
    found["contact"] = nothing
    if source.has("contact_id"):
        column = source.column("contact_id")
        if column.kind in {"text", "integer", "empty"}:
            found["contact"] = labels.read_labels(
                column, ("touches", "contact_id"), findings
            )
    for name in options.keep:
        if source.has(name) and name not in {*found, *CARRIED}:
            column = source.column(name)
            text = labels.as_text(column)
            if text is None:
                found[name] = labels.read_labels(column, ("touches", name), findings)
            else:
                found[name] = labels.filled(text)
    return {name: _narrow(labels.ordered(column)) for name, column in found.items()}


def _narrow(column: Labelled) -> Labelled:
    return Labelled(narrow(column.codes, len(column.labels)), column.labels)


def _steps(source: Source, findings: Findings) -> Bools:
    """Return which touches the column ``process`` says are process steps (L08).

    Booleans, or the texts true and false, as a CSV file holds them.
    """
    column = source.column("process")
    steps: Bools = np.broadcast_to(np.False_, source.rows)
    known: Bools = column.missing
    if column.kind == "boolean":
        steps, known = column.values & ~column.missing, np.ones(source.rows, np.bool_)
    elif column.kind == "text":
        words = [label.strip().casefold() for label in column.text_labels()]
        steps = np.array([*(word == "true" for word in words), False])[column.values]
        table = np.array([*(word in {"true", "false"} for word in words), True])
        known = table[column.values]
    findings.error(
        "L08", ("touches", "process"), "is no boolean.",
        "Give true for a process step and false for any other touch; name channels "
        "with process=.",
        rows=~known if source.has("process") else np.zeros(0, np.int64),
    )  # fmt: skip
    return steps


def _touch_ids(source: Source, findings: Findings) -> Labelled | None:
    """Return the touch ids, their labels in no order; absent or empty is -1."""
    if not source.has("touch_id"):
        return None
    column = source.column("touch_id")
    if not ids.usable_ids(("touches", "touch_id"), column, findings):
        return None
    if column.kind == "integer":
        found, labels = factorized(column.values)
        return Labelled(np.where(column.missing, -1, found).astype(np.int32), labels)
    if column.kind == "text":
        labels = column.compact_labels()
        ids.check_text([("touches", "touch_id")], labels, findings)
        return Labelled(ids.without_empty([column.values], labels)[0], labels)
    return Labelled(np.full(source.rows, -1, np.int32), np.array([], object))


def read_cost(
    source: Source,
    deal_currencies: Labelled,
    options: Options,
    findings: Findings,
) -> Ints | None:
    """Return each touch's cost in minor units, None where there is no such column.

    Costs are in ``currency=``, or in the deals' currency where there is only one.
    """
    if not source.has("cost"):
        return None
    where = ("touches", "cost")
    names = [options.currency] if options.currency else list(deal_currencies.labels)
    if len(names) > 1:
        findings.error(
            "M05", where, f"is in one of {', '.join(names)}, and nobody says which.",
            "Name the currency of costs with currency=.",
        )  # fmt: skip
        return None
    label = np.array(names or ["XXX"], object)
    places = amounts.decimals_of(label, options.decimals)
    how = amounts.Reading(options.rounding, options.decimals, options.allow_negative)
    cost, _ = amounts.read_amounts(
        source.column("cost"), where, np.full(source.rows, places[0]), how, findings
    )
    return cost


def repeats(touches: Touches, findings: Findings) -> Bools:
    """Return the rows that repeat a touch of the same id exactly (J04).

    One of them is kept. Rows of one touch id that differ are reported and all kept.
    """
    again = np.zeros(len(touches), np.bool_)
    if touches.touch_id is None:
        return again
    own = touches.touch_id.codes
    often = np.bincount(own[own >= 0], minlength=1) > 1
    rows = np.flatnonzero(np.append(often, False)[own])
    if not rows.size:
        return again
    keys = [
        touches.time, touches.day, *touches.ids.values(), touches.process,
        *(column.codes for column in touches.columns.values()),
    ]  # fmt: skip
    if touches.cost is not None:
        keys.append(touches.cost)
    order = rows[np.lexsort((rows, *(key[rows] for key in keys), own[rows]))]
    twin = np.diff(own[order]) == 0
    same = twin.copy()
    for key in keys:
        same &= np.diff(key[order]) == 0
    again[order[1:][same]] = True
    findings.add(
        "J04", "set aside", ("touches", "touch_id"), "stands twice in equal rows.",
        "One of them is kept.", rows=again,
    )  # fmt: skip
    findings.add(
        "J04", "warning", ("touches", "touch_id"), "stands twice in rows that differ.",
        "Both are kept; give each touch its own id.",
        rows=np.sort(order[1:][twin & ~same]),
    )  # fmt: skip
    return again


def link_codes(
    sources: Mapping[str, Source], findings: Findings, packed: Collection[str] = ()
) -> tuple[dict[str, dict[str, Array]], dict[str, Array]]:
    """Return the shared codes of every id column, by table, and the labels by id.

    Texts of the families named in ``packed`` are bytes where they can be. Columns
    that are not there are -1 throughout, take no memory and are read-only.

    Raises nothing: faults I05, I06, I09 are added to ``findings``.
    """
    found: dict[str, dict[str, Array]] = {name: {} for name in sources}
    shared: dict[str, Array] = {}
    for family, names in FAMILIES.items():
        places = [
            (table, name)
            for table, source in sources.items()
            for name in names
            if source.has(name)
        ]
        columns = [(place, sources[place[0]].ids(place[1])) for place in places]
        own, shared[family] = ids.shared_ids(columns, findings, packed=family in packed)
        for table, source in sources.items():
            found[table][family] = np.broadcast_to(np.int32(-1), source.rows)
        for (table, name), codes in zip(places, own, strict=True):
            found[table][name] = codes
    return found, shared

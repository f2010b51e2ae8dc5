"""The second door: aggregated paths with their wins, losses and revenue."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays import ragged
from attribution.arrays.clock import MISSING
from attribution.doors.frames.columns import Column, factorized, from_objects
from attribution.doors.frames.native import Table, read_table
from attribution.errors import nearest, refuse
from attribution.intake.checks import amounts
from attribution.intake.checks.findings import Findings
from attribution.intake.checks.labels import constant, ordered, read_labels
from attribution.intake.options import read_options
from attribution.journeys.journeys import Journeys
from attribution.journeys.words import LOST, NONE, REASONS, WON, Labelled, SetAside

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from attribution.arrays.money import Rounding
    from attribution.arrays.ragged import Array, Ints

PATH = ("paths", "path")

MOST_DEALS = 2**31
"""Deals of all paths together; wins are summed in units of 2^-32 deal."""


def journeys_from_paths(
    paths: object,
    *,
    wins: Any,
    losses: Any = None,
    revenue: Any = None,
    separator: str = ">",
    currency: str | None = None,
    decimals: int | None = None,
    rounding: Rounding | None = None,
    teams: Mapping[str, str] | Collection[str] | None = None,
) -> Journeys:
    """Return the journeys of aggregated paths, for data without deals of their own.

    Row i becomes a won journey (id i, count = wins, amount = the row's whole revenue)
    and a lost one (id ``"i:lost"``, count = losses); a side of count 0 gives none.

    Args:
        paths: Texts ("a > b > c") or lists of channels; or a frame, in which case
            ``wins``, ``losses`` and ``revenue`` are names of its columns and the paths
            stand in its column ``path``.
        wins: Won deals of each path, whole numbers.
        losses: Lost deals of each path.
        revenue: Revenue of each path, of all its wins together.
        separator: What stands between channels in a text; labels are stripped.
        currency: The currency of the revenue; ISO 4217's XXX unless given.
        decimals: 0 to 9, instead of the currency's.
        rounding: ``"half_even"`` or ``"half_up"``, where revenue has more decimals.
        teams: Channel → team; without it the team is "(none)".

    Raises:
        InputError: Everything that is wrong, at once.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a > b", "b"], wins=[1, 2])
        >>> len(journeys), journeys.touch_count
        (2, 3)
    """
    findings = Findings()
    if not isinstance(separator, str) or not separator:
        what = f"separator={separator!r} is no text."
        raise refuse("P04", what, 'Write what stands between channels, such as ">".')
    if wins is None:
        raise refuse("P04", "wins= is None.", "Give the won deals of each path.")
    options = read_options(
        findings.issues,
        outcomes=None, teams=teams, keep=(), currency=currency, decimals=decimals,
        rounding=rounding, anchor="closed", as_of=None, tz="UTC", days=(),
        lookback=None, start="all", sharing="each", process=(), allow_negative=False,
    )  # fmt: skip
    given = {"wins": wins, "losses": losses, "revenue": revenue}
    texts, columns = _columns(paths, given, findings)
    findings.stop_if_wrong()
    channel, offsets = _steps(texts, separator, findings)
    won = _counts(columns.get("wins"), "wins", len(texts), findings)
    lost = _counts(columns.get("losses"), "losses", len(texts), findings)
    money = amounts.read_currencies(None, len(texts), currency, findings)
    places = amounts.decimals_of(money.labels, decimals)
    revenues = _revenue(columns.get("revenue"), won, places, rounding, findings)
    findings.stop_if_wrong()
    aside = _unused(won, lost, findings)
    journeys = _assembled(channel, _teams(channel, options.teams), offsets, won, lost)
    is_won = journeys.outcome == WON
    rows = _path_rows(won, lost)
    return replace(
        journeys,
        amount=np.where(is_won, revenues[rows], 0),
        currencies=tuple(money.labels.tolist()),
        decimals=places,
        options={**options.record(0), "separator": separator},
        found=tuple(findings.issues),
        aside=aside,
    ).trimmed()


def _assembled(
    channel: Labelled, team: Labelled, offsets: Ints, won: Ints, lost: Ints
) -> Journeys:
    """Return the journeys of paths, without their money."""
    rows = _path_rows(won, lost)
    is_won = np.arange(len(rows)) < np.count_nonzero(won > 0)
    own, cut = ragged.gather(offsets, rows)
    nothing = np.full(len(rows), MISSING)
    untouched = np.where(np.diff(cut) > 0, -1, REASONS.index("no touch linked"))
    return Journeys(
        offsets=cut,
        time=None,
        touch=_touch_columns(team, channel, own),
        process=np.zeros(len(own), np.bool_),
        day=np.zeros(len(own), np.bool_),
        touch_id=None,
        cost=None,
        row=ragged.spread(rows, cut),
        amount=np.zeros(len(rows), np.int64),
        currency=np.zeros(len(rows), np.int16),
        currencies=(),
        decimals=(),
        outcome=np.where(is_won, WON, LOST).astype(np.int8),
        start=nothing,
        end=nothing,
        closed_at=nothing,
        created_at=nothing,
        milestones={},
        milestone_days={},
        amount_at_opportunity=None,
        deal_id=_ids(rows, is_won),
        deal={},
        count=np.where(is_won, won[rows], lost[rows]),
        reason=untouched.astype(np.int8),
    )


def _columns(
    paths: object, given: Mapping[str, Any], findings: Findings
) -> tuple[list[Any], dict[str, Column]]:
    if hasattr(paths, "columns") or hasattr(paths, "column_names"):
        return _from_frame(read_table(paths, "paths"), given, findings)
    if isinstance(paths, str | Mapping | AbstractSet) or not hasattr(
        paths, "__getitem__"
    ):
        findings.error(
            "S05", PATH, f"is a {type(paths).__name__}, not a sequence of paths.",
            "Give a list of texts or lists, or a frame.",
        )  # fmt: skip
        return [], {}
    texts: list[Any] = list(paths)  # type: ignore[call-overload]
    columns = {}
    for name, values in given.items():
        if values is None:
            continue
        if isinstance(values, str) or not hasattr(values, "__len__"):
            findings.error(
                "P04", ("paths", name), "is no sequence of numbers.",
                "Give one number for each path.",
            )  # fmt: skip
            continue
        column = from_objects(np.fromiter(values, object))
        if len(column) != len(texts):
            findings.error(
                "S09", ("paths", name),
                f"has {len(column)} values for {len(texts)} paths.",
                "Give one for each path.",
            )  # fmt: skip
        columns[name] = column
    return texts, columns


def _from_frame(
    table: Table, given: Mapping[str, Any], findings: Findings
) -> tuple[list[Any], dict[str, Column]]:
    names = {"path": "path"} | {k: v for k, v in given.items() if v is not None}
    columns = {}
    for ours, theirs in names.items():
        if theirs in table.columns:
            columns[ours] = table.column(theirs)
        else:
            findings.error(
                "S01", ("paths", ours), f"names {theirs!r}, which is not there.",
                nearest(str(theirs), table.columns),
            )  # fmt: skip
    path = columns.pop("path", None)
    if path is None:
        return [], columns
    if path.kind == "nested":
        return table.frame.get_column("path").to_list(), columns
    if path.kind != "text":
        findings.error("S08", PATH, "holds no text.", 'Write "a > b > c".')
        return [], columns
    return np.append(path.text_labels(), [None])[path.values].tolist(), columns


def _steps(
    texts: Sequence[Any], separator: str, findings: Findings
) -> tuple[Labelled, Ints]:
    """Return the channel of every step of every path in order, and the offsets."""
    is_text = [isinstance(one, str) for one in texts]
    if all(is_text):
        counts = [one.count(separator) + 1 if one.strip() else 0 for one in texts]
        steps = separator.join(filter(str.strip, texts)).split(separator)
        steps = steps if any(counts) else []
    else:
        good = np.array([_is_path(one) for one in texts], np.bool_)
        findings.error(
            "S08", PATH, "is neither text nor a list of channels.",
            'Write "a > b > c" or ["a", "b", "c"].', rows=~good,
        )  # fmt: skip
        lists = [
            (one.split(separator) if one.strip() else []) if text else one
            for one, text, right in zip(texts, is_text, good, strict=True)
            if right
        ]
        counts = [len(one) for one in lists]
        steps = list(itertools.chain.from_iterable(lists))
    column = from_objects(np.fromiter(steps, object, len(steps)))
    found = read_labels(column, PATH, findings)
    stripped = [label.strip() or NONE for label in found.labels]
    table, labels = factorized(np.array(stripped, object))
    offsets = ragged.offsets_of(np.array(counts, np.int64))
    blank = np.array([one == NONE for one in stripped], np.bool_)
    findings.add(
        "L01", "warning", PATH, 'has an empty step: the channel is "(none)".',
        "Fill it in to see what it was.",
        rows=ragged.sums(blank[found.codes], offsets) > 0,
    )  # fmt: skip
    return ordered(Labelled(np.append(table, -1)[found.codes], labels)), offsets


def _is_path(path: object) -> bool:
    if isinstance(path, str):
        return True
    return isinstance(path, list | tuple | np.ndarray) and all(
        isinstance(step, str | None) for step in path
    )


def _counts(column: Column | None, name: str, rows: int, findings: Findings) -> Ints:
    """Return whole, non-negative counts; anything else is a fault (M12)."""
    if column is None:
        return np.zeros(rows, np.int64)
    values, bad = amounts.whole_numbers(column)
    findings.error(
        "M12", ("paths", name), "is negative or no whole number.", "Correct the rows.",
        rows=bad | (values < 0),
    )  # fmt: skip
    if float(np.abs(values.astype(np.float64)).sum()) >= MOST_DEALS:
        findings.error(
            "M08", ("paths", name), "sums to 2^31 deals or more.",
            "Split the paths into parts.",
        )  # fmt: skip
    return values


def _revenue(
    column: Column | None,
    won: Ints,
    places: tuple[int, ...],
    rounding: Rounding | None,
    findings: Findings,
) -> Ints:
    if column is None:
        return np.zeros(len(won), np.int64)
    how = amounts.Reading(rounding, None, allow_negative=False)
    where = ("paths", "revenue")
    decimals = np.full(len(won), places[0])
    minor, absent = amounts.read_amounts(column, where, decimals, how, findings)
    findings.error(
        "M01", where, "is missing on a path with wins.", "Give it, or 0.",
        rows=absent & (won > 0),
    )  # fmt: skip
    findings.error(
        "M12", where, "is not 0 on a path without wins.", "Correct wins or revenue.",
        rows=(minor != 0) & (won == 0),
    )  # fmt: skip
    amounts.check_totals(minor, constant("XXX", len(minor)), findings)
    return minor


def _unused(won: Ints, lost: Ints, findings: Findings) -> tuple[SetAside, ...]:
    rows = np.flatnonzero((won == 0) & (lost == 0))
    findings.add(
        "J11", "set aside", ("paths", ""), "have neither wins nor losses.", rows=rows
    )
    if not rows.size:
        return ()
    count = len(rows)
    return (
        SetAside(
            "paths", rows, np.zeros(count, np.int8), np.full(count, -1),
            np.ones(count, np.bool_), ("J11",), ("has neither wins nor losses.",),
        ),
    )  # fmt: skip


def _path_rows(won: Ints, lost: Ints) -> Ints:
    """Return the path of each journey in order, won ones first.

    Ids are texts where there are lost ones, so the order is that of the text.
    """
    won_rows, lost_rows = np.flatnonzero(won > 0), np.flatnonzero(lost > 0)
    if lost_rows.size:
        won_rows = won_rows[np.argsort(won_rows.astype(str), kind="stable")]
        keys = np.char.add(lost_rows.astype(str), ":lost")
        lost_rows = lost_rows[np.argsort(keys, kind="stable")]
    return np.concatenate([won_rows, lost_rows])


def _ids(rows: Ints, is_won: Array) -> Array:
    if is_won.all():
        return rows
    texts = rows.astype(str)
    return np.where(is_won, texts, np.char.add(texts, ":lost")).astype(object)


def _teams(channel: Labelled, teams: Mapping[str, str]) -> Labelled:
    own = np.array([teams.get(one, NONE) for one in channel.labels], object)
    table, labels = factorized(own)
    return ordered(Labelled(np.append(table, -1)[channel.codes], labels))


def _touch_columns(team: Labelled, channel: Labelled, own: Ints) -> dict[str, Labelled]:
    nothing = constant(NONE, len(own))
    return {
        "team": Labelled(team.codes[own], team.labels),
        "channel": Labelled(channel.codes[own], channel.labels),
        "campaign": nothing,
        "rep": nothing,
        "contact": nothing,
        "link": constant("deal", len(own)),
    }

"""Path transforms: journeys with fewer touches, by rules on their channels.

Each returns new journeys. What it takes out is set aside with a reason; every deal
stays, and keeps at least one touch if it had any. A channel is a team's channel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import codes, ragged
from attribution.arrays.clock import MISSING
from attribution.errors import issue, nearest, refuse
from attribution.journeys.blocks import whole_of
from attribution.journeys.words import Labelled, Seen, SetAside

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.errors import Issue
    from attribution.journeys.blocks import JourneyBlocks
    from attribution.journeys.journeys import Journeys

__all__ = [
    "exposure",
    "first",
    "frequency",
    "remove_if_last_and_not_all",
    "remove_if_not_all",
    "trim",
    "unique",
]

LEAF: Final = ("team", "channel")


class _Rule(NamedTuple):
    """A transform as it was asked for, and why it takes touches out."""

    name: str
    code: str
    sentence: str


def unique(journeys: Journeys | JourneyBlocks) -> Journeys:
    """Return the same journeys: every touch, as ``unique`` paths have it elsewhere.

    Source: google/fractribution, README, path transforms.

    Example:
        >>> import attribution as at
        >>> paths = at.journeys_from_paths(["D > A > B > B"], wins=[1])
        >>> at.transforms.unique(paths).touch_count
        4
    """
    journeys = whole_of(journeys)
    return replace(journeys)


def exposure(journeys: Journeys | JourneyBlocks) -> Journeys:
    """Return journeys in which a channel follows itself nowhere: the first is kept.

    Labels alone decide, not times. Set aside: X01.

    Source: google/fractribution, README, path transforms.

    Example:
        >>> import attribution as at
        >>> paths = at.journeys_from_paths(["D > A > B > B > C > D > C > C"], wins=[1])
        >>> at.transforms.exposure(paths).to_frame()["channel"].tolist()
        ['D', 'A', 'B', 'C', 'D', 'C']
    """
    journeys = whole_of(journeys)
    leaf, _ = _leaf(journeys)
    kept = np.ones(len(leaf), np.bool_)
    kept[1:] = leaf[1:] != leaf[:-1]
    kept[_firsts(journeys.offsets)] = True
    rule = _Rule("exposure", "X01", "repeats the channel of the touch before it.")
    return _thinned(journeys, kept, rule)


def first(journeys: Journeys | JourneyBlocks) -> Journeys:
    """Return journeys with each channel's first touch, in their order.

    Set aside: X02.

    Source: google/fractribution, README, path transforms.

    Example:
        >>> import attribution as at
        >>> paths = at.journeys_from_paths(["D > A > B > B > C > D > C > C"], wins=[1])
        >>> at.transforms.first(paths).to_frame()["channel"].tolist()
        ['D', 'A', 'B', 'C']
    """
    journeys = whole_of(journeys)
    kept, _ = _first_of_each(journeys)
    return _thinned(journeys, kept, _Rule("first", "X02", REPEATED))


def frequency(journeys: Journeys | JourneyBlocks) -> Journeys:
    """Return journeys with each channel's first touch, named with how many it had.

    The channels are new labels, ``"C(3)"``. Set aside: X02.

    Source: google/fractribution, README, path transforms.

    Example:
        >>> import attribution as at
        >>> paths = at.journeys_from_paths(["D > A > B > B > C > D > C > C"], wins=[1])
        >>> at.transforms.frequency(paths).to_frame()["channel"].tolist()
        ['D(2)', 'A(1)', 'B(2)', 'C(3)']
    """
    journeys = whole_of(journeys)
    kept, times = _first_of_each(journeys)
    column = journeys.touch["channel"]
    many = int(times.max(initial=0)) + 1
    cells, place = np.unique(
        column.codes.astype(np.int64) * many + times, return_inverse=True
    )
    named = [f"{column.labels[cell // many]}({cell % many})" for cell in cells.tolist()]
    found = codes.in_label_order(place, np.array(named, object))
    renamed = {**journeys.touch, "channel": Labelled(*found)}
    rule = _Rule("frequency", "X02", REPEATED)
    return _thinned(journeys, kept, rule, renamed)


def remove_if_not_all(journeys: Journeys | JourneyBlocks, channel: str) -> Journeys:
    """Return journeys without the channel, but those that hold nothing else.

    ``channel`` is its label, of whatever team. Set aside: X03.

    Raises:
        InputError: P04: the channel is no text.

    Source: snowplow/dbt-snowplow-fractribution, path transforms.

    Example:
        >>> import attribution as at
        >>> paths = at.journeys_from_paths(["a > Direct > a", "Direct"], wins=[1, 1])
        >>> at.transforms.remove_if_not_all(paths, "Direct").deals()["touches"].tolist()
        [2, 1]
    """
    journeys = whole_of(journeys)
    own, strange = _is_channel(journeys, channel)
    others = ragged.sums(~own, journeys.offsets)
    kept = ~own | ragged.spread(others == 0, journeys.offsets)
    sentence = "is of the channel that is removed where there are others."
    rule = _Rule(f"remove_if_not_all({channel})", "X03", sentence)
    return _thinned(journeys, kept, rule, found=strange)


def remove_if_last_and_not_all(
    journeys: Journeys | JourneyBlocks, channel: str
) -> Journeys:
    """Return journeys without the channel at their end, but those of nothing else.

    All touches of the channel after the last one of another go. ``channel`` is its
    label, of whatever team. Set aside: X04.

    Raises:
        InputError: P04: the channel is no text.

    Source: snowplow/dbt-snowplow-fractribution, path transforms.

    Example:
        >>> import attribution as at
        >>> paths = at.journeys_from_paths(["Direct > a > Direct > Direct"], wins=[1])
        >>> last = at.transforms.remove_if_last_and_not_all(paths, "Direct")
        >>> last.to_frame()["channel"].tolist()
        ['Direct', 'a']
    """
    journeys = whole_of(journeys)
    own, strange = _is_channel(journeys, channel)
    place = ragged.positions(journeys.offsets)
    last = ragged.reduce(
        np.maximum, np.where(own, -1, place), journeys.offsets, empty=-1
    )
    last = ragged.spread(last, journeys.offsets)
    sentence = "is of the channel that is removed from the end of journeys."
    rule = _Rule(f"remove_if_last_and_not_all({channel})", "X04", sentence)
    return _thinned(journeys, (place <= last) | (last < 0), rule, found=strange)


def trim(journeys: Journeys | JourneyBlocks, n: int) -> Journeys:
    """Return journeys with their last ``n`` touches. Set aside: X05.

    Raises:
        InputError: P04: ``n`` is no whole number above 0.

    Source: google/fractribution, README, path transforms (trim_long_path).

    Example:
        >>> import attribution as at
        >>> paths = at.journeys_from_paths(["a > b > c"], wins=[1])
        >>> at.transforms.trim(paths, 2).to_frame()["channel"].tolist()
        ['b', 'c']
    """
    journeys = whole_of(journeys)
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise refuse("P04", f"n={n!r} is no number of touches.", "Give 1 or more.")
    sizes = np.diff(journeys.offsets)
    left = ragged.spread(sizes, journeys.offsets) - ragged.positions(journeys.offsets)
    rule = _Rule(f"trim({n})", "X05", f"is not one of the last {n} of its journey.")
    return _thinned(journeys, left <= n, rule)


REPEATED: Final = "is not its channel's first touch in the journey."


def _leaf(journeys: Journeys) -> tuple[Ints, int]:
    columns = [journeys.touch[name] for name in LEAF]
    sizes = [len(column.labels) for column in columns]
    return codes.combined([column.codes for column in columns], sizes)


def _firsts(offsets: Ints) -> Ints:
    """Return where journeys that are not empty begin."""
    starts: Ints = offsets[:-1][offsets[1:] > offsets[:-1]]
    return starts


def _first_of_each(journeys: Journeys) -> tuple[Bools, Ints]:
    """Return which touches are their channel's first, and how many it has there."""
    leaf, count = _leaf(journeys)
    place, cut = ragged.distinct(leaf, journeys.offsets, count)
    touches = np.arange(len(place))
    earliest = np.zeros(int(cut[-1]), np.int64)
    earliest[place[::-1]] = touches[::-1]
    times = np.bincount(place, minlength=len(earliest))
    return earliest[place] == touches, times[place]


def _is_channel(journeys: Journeys, channel: object) -> tuple[Bools, tuple[Issue, ...]]:
    """Return which touches are of the channel, and P11 where none is."""
    if not isinstance(channel, str):
        raise refuse("P04", f"channel={channel!r} is no text.", "Name one channel.")
    column = journeys.touch["channel"]
    own: Bools = (column.labels == channel)[column.codes]
    if own.any():
        return own, ()
    remedy = nearest(channel, journeys.labels["channel"])
    what = f"has no channel {channel!r}, so that nothing is removed."
    where = ("touches", "channel")
    strange = issue("P11", "warning", where, what, remedy=remedy, count=1)
    return own, (strange,)


def _thinned(
    journeys: Journeys,
    kept: Bools,
    rule: _Rule,
    touch: dict[str, Labelled] | None = None,
    found: tuple[Issue, ...] = (),
) -> Journeys:
    """Return the journeys with the touches kept, the others set aside and told of."""
    out = np.flatnonzero(~kept)
    after = journeys.thinned(kept)
    if touch is not None:
        own = np.flatnonzero(kept)
        named = {name: column.take(own) for name, column in touch.items()}
        after = replace(after, touch=named)
    table = "touches" if journeys.time is not None else "steps"
    aside: tuple[SetAside, ...] = ()
    if out.size:
        what = f"are set aside by {rule.name}: each {rule.sentence}"
        found = (
            issue(
                rule.code, "set aside", (table, ""), what,
                rows=journeys.row[out[:20]].tolist(), count=len(out),
            ),
        )  # fmt: skip
        aside = (_aside(journeys, after, out, table, rule),)
    done = (*journeys.options.get("transforms", ()), rule.name)
    return replace(
        after,
        options={**journeys.options, "transforms": done},
        found=(*journeys.found, *found),
        aside=(*journeys.aside, *aside),
    ).trimmed()


def _aside(
    journeys: Journeys, after: Journeys, out: Ints, table: str, rule: _Rule
) -> SetAside:
    """Return the touches taken out.

    A row of touches is lost once, and only if no journey has it any more; a step of a
    path is a row of its own, though it bears the path's number.
    """
    rows = journeys.row[out]
    lost = np.ones(len(out), np.bool_)
    if table == "touches":
        lost[:] = False
        _, once = np.unique(rows, return_index=True)
        lost[once] = ~np.isin(rows[once], after.row)
    times: Array = np.full(len(out), MISSING)
    if journeys.time is not None:
        times = journeys.time[out]
    touch_id = journeys.touch_id
    seen = Seen(
        times,
        None if touch_id is None else touch_id.take(out),
        {name: column.take(out) for name, column in journeys.touch.items()},
    )
    return SetAside(
        table, rows, np.zeros(len(out), np.int8),
        ragged.segments_of(journeys.offsets)[out], lost,
        (rule.code,), (rule.sentence,), seen,
    )  # fmt: skip

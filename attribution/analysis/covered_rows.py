"""Rows of touches by team and channel: with a deal, without one, too many of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import codes, ragged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Labelled, SetAside

NO_DEAL: Final = ("I02", "J01")
"""Codes of touches that lead to no deal."""

LARGE: Final = 0.5
"""A kind that makes up more than this share of its team's rows is told."""


def per_won_deal(journeys: Journeys) -> dict[str, Any]:
    """Return team, touches, deals and touches for each won deal, by team."""
    won = journeys.span("won")
    offsets = journeys.offsets[won.start : won.stop + 1]
    team, many = journeys.touch["team"], journeys.count[won]
    own = team.codes[: offsets[-1]]
    size = len(team.labels)
    touches = codes.sum_by(own, ragged.spread(many, offsets), size)
    cells = np.unique(ragged.segments_of(offsets) * max(size, 1) + own)
    deals = codes.sum_by(cells % max(size, 1), many[cells // max(size, 1)], size)
    return {
        "team": team.labels.astype(object),
        "touches": touches,
        "deals": deals,
        "per_deal": touches / max(int(many.sum()), 1),
    }


def without_deal(journeys: Journeys) -> dict[str, Any]:
    """Return team, channel and rows of the touches that lead to no deal."""
    parts = [
        (*kinds, np.ones(len(kinds[0].codes), np.int64))
        for part in journeys.aside
        if (kinds := _kinds(part, _of_codes(part, NO_DEAL)))
    ]
    return _counted(parts)


def large_kinds(journeys: Journeys) -> dict[str, Any]:
    """Return team, channel, rows and share of kinds that are most of their team."""
    parts = [_used(journeys)]
    parts += [
        (*kinds, np.ones(len(kinds[0].codes), np.int64))
        for part in journeys.aside
        if (kinds := _kinds(part, part.lost))
    ]
    found = _counted(parts)
    _, team = np.unique(found["team"].astype(str), return_inverse=True)
    whole = codes.sum_by(team, found["rows"], int(team.max(initial=-1)) + 1)[team]
    large = found["rows"] > LARGE * whole
    shown = {name: column[large] for name, column in found.items()}
    return {**shown, "share": shown["rows"] / whole[large]}


Counted = tuple["Labelled", "Labelled", "Ints"]
"""The team and the channel of rows, and how many each stands for."""


def _used(journeys: Journeys) -> Counted:
    """Return team and channel of the rows in journeys, each row once.

    A touch of a path stands for as many rows as its path has journeys.
    """
    team, channel = journeys.touch["team"], journeys.touch["channel"]
    if journeys.time is None:
        return team, channel, ragged.spread(journeys.count, journeys.offsets)
    again = np.bincount(journeys.row)[journeys.row] > 1
    some = np.flatnonzero(again)
    keys = [
        key[some] for key in (journeys.time, channel.codes, team.codes, journeys.row)
    ]
    order = np.lexsort(keys)
    new = np.ones(len(order), np.bool_)
    new[1:] = False
    for key in keys:
        new[1:] |= np.diff(key[order]) != 0
    rows = np.append(np.flatnonzero(~again), some[order[new]])
    return team.take(rows), channel.take(rows), np.ones(len(rows), np.int64)


def _of_codes(part: SetAside, names: Sequence[str]) -> Bools:
    chosen: Array = np.array([name in names for name in part.names], np.bool_)
    of_codes: Bools = part.lost & chosen[part.code]
    return of_codes


def _kinds(part: SetAside, own: Bools) -> tuple[Labelled, Labelled] | None:
    """Return team and channel of some rows of a part, None where they are not seen."""
    if part.seen is None or not own.any():
        return None
    rows = np.flatnonzero(own)
    return part.seen.touch["team"].take(rows), part.seen.touch["channel"].take(rows)


def _counted(parts: Sequence[Counted]) -> dict[str, Any]:
    """Return team, channel and rows, by team in label order and rows descending."""
    empty = np.array([], object)
    if not parts:
        return {"team": empty, "channel": empty, "rows": np.zeros(0, np.int64)}
    team, teams = codes.joined([(part[0].codes, part[0].labels) for part in parts])
    channel, channels = codes.joined(
        [(part[1].codes, part[1].labels) for part in parts]
    )
    sizes = [len(teams), len(channels)]
    cells, count = codes.combined([team, channel], sizes)
    rows = codes.sum_by(cells, np.concatenate([part[2] for part in parts]), count)
    here = np.flatnonzero(rows)
    own_team, own_channel = codes.separated(here, sizes)
    order = np.lexsort((own_channel, -rows[here], own_team))
    names = codes.texts(teams)[own_team], codes.texts(channels)[own_channel]
    return {
        "team": names[0][order], "channel": names[1][order], "rows": rows[here][order],
    }  # fmt: skip

"""From coalitions to the weights of touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.arrays import codes, ragged
from attribution.errors import InputError, issue
from attribution.journeys.words import LOST, OPEN, WON
from attribution.models.counts import Counts, Table
from attribution.models.shapley import values, worths
from attribution.models.shapley.coalitions import BITS, LEVEL, coalitions_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from attribution.arrays.ragged import Array, Floats, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.models.base import Params
    from attribution.models.shapley.coalitions import Coalitions, Players
    from attribution.models.shapley.worths import Worth


class Met(NamedTuple):
    """Coalitions as a game knows them, flat by coalition.

    ``labels``: of every flat player; ``players``: positions in the game, -1 unknown;
    ``offsets``: int64, (coalitions + 1,); ``levels``: branches above the last level.
    """

    labels: Array
    players: Ints
    offsets: Ints
    levels: list[Ints]


def counted(journeys: Journeys, met: Coalitions, texts: Array) -> Counts:
    """Return closed deals by coalition ("" for none) and their revenue by currency."""
    names = np.append(texts, np.array([""], texts.dtype))
    closed = journeys.outcome != OPEN
    place = np.where(met.deal < 0, len(texts), met.deal)
    count = len(names)
    won, lost = journeys.outcome == WON, journeys.outcome == LOST
    wins = codes.sum_by(place, journeys.count * won, count)
    losses = codes.sum_by(place, journeys.count * lost, count)
    seen = np.flatnonzero(wins + losses)
    currencies = len(journeys.currencies)
    cells = place * currencies + journeys.currency
    revenue = codes.sum_by(cells, journeys.amount * won, count * currencies)
    paid = np.flatnonzero(np.bincount(cells, won, count * currencies))
    own, currency = np.divmod(paid, max(currencies, 1))
    text = np.array(journeys.currencies, object)
    decimals = np.array([str(one) for one in journeys.decimals], object)
    deals = codes.sum_by(
        journeys.currency, journeys.count * closed, len(journeys.currencies)
    )
    used = np.flatnonzero(deals)
    return Counts(
        {
            "coalitions": Table(
                {"coalition": names[seen].astype(object)},
                {"wins": wins[seen], "losses": losses[seen]},
            ),
            "revenue": Table(
                {"coalition": names[own].astype(object), "currency": text[currency]},
                {"revenue": revenue[paid]},
            ),
            "currencies": Table(
                {"currency": text[used], "decimals": decimals[used]},
                {"deals": deals[used]},
            ),
        }
    )


def known_to(game: Worth, labels: Sequence[str], depth: int) -> tuple[Ints, list[Ints]]:
    """Return each label's position in the game (-1 unknown) and its branches."""
    index = {label: place for place, label in enumerate(game.players)}
    players = np.array(
        [index.get(one, index.get(one.replace(LEVEL, " / "), -1)) for one in labels],
        np.int64,
    )
    return players, values.branches(labels, depth)


def met_of(game: Worth, texts: Array, depth: int) -> Met:
    """Return coalitions given as texts as the game knows them."""
    flat, offsets = worths.split(texts)
    names = sorted(set(flat))
    index = {label: place for place, label in enumerate(names)}
    code = np.fromiter(map(index.__getitem__, flat), np.int64, len(flat))
    players, levels = known_to(game, names, depth)
    labels = np.append(np.array(names, object), [""])[code]
    own = np.append(players, -1)[code]
    return Met(labels, own, offsets, [np.append(level, -1)[code] for level in levels])


def solved(game: Worth, counts: Counts, depth: int, *, negative: str) -> Params:
    """Return the game as parameters, with the share that clipping takes away."""
    table = counts.tables["coalitions"]
    text = table.keys["coalition"].astype(np.dtypes.StringDType())
    met = met_of(game, text, depth)
    found = values.valued(game, met.players, met.offsets, met.levels)
    wins = np.where(np.isnan(found.worth), 0, table.values["wins"])
    cut = values.clipped(np.nan_to_num(found.values), met.offsets)
    if negative == "raise" and (cut[wins > 0] > 0).any():
        where = worths.named(text[np.flatnonzero((wins > 0) & (cut > 0))[0]].split("\x1e"))
        raise _negative(f"the coalition {where}")
    share = np.divide(cut, found.worth, out=np.zeros(len(cut)), where=found.worth > 0)
    total = wins.sum()
    return {
        **worths.record(game),
        "clipped": float((share * wins).sum() / total) if total else 0.0,
    }


def _negative(what: str) -> InputError:
    remedy = 'Say negative="clip" to count it as 0.'
    told = f"{what} has a player of negative value."
    return InputError([issue("M14", "error", ("models", "shapley"), told, remedy=remedy)])


def equal(players: Players, offsets: Ints, depth: int) -> Floats:
    """Return equal shares over a deal's distinct players, level by level."""
    met = coalitions_of(players, offsets)
    levels = values.branches(players.labels.tolist(), depth)
    share = values.shares(None, met.offsets, [level[met.players] for level in levels])
    return _to_touches(players, offsets, met, _by_deal(met, share))


def weighed(
    players: Players,
    journeys: Journeys,
    params: Mapping[str, Any],
    depth: int,
    *,
    negative: str,
) -> Floats:
    """Return each touch's weight under a solved game."""
    game = worths.of_record(params)
    met = coalitions_of(players, journeys.offsets)
    own, levels = known_to(game, players.labels.tolist(), depth)
    member, branch = own[met.players], [level[met.players] for level in levels]
    found = values.valued(game, member, met.offsets, branch)
    share = values.shares(np.nan_to_num(found.values), met.offsets, branch)
    worth = np.append(found.worth, 0.0)[met.deal]
    pairs = _by_deal(met, share)
    cut = pair_offsets(met)
    for deal in np.flatnonzero(np.isnan(worth)).tolist():
        at = met.deal[deal]
        part = slice(int(met.offsets[at]), int(met.offsets[at + 1]))
        seed = f"{journeys.deal_id[deal]}"
        sizes = [level[part] for level in branch]
        drawn, _ = values.sampled(game, member[part], sizes, seed)
        worth[deal] = drawn.sum()
        alone = np.array([0, len(drawn)])
        pairs[cut[deal] : cut[deal + 1]] = values.shares(drawn, alone, sizes)
    won = journeys.outcome == WON
    _check_worths(journeys, won & (met.deal >= 0) & ~(worth > 0))
    if negative == "raise":
        below = np.append(values.clipped(np.nan_to_num(found.values), met.offsets), 0.0)
        bad = np.flatnonzero(won & (below[met.deal] > 0))
        if bad.size:
            raise _negative(f"deal {journeys.deal_id[bad[0]]}")
    pairs *= ragged.spread(worth > 0, cut)
    return _to_touches(players, journeys.offsets, met, pairs)


def _check_worths(journeys: Journeys, bad: Array) -> None:
    places = np.flatnonzero(bad)
    if places.size:
        deal = journeys.deal_id[places[0]]
        what = f"the coalition of won deal {deal} is worth 0 or less ({len(places)})."
        remedy = "Give won coalitions a positive worth, or fit on deals like these."
        fault = issue("M13", "error", ("models", "shapley"), what, remedy=remedy)
        raise InputError([fault])


def pair_offsets(met: Coalitions) -> Ints:
    """Return the offsets of the (deal, player) pairs."""
    sizes = np.append(np.diff(met.offsets), 0)
    return ragged.offsets_of(sizes[met.deal])


def _by_deal(met: Coalitions, share: Floats) -> Floats:
    """Return the coalitions' shares once for each deal, flat by (deal, player)."""
    starts = np.append(met.offsets[:-1], 0)[met.deal]
    cut = pair_offsets(met)
    return share[ragged.positions(cut) + ragged.spread(starts, cut)]


def _to_touches(
    players: Players, offsets: Ints, met: Coalitions, pairs: Floats
) -> Floats:
    """Return each pair's share, equal over the player's touches in the deal."""
    place = _places(players, offsets, met)
    own = place >= 0
    times = np.bincount(place[own], minlength=len(pairs))
    weights = np.zeros(len(place))
    weights[own] = pairs[place[own]] / times[place[own]]
    return weights


def _places(players: Players, offsets: Ints, met: Coalitions) -> Ints:
    """Return the (deal, player) pair of each touch, -1 for touches of no player."""
    cut = pair_offsets(met)
    deal = ragged.segments_of(offsets)
    count = len(players.labels)
    if count > BITS:
        starts = np.append(met.offsets[:-1], 0)[met.deal]
        member = met.players[ragged.positions(cut) + ragged.spread(starts, cut)]
        pairs = ragged.segments_of(cut) * count + member
        place = np.searchsorted(pairs, deal * count + players.code)
        return np.where(players.code < 0, -1, place)
    bit = np.int64(1) << np.maximum(players.code, 0)
    bit[players.code < 0] = 0
    masks = ragged.reduce(np.bitwise_or, bit, offsets)
    rank = np.bitwise_count(ragged.spread(masks, offsets) & (bit - 1)).astype(np.int64)
    return np.where(players.code < 0, -1, ragged.spread(cut[:-1], offsets) + rank)

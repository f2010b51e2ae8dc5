"""From coalitions to the weights of touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import codes, ragged
from attribution.errors import InputError, issue
from attribution.journeys.joined import are_told, distinct_masks, joined
from attribution.journeys.players import PLAYER, shown
from attribution.journeys.words import WON
from attribution.models.base import Counts, Made, Table
from attribution.models.shapley import values, worths
from attribution.models.shapley.coalitions import (
    coalitions_of,
    masks_of,
    texts_of_lists,
    touched,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from attribution.arrays.ragged import Array, Floats, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.players import Players
    from attribution.models.base import Params
    from attribution.models.shapley.coalitions import Coalitions, Touched
    from attribution.models.shapley.worths import Texts, Worth


REVENUE: Final = "revenue "
"""Before a currency: the column of won minor units."""


class Met(NamedTuple):
    """Coalitions as a game knows them, flat by coalition.

    ``labels``: of every flat player; ``players``: positions in the game, -1 unknown;
    ``offsets``: int64, (coalitions + 1,); ``levels``: branches above the last level.
    """

    labels: Array
    players: Ints
    offsets: Ints
    levels: list[Ints]


def counted(journeys: Journeys, players: Players) -> Counts:
    """Return closed deals by coalition ("" for none) and their revenue by currency.

    Coalitions are counted here; their order and texts are made when asked for.
    """
    labels, offsets = players.labels, journeys.offsets
    currencies = _currencies(journeys)
    if are_told(labels.tolist()):
        masks, deal = distinct_masks(masks_of(players.code, offsets), len(labels))
        seen, values = _by_coalition(journeys, deal, len(masks))
        masks = masks[seen]

        def table() -> Table:
            keys, order = joined(labels.tolist(), masks)
            return Table(keys, {name: one[order] for name, one in values.items()})

    else:
        met = coalitions_of(players, offsets)
        seen, values = _by_coalition(journeys, met.deal + 1, len(met) + 1)
        own, cut = ragged.gather(np.append(met.offsets, met.offsets[-1]), seen - 1)

        def table() -> Table:
            texts = texts_of_lists(met.players[own], cut, labels)
            return Table({"coalition": texts}, values)

    return Counts(Made(lambda: {"coalitions": table(), "currencies": currencies}))


def _by_coalition(
    journeys: Journeys, place: Ints, count: int
) -> tuple[Ints, dict[str, Ints]]:
    """Return the places of closed deals, and what to count of each."""
    won, lost = journeys.span("won"), journeys.span("lost")
    wins = codes.sum_by(place[won], journeys.count[won], count)
    losses = codes.sum_by(place[lost], journeys.count[lost], count)
    seen = np.flatnonzero(wins + losses)
    table = {"wins": wins[seen], "losses": losses[seen]}
    own, currency, amount = place[won], journeys.currency[won], journeys.amount[won]
    for at, name in enumerate(journeys.currencies):
        if len(journeys.currencies) > 1:
            rows = np.flatnonzero(currency == at)
            paid = codes.sum_by(own[rows], amount[rows], count)
        else:
            paid = codes.sum_by(own, amount, count)
        table[f"{REVENUE}{name}"] = paid[seen]
    return seen, table


def _currencies(journeys: Journeys) -> Table:
    """Return how many closed deals are in each currency, with its decimals."""
    closed = slice(0, journeys.span("lost").stop)
    size = len(journeys.currencies)
    deals = codes.sum_by(journeys.currency[closed], journeys.count[closed], size)
    used = np.flatnonzero(deals)
    text = np.array(journeys.currencies, object)
    decimals = np.array([str(one) for one in journeys.decimals], object)
    keys = {"currency": text[used], "decimals": decimals[used]}
    return Table(keys, {"deals": deals[used]})


def known_to(game: Worth, labels: Sequence[str], depth: int) -> tuple[Ints, list[Ints]]:
    """Return each label's position in the game (-1 unknown) and its branches."""
    index = {label: place for place, label in enumerate(game.players)}
    players = np.array(
        [index.get(one, index.get(shown(one), -1)) for one in labels],
        np.int64,
    )
    return players, values.branches(labels, depth)


def met_of(game: Worth, texts: Texts, depth: int) -> Met:
    """Return coalitions given as texts as the game knows them."""
    players, levels = known_to(game, texts.names, depth)
    labels = np.array([*texts.names, ""], object)[texts.code]
    own = np.append(players, -1)[texts.code]
    branches = [np.append(level, -1)[texts.code] for level in levels]
    return Met(labels, own, texts.offsets, branches)


def solved(
    game: Worth, texts: Texts, won: Ints, depth: int, *, negative: str
) -> Params:
    """Return the game as parameters, with the share that clipping takes away."""
    met = met_of(game, texts, depth)
    found = values.valued(game, met.players, met.offsets, met.levels)
    wins = np.where(np.isnan(found.worth), 0, won)
    cut = values.clipped(np.nan_to_num(found.values), met.offsets)
    kept = np.flatnonzero(~np.isnan(found.worth))
    keys = ragged.sums(np.append(game.keys, np.uint64(0))[met.players], met.offsets)
    kept = kept[np.argsort(keys[kept], kind="stable")]
    own, _ = ragged.gather(met.offsets, kept)
    if negative == "raise" and (cut[wins > 0] > 0).any():
        first = np.flatnonzero((wins > 0) & (cut > 0))[0]
        labels = met.labels[met.offsets[first] : met.offsets[first + 1]]
        raise _negative(f"the coalition {shown(PLAYER.join(labels))}")
    share = np.divide(cut, found.worth, out=np.zeros(len(cut)), where=found.worth > 0)
    total = wins.sum()
    return {
        **worths.record(game),
        "coalitions": keys[kept],
        "coalition_sizes": np.diff(met.offsets)[kept],
        "coalition_values": found.values[own],
        "coalition_worths": found.worth[kept],
        "clipped": float((share * wins).sum() / total) if total else 0.0,
    }


def _negative(what: str) -> InputError:
    remedy = 'Say negative="clip" to count it as 0.'
    told = f"{what} has a player of negative value."
    return InputError(
        [issue("M14", "error", ("models", "shapley"), told, remedy=remedy)]
    )


def equal(players: Players, offsets: Ints, depth: int) -> Floats | Ints:
    """Return equal shares over a deal's distinct players, level by level."""
    if depth == 1:
        return ragged.split_equally(players.code, offsets, len(players.labels))
    deals = touched(players, offsets)
    levels = values.branches(players.labels.tolist(), depth)
    own = [level[deals.met.players] for level in levels]
    return _each(values.shares(None, deals.met.offsets, own), deals)


def _each(share: Floats, deals: Touched) -> Floats:
    """Return players' shares, equal over their touches; 0 for touches of no player."""
    found: Floats = np.append(share, 0.0).take(deals.member, mode="wrap")
    found /= deals.times
    return found


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
    deals = touched(players, journeys.offsets)
    met = deals.met
    known, trees = known_to(game, players.labels.tolist(), depth)
    own, branch = known[met.players], [tree[met.players] for tree in trees]
    found = _looked_up(game, params, own, met.offsets, branch)
    share = values.shares(found.values, met.offsets, branch)
    share[ragged.spread(~(found.worth > 0), met.offsets)] = 0.0
    weights = _each(share, deals)
    worth = np.append(found.worth, 0.0)[met.deal]
    below = np.zeros(len(journeys), np.bool_)
    if negative == "raise":
        cut = values.clipped(found.values, met.offsets)
        below = np.append(cut > 0, False)[met.deal]
    for chosen, flat in _large(met, np.flatnonzero(np.isnan(worth))):
        seeds = values.seeds_of(journeys.deal_id[chosen].tolist())
        levels = [level[flat] for level in branch]
        drawn, _ = values.sampled(game, own[flat], levels, seeds)
        worth[chosen] = worths.whole(game, own[flat])
        below[chosen] = (drawn < 0).any(1)
        paid = _rows_shared(drawn, levels) * (worth[chosen] > 0)[:, None]
        touches, part = _of_deals(deals, journeys.offsets, chosen, paid)
        weights[touches] = part
    won = journeys.outcome == WON
    _check_worths(journeys, won & (met.deal >= 0) & ~(worth > 0))
    bad = np.flatnonzero(won & below)
    if negative == "raise" and bad.size:
        raise _negative(f"deal {journeys.deal_id[bad[0]]}")
    return weights


def _large(met: Coalitions, deals: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Give the deals of one size of coalition at a time, and their flat players."""
    sizes = np.diff(met.offsets)[met.deal[deals]]
    for size in np.unique(sizes).tolist():
        chosen = deals[sizes == size]
        yield chosen, met.offsets[met.deal[chosen]][:, None] + np.arange(size)


def _of_deals(
    deals: Touched, offsets: Ints, chosen: Ints, paid: Floats
) -> tuple[Ints, Floats]:
    """Return the touches of deals that are paid one by one, and their weights."""
    touches, cut = ragged.gather(offsets, chosen)
    row = ragged.segments_of(cut)
    place = deals.member[touches] - deals.met.offsets[deals.met.deal[chosen]][row]
    each = np.append(paid, np.zeros((len(paid), 1)), axis=1)
    return touches, each[row, np.maximum(place, -1)] / deals.times[touches]


def _rows_shared(drawn: Floats, levels: Sequence[Ints]) -> Floats:
    """Return what the players of coalitions of one size are paid, as ``drawn``."""
    offsets = np.arange(len(drawn) + 1) * drawn.shape[1]
    flat = [level.reshape(-1) for level in levels]
    return values.shares(drawn.reshape(-1), offsets, flat).reshape(drawn.shape)


def _looked_up(
    game: Worth,
    params: Mapping[str, Any],
    players: Ints,
    offsets: Ints,
    levels: Sequence[Ints],
) -> values.Valued:
    """Return the values of coalitions: as stored if met in fitting, else computed."""
    known = np.asarray(params["coalitions"], np.uint64)
    sizes = np.asarray(params["coalition_sizes"], np.int64)
    stored = np.asarray(params["coalition_values"], np.float64)
    given = np.asarray(params["coalition_worths"], np.float64)
    keys = ragged.sums(np.append(game.keys, np.uint64(0))[players], offsets)
    place = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
    met = ragged.sums(players < 0, offsets) == 0
    if len(known):
        met &= (known[place] == keys) & (sizes[place] == np.diff(offsets))
    else:
        met[:] = False
    starts = ragged.offsets_of(sizes)[:-1]
    miss = np.flatnonzero(~met)
    if miss.size:
        own, cut = ragged.gather(offsets, miss)
        rest = values.valued(game, players[own], cut, [level[own] for level in levels])
        place[miss] = len(known) + np.arange(len(miss))
        starts = np.append(starts, len(stored) + cut[:-1])
        stored, given = np.append(stored, rest.values), np.append(given, rest.worth)
    flat = np.arange(len(players))
    flat += ragged.spread(starts[place] - offsets[:-1], offsets)
    return values.Valued(stored[flat], given[place])


def _check_worths(journeys: Journeys, bad: Array) -> None:
    places = np.flatnonzero(bad)
    if places.size:
        deal = journeys.deal_id[places[0]]
        what = f"the coalition of won deal {deal} is worth 0 or less ({len(places)})."
        remedy = "Give won coalitions a positive worth, or fit on deals like these."
        fault = issue("M13", "error", ("models", "shapley"), what, remedy=remedy)
        raise InputError([fault])

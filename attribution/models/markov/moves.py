"""The moves of a chain, counted: from the last steps of a journey to the next one.

A state is the text of the last players, oldest first, each followed by a separator;
the start is the empty text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import codes, ragged
from attribution.errors import refuse
from attribution.journeys.players import PLAYER
from attribution.models.base import Counts, Table

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.players import Players

WIDEST: Final = 1 << 62
"""The keys of moves stay below this."""

DENSE: Final = 1 << 20
"""Up to this many possible keys are counted in a table, more are sorted."""


PIECE: Final = 1 << 14
"""Journeys whose moves are counted at a time: columns that the caches hold."""


class Steps(NamedTuple):
    """The players of journeys: int64 ``digit``, from 1, and int64 ``offsets``.

    ``filled``: the journeys that have any.
    """

    digit: Ints
    offsets: Ints
    filled: Ints


def counted(journeys: Journeys, players: Players, order: int) -> Counts:
    """Return moves and ends of closed journeys, and how many deals there are.

    Args:
        journeys: In the one order: won, lost, open.
        players: The player of each touch; touches of none are skipped.
        order: How many steps a state holds.

    Returns:
        Tables ``moves`` (state, player: ``count``), ``ends`` (state, currency:
        ``wins``, ``losses``, ``revenue`` in minor units) and ``deals`` (currency,
        decimals: ``won``, ``lost``, ``open``).

    Raises:
        InputError: L06: more players than states of this order are counted for.
    """
    base = len(players.labels) + 1
    if base ** (order + 1) >= WIDEST:
        what = f"order {order} is counted for fewer than {base - 1:,} players."
        raise refuse("L06", what, REMEDY, where="models.markov")
    closed = journeys.span("lost").stop
    spans = [(at, min(at + PIECE, closed)) for at in range(0, max(closed, 1), PIECE)]
    parts = [_moves(journeys, players, order, base, *span) for span in spans]
    keys, times, states = map(np.concatenate, zip(*parts, strict=True))
    move, count = keys, times
    if len(parts) > 1:
        move, count = _summed(keys, times, base ** (order + 1))
    texts = np.append(np.array([""], object), players.labels)
    before, player = np.divmod(move, base)
    moves = {"state": _texts(before, texts, base, order), "player": texts[player]}
    return Counts(
        {
            "moves": Table(moves, {"count": count}),
            "ends": _ends(journeys, states, texts, order),
            "deals": _deals(journeys),
        }
    )


def _moves(
    journeys: Journeys, players: Players, order: int, base: int, first: int, last: int
) -> tuple[Ints, Ints, Ints]:
    """Return the keys of moves of some journeys, how often, and the last states."""
    steps = steps_of(players.code, journeys.offsets[first : last + 1])
    state = steps.digit
    for _ in range(order - 1):
        state = followed(state, steps, base)
    ends = np.zeros(last - first, np.int64)
    ends[steps.filled] = state[steps.offsets[1:][steps.filled] - 1]
    times = journeys.count[first:last]
    each = None if (times == 1).all() else ragged.spread(times, steps.offsets)
    return *_summed(followed(state, steps, base), each, base ** (order + 1)), ends


REMEDY: Final = "Lower order=, or group the players: players='channel', for example."


def steps_of(code: Ints, offsets: Ints) -> Steps:
    """Return the digits of the touches that are a player's."""
    digit = code[offsets[0] : offsets[-1]] + 1
    offsets = offsets - offsets[0]
    if digit.min(initial=1) < 1:
        present = digit > 0
        digit = digit[present]
        offsets = ragged.offsets_of(ragged.sums(present, offsets))
    return Steps(digit, offsets, np.flatnonzero(offsets[1:] > offsets[:-1]))


def followed(state: Ints, steps: Steps, base: int) -> Ints:
    """Return the state before each step, as a key, with the step's digit behind it."""
    key = np.empty_like(state)
    np.multiply(state[:-1], base, out=key[1:])
    key[steps.offsets[:-1][steps.filled]] = 0
    key += steps.digit
    return key


def _summed(keys: Ints, times: Ints | None, size: int) -> tuple[Ints, Ints]:
    """Return the keys that occur, sorted, and how often each does."""
    known, place = _places(keys, size)
    if times is None:
        count = np.bincount(place, minlength=len(known))
    else:
        count = codes.sum_by(place, times, len(known))
    seen = np.flatnonzero(count)
    return known[seen], count[seen]


def _places(keys: Ints, size: int) -> tuple[Ints, Ints]:
    """Return sorted keys, all possible ones if few, and the place of each key."""
    if size > DENSE:
        return np.unique(keys, return_inverse=True)
    return np.arange(size), keys


def _texts(keys: Ints, texts: Array, base: int, order: int) -> Array:
    """Return states as text."""
    known, place = np.unique(keys, return_inverse=True)
    step = texts + PLAYER
    step[0] = ""
    found = np.full(len(known), "", object)
    for age in reversed(range(order)):
        found += step[known // base**age % base]
    return found[place]


def _ends(journeys: Journeys, state: Ints, texts: Array, order: int) -> Table:
    """Return wins, losses and revenue by the last state and the currency."""
    known, place = _places(state, len(texts) ** order)
    many = max(len(journeys.currencies), 1)
    cell = place * many + journeys.currency[: len(state)]
    won, size = journeys.span("won").stop, len(known) * many
    times = journeys.count[: len(state)]
    wins = codes.sum_by(cell[:won], times[:won], size)
    losses = codes.sum_by(cell[won:], times[won:], size)
    revenue = codes.sum_by(cell[:won], journeys.amount[:won], size)
    seen = np.flatnonzero(wins + losses)
    own, currency = np.divmod(seen, many)
    named = np.array(journeys.currencies, object)[currency]
    keys = {"state": _texts(known[own], texts, len(texts), order), "currency": named}
    values = {"wins": wins[seen], "losses": losses[seen], "revenue": revenue[seen]}
    return Table(keys, values)


def _deals(journeys: Journeys) -> Table:
    """Return won, lost and open deals by currency."""
    values = {}
    for of in ("won", "lost", "open"):
        own = journeys.span(of)
        values[of] = codes.sum_by(
            journeys.currency[own], journeys.count[own], len(journeys.currencies)
        )
    keys = {
        "currency": np.array(journeys.currencies, object),
        "decimals": np.array([str(one) for one in journeys.decimals], object),
    }
    return Table(keys, values)

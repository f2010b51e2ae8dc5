"""What a coalition is worth: wins over closed deals, or a table of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from attribution.arrays import ragged
from attribution.errors import refuse
from attribution.journeys.joined import Joined, members_of
from attribution.journeys.players import PLAYER, parsed
from attribution.models.shapley.coalitions import keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Floats, Ints
    from attribution.models.base import Table

    Keys = NDArray[np.uint64]

DENSE: Final = 20
"""Up to this many players the worth of every coalition stands in one table."""

RIDGE: Final = 1.0
"""Weight, in closed deals, that pulls each main effect to zero."""


@dataclass(frozen=True, eq=False)
class Worth:
    """The worth of every coalition of some players; the empty one is worth 0.

    ``players``: their labels in order, with ``keys`` that add up to a coalition's key;
    ``known``: uint64, sorted keys of the coalitions with a worth of their own, and
    ``values``; ``base`` and ``effects``: what estimates the others, None where a
    coalition without a worth is an error.
    """

    players: tuple[str, ...]
    keys: Keys
    known: Keys
    values: Floats
    base: float
    effects: Floats | None

    @property
    def is_dense(self) -> bool:
        """Return whether there is a table of every coalition's worth."""
        return self.effects is not None and len(self.players) <= DENSE

    @cached_property
    def dense(self) -> Floats:
        """Return every coalition's worth by key, where the game :attr:`is_dense`.

        Made when first asked for: coalitions met in fitting need none of it.
        """
        return self.table()

    def table(self) -> Floats:
        """Return every coalition's worth by key, to be changed at will."""
        worth = np.full(1 << len(self.keys), self.base)
        effects: Floats = np.zeros(0) if self.effects is None else self.effects
        for bit, effect in enumerate(effects.tolist()):
            half = 1 << bit
            np.add(worth[:half], effect, out=worth[half : 2 * half])
        np.clip(worth, 0.0, 1.0, out=worth)
        worth[self.known.astype(np.int64)] = self.values
        worth[0] = 0.0
        return worth

    def of(self, key: Keys, estimate: Floats, strange: Bools) -> Floats:
        """Return the worth of coalitions by key, of those unknown the estimate.

        Raises:
            InputError: M13: a coalition has no worth and there is no estimate.
        """
        if self.is_dense and not strange.any():
            return self.dense[key.astype(np.int64)]
        place = np.minimum(
            np.searchsorted(self.known, key), max(len(self.known) - 1, 0)
        )
        found: Bools = ~strange & bool(len(self.known))
        if len(self.known):
            found &= self.known[place] == key
        empty = (key == 0) & ~strange
        if self.effects is None and not (found | empty).all():
            what = f"has no worth for {int((~(found | empty)).sum())} coalitions met."
            remedy = "Give a worth for every subset of each deal's players."
            raise refuse("M13", what, remedy, where="models.shapley")
        values = self.values[place] if len(self.known) else np.zeros(key.shape)
        worth = np.where(found, values, np.clip(estimate, 0.0, 1.0))
        return np.where(empty, 0.0, worth)


def tables(worth: Worth, players: Ints, size: int) -> Floats:
    """Return the worth of every subset of each coalition, (coalitions, 2^size).

    Args:
        worth: The game.
        players: int64, (coalitions, size), positions in ``worth.players``, -1 for a
            player that the game does not know.
        size: How many players each coalition has.
    """
    count = len(players)
    known = players >= 0
    own = np.append(worth.keys, np.uint64(0))[players]
    if worth.is_dense and known.all():
        masks = np.zeros((count, 1 << size), np.int64)
        for bit in range(size):
            half = 1 << bit
            added = own[:, bit : bit + 1].astype(np.int64)
            masks[:, half : 2 * half] = masks[:, :half] + added
        return worth.dense[masks]
    effects = np.zeros(len(worth.keys)) if worth.effects is None else worth.effects
    effect = np.append(effects, 0.0)[players]
    key = np.zeros((count, 1 << size), np.uint64)
    estimate = np.full((count, 1 << size), worth.base)
    strange = np.zeros((count, 1 << size), np.bool_)
    for bit in range(size):
        half, whole = 1 << bit, 2 << bit
        key[:, half:whole] = key[:, :half] + own[:, bit : bit + 1]
        estimate[:, half:whole] = estimate[:, :half] + effect[:, bit : bit + 1]
        strange[:, half:whole] = strange[:, :half] | ~known[:, bit : bit + 1]
    return worth.of(key, estimate, strange)


def whole(worth: Worth, players: Ints) -> Floats:
    """Return the worth of coalitions of one size, (coalitions,), of any size."""
    key = np.append(worth.keys, np.uint64(0))[players].sum(1, dtype=np.uint64)
    effects = np.zeros(len(worth.keys)) if worth.effects is None else worth.effects
    estimate = worth.base + np.append(effects, 0.0)[players].sum(1)
    strange: Bools = np.logical_or.reduce(players < 0, axis=1)
    return worth.of(key, estimate, strange)


class Texts(NamedTuple):
    """Texts of coalitions, taken apart.

    ``names``: the players' labels, sorted; ``code``: int64, positions in them, flat by
    coalition; ``offsets``: int64, (coalitions + 1,).
    """

    names: list[str]
    code: Ints
    offsets: Ints


def in_key_order(table: Table) -> tuple[Texts, dict[str, Ints]]:
    """Return the coalitions of a table, flat, and its values.

    They are ordered by their masks where they have such, so that coalitions which
    follow one another lie near in tables of all coalitions.
    """
    if not isinstance(table.keys, Joined):
        return parts_of(table.keys), dict(table.values)
    order = np.argsort(table.keys.masks)
    keys = Joined(table.keys.labels, table.keys.masks[order])
    return parts_of(keys), {name: one[order] for name, one in table.values.items()}


def parts_of(keys: Mapping[str, Array]) -> Texts:
    """Return the players of the coalitions that are a table's keys, flat."""
    if isinstance(keys, Joined):
        return Texts(keys.labels, *members_of(keys.masks))
    texts = keys["coalition"]
    filled = [text for text in texts.tolist() if text]
    flat = parsed(PLAYER.join(filled))
    names = sorted(set(flat))
    index = {label: place for place, label in enumerate(names)}
    code = np.fromiter(map(index.__getitem__, flat), np.int64, len(flat))
    sizes = np.zeros(len(texts), np.int64)
    joints = (text.count(PLAYER) for text in filled)
    sizes[texts != ""] = np.fromiter(joints, np.int64, len(filled)) + 1
    return Texts(names, code, ragged.offsets_of(sizes))


def win_rates(texts: Texts, wins: Ints, losses: Ints) -> Worth:
    """Return the game of win rates: wins over closed deals of each coalition met.

    A coalition never met takes a main-effects estimate, base + the sum of its players'
    effects within 0 and 1, fitted on the same counts by least squares weighted with
    the closed deals, each effect pulled to zero with the weight of one deal.
    """
    players, code, offsets = tuple(texts.names), texts.code, texts.offsets
    closed = wins + losses
    base, effects = _main_effects(code, offsets, len(players), wins, closed)
    keys = keys_of(players)
    own = ragged.sums(keys[code], offsets)
    met = np.flatnonzero((closed > 0) & (np.diff(offsets) > 0))
    order = met[np.argsort(own[met], kind="stable")]
    known, values = own[order], wins[order] / closed[order]
    return Worth(players, keys, known, values, base, effects)


def _main_effects(
    code: Ints, offsets: Ints, players: int, wins: Ints, closed: Ints
) -> tuple[float, Floats]:
    from scipy import sparse
    from scipy.sparse.linalg import spsolve

    # Normal equations in integers, so that they do not depend on order; solved by
    # sparse LU, whose bits do not depend on threads (design law 3).
    deals = len(closed)
    with_base, cut = np.full(len(code) + deals, players), offsets + np.arange(deals + 1)
    with_base[np.arange(len(code)) + ragged.segments_of(offsets)] = code
    member, weighted = (
        sparse.csr_matrix((each, with_base, cut), (deals, players + 1))
        for each in (np.ones(len(with_base), np.int64), ragged.spread(closed, cut))
    )
    normal = (member.T @ weighted).astype(np.float64)
    pull = np.append(np.full(players, RIDGE), 0.0)
    solved = spsolve((normal + sparse.diags(pull)).tocsc(), member.T @ wins)
    found = np.atleast_1d(np.asarray(solved, np.float64))
    return float(found[-1]), found[:-1]


def of_table(table: Sequence[tuple[tuple[str, ...], float]]) -> Worth:
    """Return the game of a user's table of (labels, value)."""
    players = tuple(sorted({label for labels, _ in table for label in labels}))
    index = {label: place for place, label in enumerate(players)}
    keys = keys_of(players)
    own = np.array(
        [
            sum((int(keys[index[label]]) for label in labels), 0) % 2**64
            for labels, _ in table
        ],
        np.uint64,
    )
    values = np.array([value for _, value in table], np.float64)
    order = np.argsort(own, kind="stable")
    order = order[own[order] > 0]
    return Worth(players, keys, own[order], values[order], 0.0, None)


def record(worth: Worth) -> dict[str, Any]:
    """Return a game as values that a model file holds."""
    return {
        "players": list(worth.players),
        "known": worth.known,
        "values": worth.values,
        "base": worth.base,
        "effects": worth.effects,
    }


def of_record(record: Mapping[str, Any]) -> Worth:
    """Return the game that :func:`record` wrote.

    Raises:
        InputError: P08: parts of it are missing.
    """
    missing = {"players", "known", "values", "base", "effects"} - set(record)
    if missing:
        what = f"the parameters lack {', '.join(sorted(missing))}."
        raise refuse("P08", what, "Fit the model again.", where="models.shapley")
    players = tuple(record["players"])
    keys = keys_of(players)
    known = np.asarray(record["known"], np.uint64)
    values = np.asarray(record["values"], np.float64)
    effects = record["effects"]
    if effects is None:
        return Worth(players, keys, known, values, 0.0, None)
    found = np.asarray(effects, np.float64)
    return Worth(players, keys, known, values, record["base"], found)

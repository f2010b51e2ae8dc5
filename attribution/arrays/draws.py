"""Random weights that are a function of ids: nothing is drawn in turn.

A weight is read off a hash of (seed, draw, id), so that it does not depend on the
order of rows, on blocks or on threads.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Ints

    Keys = NDArray[np.uint64]

LANES: Final = 4
"""Draws that one word of 64 bits gives, 16 bits each."""

LEVELS: Final = 1 << 16
"""Steps of the uniform numbers that weights are read off."""

FIRST: Final = np.uint64(0x243F6A8885A308D3)
"""The key that an id's words are mixed into: the first bits of pi's fraction."""

DIGITS: Final = 20
"""Characters of the longest integer id, its sign among them."""

PIECE: Final = 1 << 13
"""Words that are worked on at a time: what is made of them stays in the caches."""

REACH: Final = 8
"""Standard deviations around the mean that a table of weights covers."""


def mixed(values: Keys) -> Keys:
    """Return 64-bit integers well mixed: the finaliser of splitmix64.

    Source: Steele, Lea and Flood (2014), Fast splittable pseudorandom number
    generators.

    Example:
        >>> mixed(np.array([0, 1], np.uint64)).tolist()
        [0, 16294208416658607535]
    """
    with np.errstate(over="ignore"):
        values = values * np.uint64(0x9E3779B97F4A7C15)
        values ^= values >> np.uint64(30)
        values *= np.uint64(0xBF58476D1CE4E5B9)
        values ^= values >> np.uint64(27)
        values *= np.uint64(0x94D049BB133111EB)
        values ^= values >> np.uint64(31)
        return values


def keys_of(labels: Array) -> Keys:
    """Return a 64-bit key of each id, a function of its text alone; uint64, (ids,).

    An integer has the key of its decimal text.

    Example:
        >>> a = keys_of(np.array([7, 12]))
        >>> b = keys_of(np.array(["12", "a longer id"], object))
        >>> bool(a[1] == b[0])
        True
    """
    if labels.dtype.kind == "i":
        return _of_bytes(labels.astype(f"S{DIGITS}"))
    packed = codes.packed(labels)
    if packed.dtype != object:
        return _of_bytes(packed)
    # Ids of more than 256 characters, or with a NUL, somewhere: one at a time.
    return np.concatenate(
        [
            _of_bytes(np.array([label.encode("utf-8", "surrogatepass")]))
            for label in labels.tolist()
        ]
    )


def _of_bytes(texts: Array) -> Keys:
    """Return the keys of packed bytes, mixed eight at a time up to each id's end."""
    width = -(-max(texts.dtype.itemsize, 1) // 8)
    words = texts.astype(f"S{8 * width}").view("<u8").reshape(len(texts), width)
    keys = np.full(len(texts), FIRST)
    for word in words.T.astype(np.uint64):
        keys = np.where(word != 0, mixed(keys ^ word), keys)
    return keys


def weights(
    keys: Keys, counts: Ints, seed: int, first: int, last: int, *, dtype: Any = np.int64
) -> Array:
    """Return Poisson weights of draws ``first`` to ``last``, (ids, draws).

    The weight of an id that stands for ``n`` deals is Poisson of mean n: what a
    sample drawn anew with replacement holds of it, in the limit of many deals.

    Args:
        keys: uint64, (ids,), from :func:`keys_of`.
        counts: int64, (ids,), at least 1.
        seed: At least 0.
        first: The first draw, a multiple of 4.
        last: The draw after the last.
        dtype: Of what is returned: int64, or float64 of whole numbers.

    Example:
        >>> keys = keys_of(np.arange(10_000))
        >>> found = weights(keys, np.ones(10_000, np.int64), 7, 0, 4)
        >>> found.shape, bool(abs(found.mean() - 1) < 0.02)
        ((10000, 4), True)
    """
    words = np.arange(first // LANES, -(-last // LANES), dtype=np.uint64)
    start, number = mixed(keys + mixed(np.array([seed], np.uint64))), last - first
    found = np.empty((len(keys), number), dtype)
    step = max(PIECE // max(len(words), 1), 1)
    for at in range(0, len(keys), step):
        lanes = _lanes(start[at : at + step], words)[:, :number]
        passed = np.zeros(lanes.shape, np.uint8)
        for edge in _edges(1)[1]:  # a few comparisons are quicker than look-ups
            passed += (lanes >= edge).view(np.uint8)
        found[at : at + step] = passed
    for count in np.unique(counts[counts > 1]).tolist():
        own = np.flatnonzero(counts == count)
        found[own] = _quantiles(count, _lanes(start[own], words)[:, :number])
    return found


def _lanes(start: Keys, words: Keys) -> NDArray[np.uint16]:
    """Return the uniform numbers of some ids, (ids, 4 · words)."""
    bits = mixed(start[:, None] + words)
    return bits.astype("<u8", copy=False).view("<u2")


def _quantiles(mean: int, lanes: Array) -> Ints:
    """Return the Poisson quantile of each level."""
    if lanes.size >= LEVELS:
        return _table(mean)[lanes]
    least, edges = _edges(mean)
    return np.asarray(least + np.searchsorted(edges, lanes, side="right"), np.int64)


@lru_cache(maxsize=128)
def _table(mean: int) -> Ints:
    """Return the Poisson quantile of each of 2^16 levels; of mean 1, exactly so."""
    least, edges = _edges(mean)
    levels = np.arange(LEVELS, dtype=np.uint16)
    return np.asarray(least + np.searchsorted(edges, levels, side="right"), np.int64)


@lru_cache(maxsize=4096)
def _edges(mean: int) -> tuple[int, NDArray[np.uint16]]:
    """Return the least Poisson quantile, and the levels from which on it is one more.

    The numbers within reach; the last of them holds up to the last level.
    """
    from scipy.special import gammaln

    reach = REACH * (mean**0.5 + 1)
    least = max(int(mean - reach), 0)
    number = np.arange(least, int(mean + reach) + 1)
    chance = np.exp(number * np.log(mean) - mean - gammaln(number + 1))
    edges = np.rint(np.cumsum(chance) * LEVELS)[:-1]
    return least, edges[edges < LEVELS].astype(np.uint16)

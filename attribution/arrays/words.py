"""Rows of machine words as codes of the distinct ones: ids compared by the million.

Rows are hashed into tables by numpy, and every match is verified word by word: nothing
rests on a hash being good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.arrays import ragged
from attribution.arrays.cores import BLOCK, in_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints

    Words = list[NDArray[np.uint64]]
    Codes = NDArray[np.int32]

ROOM, SMALLEST = 4, 1 << 14
"""Slots of a table: at least so many for each row to be put in, and in all."""

GOLDEN = 0x9E3779B97F4A7C15
"""An odd number whose bits are in no order: 2^64 over the golden ratio."""

MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
"""The shifts and factors of SplitMix64."""

WORD = 64
"""Bits of a word."""

BYTES = 8
"""Bytes of a word."""


@dataclass(frozen=True)
class Rows:
    """So many rows, and the function that gives the words of those from to.

    ``words``: of the rows ``first:stop`` one uint64 array a word.
    """

    count: int
    words: Callable[[int, int], Words]


def cut(chars: NDArray[np.uint8], width: int) -> Rows:
    """Return bytes, so many a row and eight at least, as rows of words.

    The words stand from the last to the first, so that what ids begin with is apart
    from what they differ in; the last two may share bytes.

    Example:
        >>> rows = cut(np.arange(16, dtype=np.uint8), 8)
        >>> rows.count, len(rows.words(0, 2))
        (2, 1)
    """
    starts = [*range(width - BYTES, 0, -BYTES), 0]

    def words(first: int, stop: int) -> Words:
        own, rows = chars[first * width :], (stop - first,)
        return [
            np.ndarray(rows, "<u8", own, at, (width,)).astype(np.uint64)
            for at in starts
        ]

    return Rows(len(chars) // width, words)


def joined(words: Words) -> Array:
    """Return words as bytes again, of dtype ``S``: (rows,).

    Example:
        >>> joined(cut(np.frombuffer(b"01234567abcdefgh", np.uint8), 8).words(0, 2))
        array([b'01234567', b'abcdefgh'], dtype='|S8')
    """
    whole = np.stack([word.astype("<u8", copy=False) for word in words], axis=1)
    return whole.view(f"S{BYTES * len(words)}").reshape(-1)


class _Table(NamedTuple):
    """Slots that hold the code of a row; rows of one slot but one are elsewhere.

    ``unlike``: the places of the words that are hashed: those in which rows differ.
    """

    seed: int
    unlike: list[int]
    codes: Codes

    def slots(self, words: Words) -> NDArray[np.int64]:
        own = [words[place] for place in self.unlike]
        return _slots(own, self.seed, len(self.codes))


def _slots(words: Words, seed: int, size: int) -> NDArray[np.int64]:
    """Return a slot for each row, below ``size``, a power of two.

    The high bits of a sum of products by odd numbers (Dietzfelbinger et al. 1997),
    others for each seed: rows that share a slot under one do not under the next.
    """
    mixed = words[0] * _factor(seed, 0)
    for place, word in enumerate(words[1:], start=1):
        mixed += word * _factor(seed, place)
    mixed >>= np.uint64(WORD + 1 - size.bit_length())
    return mixed.view(np.int64)


def _factor(seed: int, place: int) -> np.uint64:
    """Return the odd number for a word: SplitMix64 (Steele, Lea and Flood 2014)."""
    mixed = GOLDEN * (WORD * seed + place) % 2**WORD
    for shift, factor in MIX:
        mixed = (mixed ^ mixed >> shift) * factor % 2**WORD
    return np.uint64((GOLDEN ^ mixed) | 1)


def _alike(words: Words, others: Words, places: Array) -> Bools:
    """Return which rows are equal to those of ``others`` at their places."""
    alike = np.ones(len(places), np.bool_)
    for word, other in zip(words, others, strict=True):
        one = ragged.constant(other)
        alike &= word == (other[0] if one else other.take(places, mode="clip"))
    return alike


def _shortened(words: Words) -> Words:
    """Return words of which those that are the same in all rows take no memory."""
    alike = [not ragged.constant(word) and (word == word[0]).all() for word in words]
    return [
        np.broadcast_to(word[0], len(word)) if one else word
        for one, word in zip(alike, words, strict=True)
    ]


def _unlike(words: Words) -> list[int]:
    """Return the places of the words that differ, one at least."""
    differing = [at for at, word in enumerate(words) if not ragged.constant(word)]
    return differing or [0]


class Index:
    """The distinct rows met so far, a code each in order of appearance.

    Example:
        >>> index, ids = Index(), np.array([7, 9, 7], np.uint64)
        >>> codes, new = index.codes(Rows(3, lambda first, stop: [ids[first:stop]]))
        >>> codes.tolist(), new.tolist(), len(index)
        ([0, 1, 0], [0, 1], 2)
    """

    def __init__(self) -> None:
        """Know no row."""
        self._words: Words = []
        self._tables: list[_Table] = []

    def __len__(self) -> int:
        """Return how many distinct rows there are."""
        return len(self._words[0]) if self._words else 0

    @property
    def words(self) -> Words:
        """Return the words of the distinct rows, in order of their codes."""
        return self._words

    def codes(self, rows: Rows) -> tuple[Codes, Ints]:
        """Return each row's code, int32 (rows,), and the first row of each new one.

        Rows not met before get the next codes. All rows of an index have the same
        number of words.
        """
        found = self.known(rows)
        new = np.flatnonzero(found < 0)
        if not len(new):
            return found, new
        words, known = _shortened(_taken(rows, new)), np.int32(len(self))
        unlike = _unlike(words)
        first, rounds = _firsts(words, unlike, len(self._tables))
        own = np.flatnonzero(first == np.arange(len(new)))
        codes = first + known
        if len(own) < len(new):
            words = _shortened([word.take(own) for word in words])
            number = np.empty(len(new), np.int32)
            number[own] = np.arange(known, known + len(own))
            codes = number.take(first)
        self._tables += [
            _Table(seed, unlike, codes.take(rows)) for seed, rows in rounds
        ]
        if known:
            pairs = zip(self._words, words, strict=True)
            words = _shortened([np.concatenate(pair) for pair in pairs])
        self._words = words
        found[new] = codes
        return found, new[own]

    def known(self, rows: Rows) -> Codes:
        """Return the code of each row, int32 (rows,), -1 where it was not met before.

        Example:
            >>> index, ids = Index(), np.array([7, 9], np.uint64)
            >>> codes, _ = index.codes(Rows(1, lambda first, stop: [ids[:1]]))
            >>> index.known(Rows(2, lambda first, stop: [ids[first:stop]])).tolist()
            [0, -1]
        """
        found = np.full(rows.count, -1, np.int32)
        if not self._tables:
            return found

        def look(here: slice) -> None:
            self._look_up(rows.words(here.start, here.stop), found[here])

        in_blocks(look, rows.count)
        return found

    def _look_up(self, words: Words, found: Codes) -> None:
        """Write the codes of known rows, table by table."""
        rest: Ints | None = None
        for table in self._tables:
            codes = table.codes.take(table.slots(words), mode="clip").astype(np.int64)
            alike = _alike(words, self._words, codes)
            other = np.flatnonzero(~alike)
            if rest is None:
                np.copyto(found, codes, where=alike, casting="same_kind")
                rest = other
            else:
                found[rest] = np.where(alike, codes, -1)
                rest = rest.take(other)
            if not len(rest):
                return
            words = [word.take(other) for word in words]


def _firsts(
    words: Words, unlike: list[int], seed: int
) -> tuple[Codes, list[tuple[int, Codes]]]:
    """Return the first equal row of each, and what holds it: seeds and rows by slot.

    Of the rows of a slot the first one stays; those unlike it get another table.
    """
    count = len(words[0])
    first, rest = np.arange(count, dtype=np.int32), np.arange(count)
    rounds: list[tuple[int, Codes]] = []
    left = words
    while len(rest):
        size = max(1 << (len(rest) * ROOM - 1).bit_length(), SMALLEST)
        own = [left[place] for place in unlike]
        slots = _slots(own, seed + len(rounds), size)
        table = np.zeros(size, np.int32)
        table[slots[::-1]] = rest[::-1]
        winner = table.take(slots)
        other = np.flatnonzero(~_alike(left, words, winner))
        first[rest] = winner
        rounds.append((seed + len(rounds), table))
        rest, left = rest.take(other), [word.take(other) for word in left]
    return first, rounds


def _taken(rows: Rows, chosen: Ints) -> Words:
    """Return the words of chosen rows, which are in order."""
    if len(chosen) == rows.count:
        return rows.words(0, rows.count)
    parts = []
    for first in range(0, rows.count, BLOCK):
        stop = min(first + BLOCK, rows.count)
        own = chosen[slice(*np.searchsorted(chosen, [first, stop]))] - first
        if len(own):
            parts.append([word[own] for word in rows.words(first, stop)])
    return [np.concatenate(words) for words in zip(*parts, strict=True)]

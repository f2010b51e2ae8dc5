"""Texts side by side: ASCII of one width as numpy bytes, and texts found in others.

Labels of dtype ``S`` are all of the whole width here. Where pyarrow is installed they
are Arrow texts over the same memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays import ragged
from attribution.arrays.codes import packed, texts
from attribution.arrays.words import BYTES, Index, cut
from attribution.doors.frames import arrow
from attribution.doors.frames.columns import factorized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools

END_OF_ASCII = 128

CHUNK = 1 << 16
"""Texts put side by side at a time."""

ROOM = 1 << 20
"""Texts for which room is made, where there are several blocks."""


class Beside:
    """Texts put side by side as bytes, block by block: ASCII, and all of one width.

    Example:
        >>> import pyarrow as pa
        >>> found = Beside()
        >>> cells = pa.array(["ab", None], pa.large_string())
        >>> found.add(cells), found.add(pa.array(["c"], pa.large_string()))
        (True, False)
        >>> found.fixed(np.arange(2, dtype=np.int32))[0].tolist()
        [0, -1]
    """

    def __init__(self, room: int = 0) -> None:
        """Make room for so many texts, or for what comes."""
        self.count = 0
        self._room = room
        self._labels = np.empty(0, "S1")
        self._there: list[Bools] = []

    def add(self, cells: Any) -> bool:
        """Take in a block; False, and nothing is taken in, where it is not alike.

        Nor may texts hold NUL, which numpy would cut off, or begin with a space.

        Args:
            cells: An Arrow array of large strings or of bytes of one width.
        """
        there, present = np.broadcast_to(np.True_, len(cells)), cells
        if cells.null_count:
            there = cells.is_valid().to_numpy(zero_copy_only=False)
            present = cells.drop_null()
        if len(present):
            width = self._labels.itemsize if self.count else arrow.width_of(present)
            chars = arrow.chars_of(present, width)
            if chars is None or chars.min() == 0 or chars.max() >= END_OF_ASCII:
                return False
            if chars[::width].min() <= ord(" "):
                return False
            self._put(chars.view(f"S{width}"))
        self._there.append(there)
        return True

    def _put(self, labels: Array) -> None:
        """Put labels behind the others; memory that is not written takes no room."""
        end = self.count + len(labels)
        if end > len(self._labels):
            held = np.empty(max(end, self._room), labels.dtype)
            held[: self.count] = self._labels[: self.count]
            self._labels, self._room = held, max(2 * len(held), ROOM)
        self._labels[self.count : end] = labels
        self.count = end

    def fixed(self, every: NDArray[np.int32]) -> tuple[NDArray[np.int32], Array]:
        """Return the texts as codes, ``every`` if none is missing, and their bytes."""
        there = np.concatenate([np.zeros(0, np.bool_), *self._there])
        labels = self._labels[: self.count]
        if len(labels) == len(there):
            return every, labels
        return np.where(there, np.cumsum(there) - 1, -1).astype(np.int32), labels


def fixed_width(
    chunks: Sequence[Any], every: NDArray[np.int32]
) -> tuple[NDArray[np.int32], Array] | None:
    """Return ASCII texts of one width as codes and their bytes.

    None where they are not of one width, or one begins with a space.

    Args:
        chunks: Arrow arrays of large strings.
        every: The number of every row: the codes where none is missing.
    """
    found = Beside(len(every))
    return found.fixed(every) if all(map(found.add, chunks)) and found.count else None


def of_one_width(labels: Array) -> Array | None:
    """Return ASCII texts that are all of one width as bytes, None if they are not.

    Example:
        >>> of_one_width(np.array(["ab", "cd"], object))
        array([b'ab', b'cd'], dtype='|S2')
    """
    if labels.dtype.kind == "S":
        return labels
    if not "".join(labels).isascii():
        return None
    wide = packed(labels)
    if wide.dtype.kind != "S" or not len(wide):
        return None
    return wide if np.strings.str_len(wide).min() == wide.itemsize else None


def spread(labels: Array, codes: NDArray[np.int32]) -> Any:
    """Return the labels (of one width) of codes as Arrow texts, null where -1.

    They come in chunks that share where texts end, and of codes that are all the same
    one chunk. The memory is numpy's, whose large pages cost a third of Arrow's.

    Args:
        labels: One at least.
        codes: Positions in them.

    Example:
        >>> labels, codes = np.array([b"ab", b"cd"]), np.array([1, -1], np.int32)
        >>> spread(labels, codes).to_pylist()
        ['cd', None]
    """
    import pyarrow as pa

    ends = _ends(min(len(codes), CHUNK), labels.itemsize)
    starts = range(0, len(codes), CHUNK)
    if ragged.constant(codes):
        cells = np.empty(min(len(codes), CHUNK), labels.dtype)
        whole = _chunk(labels, codes[:CHUNK], cells, ends)
        parts = [whole.slice(0, len(codes) - first) for first in starts]
    else:
        cells = np.empty(len(codes), labels.dtype)
        blocks = [slice(first, first + CHUNK) for first in starts]
        parts = [_chunk(labels, codes[one], cells[one], ends) for one in blocks]
    return pa.chunked_array(parts, pa.large_string())


def _chunk(labels: Array, codes: NDArray[np.int32], cells: Array, ends: Any) -> Any:
    """Return the labels of codes as Arrow texts over the memory of ``cells``."""
    import pyarrow as pa

    there = codes >= 0
    labels.take(codes, mode="wrap", out=cells)
    valid = None
    if not there.all():
        valid = pa.py_buffer(np.packbits(there, bitorder="little"))
    parts = [valid, ends, pa.py_buffer(cells)]
    return pa.Array.from_buffers(pa.large_string(), len(codes), parts)


def _ends(count: int, width: int) -> Any:
    """Return where texts of one width end, as a buffer."""
    import pyarrow as pa

    return pa.py_buffer(np.arange(0, (count + 1) * width, width, dtype=np.int64))


def beginning(labels: Array, start: str) -> Bools:
    """Return which texts begin with ``start``, which is ASCII.

    Example:
        >>> beginning(np.array(["003x", "00Qx"], object), "003").tolist()
        [True, False]
    """
    if labels.dtype.kind != "S":
        found = (one.startswith(start) for one in labels)
        return np.fromiter(found, np.bool_, len(labels))
    if labels.itemsize < len(start):
        return np.zeros(len(labels), np.bool_)
    chars = np.ascontiguousarray(labels).view(np.uint8).reshape(-1, labels.itemsize)
    alike = np.ones(len(labels), np.bool_)
    for at, byte in enumerate(start.encode()):
        alike &= chars[:, at] == byte
    return alike


def one_coding(labels: Sequence[Array]) -> tuple[list[NDArray[np.int32]], int]:
    """Return the codes of several arrays of texts over one set, and its size.

    Example:
        >>> a, b = np.array([b"x", b"y"]), np.array(["y"], object)
        >>> codes, count = one_coding([a, b])
        >>> [one.tolist() for one in codes], count
        ([[0, 1], [1]], 2)
    """
    cells = [arrow.from_labels(one) for one in labels]
    if cells and all(one is not None for one in cells):
        import pyarrow as pa

        codes, known = arrow.encoded(pa.concat_arrays(cells))
    else:
        empty = np.array([], object)
        codes, known = factorized(np.concatenate([empty, *map(texts, labels)]))
    cuts = np.cumsum([len(one) for one in labels])[:-1]
    return np.split(codes, cuts), len(known)


def found_in(labels: Array, known: Array) -> NDArray[np.int32]:
    """Return where each text stands first among the ``known`` ones, -1 if nowhere.

    Example:
        >>> found_in(np.array([b"x", b"y"]), np.array(["y", "y"], object)).tolist()
        [-1, 0]
    """
    own, table = packed(labels), packed(known)
    if own.dtype.kind == table.dtype.kind == "S":
        return _by_words(own, table)
    (codes, other), count = one_coding([labels, known])
    first = np.full(count, -1, np.int32)
    first[other[::-1]] = np.arange(len(other), dtype=np.int32)[::-1]
    return first[codes]


def _by_words(labels: Array, known: Array) -> NDArray[np.int32]:
    width, index = max(labels.itemsize, known.itemsize, BYTES), Index()
    rows, table = (
        np.ascontiguousarray(one.astype(f"S{width}", copy=False)).view(np.uint8)
        for one in (labels, known)
    )
    _, first = index.codes(cut(table, width))
    return np.append(first, -1).astype(np.int32)[index.known(cut(rows, width))]

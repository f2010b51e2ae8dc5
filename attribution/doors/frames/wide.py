"""Texts side by side: ASCII of one width as numpy bytes, and texts found in others.

Labels of dtype ``S`` are all of the whole width here. Where pyarrow is installed they
are Arrow texts over the same memory.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays import ragged
from attribution.arrays.codes import packed, texts
from attribution.arrays.words import BYTES, Index, cut
from attribution.doors.frames.columns import factorized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools

END_OF_ASCII = 128

CHUNK = 1 << 16
"""Texts put side by side at a time."""

THREADS = 2
"""How many columns are worked on at a time; Arrow and numpy release the lock."""


def fixed_width(
    chunks: Sequence[Any], every: NDArray[np.int32]
) -> tuple[NDArray[np.int32], Array] | None:
    """Return ASCII texts of one width as codes and their bytes.

    None where they are not of one width, or one begins with a space.

    Args:
        chunks: Arrow arrays of large strings or of bytes of one width.
        every: The number of every row: the codes where none is missing.
    """
    there = None
    if any(one.null_count for one in chunks):
        valid = [one.is_valid().to_numpy(zero_copy_only=False) for one in chunks]
        there = np.concatenate(valid)
        chunks = [one.drop_null() for one in chunks]
    chunks = [one for one in chunks if len(one)]
    if not chunks:
        return None
    width = width_of(chunks[0])
    labels = np.empty(sum(map(len, chunks)), f"S{max(width, 1)}")
    place = 0
    for one in chunks:
        chars = of_width(one, width)
        if chars is None:
            return None
        labels[place : place + len(one)] = chars.view(labels.dtype)
        place += len(one)
    if there is None:
        return every, labels
    return np.where(there, np.cumsum(there) - 1, -1).astype(np.int32), labels


def width_of(texts: Any) -> int:
    """Return how many bytes the first of Arrow's texts has, 0 if there is none.

    Example:
        >>> import pyarrow as pa
        >>> width_of(pa.array(["ab"]))
        2
    """
    return len(texts[0].as_buffer()) if len(texts) else 0


def of_width(texts: Any, width: int) -> NDArray[np.uint8] | None:
    """Return the bytes of Arrow's texts, None if they are no ASCII of that width.

    Nor may they hold NUL, which numpy would cut off, or begin with a space.

    Args:
        texts: An array of large strings or of bytes of one width, none missing.
        width: The width.

    Example:
        >>> import pyarrow as pa
        >>> of_width(pa.array(["ab", "cd"], pa.large_string()), 2).tobytes()
        b'abcd'
    """
    if not len(texts):
        return np.zeros(0, np.uint8)
    _, *ends, data = texts.buffers()
    if ends:
        offsets = np.frombuffer(ends[0], np.int64)[texts.offset :][: len(texts) + 1]
        alike = width > 0 and (offsets[1:] - offsets[:-1] == width).all()
        first, last = offsets[0], offsets[-1]
    else:
        alike = texts.type.byte_width == width
        first, last = texts.offset * width, (texts.offset + len(texts)) * width
    if not alike:
        return None
    chars = np.frombuffer(data, np.uint8)[first:last]
    odd = chars.min() == 0 or chars.max() >= END_OF_ASCII
    return None if odd or chars[::width].min() <= ord(" ") else chars


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


def arrow_texts(labels: Array) -> Any:
    """Return labels as an Arrow array, those of one width over the same memory.

    Example:
        >>> arrow_texts(np.array([b"ab", b"cd"])).to_pylist()
        ['ab', 'cd']
    """
    import pyarrow as pa

    if labels.dtype.kind != "S":
        return pa.array(labels, pa.large_string())
    parts = [_ends(len(labels), labels.itemsize), pa.py_buffer(labels)]
    return pa.Array.from_buffers(pa.large_string(), len(labels), [None, *parts])


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
    if importlib.util.find_spec("pyarrow"):
        import pyarrow as pa

        whole = pa.chunked_array(map(arrow_texts, labels), pa.large_string())
        coded = whole.combine_chunks().dictionary_encode()
        codes, count = coded.indices.to_numpy(), len(coded.dictionary)
    else:
        empty = np.array([], object)
        codes, known = factorized(np.concatenate([empty, *map(texts, labels)]))
        count = len(known)
    return np.split(codes, np.cumsum([len(one) for one in labels])[:-1]), count


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

"""Arrow's texts: columns as codes of a dictionary, labels to and fro."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays.codes import used

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Ints

    Codes = NDArray[np.int32]

MANY = 1 << 17
"""Above so many labels their hash table is given back to the system."""


def installed() -> bool:
    """Return whether pyarrow is there.

    Example:
        >>> installed()
        True
    """
    return importlib.util.find_spec("pyarrow") is not None


def texts_of(series: Any) -> Any:
    """Return a narwhals series of texts as Arrow's large strings, in chunks.

    None where pyarrow is not installed, or texts are Python objects.
    """
    dtype = getattr(series.to_native(), "dtype", None)
    python = str(dtype) == "object" or getattr(dtype, "storage", "") == "python"
    if python or not installed():
        return None
    import pyarrow as pa

    return _chunks(series).cast(pa.large_string())


def dictionary_of(series: Any) -> Any:
    """Return a narwhals series of categories as Arrow's chunks, None if it is none."""
    if not installed() or type(series.to_native()).__module__.startswith("pandas"):
        return None
    import pyarrow as pa

    whole = _chunks(series)
    return whole if pa.types.is_dictionary(whole.type) else None


def _chunks(series: Any) -> Any:
    """Return a series as Arrow's chunks; those of an Arrow table as they are."""
    import pyarrow as pa

    native = series.to_native()
    if isinstance(native, pa.ChunkedArray):
        return native
    cells = series.to_arrow()
    return pa.chunked_array([cells]) if isinstance(cells, pa.Array) else cells


def in_one(whole: Any) -> Any:
    """Return chunks as one array; one chunk as it is.

    Example:
        >>> import pyarrow as pa
        >>> in_one(pa.chunked_array([["a"], ["b"]])).to_pylist()
        ['a', 'b']
    """
    return whole.chunk(0) if whole.num_chunks == 1 else whole.combine_chunks()


def from_labels(labels: Any) -> Any:
    """Return labels as a large_string array, None where Arrow cannot hold them.

    Args:
        labels: Arrow's, an object array, or texts packed as bytes (UTF-8, no NUL).

    Example:
        >>> from_labels(np.array([b"ab", b"", b"c"])).to_pylist()
        ['ab', '', 'c']
    """
    if not installed():
        return None
    import pyarrow as pa

    if isinstance(labels, pa.Array):
        return labels.cast(pa.large_string())
    if labels.dtype.kind == "S":
        return _from_bytes(labels)
    try:
        cells = pa.array(labels, pa.large_string())
    except (UnicodeEncodeError, pa.ArrowException):
        return None
    return in_one(cells) if isinstance(cells, pa.ChunkedArray) else cells


def _from_bytes(labels: Array) -> Any:
    import pyarrow as pa

    lengths = np.strings.str_len(labels)
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
    chars = np.ascontiguousarray(labels).view(np.uint8)
    whole = chars if ends[-1] == len(chars) else chars[chars != 0]
    parts = [None, pa.py_buffer(ends), pa.py_buffer(whole)]
    return pa.Array.from_buffers(pa.large_string(), len(labels), parts)


def width_of(texts: Any) -> int:
    """Return how many bytes the first of Arrow's texts has, 0 if there is none.

    Example:
        >>> import pyarrow as pa
        >>> width_of(pa.array(["ab"]))
        2
    """
    return len(texts[0].as_buffer()) if len(texts) else 0


def chars_of(texts: Any, width: int) -> NDArray[np.uint8] | None:
    """Return the bytes of Arrow's texts, over their memory; None if not of that width.

    Args:
        texts: An array of large strings or of bytes of one width, none missing.
        width: The width.

    Example:
        >>> import pyarrow as pa
        >>> chars_of(pa.array(["ab", "cd"], pa.large_string()), 2).tobytes()
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
    return np.frombuffer(data, np.uint8)[first:last] if alike else None


def packed(labels: Any) -> Array | None:
    """Return an array of texts of one width as bytes over the same memory, else None.

    Nor may they hold NUL, which numpy would cut off.

    Example:
        >>> import pyarrow as pa
        >>> packed(pa.array(["ab", "cd"], pa.large_string()))
        array([b'ab', b'cd'], dtype='|S2')
    """
    if str(getattr(labels, "type", "")) != "large_string" or not len(labels):
        return None
    width = width_of(labels)
    chars = chars_of(labels, width)
    return None if chars is None or not chars.min() else chars.view(f"S{width}")


def objects(cells: Any, rows: Ints) -> Array:
    """Return these rows of an array of texts as Python's.

    Example:
        >>> import pyarrow as pa
        >>> objects(pa.array(["a", "b"]), np.array([1])).tolist()
        ['b']
    """
    chosen = cells if len(rows) == len(cells) else cells.take(rows)
    found: Array = chosen.to_numpy(zero_copy_only=False)
    return found


def encoded(whole: Any) -> tuple[Codes, Any]:
    """Return Arrow's texts as int32 codes, -1 where missing, and labels of Arrow's.

    Labels stand in order of appearance.

    Example:
        >>> import pyarrow as pa
        >>> codes, labels = encoded(pa.chunked_array([["b", None], ["b"]]))
        >>> codes.tolist(), labels.to_pylist()
        ([0, -1, 0], ['b'])
    """
    import pyarrow as pa

    coded = whole.dictionary_encode()
    chunks = coded.chunks if isinstance(coded, pa.ChunkedArray) else [coded]
    if not chunks:
        return np.array([], np.int32), pa.nulls(0, whole.type)
    labels = chunks[-1].dictionary
    codes = _joined([_indices(one) for one in chunks])
    if len(labels) > MANY:
        # Arrow keeps the hash table's memory: a fifth of a run's peak, measured.
        pa.default_memory_pool().release_unused()
    return codes, labels


def categories(whole: Any) -> tuple[Codes, Any] | None:
    """Return dictionary-encoded chunks of texts as codes and labels, as they stand.

    None where the dictionary holds a text twice, or a missing one.

    Example:
        >>> import pyarrow as pa
        >>> cells = pa.array(["b", None, "a"]).dictionary_encode()
        >>> codes, labels = categories(pa.chunked_array([cells]))
        >>> codes.tolist(), labels.tolist()
        ([0, -1, 1], ['b', 'a'])
    """
    import pyarrow as pa

    if any(chunk.dictionary.null_count for chunk in whole.chunks):
        return None
    wide = pa.dictionary(pa.int32(), whole.type.value_type)
    chunks = whole.cast(wide).unify_dictionaries().chunks
    if not chunks:
        return np.array([], np.int32), np.array([], object)
    labels = chunks[0].dictionary
    if len(labels.unique()) < len(labels):
        return None
    codes = _joined([_indices(one) for one in chunks])
    return used(codes, np.asarray(labels, object))


def _indices(chunk: Any) -> Array:
    found: Array = chunk.indices.fill_null(-1).to_numpy()
    return found


def _joined(parts: list[Array]) -> Codes:
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return whole.astype(np.int32, copy=False)

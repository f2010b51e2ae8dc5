"""Columns of ids, over one set of codes: compared as machine words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from attribution.arrays import codes as labelling
from attribution.arrays.cores import in_blocks
from attribution.arrays.words import BYTES, Index, Rows, cut, joined
from attribution.doors.frames import arrow
from attribution.doors.frames.columns import Column, factorized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.arrays.words import Words

    Codes = NDArray[np.int32]

WIDEST = 64
"""Texts of more bytes are compared by Arrow or pandas."""

CHUNK = 1 << 16
"""Ids turned to Python's texts at a time."""

END_OF_ASCII, LETTERS = 128, 26

CASE = 0x20
"""The bit of ASCII in which a small letter differs from the capital one."""

BESIDE = 512
"""Texts that are compared at once, place by place."""

SURROGATES = b"\xed"
"""The byte with which UTF-8 would begin half of a surrogate pair (and Korean)."""

DENSE = 4
"""Integers are numbered by a table if their range is at most so many times the rows."""


@dataclass(frozen=True)
class Texts:
    """A column of ids as Arrow's texts, which nobody has compared yet.

    ``cells``: a large_string array of those that are there; ``missing``: bool, (rows,).
    The other names are those of a :class:`~attribution.doors.frames.columns.Column`.
    """

    cells: Any
    missing: Bools
    kind: Literal["text"] = "text"
    row: int = -1
    detail: str = ""

    @classmethod
    def of(cls, whole: Any) -> Texts:
        """Return an Arrow array of large strings as a column."""
        if not whole.null_count:
            return cls(whole, np.zeros(len(whole), np.bool_))
        missing = whole.is_null().to_numpy(zero_copy_only=False)
        return cls(whole.drop_null(), missing)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.missing)

    @cached_property
    def ends(self) -> Ints:
        """Return where the texts begin and end in the bytes, int64 (rows + 1,)."""
        if not len(self.cells):
            return np.zeros(1, np.int64)
        offsets = np.frombuffer(self.cells.buffers()[1], np.int64)
        return offsets[self.cells.offset :][: len(self.cells) + 1]

    @cached_property
    def bytes(self) -> NDArray[np.uint8]:
        """Return the bytes of all texts."""
        whole = np.frombuffer(self.cells.buffers()[2] or b"", np.uint8)
        return whole[self.ends[0] : self.ends[-1]]

    @cached_property
    def widths(self) -> tuple[int, int]:
        """Return the least and the greatest number of bytes of a text."""
        lengths = np.diff(self.ends)
        return int(lengths.min(initial=WIDEST + 1)), int(lengths.max(initial=0))

    @property
    def comparable(self) -> bool:
        """Return whether the texts can be compared as words: short, without NUL."""
        return self.widths[1] <= WIDEST and bool(self.bytes.min(initial=1))

    def rows(self, width: int, *, alike: bool) -> Rows:
        """Return the texts as rows of words.

        Args:
            width: How many bytes the words take in.
            alike: Whether every text has that width, one word at least.
        """
        if alike:
            return cut(self.bytes, width)
        count = len(self.cells)
        return Rows(count, lambda first, stop: self._filled(first, stop, width))

    def _filled(self, first: int, stop: int, width: int) -> Words:
        """Return words of texts of any width, filled with zeros."""
        ends = self.ends[first : stop + 1] - self.ends[0]
        own = self.bytes[ends[0] : ends[-1]]
        chars = np.concatenate([own, np.zeros(width + 2 * BYTES, np.uint8)])
        places = ends[:-1] - ends[0]
        lengths = np.diff(ends)
        least = lengths.min(initial=width)
        words = []
        for start in range(0, max(width, 1), BYTES):
            count = len(chars) - BYTES - start
            every = np.ndarray((count,), "<u8", chars, start, (1,))
            word = every[places].astype(np.uint64, copy=False)
            if least < start + BYTES:
                beyond = np.clip(start + BYTES - lengths, 0, BYTES) * 8
                word <<= beyond.astype(np.uint64)
                word >>= beyond.astype(np.uint64)
            words.append(word)
        return words


def together(
    columns: Sequence[Column | Texts], *, packed: bool = False
) -> tuple[list[Codes], Array]:
    """Return the codes of several id columns over the labels that they share.

    Args:
        columns: Each of kind text or all of kind integer; empty ones are all -1.
        packed: Give texts as bytes where they can be, as
            :func:`attribution.arrays.codes.packed` does.

    Returns:
        int32 codes, one array a column, -1 where missing, and the labels: object,
        bytes or int64. Integers of a small range stand in order; other labels as they
        appear, those of the shortest column first.

    Example:
        >>> from attribution.doors.frames.columns import from_objects
        >>> a = from_objects(np.array(["x", "y"], dtype=object))
        >>> b = from_objects(np.array(["y", None], dtype=object))
        >>> [codes.tolist() for codes in together([a, b])[0]]
        [[1, 0], [0, -1]]
    """
    if any(column.kind == "integer" for column in columns):
        return _integers([one for one in columns if isinstance(one, Column)])
    texts = [_texts(column) for column in columns]
    found = [one for one in texts if one is not None and one.comparable]
    if len(found) < len(texts):
        return _labels_together([_encoded(column) for column in columns])
    own, labels = _texts_together(found, packed=packed)
    pairs = zip(own, columns, strict=True)
    return [_spread(codes, column) for codes, column in pairs], labels


def _texts(column: Column | Texts) -> Texts | None:
    """Return a column, or its labels, as Arrow's texts; None where Arrow cannot."""
    if isinstance(column, Texts):
        return column
    labels = np.array([], object) if column.labels is None else column.labels
    cells = arrow.from_labels(labels)
    return None if cells is None else Texts.of(cells)


def _encoded(column: Column | Texts) -> Column:
    if isinstance(column, Column):
        return column
    codes, labels = arrow.encoded(column.cells)
    return Column("text", _at(codes, column), column.missing, labels)


def _spread(codes: Codes, column: Column | Texts) -> Codes:
    """Return the codes of a column's rows from those of its texts or labels."""
    if isinstance(column, Column):
        place = np.where(column.missing, len(codes), column.values)
        return np.append(codes, np.int32(-1))[place]
    return _at(codes, column)


def _texts_together(
    columns: Sequence[Texts], *, packed: bool
) -> tuple[list[Codes], Array]:
    """Return the codes of texts over one set, the shortest column's first."""
    least = min((one.widths[0] for one in columns), default=0)
    width = max((one.widths[1] for one in columns), default=0)
    alike = least == width >= BYTES
    index, found = Index(), [np.zeros(0, np.int32)] * len(columns)
    labels: list[Array] = []
    for place in sorted(range(len(columns)), key=lambda place: len(columns[place])):
        column = columns[place]
        found[place], new = index.codes(column.rows(width, alike=alike))
        if not packed:
            labels.append(arrow.objects(column.cells, new))
        elif alike:
            labels.append(column.bytes.view(f"S{width}")[new])
    if packed and not alike and len(index):
        return found, joined(index.words)
    return found, np.concatenate(labels or [np.array([], object)])


def _labels_together(columns: Sequence[Column]) -> tuple[list[Codes], Array]:
    """Return the codes of columns of any texts over one set."""
    labels = [column.text_labels() for column in columns]
    codes, shared = factorized(np.concatenate([np.array([], object), *labels]))
    parts = np.split(codes, np.cumsum([len(own) for own in labels])[:-1])
    found = [_spread(own, one) for own, one in zip(parts, columns, strict=True)]
    return found, np.asarray(shared, object)


def _integers(columns: Sequence[Column]) -> tuple[list[Codes], Array]:
    """Return the codes of integers over one set; of a small range in its order."""
    present = [
        column.values[~column.missing] if column.missing.any() else column.values
        for column in columns
    ]
    present = [values.astype(np.int64, copy=False) for values in present]
    filled = [values for values in present if len(values)]
    low = min((int(values.min()) for values in filled), default=0)
    high = max((int(values.max()) for values in filled), default=-1)
    if high - low < DENSE * sum(map(len, filled)):
        own, labels = _numbered(present, low, high - low + 1)
    else:
        own, labels = _hashed(present)
    pairs = zip(own, columns, strict=True)
    return [_at(codes, column) for codes, column in pairs], labels


def _numbered(
    columns: Sequence[Ints], low: int, count: int
) -> tuple[list[Codes], Ints]:
    """Return the codes of integers from ``low`` on, below ``low + count``."""
    seen = np.zeros(count, np.bool_)
    for values in columns:
        in_blocks(partial(_mark, seen, values, low), len(values))
    number = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    found = [np.empty(len(values), np.int32) for values in columns]
    for own, values in zip(found, columns, strict=True):
        in_blocks(partial(_fetch, number, values, low, own), len(values))
    return found, np.flatnonzero(seen) + low


def _mark(seen: Bools, values: Ints, low: int, here: slice) -> None:
    seen[values[here] - low] = True


def _fetch(number: Codes, values: Ints, low: int, found: Codes, here: slice) -> None:
    found[here] = number[values[here] - low]


def _hashed(columns: Sequence[Ints]) -> tuple[list[Codes], Ints]:
    index, found, labels = Index(), [np.zeros(0, np.int32)] * len(columns), []
    for place in sorted(range(len(columns)), key=lambda place: len(columns[place])):
        values = columns[place]
        found[place], new = index.codes(_words(values))
        labels.append(values[new])
    return found, np.concatenate(labels)


def _words(values: Ints) -> Rows:
    words = values.view(np.uint64)
    return Rows(len(words), lambda first, stop: [words[first:stop]])


def _at(codes: Codes, column: Column | Texts) -> Codes:
    """Return codes of the rows that hold something, as codes of all rows."""
    if len(codes) == len(column):
        return codes
    full = np.full(len(column), -1, np.int32)
    full[~column.missing] = codes
    return full


def distinct_in_any_case(labels: Array) -> bool:
    """Return whether distinct ids differ by more than case; integers always do.

    False where nothing is said: of texts with spaces, or that are no ASCII.

    Args:
        labels: Integers, or texts, packed or not.

    Example:
        >>> distinct_in_any_case(np.array(["a1", "A2"], object))
        True
        >>> distinct_in_any_case(np.array(["a1", "A1"], object))
        False
    """
    wide = labelling.packed(labels)
    if wide.dtype.kind != "S":
        return wide.dtype != object
    width = max(wide.itemsize, BYTES)
    chars = wide.astype(f"S{width}", copy=False).view(np.uint8)
    if chars.max(initial=0) >= END_OF_ASCII:
        return False
    low = chars.min(initial=END_OF_ASCII) <= ord(" ")
    if low and (chars - np.uint8(1) < ord(" ")).any():
        return False
    if not _varying_bits(wide) & CASE:
        return True
    capital = chars - np.uint8(ord("A")) < LETTERS
    index = Index()
    index.codes(cut(chars | capital.astype(np.uint8) << np.uint8(5), width))
    return len(index) == len(labels)


def _varying_bits(wide: Array) -> int:
    """Return the bits in which two texts differ at some place, of all places."""
    rows, width = len(wide), wide.itemsize
    chars = np.ascontiguousarray(wide).view(np.uint8)
    whole = rows // BESIDE * BESIDE * width
    some = np.zeros((2, width), np.uint8)
    some[1] = np.bitwise_not(some[0])
    for part in (chars[:whole].reshape(-1, BESIDE * width), chars[whole:][None]):
        if part.size:
            for place, ufunc in enumerate((np.bitwise_or, np.bitwise_and)):
                found = ufunc.reduce(part, axis=0).reshape(-1, width)
                ufunc(some[place], ufunc.reduce(found, axis=0), out=some[place])
    return int(np.bitwise_or.reduce(some[0] ^ some[1], initial=0)) if rows else 0


def as_texts(labels: Array) -> Array:
    """Return ids as Python's texts where they are packed, others as they are.

    Example:
        >>> as_texts(np.array([b"ab"])).tolist()
        ['ab']
    """
    if labels.dtype.kind != "S":
        return labels
    if not arrow.installed() or SURROGATES in labels.tobytes():
        return labelling.texts(labels)
    found = np.empty(len(labels), object)
    for first in range(0, len(labels), CHUNK):
        here = slice(first, first + CHUNK)
        cells = arrow.from_labels(labels[here])
        found[here] = arrow.objects(cells, np.arange(len(cells)))
    return found

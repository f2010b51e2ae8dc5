"""JSON records, read one at a time: an array of flat objects, or one object a line."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Never

from attribution.doors.markup import escape_text
from attribution.doors.streams import Limits, fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DIGITS = 1_000
"""The longest number, in characters."""

EXPONENT = 308
"""The largest power of ten of a number, as of float64."""

RECORD = 1 << 24
"""The longest record, in characters."""

BLOCK = 1 << 14
"""Records put into columns at a time."""

_SPACE = re.compile(r"[ \t\n\r]*")
_BLANK = re.compile(r"[ \t\r]*")
_HALF = re.compile(r"\\u[dD]")
_LONGEST_TOKEN = 16
_FLAT = "Give an array of flat records, one object a row."
_ONE_A_LINE = "Write one record a line."
_NUMBERS = "Write the number as text, or null."


class _RefusedError(Exception):
    """What a hook of the decoder found: code, sentence, remedy."""


def _integer(text: str) -> int:
    if len(text) > DIGITS:
        raise _RefusedError("W01", f"has an integer over {DIGITS} digits.", _NUMBERS)
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("Infinity")
    sane = number.is_finite() and abs(number.adjusted()) <= EXPONENT
    if not sane or len(text) > DIGITS:
        what = "has a number beyond what float64 can hold."
        raise _RefusedError("W01", what, _NUMBERS)
    return number


def _constant(text: str) -> Never:
    raise _RefusedError("W01", f"has {text}, which is not JSON.", _NUMBERS)


def _flat(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        twice = next(
            name for name, n in Counter(name for name, _ in pairs).items() if n > 1
        )
        what = f"names column {escape_text(twice)} twice."
        raise _RefusedError("S02", what, "Keep one of each.")
    if any(isinstance(cell, dict | list) for cell in record.values()):
        raise _RefusedError("S08", "holds a nested value.", _FLAT)
    return record


_DECODER = json.JSONDecoder(
    object_pairs_hook=_flat,
    parse_float=_decimal,
    parse_int=_integer,
    parse_constant=_constant,
)


class _Window:
    """The part of a text that has been read and not yet used, and where it stands."""

    def __init__(
        self, texts: Iterable[str], table: str, limits: Limits, *, lines: bool
    ) -> None:
        self._texts = iter(texts)
        self._table, self._limits, self._lines = table, limits, lines
        self._text, self._at, self._line = "", 0, 1
        self.row = 0

    def _more(self) -> bool:
        chunk = next(self._texts, "")
        self._line += self._text.count("\n", 0, self._at)
        self._text, self._at = self._text[self._at :] + chunk, 0
        return bool(chunk)

    def fail(self, code: str, what: str, remedy: str) -> Never:
        line = self._line + self._text.count("\n", 0, self._at)
        raise fault(code, self._table, f"line {line} {what}", remedy, row=self.row)

    def next(self, space: re.Pattern[str] = _SPACE) -> str:
        """Return the next character that is not space, "" at the end, unused."""
        while True:
            found = space.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def use(self) -> None:
        """Step over one character."""
        self._at += 1

    def record(self) -> dict[str, Any]:
        """Return the object that begins here, and step over it."""
        if self.next() != "{":
            self.fail("S08", "has something other than an object.", _FLAT)
        while True:
            try:
                record: dict[str, Any]
                record, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                self._wait_or_fail(error)
            except _RefusedError as error:
                self.fail(*error.args)
            except RecursionError:
                self.fail("W01", "is nested too deep.", _FLAT)
            else:
                self._check(record, end)
                self._at = end
                self.row += 1
                return record

    def _wait_or_fail(self, error: json.JSONDecodeError) -> None:
        """Read more if the record may only be cut; else fail."""
        cut = error.pos + _LONGEST_TOKEN >= len(self._text)
        cut = cut or error.msg.startswith("Unterminated string")
        if len(self._text) - self._at > RECORD + self._limits.field:
            self.fail("S11", "has a record that is too long.", "Shorten it.")
        if not (cut and self._more()):
            what = f"is not JSON: {error.msg}."
            self.fail("S09", what, "Save the table again as JSON.")

    def _check(self, record: dict[str, Any], end: int) -> None:
        if self._lines and self._text.find("\n", self._at, end) >= 0:
            self.fail("S09", "holds only a part of a record.", _ONE_A_LINE)
        if len(record) > self._limits.columns:
            what = f"has {len(record)} columns; the limit is {self._limits.columns}."
            self.fail("S11", what, "Keep the columns that are needed.")
        if _HALF.search(self._text, self._at, end):
            try:
                "".join(str(part) for pair in record.items() for part in pair).encode()
            except UnicodeEncodeError:
                what = "holds half a surrogate pair, which is not Unicode."
                self.fail("S10", what, "Replace that character.")


def _array(window: _Window) -> Iterator[dict[str, Any]]:
    if window.next() != "[":
        window.fail("S09", "does not begin an array.", _FLAT)
    window.use()
    if window.next() != "]":
        yield window.record()
        while window.next() == ",":
            window.use()
            yield window.record()
    if window.next() != "]":
        window.fail("S09", "lacks a comma or the end of the array.", _FLAT)
    window.use()
    if window.next():
        window.fail("S09", "goes on after the array.", _FLAT)


def _lines(window: _Window) -> Iterator[dict[str, Any]]:
    while window.next():
        yield window.record()
        if window.next(_BLANK) not in {"", "\n"}:
            window.fail("S09", "goes on after its record.", _ONE_A_LINE)


def read_records(
    texts: Iterable[str], table: str, limits: Limits, *, lines: bool
) -> tuple[dict[str, list[Any]], int]:
    r"""Return JSON records as columns of Python values, and the number of rows.

    A missing key is None; integers are ints, other numbers Decimals, so that no digit
    is lost.

    Args:
        texts: The text in chunks.
        table: Its name.
        limits: How large it may be.
        lines: One record a line rather than an array.

    Raises:
        InputError: S02 a key twice, S08 nested values, S09 not JSON, S10 half a
            surrogate pair, S11 beyond the limits, W01 NaN, Infinity, numbers that no
            float64 holds, too deep a nesting.

    Example:
        >>> read_records(['{"a": 1.10}\n{"b": "x"}'], "a.jsonl", Limits(), lines=True)
        ({'a': [Decimal('1.10'), None], 'b': [None, 'x']}, 2)
    """
    window = _Window(texts, table, limits, lines=lines)
    columns: dict[str, list[Any]] = {}
    rows: list[dict[str, Any]] = []
    for record in (_lines if lines else _array)(window):
        if window.row > limits.rows:
            what = f"has more than {limits.rows} rows."
            raise fault("S11", table, what, "Read what is needed, or raise the Limits.")
        rows.append(record)
        if len(rows) == BLOCK:
            _extend(columns, rows, window.row - len(rows), table, limits)
            rows = []
    _extend(columns, rows, window.row - len(rows), table, limits)
    return columns, window.row


def _extend(
    columns: dict[str, list[Any]],
    rows: list[dict[str, Any]],
    done: int,
    table: str,
    limits: Limits,
) -> None:
    for label in {label: None for row in rows for label in row}:
        columns.setdefault(label, [None] * done)
    if len(columns) > limits.columns:
        what = f"has more than {limits.columns} columns."
        raise fault("S11", table, what, "Keep the columns that are needed.")
    for label, column in columns.items():
        cells = [row.get(label) for row in rows]
        longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=0)
        if max(longest, len(label)) > limits.field:
            what = f"has a cell of more than {limits.field} characters."
            remedy = "Shorten it, or raise Limits.field."
            raise fault("S11", table, what, remedy, column=escape_text(label)[:80])
        column.extend(cells)

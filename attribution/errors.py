"""The faults that a table, a parameter or a file can have, and how they are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Severity = Literal["error", "set aside", "warning", "note"]

MAIL = re.compile(r"[^\s'\",;:<>()]+@[^\s'\",;:<>()]+")
"""What looks like a mail address, which no message repeats (design law 6)."""

ROWS_KEPT = 20
"""How many row positions an :class:`Issue` names; ``count`` holds them all."""

WRONG_KIND = frozenset({"S05", "M10"})
"""Codes whose fault is the kind of the object: the error is a ``TypeError`` too."""

TOO_LARGE = frozenset({"F09"})
"""Codes whose fault is the memory it would take: a ``MemoryError`` too."""


@dataclass(frozen=True)
class Issue:
    """One fault or fact about the input, the same wherever it was found.

    ``code`` is its row in the catalogue of bad input; ``severity`` one of
    ``"error"``, ``"set aside"``, ``"warning"``, ``"note"``; ``table`` and ``column``
    say where; ``rows`` holds the first 20 positions (0 is the first row) and
    ``count`` how many there are; ``what`` and ``remedy`` are sentences; ``path`` is
    the place in a request, keys and positions, where it is none of a table.

    Example:
        >>> Issue("S01", "error", "deals", "amount", (), 0, "is missing", "name it")
        ... # doctest: +ELLIPSIS
        Issue(code='S01', severity='error', table='deals', column='amount', ...)
    """

    code: str
    severity: Severity
    table: str
    column: str
    rows: tuple[int, ...]
    count: int
    what: str
    remedy: str
    path: tuple[str | int, ...] = ()

    @property
    def loc(self) -> tuple[str | int, ...]:
        """Return where it lies in pydantic's manner: path, or table, column and row."""
        parts = tuple(part for part in (self.table, self.column) if part)
        return self.path or (*parts, *self.rows[:1])

    def __str__(self) -> str:
        """Return the issue as one line: where, what, what to do."""
        parts = self.path or (self.table, self.column)
        where = ".".join(str(part) for part in parts if part != "")
        rows = ", ".join(str(row) for row in self.rows[:3])
        more = ", …" if self.count > len(self.rows[:3]) else ""
        at = f" (row {rows}{more})" if rows else ""
        place = f"{where}{at}: " if where or at else ""
        return f"[{self.code}] {place}{self.what} {self.remedy}".rstrip()


def issue(
    code: str,
    severity: Severity,
    where: tuple[str, str],
    what: str,
    *,
    remedy: str = "",
    rows: Sequence[int] | None = None,
    count: int | None = None,
    path: Sequence[str | int] = (),
) -> Issue:
    """Return an :class:`Issue` at ``where`` (table, column).

    Args:
        code: Its row in the catalogue.
        severity: How grave it is.
        where: Table and column, either may be empty.
        what: The sentence that says what is wrong.
        remedy: The sentence that says what to do.
        rows: Positions of the rows; the first 20 are kept.
        count: How many rows; the number of ``rows`` unless given.
        path: Where in a request, where it is none of a table.

    Example:
        >>> issue("T02", "error", ("deals", "closed_at"), "is empty.", rows=[4]).count
        1
    """
    what, remedy = masked(what), masked(remedy)
    place = tuple(masked(one) if isinstance(one, str) else one for one in path)
    kept = () if rows is None else tuple(int(row) for row in rows[:ROWS_KEPT])
    total = (0 if rows is None else len(rows)) if count is None else count
    return Issue(code, severity, *where, kept, int(total), what, remedy, place)


def masked(text: str) -> str:
    """Return ``text`` without the mail addresses in it.

    Example:
        >>> masked("Sent to ana@firm.example.")
        'Sent to (mail address)'
    """
    return MAIL.sub("(mail address)", text)


class InputError(ValueError):
    """The input is at fault; ``issues`` holds every fault that was found.

    Example:
        >>> error = InputError([issue("P01", "error", ("", ""), "half_life is 0.")])
        >>> error.issues[0].code
        'P01'
    """

    issues: tuple[Issue, ...]

    def __init__(self, issues: Iterable[Issue]) -> None:
        """Hold the ``issues``; the message is one line for each."""
        self.issues = tuple(issues)
        super().__init__("\n".join(str(one) for one in self.issues))

    def __reduce__(
        self,
    ) -> tuple[type[InputError], tuple[tuple[Issue, ...]]]:
        """Return how to rebuild the error in another process."""
        return type(self), (self.issues,)

    def errors(self) -> list[dict[str, object]]:
        """Return the faults in pydantic's shape: ``type``, ``loc``, ``msg``.

        No input value is repeated. ``loc`` is table, column and first row, as far
        as they are known, or the place in a request.

        Example:
            >>> fault = issue("T02", "error", ("deals", "closed_at"), "x.", rows=[4])
            >>> InputError([fault]).errors()[0]["loc"]
            ('deals', 'closed_at', 4)
        """
        return [
            {
                "type": one.code,
                "loc": one.loc,
                "msg": f"{one.what} {one.remedy}".rstrip(),
            }
            for one in self.issues
        ]


class InputTypeError(InputError, TypeError):
    """An :class:`InputError` about the kind of an object: a ``TypeError`` too."""


class InputMemoryError(InputError, MemoryError):
    """An :class:`InputError` about memory, raised before it is taken."""


def fail(issues: Iterable[Issue]) -> None:
    """Raise the errors among ``issues``, all at once; return when there is none.

    Raises:
        InputError: There is at least one issue of severity ``"error"``; an
            :class:`InputTypeError` when one is about the kind of an object.

    Example:
        >>> fail([issue("T04", "warning", ("touches", "time"), "are naive.")])
    """
    errors = [one for one in issues if one.severity == "error"]
    if any(one.code in WRONG_KIND for one in errors):
        raise InputTypeError(errors)
    if errors:
        raise InputError(errors)


def refuse(code: str, what: str, remedy: str = "", *, where: str = "") -> InputError:
    """Return the :class:`InputError` of one fault in a parameter, to be raised.

    Example:
        >>> str(refuse("P01", "half_life is 0.", "Give a positive one.", where="x"))
        '[P01] x: half_life is 0. Give a positive one.'
    """
    kind = InputTypeError if code in WRONG_KIND else InputError
    kind = InputMemoryError if code in TOO_LARGE else kind
    return kind([issue(code, "error", (where, ""), what, remedy=remedy)])


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"Did you mean 'x'?"`` for the known name nearest to ``name``, or "".

    Example:
        >>> nearest("time_decy", ["linear", "time_decay"])
        "Did you mean 'time_decay'?"
    """
    found = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"Did you mean {found[0]!r}?" if found else ""

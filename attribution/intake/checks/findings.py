"""What the checks found, collected so that all of it is told at once."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from attribution.arrays import money
from attribution.errors import ROWS_KEPT, Issue, Severity, fail, issue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attribution.arrays.ragged import Array

Key = TypeVar("Key")

SHOWN = 5
"""Labels that L04 names."""


@dataclass(frozen=True)
class Tally:
    """Figures that stand in brackets at the end of an issue, and that add up.

    ``teams``: rows by team; ``won``: the won minor units that they reached, by currency
    and its decimals, None where that is of no interest.

    Example:
        >>> one = Tally({"sales": 2}, {("EUR", 2): 100})
        >>> str(one + Tally({"marketing": 1, "sales": 1}, {("EUR", 2): 50}))
        'marketing 1, sales 3; reached 1.50 EUR won'
    """

    teams: Mapping[str, int]
    won: Mapping[tuple[str, int], int] | None = None

    def __add__(self, other: Tally) -> Tally:
        """Return the sum."""
        teams = _added(self.teams, other.teams)
        if self.won is None or other.won is None:
            return Tally(teams)
        return Tally(teams, _added(self.won, other.won))

    def __str__(self) -> str:
        """Return the figures as text, those that are 0 left out."""
        teams = sorted(self.teams.items(), key=lambda one: one[0].encode())
        told = ", ".join(f"{name} {count:,}" for name, count in teams if count)
        if self.won is None:
            return told
        sums = [
            f"{money.text(minor, decimals)} {currency}"
            for (currency, decimals), minor in sorted(self.won.items())
            if minor
        ]
        reached = f"{' and '.join(sums)} won" if sums else "no won money"
        return f"{told}; reached {reached}"


def _added(one: Mapping[Key, int], other: Mapping[Key, int]) -> dict[Key, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


class Entry(NamedTuple):
    """An issue that was looked for: ``what`` without its ``tally``, whether ``found``.

    What was looked for and not found keeps its place among those of other parts.
    """

    issue: Issue
    what: str
    tally: Tally | None
    found: bool

    @property
    def key(self) -> tuple[str, ...]:
        """Return what makes two entries one."""
        one = self.issue
        return one.code, one.severity, one.table, one.column, self.what, one.remedy


class Findings:
    """Issues in the order they were found.

    Example:
        >>> findings = Findings()
        >>> findings.add("T02", "warning", ("deals", "closed_at"), "x.", count=1)
        >>> findings.issues[0].count
        1
    """

    def __init__(self, before: Sequence[Issue] = ()) -> None:
        """Begin with none, after the issues that were found ``before``."""
        self.before = before
        self.issues: list[Issue] = []
        self.entries: list[Entry] = []

    def add(
        self,
        code: str,
        severity: Severity,
        where: tuple[str, str],
        what: str,
        remedy: str = "",
        *,
        rows: Array | None = None,
        count: int | None = None,
        tally: Tally | None = None,
    ) -> None:
        """Add an issue; with ``rows`` (a mask or positions) only if there is a row."""
        places = rows
        if rows is not None:
            places = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.sort(rows)
            count = len(places) if count is None else count
        one = issue(
            code, severity, where, what if tally is None else with_tally(what, tally),
            remedy=remedy, count=count or 0,
            rows=None if places is None else places[:ROWS_KEPT].tolist(),
        )  # fmt: skip
        found = rows is None or bool(count)
        self.entries.append(Entry(one, what, tally, found))
        if found:
            self.issues.append(one)

    def error(
        self,
        code: str,
        where: tuple[str, str],
        what: str,
        remedy: str,
        *,
        rows: Array | None = None,
    ) -> None:
        """Add an issue of severity error."""
        self.add(code, "error", where, what, remedy, rows=rows)

    def compare(self, where: tuple[str, str], labels: Iterable[str]) -> None:
        """Add L04: labels of a column that Unicode NFC makes one."""
        alike = equal_after_nfc(labels)
        twins = sorted(one for one, count in alike.items() if count > 1)
        if twins:
            self.add(
                "L04", "warning", where,
                "has labels equal after Unicode NFC, now one: "
                f"{', '.join(twins[:SHOWN])}.",
                "Write them one way.", count=sum(alike.values()) - len(alike),
            )  # fmt: skip

    def faulty(self, where: tuple[str, str]) -> bool:
        """Return whether an error was found at this table and column."""
        return any(
            (one.table, one.column) == where and one.severity == "error"
            for one in (*self.before, *self.issues)
        )

    def append(self, later: Findings) -> None:
        """Add what was found elsewhere, behind what was found here."""
        self.issues += later.issues
        self.entries += later.entries

    def stop_if_wrong(self) -> None:
        """Raise every error found so far, all at once.

        Raises:
            InputError: There is at least one.
        """
        fail(self.issues)


def with_tally(what: str, tally: Tally) -> str:
    """Return a sentence with figures in brackets before its end.

    Example:
        >>> with_tally("is late.", Tally({"sales": 1}))
        'is late (sales 1).'
    """
    return f"{what.removesuffix('.')} ({tally})."


def equal_after_nfc(labels: Iterable[str]) -> dict[str, int]:
    r"""Return how many of the labels each NFC form stands for.

    Example:
        >>> equal_after_nfc(["a", "e\u0301", "\u00e9"])["\u00e9"]
        2
    """
    found: dict[str, int] = {}
    for one in labels:
        form = unicodedata.normalize("NFC", one)
        found[form] = found.get(form, 0) + 1
    return found

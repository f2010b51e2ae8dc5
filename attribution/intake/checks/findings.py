"""What the checks found, collected so that all of it is told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.errors import Issue, Severity, fail, issue

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array


class Findings:
    """Issues in the order they were found.

    Example:
        >>> findings = Findings()
        >>> findings.add("T02", "warning", ("deals", "closed_at"), "x.", count=1)
        >>> findings.issues[0].count
        1
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.issues: list[Issue] = []

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
    ) -> None:
        """Add an issue; with ``rows`` (a mask or positions) only if there is a row."""
        if rows is not None:
            places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
            if not len(places):
                return
            found = issue(
                code, severity, where, what,
                remedy=remedy, rows=places[:20].tolist(), count=len(places),
            )  # fmt: skip
        else:
            found = issue(code, severity, where, what, remedy=remedy, count=count or 0)
        self.issues.append(found)

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

    def faulty(self, where: tuple[str, str]) -> bool:
        """Return whether an error was found at this table and column."""
        return any(
            (one.table, one.column) == where and one.severity == "error"
            for one in self.issues
        )

    def stop_if_wrong(self) -> None:
        """Raise every error found so far, all at once.

        Raises:
            InputError: There is at least one.
        """
        fail(self.issues)

"""What was found in parts of a table, as of the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attribution.errors import ROWS_KEPT, issue
from attribution.intake.checks.findings import Entry, Findings, with_tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attribution.arrays.ragged import Ints
    from attribution.errors import Issue

FIRST_ALONE: Final = frozenset({"I09", "M09", "M10", "S08"})
"""Issues that name the first row at fault alone."""

HELD: Final = ""
"""What stands in place of a sentence that only the whole can tell."""


class PartFindings(Findings):
    """The findings of one part; what only the whole can tell keeps its place.

    ``labels``: the labels of each column that are not ASCII, for L04.
    """

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.labels: dict[tuple[str, str], set[str]] = {}

    def hold(self, code: str, where: tuple[str, str]) -> None:
        """Keep the place of an issue."""
        self.entries.append(Entry(issue(code, "note", where, HELD), HELD, None, False))

    def compare(self, where: tuple[str, str], labels: Iterable[str]) -> None:
        """Keep the place of L04, and the labels."""
        self.hold("L04", where)
        found = self.labels.setdefault(where, set())
        found.update(one for one in labels if not one.isascii())


class Gathering:
    """Adds up the findings of parts.

    Rows and figures are added; issues stand in the order in which one piece would find
    them, which is the order of every part.

    Example:
        >>> gathering, part = Gathering(), Findings()
        >>> part.add("J01", "set aside", ("touches", ""), "lead nowhere.", count=2)
        >>> gathering.take(part, {})
        >>> gathering.take(part, {})
        >>> [one.count for one in gathering.issues()]
        [4]
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._order: list[tuple[str, ...]] = []
        self._entries: dict[tuple[str, ...], Entry] = {}

    def take(self, part: Findings, places: Mapping[str, Ints]) -> None:
        """Add the findings of a part.

        Args:
            part: Its findings.
            places: By table, the rows of the whole that the part's rows are.
        """
        after = -1
        for entry in part.entries:
            key, own = entry.key, _moved(entry, places)
            if key in self._entries:
                self._entries[key] = _added(self._entries[key], own)
                after = max(after, self._order.index(key))
            else:
                after += 1
                self._order.insert(after, key)
                self._entries[key] = own

    def issues(self, told: Iterable[Issue] = ()) -> list[Issue]:
        """Return the issues of the whole, those ``told`` in places held for them."""
        held: dict[tuple[str, str, str], list[Issue]] = {}
        for one in told:
            held.setdefault((one.code, one.table, one.column), []).append(one)
        found: list[Issue] = []
        for entry in (self._entries[key] for key in self._order):
            one = entry.issue
            if entry.what == HELD:
                found += held.pop((one.code, one.table, one.column), [])
            elif entry.found:
                found.append(one)
        return found


def _moved(entry: Entry, places: Mapping[str, Ints]) -> Entry:
    one = entry.issue
    if one.table not in places or not one.rows:
        return entry
    rows = tuple(places[one.table][list(one.rows)].tolist())
    return entry._replace(issue=replace(one, rows=rows))


def _added(one: Entry, other: Entry) -> Entry:
    first, second = one.issue, other.issue
    if not other.found or (one.found and first.code in FIRST_ALONE):
        return one
    tally = one.tally
    what = first.what
    if tally is not None and other.tally is not None:
        tally += other.tally
        what = with_tally(one.what, tally)
    total = replace(
        first,
        rows=tuple(sorted((*first.rows, *second.rows))[:ROWS_KEPT]),
        count=first.count + second.count,
        what=what,
    )
    return Entry(total, one.what, tally, one.found or other.found)

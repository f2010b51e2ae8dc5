"""What an import gives: five tables, and what became of every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attribution.doors.markup import text_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Count:
    """What became of the rows of one object.

    ``rows`` = ``kept`` + the sum of ``aside``; ``part`` says what the rows kept are;
    ``aside``: rule → rows.
    """

    object: str
    part: str
    rows: int
    kept: int
    aside: Mapping[str, int]


@dataclass(frozen=True, repr=False)
class Imported:
    """The tables of an export; it unpacks as touches, deals, contacts, leads, issues.

    Each is a pandas frame. ``counts`` says for each object what became of its rows,
    ``links`` how many touches reach a deal in which way; ``summary()`` shows both.
    ``files``: object → the name of its file, where tables came from a folder.
    """

    touches: Any
    deals: Any
    contacts: Any
    leads: Any
    issues: Any
    system: str
    counts: tuple[Count, ...]
    links: Mapping[str, int]
    files: Mapping[str, str]

    def __iter__(self) -> Iterator[Any]:
        """Yield the five tables."""
        yield from (self.touches, self.deals, self.contacts, self.leads, self.issues)

    def summary(self) -> str:
        """Return two text tables: rows by object, touches by their way to a deal."""
        rows: dict[str, list[object]] = {
            "object": [one.object for one in self.counts],
            "rows": [one.rows for one in self.counts],
            "kept": [one.kept for one in self.counts],
            "as": [one.part for one in self.counts],
            "set aside by rule": [
                ", ".join(f"{rule} {n:,}" for rule, n in one.aside.items() if n) or None
                for one in self.counts
            ],
        }
        ways: dict[str, list[object]] = {
            "how touches reach a deal": list(self.links),
            "touches": list(self.links.values()),
        }
        head = (
            f"{self.system}: {len(self.touches):,} touches, {len(self.deals):,} deals"
        )
        tables = (text_table(one, limit=None) for one in (rows, ways))
        return "\n\n".join([head, *tables])

    def issue_text(self) -> str:
        """Return the issues as a text table."""
        where = self.issues["table"] + "." + self.issues["column"]
        columns: dict[str, list[object]] = {
            "code": self.issues["code"].tolist(),
            "severity": self.issues["severity"].tolist(),
            "where": [text.strip(".") for text in where],
            "rows": self.issues["rows"].tolist(),
            "what": self.issues["what"].tolist(),
        }
        return text_table(columns, limit=None)

    def __repr__(self) -> str:
        """Return the summary."""
        return self.summary()

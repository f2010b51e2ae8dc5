"""Which of the user's columns are ours, and whether the needed ones are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays.cores import MANY
from attribution.doors.frames.columns import Column
from attribution.doors.frames.native import Table, read_table
from attribution.errors import InputError, nearest
from attribution.journeys.words import AGAIN, MILESTONES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.doors.frames.ids import Texts
    from attribution.intake.checks.findings import Findings

LINKS: Final = (
    "deal_id", "contact_id", "lead_deal_id", "person_account_id", "account_id",
)  # fmt: skip
TOUCHES: Final = (
    "time", "team", "channel", *LINKS, "touch_id", "campaign", "rep", "cost", "process",
)  # fmt: skip
DEALS: Final = (
    "deal_id", "amount", "outcome", "won", "closed_at", "currency", "account_id",
    "created_at", *(f"{name}_at" for name in (*MILESTONES, *AGAIN)),
    "amount_at_opportunity",
)  # fmt: skip
CONTACTS: Final = ("deal_id", "contact_id", "role")
OURS: Final = {"touches": TOUCHES, "deals": DEALS, "contacts": CONTACTS}
NEEDED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "touches": (("time",), ("channel",), LINKS),
    "deals": (("deal_id",), ("amount",), ("outcome", "won"), ("closed_at",)),
    "contacts": (("deal_id",), ("contact_id",)),
}

ColumnMap = "Mapping[str, str | Mapping[str, str]]"


class Schema(NamedTuple):
    """The columns of each table: ``ours``, and of which ``needed`` one must be there.

    ``named``: the tables of which a further column can be given a name of ours.
    """

    ours: Mapping[str, tuple[str, ...]]
    needed: Mapping[str, tuple[tuple[str, ...], ...]]
    named: frozenset[str] = frozenset()


JOURNEYS: Final = Schema(OURS, NEEDED, frozenset({"deals"}))


@dataclass(frozen=True)
class Source:
    """One of the user's tables, and which of its columns is which of ours.

    ``read``: columns of ours that stand in place of the table's.
    """

    table: Table
    names: Mapping[str, str]
    read: Mapping[str, Column] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return self.table.rows

    def has(self, name: str) -> bool:
        """Return whether our column ``name`` is there."""
        return name in self.names

    def column(self, name: str) -> Column:
        """Return our column ``name``; an empty one where it is missing (S01)."""
        if name in self.read:
            return self.read[name]
        if name not in self.names:
            nothing = np.broadcast_to(np.int64(0), self.rows)
            return Column("empty", nothing, np.broadcast_to(np.True_, self.rows))
        return self.table.column(self.names[name])

    def ids(self, name: str) -> Column | Texts:
        """Return our column ``name`` of ids, its texts not compared if need be."""
        if name in self.read or name not in self.names:
            return self.column(name)
        return self.table.ids(self.names[name])

    def read_ahead(self, names: Sequence[str]) -> Source:
        """Return the source with columns of ours read already, if there are many rows.

        Several are read at a time; those not there, or in ``read``, are passed over.
        """
        theirs = self.long_unread(names)
        return replace(self, table=self.table.read_ahead(theirs)) if theirs else self

    def long_unread(self, names: Sequence[str]) -> list[str]:
        """Return the user's names of long columns of ours that nobody has read yet."""
        if self.rows < MANY:
            return []
        ours = [one for one in names if self.has(one) and one not in self.read]
        theirs = dict.fromkeys(self.names[one] for one in ours)
        return [one for one in theirs if one not in self.table.ahead]

    def after(self, ahead: Mapping[str, Column]) -> Source:
        """Return the source with columns of the user's as they were read."""
        return replace(self, table=self.table.after(ahead))

    def further(self) -> list[str]:
        """Return the user's columns that are none of ours, in their order."""
        taken = set(self.names.values())
        return [name for name in self.table.columns if name not in taken]


def read_sources(
    frames: Mapping[str, object],
    columns: Mapping[str, object] | None,
    keep: Sequence[str],
    findings: Findings,
    schema: Schema = JOURNEYS,
) -> dict[str, Source]:
    """Return each frame as a source; the faults of all of them at once.

    Raises:
        InputError: Codes S01, S02, S05, S06, S07.
    """
    tables: dict[str, Table] = {}
    for name, frame in frames.items():
        try:
            tables[name] = read_table(frame, name)
        except InputError as error:
            findings.issues.extend(error.issues)
    flat, nested = _maps(columns, schema, findings)
    _check_flat(flat, tables, findings)
    sources = {
        name: _source(table, flat, nested.get(name, {}), keep, schema, findings)
        for name, table in tables.items()
    }
    for name, source in sources.items():
        for choice in schema.needed[name]:
            if not any(source.has(ours) for ours in choice):
                missing(source, choice, findings)
    if len(tables) < len(frames):
        findings.stop_if_wrong()
    return sources


def _maps(
    columns: Mapping[str, object] | None, schema: Schema, findings: Findings
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    flat: dict[str, str] = {}
    nested: dict[str, dict[str, str]] = {}
    if not isinstance(columns, Mapping | None):
        findings.error(
            "P04", ("columns", ""), "is no mapping of our names to theirs.",
            'Map ours to theirs: {"deals": {"deal_id": "Id"}}.',
        )  # fmt: skip
        columns = None
    for name, value in (columns or {}).items():
        if isinstance(value, str):
            flat[name] = value
        elif isinstance(value, dict) and name in schema.ours:
            nested[name] = {str(ours): str(theirs) for ours, theirs in value.items()}
        else:
            findings.error(
                "S01", ("columns", str(name)), "is no column and no table of ours.",
                'Map ours to theirs: {"deals": {"deal_id": "Id"}}.',
            )  # fmt: skip
    return flat, nested


def _check_flat(
    flat: Mapping[str, str], tables: Mapping[str, Table], findings: Findings
) -> None:
    for ours, theirs in flat.items():
        if not any(theirs in table.columns for table in tables.values()):
            present = [name for table in tables.values() for name in table.columns]
            findings.error(
                "S01", ("columns", ours), f"names {theirs!r}, which no table has.",
                nearest(theirs, present),
            )  # fmt: skip


def _source(
    table: Table,
    flat: Mapping[str, str],
    nested: Mapping[str, str],
    keep: Sequence[str],
    schema: Schema,
    findings: Findings,
) -> Source:
    known, open_ended = schema.ours[table.name], table.name in schema.named
    kept = tuple(keep) if table.name == "touches" else ()
    names = {name: name for name in (*known, *kept) if name in table.columns}
    names |= {
        ours: theirs
        for ours, theirs in flat.items()
        if theirs in table.columns and (ours in known or ours in kept or open_ended)
    }
    for ours, theirs in nested.items():
        if ours not in known and ours not in kept and not open_ended:
            what = "is none of our columns."
            guess = nearest(ours, known)
            findings.error("S01", (table.name, ours), what, guess)
        elif theirs in table.columns:
            names[ours] = theirs
        else:
            what = f"is mapped to {theirs!r}, which is not there."
            findings.error(
                "S01", (table.name, ours), what, nearest(theirs, table.columns)
            )
    for name in kept:
        if name not in names:
            what = "is named in keep= and is not there."
            findings.error(
                "S01", (table.name, name), what, nearest(name, table.columns)
            )
    return Source(table, names)


def missing(source: Source, choice: Sequence[str], findings: Findings) -> None:
    """Add S01: none of these columns is there; names the nearest that is."""
    name = source.table.name
    guess = nearest(choice[0], source.further())
    remedy = f'{guess} Map it: columns={{"{name}": {{"{choice[0]}": …}}}}.'.strip()
    findings.error(
        "S01", (name, " or ".join(choice)), "is a required column and missing.", remedy
    )

"""The touches laid out block by block, and each block built by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.arrays import codes, ordering
from attribution.doors.frames.columns import Column
from attribution.doors.frames.native import Table
from attribution.doors.frames.parts import joined, taken
from attribution.doors.scratch import columns_of, write_columns
from attribution.intake import touches as touch_table
from attribution.intake.checks.columns import Source
from attribution.intake.checks.findings import Findings
from attribution.intake.checks.times import TimeReader
from attribution.intake.eligibility import Windows
from attribution.intake.links import of_interest
from attribution.intake.pieces.groups import components
from attribution.intake.pieces.scan import STAGED
from attribution.intake.pieces.spelled import in_block
from attribution.intake.stages import Seen, journeys_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from attribution.arrays.ragged import Array, Ints
    from attribution.doors.scratch import Scratch
    from attribution.intake.options import Options
    from attribution.intake.pieces.scan import Scan
    from attribution.journeys.journeys import Journeys

LAID = "block-{}"
"""The file of a block's touches in the scratch folder."""


class Layout(NamedTuple):
    """In which of ``blocks`` blocks each group goes, and ids of rows without a group.

    ``of_group``: int64, (groups,); ``hashes``, ``groups``: sorted hashes of touch ids
    that loose rows share with a group; ``largest``: touches of the largest block.
    """

    blocks: int
    of_group: Ints
    hashes: Array
    groups: Ints
    largest: int

    @classmethod
    def of(
        cls,
        scan: Scan,
        of_deal: Ints,
        edges: Sequence[tuple[Ints, Ints]],
        shared: tuple[Array, Ints],
        block: int,
    ) -> Layout:
        """Return the layout in blocks of about ``block`` touches, whole groups each.

        Args:
            scan: What is known of the touches.
            of_deal: int64, (deals,), the groups of deals.
            edges: Groups that must stay together.
            shared: Sorted hashes of touch ids that loose rows share with a group.
            block: How many touches a block may have.
        """
        groups = len(scan.linked)
        together = components(groups, edges)
        size = np.bincount(together, scan.linked).astype(np.int64)
        deals = np.bincount(together[of_deal], minlength=len(size))
        count = max(-(-scan.rows // block), 1)
        weight = size * len(of_deal) + deals * max(scan.rows - scan.loose, 1)
        before = np.cumsum(weight) - weight
        share = before / max(int(weight.sum()), 1)
        place = np.minimum((share * count).astype(np.int64), count - 1)
        most = np.bincount(place, size, count).max(initial=0)
        largest = int(most) + -(-scan.loose // count)
        return cls(count, place[together], *shared, largest)

    def of_rows(self, row: Ints, group: Ints, touch: Array) -> Ints:
        """Return the block of each row, (rows,)."""
        loose = np.flatnonzero(group < 0)
        group = group.copy()
        if len(self.hashes):
            at = np.searchsorted(self.hashes, touch[loose])
            at = np.minimum(at, len(self.hashes) - 1)
            same = self.hashes[at] == touch[loose]
            group[loose[same]] = self.groups[at[same]]
        by_id = (touch % np.uint64(self.blocks)).astype(np.int64)
        anywhere = np.where(touch == 0, row % self.blocks, by_id)
        found = np.append(self.of_group, -1)[group]
        return np.where(found < 0, anywhere, found)


def lay_out(
    scratch: Scratch, batches: int, layout: Layout, step: Callable[[], None]
) -> None:
    """Move the rows of every batch to the files of their blocks."""
    for batch in range(batches):
        name = STAGED.format(batch)
        for facts, arrays in scratch.records(name):
            row, group, touch = arrays[:3]
            columns = columns_of(facts, arrays)
            order, offsets = ordering.grouped(
                layout.of_rows(row, group, touch), layout.blocks
            )
            for at in np.flatnonzero(np.diff(offsets)).tolist():
                rows = order[offsets[at] : offsets[at + 1]]
                own = {name: taken(column, rows) for name, column in columns.items()}
                with scratch.appending(LAID.format(at)) as handle:
                    write_columns(handle, own, [row[rows]])
        scratch.drop(name)
        step()


@dataclass(frozen=True)
class Builder:
    """Builds one block at a time of the tables that were read.

    ``of_deal``: int64, (deals,), the block of each deal; ``labels``: the ids of the
    other tables by family; ``currency``: the deals' currencies; ``kinds``: of the
    columns of touches.
    """

    scratch: Scratch
    seen: Seen
    of_deal: Ints
    labels: Mapping[str, Array]
    options: Options
    names: Mapping[str, str]
    kinds: Mapping[str, str]

    def built(self, at: int) -> tuple[Journeys, Findings, Ints]:
        """Return a block, what was found in it, and the rows of touches that it has."""
        records = list(self.scratch.records(LAID.format(at)))
        self.scratch.drop(LAID.format(at))
        nothing = np.zeros(0, np.int64)
        rows = np.concatenate([nothing, *(arrays[0] for _, arrays in records)])
        parts = [columns_of(facts, arrays) for facts, arrays in records]
        del records
        source = self._touches(parts, len(rows))
        del parts
        own, shared, seen = self._deals(source, np.flatnonzero(self.of_deal == at))
        quiet, findings = Findings(), Findings()
        if self.options.ids == "salesforce":
            source = in_block(source, findings)
        clocks = TimeReader(self.options.tz, self.options.days, quiet)
        touches = touch_table.read_touches(source, own, self.options, clocks, quiet)
        cost = touch_table.read_cost(source, seen.deals.currency, self.options, quiet)
        touches = replace(touches, cost=cost)
        journeys = journeys_of(touches, seen, shared, self.options, findings)
        return _placed(journeys, rows, findings), findings, rows

    def _touches(self, parts: Sequence[Mapping[str, Column]], rows: int) -> Source:
        columns = {}
        for name in self.names:
            column = joined([part[name] for part in parts])
            if column.kind == "empty" and self.kinds.get(name) == "integer":
                column = replace(column, kind="integer")
            columns[name] = column
        return Source(Table("touches", (), rows, None), self.names, columns)

    def _deals(
        self, touches: Source, chosen: Ints
    ) -> tuple[Mapping[str, Array], Mapping[str, Array], Seen]:
        """Return the codes of the touches' ids, their labels, and the deals chosen."""
        deals, window, (committee, person), sizes, as_of, _ = self.seen
        own = deals.take(chosen)
        place = np.full(len(self.labels["deal_id"]) + 1, -1)
        place[own.id] = np.arange(len(own))
        members = np.flatnonzero(place[committee] >= 0)
        tables = {
            "touches": touches,
            "deals": self._ids("deals", deal_id=own.id, account_id=own.account),
            "contacts": self._ids(
                "contacts", deal_id=committee[members], contact_id=person[members]
            ),
        }
        found, shared = touch_table.link_codes(tables, Findings())
        part = Seen(
            replace(
                own,
                id=found["deals"]["deal_id"],
                account=found["deals"]["account_id"],
            ),
            Windows(*(one[chosen] for one in window)),
            (found["contacts"]["deal_id"], found["contacts"]["contact_id"]),
            None if sizes is None else sizes[chosen],
            as_of,
        )
        return found["touches"], shared, part

    def _ids(self, table: str, **families: Array) -> Source:
        """Return a table of ids from their codes."""
        columns = {}
        for family, own in families.items():
            labels, missing = self.labels[family], own < 0
            if missing.all():
                columns[family] = Column("empty", np.zeros(len(own), np.int64), missing)
            elif labels.dtype == object:
                values, named = codes.used(own, labels)
                columns[family] = Column("text", values, missing, named)
            else:
                values = np.append(labels, 0)[own]
                columns[family] = Column("integer", values, missing)
        rows = len(next(iter(families.values())))
        return Source(Table(table, (), rows, None), dict.fromkeys(columns, ""), columns)


def _placed(journeys: Journeys, rows: Ints, findings: Findings) -> Journeys:
    """Return the block with the rows of the whole in place of its own."""
    aside = tuple(part._replace(rows=rows[part.rows]) for part in journeys.aside)
    found = tuple(of_interest(findings.issues))
    return replace(journeys, row=rows[journeys.row], aside=aside, found=found)

"""The one pass over the touches: every row is read, judged by itself and laid by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import clock
from attribution.arrays.clock import MISSING
from attribution.doors.frames.native import read_table
from attribution.doors.frames.times import Times
from attribution.doors.scratch import write_columns
from attribution.errors import ROWS_KEPT
from attribution.intake import touches as touch_table
from attribution.intake.checks import ids
from attribution.intake.checks.columns import LINKS, Source
from attribution.intake.checks.findings import Findings
from attribution.intake.checks.gathering import Gathering, PartFindings
from attribution.intake.checks.times import TimeReader, lost_rows, tell_lost
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from typing import Any

    from attribution.arrays.ragged import Array, Bools
    from attribution.doors.frames.columns import Column
    from attribution.doors.scratch import Scratch
    from attribution.intake.options import Options
    from attribution.intake.pieces.groups import Groups, Meetings
    from attribution.intake.pieces.spelled import Spelling
    from attribution.intake.touches import Touches

TIME = ("touches", "time")
ALIKE: Final = {"cost": frozenset({"integer", "float", "decimal"})}
"""Kinds that batches of a column may have beside each other."""

STAGED = "touches-{}"
"""The file of a batch in the scratch folder."""


class PartTimes(TimeReader):
    """Reads the times of a part of the touches and keeps what is known of all."""

    def __init__(self, options: Options) -> None:
        """Begin with no row."""
        super().__init__(options.tz, options.days, Findings())
        self.rows = self.lost = self.stamps = 0
        self.first_lost: list[int] = []
        self.midnights = True
        self.is_naive = self.is_aware = False
        self.latest = int(MISSING)

    def begin(self, part: PartFindings) -> None:
        """Let the findings of the next part go to ``part``."""
        self.findings, self._part = part, part

    def tell(self, where: tuple[str, str], rows: int, times: Times) -> None:
        """Keep what is told of the whole at the end, and its place."""
        del rows
        self._part.hold("T14", where)
        there = times.instants[times.instants != MISSING]
        self.stamps += len(there)
        self.midnights &= bool(clock.is_midnight(there, self.tz).all())
        self.is_naive |= times.naive
        self.is_aware |= times.aware

    def without_time(self, times: Times, *, there: bool) -> Bools:
        """Return the rows without a time, count them, and keep the place of T01."""
        lost = lost_rows(times, there=there)
        self._part.hold("T01", TIME)
        self.first_lost += (np.flatnonzero(lost)[:ROWS_KEPT] + self.rows).tolist()
        self.rows, self.lost = self.rows + len(lost), self.lost + int(lost.sum())
        return lost

    def whole(self) -> Times:
        """Return what :meth:`TimeReader.tell` needs to know of the whole column."""
        nothing = np.zeros(0, np.int64)
        midnight = self.midnights and self.stamps > 1
        return Times(nothing, nothing, {}, self.is_naive, self.is_aware, midnight)


class Scan:
    """What is known of the touches once every batch was read.

    ``rows``; ``linked``: int64, (groups,), touches of each group, and ``loose`` ones
    of none; ``batches`` laid by; ``kinds`` of columns; ``named``: ids of deals and
    accounts and people that :func:`attribution.intake.build.check_ids` looks at.
    """

    def __init__(
        self,
        names: dict[str, str],
        options: Options,
        currency: Labelled,
        groups: Groups,
        known: dict[str, Array],
        spelling: Spelling,
    ) -> None:
        """Begin with no batch.

        Args:
            names: Our names of the touches' columns → theirs.
            options: The user's options.
            currency: The deals' currencies.
            groups: The groups of deals.
            known: The ids of the other tables, by family.
            spelling: How ids are spelled.
        """
        self.names, self.options, self.currency = names, options, currency
        self.spelling = spelling
        self.groups, self.times = groups, PartTimes(options)
        self.gathering, self.costs = Gathering(), Gathering()
        self.rows = self.loose = self.batches = 0
        self.linked = np.zeros(groups.count, np.int64)
        self.kinds: dict[str, str] = {}
        self._wrong = False
        self._mixed: set[str] = set()
        self._labels: dict[str, set[str]] = {}
        self._twins: dict[tuple[str, str], set[str]] = {}
        self.strangers = Strangers(known)

    def take(self, frame: Any, scratch: Scratch, meetings: Meetings) -> None:
        """Read a batch, judge its rows, and lay them by."""
        part = PartFindings()
        table = read_table(frame, "touches")
        raw = Source(table, self.names)
        columns = {
            name: self.spelling.of(name, raw.column(name).plain())
            for name in self.names
        }
        source = Source(replace(table, frame=None), self.names, columns)
        self.times.begin(part)
        self._check_kinds(columns, part)
        touches = touch_table.read_touches(source, {}, self.options, self.times, part)
        cost = PartFindings()
        touch_table.read_cost(source, self.currency, self.options, cost)
        rows = {"touches": np.arange(table.rows) + self.rows}
        self.gathering.take(part, rows)
        self.costs.take(cost, rows)
        self._keep(touches, columns, part)
        found = (*part.issues, *cost.issues)
        self._wrong |= any(one.severity == "error" for one in found)
        if not self._wrong:
            self._lay_by(columns, table.rows, scratch, meetings)
        self.rows += table.rows

    def _lay_by(
        self,
        columns: dict[str, Column],
        rows: int,
        scratch: Scratch,
        meetings: Meetings,
    ) -> None:
        """Write a batch to its file, and note what holds its rows together."""
        group = self.groups.of_rows(columns, rows)
        pairs, touch = self.groups.ids(columns, group)
        meetings.add(pairs)
        self.linked += np.bincount(group[group >= 0], minlength=self.groups.count)
        self.loose += int((group < 0).sum())
        with scratch.appending(STAGED.format(self.batches)) as handle:
            row = np.arange(rows) + self.rows
            write_columns(handle, columns, [row, group, touch])
        self.batches += 1

    def _check_kinds(self, columns: dict[str, Column], part: PartFindings) -> None:
        """Add what no id can be, and kinds that differ from those of other batches."""
        for name, column in columns.items():
            where = ("touches", name)
            if name in LINKS and ids.usable_ids(where, column, part):
                ids.check_text([where], column.text_labels(), part)
            if column.missing.all():
                continue
            kind = self.kinds.setdefault(name, column.kind)
            if {kind, column.kind} <= ALIKE.get(name, {kind}) or name in self._mixed:
                continue
            self._mixed.add(name)
            if column.kind not in {"mixed", "nested"}:
                part.error(
                    "I09", where, f"mixes {kind} and {column.kind}.",
                    "Convert all of it to one kind.",
                    rows=np.flatnonzero(~column.missing)[:1],
                )  # fmt: skip

    def _keep(
        self, touches: Touches, columns: dict[str, Column], part: PartFindings
    ) -> None:
        self.times.latest = max(
            self.times.latest, int(touches.time.max(initial=MISSING))
        )
        for name in ("team", "channel", "campaign"):
            labels = touches.columns[name].labels.tolist()
            self._labels.setdefault(name, set()).update(labels)
        for where, labels in part.labels.items():
            self._twins.setdefault(where, set()).update(labels)
        self.strangers.take(columns)

    def summary(self) -> Touches:
        """Return touches without rows that have the labels of all."""
        nothing = np.zeros(0, np.int64)
        labels = {
            name: Labelled(nothing.astype(np.int32), np.array(sorted(own), object))
            for name, own in self._labels.items()
        }
        lost = nothing.astype(np.bool_)
        return touch_table.Touches(nothing, nothing, lost, labels, lost, None, {}, None)

    def finish(self, clocks: TimeReader, findings: Findings) -> None:
        """Add what was found in the touches to the findings of the other tables."""
        told = Findings()
        for where, labels in self._twins.items():
            told.compare(where, sorted(labels))
        first = np.array(self.times.first_lost, np.int64)
        tell_lost(first, self.times.lost, self.rows, told)
        clocks.findings = told
        if "time" in self.names:
            clocks.tell(TIME, self.rows, self.times.whole())
        clocks.findings = findings
        findings.issues += self.gathering.issues(told.issues)


class Strangers:
    """Ids of touches that the other tables lack and that look like theirs.

    Of deals all that touches name (I07); of others those whose first 15 characters an
    id of the other tables has (I08).
    """

    def __init__(self, known: dict[str, Array]) -> None:
        """Begin with none."""
        self._known = known
        self._starts = {
            name: {one[: ids.SHORT] for one in labels if isinstance(one, str)}
            for name, labels in known.items()
        }
        self._met: dict[str, set[str]] = {name: set() for name in known}

    def take(self, columns: dict[str, Column]) -> None:
        """Add those of a batch."""
        for name, starts in self._starts.items():
            if name not in columns or columns[name].kind != "text":
                continue
            labels = columns[name].text_labels().tolist()
            self._met[name].update(
                one for one in labels if name == "deal_id" or one[: ids.SHORT] in starts
            )

    def shared(self) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return their codes and all labels by family, each id once."""
        own, shared = {}, {}
        for name, labels in self._known.items():
            met = self._met[name]
            place = {one: at for at, one in enumerate(labels.tolist())}
            new = sorted(met - set(place) - {""})
            shared[name] = np.concatenate([labels, np.array(new, labels.dtype)])
            known = [place[one] for one in met if one in place]
            codes = [*known, *range(len(labels), len(labels) + len(new))]
            own[name] = np.array(codes, np.int32)
        return own, shared

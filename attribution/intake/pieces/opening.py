"""From tables larger than memory to blocks of journeys."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from attribution.arrays.codes import label_order
from attribution.doors.batches import BATCH, stream_of
from attribution.doors.files import read_table
from attribution.doors.frames.ids import distinct_in_any_case
from attribution.doors.progress import reporter
from attribution.doors.scratch import Scratch
from attribution.intake import build, eligibility
from attribution.intake import deals as deal_table
from attribution.intake import touches as touch_table
from attribution.intake.checks import ids as id_checks
from attribution.intake.checks.columns import Source, read_sources
from attribution.intake.checks.findings import Findings
from attribution.intake.checks.gathering import Gathering
from attribution.intake.checks.times import TimeReader
from attribution.intake.links import committee_sizes, of_interest, places
from attribution.intake.options import Options, Sharing, Start, Unit, read_options
from attribution.intake.pieces import memory
from attribution.intake.pieces.groups import Groups, Meetings
from attribution.intake.pieces.partition import Builder, Layout, lay_out
from attribution.intake.pieces.scan import Scan
from attribution.intake.pieces.spelled import Spelling
from attribution.intake.stages import Seen
from attribution.intake.unused import rows_beside
from attribution.journeys.blocks import JourneyBlocks
from attribution.journeys.joining import concat
from attribution.journeys.store import Store

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterator, Mapping

    from attribution.arrays.money import Rounding
    from attribution.arrays.ragged import Array, Ints
    from attribution.doors.batches import Stream
    from attribution.intake.deals import Deals
    from attribution.journeys.words import SetAside

    Length = str | dt.timedelta
    Progress = bool | Callable[[int, int], None] | None


def open_journeys(
    touches: object,
    deals: object,
    *,
    contacts: object | None = None,
    max_memory: int | str | None = None,
    block: int | None = None,
    progress: bool | Callable[[int, int], None] | None = None,
    columns: Mapping[str, Any] | None = None,
    outcomes: Mapping[str | None, str] | None = None,
    teams: Mapping[str, str] | Collection[str] | None = None,
    keep: Collection[str] = (),
    currency: str | None = None,
    decimals: int | None = None,
    rounding: Rounding | None = None,
    anchor: str = "closed",
    as_of: str | dt.date | np.datetime64 | None = None,
    tz: str = "UTC",
    days: Collection[str] = (),
    lookback: Length | Mapping[str, Length | None] | None = None,
    start: Start = "previous_won",
    sharing: Sharing = "each",
    process: Collection[str] = (),
    allow_negative: bool = False,
    links: Collection[str] | None = None,
    ids: Literal["salesforce"] | None = None,
    unit: Unit = "row",
    dedupe: Length | None = None,
    after: str | Mapping[str, str] | None = None,
    before: str | Mapping[str, str] | None = None,
    exclude: Collection[str] | Mapping[str, Collection[str]] | None = None,
) -> JourneyBlocks:
    """Return the journeys of tables that memory need not hold, in blocks.

    The same credits, tables and issues as from :func:`build_journeys`. The touches are
    read once, in batches; deals and contacts are held whole. Blocks lie in a private
    folder (``TMPDIR`` names its place), which goes with the object.

    Args:
        touches: The path of a CSV or Parquet file, a DuckDB relation, or a frame.
        deals: The same, or the path of a JSON file.
        contacts: The buying committee, likewise.
        max_memory: Bytes, or text such as ``"2GB"``, that the work may take beyond what
            is taken already. It sets the size of blocks; what would pass it is refused.
        block: How many touches a block has, about; 1,048,576 unless memory sets less.
            Deals that share touches stay together.
        progress: True for a bar on long work, or a callable (done, total), which is
            called first for what is read, then for the blocks.
        columns: This and all further parameters are those of :func:`build_journeys`.
        outcomes: See there.
        teams: See there.
        keep: See there.
        currency: See there.
        decimals: See there.
        rounding: See there.
        anchor: See there.
        as_of: See there.
        tz: See there.
        days: See there.
        lookback: See there.
        start: See there.
        sharing: See there.
        process: See there.
        allow_negative: See there.
        links: See there.
        ids: See there; the ids of touches are then read in a pass of their own.
        unit: See there.
        dedupe: See there.
        after: See there.
        before: See there.
        exclude: See there.

    Raises:
        InputError: Everything that is wrong, at once; F05 a source that cannot be read
            in batches or lacks its extra; F09 (a ``MemoryError`` too) memory beyond
            ``max_memory``; F11 a source that changes while it is read.
        OSError: The temporary folder cannot be written, or is full.

    Example:
        >>> import attribution as at
        >>> touches, deals, contacts = at.sample()
        >>> blocks = at.open_journeys(touches, deals, contacts=contacts, block=100)
        >>> len(blocks) == len(deals)
        True
        >>> at.attribute(blocks, "linear").by("team")["team"].tolist()[:2]
        ['marketing', 'sales']
    """
    findings = Findings()
    options = read_options(
        findings.issues,
        outcomes=outcomes, teams=teams, keep=keep, currency=currency, decimals=decimals,
        rounding=rounding, anchor=anchor, as_of=as_of, tz=tz, days=days,
        lookback=lookback, start=start, sharing=sharing, process=process,
        allow_negative=allow_negative, links=links, ids=ids, unit=unit,
        dedupe=dedupe, after=after, before=before, exclude=exclude,
    )  # fmt: skip
    limit, size = memory.read_sizes(max_memory, block, findings.issues)
    stream = stream_of(touches, "touches")
    frames = {"touches": stream.head, "deals": _whole(deals)}
    if contacts is not None:
        frames["contacts"] = _whole(contacts)
    sources = read_sources(frames, columns, options.keep, findings)
    spelling = Spelling(sources["touches"].names)
    if options.ids == "salesforce":
        sources = _spelled(sources, spelling, stream, progress, findings)
    whole = _Whole.of(sources, options, spelling, findings)
    budget = memory.Budget(limit, len(whole.deals), len(sources["touches"].names))
    most = budget.block_of(size)
    scratch = Scratch()
    try:
        return _opened(whole, stream, scratch, (budget, most), progress)
    except BaseException:
        scratch.close()
        raise


def _spelled(
    sources: Mapping[str, Source],
    spelling: Spelling,
    stream: Stream,
    progress: Progress,
    findings: Findings,
) -> dict[str, Source]:
    """Read the ids of the touches, and return the tables with each in one spelling."""
    names = list(dict.fromkeys(spelling.names.values()))
    for frame in _read(stream, names, BATCH, progress, "reading ids"):
        spelling.take(frame)
    return spelling.sources(sources, findings)


def _read(
    stream: Stream, names: list[str], rows: int, progress: Progress, label: str
) -> Iterator[Any]:
    """Return the batches of a stream, and tell how far it is read."""
    with reporter(progress, stream.total, label=label) as report:
        before = 0
        for frame, done in stream.batches(names, rows):
            yield frame
            report.step(done - before)
            before = done


def _whole(source: object) -> object:
    """Return a table that is held whole: what a path names, or what was given."""
    if isinstance(source, str | os.PathLike):
        return read_table(Path(source))
    return source


class _Whole(NamedTuple):
    """The tables that are held whole, as read, before the touches are.

    ``deals``: each once, in the order of their rows; ``repeated``, ``strays``: rows of
    deals and contacts of no use, with what was found of them; ``committee``: the codes
    of deal and contact of the others.
    """

    sources: Mapping[str, Source]
    options: Options
    spelling: Spelling
    findings: Findings
    clocks: TimeReader
    own: Mapping[str, Mapping[str, Array]]
    labels: dict[str, Array]
    deals: Deals
    repeated: tuple[Ints, Findings]
    committee: tuple[Array, Array]
    strays: tuple[Ints, Findings]

    @classmethod
    def of(
        cls,
        sources: Mapping[str, Source],
        options: Options,
        spelling: Spelling,
        findings: Findings,
    ) -> _Whole:
        """Read deals and contacts; what is wrong is added to the findings."""
        beside = {name: one for name, one in sources.items() if name != "touches"}
        own, labels = touch_table.link_codes(beside, findings)
        clocks = TimeReader(options.tz, options.days, findings)
        codes = own["deals"]
        deals = deal_table.read_deals(
            sources["deals"], codes["deal_id"], codes["account_id"],
            options, clocks, findings,
        )  # fmt: skip
        twice, stray = Findings(), Findings()
        deals, repeated = deal_table.without_repeats(deals, twice)
        committee, strays = build.committee_of(own, labels["deal_id"], deals, stray)
        return cls(
            sources, options, spelling, findings, clocks, own, labels, deals,
            (repeated, twice), committee, (strays, stray),
        )  # fmt: skip

    def scanned(self, groups: Groups) -> Scan:
        """Return the scan of the touches, before it begins."""
        names = dict(self.sources["touches"].names)
        currency, spelling = self.deals.currency, self.spelling
        return Scan(names, self.options, currency, groups, self.labels, spelling)

    def seen(self, scan: Scan) -> Seen:
        """Return the deals as seen once the touches are read.

        Raises:
            InputError: All that is wrong with the tables.
        """
        findings, options, deals = self.findings, self.options, self.deals
        scan.finish(self.clocks, findings)
        self._check_kinds(scan)
        self.clocks.finish()
        findings.issues += scan.costs.issues()
        findings.issues += self.repeated[1].issues
        touches = self.sources["touches"]
        build.check_names(scan.summary(), options, touches, findings)
        findings.stop_if_wrong()
        as_of = build.as_of_tables(scan.times.latest, deals, options, findings)
        deal_table.check_order(deals, self.labels["deal_id"], findings)
        deals = deal_table.seen_at(deals, as_of, findings)
        deals = deal_table.in_journey_order(deals, label_order(self.labels["deal_id"]))
        named, shared = scan.strangers.shared()
        distinct = distinct_in_any_case(shared["deal_id"])
        own = {**self.own, "touches": named}
        build.check_ids(own, shared, findings, distinct=distinct)
        findings.issues += self.strays[1].issues
        place = places(deals, len(self.labels["deal_id"]))
        sizes = None
        if "contacts" in self.own:
            sizes = committee_sizes(self.committee, place, len(deals))
        window = eligibility.windows(deals, options, as_of)
        return Seen(deals, window, self.committee, sizes, as_of)

    def _check_kinds(self, scan: Scan) -> None:
        """Add I05 where the touches' ids are of another kind than the other tables'."""
        for names in touch_table.FAMILIES.values():
            kinds = [
                ((table, name), source.column(name).kind)
                for table, source in self.sources.items()
                for name in names
                if table != "touches" and source.has(name)
            ]
            own = [(("touches", n), scan.kinds[n]) for n in names if n in scan.kinds]
            if id_checks.of_one_kind(kinds, Findings()):
                id_checks.of_one_kind([*own, *kinds], self.findings)

    def aside(self) -> tuple[SetAside, ...]:
        """Return the rows of deals and contacts that are set aside."""
        return rows_beside(self.repeated[0], self.strays[0])


def _opened(
    whole: _Whole,
    stream: Stream,
    scratch: Scratch,
    sizes: tuple[memory.Budget, int],
    progress: Progress,
) -> JourneyBlocks:
    """Read the touches, lay them out, and build the blocks."""
    budget, block = sizes
    meetings = Meetings(scratch)
    touches = whole.sources["touches"]
    has = frozenset(touches.names)
    groups = Groups(whole.deals, whole.committee, whole.labels, whole.options, has)
    scan = whole.scanned(groups)
    names = list(dict.fromkeys(touches.names.values()))
    for frame in _read(stream, names, min(block, BATCH), progress, "reading touches"):
        scan.take(frame, scratch, meetings)
    seen = whole.seen(scan)
    meetings.add(groups.accounts(whole.deals, whole.labels["account_id"]))
    layout = Layout.of(scan, groups.of_deal, *meetings.found(), block)
    budget.check_largest(layout.largest)
    of_deal = layout.of_group[groups.of_deal]
    of_deal = of_deal[np.searchsorted(whole.deals.row, seen.deals.row)]
    builder = Builder(
        scratch, seen, of_deal, whole.labels, whole.options, touches.names, scan.kinds
    )
    steps = scan.batches + layout.blocks
    with reporter(progress, steps, label="building blocks") as report:
        lay_out(scratch, scan.batches, layout, report.step)
        return _built(builder, layout.blocks, whole, report.step)


def _built(
    builder: Builder, count: int, whole: _Whole, step: Callable[[], None]
) -> JourneyBlocks:
    """Build each block and lay it by."""
    gathering = Gathering()
    store = Store(builder.scratch)
    for at in range(count):
        journeys, found, rows = builder.built(at)
        if at == 0:
            journeys = replace(journeys, aside=(*journeys.aside, *whole.aside()))
        gathering.take(found, {"touches": rows})
        store.add(journeys)
        step()
    findings = whole.findings
    whole.spelling.tell(gathering.issues(), findings)
    findings.stop_if_wrong()
    places = [np.flatnonzero(builder.of_deal == at) for at in range(count)]
    outline = concat(store.thin)
    return JourneyBlocks.laid(store, outline, places, of_interest(findings.issues))

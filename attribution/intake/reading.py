"""The tables read, their columns side by side; what is found stands in one order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from attribution.arrays.codes import label_order
from attribution.arrays.cores import side_by_side
from attribution.doors.frames.ids import distinct_in_any_case
from attribution.intake import deals as deal_table
from attribution.intake import touches as touch_table
from attribution.intake.checks.findings import Findings
from attribution.intake.checks.times import TimeReader
from attribution.intake.stages import Names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.arrays.ragged import Array, Ints
    from attribution.intake.checks.columns import Source
    from attribution.intake.deals import Deals
    from attribution.intake.options import Options
    from attribution.intake.touches import Touches

PACKED = ("deal_id", "contact_id")
"""Families of ids whose texts are held as bytes."""


class Ids(NamedTuple):
    """The ids of the tables, and what is known of the deals' at once.

    ``own``: by table and name of the id, its codes; ``shared``: the labels of each id;
    ``order``: the order of the labels of deal ids; ``names``: the ids of deals;
    ``distinct``: whether they differ by more than case.
    """

    own: Mapping[str, Mapping[str, Array]]
    shared: Mapping[str, Array]
    order: Ints
    names: Names
    distinct: bool


def read_columns(
    sources: Mapping[str, Source], options: Options, findings: Findings
) -> tuple[Mapping[str, Source], Ids]:
    """Return the tables with their long columns read, and the ids.

    Python's texts, which only one thread makes at a time, are made beside long calls.
    """
    works: list[Any] = [partial(touch_table.link_codes, sources, findings, PACKED)]
    deals, touches = sources["deals"], sources["touches"]
    rows = _most_rows(sources)
    (own, shared), deals = _beside(works, deals, deal_table.columns_of(deals), rows)
    labels = shared["deal_id"]
    works = [
        partial(_in_order, labels, own["deals"]["deal_id"]),
        partial(distinct_in_any_case, labels),
    ]
    names = touch_table.columns_of(options)
    (order, texts), distinct, touches = _beside(works, touches, names, rows)
    ahead = {**sources, "deals": deals, "touches": touches}
    return ahead, Ids(own, shared, order, texts, distinct)


def _beside(
    works: Sequence[Any], source: Source, names: Sequence[str], rows: int
) -> list[Any]:
    """Return what works on ``rows`` give, and last the source with columns read."""
    theirs = source.long_unread(names)
    reading = [partial(source.table.column, one) for one in theirs]
    found = side_by_side([*works, *reading], rows)
    columns = dict(zip(theirs, found[len(works) :], strict=True))
    return [*found[: len(works)], source.after(columns)]


def _most_rows(sources: Mapping[str, Source]) -> int:
    return max(source.rows for source in sources.values())


def _in_order(labels: Array, codes: Array) -> tuple[Ints, Names]:
    """Return the order of labels, and those that rows have as Python's texts."""
    order = label_order(labels)
    return order, Names.of(labels, order, codes)


def read_tables(
    sources: Mapping[str, Source], ids: Ids, options: Options, findings: Findings
) -> tuple[Deals, Touches]:
    """Return the deals and the touches, read side by side.

    What is wrong with them is added to the findings, with the deals first.
    """
    parts = [Findings(findings.issues) for _ in range(2)]
    clocks = [TimeReader(options.tz, options.days, part) for part in parts]
    codes = ids.own["deals"]["deal_id"], ids.own["deals"]["account_id"]
    works: list[Any] = [
        partial(
            deal_table.read_deals, sources["deals"], *codes,
            options, clocks[0], parts[0],
        ),
        partial(
            touch_table.read_touches, sources["touches"], ids.own["touches"],
            options, clocks[1], parts[1],
        ),
    ]  # fmt: skip
    deals, touches = side_by_side(works, _most_rows(sources))
    whole = TimeReader(options.tz, options.days, findings)
    for part, clock in zip(parts, clocks, strict=True):
        findings.append(part)
        whole.append(clock)
    whole.finish()
    return deals, touches

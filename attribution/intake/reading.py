"""The tables read, their columns side by side: what is found stands in one order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from attribution.arrays.codes import label_order
from attribution.arrays.cores import side_by_side
from attribution.doors.frames.ids import distinct_in_any_case
from attribution.intake import deals as deal_table
from attribution.intake import touches as touch_table
from attribution.intake.checks.columns import MANY
from attribution.intake.checks.findings import Findings
from attribution.intake.checks.times import TimeReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Array, Ints
    from attribution.intake.checks.columns import Source
    from attribution.intake.deals import Deals
    from attribution.intake.options import Options
    from attribution.intake.touches import Touches

    Codes = Mapping[str, Mapping[str, Array]]

PACKED = ("deal_id", "contact_id")
"""Families of ids whose texts are held as bytes."""


def linked(
    sources: Mapping[str, Source], options: Options, findings: Findings
) -> tuple[Mapping[str, Source], Codes, Mapping[str, Array]]:
    """Return the tables with long columns read, and the codes and labels of ids."""
    names = {
        "touches": touch_table.columns_of(options),
        "deals": deal_table.columns_of(sources["deals"]),
    }
    places = [
        (table, theirs)
        for table, own in names.items()
        if sources[table].rows >= MANY
        for theirs in sources[table].unread(own)
    ]
    works: list[Any] = [partial(touch_table.link_codes, sources, findings, PACKED)]
    works += [partial(sources[table].table.column, theirs) for table, theirs in places]
    rows = max(source.rows for source in sources.values())
    (own, shared), *columns = side_by_side(works, rows)
    read = {
        table: source.after(
            {
                theirs: column
                for (of, theirs), column in zip(places, columns, strict=True)
                if of == table
            }
        )
        for table, source in sources.items()
    }
    return read, own, shared


def read_tables(
    sources: Mapping[str, Source],
    own: Codes,
    ids: Array,
    options: Options,
    findings: Findings,
) -> tuple[Deals, Touches, Ints, bool]:
    """Return both tables, the order of deal ids, and whether case makes none alike.

    Args:
        sources: The tables.
        own: By table and name of the id, its codes.
        ids: The labels of deal ids.
        options: The user's options.
        findings: Where the issues go.
    """
    parts = [Findings(findings.issues) for _ in range(2)]
    clocks = [TimeReader(options.tz, options.days, part) for part in parts]
    codes = own["deals"]["deal_id"], own["deals"]["account_id"]
    works: list[Any] = [
        partial(
            deal_table.read_deals, sources["deals"], *codes,
            options, clocks[0], parts[0],
        ),
        partial(
            touch_table.read_touches, sources["touches"], own["touches"],
            options, clocks[1], parts[1],
        ),
        partial(distinct_in_any_case, ids),
        partial(label_order, ids),
    ]  # fmt: skip
    rows = max(source.rows for source in sources.values())
    deals, touches, distinct, order = side_by_side(works, rows)
    whole = TimeReader(options.tz, options.days, findings)
    for part, clock in zip(parts, clocks, strict=True):
        findings.append(part)
        whole.append(clock)
    whole.finish()
    return deals, touches, order, distinct

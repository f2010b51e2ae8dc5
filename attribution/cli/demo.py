"""``attribution demo``: the main job on the Salesforce export in the package."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.cli import layout, totals
from attribution.cli.console import room, show
from attribution.cli.inputs import sample_files
from attribution.cli.record import objects_of, record_of, write_record
from attribution.cli.side_by_side import side_by_side
from attribution.credit.results import attribute
from attribution.doors.files import write_table
from attribution.doors.markup import escape_text
from attribution.intake.build import build_journeys
from attribution.intake.sample import sample_export

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from attribution.cli.layout import Counts
    from attribution.credit.results import Credits
    from attribution.intake.crm.imported import Imported
    from attribution.journeys.journeys import Journeys

MODELS: Final = (
    "first_touch",
    "last_touch",
    "linear",
    "time_decay",
    "shapley",
)
LEDGER: Final = "time_decay"
BY: Final = ("team", "channel")
LOOKBACK: Final = "180d"


def command(given: argparse.Namespace) -> None:
    """Run the main job, check every total, show the tables and write the files.

    Raises:
        ProgramError: A total differs from the won money by a minor unit or more.
    """
    export = sample_export()
    journeys = build_journeys(
        export.touches, export.deals, contacts=export.contacts, lookback=LOOKBACK
    )
    credits = attribute(journeys, MODELS)
    lines = credits.lines()
    money = totals.check(credits, "won", lines)
    tables = ("touches", "deals", "contacts")
    counts = layout.row_counts(
        journeys, {name: len(getattr(export, name)) for name in tables}
    )
    written = _write(credits, lines, given.out)
    asked = {"by": list(BY), "of": "won"}
    record = record_of(credits, sample_files(export), counts, money, asked)
    record["objects"] = objects_of(export)
    written += write_record(record, written)
    _tell(credits, export, counts, written)


def _write(credits: Credits, lines: Any, folder: Path) -> list[Path]:
    tables = {"credits.csv": credits.by(*BY), "lines.csv": lines}
    return [
        write_table(frame, folder / name, parents=True)
        for name, frame in tables.items()
    ]


def _tell(
    credits: Credits, export: Imported, counts: Counts, written: list[Path]
) -> None:
    """Show all of it; every table ends with the line of design law 6."""
    journeys = credits.journeys
    footer = journeys.coverage_line()
    show(_opening(credits))
    show(f"\nThe export that it is read from\n\n{export.summary()}")
    for dims in (("team",), BY):
        for currency in journeys.currencies:
            show(f"\n{side_by_side(credits, dims, currency)}")
    show(f"\nOne deal's ledger under {LEDGER}\n")
    show(layout.ledger_text(credits.deal(_example(journeys), model=LEDGER)))
    show(f"\nRows used and set aside\n\n{layout.row_table(counts, footer)}")
    show(f"\nWhat was found in the tables\n\n{layout.issue_table(journeys)}")
    show(f"\n{_closing(journeys)}\n")
    for path in written:
        show(f"wrote {escape_text(path)}")


def _opening(credits: Credits) -> str:
    journeys = credits.journeys
    spans = {of: journeys.span(of) for of in ("won", "lost", "open")}
    deals = ", ".join(f"{span.stop - span.start} {of}" for of, span in spans.items())
    words = (
        f"The shipped sample, a made-up seller's Salesforce: {len(journeys)} deals "
        f"({deals}). "
        f"Each won deal is divided between the touches of the 180 days before "
        f"its close, under {len(credits.models)} models side by side."
    )
    return textwrap.fill(words, room())


def _example(journeys: Journeys) -> Any:
    """Return the id of the deal to show: won, both teams, rows set aside, short.

    The one whose rows were set aside for the most reasons; of these the shortest, then
    the first.
    """
    ranks = []
    for at in range(journeys.span("won").stop):
        deal = journeys.block(at, at + 1)
        aside = [
            (part.names[part.code[row]])
            for part in journeys.aside
            for row in np.flatnonzero(part.deal == at)
        ]
        teams = np.unique(deal.codes("team"))
        if aside and len(teams) > 1:
            size = len(aside) + deal.touch_count
            ranks.append((-len(set(aside)), size, at))
    return journeys.deal_id[min(ranks)[-1]]


def _closing(journeys: Journeys) -> str:
    due = totals.amounts(journeys, "won")
    told = " and ".join(
        f"{layout.money(due[name], decimals)} {name}"
        for name, decimals in zip(journeys.currencies, journeys.decimals, strict=True)
    )
    words = (
        f"Checked: under every model the credits and the unattributed money sum to the "
        f"won {told}, in the tables and touch by touch, to the last cent."
    )
    return textwrap.fill(words, room())

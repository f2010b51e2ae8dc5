"""``attribution report``: one page of HTML on the credit of two tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attribution.analysis.outlays import TOUCHES
from attribution.cli import console, totals
from attribution.cli.inputs import check_targets, journeys_of, read_file, read_inputs
from attribution.cli.layout import row_counts
from attribution.cli.options import TABLES, by_table
from attribution.cli.record import record_of, write_record
from attribution.cli.run import summary
from attribution.credit.results import attribute
from attribution.doors.markup import escape_text
from attribution.models.registry import parse
from attribution.show.pages import report

if TYPE_CHECKING:
    import argparse

MODELS: Final = ("linear", "first_touch", "last_touch")
"""The models of a report that names none: one that shares, and both ends."""

ASKED: Final = ("draws", "margin", "personal", "reps", "title")


def command(given: argparse.Namespace) -> None:
    """Write the page, and beside it the record of how it was made.

    Raises:
        InputError: The tables, the costs or the command line are at fault.
        ProgramError: A total differs from the money of the deals.
    """
    models = [parse(one) for one in given.model or MODELS]
    check_targets(given, (*TABLES, "costs"), ("out",))
    inputs = read_inputs(given)
    costs: Any = given.costs
    if costs not in {None, TOUCHES}:
        inputs["costs"] = read_file(Path(costs))
        costs = inputs["costs"].frame
    tables = {name: one for name, one in inputs.items() if name != "costs"}
    journeys = journeys_of(given, tables)
    credits = attribute(
        journeys, models, threads=given.threads, progress=console.progress()
    )
    money = totals.check(credits, "won")
    page = report(
        credits, given.out, title=given.title, costs=costs, margin=given.margin,
        rates=given.rate, reps=given.reps, personal=given.personal, draws=given.draws,
        progress=console.progress(),
    )  # fmt: skip
    counts = row_counts(
        journeys, {name: len(one.frame) for name, one in tables.items()}
    )
    asked = {name: getattr(given, name) for name in ASKED}
    asked["columns"] = by_table(given.column or {})
    asked["rates"] = {name: str(rate) for name, rate in (given.rate or {}).items()}
    written = [
        page,
        *write_record(record_of(credits, inputs, counts, money, asked), [page]),
    ]
    console.tell(summary(counts))
    console.tell(journeys.coverage_line())
    console.tell(f"wrote {', '.join(escape_text(path) for path in written)}")

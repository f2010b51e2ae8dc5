"""``attribution validate``: what is wrong, and what would be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.analysis.coverage import coverage
from attribution.cli.console import show
from attribution.cli.inputs import journeys_of, read_inputs
from attribution.cli.layout import coverage_text, issue_table, row_counts, row_table

if TYPE_CHECKING:
    import argparse


def command(given: argparse.Namespace) -> None:
    """Show which rows would be used, what they cover, and every issue of the tables.

    Raises:
        InputError: Every error, at once.
    """
    inputs = read_inputs(given)
    journeys = journeys_of(given, inputs)
    rows = {name: len(one.frame) for name, one in inputs.items()}
    show(row_table(row_counts(journeys, rows), journeys.coverage_line()))
    show()
    show(coverage_text(coverage(journeys)))
    show()
    if journeys.found:
        show(issue_table(journeys))
    else:
        show("No issue was found.")

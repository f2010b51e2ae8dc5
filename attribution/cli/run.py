"""``attribution run``: the credit of two tables, to files or stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attribution.cli import console, totals
from attribution.cli.inputs import check_targets, journeys_of, read_inputs
from attribution.cli.layout import ledger_text, row_counts
from attribution.cli.options import TABLES, by_table
from attribution.cli.record import record_of, write_record
from attribution.credit.results import attribute
from attribution.doors.files import safe_name, write_table
from attribution.doors.frames.csv import csv_blocks
from attribution.doors.markup import escape_text
from attribution.models.registry import parse

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from attribution.cli.layout import Counts
    from attribution.credit.ledger import Ledger
    from attribution.credit.results import Credits

ASKED = ("by", "deal", "minor", "of", "period", "raw")


def command(given: argparse.Namespace) -> None:
    """Compute credit, then write it: files or stdout, and the record beside files.

    Raises:
        InputError: The tables or the command line are at fault.
        ProgramError: A total differs from the money of the deals.
    """
    models = [parse(one) for one in given.model or ["linear"]]
    check_targets(given, TABLES, ("out", "lines"))
    inputs = read_inputs(given)
    journeys = journeys_of(given, inputs)
    credits = attribute(
        journeys, models, threads=given.threads, progress=console.progress()
    )
    tables, ledgers = _results(credits, given)
    money = totals.check(credits, given.of, tables.get("lines"))
    rows = {name: len(one.frame) for name, one in inputs.items()}
    counts = row_counts(journeys, rows)
    written = _write(tables, ledgers, given)
    if written:
        asked = {name: getattr(given, name) for name in ASKED}
        asked["columns"] = by_table(given.column or {})
        record = record_of(credits, inputs, counts, money, asked)
        written += write_record(record, written)
    if given.out is None:
        _show(tables, ledgers, raw=given.raw)
    console.tell(summary(counts))
    console.tell(journeys.coverage_line())
    if written:
        console.tell(f"wrote {', '.join(escape_text(path) for path in written)}")


def _results(
    credits: Credits, given: argparse.Namespace
) -> tuple[dict[str, Any], dict[str, Ledger]]:
    """Return the tables by option, and the ledgers by deal id."""
    ledgers = {one: credits.deal(one) for one in given.deal}
    tables: dict[str, Any] = {}
    if given.out or not ledgers:
        tables["out"] = credits.by(
            *given.by, of=given.of, period=given.period, minor=given.minor
        )
    if given.lines:
        tables["lines"] = credits.lines(of=given.of)
    return tables, ledgers


def _write(
    tables: dict[str, Any], ledgers: dict[str, Ledger], given: argparse.Namespace
) -> list[Path]:
    """Write what has a file to go to; return the files."""
    written = [
        write_table(frame, path, raw=given.raw)
        for name, frame in tables.items()
        if (path := getattr(given, name)) is not None
    ]
    if given.out is not None:
        written += [
            write_table(
                ledger.frame(),
                given.out.with_name(f"ledger-{safe_name(deal)}.csv"),
                raw=given.raw,
            )
            for deal, ledger in ledgers.items()
        ]
    return written


def _show(tables: dict[str, Any], ledgers: dict[str, Ledger], *, raw: bool) -> None:
    """Write to stdout the ledgers, or the table of credit where there is none."""
    if "out" in tables:
        console.pour(csv_blocks(tables["out"], raw=raw))
    console.show_each(ledger_text(ledger) for ledger in ledgers.values())


def summary(counts: Counts) -> str:
    """Return how many rows of each table are used."""

    def told(name: str, one: dict[str, int]) -> str:
        aside = sum(n for code, n in one.items() if code not in {"in", "used"})
        left = f", {aside:,} set aside" if aside else ""
        return f"{name}: {one['used']:,} of {one['in']:,} rows used{left}"

    return "; ".join(told(name, one) for name, one in counts.items())

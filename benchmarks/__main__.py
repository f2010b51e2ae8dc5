"""Measures the rows, prints the table, and keeps the results of a whole run."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from attribution.doors.files import write_json, write_text
from benchmarks import blocks, bootstrap, crm, report, service, table
from benchmarks.machine import machine
from benchmarks.measuring import measure
from benchmarks.page import page
from benchmarks.rows import MODULES, rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.measuring import Row, Size

INTERRUPTED = 130
JOBS = {
    "blocks": blocks.run,
    "bootstrap": bootstrap.run,
    "crm": crm.run,
    "report": report.run,
    "service": service.run,
}
"""Measurements of several figures each, run by name: they make no row of the table."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all benchmarks, or those named; return the exit code.

    A whole run writes ``results/quick.json`` or ``full.json`` and the page on speed; a
    run of some rows, or one that is interrupted, leaves them as they are.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    known = [*MODULES, *JOBS]
    parser.add_argument("names", nargs="*", metavar="rows", help=", ".join(known))
    parser.add_argument("--full", action="store_true", help="the large sizes")
    parser.add_argument(
        "--page", action="store_true", help="measure nothing: write the page again"
    )
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.names) - set(known)):
        parser.error(f"no rows of the name {', '.join(unknown)}")
    if asked.page:
        write_text(table.PAGE, page(table.latest(table.RESULTS)))
        return 0
    chosen = tuple(asked.names) or MODULES
    size: Size = "full" if asked.full else "quick"
    try:
        results = run(rows(chosen), size)
        for name in (one for one in JOBS if one in chosen):
            beside(name, size)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted: the last whole results stay as they are.\n")
        return INTERRUPTED
    if results["rows"]:
        print(table.summary(results))
    if not asked.names:
        keep(results, table.RESULTS, table.PAGE)
    return 0


def run(chosen: Sequence[Row], size: Size) -> dict[str, Any]:
    """Return the results of the rows, each printed as it is measured."""
    records = []
    for row in chosen:
        record = measure(row, size)
        print(table.text(record), end="\n\n", flush=True)
        records.append(record)
    return {"size": size, "machine": machine(), "rows": records}


def beside(name: str, size: Size) -> None:
    """Run a job, print its figures and write them to ``results/NAME_SIZE.json``."""
    record = {**machine(), "result": JOBS[name](full=size == "full")}
    write_json(table.RESULTS / f"{name}_{size}.json", record, parents=True)
    print(f"{name} ({size})\n{json.dumps(record['result'], indent=2)}\n", flush=True)


def keep(results: dict[str, Any], folder: Path, shown: Path) -> None:
    """Write whole results, and the page on speed; each file is old or new."""
    write_json(folder / f"{results['size']}.json", results, parents=True)
    write_text(shown, page(table.latest(folder)))


if __name__ == "__main__":
    sys.exit(main())

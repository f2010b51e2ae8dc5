"""The page ``docs/explanation/speed.md``, written from the last full results."""

from __future__ import annotations

from typing import Any

from benchmarks.table import HEADS, cells, counted, limit, sides

INTRODUCTION = """\
# Speed

What the library costs beside compiled code, query engines and other libraries of
attribution, measured side by side. `make bench` measures small sizes in minutes,
`make bench-full` large ones; each prints this table and keeps it in
`benchmarks/results`. This page is written with it, from the last full results, or from
the quick ones until there are full ones.

"""

READING = """
## How to read it

*Measured* is a ratio within one run, on one machine, in one process: the sides of a row
are called in turn, again and again, and their medians divided. Where *to reach* says
`≤`, it is our time (or memory) over the other's; where it says `≥`, the other's time
over ours, so that more is better. Of several others the fastest counts. Seconds drift
from machine to machine; the ratios hold better.

Both sides begin with the same data in memory, each in the form that it takes: columns,
tables, or a text for each journey. Making that form is not timed, unless the row begins
with raw tables. Results are compared in the same run wherever both define the same; a
row whose results differ says so and is not held. *Cores* are processor seconds
over seconds; *memory* is the peak of resident memory during the first call beyond what
was resident before it. A side that takes more than ten processor seconds is called
once.
A row whose peer is not installed says so. Where a target is missed, the row says what
limits it, by what was measured in the same run.
"""


def page(results: dict[str, Any]) -> str:
    """Return the page that shows these results."""
    rows = results["rows"]
    parts = [INTRODUCTION, _machine(results), "\n", counted(results), "\n\n"]
    parts += [_table(HEADS, [cells(record) for record in rows]), READING]
    parts += ["\n## Row by row\n", *(_detail(record) for record in rows)]
    parts += ["\n## Versions\n\n", _versions(results)]
    return "".join(parts)


def _machine(results: dict[str, Any]) -> str:
    kind = results["machine"]
    told = f"Measured at {results['size']} size on {kind['processor']}"
    return f"{told}, {kind['cores']} cores, {kind['memory_gib']} GiB.\n"


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _detail(record: dict[str, Any]) -> str:
    """Return a row's sides, and what is to know about it."""
    against = f", against {record['against']}" if record["against"] else ""
    parts = [f"\n**{record['work']}**{against}."]
    if record["note"]:
        parts.append(f" {record['note']}")
    if "skipped" in record:
        return "".join([*parts, f" Not measured: {record['skipped']}.\n"])
    difference = record["difference"]
    if difference is not None:
        parts.append(f" Results differ by {difference:.1g} at most, relative.")
    parts.append("\n\n")
    heads = ("side", "median", "calls", "cores", "memory")
    parts.append(_table(heads, list(sides(record))))
    figures = [
        f"{name.replace('_', ' ')}: {_figure(figure)}"
        for name, figure in sorted(record["figures"].items())
    ]
    if figures:
        parts.append(f"\n{'; '.join(figures)}.\n")
    if told := limit(record):
        parts.append(f"\n{told}\n")
    return "".join(parts)


def _figure(figure: Any) -> str:
    if isinstance(figure, dict):
        return ", ".join(
            f"{name} {_figure(one)}" for name, one in sorted(figure.items())
        )
    return f"{figure:,}" if isinstance(figure, int) else str(figure)


def _versions(results: dict[str, Any]) -> str:
    versions = results["machine"]["versions"]
    return "".join(f"- {name} {number}\n" for name, number in sorted(versions.items()))

"""Results as text: the table of the terminal, and the page of the documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "speed.md"
HEADS = ("work", "against", "to reach", "measured", "held")
WIDTH = 60


def latest(folder: Path) -> dict[str, Any]:
    """Return the last full results, or the quick ones until there are full ones."""
    full = folder / "full.json"
    path = full if full.exists() else folder / "quick.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def cells(record: dict[str, Any]) -> tuple[str, str, str, str, str]:
    """Return a row's words: work, against, to reach, measured, held."""
    target = record["target"]
    reach = "–"
    if target:
        sign = "≤" if target["kind"] == "at most" else "≥"
        reach = f"{sign} {target['bound']:g} ×"
    if "skipped" in record:
        return record["work"], record["against"], reach, record["skipped"], "–"
    measured = record["measured"]
    shown = "–" if measured is None else f"{_rounded(measured)} ×"
    if not record["agrees"]:
        shown += f" (results differ by {record['difference']:g})"
    held = "–" if record["held"] is None else ("yes" if record["held"] else "no")
    return record["work"], record["against"], reach, shown, held


def _rounded(ratio: float) -> str:
    """Return a ratio with three digits: 0.0451, 1.04, 38.2, 1,230."""
    if ratio >= 1000:
        return f"{float(f'{ratio:.3g}'):,.0f}"
    return f"{ratio:.3g}"


def sides(record: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """Return for each side of a row: name, median, calls, cores used, peak memory."""
    return [
        (
            one["name"],
            duration(one["seconds"]),
            str(one["repeats"]),
            f"{one['cores_used']:.1f}",
            memory(one["peak_bytes"]),
        )
        for one in record.get("sides", ())
    ]


def duration(seconds: float) -> str:
    """Return seconds in words.

    Example:
        >>> duration(0.01234), duration(2.5), duration(0.000012)
        ('12.3 ms', '2.5 s', '12 µs')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size or unit == "µs":
            return f"{float(f'{seconds / size:.3g}'):g} {unit}"
    raise AssertionError


def memory(size: int) -> str:
    """Return bytes in words: ``0.4 MB``, ``1,230 MB``."""
    return f"{size / 1e6:,.1f} MB" if size < 1e8 else f"{size / 1e6:,.0f} MB"


def text(record: dict[str, Any]) -> str:
    """Return one row for the terminal: its line, then a line for each side."""
    work, against, reach, measured, held = cells(record)
    lines = [f"{work}\n  against {against}"]
    lines.append(f"  to reach {reach}   measured {measured}   held {held}")
    lines += [
        f"    {name}: {median}, {calls} calls, {cores} cores, {peak} more"
        for name, median, calls, cores, peak in sides(record)
    ]
    lines += [f"    {name}: {figure}" for name, figure in _figures(record)]
    if told := limit(record):
        lines.append(f"  {told}")
    return "\n".join(lines)


def limit(record: dict[str, Any]) -> str:
    """Return what keeps a row from its target; empty where it is held or unknown."""
    told: str = record.get("limit", "")
    return f"What limits it: {told}" if told and record["held"] is False else ""


def _figures(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name.replace("_", " "), json.dumps(figure, ensure_ascii=False))
        for name, figure in sorted(record.get("figures", {}).items())
    ]


def summary(results: dict[str, Any]) -> str:
    """Return the table of all rows for the terminal, and how many are held."""
    rows = [HEADS, *(cells(record) for record in results["rows"])]
    widths = [min(max(len(row[at]) for row in rows), WIDTH) for at in range(len(HEADS))]
    lines = [
        " | ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", counted(results)])


def counted(results: dict[str, Any]) -> str:
    """Return how many targets are held, missed and not measured, as a sentence."""
    with_target = [record for record in results["rows"] if record["target"]]
    skipped = sum("skipped" in record for record in with_target)
    held = sum(bool(record.get("held")) for record in with_target)
    missed = len(with_target) - held - skipped
    told = f"{held} of {len(with_target)} targets are held, {missed} missed"
    return f"{told}, {skipped} not measured."

"""Text tables that fit the screen, and the words of money and rows."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from attribution.analysis.coverage import WORDS
from attribution.cli.console import lines_of, room
from attribution.cli.fitting import fitted
from attribution.doors.markup import escape_text, text_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.analysis.coverage import Coverage
    from attribution.cli.fitting import Columns
    from attribution.credit.ledger import Ledger
    from attribution.doors.markup import Align
    from attribution.journeys.journeys import Journeys

LABELS = ("team", "channel", "campaign", "rep")
"""The columns of a ledger that hold labels."""


def money(minor: int, decimals: int) -> str:
    """Return minor units as an amount, exactly.

    Example:
        >>> money(123456789, 2), money(-5, 2), money(1200, 0)
        ('1,234,567.89', '-0.05', '1,200')
    """
    return f"{Decimal(minor).scaleb(-decimals):,.{decimals}f}"


def table(
    columns: Columns, footer: str, *, wrap: Sequence[str], right: Sequence[str] = ()
) -> str:
    """Return a table no wider than the screen, ending with ``footer``.

    Args:
        columns: Cells by name, all of one length.
        footer: The line of design law 6.
        wrap: The columns whose cells may be broken between words.
        right: The columns that stand to the right.
    """
    shown = fitted(columns, room(), wrap)
    text = text_table(shown, align=dict.fromkeys(right, "right"), limit=None)
    return f"{text}\n{lines_of(footer)}"


def issue_table(journeys: Journeys) -> str:
    """Return what was found while reading, one row an issue."""
    found = journeys.found
    columns: Columns = {
        "code": [one.code for one in found],
        "severity": [one.severity for one in found],
        "where": [".".join(filter(None, (one.table, one.column))) for one in found],
        "rows": [f"{one.count:,}" for one in found],
        "what": [f"{one.what} {one.remedy}".strip() for one in found],
    }
    return table(columns, journeys.coverage_line(), wrap=["what"], right=["rows"])


Counts = dict[str, dict[str, int]]


def row_counts(journeys: Journeys, rows: Mapping[str, int]) -> Counts:
    """Return for each table its rows: in, used, and set aside by code.

    Example:
        >>> import attribution as at
        >>> touches, deals, contacts = at.sample()
        >>> journeys = at.build_journeys(touches, deals, contacts=contacts)
        >>> rows = {"touches": len(touches), "deals": len(deals), "contacts": 155}
        >>> row_counts(journeys, rows)["deals"]
        {'in': 62, 'used': 62}
    """
    aside = journeys.set_aside().groupby(["table", "code"]).size()
    found: Counts = {name: {"in": count, "used": count} for name, count in rows.items()}
    for (name, code), count in aside.items():
        found[name][code] = int(count)
        found[name]["used"] -= int(count)
    found["touches"]["used"] = len(np.unique(journeys.row))
    return found


def row_table(counts: Counts, footer: str) -> str:
    """Return the counts of rows as a table."""
    reasons = {
        name: {k: n for k, n in one.items() if k not in {"in", "used"}}
        for name, one in counts.items()
    }
    columns: Columns = {
        "table": list(counts),
        "rows": [f"{one['in']:,}" for one in counts.values()],
        "used": [f"{one['used']:,}" for one in counts.values()],
        "set aside": [f"{sum(one.values()):,}" for one in reasons.values()],
        "by reason": [
            ", ".join(f"{code} {n:,}" for code, n in one.items())
            for one in reasons.values()
        ],
    }
    right = ["rows", "used", "set aside"]
    return table(columns, footer, wrap=["by reason"], right=right)


def coverage_text(coverage: Coverage) -> str:
    """Return what touches cover in tables that fit the screen."""
    texts = []
    for title, columns in coverage.parts().items():
        align: dict[str, Align] = dict.fromkeys(columns.keys() - WORDS, "right")
        wrap = [name for name in columns if name in WORDS]
        shown = text_table(fitted(columns, room(), wrap), align=align, limit=None)
        texts.append(f"{title}:\n{shown}")
    lines = [lines_of(line) for line in (*coverage.notes(), coverage.footer)]
    return "\n\n".join([*texts, *lines])


def ledger_text(ledger: Ledger) -> str:
    """Return a ledger that fits the screen, ending with the line of law 6."""
    opening = repr(ledger).split("\n\n", 1)[0].splitlines()
    texts = ["\n".join(_filled(line) for line in opening)]
    _, touches, aside = ledger.parts()
    if touches:
        texts.append(_part(touches))
    if aside["why"]:
        texts.append(f"Rows set aside for this deal:\n{_part(aside)}")
    return "\n\n".join([*texts, lines_of(ledger.footer)])


def _filled(line: str) -> str:
    return textwrap.fill(escape_text(line), room(), subsequent_indent="  ")


def _part(columns: Columns) -> str:
    """Return one table of a ledger; all but its words stand to the right."""
    words = {"touch", "row", "time", *LABELS, "why"}
    wrap = [name for name in columns if name in {*LABELS, "why"}]
    align: dict[str, Align] = dict.fromkeys(columns.keys() - words, "right")
    return text_table(fitted(columns, room(), wrap), align=align, limit=None)

"""Text tables that fit the screen, and the words of money and rows."""

from __future__ import annotations

import textwrap
from collections import Counter
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from attribution.cli.console import lines_of, room
from attribution.doors.frames.output import records
from attribution.doors.markup import escape_text, text_table, width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.cli.inputs import Input
    from attribution.credit.ledger import Ledger
    from attribution.journeys.journeys import Journeys

Columns = dict[str, list[str]]

LEAST = 9
"""The fewest columns that a wrapped cell gets."""

NUMBERS = frozenset({"weight", "row", "rows", "used", "set aside"})


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


def fitted(columns: Columns, room: int, wrap: Sequence[str]) -> Columns:
    """Return the columns with long cells continued in rows of their own.

    Example:
        >>> fitted({"a": ["one two three"], "b": ["1"]}, 13, ["a"])
        {'a': ['one two', 'three'], 'b': ['1', '']}
    """
    safe = {
        name: [escape_text(one) for one in cells] for name, cells in columns.items()
    }
    widths = {k: max(map(width, [k, *cells])) for k, cells in safe.items()}
    free = {name for name in wrap if widths[name] > LEAST}
    excess = sum(widths.values()) + 2 * (len(widths) - 1) - room
    while excess > 0 and free:
        widest = max(sorted(free), key=widths.__getitem__)
        widths[widest] -= 1
        excess -= 1
        free = {name for name in free if widths[name] > LEAST}
    found: Columns = {name: [] for name in safe}
    for row in zip(*safe.values(), strict=True):
        parts = [
            _broken(cell, widths[name]) for name, cell in zip(safe, row, strict=True)
        ]
        for line in zip_longest(*parts, fillvalue=""):
            for name, cell in zip(safe, line, strict=True):
                found[name].append(cell)
    return found


def _broken(cell: str, most: int) -> list[str]:
    return [cell] if width(cell) <= most else textwrap.wrap(cell, most)


def issue_table(journeys: Journeys) -> str:
    """Return what was found while reading, one row an issue."""
    found = journeys.found
    columns = {
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
        >>> touches, deals, _ = at.sample()
        >>> journeys = at.build_journeys(touches, deals)
        >>> row_counts(journeys, {"deals": len(deals)})
        {'deals': {'in': 62, 'used': 62}}
    """
    aside = records(journeys.set_aside())
    found = {}
    for name, count in rows.items():
        codes = Counter(
            code
            for table, code in zip(aside["table"], aside["code"], strict=True)
            if table == name
        )
        used = count - codes.total()
        if name == "touches":
            used = len(np.unique(journeys.row))
        found[name] = {"in": count, "used": used, **dict(sorted(codes.items()))}
    return found


def row_table(counts: Counts, footer: str) -> str:
    """Return the counts of rows as a table."""
    reasons = {
        name: {k: n for k, n in one.items() if k not in {"in", "used"}}
        for name, one in counts.items()
    }
    columns = {
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


def ledger_text(ledger: Ledger) -> str:
    """Return a ledger that fits the screen, ending with the line of law 6."""
    heading, touches, aside = ledger.parts()
    texts = [escape_text(heading)]
    several = len(ledger.sentences) > 1
    for label, sentences in ledger.sentences.items():
        told = " ".join(sentences)
        texts.append(textwrap.fill(f"{label}: {told}" if several else told, room()))
    names = [name for name in ("team", "channel", "campaign", "rep") if name in touches]
    money = [name for name in touches if name not in {"time", *names}]
    if touches:
        shown = fitted(touches, room(), names)
        align = dict.fromkeys(money, "right")
        texts += ["", text_table(shown, align=align, limit=None)]
    if aside["why"]:
        shown = fitted(aside, room(), [*names, "why"])
        texts += ["", "Rows set aside for this deal:"]
        texts.append(text_table(shown, align={"row": "right"}, limit=None))
    return "\n".join([*texts, "", lines_of(ledger.footer)])

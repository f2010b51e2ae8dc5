"""Tables made to fit the screen: long cells go on in rows of their own."""

from __future__ import annotations

import textwrap
from collections import Counter
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from attribution.doors.markup import escape_text, width

if TYPE_CHECKING:
    from collections.abc import Sequence

Columns = dict[str, list[str]]
"""Cells by the name of their column, all of one length."""

LONGEST_WORD = 20
"""Words up to this length are never broken."""

GAP = 2


def fitted(columns: Columns, room: int, wrap: Sequence[str]) -> Columns:
    """Return the columns no wider than ``room``, if breaking cells can do that.

    The column that gives most room for the fewest further lines is made narrower first.

    Args:
        columns: The table.
        room: How many columns of a terminal it may take.
        wrap: Which columns may be broken between words.

    Example:
        >>> fitted({"a": ["one two three"], "b": ["1"]}, 11, ["a"])
        {'a': ['one two', 'three'], 'b': ['1', '']}
    """
    safe = {name: list(map(escape_text, cells)) for name, cells in columns.items()}
    widths = {k: max(map(width, [k, *cells])) for k, cells in safe.items()}
    free = {name: Counter(safe[name]) for name in wrap}
    while sum(widths.values()) + GAP * (len(widths) - 1) > room:
        steps = [
            (cost, name, narrower)
            for name, cells in free.items()
            for cost, narrower in _step(name, cells, widths[name])
        ]
        if not steps:
            break
        _, name, narrower = min(steps)
        widths[name] = narrower
    return _broken(safe, widths)


def _step(name: str, cells: Counter[str], now: int) -> list[tuple[float, int]]:
    """Return the next narrower width and the lines it costs a column saved, if any."""
    words = (word for cell in cells for word in cell.split())
    least = max(min(max(map(width, words), default=0), LONGEST_WORD), width(name))
    if now <= least:
        return []
    lines = {cell: _lines(cell, now - 1) for cell in cells}
    narrower = max(width(line) for parts in lines.values() for line in parts)
    narrower = max(narrower, width(name))
    more = sum(
        n * (len(lines[cell]) - len(_lines(cell, now))) for cell, n in cells.items()
    )
    return [(more / (now - narrower), narrower)]


@cache
def _lines(cell: str, most: int) -> tuple[str, ...]:
    """Return the lines of a cell, at least one."""
    if width(cell) <= most:
        return (cell,)
    return tuple(textwrap.wrap(cell, most, break_on_hyphens=False)) or ("",)


def _broken(columns: Columns, widths: dict[str, int]) -> Columns:
    """Return the table with every cell broken to the width of its column."""
    found: Columns = {name: [] for name in columns}
    for row in zip(*columns.values(), strict=True):
        parts = [
            _lines(cell, widths[name]) for name, cell in zip(columns, row, strict=True)
        ]
        for line in zip_longest(*parts, fillvalue=""):
            for name, cell in zip(columns, line, strict=True):
                found[name].append(cell)
    return found

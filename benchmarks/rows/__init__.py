"""The rows of the table: a module for each piece of work.

To add a row, add a :class:`~benchmarks.measuring.Row` to ``ROWS`` of a module here; to
add a module, name it in ``MODULES``, which is the order of the table.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.measuring import Row

MODULES = (
    "totals",
    "heuristics",
    "raw_tables",
    "shapley",
    "games",
    "shapley_per_deal",
    "markov",
    "memory",
    "growth",
    "generators",
)


def rows(names: tuple[str, ...] = MODULES) -> list[Row]:
    """Return the rows of the modules named, in the order of the table."""
    chosen = [name for name in MODULES if name in names]
    return [
        row for name in chosen for row in import_module(f"benchmarks.rows.{name}").ROWS
    ]

"""Integer tables keyed by labels: what a learned model knows of its journeys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from attribution.arrays import codes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.arrays.ragged import Array, Ints


class Table(NamedTuple):
    """One table: ``keys``, object arrays of text, and int64 ``values``, (rows,)."""

    keys: Mapping[str, Array]
    values: Mapping[str, Ints]


@dataclass(frozen=True, eq=False)
class Counts:
    """Named integer tables; ``a + b`` adds rows of equal keys, exactly, in any order.

    Example:
        >>> key = {"channel": np.array(["a"], object)}
        >>> one = Counts({"seen": Table(key, {"wins": np.array([2])})})
        >>> (one + one).tables["seen"].values["wins"].tolist()
        [4]
    """

    tables: Mapping[str, Table]

    def __add__(self, other: Counts) -> Counts:
        """Return the sum."""
        return total([self, other])

    def record(self) -> dict[str, Any]:
        """Return the tables as JSON values."""
        return {
            name: {
                "keys": {key: column.tolist() for key, column in table.keys.items()},
                "values": {
                    key: column.tolist() for key, column in table.values.items()
                },
            }
            for name, table in self.tables.items()
        }

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Counts:
        """Return the counts that :meth:`record` wrote."""
        return cls(
            {
                name: Table(
                    {k: np.array(v, object) for k, v in table["keys"].items()},
                    {k: np.array(v, np.int64) for k, v in table["values"].items()},
                )
                for name, table in record.items()
            }
        )


def total(parts: Sequence[Counts]) -> Counts:
    """Return the sum of several counts; rows in the order of their keys.

    Example:
        >>> total([Counts({}), Counts({})]).tables
        {}
    """
    names = dict.fromkeys(name for part in parts for name in part.tables)
    return Counts(
        {
            name: _added([part.tables[name] for part in parts if name in part.tables])
            for name in names
        }
    )


def _added(tables: Sequence[Table]) -> Table:
    names = list(tables[0].keys)
    columns, labels = [], []
    for name in names:
        parts = [table.keys[name] for table in tables]
        found, known = codes.joined([(np.arange(len(part)), part) for part in parts])
        columns.append(found)
        labels.append(known)
    sizes = [max(len(known), 1) for known in labels]
    cells, _ = codes.combined(columns, sizes)
    unique, place = np.unique(cells, return_inverse=True)
    split = codes.separated(unique, sizes)
    return Table(
        {n: known[own] for n, known, own in zip(names, labels, split, strict=True)},
        {
            name: codes.sum_by(place, _column(tables, name), len(unique))
            for name in dict.fromkeys(key for table in tables for key in table.values)
        },
    )


def _column(tables: Sequence[Table], name: str) -> Ints:
    """Return one column of several tables, 0 where a table has none."""
    parts = []
    for table in tables:
        rows = len(next(iter(table.keys.values())))
        parts.append(table.values.get(name, np.zeros(rows, np.int64)))
    return np.concatenate(parts)

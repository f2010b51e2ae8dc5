"""Integer tables keyed by labels: what a learned model knows of its journeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from attribution.arrays import codes
from attribution.journeys.joined import Joined, union

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from attribution.arrays.ragged import Array, Ints


class Table(NamedTuple):
    """One table: ``keys``, object arrays of text, and int64 ``values``, (rows,)."""

    keys: Mapping[str, Array]
    values: Mapping[str, Ints]


class Made(Mapping[str, Table]):
    """Tables that are made when one of them is first asked for, all at once.

    For counts that a model only shows: most fits are never asked to.
    """

    def __init__(self, make: Callable[[], Mapping[str, Table]]) -> None:
        """Hold the function that makes them."""
        self._make = make

    @cached_property
    def _made(self) -> Mapping[str, Table]:
        return self._make()

    def __getitem__(self, name: str) -> Table:
        """Return the table of that name."""
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter(self._made)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._made)

    def __reduce__(self) -> tuple[type, tuple[dict[str, Table]]]:
        """Return the tables themselves for pickling."""
        return dict, (dict(self),)


class _Record(BaseModel):
    """A table as JSON values: every column has as many rows."""

    model_config = ConfigDict(extra="forbid")

    keys: dict[str, list[str]]
    values: dict[str, list[Annotated[int, Field(ge=-(2**63), lt=2**63)]]]

    def read(self) -> Table:
        sizes = {len(one) for one in self.keys.values()}
        sizes |= {len(one) for one in self.values.values()}
        if len(sizes) != 1 or not self.keys or not self.values:
            message = "columns of different lengths"
            raise ValueError(message)
        return Table(
            {name: np.array(column, object) for name, column in self.keys.items()},
            {name: np.array(column, np.int64) for name, column in self.values.items()},
        )


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
        """Return the counts that :meth:`record` wrote.

        Raises:
            ValueError: It is no such record.
        """
        tables = TypeAdapter(dict[str, _Record]).validate_python(record, strict=True)
        return cls({name: table.read() for name, table in tables.items()})


def total(parts: Sequence[Counts]) -> Counts:
    """Return the sum of several counts, made when asked for; rows ordered by keys.

    Example:
        >>> dict(total([Counts({}), Counts({})]).tables)
        {}
    """
    return Counts(Made(partial(_sum, tuple(parts))))


def _sum(parts: Sequence[Counts]) -> dict[str, Table]:
    names = sorted({name for part in parts for name in part.tables})
    return {
        name: _added([part.tables[name] for part in parts if name in part.tables])
        for name in names
    }


def _added(tables: Sequence[Table]) -> Table:
    return _added_sets(tables) or _added_rows(tables)


def _added_sets(tables: Sequence[Table]) -> Table | None:
    """Return the sum of tables keyed by sets of players, None where that is not so."""
    columns = [one.keys for one in tables if isinstance(one.keys, Joined)]
    if len(columns) < len(tables):
        return None
    if len(tables) == 1:
        return Table(columns[0], dict(sorted(tables[0].values.items())))
    found = union(columns)
    if found is None:
        return None
    keys, place = found
    return Table(keys, _summed(tables, place, len(keys.masks)))


def _summed(tables: Sequence[Table], place: Ints, count: int) -> dict[str, Ints]:
    """Return the values of several tables added up by their rows' places."""
    names = sorted({key for table in tables for key in table.values})
    return {name: codes.sum_by(place, _column(tables, name), count) for name in names}


def _added_rows(tables: Sequence[Table]) -> Table:
    names = list(tables[0].keys)
    columns = [np.concatenate([one.keys[name] for one in tables]) for name in names]
    place = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        ranks, count = _ranks(column)
        _, first, place = np.unique(
            place * count + ranks, return_index=True, return_inverse=True
        )
    return Table(
        {name: column[first] for name, column in zip(names, columns, strict=True)},
        _summed(tables, place, len(first)),
    )


def _ranks(labels: Array) -> tuple[Ints, int]:
    """Return each text's place among the distinct ones, sorted, and how many.

    Tables come sorted, so that all of them together are a few sorted runs, which
    Python's sort merges in one pass.
    """
    text = labels.tolist()
    order = np.array(sorted(range(len(text)), key=text.__getitem__), np.int64)
    ranked = labels[order]
    rank = np.zeros(len(order), np.int64)
    rank[order[1:]] = np.cumsum(ranked[1:] != ranked[:-1])
    return rank, int(rank.max(initial=-1)) + 1


def _column(tables: Sequence[Table], name: str) -> Ints:
    """Return one column of several tables, 0 where a table has none."""
    parts = []
    for table in tables:
        rows = len(next(iter(table.values.values())))
        parts.append(table.values.get(name, np.zeros(rows, np.int64)))
    return np.concatenate(parts)

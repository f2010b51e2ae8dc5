"""A user's frame of any kind as a table of raw columns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays.cores import side_by_side
from attribution.doors.frames import arrow
from attribution.doors.frames.columns import Column, from_objects, read_column
from attribution.doors.frames.ids import Texts
from attribution.doors.frames.wide import fixed_width
from attribution.errors import InputTypeError, Issue, fail, issue

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array

    Wide = tuple[NDArray[np.int32], Array]

KINDS = "pandas, Polars, PyArrow or DuckDB"
READ = {"pandas", "polars", "pyarrow", "narwhals", "duckdb", "_duckdb"}


@dataclass(frozen=True)
class Table:
    """One table of the user's: its name, column names and number of rows.

    ``frame`` is narwhals' eager view of it; nothing outside this room looks at it.
    """

    name: str
    columns: tuple[str, ...]
    rows: int
    frame: Any
    ahead: Mapping[str, Column | Wide] = field(default_factory=dict)

    def read_ahead(self, columns: Sequence[str], fixed: Sequence[str] = ()) -> Table:
        """Return the table with columns read already, several at a time.

        Those of ``fixed`` as :meth:`fixed` does, where they are of one width.

        Example:
            >>> import pandas as pd
            >>> table = read_table(pd.DataFrame({"a": [1, 2]}), "deals")
            >>> table.read_ahead(["a"]).column("a").kind
            'integer'
        """
        works: list[Any] = [partial(self.column, one) for one in columns]
        works += [partial(self._fixed_or_not, one) for one in fixed]
        names = [*columns, *fixed]
        return self.after(dict(zip(names, side_by_side(works, self.rows), strict=True)))

    def _fixed_or_not(self, column: str) -> Column | Wide:
        return self.fixed(column) or self.column(column)

    def after(self, ahead: Mapping[str, Column | Wide]) -> Table:
        """Return the table with these columns as they were read."""
        return replace(self, ahead={**self.ahead, **ahead})

    def column(self, column: str) -> Column:
        """Return the raw column of that (the user's) name.

        Example:
            >>> import pandas as pd
            >>> table = read_table(pd.DataFrame({"a": [1, 2]}), "deals")
            >>> table.column("a").kind
            'integer'
        """
        found = self.ahead.get(column)
        if isinstance(found, Column):
            return found
        return read_column(self.frame.get_column(column))

    def ids(self, column: str) -> Column | Texts:
        """Return a column of ids, texts of Arrow's without comparing them.

        Example:
            >>> import pandas as pd
            >>> table = read_table(pd.DataFrame({"a": ["x", "x"]}), "deals")
            >>> table.ids("a").kind
            'text'
        """
        series = self.frame.get_column(column)
        whole = arrow.texts_of(series) if str(series.dtype) == "String" else None
        return self.column(column) if whole is None else Texts.of(arrow.in_one(whole))

    def fixed(self, column: str) -> Wide | None:
        """Return a column of ASCII texts of one width as codes and bytes, else None.

        Each row has a label of its own (-1 where it is missing): nothing is compared.

        Example:
            >>> import pandas as pd
            >>> table = read_table(pd.DataFrame({"a": ["x", "x"]}), "deals")
            >>> table.fixed("a")
            (array([0, 1], dtype=int32), array([b'x', b'x'], dtype='|S1'))
        """
        if column in self.ahead:
            found = self.ahead[column]
            return None if isinstance(found, Column) else found
        series = self.frame.get_column(column)
        if str(series.dtype) != "String":
            return None
        whole = arrow.texts_of(series)
        return None if whole is None else fixed_width(whole.chunks, self._every)

    @cached_property
    def _every(self) -> NDArray[np.int32]:
        return np.arange(self.rows, dtype=np.int32)

    def listed(self, column: str) -> Column:
        """Return a column of lists as texts, their parts joined by ``;``.

        Example:
            >>> import pandas as pd
            >>> table = read_table(pd.DataFrame({"a": [["1", "2"], None]}), "deals")
            >>> table.listed("a").text_labels().tolist()
            ['1;2']
        """
        cells = self.frame.get_column(column).to_list()
        return from_objects(np.array([_in_one(cell) for cell in cells], object))


def _in_one(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    return ";".join(map(str, cell)) if hasattr(cell, "__iter__") else str(cell)


def _names(frame: Any) -> Sequence[Hashable] | None:
    if isinstance(frame, type):
        return None
    if hasattr(frame, "collect_schema"):
        names: Sequence[Hashable] = frame.collect_schema().names()
        return names
    return getattr(frame, "column_names", getattr(frame, "columns", None))


def _problem(frame: object, name: str) -> Issue | None:
    modules = {base.__module__.split(".")[0] for base in type(frame).__mro__}
    where = (name, "")
    if "pyspark" in modules:
        return issue(
            "S06", "error", where, "is a Spark frame.",
            remedy="Collect it first: frame.toArrow() gives a PyArrow table.",
        )  # fmt: skip
    names = _names(frame)
    if not modules & READ or names is None:
        kind = type(frame).__name__
        return issue(
            "S05", "error", where, f"is a {kind}, not a dataframe.",
            remedy=f"Give a frame of {KINDS}.",
        )  # fmt: skip
    if getattr(names, "nlevels", 1) > 1:
        return issue(
            "S07", "error", where, "has column names of several levels.",
            remedy="Give each column one name before the call.",
        )  # fmt: skip
    listed = list(map(str, names))
    twice = sorted({one for one in listed if listed.count(one) > 1})
    if twice:
        return issue(
            "S02", "error", (name, twice[0]), f"has columns twice: {', '.join(twice)}.",
            remedy="Rename or drop one of each.",
        )  # fmt: skip
    return None


def read_table(frame: object, name: str) -> Table:
    """Return the user's ``frame`` as a :class:`Table` called ``name``.

    Raises:
        InputError: S02 column names twice, S06 a Spark frame, S07 column names of
            several levels.
        InputTypeError: S05 not a frame.

    Example:
        >>> import pandas as pd
        >>> read_table(pd.DataFrame({"a": [1, 2]}), "deals").rows
        2
    """
    problem = _problem(frame, name)
    if problem is not None:
        fail([problem])
    import narwhals.stable.v2 as nw

    names = _names(frame)
    if names is not None and not all(isinstance(one, str) for one in names):
        frame = frame.set_axis(list(map(str, names)), axis=1)  # type: ignore[attr-defined]
    try:
        native: Any = nw.from_native(frame)
    except TypeError as error:
        what = f"is a {type(frame).__name__}, which cannot be read as a frame."
        remedy = f"Give a frame of {KINDS}."
        fault = issue("S05", "error", (name, ""), what, remedy=remedy)
        raise InputTypeError([fault]) from error
    eager = native.collect() if isinstance(native, nw.LazyFrame) else native
    return Table(name, tuple(map(str, eager.columns)), len(eager), eager)

"""Raw columns: what a user's column holds, as numpy arrays and a word for its kind."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from attribution.arrays import clock, codes
from attribution.doors.frames import arrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.arrays.ragged import Array, Bools

Kind = Literal[
    "empty", "text", "integer", "float", "boolean", "decimal",
    "instant", "day", "mixed", "nested",
]  # fmt: skip


CHUNK = 65_536
"""Labels that are turned from Python texts at a time."""

MANY = 1 << 17
"""Above so many labels their hash table is given back to the system."""


@dataclass(frozen=True)
class Column:
    """One raw column of ``rows`` rows.

    ``values`` by kind: text int32 codes of ``labels`` (-1 missing); integer int64;
    float float64; boolean bool; decimal an object array of ``Decimal``; instant int64
    microseconds, of the wall clock unless ``aware``; day int64 days since 1970; mixed
    and nested: nothing to use, ``row`` and ``detail`` name the first offender.
    ``missing``: bool, (rows,).
    """

    kind: Kind
    values: Array
    missing: Bools
    labels: Any = None
    aware: bool = False
    narrow: bool = False
    row: int = -1
    detail: str = ""

    def text_labels(self) -> Array:
        """Return the labels of a text column: an object array of ``str``."""
        return np.asarray([] if self.labels is None else self.labels, object)

    def plain(self) -> Column:
        """Return the column with its labels as Python texts, made once for all uses."""
        if self.kind != "text":
            return self
        return replace(self, labels=self.text_labels())

    def compact_labels(self) -> Array:
        """Return the labels packed as bytes where they can be: less memory."""
        wide = arrow.packed(self.labels)
        if wide is not None:
            return wide
        count = 0 if self.labels is None else len(self.labels)
        parts = [
            codes.packed(np.asarray(self.labels[first : first + CHUNK], object))
            for first in range(0, count, CHUNK)
        ]
        if any(part.dtype == object for part in parts):
            parts = [codes.texts(part) for part in parts]
        return (
            np.concatenate([np.array([], "S1"), *parts])
            if parts
            else np.array([], "S1")
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.missing)


def factorized(values: object) -> tuple[Array, Array]:
    """Return int32 codes in order of appearance, -1 where missing, and the labels.

    Example:
        >>> factorized(np.array(["b", None, "b"], dtype=object))[0].tolist()
        [0, -1, 0]
    """
    codes, labels = _factorized(values)
    return codes, np.asarray(labels)


def _factorized(values: object) -> tuple[Array, Any]:
    import pandas as pd

    codes, labels = pd.factorize(values)
    if len(labels) > MANY and sys.modules.get("pyarrow"):
        # Arrow keeps the hash table's memory: a fifth of a run's peak, measured.
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    return codes.astype(np.int32), labels


def _text(values: object, labels: Any = None) -> Column:
    if labels is None:
        codes, labels = _factorized(values)
    else:
        codes = np.asarray(values, np.int32)
    return Column("text", codes, codes < 0, labels)


def _nothing(count: int) -> Column:
    return Column("empty", np.zeros(count, np.int64), np.ones(count, np.bool_))


def read_column(series: Any) -> Column:
    """Return a narwhals series as a raw column."""
    import narwhals.stable.v2 as nw

    dtype = series.dtype
    if isinstance(dtype, nw.Categorical | nw.Enum):
        return _categories(series)
    if dtype == nw.String:
        return _strings(series)
    missing = _missing(series)
    if missing.all() or isinstance(
        dtype, nw.Object | nw.Unknown | nw.Int128 | nw.UInt128
    ):
        return _objects(series, missing)
    if dtype.is_integer():
        return _integers(series, missing)
    if dtype.is_float():
        values = series.cast(nw.Float64).fill_null(float("nan")).to_numpy()
        narrow = dtype == nw.Float32
        return Column("float", values, missing | np.isnan(values), narrow=narrow)
    if dtype == nw.Boolean:
        values = series.fill_null(value=False).to_numpy().astype(np.bool_)
        return Column("boolean", values, missing)
    if isinstance(dtype, nw.Datetime):
        return _instants(series, missing)
    if dtype == nw.Date:
        stamps = series.cast(nw.Datetime("us")).dt.timestamp("us").fill_null(0)
        days = (
            np.where(missing, 0, stamps.to_numpy()).astype(np.int64) // 86_400_000_000
        )
        return Column("day", days, missing)
    if dtype.is_decimal():
        return Column("decimal", _object_array(series), missing)
    row = int(np.flatnonzero(~missing)[0])
    return Column("nested", np.zeros(len(missing)), missing, row=row, detail=str(dtype))


def _missing(series: Any) -> Bools:
    if not series.null_count():
        return np.zeros(len(series), np.bool_)
    missing: Bools = series.is_null().to_numpy()
    return missing.astype(np.bool_, copy=False)


def _object_array(series: Any) -> Array:
    return np.fromiter(series.to_list(), object, len(series))


def _instants(series: Any, missing: Bools) -> Column:
    values = _microseconds(series, series.dtype.time_unit)
    if missing.any():
        values = np.where(missing, 0, values)
    aware = series.dtype.time_zone is not None
    return Column("instant", values, missing, aware=aware)


def _microseconds(series: Any, unit: str) -> Array:
    """Return the instants of a series; of coarse units those beyond time are cut."""
    scale = {"s": 1_000_000, "ms": 1_000}.get(unit)
    if scale is None:
        stamps: Array = series.dt.timestamp("us").fill_null(0).to_numpy()
        return stamps.astype(np.int64, copy=False)
    plain = series.dt.replace_time_zone(None) if series.dtype.time_zone else series
    if series.dtype.time_zone not in {None, "UTC"}:
        plain = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    coarse: Array = plain.to_numpy().astype(f"datetime64[{unit}]").astype(np.int64)
    return np.clip(coarse, -1, clock.END_OF_TIME // scale) * scale


def _strings(series: Any) -> Column:
    whole = arrow.texts_of(series)
    if whole is not None:
        return _encoded(whole)
    native = series.to_native()
    if type(native).__module__.startswith("pandas"):
        if native.dtype == object:
            return from_objects(native.to_numpy())
        return _text(native)
    return _text(_object_array(series))


def _encoded(whole: Any) -> Column:
    codes, labels = arrow.encoded(whole)
    return Column("text", codes, codes < 0, labels)


def _categories(series: Any) -> Column:
    import narwhals.stable.v2 as nw

    native = series.to_native()
    if type(native).__module__.startswith("pandas") and hasattr(native, "cat"):
        labels = native.cat.categories
        if labels.dtype.kind in "iufbM" and not native.isna().any():
            plain = native.astype(labels.dtype)
            return read_column(nw.from_native(plain, series_only=True))
        values = labels.to_numpy(dtype=object)
        if all(isinstance(label, str) for label in values):
            return _text(native.cat.codes.to_numpy(), values)
        return from_objects(native.to_numpy(dtype=object))
    kind = getattr(getattr(native, "type", None), "value_type", None)
    if kind is not None and str(kind) not in {"string", "large_string"}:
        return read_column(nw.from_native(native.cast(kind), series_only=True))
    whole = arrow.dictionary_of(series)
    found = None if whole is None else arrow.categories(whole)
    if found is None:
        return _strings(series.cast(nw.String))
    return _text(*found)


def _integers(series: Any, missing: Bools) -> Column:
    values = series.fill_null(0).to_numpy()
    if values.dtype == np.uint64 and len(values) and values.max() >= 2**63:
        texts = np.array([str(value) for value in values.tolist()], object)
        texts[missing] = None
        return _text(texts)
    return Column("integer", values.astype(np.int64, copy=False), missing)


def _objects(series: Any, missing: Bools) -> Column:
    if missing.all():
        return _nothing(len(missing))
    native = series.to_native()
    dtype = str(getattr(native, "dtype", ""))
    if dtype.startswith("complex"):
        row = int(np.flatnonzero(~missing)[0])
        return Column("nested", np.zeros(len(missing)), missing, row=row, detail=dtype)
    return from_objects(_object_array(series))


def from_objects(values: Array) -> Column:
    """Return an object array of Python values as a raw column of what it holds.

    Example:
        >>> from_objects(np.array(["a", None], dtype=object)).kind
        'text'
    """
    import pandas as pd

    found = pd.api.types.infer_dtype(values, skipna=True)
    missing: Bools = np.asarray(pd.isna(values), np.bool_)
    kept = values[~missing]
    if found == "empty" or not kept.size:
        return _nothing(len(values))
    if found == "string":
        return _text(values)
    if found == "integer":
        return _large_integers(values, missing)
    if found in {"floating", "mixed-integer-float"}:
        floats = np.full(len(values), np.nan)
        floats[~missing] = kept.astype(np.float64)
        return Column("float", floats, missing | np.isnan(floats))
    if found == "boolean":
        return Column("boolean", np.where(missing, 0, values).astype(bool), missing)
    if found == "decimal" or _numbers(kept):
        exact = values.copy()
        exact[~missing] = [Decimal(str(one)) for one in kept.tolist()]
        return Column("decimal", exact, missing)
    if found == "date" and any(isinstance(one, dt.datetime) for one in kept):
        texts = values.copy()
        texts[~missing] = [one.isoformat() for one in kept]
        return _text(texts)
    if found == "date":
        days = np.zeros(len(values), np.int64)
        days[~missing] = kept.astype("datetime64[D]").astype(np.int64)
        return Column("day", days, missing)
    if found in {"datetime", "datetime64"}:
        return _moments(values, missing)
    return _offender(values, missing)


def _numbers(values: Array) -> bool:
    """Return whether the values are Decimals mixed with other numbers."""
    kinds = {type(value) for value in values.tolist()}
    return Decimal in kinds and kinds <= {Decimal, int, float}


def _large_integers(values: Array, missing: Bools) -> Column:
    kept = values[~missing]
    if max(map(abs, kept.tolist())) < 2**63:
        whole = np.zeros(len(values), np.int64)
        whole[~missing] = kept.astype(np.int64)
        return Column("integer", whole, missing)
    texts = values.copy()
    texts[~missing] = [str(value) for value in kept.tolist()]
    return _text(texts)


def _moments(values: Array, missing: Bools) -> Column:
    import pandas as pd

    kept: Sequence[Any] = values[~missing].tolist()
    zoned = [isinstance(one, dt.datetime) and one.tzinfo is not None for one in kept]
    if any(zoned) and not all(zoned):
        row = int(np.flatnonzero(~missing)[zoned.index(not zoned[0])])
        return Column("mixed", values, missing, row=row, detail="naive and aware times")
    stamps = pd.to_datetime(pd.Series(kept), utc=True).to_numpy("datetime64[us]")
    instants = np.zeros(len(values), np.int64)
    instants[~missing] = stamps.astype(np.int64)
    return Column("instant", instants, missing, aware=all(zoned))


def _offender(values: Array, missing: Bools) -> Column:
    places = np.flatnonzero(~missing)
    kinds = [type(value) for value in values[places].tolist()]
    simple = (str, int, float, bool)
    odd = next((at for at, kind in enumerate(kinds) if kind not in simple), None)
    if odd is None:
        odd = next((at for at, kind in enumerate(kinds) if kind is not kinds[0]), 0)
        names = " and ".join(sorted({kind.__name__ for kind in kinds}))
        row = int(places[odd])
        return Column("mixed", values, missing, row=row, detail=names)
    name = kinds[odd].__name__
    return Column("nested", values, missing, row=int(places[odd]), detail=name)

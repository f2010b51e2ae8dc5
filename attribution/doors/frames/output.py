"""Columns of numpy arrays as pandas frames, on the way out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from attribution.arrays.ragged import Array, Ints


def data_frame(
    columns: Mapping[str, Array | Sequence[Any]], *, copy: bool = True
) -> pd.DataFrame:
    """Return a pandas frame of these columns; object arrays become text.

    Args:
        columns: By name, of one length.
        copy: False where nobody else holds the arrays: the frame takes them.

    Example:
        >>> data_frame({"a": np.array([1, 2])})["a"].tolist()
        [1, 2]
    """
    import pandas as pd

    found = {name: _column(values) for name, values in columns.items()}
    return pd.DataFrame(found, copy=copy)


def _column(values: Array | Sequence[Any]) -> Any:
    import pandas as pd

    if not isinstance(values, np.ndarray) or values.dtype != object:
        return values
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind == "integer" and not pd.isna(values).any():
        return values.astype(np.int64)
    text = _text_type() if kind in {"string", "empty"} else None
    return pd.Series(values, dtype=object) if text is None else pd.array(values, text)


@cache
def _text_type() -> Any:
    """Return what pandas takes ``str`` to be, None where that is no type of text."""
    import pandas as pd

    return None if pd.__version__ < "3" else pd.Series(dtype="str").dtype


def instants(values: Ints) -> Any:
    """Return int64 instants as a pandas column of times in UTC, NaT where missing.

    Example:
        >>> str(instants(np.array([0]))[0])
        '1970-01-01 00:00:00+00:00'
    """
    import pandas as pd

    stamps = values.astype(np.int64).view("datetime64[us]")
    return pd.DatetimeIndex(stamps).tz_localize("UTC")


def records(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return a frame as plain lists by column, NaN and NaT as None.

    Example:
        >>> import pandas as pd
        >>> records(pd.DataFrame({"a": [1.0, None]}))
        {'a': [1.0, None]}
    """
    return {
        str(name): frame[name].astype(object).where(frame[name].notna(), None).tolist()
        for name in frame.columns
    }


def timed(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return a frame of text with the columns ``names`` read as times in UTC.

    Example:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"at": ["2026-03-31T12:00:00Z"]})
        >>> int(timed(frame, ["at"])["at"].dt.hour[0])
        12
    """
    import pandas as pd

    times = {
        name: pd.to_datetime(frame[name], format="ISO8601", utc=True).dt.as_unit("us")
        for name in names
    }
    return frame.assign(**times)


def stacked(frames: Sequence[pd.DataFrame], order: Ints) -> pd.DataFrame:
    """Return frames of the same columns as one, its rows in this order of all.

    Example:
        >>> one = data_frame({"a": np.array([1, 2])})
        >>> stacked([one, one], np.array([1, 3, 0, 2]))["a"].tolist()
        [2, 2, 1, 1]
    """
    import pandas as pd

    filled = [frame for frame in frames if len(frame)] or list(frames[:1])
    return pd.concat(filled, ignore_index=True).iloc[order].reset_index(drop=True)

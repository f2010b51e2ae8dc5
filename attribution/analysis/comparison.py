"""Models side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.credit.grouping import is_reason
from attribution.doors.frames.output import data_frame, records

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from attribution.credit.results import Credits
    from attribution.journeys.words import Of


def compare(
    credits: Credits,
    by: str | Sequence[str],
    *,
    of: Of = "won",
    minor: bool = False,
) -> pd.DataFrame:
    """Return one row a currency and cell, one column of revenue a model.

    Columns: the columns of ``by``, currency, then one a model under its label: float64
    major units, or int64 minor units with ``minor``. Rows in the order of the first
    model; the money no touch can take last.

    Args:
        credits: From :func:`attribution.attribute`.
        by: A column or several, as in ``credits.by``.
        of: Which deals.
        minor: Whether to give integers.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
        >>> credits = at.attribute(journeys, ["first_touch", "linear"])
        >>> at.compare(credits, "channel")["linear"].tolist()
        [5.0, 5.0]
    """
    dims = (by,) if isinstance(by, str) else tuple(by)
    value = "revenue_minor" if minor else "revenue"
    frame = records(credits.by(*dims, of=of, minor=minor))
    keys = list(
        zip(*(frame[name] for name in (*dims, "currency")), _lost(frame), strict=True)
    )
    place = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    ordered = _unattributed_last(list(place))
    place = {key: at for at, key in enumerate(ordered)}
    columns: dict[str, Any] = {
        name: np.array([key[at] for key in ordered], object)
        for at, name in enumerate((*dims, "currency"))
    }
    for label in credits.models:
        columns[label] = np.zeros(len(ordered), np.int64 if minor else np.float64)
    for label, key, amount in zip(frame["model"], keys, frame[value], strict=True):
        columns[label][place[key]] = amount
    return data_frame(columns)


def _lost(frame: dict[str, list[Any]]) -> list[bool]:
    """Return which rows are unattributed: they have no share of the attributed."""
    return [
        share is None and is_reason(label)
        for share, label in zip(
            frame["share_of_attributed"], frame[list(frame)[1]], strict=True
        )
    ]


def _unattributed_last(keys: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the keys by currency, each currency's unattributed rows last."""
    return sorted(keys, key=lambda key: (key[-2], key[-1]))

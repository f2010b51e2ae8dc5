"""Intervals, ranks and effective numbers of credit in draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.arrays import codes
from attribution.credit.grouping import reason_label
from attribution.journeys import tables
from attribution.journeys.words import REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.analysis.replicates import Sample
    from attribution.arrays.ragged import Array, Bools, Floats, Ints


class Spread(NamedTuple):
    """A model's credit by row of the sample, and in every draw that could be fitted.

    ``revenue``: int64 minor units, (rows,); ``wins``: float64 deals, (rows,);
    ``deals``: int64, (rows,); ``drawn``: (rows, fitted draws), in the sample's value;
    ``fits``: bool, (draws,).
    """

    revenue: Ints
    wins: Floats
    deals: Ints
    drawn: Array
    fits: Bools


class Rows(NamedTuple):
    """Rows to show: their place in the sample, currency code, and whether unattributed.

    ``labels``: object, (rows,), by column.
    """

    place: Ints
    currency: Ints
    lost: Bools
    labels: Mapping[str, Array]


def rows_of(sample: Sample, spread: Spread) -> Rows:
    """Return the rows in the order of ``credits.by``: currency, revenue, label."""
    code = sample.cells.codes()
    reasons = len(sample.journeys.currencies) * len(REASONS)
    currency, reason = np.divmod(np.arange(reasons), len(REASONS))
    size = len(sample.cells)
    money = np.append(code.pop("currency"), currency)
    lost = np.arange(size + reasons) >= size
    kept = np.flatnonzero((spread.deals > 0) | (lost & spread.drawn.any(axis=1)))
    none = np.full(reasons, -1)
    by_label = [np.append(own, none) for own in code.values()]
    keys = [-_value(sample, spread, money), lost, money]
    further = [np.append(np.zeros(size, np.int64), reason), *reversed(by_label)]
    kept = kept[np.lexsort([key[kept] for key in (*further, *keys)])]
    told = np.array([reason_label(at) for at in range(len(REASONS))], object)
    labels = {}
    for column, own in zip(sample.cells.columns[1:], by_label, strict=True):
        names = np.append(column.labels, np.array([None], object))[own]
        names[lost] = told[reason]
        labels[column.name] = names[kept]
    return Rows(kept, money[kept], lost[kept], labels)


def _value(sample: Sample, spread: Spread, currency: Ints) -> Floats:
    """Return what is divided: money, or wins in a currency without any."""
    moneyed = np.append(sample.moneyed, False)  # a cell that no deal has: code -1
    return np.where(moneyed[currency], spread.revenue, spread.wins)


def shares(value: Array, currency: Ints) -> Floats:
    """Return the share of each row in its currency's total, (rows, draws).

    NaN in a draw without any.

    Example:
        >>> shares(np.array([[1, 0], [3, 0]]), np.array([0, 0])).tolist()
        [[0.25, nan], [0.75, nan]]
    """
    found = np.full(value.shape, np.nan)
    for code in np.unique(currency):
        own = np.flatnonzero(currency == code)
        total = value[own].sum(0)
        some = np.flatnonzero(total)
        found[np.ix_(own, some)] = value[np.ix_(own, some)] / total[some]
    return found


def bounds(value: Array, level: float) -> tuple[Floats, Floats]:
    """Return the lower and upper percentile of each row, of draws that are not NaN.

    Example:
        >>> bounds(np.array([[0.0, 1.0, 2.0, np.nan]]), 0.5)
        (array([0.5]), array([1.5]))
    """
    edges = [(1 - level) / 2, (1 + level) / 2]
    found = np.full((2, len(value)), np.nan)
    some = ~np.isnan(value)
    # A share is missing in a draw for all rows of its currency, so few patterns.
    patterns, place = np.unique(some, axis=0, return_inverse=True)
    for at, pattern in enumerate(patterns):
        own = np.flatnonzero(place.reshape(-1) == at)
        if pattern.any():
            found[:, own] = np.quantile(value[np.ix_(own, pattern)], edges, axis=1)
    return found[0], found[1]


def intervals_of(
    sample: Sample, label: str, spread: Spread, level: float
) -> dict[str, Array]:
    """Return the columns of the intervals of one model."""
    rows = rows_of(sample, spread)
    drawn = spread.drawn[rows.place]
    value = _value(sample, spread, _all_currencies(sample))[rows.place]
    money = np.where(sample.moneyed[rows.currency][:, None], drawn, 0)
    low, high = bounds(money.astype(np.float64), level)
    share = shares(value[:, None], rows.currency)[:, 0]
    share_low, share_high = bounds(shares(drawn, rows.currency), level)
    scale = 10.0 ** np.array(sample.journeys.decimals, np.int64)[rows.currency]
    revenue = spread.revenue[rows.place]
    return {
        "model": np.full(len(rows.place), label, object),
        **rows.labels,
        "currency": np.array(sample.journeys.currencies, object)[rows.currency],
        "revenue": tables.major(sample.journeys, revenue, rows.currency),
        "low": low / scale,
        "high": high / scale,
        "share": share,
        "share_low": share_low,
        "share_high": share_high,
    }


def _all_currencies(sample: Sample) -> Ints:
    own = sample.cells.codes()["currency"]
    count = len(sample.journeys.currencies)
    return np.append(own, np.repeat(np.arange(count), len(REASONS)))


def swaps_of(sample: Sample, label: str, spread: Spread) -> dict[str, Array]:
    """Return the columns of the chances that neighbours of one model swap."""
    rows = rows_of(sample, spread)
    names = np.array(
        [" / ".join(map(str, one)) for one in zip(*rows.labels.values(), strict=True)],
        object,
    )
    upper = np.flatnonzero(
        ~rows.lost[:-1] & ~rows.lost[1:] & (np.diff(rows.currency) == 0)
    )
    drawn, revenue = spread.drawn[rows.place], spread.revenue[rows.place]
    less = revenue[upper] - revenue[upper + 1]
    more, same = drawn[upper + 1] > drawn[upper], drawn[upper + 1] == drawn[upper]
    number = max(drawn.shape[1], 1)
    currency = rows.currency[upper]
    return {
        "model": np.full(len(upper), label, object),
        "above": names[upper],
        "below": names[upper + 1],
        "currency": np.array(sample.journeys.currencies, object)[currency],
        "difference": tables.major(sample.journeys, less, currency),
        "chance": (more.sum(1) + same.sum(1) / 2) / number,
    }


def units_of(sample: Sample) -> int:
    """Return how many units the won journeys are: accounts, or deals without one."""
    won = sample.journeys.span("won")
    first = np.unique(sample.keys[won], return_index=True)[1]
    return int(sample.journeys.count[won][first].sum())


def effective_of(sample: Sample) -> dict[str, Array]:
    """Return the columns of the effective numbers of won deals, by currency."""
    journeys = sample.valued
    won = journeys.span("won")
    value, count = journeys.amount[won].astype(np.float64), journeys.count[won]
    size = len(journeys.currencies)
    currency = journeys.currency[won].astype(np.int64)
    unit = np.unique(sample.keys[won], return_inverse=True)[1]
    place = unit * size + currency
    known, first, own = np.unique(place, return_index=True, return_inverse=True)
    units = codes.float_sum_by(own, value, len(known))
    number = count[first]
    each = currency[first]
    deals = _effective(value, count, currency, size)
    columns = {
        "currency": np.array(journeys.currencies, object),
        "deals": codes.sum_by(currency, count, size),
        "units": codes.sum_by(each, number, size),
        "effective_deals": deals,
        "effective_units": _effective(units, number, each, size),
    }
    some = np.flatnonzero(columns["deals"])
    return {name: column[some] for name, column in columns.items()}


def _effective(value: Floats, count: Ints, group: Ints, size: int) -> Floats:
    """Return (ΣA)² / ΣA² of each group, a value being that of ``count`` equal deals."""
    total = codes.float_sum_by(group, value, size)
    squares = codes.float_sum_by(group, value * (value / count), size)
    return np.divide(total**2, squares, out=np.zeros(size), where=squares > 0)


def stacked(parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """Return the columns of several tables below one another."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

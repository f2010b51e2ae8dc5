"""The table that ``credits.by`` gives: rows of cells and of unattributed money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays import money
from attribution.credit.allocate import WIN_UNITS
from attribution.doors.frames.output import data_frame
from attribution.journeys.words import REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from attribution.arrays.ragged import Array, Bools, Floats, Ints
    from attribution.credit.cells import CellTable
    from attribution.credit.totals import Totals
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Of

UNATTRIBUTED = "(unattributed: "


def reason_label(reason: int) -> str:
    """Return the label of a reason's rows: ``(unattributed: outside the window)``."""
    return f"{UNATTRIBUTED}{REASONS[reason]})"


def is_reason(label: object) -> bool:
    """Return whether a label is that of the rows of a reason.

    Example:
        >>> is_reason(reason_label(0)), is_reason("webinar")
        (True, False)
    """
    return str(label).startswith(UNATTRIBUTED)


REASON_LABELS = np.array([reason_label(at) for at in range(len(REASONS))], object)
"""The label of each reason, object (reasons,)."""


def table_of(
    journeys: Journeys,
    cells: CellTable,
    dims: Sequence[str],
    totals: Mapping[str, Totals],
    *,
    minor: bool,
) -> pd.DataFrame:
    """Return one row a model and cell, unattributed rows last of each currency."""
    parts = [
        _rows(journeys, cells, dims, name, total) for name, total in totals.items()
    ]
    columns = parts[0]
    if len(parts) > 1:
        columns = {k: np.concatenate([part[k] for part in parts]) for k in columns}
    order = ["model", *_leading(cells), *dims]
    order += ["revenue_minor" if minor else "revenue", "currency", "share"]
    order += ["share_of_attributed", "wins", "deals"]
    return data_frame({name: columns[name] for name in order}, copy=False)


def _leading(cells: CellTable) -> list[str]:
    return (
        ["period"] if any(column.name == "period" for column in cells.columns) else []
    )


def _rows(
    journeys: Journeys, cells: CellTable, dims: Sequence[str], model: str, total: Totals
) -> dict[str, Array]:
    code, unattributed = cells.codes(), _lost_rows(cells, total)
    keep = np.flatnonzero(cells.deals > 0)
    group, reason = np.nonzero(total.lost[:, :, 2])
    lost = total.lost[group, reason]
    revenue = np.concatenate([total.revenue[keep], lost[:, 0]])
    wins = np.concatenate([_deals(total.wins[keep]), lost[:, 1] / WIN_UNITS])
    deals = np.concatenate([cells.deals[keep], lost[:, 2]])
    keys = {
        name: np.concatenate([code[name][keep], unattributed[name]]) for name in code
    }
    is_lost = np.arange(len(revenue)) >= len(keep)
    extra = np.concatenate([np.zeros(len(keep), np.int64), reason])
    by_label = [keys[name] for name in reversed(dims)]
    groups = [keys[name] for name in (*reversed(_leading(cells)), "currency")]
    value = _value(journeys, cells, revenue, wins, keys["currency"])
    order = np.lexsort((extra, *by_label, -value, -revenue, is_lost, *groups))
    labels = {
        name: np.where(is_lost, -1, keys[name]) if name in dims else keys[name]
        for name in keys
    }
    shown = _labels(cells, labels, extra)
    columns: dict[str, Array] = {
        "model": np.full(len(order), model, object),
        **{name: shown[name][order] for name in shown},
        "revenue_minor": revenue[order],
        "revenue": _major(journeys, revenue, keys["currency"])[order],
        "share": _share(value, keys["currency"], np.ones(len(value), bool))[order],
        "share_of_attributed": _share(value, keys["currency"], ~is_lost)[order],
        "wins": wins[order],
        "deals": deals[order],
    }
    return columns


def _lost_rows(cells: CellTable, total: Totals) -> dict[str, Ints]:
    """Return the codes of each unattributed row: its currency, period, no labels."""
    group, _ = np.nonzero(total.lost[:, :, 2])
    periods = max(len(total.lost) // max(len(cells.columns[0].labels), 1), 1)
    found = {}
    for name in (column.name for column in cells.columns):
        if name == "currency":
            found[name] = group // periods
        elif name == "period":
            found[name] = group % periods
        else:
            found[name] = np.zeros(len(group), np.int64)
    return found


def _labels(
    cells: CellTable, codes: Mapping[str, Ints], reason: Ints
) -> dict[str, Array]:
    found = {}
    for name, _, _, labels in cells.columns:
        own = codes[name]
        text = np.append(labels, np.array([None], object))[own]
        found[name] = np.where(own < 0, REASON_LABELS[reason], text)
    return found


def _deals(wins: Array) -> Floats:
    return wins if wins.dtype == np.float64 else wins / WIN_UNITS


def _major(journeys: Journeys, revenue: Array, currency: Ints) -> Floats:
    major = np.zeros(len(revenue))
    for code, decimals in enumerate(journeys.decimals):
        own = currency == code
        if revenue.dtype == np.float64:
            major[own] = revenue[own] / 10**decimals
        else:
            major[own] = money.to_major(revenue[own], decimals)
    return major


def _value(
    journeys: Journeys, cells: CellTable, revenue: Array, wins: Floats, currency: Ints
) -> Floats:
    """Return what shares are of: money, or wins in a currency without any money."""
    value = revenue.astype(np.float64)
    for code in np.flatnonzero(~_moneyed(journeys, cells.of)).tolist():
        own = currency == code
        value[own] = wins[own]
    return value


def _moneyed(journeys: Journeys, of: Of) -> Bools:
    """Return which currencies have any money, bool (currencies,), computed once."""
    key = ("moneyed", of)
    if key not in journeys.memo:
        here, count = journeys.span(of), len(journeys.currencies)
        paid = journeys.amount[here] != 0
        money = np.bincount(journeys.currency[here][paid], minlength=count) > 0
        journeys.memo[key] = money
    found: Bools = journeys.memo[key]
    return found


def _share(value: Floats, currency: Ints, counted: Array) -> Floats:
    """Return each row's share of its currency's counted total, NaN where none."""
    share = np.full(len(value), np.nan)
    for code in set(currency.tolist()):
        own = (currency == code) & counted
        total = value[own].sum()
        if total:
            share[own] = value[own] / total
    return share


def selected(models: Mapping[str, Any], model: str | None) -> list[str]:
    """Return the labels that ``model=`` chooses: a label, a model's name, or all."""
    if model is None:
        return list(models)
    if model in models:
        return [model]
    return [label for label in models if model in (label, label.split(":")[0])]

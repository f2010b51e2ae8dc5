"""What journeys show of themselves: frames, a summary, the coverage line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import clock, codes, money, ragged
from attribution.doors import markup
from attribution.doors.frames.output import data_frame, instants
from attribution.journeys.words import OUTCOMES, REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from attribution.arrays.ragged import Array, Ints
    from attribution.errors import Issue
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Labelled

DIVISION: Final = "Credit is a division by rule, not a measured effect"
LEAST_SHOWN: Final = 0.1
"""Percents below this are shown as less than it."""

FURTHER: Final = ("after", "before", "exclude", "unit", "dedupe")
"""Options that are shown where they were asked for."""
UNIT: Final = "row"
"""The unit that is not worth a word."""

PERSONAL: Final = frozenset({"contact"})
"""Touch columns that are shown only on request (design law 6)."""


def labels_at(column: Labelled, missing: str | None = None) -> Array:
    """Return the label of every row as an object array; code -1 gives ``missing``."""
    labels = codes.texts(column.labels)
    return np.append(labels, np.array([missing], object))[column.codes]


def issue_table(found: Sequence[Issue]) -> pd.DataFrame:
    """Return issues as a frame: code, severity, table, column, rows, what, remedy."""
    names = ("code", "severity", "table", "column", "what", "remedy")
    columns: dict[str, Any] = {
        name: np.array([getattr(one, name) for one in found], object) for name in names
    }
    columns["rows"] = np.array([one.count for one in found], np.int64)
    order = ("code", "severity", "table", "column", "rows", "what", "remedy")
    return data_frame({name: columns[name] for name in order})


def set_aside_table(journeys: Journeys) -> pd.DataFrame:
    """Return the rows in no journey: table, row, code, deal."""
    parts = [part for part in journeys.aside if part.lost.any()]
    deal_id = np.append(journeys.deal_id.astype(object), [None])
    table: list[Array] = [np.full(int(p.lost.sum()), p.table, object) for p in parts]
    code = [np.array(p.names, object)[p.code[p.lost]] for p in parts]
    deal = [deal_id[p.deal[p.lost]] for p in parts]
    rows = [p.rows[p.lost] for p in parts]
    empty = np.array([], object)
    row = np.concatenate([np.zeros(0, np.int64), *rows])
    sizes = [len(one) for one in rows]
    order = np.lexsort((row, np.repeat([p.table for p in parts], sizes)))
    columns = {"table": table, "code": code, "deal": deal}
    named = {name: np.concatenate([empty, *x])[order] for name, x in columns.items()}
    return data_frame(
        {
            "table": named["table"],
            "row": row[order],
            "code": named["code"],
            "deal": named["deal"],
        }
    )  # fmt: skip


def touch_columns(
    journeys: Journeys, own: slice | Ints = slice(None), *, personal: bool = False
) -> dict[str, Any]:
    """Return the columns of touches ``own`` as arrays ready for a frame."""
    segment = ragged.segments_of(journeys.offsets)[own]
    columns: dict[str, Any] = {"deal_id": journeys.deal_id[segment]}
    if journeys.touch_id is not None:
        columns["touch_id"] = labels_at(journeys.touch_id.take(own))
    if journeys.time is not None:
        columns["time"] = instants(journeys.time[own])
    for name, column in journeys.touch.items():
        if personal or name not in PERSONAL:
            shown = "contact_id" if name == "contact" else name
            columns[shown] = labels_at(column)[own]
    columns["process"] = journeys.process[own]
    return columns


def touch_table(journeys: Journeys, *, personal: bool) -> pd.DataFrame:
    """Return one row a touch, in journey order."""
    return data_frame(touch_columns(journeys, personal=personal))


def major(journeys: Journeys, minor: Ints, currency: Array | None = None) -> Array:
    """Return minor units as float64 major units of their currency.

    Args:
        journeys: Whose currencies they are in.
        minor: int64, one of each journey unless ``currency`` is given.
        currency: The code of each.
    """
    codes_of = journeys.currency if currency is None else currency
    shown = np.zeros(len(minor))
    for code, decimals in enumerate(journeys.decimals):
        own = codes_of == code
        shown[own] = money.to_major(minor[own], decimals)
    return shown


def deal_table(journeys: Journeys) -> pd.DataFrame:
    """Return one row a deal: outcome, money, dates, touches, reason, its columns."""
    names = {code: name for name, code in OUTCOMES.items()}
    outcome = np.array([names[code] for code in (OUTCOMES["open"], 0, 1)], object)
    committee = {} if journeys.contacts is None else {"contacts": journeys.contacts}
    columns: dict[str, Any] = {
        "deal_id": journeys.deal_id,
        "outcome": outcome[journeys.outcome + 1],
        "amount": major(journeys, journeys.amount),
        "currency": np.array(journeys.currencies, object)[journeys.currency],
        "count": journeys.count,
        "touches": np.diff(journeys.offsets),
        **committee,
        "unattributed": np.array([*REASONS, None], object)[journeys.reason],
        "created_at": instants(journeys.created_at),
        "closed_at": instants(journeys.closed_at),
        "start": instants(journeys.start),
        "end": instants(journeys.end),
    }
    for name, at in journeys.milestones.items():
        columns[f"{name}_at"] = instants(at)
    if journeys.amount_at_opportunity is not None:
        minor = journeys.amount_at_opportunity
        there = minor != clock.MISSING
        shown = major(journeys, np.where(there, minor, 0))
        columns["amount_at_opportunity"] = np.where(there, shown, np.nan)
    for name, column in journeys.deal.items():
        columns[f"deal_{name}" if name in columns else name] = labels_at(column)
    return data_frame(columns)


def percent(share: float | None) -> str:
    """Return a share as text in percent, "" where there is none.

    Example:
        >>> percent(0.057), percent(0.00001), percent(1.0)
        ('5.7 %', '<0.1 %', '100 %')
    """
    if share is None:
        return ""
    if 0 < 100 * share < LEAST_SHOWN:
        return "<0.1 %"
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def coverage_line(journeys: Journeys) -> str:
    """Return law 6's line: what credit is, and how much won money has no touch."""
    won = journeys.span("won")
    return coverage_words(
        np.abs(journeys.amount[won]),
        np.diff(journeys.offsets)[won] == 0,
        journeys.count[won],
        journeys.currency[won],
        journeys.currencies,
    )


def coverage_words(
    amount: Ints, untouched: Array, count: Ints, currency: Array, names: Sequence[str]
) -> str:
    """Return law 6's line for won deals, (deals,) each: in money, else in deals.

    Args:
        amount: int64 minor units, none below 0.
        untouched: bool, no touch is recorded.
        count: int64, how many deals a row stands for.
        currency: The code of each amount's currency.
        names: The currencies of the codes.

    Example:
        >>> coverage_words(np.array([3, 1]), np.array([False, True]), np.array([1, 1]),
        ...                np.array([0, 0]), ["EUR"]).split("; ")[1]
        '25 % of won money had no recorded touch.'
    """
    if not len(amount):
        return f"{DIVISION}; nothing is won."
    if not amount.any():
        share = percent(int(count[untouched].sum()) / int(count.sum()))
        return f"{DIVISION}; {share} of won deals had no recorded touch."
    figures = []
    for code, name in enumerate(names):
        own = currency == code
        total = int(amount[own].sum())
        if total:
            share = percent(int(amount[own & untouched].sum()) / total)
            figures.append((name, f"{share} of won"))
    if len(figures) == 1:
        told = f"{figures[0][1]} money"
    else:
        told = ", ".join(f"{share} {name}" for name, share in figures) + " money"
    return f"{DIVISION}; {told} had no recorded touch."


def _facts(journeys: Journeys, aside: int | None) -> dict[str, list[str]]:
    rows = []
    for of in ("won", "lost", "open"):
        own = journeys.span(of)
        touches = int(np.diff(journeys.offsets)[own].sum())
        rows.append((f"{of} deals", f"{int(journeys.count[own].sum()):,}"))
        rows.append((f"touches of {of} deals", f"{touches:,}"))
    won = journeys.span("won")
    for code, name in enumerate(journeys.currencies):
        own = journeys.currency[won] == code
        total = int(journeys.amount[won][own].sum())
        if total:
            won_text = money.text(total, journeys.decimals[code])
            rows.append(("won", f"{won_text} {name}"))
    names: tuple[str, ...] = ("anchor", "lookback", "start", "sharing", "as_of", "tz")
    names = names if journeys.time is not None else ()
    options = journeys.options
    names += tuple(name for name in FURTHER if is_asked(name, options.get(name)))
    rows += [(name, _option(name, options[name])) for name in names if name in options]
    if aside is None:
        aside = sum(int(part.lost.sum()) for part in journeys.aside)
    rows.append(("rows set aside", f"{aside:,}"))
    rows.append(("issues", f"{len(journeys.found):,}"))
    return {"": [row[0] for row in rows], "journeys": [row[1] for row in rows]}


def _option(name: str, value: object) -> str:
    if name == "as_of" and isinstance(value, int):
        return clock.iso(value)
    return option_text(value)


def is_asked(name: str, value: object) -> bool:
    """Return whether an option of :data:`FURTHER` has another value than its default.

    Example:
        >>> is_asked("unit", "row"), is_asked("dedupe", "30m")
        (False, True)
    """
    return value not in (None, UNIT if name == "unit" else None)


def option_text(value: object) -> str:
    """Return the value of an option as text; mappings key by key.

    Example:
        >>> option_text(None), option_text({"sales": "90d", "call": None})
        ('none', 'sales 90d, call none')
    """
    if isinstance(value, dict):
        return ", ".join(f"{kind} {option_text(one)}" for kind, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "none" if value is None else str(value)


def summary(journeys: Journeys, aside: int | None = None) -> str:
    """Return the text that ``repr`` shows; ``aside`` rows are set aside, if given."""
    return markup.text_table(_facts(journeys, aside), footer=coverage_line(journeys))


def summary_html(journeys: Journeys, aside: int | None = None) -> str:
    """Return the HTML that a notebook shows."""
    return markup.html_table(_facts(journeys, aside), footer=coverage_line(journeys))

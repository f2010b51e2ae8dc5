"""Won money by what its deals lack: any touch, marketing's, sales'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import clock, codes, money, ragged
from attribution.errors import nearest, refuse
from attribution.journeys.words import NONE

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.journeys.journeys import Journeys

WON: Final = "won"
NO_TOUCH: Final = "without any touch"
NO_MARKETING: Final = "without a marketing touch"
NO_SALES: Final = "without a sales touch"
NO_CONTACT: Final = f"{NO_MARKETING}: no contact linked"
CONTACTS: Final = f"{NO_MARKETING}: contacts linked"
NOT_KNOWN: Final = f"{NO_MARKETING}: contacts not given"

PERIODS: Final = ("month", "quarter")


def definitions(journeys: Journeys) -> dict[str, Bools]:
    """Return which won deals, bool (won deals,), each definition is of, in order."""
    won = journeys.span("won")
    sizes = np.diff(journeys.offsets)[won]
    offsets = journeys.offsets[won.start : won.stop + 1]
    marketing = _met(journeys, offsets, "marketing")
    found = {
        WON: np.ones(len(sizes), np.bool_),
        NO_TOUCH: sizes == 0,
        NO_MARKETING: ~marketing,
    }
    if journeys.contacts is None:
        found[NOT_KNOWN] = ~marketing
    else:
        people = journeys.contacts[won] > 0
        found |= {NO_CONTACT: ~marketing & ~people, CONTACTS: ~marketing & people}
    return found | {NO_SALES: ~_met(journeys, offsets, "sales")}


def _met(journeys: Journeys, offsets: Ints, team: str) -> Bools:
    """Return which of the segments have a touch of ``team``."""
    column = journeys.touch["team"]
    labels = column.labels.tolist()
    own = column.codes == (labels.index(team) if team in labels else -1)
    met: Bools = ragged.sums(own, offsets) > 0
    return met


def table_of(journeys: Journeys, by: str | None, *, minor: bool) -> dict[str, Any]:
    """Return the columns of ``Coverage.frame``: rows by group, currency, definition."""
    won = journeys.span("won")
    group, labels = _groups(journeys, by)
    currency = journeys.currency[won].astype(np.int64)
    sizes = [len(labels), len(journeys.currencies)]
    cells, count = codes.combined([group, currency], sizes)
    amount, many = journeys.amount[won], journeys.count[won]
    kinds = definitions(journeys)

    def sums(values: Ints) -> Array:
        """Return the sums of values by cell and definition."""
        parts = [codes.sum_by(cells[own], values[own], count) for own in kinds.values()]
        return np.stack(parts, axis=1)

    deals, revenue = sums(many), sums(amount)
    moneyed = codes.sum_by(currency, np.abs(amount), len(journeys.currencies)) > 0
    here = np.flatnonzero(np.bincount(cells, minlength=count) > 0)
    groups, currencies = codes.separated(here, [len(labels), len(journeys.currencies)])
    value = np.where(
        moneyed[currencies][:, None], sums(np.abs(amount))[here], deals[here]
    )
    whole = value[:, :1]
    share = np.full(value.shape, np.nan)
    np.divide(value, whole, out=share, where=whole > 0)
    each = len(kinds)
    names = np.array(journeys.currencies, object)[np.repeat(currencies, each)]
    own = revenue[here].ravel()
    leading = {} if by is None else {by: labels[np.repeat(groups, each)]}
    return {
        **leading,
        "definition": np.tile(np.array(list(kinds), object), len(here)),
        "revenue_minor" if minor else "revenue": (
            own if minor else _major(journeys, own, np.repeat(currencies, each))
        ),
        "currency": names,
        "share": share.ravel(),
        "deals": deals[here].ravel(),
    }


def _groups(journeys: Journeys, by: str | None) -> tuple[Ints, Array]:
    """Return the group of each won deal and the groups' labels in label order."""
    won = journeys.span("won")
    if by is None:
        return np.zeros(won.stop, np.int64), np.array([""], object)
    if by in PERIODS:
        found, names = clock.period_of(journeys.closed_at[won], journeys.tz, by)
        return found, np.array(names, object)
    if not isinstance(by, str) or by not in journeys.deal:
        known = [*PERIODS, *journeys.deal]
        what = f"{by!r} is no column of deals."
        raise refuse(
            "P09", what, nearest(str(by), known) or f"Name {', '.join(known)}."
        )
    column = journeys.deal[by]
    names = codes.texts(column.labels).tolist()
    names += [NONE] if NONE not in names else []
    own = column.codes[won].astype(np.int64)
    return np.where(own < 0, names.index(NONE), own), np.array(names, object)


def _major(journeys: Journeys, minor: Ints, currency: Ints) -> Array:
    """Return minor units as float64 major units of each row's currency."""
    shown = np.zeros(len(minor))
    for code, decimals in enumerate(journeys.decimals):
        own = currency == code
        shown[own] = money.to_major(minor[own], decimals)
    return shown

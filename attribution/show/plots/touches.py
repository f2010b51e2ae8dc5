"""One deal touch by touch, with the credit of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import clock
from attribution.credit.results import Credits
from attribution.doors.frames.output import records
from attribution.errors import refuse
from attribution.show.plots import canvas
from attribution.show.plots.bars import Bars, draw_bars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from attribution.credit.ledger import Ledger

MOST: Final = 24
"""Touches that are drawn; those of least credit between them are one row."""


def timeline(
    credits: Credits,
    deal_id: object,
    *,
    ax: Axes | None = None,
    model: str | None = None,
    top: int = MOST,
) -> Axes:
    """Draw the touches of one deal from first to last, each with its credit.

    A row a touch with its day, in journey order; the axes are returned.

    Args:
        credits: From :func:`attribution.attribute`.
        deal_id: Which deal.
        ax: Axes to draw on; a new figure's unless given.
        model: A label or name among the models; all of them unless given.
        top: How many touches; those of least credit are one row below.

    Raises:
        InputError: P10 no such deal, P07 a deal without touches that count.

    Example:
        >>> import attribution as at
        >>> from matplotlib.figure import Figure
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
        >>> axes = timeline(at.attribute(journeys, "linear"), 0, ax=Figure().subplots())
        >>> [text.get_text() for text in axes.get_yticklabels()]
        ['1. a', '2. b']
    """
    if not isinstance(credits, Credits):
        what = f"was given a {type(credits).__name__}, not credits."
        raise refuse("S05", what, "Make them: at.attribute(journeys, 'linear').")
    ledger = credits.deal(deal_id, model=model)
    bars = touches_of(ledger, top)
    axes = canvas.axes_of(ax, len(bars.labels) * (len(bars.models) + 1) / 2)
    draw_bars(axes, bars)
    told = f"{ledger.parts()[0]}. {ledger.footer}"
    canvas.caption(axes, told, given=ax)
    return axes


def touches_of(ledger: Ledger, top: int = MOST) -> Bars:
    """Return a deal's credit by model and touch."""
    deal = ledger.deal
    if not deal.touch_count:
        what = "has no touch that counts, so that there is nothing to draw."
        raise refuse("P07", what, "credits.deal(…) says why.", where="deal")
    credit = np.array([own for _, own in ledger.shares.values()], np.float64)
    value = credit / 10 ** deal.decimals[int(deal.currency[0])]
    unit = deal.currencies[int(deal.currency[0])]
    if not deal.amount[0]:
        value = np.array([share for share, _ in ledger.shares.values()], np.float64)
        unit = "share of the deal"
    labels = _labels(ledger)
    never = [False] * len(labels)
    bars = Bars(list(ledger.shares), labels, never, value, unit)
    return bars.largest(top)


def _labels(ledger: Ledger) -> Sequence[str]:
    """Return each touch's day, or its number in a path, and what it was."""
    frame = records(ledger.frame())
    count = ledger.deal.touch_count
    found = []
    for at in range(count):
        team, channel = frame["team"][at], frame["channel"][at]
        kind = channel if team == "(none)" else f"{channel} ({team})"
        found.append(f"{_when(ledger, at)} {kind}")
    return found


def _when(ledger: Ledger, at: int) -> str:
    time: Any = ledger.deal.time
    if time is None:
        return f"{at + 1}."
    return clock.local_text(int(time[at]), ledger.deal.tz)[:10]

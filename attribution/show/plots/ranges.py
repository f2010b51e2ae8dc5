"""Intervals of a bootstrap: a point and a range for each label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.analysis.resampling import Bootstrap
from attribution.doors.frames.output import records
from attribution.errors import refuse
from attribution.show.plots import canvas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from attribution.arrays.ragged import Floats

SPREAD: Final = 0.6
"""The part of a row over which its models stand."""


@dataclass(frozen=True, eq=False)
class Ranges:
    """Credit with its range by model and label, float64 (models, labels) major units.

    NaN where a model has no such row.
    """

    models: Sequence[str]
    labels: Sequence[str]
    value: Floats
    low: Floats
    high: Floats
    unit: str


def ranges_of(
    bootstrap: Bootstrap, *, currency: str | None, level: float, top: int
) -> Ranges:
    """Return the ranges of the ``top`` labels of one currency."""
    if not isinstance(bootstrap, Bootstrap):
        what = f"was given a {type(bootstrap).__name__}, not a bootstrap."
        raise refuse("S05", what, "Make one: at.bootstrap(journeys, 'linear').")
    frame = records(bootstrap.intervals(level))
    return ranges_in(frame, bootstrap.dims, currency, top)


def ranges_in(
    frame: Mapping[str, Sequence[Any]],
    dims: Sequence[str],
    currency: str | None,
    top: int,
) -> Ranges:
    """Return one currency of a table of ``bootstrap.intervals``, as lists."""
    chosen = canvas.one_currency(frame["currency"], currency, "credit")
    rows = [at for at, name in enumerate(frame["currency"]) if name == chosen]
    paid = any(frame["revenue"][at] for at in rows)
    names = ("revenue", "low", "high") if paid else ("share", "share_low", "share_high")
    models = list(dict.fromkeys(frame["model"]))
    keys = {
        at: " / ".join(dict.fromkeys(str(frame[name][at]) for name in dims))
        for at in rows
    }
    place = {key: at for at, key in enumerate(list(dict.fromkeys(keys.values()))[:top])}
    found = np.full((3, len(models), len(place)), np.nan)
    for at, key in keys.items():
        if key in place:
            own = [frame[name][at] for name in names]
            found[:, models.index(frame["model"][at]), place[key]] = own
    unit = chosen if paid else "share of deals won"
    value, low, high = found
    return Ranges(models, list(place), value, low, high, unit)


def intervals(
    bootstrap: Bootstrap,
    *,
    ax: Axes | None = None,
    currency: str | None = None,
    level: float = 0.9,
    top: int = 12,
) -> Axes:
    """Draw credit and its range by label and model; return the axes.

    Args:
        bootstrap: From :func:`attribution.bootstrap`.
        ax: Axes to draw on; a new figure's unless given.
        currency: Which one, where the deals are in several.
        level: The part of the draws that a range holds.
        top: How many labels, the largest of the first model.

    Raises:
        InputError: P04: several currencies and none named, or no such level.

    Example:
        >>> import attribution as at
        >>> from matplotlib.figure import Figure
        >>> journeys = at.journeys_from_paths(["a > b", "b"], wins=[6, 4])
        >>> found = at.bootstrap(journeys, "linear", draws=20)
        >>> axes = intervals(found, ax=Figure().subplots())
        >>> [text.get_text() for text in axes.get_yticklabels()]
        ['b', 'a']
    """
    found = ranges_of(bootstrap, currency=currency, level=level, top=top)
    axes = canvas.axes_of(ax, len(found.labels) * (len(found.models) + 1) / 2)
    draw_ranges(axes, found)
    told = f"{bootstrap.caption(level)} {bootstrap.sample.journeys.coverage_line()}"
    canvas.caption(axes, told, given=ax)
    return axes


def draw_ranges(ax: Axes, found: Ranges) -> None:
    """Draw a marker and a line for each model beside each label."""
    rows = np.arange(len(found.labels))
    step = SPREAD / max(len(found.models), 1)
    for at, model in enumerate(found.models):
        y = rows - SPREAD / 2 + step * (at + 0.5)
        colour = canvas.COLOURS[at % len(canvas.COLOURS)]
        ax.hlines(y, found.low[at], found.high[at], color=colour, linewidth=1.8)
        ax.plot(
            found.value[at], y, canvas.MARKERS[at % len(canvas.MARKERS)], color=colour,
            markeredgecolor=canvas.INK, markeredgewidth=0.5, markersize=5,
            label=canvas.cut(model), linestyle="none",
        )  # fmt: skip
    canvas.plain(ax)
    canvas.row_labels(ax, found.labels)
    largest = np.nan_to_num(np.abs(found.high)).max(initial=0)
    canvas.value_axis(ax.xaxis, found.unit, float(largest))
    canvas.legend(ax)

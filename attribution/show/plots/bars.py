"""Credit as bars: by label and model, and each model's split between the teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.credit.grouping import is_reason
from attribution.credit.results import Credits
from attribution.doors.frames.output import records
from attribution.errors import refuse
from attribution.show.plots import canvas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from attribution.arrays.ragged import Floats
    from attribution.journeys.words import Of

BAND: Final = 0.8
"""The part of a row that its bars fill."""
WIDE: Final = 0.09
"""The part of the axis that a share in a bar needs."""


@dataclass(frozen=True, eq=False)
class Bars:
    """Values by model and label, as a chart shows them.

    ``value``: float64, (models, labels), major units or deals; ``lost``: which labels
    are of money that no touch can take; ``unit``: a currency or what is counted.
    """

    models: Sequence[str]
    labels: Sequence[str]
    lost: Sequence[bool]
    value: Floats
    unit: str

    def largest(self, top: int) -> Bars:
        """Return the ``top`` labels of most value, and the others as one."""
        own = [at for at, lost in enumerate(self.lost) if not lost]
        last = [at for at, lost in enumerate(self.lost) if lost]
        if len(own) <= top:
            return self
        size = np.abs(self.value[:, own]).sum(0)
        ranked = [own[at] for at in np.argsort(-size, kind="stable").tolist()]
        kept, others = sorted(ranked[:top]), ranked[top:]
        labels = [self.labels[at] for at in kept] + [f"({len(others)} others)"]
        parts = [self.value[:, kept], self.value[:, others].sum(1, keepdims=True)]
        return Bars(
            self.models,
            labels + [self.labels[at] for at in last],
            [False] * (top + 1) + [True] * len(last),
            np.hstack([*parts, self.value[:, last]]),
            self.unit,
        )


def bars_of(
    credits: Credits,
    dims: Sequence[str],
    *,
    currency: str | None,
    model: str | None = None,
    of: Of = "won",
) -> Bars:
    """Return the credit of one currency by model and label."""
    if not isinstance(credits, Credits):
        what = f"was given a {type(credits).__name__}, not credits."
        raise refuse("S05", what, "Make them: at.attribute(journeys, 'linear').")
    frame = records(credits.by(*dims, model=model, of=of))
    return bars_in(frame, dims, currency)


def bars_in(
    frame: Mapping[str, Sequence[Any]], dims: Sequence[str], currency: str | None
) -> Bars:
    """Return the rows of one currency of a table of ``credits.by``, as lists.

    In a currency without money, wins stand for it.
    """
    chosen = canvas.one_currency(frame["currency"], currency, "credit")
    rows = [at for at, name in enumerate(frame["currency"]) if name == chosen]
    paid = any(frame["revenue"][at] for at in rows)
    value = frame["revenue" if paid else "wins"]
    keys = {at: _key(frame, dims, at) for at in rows}
    ordered = sorted(dict.fromkeys(keys.values()), key=_last)
    place = {key: at for at, key in enumerate(ordered)}
    models = list(dict.fromkeys(frame["model"]))
    found = np.zeros((len(models), len(place)))
    for at, key in keys.items():
        found[models.index(frame["model"][at]), place[key]] += value[at]
    labels, lost = zip(*place, strict=True)
    return Bars(models, labels, lost, found, chosen if paid else "deals won")


def _key(
    frame: Mapping[str, Sequence[Any]], dims: Sequence[str], at: int
) -> tuple[str, bool]:
    """Return the label of a row, and whether it is of money that no touch can take."""
    parts = list(dict.fromkeys(str(frame[name][at]) for name in dims))
    lost = frame["share_of_attributed"][at] is None and is_reason(parts[0])
    return " / ".join(parts), lost


def _last(key: tuple[str, bool]) -> bool:
    """Return what puts the money that no touch can take last."""
    return key[1]


def credit_bars(
    credits: Credits,
    *dims: str,
    ax: Axes | None = None,
    currency: str | None = None,
    model: str | None = None,
    of: Of = "won",
    top: int = 12,
) -> Axes:
    """Draw credit by label, a bar a model; return the axes.

    The money that no touch can take is drawn below, so that a model's bars add up.

    Args:
        credits: From :func:`attribution.attribute`.
        *dims: Columns as in ``credits.by``; the channel unless given.
        ax: Axes to draw on; a new figure's unless given.
        currency: Which one, where the deals are in several.
        model: A label or name among the models; all of them unless given.
        of: Which deals.
        top: How many labels; the others are one bar.

    Raises:
        InputError: P04 several currencies and none named; what ``credits.by`` raises.

    Example:
        >>> import attribution as at
        >>> from matplotlib.figure import Figure
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
        >>> credits = at.attribute(journeys, ["linear", "last_touch"])
        >>> axes = credit_bars(credits, "channel", ax=Figure().subplots())
        >>> [text.get_text() for text in axes.get_yticklabels()]
        ['a', 'b']
    """
    bars = bars_of(
        credits, dims or ("channel",), currency=currency, model=model, of=of
    ).largest(top)
    rows = len(bars.labels) * (len(bars.models) + 1) / 2
    axes = canvas.axes_of(ax, rows)
    draw_bars(axes, bars)
    canvas.caption(axes, credits.journeys.coverage_line(), given=ax)
    return axes


def draw_bars(ax: Axes, bars: Bars) -> None:
    """Draw a group of bars a label, one a model."""
    height = BAND / max(len(bars.models), 1)
    rows = np.arange(len(bars.labels))
    for at, model in enumerate(bars.models):
        ax.barh(
            rows - BAND / 2 + height * (at + 0.5), bars.value[at], height * 0.92,
            label=canvas.cut(model), **look(at),
        )  # fmt: skip
    canvas.plain(ax)
    canvas.row_labels(ax, bars.labels)
    canvas.value_axis(ax.xaxis, bars.unit, float(np.abs(bars.value).max(initial=0)))
    ax.axvline(0, color=canvas.INK, linewidth=0.8)
    canvas.legend(ax)


def look(at: int, *, lost: bool = False) -> dict[str, Any]:
    """Return colour and hatch of a series; after seven, the hatches go on alone."""
    colours, hatches = canvas.COLOURS, canvas.HATCHES
    turn = at // len(colours)
    return {
        "color": canvas.GREY if lost else colours[at % len(colours)],
        "hatch": "" if lost else hatches[(at + turn) % len(hatches)],
        "edgecolor": "white",
        "linewidth": 0.4,
    }


def team_split(
    credits: Credits,
    *,
    ax: Axes | None = None,
    currency: str | None = None,
    of: Of = "won",
) -> Axes:
    """Draw each model's split between the teams, a row a model; return the axes.

    What no touch can take closes each row, so that all are equally long.

    Args:
        credits: From :func:`attribution.attribute`.
        ax: Axes to draw on; a new figure's unless given.
        currency: Which one, where the deals are in several.
        of: Which deals.

    Raises:
        InputError: P04: several currencies and none named.

    Example:
        >>> import attribution as at
        >>> from matplotlib.figure import Figure
        >>> journeys = at.journeys_from_paths(
        ...     ["ad > call"], wins=[1], revenue=[10],
        ...     teams={"ad": "marketing", "call": "sales"})
        >>> axes = team_split(at.attribute(journeys, "linear"), ax=Figure().subplots())
        >>> [text.get_text() for text in axes.get_legend().get_texts()]
        ['marketing', 'sales']
    """
    bars = bars_of(credits, ("team",), currency=currency, of=of)
    axes = canvas.axes_of(ax, len(bars.models))
    draw_split(axes, bars)
    canvas.caption(axes, credits.journeys.coverage_line(), given=ax)
    return axes


def draw_split(ax: Axes, bars: Bars) -> None:
    """Draw one row of segments a model, with the share of each wide one."""
    rows = np.arange(len(bars.models))
    total = bars.value.sum(1)
    ends = _drawn_segments(ax, bars, rows, total)
    canvas.plain(ax)
    canvas.row_labels(ax, bars.models)
    canvas.value_axis(ax.xaxis, bars.unit, float(np.abs(ends).max(initial=0)))
    canvas.legend(ax)


def _drawn_segments(ax: Axes, bars: Bars, rows: Any, total: Floats) -> Floats:
    """Draw the segments label by label; return where the rows end."""
    left = np.zeros(len(bars.models))
    order = sorted(
        range(len(bars.labels)), key=lambda at: (bars.lost[at], bars.labels[at])
    )
    for at, own in enumerate(order):
        value, lost = bars.value[:, own], bars.lost[own]
        ax.barh(
            rows, value, 0.62, left=left, label=canvas.cut(bars.labels[own]),
            **look(at, lost=lost),
        )  # fmt: skip
        for row, part in enumerate(
            np.divide(value, total, where=total != 0, out=value * 0)
        ):
            if part >= WIDE:
                ax.text(
                    left[row] + value[row] / 2, row, f"{100 * part:.0f} %",
                    ha="center", va="center", fontsize=canvas.SMALL + 1,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
                )  # fmt: skip
        left = left + value
    return left

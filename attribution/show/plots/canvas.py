"""What every chart has: axes, its colours and hatches, money, labels, the caption."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from attribution.doors.markup import escape_text
from attribution.errors import nearest, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

COLOURS: Final = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442",
)  # fmt: skip
"""Okabe and Ito (2008), Color Universal Design, without black."""

HATCHES: Final = ("", "///", "|||", "\\\\\\", "xxx", "---", "++")
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
GREY: Final = "#D9D9D9"
INK: Final = "#222222"

WIDTH: Final = 6.4
"""Inches of a new figure."""
SMALL: Final = 7.0
"""Points of captions and figures in bars."""
PER_INCH: Final = 15
"""Characters of a legend that stand on an inch."""
CUT: Final = 34
"""Characters of a label that are shown."""
SCALES: Final = ((10**9, "billion"), (10**6, "million"), (10**4, "thousand"))


def cut(label: object, most: int = CUT) -> str:
    """Return a label on one line, its middle left out where it is too long.

    Both ends stay, since labels of one source often begin alike.

    Example:
        >>> cut("2026-spring-webinar-for-buyers", 15)
        '2026-sp…-buyers'
    """
    text = escape_text(label)
    if len(text) <= most:
        return text
    head = most // 2
    return f"{text[:head]}…{text[len(text) - (most - head - 1) :]}"


def axes_of(ax: Axes | None, rows: float) -> Axes:
    """Return the axes to draw on: those given, or of a new figure for ``rows`` rows."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    height = min(max(1.6 + 0.3 * rows, 2.2), 12.0)
    return plt.subplots(figsize=(WIDTH, height), layout="constrained")[1]


def caption(ax: Axes, text: str, *, given: Axes | None) -> None:
    """Write the closing lines small: below the axis's label, or a new figure."""
    lines = textwrap.fill(escape_text(text), 110 if given is None else 80)
    style: dict[str, Any] = {
        "fontsize": SMALL - 0.5, "color": INK, "ha": "left", "parse_math": False,
    }  # fmt: skip
    if given is None:
        ax.figure.supxlabel(lines, x=0.01, **style)
        return
    below = ax.xaxis.label
    ax.annotate(
        lines, (0, 0), xycoords=("axes fraction", below), va="top",
        xytext=(0, -4), textcoords="offset points", annotation_clip=False, **style,
    )  # fmt: skip


def title(ax: Axes, text: str) -> None:
    """Write a title at the left."""
    ax.set_title(cut(text, 70), loc="left", fontsize=9, parse_math=False)


def plain(ax: Axes) -> None:
    """Leave out the frame but for the axis that is read from."""
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.tick_params(labelsize=8)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=True, axis="x", color=GREY, linewidth=0.6)
    ax.set_axisbelow(True)


def row_labels(ax: Axes, labels: Sequence[object]) -> None:
    """Label the rows of a chart, the first on top."""
    shown = [cut(label) for label in labels]
    ax.set_yticks(range(len(shown)), shown, fontsize=8, parse_math=False)
    ax.set_ylim(len(shown) - 0.4, -0.6)


def value_axis(axis: Axis, unit: str, largest: float) -> None:
    """Give a value axis its unit and readable numbers.

    Args:
        axis: The axis.
        unit: A currency, or what is counted.
        largest: The largest value, which decides whether to count in thousands.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    factor, word = 1, ""
    for size, name in SCALES:
        if largest >= size:
            factor, word = (1000 if size == 10**4 else size), f" {name}"
            break
    axis.set_major_locator(MaxNLocator(nbins=5))
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / factor:,.10g}"))
    axis.set_label_text(f"{unit}{word}", fontsize=8)


def one_currency(met: Iterable[str], currency: str | None, what: str) -> str:
    """Return the one currency of a chart.

    Raises:
        InputError: P04: there are several and none is named, or it is not there; P07:
            there is nothing to draw.

    Example:
        >>> one_currency(["EUR", "EUR"], None, "credit")
        'EUR'
    """
    names = list(dict.fromkeys(met))
    if not names:
        raise refuse("P07", f"there is no {what} to draw.", "Look at journeys.issues.")
    if currency is None and len(names) > 1:
        listed = ", ".join(names)
        told = f"the {what} is in {listed}, and a chart shows one currency."
        raise refuse("P04", told, f"Write currency={names[0]!r}.", where="currency")
    if currency is not None and currency not in names:
        told = f"currency={currency!r} is none of {', '.join(names)}."
        raise refuse("P04", told, nearest(str(currency), names), where="currency")
    return names[0] if currency is None else currency


def legend(ax: Axes) -> None:
    """Place the legend above the axes, in as many columns as its labels leave room.

    It begins at the left of the figure where that holds these axes alone.
    """
    from matplotlib.transforms import blended_transform_factory

    figure = ax.figure
    longest = max(map(len, ax.get_legend_handles_labels()[1]), default=1)
    room = figure.get_figwidth() * PER_INCH / (longest + 6)  # type: ignore[union-attr]
    whole = {
        "bbox_transform": blended_transform_factory(figure.transFigure, ax.transAxes)
    }
    found = ax.legend(
        loc="lower left", bbox_to_anchor=(0.01, 1.0), ncols=max(1, min(4, int(room))),
        frameon=False, fontsize=8, borderaxespad=0.2, handlelength=2.2,
        columnspacing=1.2, **(whole if len(figure.axes) == 1 else {}),
    )  # fmt: skip
    for text in found.get_texts():
        text.set_parse_math(False)

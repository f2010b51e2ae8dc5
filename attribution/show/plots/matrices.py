"""Matrices with a figure in every cell: how far models agree, joint credit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.analysis.similarity import FIGURES, Agreement
from attribution.doors.frames.output import records
from attribution.errors import nearest, refuse
from attribution.journeys.tables import DIVISION
from attribution.models.fitted import Fitted
from attribution.show.plots import canvas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes

    from attribution.arrays.ragged import Floats

DARK: Final = 0.6
"""From this part of the scale on, figures are white."""
WORDS: Final = {
    "total_variation": "part of the money in other rows (0: none)",
    "spearman": "rank correlation (Spearman; 1: same order)",
    "kendall": "rank correlation (Kendall; 1: same order)",
}


@dataclass(frozen=True, eq=False)
class Matrix:
    """A square of figures, float64 (labels, labels); NaN for a cell without one."""

    labels: Sequence[str]
    value: Floats
    title: str


def agreement(
    agreement: Agreement,
    *,
    ax: Axes | None = None,
    currency: str | None = None,
    measure: str = "total_variation",
) -> Axes:
    """Draw how far each pair of models agrees, as a heatmap; return the axes.

    Args:
        agreement: From :func:`attribution.agreement`.
        ax: Axes to draw on; a new figure's unless given.
        currency: Which one, where the deals are in several.
        measure: ``"total_variation"``, ``"spearman"`` or ``"kendall"``.

    Raises:
        InputError: P04: several currencies and none named, or no such measure.

    Example:
        >>> import attribution as at
        >>> from matplotlib.figure import Figure
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
        >>> found = at.agreement(at.attribute(journeys, ["linear", "last_touch"]))
        >>> axes = agreement(found, ax=Figure().subplots())
        >>> [text.get_text() for text in axes.texts[:2]]
        ['0.00', '0.50']
    """
    matrix = distances_of(agreement, currency=currency, measure=measure)
    axes = canvas.axes_of(ax, 2 + 2 * len(matrix.labels))
    draw_matrix(axes, matrix, "{:.2f}".format)
    journeys = agreement.credits.journeys
    canvas.caption(axes, journeys.coverage_line(), given=ax)
    return axes


def distances_of(agreement: Agreement, *, currency: str | None, measure: str) -> Matrix:
    """Return the figures of every pair of models, both ways."""
    if not isinstance(agreement, Agreement):
        what = f"was given a {type(agreement).__name__}, not an agreement."
        raise refuse("S05", what, "Make one: at.agreement(credits).")
    if measure not in FIGURES:
        what = f"measure={measure!r} is none of {', '.join(FIGURES)}."
        raise refuse("P04", what, nearest(str(measure), FIGURES), where="measure")
    frame = records(agreement.distances())
    return distances_in(frame, list(agreement.credits.models), currency, measure)


def distances_in(
    frame: Mapping[str, Sequence[Any]],
    models: Sequence[str],
    currency: str | None,
    measure: str = "total_variation",
) -> Matrix:
    """Return one currency of a table of ``agreement.distances``, as lists."""
    chosen = canvas.one_currency(frame["currency"], currency, "credit")
    value = np.full((len(models), len(models)), np.nan)
    np.fill_diagonal(value, 0.0 if measure == "total_variation" else 1.0)
    columns = (frame[name] for name in ("model", "other", "currency", measure))
    for one, two, name, figure in zip(*columns, strict=True):
        if name == chosen and figure is not None:
            pair = models.index(one), models.index(two)
            value[pair] = value[pair[::-1]] = figure
    several = len(set(frame["currency"])) > 1
    return Matrix(models, value, WORDS[measure] + (f", {chosen}" if several else ""))


def joint_credit(
    fitted: Fitted,
    level: str = "channel",
    *,
    ax: Axes | None = None,
    currency: str | None = None,
    top: int = 12,
) -> Axes:
    """Draw the money that pairs of players share, as a matrix; return the axes.

    The diagonal is what a player has alone. The diagonal and one side of it add up to
    the won money of deals that have a player; below zero, two players stand in for
    each other.

    Args:
        fitted: A fitted Shapley model.
        level: One of its levels, as in ``fitted.table("joint:channel")``.
        ax: Axes to draw on; a new figure's unless given.
        currency: Which one, where the deals are in several.
        top: How many players, those of most money.

    Raises:
        InputError: P03 a model without such a table, P04 several currencies and none
            named.

    Example:
        >>> import attribution as at
        >>> from matplotlib.figure import Figure
        >>> paths = ["a > b", "a"]
        >>> journeys = at.journeys_from_paths(paths, wins=[1, 1], revenue=[4, 2])
        >>> fitted = at.fit(journeys, "shapley:levels=channel")
        >>> axes = joint_credit(fitted, ax=Figure().subplots())
        >>> [text.get_text() for text in axes.texts[:3]]
        ['2', '4', '4']
    """
    matrix = joint_of(fitted, level, currency=currency, top=top)
    axes = canvas.axes_of(ax, 2 + 2 * len(matrix.labels))
    draw_matrix(axes, matrix, "{:,.0f}".format)
    told = f"On the diagonal: alone. {DIVISION}: {fitted.title}."
    canvas.caption(axes, told, given=ax)
    return axes


def joint_of(fitted: Fitted, level: str, *, currency: str | None, top: int) -> Matrix:
    """Return the joint credit of the ``top`` players of most money."""
    if not isinstance(fitted, Fitted):
        what = f"was given a {type(fitted).__name__}, not a fitted model."
        raise refuse("S05", what, 'Fit one: at.fit(journeys, "shapley").')
    frame = records(fitted.table(f"joint:{level}"))
    chosen = canvas.one_currency(frame["currency"], currency, "joint credit")
    columns = (frame[name] for name in ("player", "with", "value", "currency"))
    rows = [row[:3] for row in zip(*columns, strict=True) if row[3] == chosen]
    size: dict[str, float] = {}
    for one, two, value in rows:
        for player in {one, two}:
            size[player] = size.get(player, 0.0) + abs(value)
    kept = sorted(sorted(size), key=lambda name: -size[name])[:top]
    found = np.full((len(kept), len(kept)), np.nan)
    for one, two, value in rows:
        if one in kept and two in kept:
            pair = kept.index(one), kept.index(two)
            found[pair] = found[pair[::-1]] = value
    return Matrix(kept, found, f"joint credit by {level}, {chosen}")


def draw_matrix(ax: Axes, matrix: Matrix, form: Callable[[float], str]) -> None:
    """Draw a square of shades of grey, each with its figure."""
    shade = np.abs(matrix.value)
    most = float(np.nan_to_num(shade).max(initial=0)) or 1.0
    edges = np.arange(len(matrix.labels) + 1) - 0.5
    ax.pcolormesh(
        edges, edges, np.nan_to_num(shade), cmap="Greys", vmin=0, vmax=most,
        edgecolors="white", linewidth=0.5,
    )  # fmt: skip
    ax.invert_yaxis()
    for row, column in zip(*np.nonzero(~np.isnan(matrix.value)), strict=True):
        dark = shade[row, column] / most > DARK
        ax.text(
            column, row, form(matrix.value[row, column]), ha="center", va="center",
            fontsize=8, color="white" if dark else canvas.INK,
        )  # fmt: skip
    labels = [canvas.cut(label, 24) for label in matrix.labels]
    ax.set_yticks(range(len(labels)), labels, fontsize=8, parse_math=False)
    ax.set_xticks(
        range(len(labels)), labels, fontsize=8, rotation=30, ha="right",
        rotation_mode="anchor", parse_math=False,
    )  # fmt: skip
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    canvas.title(ax, matrix.title)

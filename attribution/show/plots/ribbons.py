"""The most frequent journeys, as ribbons of steps in the colour of their team."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import codes, ragged
from attribution.journeys.blocks import whole_of
from attribution.show.plots import canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from attribution.arrays.ragged import Array, Ints
    from attribution.journeys.blocks import JourneyBlocks
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Of

STEPS: Final = 7
"""Steps that are drawn; of longer journeys the last one ends in a count."""
GAP, HEIGHT = 0.06, 0.72


@dataclass(frozen=True, eq=False)
class Paths:
    """The most frequent paths, most deals first.

    ``steps``: int64, (paths, STEPS), codes of (team, channel), -1 after the end;
    ``more``: int64, (paths,), steps that are left out; ``deals``: int64; ``money``:
    float64 major units; ``teams`` and ``channels``: the labels of the codes.
    """

    steps: Ints
    more: Ints
    deals: Ints
    money: Array
    teams: Sequence[str]
    channels: Sequence[str]
    currency: str


def paths_of(
    journeys: Journeys | JourneyBlocks, of: Of, currency: str | None, top: int
) -> Paths:
    """Return the ``top`` paths of deals with touches, repeated steps taken together."""
    journeys = whole_of(journeys)
    span = journeys.span(of)
    met = np.unique(journeys.currency[span]).tolist()
    names = [journeys.currencies[code] for code in met]
    chosen = canvas.one_currency(names, currency, "deals")
    code = journeys.currencies.index(chosen)
    sizes = np.diff(journeys.offsets)
    own = np.flatnonzero((journeys.currency == code) & (sizes > 0))
    part = journeys.taken(own[(own >= span.start) & (own < span.stop)])
    step, known = _steps(part)
    opens = np.ones(part.touch_count, np.bool_)
    segment = ragged.segments_of(part.offsets)
    opens[1:] = (np.diff(step) != 0) | (np.diff(segment) != 0)
    offsets = ragged.offsets_of(ragged.sums(opens, part.offsets))
    wide, more = _padded(step[opens], offsets)
    rows, place = np.unique(np.column_stack([wide, more]), axis=0, return_inverse=True)
    place = place.reshape(-1)
    deals = codes.sum_by(place, part.count, len(rows))
    money = codes.sum_by(place, part.amount, len(rows))
    order = np.lexsort((np.arange(len(rows)), -money, -deals))[:top]
    teams, channels = (
        journeys.touch[name].labels[own].tolist()
        for name, own in zip(("team", "channel"), known, strict=True)
    )
    return Paths(
        rows[order, :-1], rows[order, -1], deals[order],
        money[order] / 10 ** journeys.decimals[code], teams, channels, chosen,
    )  # fmt: skip


def _steps(journeys: Journeys) -> tuple[Ints, list[Ints]]:
    """Return each touch's code of (team, channel), and team and channel of a code."""
    team, channel = journeys.touch["team"], journeys.touch["channel"]
    size = (len(team.labels), len(channel.labels))
    pair, _ = codes.combined([team.codes, channel.codes], size)
    known, step = np.unique(pair, return_inverse=True)
    return step.reshape(-1), list(codes.separated(known, size))


def _padded(step: Ints, offsets: Ints) -> tuple[Ints, Ints]:
    """Return the first steps of each journey, -1 after its end, and how many more."""
    sizes = np.diff(offsets)
    wide = np.full((len(sizes), STEPS), -1, np.int64)
    place = ragged.positions(offsets)
    kept = place < STEPS
    wide[ragged.segments_of(offsets)[kept], place[kept]] = step[kept]
    return wide, np.maximum(sizes - STEPS, 0)


def ribbons(
    journeys: Journeys | JourneyBlocks,
    *,
    ax: Axes | None = None,
    currency: str | None = None,
    of: Of = "won",
    top: int = 8,
) -> Axes:
    """Draw the most frequent journeys as ribbons of steps; return the axes.

    A step is a channel in its team's colour and hatch; steps that repeat are one. How
    many deals went that way, and their money, stand at the end.

    Args:
        journeys: From :func:`attribution.build_journeys` or
            :func:`attribution.open_journeys`.
        ax: Axes to draw on; a new figure's unless given.
        currency: Which one, where the deals are in several.
        of: Which deals.
        top: How many paths.

    Raises:
        InputError: P04 several currencies and none named, P07 no deal.

    Example:
        >>> import attribution as at
        >>> from matplotlib.figure import Figure
        >>> journeys = at.journeys_from_paths(["a > a > b", "b"], wins=[2, 1])
        >>> axes = ribbons(journeys, ax=Figure().subplots())
        >>> [text.get_text() for text in axes.texts][:3]
        ['a', 'b', '2 deals']
    """
    paths = paths_of(journeys, of, currency, top)
    axes = canvas.axes_of(ax, 1.4 * len(paths.deals))
    draw_paths(axes, paths)
    told = f"The {len(paths.deals)} most frequent of {of} deals with touches."
    canvas.caption(axes, f"{told} {journeys.coverage_line()}", given=ax)
    return axes


def draw_paths(ax: Axes, paths: Paths) -> None:
    """Draw the paths below one another, the most frequent on top."""
    teams = sorted(set(paths.teams))
    seen: set[str] = set()
    for row, steps in enumerate(paths.steps.tolist()):
        own = [step for step in steps if step >= 0]
        for at, step in enumerate(own):
            team = paths.teams[step]
            _draw_step(ax, (at, row), teams.index(team), "" if team in seen else team)
            seen.add(team)
            lines = textwrap.wrap(canvas.cut(paths.channels[step], 17), 9) or [""]
            _write(ax, at + 0.5, row, "\n".join(lines), "center")
        more = int(paths.more[row])
        told = _told(int(paths.deals[row]), float(paths.money[row]), paths.currency)
        _write(ax, len(own) + 0.05, row, f"+{more} steps, {told}" if more else told)
    widest = int((paths.steps >= 0).sum(1).max(initial=1))
    ax.set_xlim(0, widest + 2.2)
    ax.set_ylim(max(len(paths.deals), 1) - 0.4, -0.6)
    ax.set_axis_off()
    canvas.legend(ax)


def _draw_step(ax: Axes, corner: tuple[int, int], team: int, label: str) -> None:
    """Draw one step, and the ribbon that leads to it."""
    x, y = corner
    colour = canvas.COLOURS[team % len(canvas.COLOURS)]
    ax.barh(
        y, 1 - GAP, HEIGHT, left=x, color=colour, edgecolor="white", linewidth=0.4,
        hatch=canvas.HATCHES[team % len(canvas.HATCHES)], label=label or None,
    )  # fmt: skip
    if x:
        ax.barh(y, GAP, HEIGHT / 3, left=x - GAP, color=canvas.INK, linewidth=0)


def _write(ax: Axes, x: float, y: float, text: str, align: str = "left") -> None:
    ax.text(
        x - (GAP / 2 if align == "center" else 0), y, text, ha=align, va="center",
        fontsize=canvas.SMALL, parse_math=False, color=canvas.INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
    )  # fmt: skip


def _told(deals: int, money: float, currency: str) -> str:
    many = f"{deals:,} deal{'s' if deals != 1 else ''}"
    return f"{many}, {money:,.0f} {currency}" if money else many

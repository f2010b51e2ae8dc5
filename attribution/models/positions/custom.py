"""Weights of one's own: by place, by channel, or for each number of touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
from pydantic import AfterValidator, BeforeValidator, model_validator

from attribution.arrays import ragged
from attribution.errors import Issue, issue, refuse
from attribution.models.base import Model, Params
from attribution.models.positions import division
from attribution.models.positions import shares as written
from attribution.models.positions.shares import Share

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Floats, Ints
    from attribution.journeys.journeys import Journeys

OTHERS: Final = "*"
"""The name that stands for all channels not named."""


def _rows(given: Any) -> Any:
    """Return a table with touch counts as text, a single weight as a list of one."""
    if not isinstance(given, dict):
        return given
    rows = given.items()
    return {str(k): v if isinstance(v, list | tuple) else (v,) for k, v in rows}


def _counted(given: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    """Return a table in the order of its touch counts.

    Raises:
        InputError: P02: a row without its number of weights, or not of sum 1.
    """
    for name, row in given.items():
        if not name.isdecimal() or int(name) != len(row):
            what = f"custom: table= has {len(row)} weights for {name} touches."
            raise refuse("P02", what, "Give each number of touches as many weights.")
        written.check_whole(f"custom: {name} touches", row)
    return {str(one): given[str(one)] for one in sorted(map(int, given))}


class Custom(Model):
    """Weights of one's own: by place from the front, by channel, or by touch count.

    Exactly one is given. ``positions``: shares of the first touch, the second and so
    on; the touches after them share the rest equally, and a deal with fewer touches
    takes the first ones in proportion. ``channels``: what a touch of a channel weighs,
    ``*`` for all not named, which else weigh 0. ``table``: for each number of touches
    the list of their shares.

    Example:
        >>> Custom(positions=[0.5, 0.2]).label
        'custom:positions=0.5+0.2'
    """

    positions: tuple[Share, ...] | None = None
    channels: (
        Annotated[
            dict[str, Share], AfterValidator(lambda one: dict(sorted(one.items())))
        ]
        | None
    ) = None
    table: (
        Annotated[
            dict[str, tuple[Share, ...]],
            BeforeValidator(_rows),
            AfterValidator(_counted),
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _one(self) -> Custom:
        names = ("positions", "channels", "table")
        named = [name for name in names if getattr(self, name) is not None]
        if len(named) != 1:
            what = f"custom was given {' and '.join(named) or 'nothing'}."
            raise refuse("P02", what, "Give one of positions=, channels= and table=.")
        if self.positions is not None:
            _check_front(self.positions)
        if self.channels is not None and not any(self.channels.values()):
            what = "custom: channels= gives no channel a weight."
            raise refuse("P02", what, "Give at least one a number above 0.")
        return self

    def unfit(self, journeys: Journeys) -> list[Issue]:
        """Return P07 where a deal has a number of touches that ``table`` lacks."""
        if self.table is None:
            return []
        sizes = np.diff(journeys.offsets)
        lacking = np.flatnonzero(~np.isin(sizes, [0, *map(int, self.table)]))
        if not len(lacking):
            return []
        first = int(lacking[0])
        what = (
            f"needs weights for {sizes[first]} touches, as deal "
            f"{journeys.deal_id[first]} has ({len(lacking):,} such deals)."
        )
        remedy = "Add a row to table=, or give positions=, which take any number."
        where = ("models", self.model_name())
        return [issue("P07", "error", where, what, remedy=remedy)]

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats | Ints:
        """Return int64 parts, exact; float64 shares where weights are too fine."""
        del params
        if self.positions is not None:
            found = _from_the_front(self.positions, journeys.offsets)
        elif self.channels is not None:
            found = _by_channel(self.channels, journeys)
        else:
            found = _by_count(self.table or {}, journeys.offsets)
        return division.normalised(found, journeys.offsets)

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the rule, with this deal's numbers."""
        del params
        count = journey.touch_count
        if self.positions is not None:
            return _told_front(self.positions, count)
        if self.channels is not None:
            weights = ", ".join(f"{k} {v:g}" for k, v in self.channels.items())
            rest = "" if OTHERS in self.channels else "; a channel not named weighs 0"
            return (f"A touch weighs as its channel: {weights}{rest}.",)
        row = (self.table or {}).get(str(count), ())
        whole = written.whole_of(row)
        told = ", ".join(written.percent(one / whole) for one in row)
        return (f"Of {count} touches each takes, in order: {told}.",)


def _check_front(positions: tuple[float, ...]) -> None:
    total, whole = sum(written.decimals(positions)), written.whole_of(positions)
    if not positions or total > whole * (1 + written.NOISE):
        what = f"custom: positions= sum to {float(total):.10g}, which is above {whole}."
        raise refuse("P02", what, "Give decimals that sum to 1 at most.")


def _rest(positions: tuple[float, ...]) -> Any:
    """Return what is left for the touches after the listed ones, as a fraction."""
    left = written.whole_of(positions) - sum(written.decimals(positions))
    return max(left, 0 * left)


def _from_the_front(positions: tuple[float, ...], offsets: Ints) -> Array:
    listed = len(positions)
    exact = [*written.decimals(positions), _rest(positions)]
    own = written.numbers(exact)
    sizes = np.diff(offsets)
    many = ragged.spread(np.maximum(sizes - listed, 1), offsets)
    place = np.minimum(ragged.positions(offsets), listed)
    found: Array = own[place] * np.where(place < listed, many, 1)
    nothing = ragged.spread(ragged.sums(found, offsets) == 0, offsets)
    return np.where(nothing, np.ones((), own.dtype), found)


def _by_channel(channels: dict[str, float], journeys: Journeys) -> Array:
    # From all that is named, not from the labels here; the last is for all others.
    own = written.numbers([*channels.values(), channels.get(OTHERS, 0.0)])
    place = {name: at for at, name in enumerate(channels)}
    column = journeys.touch["channel"]
    rows = [place.get(label, -1) for label in column.labels]
    found: Array = own[np.array(rows, np.int64)][column.codes]
    return found


def _by_count(table: dict[str, tuple[float, ...]], offsets: Ints) -> Array:
    rows = [written.numbers(row) for row in table.values()]
    fine = any(row.dtype == np.float64 for row in rows)
    start = np.full(max(map(int, table)) + 1, -1)
    start[list(map(int, table))] = ragged.offsets_of(np.array(list(map(len, rows))))[
        :-1
    ]
    flat = np.concatenate(rows).astype(np.float64 if fine else np.int64)
    sizes = np.diff(offsets)
    known = np.where(sizes < len(start), start[np.minimum(sizes, len(start) - 1)], -1)
    first = ragged.spread(known, offsets)
    place = np.where(first >= 0, first + ragged.positions(offsets), 0)
    found: Array = np.where(first >= 0, flat[place], 0)
    return found


def _told_front(positions: tuple[float, ...], count: int) -> tuple[str, ...]:
    whole = written.whole_of(positions)
    told = ", ".join(written.percent(one / whole) for one in positions[:count])
    rule = f"The first touches take, in order: {told}"
    if count > len(positions):
        left = written.percent(_rest(positions) / whole)
        return (f"{rule}; the other {count - len(positions)} share {left} equally.",)
    if count < len(positions):
        return (f"{rule}; with {count} touches these are made to sum to 100 %.",)
    return (f"{rule}, made to sum to 100 %.",)

"""Weights into cents: the only room that turns weights into money."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import codes, money, plain, ragged
from attribution.arrays.buckets import Buckets
from attribution.errors import InputError, issue
from attribution.models.base import Model

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array, Bools, Floats, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.models.fitted import Fitted

TOLERANCE: Final = 1e-9
"""How far the weights of a deal may be from a sum of 1."""

MOST_PARTS: Final = 2**62
"""The integer parts of a deal sum to less than this."""

WIN_UNITS: Final = 2**32
"""Units of one deal in which wins are summed."""

SMALLEST, LARGEST = 2.0**-600, 2.0**600
"""Proportions that sum to less or more in a deal are not taken as they are."""


def weights_of(fitted: Fitted, block: Journeys) -> Floats | Ints:
    """Return the model's weights of a block, checked: float64 shares or int64 parts.

    Raises:
        InputError: J07: a weight that is NaN, infinite or negative, weights of a deal
            that do not sum to 1, or another number of weights than touches; names
            model and deal.
    """
    weights: Array = np.asarray(fitted.model.weigh(block, fitted.params))
    touches = block.touch_count
    if weights.shape != (touches,) or weights.dtype.kind not in "fiu":
        what = f"gave {weights.dtype} weights of shape {weights.shape}."
        raise _fault(fitted, what, f"Give one number for each of {touches} touches.")
    kind = np.float64 if weights.dtype.kind == "f" else np.int64
    weights = weights.astype(kind, copy=False)
    few = plain.is_few(touches, len(block))
    if few and _few_are_good(weights, block.offsets):
        return weights
    bad = _bad(weights, block.offsets)
    if np.count_nonzero(bad):
        _refuse(fitted, block, weights, bad)
    return weights


def _few_are_good(weights: Floats | Ints, offsets: Ints) -> bool:
    """Return whether no weight of a few touches is bad, in plain Python."""
    given, whole = weights.tolist(), weights.dtype == np.int64
    for first, last in pairwise(offsets.tolist()):
        own = given[first:last]
        total = sum(own)
        sound = total < MOST_PARTS if whole else abs(total - 1) <= TOLERANCE
        if not (sound or total == 0) or min(own, default=0) < 0:
            return False
    return True


def divides(fitted: Fitted) -> bool:
    """Return whether the model divides deals; else one touch takes each whole deal."""
    return type(fitted.model).weigh is not Model.weigh


def sole_of(fitted: Fitted, block: Journeys) -> Ints | None:
    """Return the touch that takes each whole deal, -1 for none; None if any divides.

    Raises:
        InputError: J07: a touch that is not the deal's own.
    """
    if divides(fitted):
        return None
    sole = fitted.model.sole_touch(block, fitted.params)
    if sole is None:
        return None
    first, last = block.offsets[:-1], block.offsets[1:]
    own = sole.shape == first.shape and ((sole == -1) | (sole >= first) & (sole < last))
    if not np.all(own):
        what = "names touches of other deals, or not one for each deal."
        raise _fault(fitted, what, "Give each deal a touch of its own, or -1.")
    return sole


def _bad(weights: Array, offsets: Ints) -> Bools:
    """Return the deals whose weights are none, bool, (journeys,)."""
    if weights.dtype == np.int64 and ragged.constant(weights):
        part = float(weights[0])
        if 0 <= part * len(weights) < MOST_PARTS:
            return np.zeros(len(offsets) - 1, np.bool_)
        sums = part * np.diff(offsets)
        constant: Bools = (sums >= MOST_PARTS) | (sums < 0)
        return constant
    if weights.dtype == np.int64:
        bad = _beyond(weights, offsets)
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            sums = ragged.rough_sums(weights, offsets)
        # A NaN fails every comparison, so the sum of bad weights is never found good.
        bad = ~(np.abs(sums - 1) <= TOLERANCE) & (sums != 0)
    good = weights >= 0
    if np.count_nonzero(good) < len(good):
        bad |= ragged.sums(~good, offsets) > 0
    return bad


def _beyond(parts: Array, offsets: Ints) -> Bools:
    """Return the deals whose parts sum to 2^62 or more."""
    if float(parts.max(initial=0)) * len(parts) < MOST_PARTS:
        return np.zeros(len(offsets) - 1, np.bool_)
    sums = ragged.sums(parts, offsets)
    large = ragged.sums(parts.astype(np.float64), offsets)
    beyond: Bools = (sums >= MOST_PARTS) | (large >= 2.0 * MOST_PARTS)
    return beyond


def _fault(fitted: Fitted, what: str, remedy: str) -> InputError:
    where = ("models", fitted.label)
    return InputError([issue("J07", "error", where, what, remedy=remedy)])


def _refuse(fitted: Fitted, block: Journeys, weights: Array, bad: Bools) -> None:
    places = np.flatnonzero(bad)
    first = int(places[0])
    own = weights[block.offsets[first] : block.offsets[first + 1]]
    if not np.isfinite(own).all():
        fault = "a weight that is NaN or infinite"
    elif (own < 0).any():
        fault = "a negative weight"
    else:
        fault = f"weights that sum to {sum(own.tolist())!r}"
    what = f"gave deal {block.deal_id[first]} {fault} ({len(places)} such deals)."
    raise _fault(
        fitted, what, "Weights are >= 0 and sum to 1, or parts to less than 2^62."
    )


def credits_of(block: Journeys, weights: Floats | Ints) -> Ints:
    """Return each touch's credit in minor units, int64, (touches,)."""
    return money.allocate(block.amount, block.offsets, weights)


def shares_of(block: Journeys, weights: Floats | Ints) -> Floats:
    """Return the weights as float64 shares of their deals, 0 where there is none."""
    if weights.dtype == np.float64:
        return np.asarray(weights, np.float64)
    if plain.is_few(len(weights), len(block)):
        return _few_shares(weights.tolist(), block.offsets.tolist())
    sums = np.maximum(sums_of(block, weights), 1)
    return np.asarray(weights / ragged.spread(sums, block.offsets), np.float64)


def _few_shares(parts: list[int], cuts: list[int]) -> Floats:
    """Return the shares of a few touches, divided in plain Python to the same bits."""
    shares: list[float] = []
    for first, last in pairwise(cuts):
        own = parts[first:last]
        total = float(max(sum(own), 1))
        shares += [float(part) / total for part in own]
    return np.array(shares, np.float64)


def sums_of(block: Journeys, weights: Floats | Ints) -> Array:
    """Return the sum of each deal's weights, (journeys,)."""
    if not ragged.constant(weights):
        return ragged.sums(weights, block.offsets)
    sizes = block.offsets[1:] - block.offsets[:-1]
    return sizes if weights[0] == 1 else np.asarray(sizes * weights[0])


def factors_of(fitted: Fitted, block: Journeys) -> tuple[Floats | None, Floats, Bools]:
    """Return weights, what makes those of each deal sum to 1, and who has any.

    The weights are as the model has them before they are made to sum to 1, where it
    says so: float totals need no second pass over the touches.

    Returns:
        float64, (touches,), None where every one is 1; float64, (journeys,); bool,
        (journeys,).

    Raises:
        InputError: J07: as :func:`weights_of`.
    """
    rough = _proportions(fitted, block)
    if rough is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            sums = ragged.rough_sums(rough, block.offsets)
        weighted = sums > 0
        sums[~weighted] = 1.0
        if sums.min(initial=1.0) > SMALLEST and sums.max(initial=1.0) < LARGEST:
            return rough, 1.0 / sums, weighted
    weights: Array = weights_of(fitted, block)
    if weights.dtype == np.float64:
        return weights, np.ones(len(block)), has_weight(block, weights)
    sums = sums_of(block, weights)
    weighted = sums > 0
    each = 1.0 / (sums if weighted.all() else np.maximum(sums, 1))
    if ragged.constant(weights) and weights[0] == 1:
        return None, each, weighted
    return weights.astype(np.float64), each, weighted


def _proportions(fitted: Fitted, block: Journeys) -> Floats | None:
    """Return the model's proportions, None unless they are one >= 0 for each touch.

    A class that weighs in a way of its own has none of those that it inherits.
    """
    says, heirs = {"weigh", "proportions"}, type(fitted.model).__mro__
    if "proportions" not in vars(next(one for one in heirs if says & vars(one).keys())):
        return None
    rough = fitted.model.proportions(block, fitted.params)
    if rough is None or rough.shape != (block.touch_count,):
        return None
    return rough if rough.dtype == np.float64 and rough.min(initial=0.0) >= 0 else None


def _win_units(count: Ints, weights: Floats | Ints, laid: Buckets) -> Ints:
    """Return the deals credited to each place, int64 in units of 2^-32 deal, (places,).

    The units of a journey sum to those of its ``count`` deals, int64 (journeys,); what
    rounding leaves goes to the first of its largest weights.
    """
    shares = _shares_of_places(weights, laid)
    whole = count[laid.segments] * WIN_UNITS
    units = np.rint(laid.times(shares, whole)).astype(np.int64)
    left, largest = whole - laid.sums(units), np.empty(len(whole), np.int64)
    for bucket in laid.each:
        top = bucket.table(shares).max(0)
        left[bucket.columns] *= top > 0
        largest[bucket.columns] = bucket.first_of(shares, top)
    units[largest] += left
    return units


def _shares_of_places(weights: Floats | Ints, laid: Buckets) -> Floats:
    """Return the weights, (places,), as float64 shares of their journeys."""
    if weights.dtype == np.float64:
        return np.asarray(weights, np.float64)
    shares, sums = np.empty(len(weights)), np.maximum(laid.sums(weights), 1)
    for bucket in laid.each:
        own, whole = bucket.table(weights), sums[bucket.columns]
        np.divide(own, whole, out=bucket.table(shares))
    return shares


def divided_totals(
    block: Journeys, weights: Floats | Ints, place: Array, count: int
) -> tuple[Ints, Ints]:
    """Return exact totals by cell of revenue and of wins, int64 (cells,) each.

    What :func:`credits_of` sums up to, with no column of credits.

    Args:
        block: The journeys.
        weights: (touches,), checked.
        place: The cell of each touch, (touches,).
        count: How many cells there are.
    """
    laid = Buckets.of(block.offsets)
    own, cells = laid.take(weights), laid.take(place)
    revenue = codes.sum_by(cells, money.divided(block.amount, own, laid), count)
    return revenue, codes.sum_by(cells, _win_units(block.count, own, laid), count)


def equal_totals(block: Journeys, place: Array, count: int) -> tuple[Array, Array]:
    """Return exact totals by cell where all touches of a deal weigh the same.

    What :func:`credits_of` sums up to, and wins, int64 (cells,) each, with no column
    of credits: the first touches of a deal that take one unit more are a segment, and
    the others are one.
    """
    offsets, whole = block.offsets, block.count * WIN_UNITS
    sizes = offsets[1:] - offsets[:-1]
    divisor = np.maximum(sizes, 1)
    units, more, many = money.equal_units(block.amount, divisor)
    each = np.rint(whole * (1 / divisor)).astype(np.int64)
    sums_by = partial(codes.products_by, place, ragged.cut(offsets, many), None)
    if _sums_are_exact(block):
        column = np.empty((len(block), 2), np.complex128)
        column.real[:, 0], column.real[:, 1] = units + more, units
        column.imag[:, 0], column.imag[:, 1] = each, each
        sums = sums_by(column.ravel(), count)
        revenue, wins = sums.real.astype(np.int64), sums.imag.astype(np.int64)
    else:
        revenue = sums_by(ragged.in_turn(units + more, units), count)
        wins = sums_by(ragged.in_turn(each, each), count)
    first, rest = offsets[:-1], whole - sizes * each
    if np.count_nonzero(sizes) < len(sizes):
        first, rest = first[sizes > 0], rest[sizes > 0]
    return revenue, wins + codes.sum_by(place[first], rest, count)


def _sums_are_exact(block: Journeys) -> bool:
    """Return whether float64 holds every sum of the block's money and of its wins."""
    paid = float(np.abs(block.amount).sum(dtype=np.float64))
    return 2 * max(paid, float(block.count.sum()) * WIN_UNITS) < codes.EXACT


def has_weight(block: Journeys, weights: Floats | Ints) -> Bools:
    """Return which deals have a touch with a weight, bool, (journeys,)."""
    one = weights[:1] if ragged.constant(weights) else weights
    if one.min(initial=1) > 0:
        some: Bools = block.offsets[1:] > block.offsets[:-1]
        return some
    found: Bools = ragged.sums(weights > 0, block.offsets) > 0
    return found

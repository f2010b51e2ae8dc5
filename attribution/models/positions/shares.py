"""Shares as they are written: decimals or percentages, and the integers they mean."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
from pydantic import Field, PlainSerializer

from attribution.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attribution.arrays.ragged import Array

FINE: Final = 1_000_000
"""Integers that sum to more than this are handed on as float64 shares."""

NOISE: Final = Fraction(1, 10**9)
"""How far shares may be from their whole."""


def _shortest(value: float) -> float:
    return int(value) if value.is_integer() else value


Share = Annotated[
    float, Field(ge=0), PlainSerializer(_shortest, return_type=int | float)
]
"""A parameter that is a share: 0 or more, written without a needless ``.0``."""


def decimals(shares: Iterable[float]) -> list[Fraction]:
    """Return each share as the shortest decimal that it is.

    Example:
        >>> decimals([0.1, 22.5])
        [Fraction(1, 10), Fraction(45, 2)]
    """
    return [Fraction(repr(float(share))) for share in shares]


def whole_of(shares: Iterable[float]) -> int:
    """Return what shares are parts of: 1, or 100 where one of them is above 1.

    Example:
        >>> whole_of([0.4, 0.2, 0.4]), whole_of([40, 20, 40])
        (1, 100)
    """
    return 100 if any(share > 1 for share in shares) else 1


def integers(shares: Iterable[float | Fraction]) -> list[int]:
    """Return the smallest integers in the proportion of the shares.

    Example:
        >>> integers([0.225, 0.225, 0.225, 0.225, 0.1])
        [9, 9, 9, 9, 4]
    """
    exact = [s if isinstance(s, Fraction) else Fraction(repr(float(s))) for s in shares]
    scale = math.lcm(*(one.denominator for one in exact))
    whole = [int(one * scale) for one in exact]
    common = math.gcd(*whole) or 1
    return [one // common for one in whole]


def numbers(shares: Iterable[float | Fraction]) -> Array:
    """Return shares as int64 parts, as float64 where the parts were too fine.

    Example:
        >>> numbers([0.4, 0.2, 0.4])
        array([2, 1, 2])
    """
    whole = integers(shares)
    total = sum(whole)
    if total <= FINE:
        return np.array(whole, np.int64)
    return np.array([one / total for one in whole], np.float64)


def check_whole(model: str, shares: Sequence[float]) -> None:
    """Check that shares sum to 1, or to 100 where they are percentages.

    Raises:
        InputError: P02: they sum to something else.
    """
    total, whole = sum(decimals(shares), Fraction(0)), whole_of(shares)
    if abs(total - whole) <= NOISE * whole:
        return
    what = f"{model}: the shares sum to {float(total):.10g}, not {whole}."
    remedy = "Give decimals that sum to 1, or percentages that sum to 100."
    raise refuse("P02", what, remedy, where="models")


def percent(share: float | Fraction) -> str:
    """Return a share of 1 as text in percent.

    Example:
        >>> percent(0.225), percent(Fraction(1, 3))
        ('22.5 %', '33.33 %')
    """
    return f"{100 * float(share):.4g} %"

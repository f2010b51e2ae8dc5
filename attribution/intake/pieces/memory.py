"""How much memory a block takes, and how large it may be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attribution.errors import InputError, refuse

if TYPE_CHECKING:
    from attribution.errors import Issue

BLOCK: Final = 1 << 20
"""Touches of a block where nobody asks for another size."""

TOUCH: Final = 1_000
"""Bytes that a touch takes while its block is built, measured at its peak."""

DEAL: Final = 2_500
"""Bytes that a deal takes, deals being held whole."""

BASE: Final = 128 << 20
"""Bytes that are taken in any case."""

UNITS: Final = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
SHAPE: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", re.IGNORECASE)


def bytes_of(value: object) -> int:
    """Return an amount of memory in bytes: a number, or text such as ``"2GB"``.

    Raises:
        InputError: P04: it is neither, or not positive.

    Example:
        >>> bytes_of("1.5 GB"), bytes_of("2GiB"), bytes_of(1000)
        (1500000000, 2147483648, 1000)
    """
    if type(value) is int and value > 0:
        return value
    fits = SHAPE.fullmatch(value) if isinstance(value, str) else None
    if fits is not None and float(fits[1]) > 0:
        unit = fits[2].lower()
        power = " kmgt".index(unit) if unit else 0
        return int(float(fits[1]) * (1024**power if fits[3] else UNITS[unit]))
    what = f"max_memory={value!r} is no amount of memory."
    raise refuse("P04", what, "Write bytes, or for example '2GB'.", where="max_memory")


def told(size: float) -> str:
    """Return bytes as text that :func:`bytes_of` reads.

    Example:
        >>> told(1_540_000_000), told(64 << 20)
        ('1.6GB', '68MB')
    """
    if size >= UNITS["g"]:
        return f"{-(-size // 10**8) / 10:.1f}GB"
    return f"{-(-size // 10**6):.0f}MB"


def read_sizes(
    max_memory: object, block: object, faults: list[Issue]
) -> tuple[int | None, int | None]:
    """Return the limit in bytes and the touches of a block, as asked for (P04)."""
    limit = None
    if max_memory is not None:
        try:
            limit = bytes_of(max_memory)
        except InputError as error:
            faults += error.issues
    if block is not None and (type(block) is not int or block < 1):
        what = f"block={block!r} is no number of touches."
        faults += refuse("P04", what, "Give 1 or more.", where="block").issues
        block = None
    return limit, block


def block_of(limit: int | None, block: int | None, deals: int) -> int:
    """Return how many touches a block may have.

    Raises:
        InputError: F09 (a ``MemoryError`` too): the deals, or a block of that size,
            would pass the limit.

    Example:
        >>> block_of(None, None, 10) == BLOCK
        True
    """
    if limit is None:
        return block or BLOCK
    fixed = BASE + deals * DEAL
    most = (limit - fixed) // TOUCH
    if most < 1:
        what = f"{deals:,} deals, which are held whole, would pass {told(limit)}."
        remedy = f"Give at least max_memory={told(fixed + BLOCK * TOUCH)!r}."
        raise refuse("F09", what, remedy, where="max_memory")
    if block is not None and block > most:
        what = (
            f"a block of {block:,} touches takes about {told(fixed + block * TOUCH)}, "
            f"which passes {told(limit)}."
        )
        raise refuse("F09", what, f"Give block={most} or less.", where="max_memory")
    return min(block or BLOCK, most)


def check_largest(limit: int | None, largest: int, deals: int) -> None:
    """Raise F09 where touches that stay together pass the limit.

    Raises:
        InputError: F09.

    Example:
        >>> check_largest(None, 10**9, 10**6)
    """
    needed = BASE + deals * DEAL + largest * TOUCH
    if limit is None or needed <= limit:
        return
    what = (
        f"{largest:,} touches hang together by account, person or touch id and take "
        f"about {told(needed)}, which passes {told(limit)}."
    )
    remedy = f"Give max_memory={told(needed)!r}, or take fewer links (links=)."
    raise refuse("F09", what, remedy, where="max_memory")

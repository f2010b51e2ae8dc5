"""How much memory a block takes, and how large it may be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attribution.errors import InputError, refuse

if TYPE_CHECKING:
    from attribution.errors import Issue

BLOCK: Final = 1 << 20
"""Touches of a block where nobody asks for another size."""

CELL: Final = 200
"""Bytes that a touch takes for each column that is read, while its block is built.

Measured at the peak, with 4 to 13 columns of CSV and Parquet.
"""

DEAL: Final = 2_500
"""Bytes that a deal takes, deals being held whole."""

LARGER: Final = 1.25
"""How much larger than asked for a block may be, since deals stay together."""

BASE: Final = 192 << 20
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


@dataclass(frozen=True)
class Budget:
    """How much memory there is: ``limit`` bytes, None for as much as it takes.

    ``deals`` are held whole; ``columns`` are read of the touches.
    """

    limit: int | None
    deals: int
    columns: int

    def needed(self, touches: int) -> int:
        """Return the bytes that a block of so many touches takes, about.

        Example:
            >>> Budget(None, 0, 5).needed(1) - BASE
            1000
        """
        return BASE + self.deals * DEAL + touches * self.columns * CELL

    def block_of(self, block: int | None) -> int:
        """Return how many touches a block may have, ``block`` if it is asked for.

        Raises:
            InputError: F09 (a ``MemoryError`` too): the deals, or a block of that size,
                would pass the limit.

        Example:
            >>> Budget(None, 10, 5).block_of(None) == BLOCK
            True
        """
        if self.limit is None:
            return block or BLOCK
        each = self.columns * CELL * LARGER
        most = int((self.limit - self.needed(0)) / each)
        if most < 1:
            what = (
                f"{self.deals:,} deals, which are held whole, would pass "
                f"{told(self.limit)}."
            )
            remedy = f"Give at least max_memory={told(self.needed(2 * BLOCK))!r}."
            raise refuse("F09", what, remedy, where="max_memory")
        if block is not None and block > most:
            needed = told(self.needed(int(block * LARGER)))
            what = (
                f"a block of {block:,} touches takes about {needed}, which passes "
                f"{told(self.limit)}."
            )
            raise refuse("F09", what, f"Give block={most} or less.", where="max_memory")
        return min(block or BLOCK, most)

    def check_largest(self, largest: int) -> None:
        """Raise F09 where ``largest`` touches that stay together pass the limit.

        Raises:
            InputError: F09.

        Example:
            >>> Budget(None, 10**6, 5).check_largest(10**9)
        """
        needed = self.needed(largest)
        if self.limit is None or needed <= self.limit:
            return
        what = (
            f"{largest:,} touches hang together by account, person or touch id and "
            f"take about {told(needed)}, which passes {told(self.limit)}."
        )
        remedy = f"Give max_memory={told(needed)!r}, or take fewer links (links=)."
        raise refuse("F09", what, remedy, where="max_memory")

"""Memory that blocks of journeys use one after another."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

LARGEST: Final = 31 << 20
"""Bytes of the largest array whose memory is used again."""


@cache
def reuse() -> None:
    """Let the memory of freed arrays be used again by this process.

    glibc gives a large array back to the system when it is freed, and the next one is
    made of pages that come in anew, which takes longer than most sums over it. It does
    so only above the largest size that was freed before (``mallopt(3)``,
    ``M_MMAP_THRESHOLD``): one array of that size, which nothing touches, is enough.
    Elsewhere this does nothing.

    Example:
        >>> reuse()
    """
    np.empty(LARGEST, np.uint8)

"""How many examples a property tries, by what is asked for."""

from __future__ import annotations

from typing import Final

from hypothesis import settings

QUICK: Final = 5
"""Examples of a property in the quick suite."""


def examples(whole: int, quick: int = 3) -> settings:
    """Return so many examples in the whole suite, and fewer in the quick one."""
    hurried = settings.default is not None and settings.default.max_examples == QUICK
    return settings(max_examples=min(whole, quick) if hurried else whole)

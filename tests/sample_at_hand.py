"""The shipped sample, read once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import attribution as at

if TYPE_CHECKING:
    import pandas as pd


@cache
def sample() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return its touches, deals and contacts, which no test changes."""
    touches, deals, contacts = at.sample()
    return touches, deals, contacts


@cache
def sample_journeys(**options: Any) -> at.Journeys:
    """Return its journeys, built with these options."""
    touches, deals, contacts = sample()
    return at.build_journeys(touches, deals, contacts=contacts, **options)

"""The data shipped in the package: a made-up B2B seller's touches and deals."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from attribution.doors.files import read_table
from attribution.doors.frames.output import timed

if TYPE_CHECKING:
    import pandas as pd

TIMES = {
    "touches": ("time",),
    "deals": ("created_at", "lead_at", "mql_at", "opportunity_at", "closed_at"),
    "contacts": (),
}


def sample() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the shipped ``touches``, ``deals`` and ``contacts``, pandas frames.

    A made-up software seller over eighteen months: both teams, five reps, campaigns,
    milestones, process steps, two currencies; some deals have no touch and some rows
    are to be set aside. Times are UTC, amounts float64 major units.

    Example:
        >>> import attribution as at
        >>> touches, deals, contacts = at.sample()
        >>> sorted(touches["team"].unique())
        ['marketing', 'sales']
    """
    touches, deals, contacts = (_table(name) for name in TIMES)
    return touches, deals.assign(amount=deals["amount"].astype(float)), contacts


def _table(name: str) -> pd.DataFrame:
    with as_file(files("attribution").joinpath("data", f"{name}.csv")) as path:
        return timed(read_table(path), TIMES[name])

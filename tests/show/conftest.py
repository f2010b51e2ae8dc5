"""Deals of two currencies and teams to draw, and figures closed afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Iterator

TIME = pd.Timestamp("2026-01-01T09:00Z")


def table_of(paths: list[list[tuple[str, str]]]) -> pd.DataFrame:
    """Return a touch a (team, channel) of each path, a day apart, deals D0, D1, …"""
    rows = [
        {
            "touch_id": f"t{deal}-{place}",
            "deal_id": f"D{deal}",
            "time": TIME + pd.Timedelta(days=place),
            "team": team,
            "channel": channel,
            "campaign": f"campaign of {channel}",
            "rep": "Ana" if team == "sales" else None,
            "contact_id": f"person{deal}@buyer.example",
        }
        for deal, path in enumerate(paths)
        for place, (team, channel) in enumerate(path)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def journeys() -> at.Journeys:
    """Twelve won deals in EUR, two in USD, one without a touch, two lost."""
    ad, call, demo = ("marketing", "ad"), ("sales", "call"), ("sales", "demo")
    paths = [[ad, call], [ad, demo, call], [call]] * 4 + [[ad, call], [demo], [ad]]
    deals = pd.DataFrame(
        {
            "deal_id": [f"D{at}" for at in range(17)],
            "amount": [100.10 + at for at in range(17)],
            "currency": ["EUR"] * 12 + ["USD"] * 2 + ["EUR"] * 3,
            "outcome": ["won"] * 14 + ["lost", "won", "lost"],
            "closed_at": pd.Timestamp("2026-03-01T00:00Z"),
        }
    )
    return at.build_journeys(table_of(paths), deals)


@pytest.fixture(scope="session")
def credits(journeys: at.Journeys) -> at.Credits:
    """The credit of those deals under three rules."""
    return at.attribute(journeys, ["linear", "first_touch", "last_touch"])


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Close the figures that pyplot holds."""
    yield
    from matplotlib import pyplot as plt

    plt.close("all")

"""Tables whose columns are read side by side, and the same read one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import attribution as at
from attribution.arrays import cores
from attribution.intake.checks import columns

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys


def flawed() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return tables with something to find in most columns."""
    touches = pd.DataFrame(
        {
            "deal_id": ["d1", "D1", "d2", None, "d2", "d2"],
            "time": [
                "2026-01-02",
                "2026-01-03",
                "2026-01-03T10:00",
                *3 * ["2026-01-05"],
            ],
            "channel": ["email", None, "e\u0301vent", "\u00e9vent", "call", "call"],
            "team": ["sales", "Marketing", "sales", "sales", "sales", "sales"],
            "cost": [1.5, None, 2.0, 0.0, 1.0, 1.0],
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": ["d1", "d2", "D1"],
            "amount": [100.0, None, 5.0],
            "outcome": ["won", "lost", None],
            "closed_at": ["2026-01-04", "2026-01-06", None],
            "created_at": ["2026-01-05", None, None],
            "region": ["north", None, "south"],
        }
    )
    return touches, deals


def built(deals: pd.DataFrame | None = None) -> Journeys:
    """Return the journeys of the flawed tables."""
    touches, own = flawed()
    return at.build_journeys(touches, own if deals is None else deals, currency="EUR")


def on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the smallest tables be read side by side."""
    monkeypatch.setattr(cores, "MANY", 1)
    monkeypatch.setattr(cores, "BLOCK", 2)
    monkeypatch.setattr(cores, "cores", lambda: 3)
    monkeypatch.setattr(columns, "MANY", 1)


def test_what_is_found_stands_in_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = built()
    on_threads(monkeypatch)
    beside = built()
    assert len(alone.issues) > 5
    pd.testing.assert_frame_equal(beside.issues, alone.issues)
    pd.testing.assert_frame_equal(beside.to_frame(), alone.to_frame())
    pd.testing.assert_frame_equal(beside.deals(), alone.deals())


def test_all_errors_are_told_at_once_in_one_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deals = flawed()[1].assign(deal_id=[1.5, 2.5, 3.5], amount=-1.0, outcome="sold")
    with pytest.raises(at.InputError) as alone:
        built(deals)
    on_threads(monkeypatch)
    with pytest.raises(at.InputError) as beside:
        built(deals)
    assert len(alone.value.issues) > 2
    assert beside.value.issues == alone.value.issues

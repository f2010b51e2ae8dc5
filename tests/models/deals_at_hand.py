"""One deal written down: its touches by channel and time, its dates, its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

import attribution as at

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys

CLOSE = pd.Timestamp("2026-06-01T12:00:00Z")


def deal(
    touches: list[tuple[str, Any]],
    *,
    amount: float = 100,
    teams: dict[str, str] | None = None,
    options: dict[str, Any] | None = None,
    **dates: Any,
) -> Journeys:
    """Return a won deal; a touch's time is one, or days before the close."""
    rows = pd.DataFrame(
        {
            "deal_id": "d",
            "channel": [channel for channel, _ in touches],
            "team": [(teams or {}).get(channel, "marketing") for channel, _ in touches],
            "time": [
                CLOSE - pd.Timedelta(days=at) if isinstance(at, int | float) else at
                for _, at in touches
            ],
            "touch_id": range(len(touches)),
        }
    )
    own = {"deal_id": "d", "amount": amount, "outcome": "won", "closed_at": CLOSE}
    frame = pd.DataFrame({name: [value] for name, value in {**own, **dates}.items()})
    return at.build_journeys(rows, frame, currency="EUR", **(options or {}))


def path(count: int, **dates: Any) -> Journeys:
    """Return a deal of so many touches, a day apart, the last at the close."""
    touches = [(f"t{at + 1}", count - 1 - at) for at in range(count)]
    return deal(touches, **dates)


def before(days: float) -> pd.Timestamp:
    """Return the instant so many days before the close."""
    return CLOSE - pd.Timedelta(days=days)


def weights(journeys: Journeys, model: str | at.Model) -> list[float]:
    """Return the weights of the touches, in journey order."""
    found: list[float] = at.attribute(journeys, model).lines()["weight"].tolist()
    return found


def by_channel(journeys: Journeys, model: str | at.Model) -> dict[str, float]:
    """Return what each channel takes, in minor units."""
    lines = at.attribute(journeys, model).lines()
    found = lines.groupby("channel")["credit_minor"].sum()
    return {str(name): int(minor) for name, minor in found.items()}

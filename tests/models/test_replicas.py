"""Many fits at once, and journeys that a model cannot tell apart: as one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.arrays import ragged
from attribution.models import registry

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats, Ints
    from attribution.journeys.journeys import Journeys

ALIKE = (
    "shapley",
    "shapley:worth=win_rate",
    "shapley:worth=win_rate,players=team",
    "shapley:worth=win_rate,levels=team+channel",
)
"""Models that say which journeys look alike."""

DRAWS = 5


def generated(deals: int, channels: int, seed: int) -> Journeys:
    """Return won, lost and open deals of up to five touches, some process steps."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 6, deals)
    deal = np.repeat(np.arange(deals), lengths)
    channel = rng.integers(0, channels, len(deal))
    touches = pd.DataFrame(
        {
            "deal_id": deal,
            "time": pd.Timestamp("2026-01-01T00:00Z")
            + pd.to_timedelta(rng.integers(0, 10**6, len(deal)), "s"),
            "team": np.where(channel % 2, "sales", "marketing"),
            "channel": [f"c{one:02}" for one in channel],
        }
    )
    table = pd.DataFrame(
        {
            "deal_id": np.arange(deals),
            "amount": rng.integers(1, 10**5, deals),
            "outcome": rng.choice(["won", "lost", "open"], deals, p=[0.5, 0.4, 0.1]),
            "closed_at": pd.Timestamp("2026-03-01T00:00Z"),
        }
    )
    return at.build_journeys(touches, table, process=["c00"], as_of="2026-04-01")


def weights_of(model: at.Model, journeys: Journeys, number: Ints) -> Floats | None:
    """Return the weights of the won touches in every draw, however they are made."""
    found = model.summed(journeys)
    if found is None:
        return model.replicate(journeys, number)
    closed = number[: journeys.span("lost").stop].astype(np.float64)
    sums = np.zeros((found.size, number.shape[1]))
    np.add.at(sums, found.feature, closed[ragged.segments_of(found.offsets)])
    effects = found.solve(sums)
    weights = np.append(effects, np.zeros((1, number.shape[1])), axis=0)[found.player]
    offsets = journeys.offsets[: journeys.span("won").stop + 1]
    deal = ragged.segments_of(offsets)
    whole = np.array([np.bincount(deal, one, len(offsets) - 1) for one in weights.T]).T
    shares: Floats = weights / np.where(whole > 0, whole, 1.0)[deal]
    return shares


@pytest.mark.slow
@pytest.mark.parametrize(
    "model", [at.models.Shapley(worth="win_rate"), at.models.Markov()]
)
@given(st.integers(1, 25), st.sampled_from([1, 3, 6, 14]), st.integers(0, 999))
def test_many_fits_at_once_weigh_as_one_by_one(
    model: at.Model, deals: int, channels: int, seed: int
) -> None:
    journeys = generated(deals, channels, seed)
    number = np.random.default_rng(seed).integers(0, 4, (deals, DRAWS))
    found = weights_of(model, journeys, number)
    assert found is not None
    assert found.shape == (journeys.offsets[journeys.span("won").stop], DRAWS)
    for draw in range(DRAWS):
        chosen = np.flatnonzero(number[:, draw])
        part = replace(journeys.taken(chosen), count=number[chosen, draw])
        won = part.block(0, part.span("won").stop)
        lost = part.span("lost").stop - len(won)
        if not len(won) or not (lost or "lost" not in model.requires()):
            continue
        plain = model.weigh(won, at.fit(part, model).params)
        place, _ = ragged.gather(journeys.offsets, chosen[: len(won)])
        assert found[place, draw] == pytest.approx(plain, abs=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        at.models.Linear(),
        at.models.Shapley(),
        at.models.Shapley(worth="win_rate", negative="raise"),
        at.models.Shapley(worth="win_rate", levels=("team", "channel")),
        at.models.Markov(order=2),
    ],
    ids=lambda model: model.label,
)
def test_games_of_levels_and_chains_of_high_order_are_fitted_one_by_one(
    model: at.Model,
) -> None:
    journeys = generated(9, 3, 1)
    assert weights_of(model, journeys, np.ones((9, 2), np.int64)) is None


def test_more_players_than_a_table_holds_are_fitted_one_by_one() -> None:
    journeys, number = generated(200, 16, 1), np.ones((200, 2), np.int64)
    assert at.models.Shapley(worth="win_rate").replicate(journeys, number) is None
    assert at.models.Markov().summed(journeys) is not None
    assert at.models.Markov().summed(generated(400, 140, 1)) is None


@pytest.mark.parametrize("text", ALIKE)
def test_journeys_of_one_state_weigh_alike_slot_by_slot(text: str) -> None:
    journeys = generated(120, 3, 2)
    model = registry.parse(text)
    seen = model.alike(journeys)
    assert seen is not None
    fitted = at.fit(journeys, model)
    won = journeys.block(0, journeys.span("won").stop)
    weights = np.asarray(fitted.model.weigh(won, fitted.params), np.float64)
    deal = ragged.segments_of(won.offsets)
    total = np.bincount(deal, weights, len(won))[deal]
    slots = seen.slot[: len(weights)]
    assert (weights[slots < 0] == 0).all()
    frame = pd.DataFrame(
        {
            "deal": deal,
            "state": seen.state[deal],
            "slot": slots,
            "weight": weights / np.where(total > 0, total, 1),
        }
    )[slots >= 0]
    each = frame.groupby(["state", "slot", "deal"])["weight"]
    assert (each.max() - each.min()).max() < 1e-12
    whole = each.sum().groupby(["state", "slot"])
    assert (whole.max() - whole.min()).max() < 1e-9
    assert (whole.size() > 1).any()

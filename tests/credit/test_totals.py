"""Totals by cell: exact ones against plain deals, float ones against weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import oracles
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.arrays import buckets, ragged
from attribution.credit import allocate
from attribution.errors import InputError
from attribution.models import time_decay
from attribution.models.base import Model
from attribution.models.time_decay import TimeDecay
from benchmarks import synthetic

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array
    from attribution.journeys.journeys import Journeys

NEAR = 1e-12
LARGE = 1e300
"""Two of these or more have no sum."""

CHANNELS = "abcd"


def journeys_of(paths: list[tuple[int, str]], counts: list[int]) -> Journeys:
    """Return won journeys, with amounts, that stand for so many deals each."""
    return at.journeys_from_paths(
        [list(path) for _, path in paths],
        wins=counts,
        revenue=[amount for amount, _ in paths],
    )


DEALS = st.lists(
    st.tuples(st.integers(0, 10**9), st.text(CHANNELS, min_size=1, max_size=20)),
    min_size=1,
    max_size=8,
)


@given(DEALS, st.data(), st.booleans(), st.sampled_from([0, buckets.SMALL]))
def test_exact_totals_are_the_sums_of_each_deal_alone(
    paths: list[tuple[int, str]], data: st.DataObject, whole: bool, small: int
) -> None:
    counts = data.draw(
        st.lists(st.integers(1, 9), min_size=len(paths), max_size=len(paths))
    )
    journeys = journeys_of(paths, counts)
    given_weights: Any = strategies.parts() if whole else strategies.float_weights()
    weights: list[float] = []
    revenue, wins = dict.fromkeys(CHANNELS, 0), dict.fromkeys(CHANNELS, 0)
    for (amount, path), count in zip(paths, counts, strict=True):
        drawn = data.draw(given_weights)
        own = (drawn * len(path))[: len(path)]
        total = sum(own) if whole else 1
        own = own if whole else [one / (sum(own) or 1) for one in own]
        credits = oracles.allocate(100 * amount, own, whole=total or 1)
        shares = [one / (total or 1) for one in own]
        units = oracles.win_units(count, shares)
        for name, credit, unit in zip(path, credits, units, strict=True):
            revenue[name] += credit
            wins[name] += unit
        weights += own
    column: Array = np.array(weights, np.int64 if whole else np.float64)
    channel = journeys.touch["channel"]
    with patch.object(buckets, "SMALL", small):
        found = allocate.divided_totals(
            journeys, column, channel.codes, len(channel.labels)
        )
    for sums, expected in zip(found, (revenue, wins), strict=True):
        by_label = dict(zip(channel.labels, sums.tolist(), strict=True))
        assert by_label == {name: expected[name] for name in by_label}


def test_no_journeys_have_no_totals() -> None:
    journeys = journeys_of([(1, "a")], [1]).block(0, 0)
    none = np.zeros(0)
    found = allocate.divided_totals(journeys, none, none.astype(np.int32), 2)
    assert [sums.tolist() for sums in found] == [[0, 0], [0, 0]]


@pytest.fixture(scope="module")
def simulated() -> Journeys:
    return synthetic.journeys(300, seed=3)


@pytest.mark.parametrize("half_life", ["7d", "1d", "400d"])
def test_proportions_of_time_decay_are_its_weights_before_they_sum_to_1(
    simulated: Journeys, half_life: str
) -> None:
    model = at.models.TimeDecay(half_life=half_life)
    rough = model.proportions(simulated, None)
    assert rough is not None
    weights = np.asarray(model.weigh(simulated, None))
    for first, last in zip(simulated.offsets, simulated.offsets[1:], strict=False):
        own = rough[first:last]
        assert np.allclose(own / own.sum(), weights[first:last], rtol=NEAR, atol=0)


@pytest.mark.parametrize(
    "model",
    [
        at.models.TimeDecay(half_life="1s"),
        at.models.TimeDecay(half_life={"sales": "1d"}),
        at.models.TimeDecay(convention="dp6"),
        at.models.TimeDecay(convention="mta"),
        at.models.Linear(),
    ],
)
def test_others_have_no_proportions(simulated: Journeys, model: Model) -> None:
    assert model.proportions(simulated, None) is None
    assert time_decay.MOST_HALF_LIVES < 1000


class Rough(Model):
    """Linear, that says so in twos, or in what ``first`` puts before them."""

    first: float = 2.0

    def weigh(self, journeys: Journeys, params: Any) -> Array:
        del params
        return np.ones(journeys.touch_count, np.int64)

    def proportions(self, journeys: Journeys, params: Any) -> Array:
        del params
        found = np.full(journeys.touch_count, 2.0)
        found[0] = self.first
        if self.first > LARGE:
            found[1] = self.first
        return found


@pytest.mark.parametrize("first", [2.0, -2.0, 1.7976931348623157e308])
def test_float_totals_come_from_proportions_unless_these_are_none(
    first: float,
) -> None:
    journeys = journeys_of([(12, "aab"), (5, "c")], [1, 2])
    found = at.attribute(journeys, Rough(first=first)).by("channel", exact=False)
    assert dict(zip(found["channel"], found["revenue"], strict=True)) == {
        "a": pytest.approx(8, rel=NEAR),
        "b": pytest.approx(4, rel=NEAR),
        "c": pytest.approx(5, rel=NEAR),
    }


@pytest.mark.parametrize(
    ("proportion", "dtype", "surplus"),
    [
        (5e-324, np.float64, 0),
        (1e-305, np.float64, 0),
        (1e290, np.float64, 0),
        (0.1, np.float32, 0),
        (2.0, np.float64, 1),
    ],
)
def test_proportions_that_cannot_be_taken_as_they_are_give_way_to_weights(
    proportion: float, dtype: type, surplus: int
) -> None:
    class Odd(Rough):
        def proportions(self, journeys: Journeys, params: Any) -> Array:
            del params
            return np.full(journeys.touch_count + surplus, proportion, dtype)

    journeys = journeys_of([(12, "aab"), (10**12, "a")], [1, 2])
    found = at.attribute(journeys, Odd()).by("channel", exact=False)
    assert found["revenue"].tolist() == pytest.approx([10**12 + 8, 4], rel=NEAR)


def test_a_class_that_weighs_in_its_own_way_inherits_no_proportions(
    simulated: Journeys,
) -> None:
    class Later(TimeDecay):
        def weigh(self, journeys: Journeys, params: Any) -> Array:
            del params
            return ragged.positions(journeys.offsets) + 1

    credits = at.attribute(simulated, Later())
    exact, near = (credits.by("team", exact=one)["wins"] for one in (True, False))
    assert near.tolist() == pytest.approx(exact.tolist())


def test_a_deal_whose_proportions_are_all_0_has_no_weight() -> None:
    journeys = journeys_of([(5, "c")], [2])
    found = at.attribute(journeys, Rough(first=0.0)).by("channel", exact=False)
    assert found["channel"].tolist() == ["c", "(unattributed: no weight)"]
    assert found["revenue"].tolist() == [0.0, 5.0]


class Constant(Model):
    """One part for all touches, held as one number."""

    part: int

    def weigh(self, journeys: Journeys, params: Any) -> Array:
        del params
        return np.broadcast_to(np.int64(self.part), journeys.touch_count)


@pytest.mark.parametrize("part", [-1, 2**61])
def test_one_part_for_all_is_an_error_where_a_sum_of_it_is(part: int) -> None:
    journeys = journeys_of([(12, "aab"), (5, "c")], [1, 2])
    for exact in (True, False):
        with pytest.raises(InputError, match=r"\[J07\] .* gave deal 0 "):
            at.attribute(journeys, Constant(part=part)).by("channel", exact=exact)


@pytest.mark.parametrize("part", [0, 1, 3])
def test_float_totals_of_one_part_for_all_are_equal_shares(part: int) -> None:
    journeys = journeys_of([(12, "aab"), (5, "c")], [1, 2])
    found = at.attribute(journeys, Constant(part=part)).by("channel", exact=False)
    expected = {"a": 8, "b": 4, "c": 5} if part else {"a": 0, "b": 0, "c": 0}
    attributed = dict(zip(found["channel"], found["revenue"], strict=True))
    for name, revenue in expected.items():
        assert attributed[name] == pytest.approx(revenue, rel=NEAR)


def test_float_totals_of_float_weights_are_their_sums(simulated: Journeys) -> None:
    ranked = at.attribute(simulated, "time_decay:convention=rank")
    floats = ranked.by("channel", exact=False)
    exact = ranked.by("channel").set_index("channel").loc[floats["channel"]]
    assert floats["wins"].to_numpy() == pytest.approx(exact["wins"], rel=1e-7)

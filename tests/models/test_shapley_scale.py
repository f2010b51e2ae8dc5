"""Shapley over many players: the order of coalitions, and worths without a table."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.journeys.joined import members_of, text_order
from attribution.models.fitted import rounded
from attribution.models.shapley import values, worths
from attribution.models.shapley.coalitions import keys_of, masks_of, texts_of_lists

SETS = st.lists(
    st.frozensets(st.integers(0, 62), max_size=8), min_size=1, max_size=30, unique=True
)


def flat(sets: list[frozenset[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the members of sets, sorted and flat, and their offsets."""
    members = [member for one in sets for member in sorted(one)]
    offsets = np.cumsum([0, *map(len, sets)])
    return np.array(members, np.int64), offsets


@given(SETS)
def test_masks_stand_in_the_order_of_their_players_lists(
    sets: list[frozenset[int]],
) -> None:
    players, offsets = flat(sets)
    order = text_order(masks_of(players, offsets), 63)
    assert [sorted(sets[place]) for place in order] == sorted(map(sorted, sets))


@given(SETS, st.sampled_from([5, 63, 80]))
def test_texts_of_coalitions_join_their_labels(
    sets: list[frozenset[int]], count: int
) -> None:
    sets = [frozenset(one % count for one in members) for members in sets]
    players, offsets = flat(sets)
    labels = np.array([f"channel {number:02}" for number in range(count)], object)
    texts = texts_of_lists(players, offsets, labels)
    assert texts.tolist() == ["\x1e".join(labels[sorted(one)]) for one in sets]


@pytest.mark.slow
@pytest.mark.parametrize("channels", [24, 90])
def test_worths_of_total_beyond_a_table_are_sums_over_sub_coalitions(
    channels: int,
) -> None:
    rng = np.random.default_rng(5)
    paths = [
        [f"c{one}" for one in rng.choice(channels, size, replace=False)]
        for size in rng.integers(1, 21, 300)
    ]
    paths += [one[:2] for one in paths[:50]]
    revenue = rng.integers(1, 1000, len(paths)).tolist()
    journeys = at.journeys_from_paths(paths, wins=[1] * len(paths), revenue=revenue)
    table = at.fit(journeys, "shapley").table()
    found = dict(zip(table["coalition"], table["worth"], strict=True))
    for path in paths:
        inside = sum(
            paid
            for other, paid in zip(paths, revenue, strict=True)
            if set(other) <= set(path)
        )
        assert found[" + ".join(sorted(path))] == pytest.approx(inside, rel=1e-12)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_arrays_are_rounded_to_the_digits_of_their_text(values: list[float]) -> None:
    whole = rounded(np.array(values, np.float64))
    for value, found in zip(values, whole.tolist(), strict=True):
        exact = float(f"{value:.12g}")
        assert found == pytest.approx(exact, rel=1.1e-12, abs=0)
        assert rounded(np.array([found])).tolist() == [found]
        assert float(f"{found:.12g}") == found


@pytest.mark.parametrize("count", [5, 12, 16])
def test_a_coalition_is_valued_the_same_alone_and_in_company(count: int) -> None:
    rng = np.random.default_rng(count)
    labels = tuple(f"c{one:02}" for one in range(count))
    known = np.unique(rng.integers(1, 1 << count, 3 * count)).astype(np.uint64)
    effects = rng.normal(0, 0.05, count)
    worth = worths.Worth(
        labels, keys_of(labels), known, rng.random(len(known)), 0.4, effects
    )
    masks = rng.permutation(np.append(rng.integers(1, 1 << count, 9), 2**count - 1))
    players, offsets = members_of(masks)
    whole = values.valued(worth, players, offsets, [])
    assert int((1 << np.diff(offsets)).sum()) >= 1 << count
    for first, last in itertools.pairwise(offsets.tolist()):
        own = slice(first, last)
        alone = values.valued(worth, players[own], np.array([0, last - first]), [])
        assert alone.values.tobytes() == whole.values[own].tobytes()


def many_players() -> at.Journeys:
    """Return journeys of up to 20 of 26 channels, won and lost."""
    rng = np.random.default_rng(3)
    paths = [
        [f"c{one:02}" for one in rng.choice(26, size, replace=False)]
        for size in [3, 16, 16, 20, 18, 5, 16, 20] * 4
    ]
    won = (rng.random(len(paths)) < 0.5).astype(int)
    return at.journeys_from_paths(
        paths,
        wins=won.tolist(),
        losses=(1 - won).tolist(),
        revenue=(won * 999).tolist(),
    )


@pytest.mark.slow
@pytest.mark.parametrize("model", ["shapley", "shapley:levels=team+channel"])
def test_a_sampled_deal_is_split_the_same_alone_and_in_company(model: str) -> None:
    journeys = many_players()
    fitted = at.fit(journeys, f"{model}{',' if ':' in model else ':'}worth=win_rate")
    whole = at.attribute(journeys, fitted).lines(of="pipeline")
    for deal in journeys.deal_id[np.diff(journeys.offsets) > 14]:
        alone = at.attribute(journeys.select(journeys.deal_id == deal), fitted)
        own = whole[whole["deal_id"] == deal]
        found = alone.lines(of="pipeline")
        assert found["weight"].tolist() == own["weight"].tolist()
        assert found["channel"].tolist() == own["channel"].tolist()


def test_a_negative_value_of_a_sampled_deal_is_refused_where_asked_for() -> None:
    journeys = many_players()
    fitted = at.fit(journeys, "shapley:worth=win_rate")
    params = {**(fitted.params or {}), "effects": [-0.5, *[0.1] * 25], "base": 0.5}
    params |= {name: [] for name in ("known", "values")}
    params |= {name: [] for name in params if name.startswith("coalition")}
    deals = journeys.select(np.diff(journeys.offsets) == 20)
    strict = at.models.Shapley(worth="win_rate", negative="raise")
    with pytest.raises(at.InputError, match="negative value"):
        at.attribute(deals, type(fitted)(strict, fitted.counts, params)).by("channel")

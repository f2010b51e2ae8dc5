"""The bare journeys of the benchmarks are journeys as the library would build them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import attribution as at
from benchmarks import synthetic


@pytest.mark.parametrize("ids", ["text", "integer"])
@pytest.mark.parametrize("won", [1.0, 0.3])
def test_raw_tables_build_the_journeys_that_they_were_written_from(
    ids: synthetic.Ids, won: float
) -> None:
    bare = synthetic.journeys(400, seed=7, channels=20, won=won)
    built = at.build_journeys(*synthetic.tables(bare, seed=8, ids=ids))
    assert built.offsets.tolist() == bare.offsets.tolist()
    assert np.array_equal(built.time, bare.time)  # type: ignore[arg-type]
    assert built.amount.tolist() == bare.amount.tolist()
    assert built.outcome.tolist() == bare.outcome.tolist()
    assert built.closed_at.tolist() == bare.closed_at.tolist()
    tables = [at.attribute(one, ["linear", "time_decay"]) for one in (built, bare)]
    for dims in (("team", "channel"), ("link",)):
        found = [one.by(*dims, minor=True) for one in tables]
        pd.testing.assert_frame_equal(*found)


def test_the_same_seed_gives_the_same_journeys_and_lengths_have_a_heavy_tail() -> None:
    one, same, other = (synthetic.journeys(20_000, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.time, same.time)  # type: ignore[arg-type]
    assert not np.array_equal(one.offsets, other.offsets)
    lengths = np.diff(one.offsets)
    assert lengths.min() == 1
    assert abs(lengths.mean() - 5) < 0.3
    assert np.quantile(lengths, 0.99) > 5 * lengths.mean()
    journey = np.repeat(np.arange(20_000), lengths)
    assert one.time is not None
    gaps = one.time[1:] - one.time[:-1]
    assert (gaps[journey[1:] == journey[:-1]] > 0).all()
    assert (one.time <= one.closed_at[journey]).all()


def test_channels_are_drawn_by_popularity_and_won_in_its_share() -> None:
    bare = synthetic.journeys(20_000, seed=3, channels=200, won=0.3)
    assert (bare.outcome == 1).sum() == 6_000
    count = np.sort(np.bincount(bare.codes("channel"), minlength=200))[::-1]
    share = count / count.sum()
    harmonic = (1 / np.arange(1, 201)).sum()
    assert count.min() > 0
    assert share[0] == pytest.approx(1 / harmonic, rel=0.05)
    assert share[:2].sum() == pytest.approx(1.5 / harmonic, rel=0.05)


def test_text_ids_have_eighteen_characters_and_rows_are_unsorted() -> None:
    bare = synthetic.journeys(300, seed=1)
    touches, deals = synthetic.tables(bare, seed=1)
    assert set(touches["deal_id"].str.len()) == {18}
    assert not touches["time"].is_monotonic_increasing
    assert not deals["deal_id"].is_monotonic_increasing
    assert synthetic.text_ids(np.array([12])).tolist() == ["006Ec0000000000012"]
    numbers, _ = synthetic.tables(bare, seed=1, ids="integer")
    assert numbers["deal_id"].dtype == "int64"
    assert isinstance(numbers["channel"].dtype, pd.CategoricalDtype)

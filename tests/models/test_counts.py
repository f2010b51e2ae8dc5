"""Counts: integer tables that add exactly, and a toy model that learns from them."""

from __future__ import annotations

import itertools
import json
import pickle
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
import sample_at_hand
import strategies
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.arrays import ragged
from attribution.models import fitted
from attribution.models.base import Model, Params
from attribution.models.counts import Counts, Table, total
from attribution.models.fitted import Fitted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attribution.arrays.ragged import Floats
    from attribution.journeys.journeys import Journeys

Row = tuple[tuple[str, str], tuple[int, int]]
"""Two labels, and how often they were won and seen."""


def counts(rows: Sequence[Row], name: str = "pairs") -> Counts:
    """Return one table of two keys and two values."""
    labels = list(zip(*(key for key, _ in rows), strict=True)) or [(), ()]
    values = list(zip(*(value for _, value in rows), strict=True)) or [(), ()]
    keys = {"from": strategies.objects(labels[0]), "to": strategies.objects(labels[1])}
    columns = [np.array(column, np.int64) for column in values]
    return Counts({name: Table(keys, {"won": columns[0], "seen": columns[1]})})


def rows_of(table: Table) -> Iterator[Row]:
    """Give the rows of a table of pairs, in its order."""
    keys = zip(*(table.keys[name].tolist() for name in ("from", "to")), strict=True)
    values = zip(*(table.values[one].tolist() for one in ("won", "seen")), strict=True)
    yield from zip(keys, values, strict=True)


def summed(rows: Sequence[Row]) -> list[Row]:
    """Return the sums by key in the order of the keys' bytes, in plain Python."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for key, (won, seen) in rows:
        so_far = found.get(key, (0, 0))
        found[key] = (so_far[0] + won, so_far[1] + seen)
    return sorted(found.items(), key=lambda row: [one.encode() for one in row[0]])


labels = strategies.labels()
whole = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([2**53 - 1, 2**53, 2**53 + 1, 2**58, -(2**53) - 1]),
    st.integers(-(2**58), 2**58),
)
some_rows = st.lists(
    st.tuples(st.tuples(labels, labels), st.tuples(whole, whole)), max_size=6
)


@given(st.lists(some_rows, min_size=1, max_size=5))
def test_adding_is_exact_and_rows_stand_in_the_order_of_their_keys(
    parts: list[list[Row]],
) -> None:
    found = total([counts(part) for part in parts]).tables["pairs"]
    assert list(rows_of(found)) == summed([row for part in parts for row in part])
    assert all(column.dtype == np.int64 for column in found.values.values())


@given(st.lists(some_rows, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_and_the_grouping_of_parts_change_nothing(
    parts: list[list[Row]], random: Any
) -> None:
    expected = json.dumps(total([counts(part) for part in parts]).record())
    random.shuffle(parts)
    cut = random.randrange(len(parts))
    left, right = Counts({}), Counts({})
    for part in parts[:cut]:
        left = counts(part) + left
    for part in parts[cut:]:
        right = right + counts(part)
    assert json.dumps((left + right).record()) == expected


def test_one_more_than_2_to_the_53_is_not_lost() -> None:
    one = counts([(("a", "b"), (2**53, -(2**53)))])
    more = counts([(("a", "b"), (1, -1))])
    assert list(rows_of((one + more).tables["pairs"])) == [
        (("a", "b"), (2**53 + 1, -(2**53) - 1))
    ]


def test_adding_leaves_the_parts_as_they_are() -> None:
    one, more = counts([(("b", "b"), (1, 2))]), counts([(("a", "b"), (3, 4))])
    for part in (one, more):
        for column in part.tables["pairs"].values.values():
            column.setflags(write=False)
    _ = one + more
    assert list(rows_of(one.tables["pairs"])) == [(("b", "b"), (1, 2))]


def test_tables_stand_in_one_order_whichever_part_has_them() -> None:
    row: list[Row] = [(("a", "b"), (1, 2))]
    one, other = counts(row, "first"), counts(row, "second")
    assert list((one + other).tables) == list((other + one).tables)


def test_a_table_that_one_part_lacks_is_taken_from_the_others() -> None:
    row: list[Row] = [(("a", "b"), (1, 2))]
    both = counts(row, "first") + counts(row, "second") + counts(row, "first")
    assert list(rows_of(both.tables["first"])) == [(("a", "b"), (2, 4))]
    assert list(rows_of(both.tables["second"])) == row


def test_keys_of_many_labels_are_told_apart() -> None:
    """Seven keys of a thousand labels make more combinations than int64 holds."""
    shuffled = (np.random.default_rng(seed).permutation(1000) for seed in range(7))
    keys = {
        f"k{place}": strategies.objects([f"x{one}" for one in order])
        for place, order in enumerate(shuffled)
    }
    one = Counts({"wide": Table(keys, {"seen": np.arange(1000)})})

    def cells(table: Table) -> dict[tuple[str, ...], int]:
        columns = zip(*(table.keys[name] for name in keys), strict=True)
        return dict(zip(columns, table.values["seen"].tolist(), strict=True))

    found = cells((one + one).tables["wide"])
    assert found == {key: 2 * seen for key, seen in cells(one.tables["wide"]).items()}


@given(some_rows)
def test_a_record_is_json_and_reads_back_to_the_same_counts(rows: list[Row]) -> None:
    given_counts = counts(rows)
    record = json.loads(json.dumps(given_counts.record()))
    again = Counts.of_record(record)
    assert again.record() == given_counts.record() == record
    for column in again.tables["pairs"].keys.values():
        assert column.dtype == object
    for column in again.tables["pairs"].values.values():
        assert column.dtype == np.int64


# ------------------------------------------------------------ a model that learns


class WinRate(Model):
    """Each touch weighs as much as its channel wins: a toy that learns."""

    needs: ClassVar[frozenset[str]] = frozenset({"lost"})

    prior: float = 1.0

    def count(self, journeys: Journeys) -> Counts:
        channel, deals = journeys.touch["channel"], ragged.segments_of(journeys.offsets)
        size = len(channel.labels)
        met, own = np.divmod(np.unique(deals * size + channel.codes), max(size, 1))
        outcome, count = journeys.outcome[met], journeys.count[met]
        values = {
            "wins": np.bincount(own, (outcome == 1) * count, size).astype(np.int64),
            "closed": np.bincount(own, (outcome >= 0) * count, size).astype(np.int64),
        }
        return Counts({"channels": Table({"channel": channel.labels}, values)})

    def solve(self, counts: Counts) -> Params:
        keys, values = counts.tables["channels"]
        closed = values["closed"] + 2 * self.prior
        rates = ((values["wins"] + self.prior) / closed).tolist()
        found = dict(zip(keys["channel"], rates, strict=True))
        return {"rates": dict(reversed(found.items())), "channels": len(rates)}

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats:
        channel, offsets = journeys.touch["channel"], journeys.offsets
        by_label = np.array([rate_of(params, one) for one in channel.labels], float)
        own = by_label[channel.codes]
        return np.asarray(own / ragged.spread(ragged.sums(own, offsets), offsets))

    def tables(
        self, counts: Counts | None, params: Params | None
    ) -> Mapping[str, Mapping[str, Any]]:
        assert counts is not None
        keys, values = counts.tables["channels"]
        rates = np.array([rate_of(params, one) for one in keys["channel"]])
        return {"rates": {**keys, "rate": rates}, "counts": {**keys, **values}}

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        codes = np.unique(journey.touch["channel"].codes)
        used = journey.touch["channel"].labels[codes]
        told = ", ".join(f"{one} {rate_of(params, one):.1%}" for one in used)
        return (f"Touches weigh as much as their channels win: {told}.",)


def rate_of(params: Params | None, channel: str) -> float:
    """Return the learned rate of a channel, one half where it was never seen."""
    assert params is not None
    rates: dict[str, float] = params["rates"]
    return rates.get(channel, 0.5)


SAMPLE = sample_at_hand.sample_journeys()


def test_what_a_learned_model_learned_is_what_was_counted() -> None:
    journeys = at.journeys_from_paths(
        ["a > b", "a > a", "b"], wins=[3, 1, 0], losses=[1, 0, 4], revenue=[90, 10, 0]
    )
    ready = at.fit(journeys, WinRate())
    assert ready.table().to_dict("list") == {
        "channel": ["a", "b"],
        "rate": [round(5 / 7, 12), round(4 / 10, 12)],
    }
    assert ready.table("counts").to_dict("list") == {
        "channel": ["a", "b"],
        "wins": [4, 3],
        "closed": [5, 8],
    }
    assert repr(ready) == "Fitted(win_rate: 2 channels)"
    credits = at.attribute(journeys, ready)
    table = credits.by("channel", minor=True)
    # Row 0 divides 9000 by 5/7 : 4/10, that is 25 : 14.
    assert dict(zip(table["channel"], table["revenue_minor"], strict=True)) == {
        "a": 5769 + 1000,
        "b": 3231,
    }
    told = "win_rate: Touches weigh as much as their channels win: a 71.4%, b 40.0%."
    assert told in repr(credits.deal("0"))


def test_a_learned_table_that_is_not_there_is_told_with_those_that_are() -> None:
    ready = at.fit(SAMPLE, WinRate())
    with pytest.raises(at.InputError) as caught:
        ready.table("rate")
    told = "[P03] win_rate has no table 'rate'. Did you mean 'rates'? "
    assert str(caught.value) == f"{told}It has: rates, counts."


def test_learned_parameters_keep_12_digits_and_have_sorted_keys() -> None:
    params = at.fit(SAMPLE, WinRate()).params or {}
    exact = WinRate().solve(WinRate().count(SAMPLE))
    assert list(params) == ["channels", "rates"]
    rates = params["rates"]
    assert list(rates) == sorted(exact["rates"]) != list(exact["rates"])
    assert all(rate == float(f"{rate:.12g}") for rate in rates.values())
    assert exact["rates"] != rates
    assert exact["rates"] == pytest.approx(rates, rel=1e-12)


@given(st.lists(st.integers(1, 20), max_size=8), st.randoms(use_true_random=False))
def test_counts_of_blocks_add_up_to_the_whole_in_any_order(
    sizes: list[int], random: Any
) -> None:
    cuts = [0, *itertools.accumulate(sizes)]
    cuts = [*(one for one in cuts if one < len(SAMPLE)), len(SAMPLE)]
    parts = [WinRate().count(SAMPLE.block(*cut)) for cut in itertools.pairwise(cuts)]
    random.shuffle(parts)
    at_once = json.dumps(total([WinRate().count(SAMPLE)]).record())
    assert json.dumps(total(parts).record()) == at_once
    added = Counts({})
    for part in parts:
        added = part + added
    assert json.dumps(added.record()) == at_once


def test_a_model_is_fitted_block_by_block_to_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_once = json.dumps(at.fit(SAMPLE, WinRate()).record())
    for block in (1, 7, 59):
        monkeypatch.setattr(fitted, "BLOCK", block)
        assert json.dumps(at.fit(SAMPLE, WinRate()).record()) == at_once


def test_a_learned_model_that_learns_from_lost_deals_asks_for_them() -> None:
    with pytest.raises(at.InputError, match="losses="):
        at.attribute(at.journeys_from_paths(["a"], wins=[1]), WinRate())


def test_a_fitted_model_splits_won_deals_that_it_never_saw() -> None:
    seen = at.journeys_from_paths(["a", "b"], wins=[3, 0], losses=[0, 3])
    strange = at.journeys_from_paths(["a > new > b"], wins=[1], revenue=[100])
    table = at.attribute(strange, at.fit(seen, WinRate())).by("channel")
    # Rates of 4/5, 1/2 and 1/5: thirds of a cent are left, which the first takes.
    assert table["channel"].tolist() == ["a", "new", "b"]
    assert table["revenue"].tolist() == [53.34, 33.33, 13.33]


def test_a_learned_model_is_fitted_on_no_journeys_too() -> None:
    class Anyone(WinRate):
        needs: ClassVar[frozenset[str]] = frozenset()

    nothing = at.journeys_from_paths([], wins=[])
    ready = at.fit(nothing, Anyone())
    assert ready.params == {"channels": 0, "rates": {}}
    assert len(at.attribute(nothing, ready).lines()) == 0


def test_a_model_that_counts_and_solves_nothing_has_no_parameters() -> None:
    class Counting(WinRate):
        def solve(self, counts: Counts) -> Params | None:  # type: ignore[override]
            del counts
            return None

    ready = at.fit(SAMPLE, Counting())
    assert isinstance(ready, Fitted)
    assert ready.params is None
    assert ready.counts is not None


def test_counts_that_are_made_when_asked_for_are_pickled_as_tables() -> None:
    paths = at.journeys_from_paths(["a > b", "b"], wins=[1, 2])
    counts = at.fit(paths, "shapley").counts
    assert counts is not None
    again = pickle.loads(pickle.dumps(counts))
    assert type(again.tables) is dict
    assert len(again.tables) == len(counts.tables) == 2
    assert again.record() == counts.record()

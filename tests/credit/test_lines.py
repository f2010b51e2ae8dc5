"""Lines, the weights that are refused, and totals of many cells, blocks and digits."""

from __future__ import annotations

import math
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import oracles
import pandas as pd
import pytest
import strategies
from hypothesis import given

import attribution as at
from attribution.credit import cells
from attribution.errors import InputError
from attribution.models.base import Model
from attribution.models.fitted import Fitted

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys

RULES = ["first_touch", "last_touch", "linear", "linear:per=channel", "time_decay"]
CLOSE = "2026-03-01T12:00:00Z"


def built(touches: dict[str, Any], deals: dict[str, Any], **options: Any) -> Journeys:
    """Return journeys of touches in January and of won deals, unless told otherwise."""
    touch_frame = {"time": "2026-01-01T00:00:00Z", "team": "sales", "channel": "call"}
    deal_frame = {"amount": 1, "outcome": "won", "closed_at": CLOSE, "currency": "EUR"}
    return at.build_journeys(
        pd.DataFrame(touch_frame | touches), pd.DataFrame(deal_frame | deals), **options
    )


# ---------------------------------------------------------------------------- lines


LINES = at.attribute(
    built(
        {
            "deal_id": ["D1", "D1", "D2", "D3", "L1", "O1", "D1"],
            "time": [f"2026-01-0{day}T00:00:00Z" for day in (2, 1, 1, 1, 1, 1, 3)],
            "channel": ["call", "ad", "ad", "ad", "call", "ad", "call"],
            "touch_id": [12, 11, 21, 31, 41, 51, 13],
            "contact_id": ["jo@x.com"] * 7,
            "asset": ["page", None, "page", "pdf", None, None, None],
        },
        {
            "deal_id": ["D1", "D2", "D3", "L1", "O1"],
            "amount": ["100", "0.05", "7", "3", "4"],
            "currency": ["EUR", "EUR", "JPY", "EUR", "EUR"],
            "outcome": ["won", "won", "won", "lost", "open"],
        },
        keep=("asset",),
    ),
    ["linear", "last_touch"],
)


def test_lines_have_one_row_a_model_and_touch_in_journey_order() -> None:
    found = LINES.lines()
    assert found.drop(columns=["time", "link", "process"]).fillna("-").to_dict(
        "split", index=False
    ) == {
        "columns": [
            "model", "deal_id", "touch_id", "team", "channel", "campaign", "rep",
            "asset", "weight", "credit_minor", "currency",
        ],
        "data": [
            [model, deal, touch, "sales", channel, "(none)", "(none)", asset, *rest]
            for model, deal, touch, channel, asset, *rest in [
                ("linear", "D1", 11, "ad", "(none)", 1 / 3, 3334, "EUR"),
                ("linear", "D1", 12, "call", "page", 1 / 3, 3333, "EUR"),
                ("linear", "D1", 13, "call", "(none)", 1 / 3, 3333, "EUR"),
                ("linear", "D2", 21, "ad", "page", 1.0, 5, "EUR"),
                ("linear", "D3", 31, "ad", "pdf", 1.0, 7, "JPY"),
                ("last_touch", "D1", 11, "ad", "(none)", 0.0, 0, "EUR"),
                ("last_touch", "D1", 12, "call", "page", 0.0, 0, "EUR"),
                ("last_touch", "D1", 13, "call", "(none)", 1.0, 10000, "EUR"),
                ("last_touch", "D2", 21, "ad", "page", 1.0, 5, "EUR"),
                ("last_touch", "D3", 31, "ad", "pdf", 1.0, 7, "JPY"),
            ]
        ],
    }  # fmt: skip


def test_the_columns_of_lines_are_those_of_touches_and_credit() -> None:
    found, frame = LINES.lines(), LINES.journeys.to_frame()
    assert list(found.columns) == [
        "model", *frame.columns, "weight", "credit_minor", "currency",
    ]  # fmt: skip
    kinds = found.dtypes.astype(str).to_dict()
    assert kinds["weight"] == "float64"
    assert kinds["credit_minor"] == kinds["touch_id"] == "int64"
    assert kinds["time"] == "datetime64[us, UTC]"
    assert kinds["process"] == "bool"
    pd.testing.assert_frame_equal(
        LINES.lines(model="linear", of="pipeline")[frame.columns], frame
    )


@pytest.mark.parametrize(
    ("of", "touches"),
    [("won", 5), ("lost", 1), ("open", 1), ("pipeline", 7)],
)
def test_lines_are_of_the_deals_that_are_asked_for(of: Any, touches: int) -> None:
    found = LINES.lines(of=of, model="linear")
    assert len(found) == touches
    if of != "pipeline":
        assert {deal_id[0] for deal_id in found["deal_id"]} == {
            {"won": "D", "lost": "L", "open": "O"}[of]
        }


def test_lines_show_contact_ids_only_on_request() -> None:
    assert "jo@x.com" not in LINES.lines().to_csv()
    personal = LINES.lines(personal=True)
    assert set(personal.pop("contact_id")) == {"jo@x.com"}
    pd.testing.assert_frame_equal(personal, LINES.lines())


@pytest.mark.parametrize(
    ("given", "code"), [({"model": "x"}, "P03"), ({"of": "x"}, "P04")]
)
def test_lines_of_what_is_not_there_are_an_error(given: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        LINES.lines(**given)
    assert [one.code for one in caught.value.issues] == [code]


@pytest.mark.parametrize("name", ["model", "weight", "credit_minor", "currency"])
def test_a_kept_column_named_as_one_of_lines_is_never_overwritten(name: str) -> None:
    with pytest.raises(InputError, match=name):
        at.attribute(
            built({"deal_id": ["D"], name: ["mine"]}, {"deal_id": ["D"]}, keep=(name,)),
            "linear",
        ).lines()


@given(strategies.tables())
def test_lines_sum_to_each_deals_amount_and_to_the_tables(
    tables: strategies.Tables,
) -> None:
    touches, deals, contacts = tables.frames()
    journeys = at.build_journeys(touches, deals, contacts=contacts)
    credits = at.attribute(journeys, RULES, threads=1)
    lines = credits.lines(of="pipeline")
    names = ("model", "deal_id", "currency", "team", "channel", "credit_minor")
    by_deal: Counter[tuple[str, str]] = Counter()
    by_cell: Counter[tuple[str, ...]] = Counter()
    for model, deal_id, *cell, credit in zip(
        *(lines[one] for one in names), strict=True
    ):
        by_deal[model, deal_id] += credit
        by_cell[(model, *cell)] += credit
    touched = np.flatnonzero(np.diff(journeys.offsets))
    assert by_deal == {
        (model, journeys.deal_id[place]): journeys.amount[place]
        for model in RULES
        for place in touched
    }
    table = credits.by("team", "channel", of="pipeline", minor=True)
    keys = ("model", "currency", "team", "channel", "revenue_minor")
    cells_found = zip(*(table[one] for one in keys), strict=True)
    assert by_cell == {
        tuple(cell): money for *cell, money in cells_found if cell[2][0] != "("
    }


# ---------------------------------------------------------------- weights refused


class Given(Model):
    """Weights as they are handed over in place of parameters, by deal."""

    def weigh(self, journeys: Journeys, params: Any) -> Any:
        if isinstance(params, dict):
            own = [params[deal_id] for deal_id in journeys.deal_id.tolist()]
            return np.concatenate(own)
        return params


THREE = at.journeys_from_paths(["a > b > c", "a > b"], wins=[1, 1], revenue=[9, 5])


def attributed(weights: Any) -> at.Credits:
    """Return credits under a model that gives these weights."""
    return at.attribute(THREE, Fitted(Given(), None, weights))


class Sole(Model):
    """The touches that take whole deals, handed over in place of parameters."""

    def sole_touch(self, journeys: Journeys, params: Any) -> Any:
        own = [params[deal_id] for deal_id in journeys.deal_id.tolist()]
        return np.array(own) if len(own) == len(params) else np.array([], np.int64)


def taken(*touches: int) -> at.Credits:
    """Return credits of THREE under a model that gives whole deals to these touches."""
    params: Any = dict(enumerate(touches))
    return at.attribute(THREE, Fitted(Sole(), None, params))


@pytest.mark.parametrize("exact", [True, False])
def test_one_touch_takes_the_whole_deal_in_tables_and_lines(*, exact: bool) -> None:
    found = taken(2, 3).by("channel", exact=exact)
    assert found["channel"].tolist() == ["c", "a", "b"]
    assert found["revenue"].tolist() == [9, 5, 0]
    assert found["wins"].tolist() == [1, 1, 0]
    assert taken(2, 3).lines()["credit_minor"].tolist() == [0, 0, 900, 500, 0]


def test_a_deal_that_no_touch_takes_is_unattributed() -> None:
    found = taken(2, -1).by("channel").set_index("channel")["revenue"]
    assert found["(unattributed: no weight)"] == 5
    assert found["c"] == 9


@pytest.mark.parametrize("touches", [(3, 3), (0, 2), (-2, 3), (0, 5), (0, 3, 4)])
def test_a_touch_of_another_deal_cannot_take_this_one(touches: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"\[J07\] models\.sole: names touches"):
        taken(*touches).by("channel")


def test_a_model_that_gives_nothing_is_no_model() -> None:
    class Nothing(Model):
        """Neither weights nor touches."""

    with pytest.raises(NotImplementedError):
        at.attribute(THREE, Nothing()).by("channel")


BAD: dict[str, tuple[list[float], str]] = {
    "NaN": ([math.nan, 0.5, 0.5], "NaN or infinite"),
    "NaN alone": ([math.nan] * 3, "NaN or infinite"),
    "inf": ([math.inf, 0.0, 0.0], "NaN or infinite"),
    "inf and its negative": ([math.inf, -math.inf, 1.0], "NaN or infinite"),
    "negative": ([-0.5, 1.0, 0.5], "a negative weight"),
    "negative, sum of 0": ([-1.0, 1.0, 0.0], "a negative weight"),
    "negative parts": ([-1, 2, 0], "a negative weight"),
    "sum of 1.1": ([0.6, 0.25, 0.25], "sum to 1.1"),
    "sum of 0.5": ([0.25, 0.25, 0.0], "sum to 0.5"),
    "sum a little off": ([0.5, 0.5, 2e-9], "sum to 1.000000002"),
    "subnormal": ([5e-324, 0.0, 0.0], "sum to 5e-324"),
    "sum beyond float64": ([1e308, 1e308, 1e308], "sum to inf"),
    "too many parts": ([2**62, 0, 0], "sum to 4611686018427387904"),
}
"""Weights of the first deal, and what the error says of them."""


@pytest.mark.parametrize("name", BAD)
def test_bad_weights_are_an_error_that_names_model_and_deal(name: str) -> None:
    weights, told = BAD[name]
    good = [1, 0] if all(isinstance(one, int) for one in weights) else [0.5, 0.5]
    credits = attributed({0: np.array(weights), 1: np.array(good)})
    for ask in (lambda: credits.by("team"), credits.lines, lambda: credits.deal(0)):
        with pytest.raises(InputError) as caught:
            ask()
        (fault,) = caught.value.issues
        assert (fault.code, fault.table, fault.column) == ("J07", "models", "given")
        assert fault.what.startswith("gave deal 0 ")
        assert told in fault.what
        assert "(1 such deals)" in fault.what
    assert "Deal 1" in repr(credits.deal(1))


@pytest.mark.parametrize(
    "parts",
    [[2**61, 2**60, 0, 0], [2**61 - 9, 2**60 - 7, 2**59 - 5, 1]],
    ids=["even", "uneven"],
)
def test_parts_as_large_as_they_may_be_divide_as_fractions_do(parts: list[int]) -> None:
    amount = 999_999_999_999_999
    journeys = built(
        {"deal_id": ["D"] * 4, "touch_id": [1, 2, 3, 4]},
        {"deal_id": ["D"], "amount": "9999999999999.99"},
    )
    given_parts: Any = np.array(parts)
    credits = at.attribute(journeys, Fitted(Given(), None, given_parts))
    expected = oracles.allocate(amount, parts, whole=sum(parts))
    assert credits.lines()["credit_minor"].tolist() == expected
    assert credits.by("team")["wins"].tolist() == [1.0]


@pytest.mark.parametrize("parts", [[2**62, 2**62, 2**62, 2**62], [2**62, 2**62, 0, 0]])
def test_parts_whose_sum_passes_int64_are_an_error(parts: list[int]) -> None:
    four = at.journeys_from_paths(["a > b > c > d"], wins=[1], revenue=[9])
    given_parts: Any = np.array(parts)
    credits = at.attribute(four, Fitted(Given(), None, given_parts))
    with pytest.raises(InputError, match=r"\[J07\] models\.given: gave deal 0"):
        credits.by("team")


def test_every_deal_with_bad_weights_is_counted_and_the_first_is_named() -> None:
    bad, good = np.array([0.5, 0.0, 0.0]), np.array([1.0, 0.0, 0.0])
    with pytest.raises(InputError, match=r"gave deal 0 .* \(2 such deals\)"):
        attributed({0: bad, 1: bad[:2]}).by("team")
    with pytest.raises(InputError, match=r"gave deal 1 .* \(1 such deals\)"):
        attributed({0: good, 1: bad[:2]}).by("team")


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        (np.array([True, False, False, True, False]), "bool weights of shape (5,)"),
        (np.array([1.0, 0.0, 0.0, 1.0]), "float64 weights of shape (4,)"),
        (np.ones((5, 1)), "float64 weights of shape (5, 1)"),
        (np.array(["1", "0", "0", "1", "0"]), "<U1 weights of shape (5,)"),
        (np.ones(5, complex), "complex128 weights of shape (5,)"),
        (None, "object weights of shape ()"),
    ],
    ids=["bool", "short", "two dimensions", "text", "complex", "nothing"],
)
def test_weights_that_are_not_one_number_a_touch_are_an_error(
    weights: Any, told: str
) -> None:
    with pytest.raises(InputError) as caught:
        attributed(weights).by("team")
    (fault,) = caught.value.issues
    assert (fault.code, fault.column) == ("J07", "given")
    assert told in fault.what
    assert "5 touches" in fault.remedy


def test_float32_weights_count_when_they_sum_to_1_and_not_when_they_miss_it() -> None:
    halves = np.array([0.5, 0.25, 0.25, 0.5, 0.5], np.float32)
    assert attributed(halves).by("channel")["revenue"].tolist() == [7.0, 4.75, 2.25]
    thirds = np.array([1 / 3, 1 / 3, 1 / 3, 0.5, 0.5], np.float32)
    with pytest.raises(InputError, match=r"sum to .*1\.00000002"):
        attributed(thirds).by("team")


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint64])
def test_integers_of_any_width_are_parts(kind: Any) -> None:
    parts = np.array([1, 1, 1, 3, 1], kind)
    revenue = attributed(parts).by("channel").set_index("channel")["revenue"]
    assert revenue.to_dict() == {"a": 6.75, "b": 4.25, "c": 3.0}


@pytest.mark.parametrize("kind", [np.float64, np.int64])
def test_a_deal_whose_weights_are_all_zero_is_unattributed(kind: Any) -> None:
    weights = {0: np.array([0, 0, 0], kind), 1: np.array([1, 0], kind)}
    credits = attributed(weights)
    table = credits.by("channel").set_index("channel")
    lost = "(unattributed: no weight)"
    assert table["revenue"].to_dict() == {"a": 5.0, "b": 0.0, "c": 0.0, lost: 9.0}
    assert table["wins"].tolist() == [1.0, 0.0, 0.0, 1.0]
    assert table["deals"].tolist() == [2, 2, 1, 1]
    assert credits.lines()["credit_minor"].tolist() == [0, 0, 0, 500, 0]
    told = repr(credits.deal(0)).split("\n")[1]
    assert told.startswith("given: No touch can take this deal: ")
    assert "no weight" in told


# ------------------------------------------------------- many cells, blocks, digits


LABELS = {"campaign": 60, "rep": 40, "channel": 30}
"""72,000 combinations: more than a table holds densely."""


def random_journeys(deals: int, touches: int, *, seed: int = 5) -> Journeys:
    random = np.random.default_rng(seed)
    seconds = pd.to_timedelta(random.integers(0, 40 * 86_400, touches), unit="s")
    columns = {
        name: np.array([f"{name}{at}" for at in range(count)], object)[
            random.integers(0, count, touches)
        ]
        for name, count in LABELS.items()
    }
    return built(
        {
            "deal_id": random.integers(0, deals, touches),
            "time": pd.Timestamp("2026-01-01", tz="UTC") + seconds,
        }
        | columns,
        {
            "deal_id": np.arange(deals),
            "amount": random.integers(0, 10**6, deals),
            "currency": np.array(["EUR", "JPY"])[random.integers(0, 2, deals)],
        },
    )


@pytest.fixture(scope="module")
def many() -> Journeys:
    """More won journeys than a block holds, and more cells than a dense table."""
    journeys = random_journeys(66_000, 110_000)
    own = journeys.span("won")
    assert own.stop - own.start > cells.BLOCK
    assert math.prod(LABELS.values()) > cells.DENSE
    return journeys


@pytest.mark.slow
def test_many_possible_cells_give_the_table_that_dense_cells_give(
    many: Journeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    sparse = at.attribute(many, "time_decay").by(*LABELS, minor=True)
    monkeypatch.setattr(cells, "DENSE", 10**9)
    monkeypatch.setitem(many.__dict__, "memo", {})
    dense = at.attribute(many, "time_decay").by(*LABELS, minor=True)
    pd.testing.assert_frame_equal(sparse, dense, check_exact=True)


@pytest.mark.slow
def test_many_cells_over_several_blocks_are_the_sums_of_lines(many: Journeys) -> None:
    credits = at.attribute(many, "linear", threads=4)
    keys = [*LABELS, "currency"]
    table = credits.by(*LABELS, minor=True)
    table = table[~table["rep"].str.startswith("(unattributed")].set_index(keys)
    lines = credits.lines()
    named = lines[keys].astype("category")
    lines = lines.drop(columns=keys).join(named).groupby(keys, observed=True)
    assert table["revenue_minor"].to_dict() == lines["credit_minor"].sum().to_dict()
    assert table["deals"].to_dict() == lines["deal_id"].nunique().to_dict()
    weight = lines["weight"].sum()
    assert np.allclose(table["wins"], weight[table.index], rtol=0, atol=1e-8)


@pytest.mark.slow
def test_threads_change_no_byte_of_a_table_of_several_blocks(many: Journeys) -> None:
    one = at.attribute(many, ["linear", "time_decay"], threads=1)
    four = at.attribute(many, ["linear", "time_decay"], threads=4)
    plain = at.attribute(many, ["linear", "time_decay"])
    found = one.by("channel", "rep")
    for other in (four, plain):
        pd.testing.assert_frame_equal(
            other.by("channel", "rep"), found, check_exact=True
        )
    pd.testing.assert_frame_equal(
        four.by("channel", exact=False), one.by("channel", exact=False), rtol=1e-12
    )


@pytest.mark.parametrize("threads", [1, 4])
def test_progress_is_told_block_by_block_up_to_the_total(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "WIDE", 7)
    seen: list[tuple[int, int]] = []
    credits = at.attribute(
        random_journeys(100, 300),
        ["linear", "first_touch"],
        threads=threads,
        progress=lambda *told: seen.append(told),
    )
    assert seen == []
    for _ in range(2):
        credits.by("team")
        assert seen == [(done, 15) for done in range(1, 16)]
        seen.clear()


def test_what_the_callable_raises_reaches_the_caller() -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt(done, total)

    with pytest.raises(KeyboardInterrupt):
        at.attribute(random_journeys(9, 20), "linear", progress=stop).by("team")


def test_the_machines_threads_are_counted_without_affinity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only Linux knows which processors a process may use."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    found = at.attribute(random_journeys(9, 20), "linear").by("team")
    assert found["deals"].sum() == 9


@pytest.fixture
def huge() -> at.Credits:
    """Twenty deals of one cent less than ten million million."""
    deals = [f"D{at}" for at in range(20)]
    journeys = built(
        {"deal_id": deals, "channel": ["a"] * 10 + ["b"] * 9 + ["c"]},
        {"deal_id": deals, "amount": ["9999999999999.99"] * 20},
    )
    return at.attribute(journeys, "linear")


def test_totals_above_2_to_the_53_are_exact(huge: at.Credits) -> None:
    one = 10**15 - 1
    found = huge.by("channel", minor=True)
    assert found["revenue_minor"].tolist() == [10 * one, 9 * one, one]
    assert huge.by("team", minor=True)["revenue_minor"].tolist() == [20 * one]
    assert 20 * one > 2**53
    major = huge.by("channel")["revenue"].tolist()
    assert major == [10 * one / 100, 9 * one / 100, one / 100]


def test_the_text_of_a_large_total_is_right_to_the_cent(huge: at.Credits) -> None:
    assert "199,999,999,999,999.80" in repr(huge.journeys)
    assert "199,999,999,999,999.80" in repr(huge)


@pytest.mark.parametrize(
    "wins", [[2**31, 1], [3 * 10**9, 1], [10**12, 1], [2**30, 2**30], [2**31 - 2, 1]]
)
@pytest.mark.parametrize("of", ["won", "lost"])
def test_wins_of_very_many_deals_are_right_or_an_error(
    wins: list[int], of: Any
) -> None:
    """Units of 2^-32 deal in int64 hold 2^31 deals."""
    counts: dict[str, Any] = {"wins": wins, "losses": [0, 0]}
    if of == "lost":
        counts = {"wins": [0, 0], "losses": wins}
    try:
        journeys = at.journeys_from_paths(["a > b", "a"], **counts)
        found = at.attribute(journeys, "linear").by("channel", of=of)
    except InputError:
        assert sum(wins) >= 2**31
        return
    table = found.set_index("channel")
    assert table["wins"].to_dict() == {"a": wins[0] / 2 + wins[1], "b": wins[0] / 2}
    assert table["deals"].to_dict() == {"a": sum(wins), "b": wins[0]}


def test_wins_of_a_touch_are_never_negative() -> None:
    """Seven equal touches round up together; the first, a hair, is not to pay."""
    journeys = built(
        {
            "deal_id": "D",
            "time": ["2026-02-18T00:00:00Z"] + ["2026-02-28T00:00:00Z"] * 7,
            "channel": ["first", *"abcdefg"],
        },
        {"deal_id": ["D"]},
    )
    found = at.attribute(journeys, "time_decay:half_life=1h").by("channel")
    assert (found["wins"] >= 0).all()
    assert found["wins"].sum() == 1


def test_columns_of_very_many_labels_together_are_told_apart() -> None:
    """Seven columns of 1,024 labels: more combinations than int64 can number."""
    count, zeros = 1024, np.zeros(1024, int)
    every = np.arange(count)
    names = [f"k{at}" for at in range(7)]
    codes = {name: np.concatenate([zeros, every]) for name in names}
    codes["k0"] = codes["k0"][::-1]
    columns: dict[str, Any] = {
        name: [f"{name}-{at:04}" for at in own] for name, own in codes.items()
    }
    deals = [f"D{at}" for at in range(2 * count)]
    journeys = built({"deal_id": deals} | columns, {"deal_id": deals}, keep=names)
    found = at.attribute(journeys, "linear").by(*names)
    cells_found = list(found[names].itertuples(index=False, name=None))
    assert sorted(cells_found) == sorted(set(zip(*columns.values(), strict=True)))
    assert found["deals"].sum() == 2 * count

"""``bootstrap``: weights by hash, rules weighted, models that learn fitted anew."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import oracles
import oracles_of_analysis
import pandas as pd
import pytest
import sample_at_hand
import strategies as own
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.analysis import replicates, sums
from attribution.arrays import cores
from attribution.arrays.draws import LANES
from attribution.errors import InputError
from attribution.models.base import Counts, Table
from attribution.models.shapley import replicas

if TYPE_CHECKING:
    from attribution.analysis.resampling import Bootstrap
    from attribution.journeys.journeys import Journeys

DRAWS = 9


def generated(deals: int, seed: int, *, lost: bool = True) -> Journeys:
    """Return deals of one to five touches of four channels, some of one account."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 6, deals)
    deal = np.repeat(np.arange(deals), lengths)
    channel = rng.integers(0, 4, len(deal))
    names = np.array(["ad", "mail", "call", "demo"], object)
    teams = np.array(["marketing", "marketing", "sales", "sales"], object)
    ids = np.array([f"D{number}" for number in range(deals)], object)
    touches = pd.DataFrame(
        {
            "deal_id": ids[deal],
            "time": pd.Timestamp("2026-01-01T00:00Z")
            + pd.to_timedelta(rng.integers(0, 10**6, len(deal)), "s"),
            "team": teams[channel],
            "channel": names[channel],
        }
    )
    won = rng.random(deals) < (0.5 if lost else 2.0)
    table = pd.DataFrame(
        {
            "deal_id": ids,
            "amount": rng.integers(1, 10**5, deals),
            "currency": np.where(rng.random(deals) < 0.8, "EUR", "USD"),
            "outcome": np.where(won, "won", "lost"),
            "closed_at": pd.Timestamp("2026-03-01T00:00Z"),
            "account_id": [f"A{number}" for number in rng.integers(0, deals, deals)],
        }
    )
    return at.build_journeys(touches, table)


def money_of(found: Bootstrap, model: str) -> list[dict[tuple[Any, ...], float]]:
    """Return by draw the major units of each cell of one column: (currency, label)."""
    cells = found.sample.cells
    codes, labels = cells.codes(), cells.columns[1].labels
    currencies = found.sample.journeys.currencies
    keys = [
        (currencies[one], labels[two])
        for one, two in zip(codes["currency"], codes[found.dims[0]], strict=True)
        if one >= 0
    ]
    drawn = found.models[model].drawn[: len(cells)][cells.deals > 0] / 100
    return [dict(zip(keys, column, strict=True)) for column in drawn.T.tolist()]


def repeated(journeys: Journeys, weights: np.ndarray[Any, Any]) -> Journeys:
    """Return the journeys in which each deal stands as often as its weight says."""
    parts = [
        replace(
            journeys.taken(np.flatnonzero(weights > at)),
            deal_id=journeys.deal_id[weights > at] + f"#{at}",
        )
        for at in range(int(weights.max()))
    ]
    return at.concat(parts)


@given(own.whole_journeys(limit=10**6), st.integers(0, 99), st.sampled_from("ad"))
def test_a_rule_is_the_weighted_sum_of_its_credits(
    tables: own.Tables, seed: int, unit: str
) -> None:
    unit = {"a": "account", "d": "deal"}[unit]
    plain = tables.built_plainly()
    sums: list[dict[tuple[str, str], int]] = [{} for _ in range(DRAWS)]
    for deal in tables.deals:
        if plain.outcomes[deal.deal_id] != "won":
            continue
        account = deal.account_id if unit == "account" else None
        key = oracles_of_analysis.unit_key(deal.deal_id, account)
        touches = [tables.touches[row] for row in plain.journeys[deal.deal_id]]
        credits = oracles.allocate(
            deal.amount, [Fraction(1, len(touches) or 1)] * len(touches)
        )
        for draw, total in enumerate(sums):
            weight = oracles_of_analysis.weight(key, seed, draw)
            for touch, credit in zip(touches, credits, strict=True):
                place = (deal.currency, touch.channel)
                total[place] = total.get(place, 0) + weight * credit
    journeys = tables.built()
    found = at.bootstrap(journeys, "linear", draws=DRAWS, seed=seed, unit=unit)
    frame = found.intervals(0.5)
    decimals = dict(zip(journeys.currencies, journeys.decimals, strict=True))
    taken = frame[~frame["channel"].str.startswith("(unattributed")]
    won = [deal for deal in tables.deals if deal.outcome == "won"]
    paid = {deal.currency for deal in won if deal.amount}
    for row in taken.itertuples():
        draws = [one.get((row.currency, row.channel), 0) for one in sums]
        draws = draws if row.currency in paid else [0] * DRAWS
        scale = 10 ** decimals[row.currency]
        low, high = (
            oracles_of_analysis.quantile(draws, q) / scale for q in (0.25, 0.75)
        )
        assert (row.low, row.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize("model", ["linear", "shapley", "time_decay"])
def test_the_middle_is_what_by_gives(model: str) -> None:
    journeys = generated(60, 1)
    found = at.bootstrap(journeys, model, draws=20, by=("team", "channel")).intervals()
    plain = at.attribute(journeys, model).by("team", "channel")
    names = ["model", "team", "channel", "currency", "revenue", "share"]
    pd.testing.assert_frame_equal(found[names], plain[names])


class ByWins(at.Model):
    """Channels weigh as their wins; it looks at every journey as it is."""

    def count(self, journeys: Journeys) -> Counts:
        column = journeys.touch["channel"]
        won = journeys.outcome == 1
        of_touch = np.repeat(journeys.count * won, np.diff(journeys.offsets))
        wins = np.bincount(column.codes, of_touch, len(column.labels)).astype(np.int64)
        keys = {"channel": column.labels.astype(object)}
        return Counts({"channels": Table(keys, {"wins": wins})})

    def solve(self, counts: Counts) -> dict[str, Any]:
        table = counts.tables["channels"]
        names = table.keys["channel"].tolist()
        return dict(zip(names, table.values["wins"].tolist(), strict=True))

    def weigh(self, journeys: Journeys, params: Any) -> Any:
        column = journeys.touch["channel"]
        own = np.array([params.get(one, 0) for one in column.labels], np.float64)
        weight = own[column.codes]
        deal = np.repeat(np.arange(len(journeys)), np.diff(journeys.offsets))
        total = np.bincount(deal, weight, len(journeys))
        return weight / np.where(total > 0, total, 1)[deal]


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["deal", "account"])
@pytest.mark.parametrize("by", ["channel", "team", "link"])
@pytest.mark.parametrize(
    "model",
    [
        ByWins(),
        at.models.Shapley(worth="win_rate"),
        at.models.Shapley(worth="win_rate", levels=("team", "channel")),
    ],
    ids=["wins", "shapley", "levels"],
)
def test_a_draw_is_what_fitting_and_crediting_the_repeated_deals_gives(
    model: at.Model, by: str, unit: str
) -> None:
    journeys = generated(40, 2)
    found = at.bootstrap(journeys, model, draws=5, by=by, unit=unit)
    weights = found.sample.weights((0, len(journeys)), (0, 5))
    assert found.models[model.label].fits.all()
    for draw, drawn in enumerate(money_of(found, model.label)):
        again = repeated(journeys, weights[:, draw])
        plain = at.attribute(again, model).by(by)
        told = {
            (row.currency, getattr(row, by)): row.revenue for row in plain.itertuples()
        }
        cents = 0.01 * again.touch_count
        for key, value in drawn.items():
            assert value == pytest.approx(told.get(key, 0.0), abs=cents)


def test_a_fitted_model_is_held_as_it_is() -> None:
    journeys = generated(40, 3)
    fitted = at.fit(journeys, "shapley:worth=win_rate")
    held = at.bootstrap(journeys, fitted, draws=4)
    learned = at.bootstrap(journeys, "shapley:worth=win_rate", draws=4)
    lines = at.attribute(journeys, fitted).lines()
    weights = held.sample.weights((0, len(journeys)), (0, 4))
    place = {name: at for at, name in enumerate(journeys.deal_id.tolist())}
    own = weights[[place[name] for name in lines["deal_id"]]]
    for draw, drawn in enumerate(money_of(held, fitted.label)):
        credit = lines["credit_minor"] * own[:, draw]
        plain = credit.groupby([lines["currency"], lines["channel"]]).sum() / 100
        assert drawn == pytest.approx(plain.to_dict())
    assert money_of(learned, fitted.label) != money_of(held, fitted.label)


def test_a_draw_that_cannot_be_fitted_is_left_out_and_said() -> None:
    class Choosy(ByWins):
        def solve(self, counts: Counts) -> dict[str, Any]:
            found = super().solve(counts)
            if sum(found.values()) > TOO_MANY:
                raise InputError([])
            return found

    journeys = generated(60, 4, lost=False)
    wins = at.fit(journeys, ByWins()).counts.tables["channels"].values["wins"].sum()  # type: ignore[union-attr]
    TOO_MANY = int(wins)  # noqa: N806
    found = at.bootstrap(journeys, Choosy(), draws=20)
    failed = 20 - int(found.models["choosy"].fits.sum())
    assert 0 < failed < 20
    issues = found.issues
    assert issues["code"].tolist()[0] == "A03"
    assert f"could not be fitted in {failed} of 20 draws" in issues["what"][0]
    assert found.intervals()["low"].notna().all()


def test_too_few_deals_for_what_is_learned_are_said_and_no_rule_is_warned_of() -> None:
    few = at.bootstrap(generated(40, 5), ["linear", "shapley:worth=win_rate"], draws=4)
    assert few.issues["code"].tolist() == ["A03"]
    assert few.issues["severity"].tolist() == ["warning"]
    assert "too few to carry it" in few.caption()
    assert "too few to carry it" in repr(few)
    many = at.bootstrap(generated(3000, 5), "shapley:worth=win_rate", draws=4)
    assert many.issues.empty


def test_a_rule_that_counts_only_to_tell_is_weighted_and_not_warned_of() -> None:
    journeys = sample_at_hand.sample_journeys()
    found = at.bootstrap(journeys, "w_shaped", draws=8)
    assert at.fit(journeys, "w_shaped").params
    assert found.issues.empty
    assert found.models["w_shaped"].drawn.dtype == np.int64


def test_the_caption_says_what_a_range_is_and_is_not() -> None:
    found = at.bootstrap(generated(40, 6), "linear", draws=8, seed=3)
    assert found.caption().startswith(
        "90 % range had other, similar deals closed; says nothing about whether the "
        "model is right. 8 draws of "
    )
    assert found.caption().endswith(" accounts, seed 3.")
    assert repr(found).splitlines()[-1].startswith("Credit is a division by rule")
    html = found._repr_html_()
    assert "says nothing about" in html
    assert "<tfoot>" in html
    paths = at.journeys_from_paths(["a"], wins=[3])
    assert "draws of 3 deals" in at.bootstrap(paths, "linear").caption()


@pytest.mark.parametrize(
    "model",
    [
        "linear",
        "shapley:worth=win_rate",
        pytest.param("markov", marks=pytest.mark.slow),
    ],
)
def test_rows_in_any_order_blocks_of_any_size_and_more_draws_change_nothing(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    touches, deals, contacts = sample_at_hand.sample()
    journeys = at.build_journeys(touches, deals, contacts=contacts)
    whole = at.bootstrap(journeys, model, draws=12)
    shuffled = at.build_journeys(
        touches.sample(frac=1, random_state=1),
        deals.sample(frac=1, random_state=2),
        contacts=contacts,
    )
    monkeypatch.setattr(replicates, "BLOCK", 5)
    again = at.bootstrap(shuffled, model, draws=12)
    pd.testing.assert_frame_equal(
        whole.intervals(), again.intervals(), check_exact=True
    )
    pd.testing.assert_frame_equal(whole.swaps(), again.swaps(), check_exact=True)
    for room in (cores, sums):
        monkeypatch.setattr(room, "cores", lambda: 1)
    more = at.bootstrap(journeys, model, draws=21)
    first = more.models[model].drawn[:, :12]
    assert np.array_equal(whole.models[model].drawn, first)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["markov", "shapley:worth=win_rate"])
def test_a_draw_is_the_same_alone_in_its_part(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    journeys = generated(40, 5)
    monkeypatch.setattr(replicas, "TABLE", 1 << 6)
    whole, less = (
        at.bootstrap(journeys, model, draws=number).models[model].drawn
        for number in (24, 2 * LANES + 1)
    )
    assert np.array_equal(whole[:, : less.shape[1]], less)


@pytest.mark.slow
def test_sums_do_not_depend_on_blocks_of_deals_but_for_rounding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journeys = generated(60, 6)
    whole = at.bootstrap(journeys, "markov", draws=8).models["markov"].drawn
    monkeypatch.setattr(sums, "DEALS", 7)
    again = at.bootstrap(journeys, "markov", draws=8).models["markov"].drawn
    np.testing.assert_allclose(again, whole, rtol=1e-12)


def test_other_deals_do_not_change_a_deals_weights() -> None:
    journeys = generated(50, 7)
    part = journeys.select(np.arange(len(journeys)) % 3 == 0)
    for unit in ("deal", "account"):
        whole, less = (
            at.bootstrap(one, "linear", draws=6, unit=unit).sample
            for one in (journeys, part)
        )
        of_whole = whole.weights((0, len(journeys)), (0, 6))
        of_part = less.weights((0, len(part)), (0, 6))
        assert np.array_equal(of_whole[::3], of_part)


def test_the_deals_of_an_account_come_together() -> None:
    journeys = generated(50, 8)
    sample = at.bootstrap(journeys, "linear", draws=6).sample
    weights = sample.weights((0, len(journeys)), (0, 6))
    frame = pd.DataFrame(weights).groupby(journeys.deals()["account"])
    assert frame.min().equals(frame.max())
    alone = at.bootstrap(journeys, "linear", draws=6, unit="deal").sample
    assert not np.array_equal(alone.weights((0, len(journeys)), (0, 6)), weights)


def test_a_path_stands_for_as_many_deals_as_it_has_wins() -> None:
    many = at.journeys_from_paths(["a", "b"], wins=[10_000, 10_000], revenue=[1e6, 1e6])
    few = at.journeys_from_paths(["a", "b"], wins=[1, 1], revenue=[1e6, 1e6])
    wide, narrow = (
        at.bootstrap(one, "linear", draws=100).intervals() for one in (few, many)
    )
    spread = [(one["high"] - one["low"]).max() for one in (wide, narrow)]
    assert spread[1] < spread[0] / 50
    assert narrow["low"].min() > 0.97e6


def test_all_that_a_draw_holds_of_paths_is_divided_where_a_player_has_a_cell() -> None:
    paths, wins, revenue = ["a > b > a", "b"], [3, 2], [100.01, 7]
    journeys = at.journeys_from_paths(paths, wins=wins, losses=[4, 9], revenue=revenue)
    model = "shapley:worth=win_rate"
    found = at.bootstrap(journeys, model, draws=8, unit="deal")
    drawn = found.sample.weights((0, 2), (0, 8))
    value = np.rint(drawn * np.array([[10001 / 3], [700 / 2]])).sum(0)
    assert found.models[model].drawn.sum(0) == pytest.approx(value, rel=1e-12)


def test_without_money_shares_are_of_deals() -> None:
    paths = at.journeys_from_paths(["a > b", "b", ""], wins=[30, 50, 20])
    found = at.bootstrap(paths, "linear", draws=60).intervals()
    assert found["share"].tolist() == pytest.approx([0.65, 0.15, 0.2])
    assert (found["share_low"] < found["share"]).all()
    assert (found["share"] < found["share_high"]).all()
    assert (found[["revenue", "low", "high"]] == 0).all(axis=None)


def test_money_no_touch_can_take_has_a_range_of_its_own() -> None:
    paths = at.journeys_from_paths(["a", ""], wins=[40, 40], revenue=[100, 100])
    found = at.bootstrap(paths, "linear", draws=50)
    frame = found.intervals()
    assert frame["channel"].tolist() == ["a", "(unattributed: no touch linked)"]
    spread = found.models["linear"]
    assert (spread.drawn.sum(0) > 0).all()
    assert frame["share"].sum() == 1.0


def test_neighbours_swap_as_often_as_the_draws_say() -> None:
    journeys = generated(200, 9)
    found = at.bootstrap(journeys, "linear", draws=40)
    frame = found.swaps()
    draws = money_of(found, "linear")
    for row in frame.itertuples():
        upper = [one[row.currency, row.above] for one in draws]
        lower = [one[row.currency, row.below] for one in draws]
        pairs = list(zip(upper, lower, strict=True))
        plain = sum((b > a) + (b == a) / 2 for a, b in pairs) / 40
        assert row.chance == plain
        assert row.difference >= 0
    ranked = found.intervals()
    euro = ranked[ranked["currency"] == "EUR"]["channel"].tolist()
    own = frame[frame["currency"] == "EUR"]
    assert [*own["above"], own["below"].iloc[-1]] == euro


def test_equal_neighbours_swap_with_a_chance_of_one_half() -> None:
    paths = at.journeys_from_paths(["a > b"], wins=[5], revenue=[10])
    assert at.bootstrap(paths, "linear", draws=10).swaps()["chance"].tolist() == [0.5]


@pytest.mark.slow
@given(own.whole_journeys(limit=10**6))
def test_the_effective_number_is_the_square_of_the_sum_over_the_sum_of_squares(
    tables: own.Tables,
) -> None:
    found = at.bootstrap(tables.built(), "linear", draws=1).effective()
    won = [deal for deal in tables.deals if deal.outcome == "won"]
    for row in found.itertuples():
        deals = [deal for deal in won if deal.currency == row.currency]
        units: dict[Any, int] = {}
        paid = any(deal.amount for deal in deals)
        for deal in deals:
            key = (deal.account_id or deal.deal_id, deal.account_id is None)
            units[key] = units.get(key, 0) + (deal.amount if paid else 1)
        amounts = [deal.amount if paid else 1 for deal in deals]
        assert (row.deals, row.units) == (len(deals), len(units))
        plain = oracles_of_analysis.effective(amounts)
        assert row.effective_deals == pytest.approx(plain)
        plain = oracles_of_analysis.effective(list(units.values()))
        assert row.effective_units == pytest.approx(plain)


def test_nothing_won_gives_the_columns_and_no_row() -> None:
    journeys = generated(20, 1)
    lost = journeys.select(journeys.outcome == 0)
    found = at.bootstrap(lost, "linear", draws=3)
    assert list(found.intervals().columns) == [
        "model", "channel", "currency", "revenue", "low", "high", "share", "share_low",
        "share_high",
    ]  # fmt: skip
    assert len(found.intervals()) == len(found.swaps()) == len(found.effective()) == 0
    assert repr(found).endswith("nothing is won.")


@pytest.mark.parametrize("model", ["linear", "shapley:worth=win_rate"])
def test_no_touches_and_no_deals_leave_nothing_to_range(model: str) -> None:
    touches, deals, _ = sample_at_hand.sample()
    untouched = at.build_journeys(touches[:0], deals)
    found = at.bootstrap(untouched, model, draws=5).intervals()
    assert set(found["channel"]) == {"(unattributed: no touch linked)"}
    assert set(found["share_low"]) == {1.0}
    if model == "linear":
        none = at.bootstrap(at.build_journeys(touches, deals[:0]), model)
        assert len(none.intervals()) == len(none.swaps()) == len(none.effective()) == 0


@pytest.mark.parametrize("by", ["owner", "deal_id", "process", ("team", "rep")])
def test_any_column_of_by_can_be_ranged(by: Any) -> None:
    journeys = sample_at_hand.sample_journeys()
    models = ["linear", "shapley:worth=win_rate"]
    found = at.bootstrap(journeys, models, draws=4, by=by).intervals()
    dims = (by,) if isinstance(by, str) else by
    plain = at.attribute(journeys, models).by(*dims)
    names = ["model", *dims, "currency", "revenue"]
    pd.testing.assert_frame_equal(found[names], plain[names])


def test_a_draw_that_holds_no_deal_has_no_share() -> None:
    paths = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
    found = at.bootstrap(paths, "linear", draws=30).intervals()
    assert found["share_low"].tolist() == [0.5, 0.5]
    assert found["low"].tolist() == [0.0, 0.0]
    seeds = range(20)
    empty = [at.bootstrap(paths, "linear", draws=1, seed=one) for one in seeds]
    assert any(one.intervals()["share_low"].isna().all() for one in empty)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"draws": 0}, "P04"),
        ({"draws": 2.5}, "P04"),
        ({"draws": 10**6}, "P04"),
        ({"seed": -1}, "P04"),
        ({"seed": "x"}, "P04"),
        ({"unit": "touch"}, "P04"),
        ({"unit": None}, "P04"),
        ({"by": "chanel"}, "P09"),
        ({"by": ()}, "P09"),
        ({"by": ("team", "team")}, "P09"),
        ({"models": "lineer"}, "P03"),
        ({"models": []}, "P03"),
    ],
)
def test_what_it_cannot_do_is_an_error(given: dict[str, Any], code: str) -> None:
    options = {"models": "linear", "draws": 2, **given}
    with pytest.raises(InputError) as caught:
        at.bootstrap(generated(5, 1), options.pop("models"), **options)
    assert [one.code for one in caught.value.issues] == [code]


def test_sums_that_could_pass_int64_are_refused() -> None:
    paths = at.journeys_from_paths(["a"] * 600, wins=[1] * 600, revenue=[10**13] * 600)
    with pytest.raises(InputError, match="M08"):
        at.bootstrap(paths, "linear", draws=1)


@pytest.mark.parametrize("level", [0.0, 1.0, 90, float("nan"), "x"])
def test_a_level_lies_between_0_and_1(level: Any) -> None:
    found = at.bootstrap(generated(5, 1), "linear", draws=2)
    with pytest.raises(InputError, match="P04"):
        found.intervals(level)


@pytest.mark.slow
def test_ninety_percent_ranges_hold_the_true_share_in_about_ninety_percent() -> None:
    # 800 won deals, lognormal amounts; marketing touches are 60 % whatever the amount,
    # so that under linear its true share of the money is 60 %.
    held = 0
    for run in range(200):
        rng = np.random.default_rng(run)
        lengths = rng.integers(1, 6, 800)
        parts = np.where(rng.random(lengths.sum()) < 0.6, "m", "s")
        cut = np.cumsum(lengths)[:-1]
        paths = [list(one) for one in np.split(parts, cut)]
        paid = np.round(rng.lognormal(9, 0.8, 800), 2)
        journeys = at.journeys_from_paths(
            paths,
            wins=[1] * 800,
            revenue=paid.tolist(),
            teams={"m": "marketing", "s": "sales"},
        )
        frame = at.bootstrap(journeys, "linear", by="team", seed=run).intervals()
        own = frame[frame["team"] == "marketing"].iloc[0]
        held += own["share_low"] <= 0.6 <= own["share_high"]
    assert 0.85 * 200 <= held <= 0.95 * 200

"""``agreement``: distances of shares, ranks, and the deals that models divide apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import oracles
import oracles_of_analysis
import pytest
import sample_at_hand
import strategies as own
from hypothesis import given

import attribution as at
from attribution.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from attribution.credit.results import Credits

MODELS = ["first_touch", "last_touch", "linear"]
NO_WEIGHT = "(unattributed: no weight)"


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))


def made(models: Any = MODELS) -> Credits:
    paths = at.journeys_from_paths(
        ["a > b", "b > a > c", ""], wins=[1, 1, 1], revenue=[100, 60, 40]
    )
    return at.attribute(paths, models)


def test_the_distance_is_the_part_of_the_money_that_stands_elsewhere() -> None:
    found = at.agreement(made()).distances()
    names = ["model", "other", "currency", "total_variation", "spearman", "kendall"]
    assert list(found.columns) == names
    # first: a 100, b 60; last: b 100, c 60; linear: a 70, b 70, c 20; of 200
    assert [row[:4] for row in rows(found)] == [
        ("first_touch", "last_touch", "XXX", 0.5),
        ("first_touch", "linear", "XXX", pytest.approx(0.15)),
        ("last_touch", "linear", "XXX", pytest.approx(0.35)),
    ]
    assert found["spearman"][0] == -0.5
    assert found["kendall"][0] == pytest.approx(-1 / 3)


def test_the_deals_are_those_on_which_two_models_differ_most() -> None:
    found = at.agreement(made()).deals()
    names = ["deal_id", "model", "other", "moved", "amount", "currency", "share"]
    assert list(found.columns) == names
    assert rows(found) == [
        (0, "first_touch", "last_touch", 100.0, 100.0, "XXX", 1.0),
        (1, "first_touch", "last_touch", 60.0, 60.0, "XXX", 1.0),
    ]
    assert rows(at.agreement(made()).deals(1)) == rows(found)[:1]
    assert at.agreement(made()).deals(0).empty


def test_touches_of_one_cell_are_no_difference() -> None:
    assert at.agreement(made(), by="team").deals().empty


class Nothing(at.Model):
    """No touch has a weight."""

    def weigh(self, journeys: Any, params: Any) -> Any:
        del params
        return np.zeros(journeys.touch_count)


def test_what_a_model_leaves_without_weight_stands_elsewhere() -> None:
    found = at.agreement(made(["linear", Nothing()]))
    assert found.distances()["total_variation"].tolist() == [0.8]
    assert found.distances()["spearman"].isna().all()
    assert found.deals()["moved"].tolist() == [100.0, 60.0]
    assert "–" in repr(found)


def test_without_money_shares_are_of_deals_and_no_deal_moves_money() -> None:
    paths = at.journeys_from_paths(["a > b"], wins=[4])
    found = at.agreement(at.attribute(paths, MODELS))
    assert found.distances()["total_variation"].tolist() == [1.0, 0.5, 0.5]
    assert found.deals().empty


@pytest.mark.slow
@given(own.whole_journeys(limit=10**6))
def test_distances_and_deals_are_those_of_the_plain_reference(
    tables: own.Tables,
) -> None:
    plain = tables.built_plainly()
    totals: dict[str, dict[str, dict[str, int]]] = {}
    moved: dict[str, int] = {}
    for deal in tables.deals:
        if deal.outcome != "won":
            continue
        touches = [tables.touches[row] for row in plain.journeys[deal.deal_id]]
        cells: list[dict[str, int]] = []
        for model in MODELS:
            weights = oracles.RATIONAL_RULES[model](touches) if touches else []
            credits = oracles.allocate(deal.amount, weights)
            sums = {} if touches else {"none": deal.amount}
            for touch, credit in zip(touches, credits, strict=True):
                sums[touch.channel] = sums.get(touch.channel, 0) + credit
            cells.append(sums)
            whole = totals.setdefault(deal.currency, {}).setdefault(model, {})
            for key, value in sums.items():
                whole[key] = whole.get(key, 0) + value
        moved[deal.deal_id] = max(
            sum(abs(a.get(k, 0) - b.get(k, 0)) for k in {*a, *b}) // 2
            for a in cells
            for b in cells
        )
    found = at.agreement(at.attribute(tables.built(), MODELS))
    for row in found.distances().itertuples():
        one, two = (totals[row.currency][name] for name in (row.model, row.other))
        if not sum(one.values()):
            continue
        far = oracles_of_analysis.total_variation(one, two)
        assert row.total_variation == pytest.approx(float(far))
        keys = sorted({*one, *two} - {"none"})
        sides = [[float(side.get(key, 0)) for key in keys] for side in (one, two)]
        for name in ("spearman", "kendall"):
            expected = getattr(oracles_of_analysis, name)(*sides)
            assert getattr(row, name) == pytest.approx(expected, nan_ok=True)
    scale = {"EUR": 100, "JPY": 1, "KWD": 1000}
    told = {
        row.deal_id: round(row.moved * scale[row.currency])
        for row in found.deals().itertuples()
    }
    assert told == {name: value for name, value in moved.items() if value}


def test_lost_deals_can_be_compared_too() -> None:
    paths = at.journeys_from_paths(["a > b"], wins=[0], losses=[1])
    found = at.agreement(at.attribute(paths, MODELS), of="lost")
    assert found.distances()["total_variation"].tolist() == [1.0, 0.5, 0.5]
    assert at.agreement(at.attribute(paths, MODELS)).distances().empty


def test_no_deals_give_the_columns_and_no_row() -> None:
    touches, deals, _ = sample_at_hand.sample()
    none = at.attribute(at.build_journeys(touches, deals[:0]), MODELS)
    found = at.agreement(none)
    assert found.distances().shape == (0, 6)
    assert found.deals().shape == (0, 7)


def test_texts_end_with_the_line() -> None:
    found = at.agreement(made())
    assert repr(found).splitlines()[-1].startswith("Credit is a division by rule")
    assert "<tfoot>" in found._repr_html_()


@pytest.mark.parametrize(
    ("models", "given", "code"),
    [
        ("linear", {}, "P03"),
        (MODELS, {"by": "chanel"}, "P09"),
        (MODELS, {"by": ()}, "P09"),
        (MODELS, {"of": "closed"}, "P04"),
    ],
)
def test_what_it_cannot_do_is_an_error(
    models: Any, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(InputError) as caught:
        at.agreement(made(models), **given)
    assert [one.code for one in caught.value.issues] == [code]


@pytest.mark.parametrize("n", [-1, 2.5, "x", None])
def test_a_number_of_deals_is_whole(n: Any) -> None:
    with pytest.raises(InputError, match="P04"):
        at.agreement(made()).deals(n)


def test_what_is_no_credits_is_an_error_of_kind() -> None:
    with pytest.raises(TypeError, match="not credits"):
        at.agreement(made().journeys)  # type: ignore[arg-type]

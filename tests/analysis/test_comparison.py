"""``compare``: models side by side, every column summing to the same money."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest

import attribution as at
from attribution.errors import InputError

TOUCHES = """\
deal_id,time,team,channel,owner
D1,2026-03-01T00:00:00Z,marketing,ad,x
D1,2026-03-02T00:00:00Z,sales,call,x
D1,2026-03-03T00:00:00Z,sales,mail,x
D2,2026-03-01T00:00:00Z,sales,call,y
D2,2026-03-02T00:00:00Z,marketing,mail,y
D4,2026-06-06T00:00:00Z,sales,call,y
L1,2026-03-02T00:00:00Z,marketing,mail,y
"""
DEALS = """\
deal_id,amount,currency,outcome,closed_at
D1,100,EUR,won,2026-04-01T00:00:00Z
D2,501,JPY,won,2026-04-01T00:00:00Z
D3,7,EUR,won,2026-04-01T00:00:00Z
D4,3,EUR,won,2026-04-01T00:00:00Z
D5,900,JPY,won,2026-04-01T00:00:00Z
L1,40,EUR,lost,2026-04-01T00:00:00Z
"""
NO_TOUCH = "(unattributed: no touch linked)"
AFTER = "(unattributed: after the anchor)"
MODELS = ["last_touch", "first_touch", "linear"]


def built(deals: str = DEALS) -> at.Journeys:
    frames = (pd.read_csv(io.StringIO(text), dtype=str) for text in (TOUCHES, deals))
    return at.build_journeys(*frames)


CREDITS = at.attribute(built(), MODELS)


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))


def test_models_stand_as_columns_in_the_rows_of_the_first() -> None:
    found = at.compare(CREDITS, "channel")
    assert list(found.columns) == ["channel", "currency", *MODELS]
    assert rows(found) == [
        ("mail", "EUR", 100.0, 0.0, 33.33),
        ("ad", "EUR", 0.0, 100.0, 33.34),
        ("call", "EUR", 0.0, 0.0, 33.33),
        (NO_TOUCH, "EUR", 7.0, 7.0, 7.0),
        (AFTER, "EUR", 3.0, 3.0, 3.0),
        ("mail", "JPY", 501.0, 0.0, 250.0),
        ("call", "JPY", 0.0, 501.0, 251.0),
        (NO_TOUCH, "JPY", 900.0, 900.0, 900.0),
    ]


def test_minor_units_are_integers() -> None:
    found = at.compare(CREDITS, "team", minor=True)
    assert {str(found[name].dtype) for name in MODELS} == {"int64"}
    assert {str(at.compare(CREDITS, "team")[name].dtype) for name in MODELS} == {
        "float64"
    }
    assert rows(found) == [
        ("sales", "EUR", 10000, 0, 6666),
        ("marketing", "EUR", 0, 10000, 3334),
        (NO_TOUCH, "EUR", 700, 700, 700),
        (AFTER, "EUR", 300, 300, 300),
        ("marketing", "JPY", 501, 0, 250),
        ("sales", "JPY", 0, 501, 251),
        (NO_TOUCH, "JPY", 900, 900, 900),
    ]


@pytest.mark.parametrize("dims", [["team", "channel"], ("team", "channel")])
def test_several_columns_are_grouped_by_as_in_by(dims: Any) -> None:
    found = at.compare(CREDITS, dims, minor=True)
    assert list(found.columns) == ["team", "channel", "currency", *MODELS]
    for model in MODELS:
        table = CREDITS.by(*dims, model=model, minor=True)
        keys = zip(found["team"], found["channel"], found["currency"], strict=True)
        side = dict(zip(keys, found[model], strict=True))
        assert side == {
            (team, channel, currency): money
            for team, channel, currency, money in rows(
                table[["team", "channel", "currency", "revenue_minor"]]
            )
        }


@pytest.mark.parametrize("of", ["won", "lost", "open", "pipeline"])
def test_every_column_sums_to_the_money_of_the_outcome(of: Any) -> None:
    journeys = CREDITS.journeys
    own = journeys.span(of)
    found = at.compare(CREDITS, "channel", of=of, minor=True)
    for code, currency in enumerate(journeys.currencies):
        chosen = journeys.currency[own] == code
        expected = journeys.amount[own][chosen].sum()
        sums = found[found["currency"] == currency][MODELS].sum()
        assert sums.tolist() == [expected] * 3


def test_what_is_asked_for_without_a_choice_is_won_money_in_major_units() -> None:
    plain = at.compare(CREDITS, "team")
    asked = at.compare(CREDITS, "team", of="won", minor=False)
    pd.testing.assert_frame_equal(plain, asked)
    assert rows(at.compare(CREDITS, "channel", of="lost")) == [
        ("mail", "EUR", 40.0, 40.0, 40.0)
    ]


def test_a_model_that_weighs_nothing_has_its_row_and_the_others_0() -> None:
    class Nothing(at.Model):
        def weigh(self, journeys: at.Journeys, params: Any) -> Any:
            del params
            return np.zeros(journeys.touch_count)

    credits = at.attribute(built(), ["last_touch", Nothing()])
    weightless = "(unattributed: no weight)"
    assert rows(at.compare(credits, "team")) == [
        ("sales", "EUR", 100.0, 0.0),
        ("marketing", "EUR", 0.0, 0.0),
        (NO_TOUCH, "EUR", 7.0, 7.0),
        (AFTER, "EUR", 3.0, 3.0),
        (weightless, "EUR", 0.0, 100.0),
        ("marketing", "JPY", 501.0, 0.0),
        ("sales", "JPY", 0.0, 0.0),
        (NO_TOUCH, "JPY", 900.0, 900.0),
        (weightless, "JPY", 0.0, 501.0),
    ]


def test_journeys_without_deals_give_the_columns_and_no_row() -> None:
    none = CREDITS.journeys.select(np.zeros(len(CREDITS.journeys), bool))
    found = at.compare(at.attribute(none, MODELS), ["team", "channel"])
    assert list(found.columns) == ["team", "channel", "currency", *MODELS]
    assert len(found) == 0
    assert (
        found.dtypes.tolist()
        == at.compare(CREDITS, ["team", "channel"]).dtypes.tolist()
    )


def test_a_label_that_reads_as_a_reason_loses_no_money() -> None:
    paths = at.journeys_from_paths([f"{NO_TOUCH} > b", ""], wins=[1, 1], revenue=[8, 1])
    assert at.compare(at.attribute(paths, "linear"), "channel")["linear"].sum() == 9.0


@pytest.mark.parametrize(
    ("by", "given", "code"),
    [
        ("chanel", {}, "P09"),
        ([], {}, "P09"),
        (["team", "team"], {}, "P09"),
        ("team", {"of": "closed"}, "P04"),
    ],
)
def test_what_it_cannot_do_is_an_error(by: Any, given: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        at.compare(CREDITS, by, **given)
    assert [one.code for one in caught.value.issues] == [code]

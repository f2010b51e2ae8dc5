"""Splitting a request is the bulk path, to the cent, whatever it is asked with."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import oracles
import pandas as pd
import pytest
import strategies
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from oracles import DAY, Deal
from requests_at_hand import (
    DEAL,
    LEARNED,
    ONE,
    START,
    TOUCHES,
    Asked,
    asked,
    plain_rules,
)  # fmt: skip

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Callable


def told(call: Callable[[], Any]) -> tuple[Any, list[str]]:
    """Return what a call gives, or the codes of its error."""
    try:
        return call(), []
    except at.InputError as error:
        return None, [one.code for one in error.issues]


def bulk_lines(given: Asked, model: str | at.Fitted) -> list[tuple[Any, ...]]:
    """Return deal, row of the deal, weight and credit of every touch that counts."""
    journeys = given.journeys()
    lines = at.attribute(journeys, model).lines(of="pipeline")
    rows = [given.touches[row] for row in journeys.row]
    return [
        (deal_id, touch, weight, credit)
        for deal_id, touch, weight, credit in zip(
            lines["deal_id"], rows, lines["weight"], lines["credit_minor"], strict=True
        )
    ]


def service_lines(given: Asked, response: at.SplitResponse) -> list[tuple[Any, ...]]:
    """Return the same of a response, in the order of its deals."""
    return [
        (
            deal.deal_id,
            given.rows(str(deal.deal_id))[line.row],
            line.weight,
            line.credit_minor,
        )
        for deal in response.deals
        for line in deal.touches
    ]


def in_bulk_order(lines: list[tuple[Any, ...]], given: Asked) -> list[tuple[Any, ...]]:
    order = given.journeys().deal_id.tolist()
    return sorted(lines, key=lambda line: order.index(line[0]))


QUICK = ("first_touch", "time_decay", "learned")


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(model, marks=[] if model in QUICK else [pytest.mark.slow])
        for model in [*plain_rules(), "learned"]
    ],
)
@given(asked())
@examples(60, quick=2)
def test_the_split_of_a_request_is_that_of_the_bulk_path(
    model: str, given: Asked
) -> None:
    one = LEARNED if model == "learned" else model
    expected, codes = told(lambda: bulk_lines(given, one))
    request = given.request(model)
    found, own_codes = told(
        lambda: at.split_deals(request, models={"learned": LEARNED})
    )
    assert own_codes == codes
    if found is not None:
        assert in_bulk_order(service_lines(given, found), given) == expected
        for deal in found.deals:
            credited = sum(line.credit_minor for line in deal.touches)
            assert credited + deal.unattributed_minor == deal.amount_minor
            assert (deal.unattributed is None) == bool(deal.touches)


@given(asked())
def test_every_touch_counts_or_is_set_aside_once_as_in_the_bulk_path(
    given: Asked,
) -> None:
    response = at.split_deals(given.request("linear"))
    journeys = given.journeys()
    aside = journeys.set_aside()
    expected = {
        (given.touches[row].deal_id, given.touches[row], code)
        for row, code in zip(aside["row"], aside["code"], strict=True)
    }
    found = set()
    for deal in response.deals:
        rows = given.rows(str(deal.deal_id))
        places = [line.row for line in deal.touches]
        places += [line.row for line in deal.set_aside]
        assert sorted(places) == list(range(len(rows)))
        found |= {(deal.deal_id, rows[one.row], one.code) for one in deal.set_aside}
    assert found == expected
    shown = journeys.deals().set_index("deal_id")
    for deal in response.deals:
        why = shown["unattributed"][deal.deal_id]
        assert deal.unattributed == (None if pd.isna(why) else why)
        assert deal.outcome == shown["outcome"][deal.deal_id]
    assert response.as_of == journeys.options["as_of"]


@given(asked(), st.data())
def test_the_order_of_deals_and_touches_changes_no_credit(
    given: Asked, data: st.DataObject
) -> None:
    moved = replace(
        given,
        touches=tuple(data.draw(strategies.permuted(given.touches))),
        deals=tuple(data.draw(strategies.permuted(given.deals))),
    )
    first, second = (
        {
            deal.deal_id: [
                (one.rows(str(deal.deal_id))[line.row], line.weight, line.credit_minor)
                for line in deal.touches
            ]
            for deal in at.split_deals(one.request("time_decay")).deals
        }
        for one in (given, moved)
    )
    assert first == second


@pytest.mark.slow
@given(asked(), st.integers(2, 5))
def test_threads_change_no_byte(given: Asked, threads: int) -> None:
    request = given.request("linear:per=channel", explain=True)
    assert at.split_deals(request, threads=threads) == at.split_deals(request)


def test_threads_divide_a_request_of_several_deals() -> None:
    given = replace(ONE, deals=tuple(replace(DEAL, deal_id=f"D{at}") for at in "123"))
    request = given.request("linear:per=channel")
    assert at.split_deals(request, threads=10**9) == at.split_deals(request)


class Nobody(at.Model):
    """No touch has a weight."""

    def weigh(self, journeys: at.Journeys, params: Any) -> Any:
        del params
        return np.zeros(journeys.touch_count)


def test_a_deal_without_weights_is_unattributed() -> None:
    request = ONE.request("nobody", explain=True)
    (deal,) = at.split_deals(request, models={"nobody": Nobody()}).deals
    assert (deal.unattributed, deal.unattributed_minor) == ("no weight", 1000)
    assert [line.credit_minor for line in deal.touches] == [0, 0, 0]
    assert deal.sentences == (
        "No touch can take this deal: (unattributed: no weight).",
    )


def test_many_callers_at_once_get_what_one_gets() -> None:
    bodies = [json.dumps(ONE.request(model)) for model in plain_rules()[:4]] * 20
    expected = [told(lambda body=body: at.split_deals(body)) for body in bodies]  # type: ignore[misc]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda body: told(lambda: at.split_deals(body)), bodies))
    assert found == expected


def test_a_response_repeats_what_was_asked_and_says_what_decided() -> None:
    request = ONE.request("linear:per=touch", request_id="r-7")
    response = at.split_deals(request)
    assert (response.request_id, response.model, response.title) == (
        "r-7", "linear", "linear",
    )  # fmt: skip
    assert response.version == at.__version__
    assert response.as_of == DEAL.closed_at
    (deal,) = response.deals
    assert (deal.deal_id, deal.currency, deal.outcome) == ("D1", "EUR", "won")
    assert [line.touch_id for line in deal.touches] == ["t0", "t1", "t2"]
    assert [line.credit_minor for line in deal.touches] == [334, 333, 333]
    assert deal.unattributed is None
    assert [*deal.set_aside, *deal.sentences, *response.notes] == []
    again = at.SplitResponse.model_validate_json(response.model_dump_json())
    assert again == response


def test_no_response_holds_a_contact_a_rep_or_a_label_of_a_touch() -> None:
    text = at.split_deals(ONE.request("linear", explain=True)).model_dump_json()
    assert "jo@example.com" not in text
    assert "Lea" not in text


def test_explain_gives_the_sentences_of_the_ledger() -> None:
    given = replace(ONE, deals=(DEAL, Deal(deal_id="D2", closed_at=START)))
    response = at.split_deals(given.request("time_decay", explain=True))
    ledger = at.attribute(given.journeys(), "time_decay").deal("D1")
    assert response.deals[0].sentences == ledger.sentences["time_decay"]
    assert response.deals[1].sentences == (
        "No touch can take this deal: (unattributed: no touch linked).",
    )


def test_a_key_of_models_comes_before_a_text_and_may_be_text_model_or_fit() -> None:
    models = {
        "linear": "first_touch",
        "half": at.models.TimeDecay(half_life="1d"),
        "fit": LEARNED,
    }
    labels = [
        at.split_deals(ONE.request(key, explain=True), models=models).model
        for key in (*models, "last_touch")
    ]
    assert labels == [
        "first_touch", "time_decay:half_life=1d", "shapley:worth=win_rate",
        "last_touch",
    ]  # fmt: skip


def test_what_is_seen_later_than_as_of_is_noted() -> None:
    stages = {"opportunity": START + 40 * DAY}
    given = replace(ONE, deals=(replace(DEAL, milestones=stages),), as_of=START + DAY)
    response = at.split_deals(given.request("linear"))
    assert [(note.code, note.count) for note in response.notes] == [
        ("T08", 1), ("T08", 1),
    ]  # fmt: skip
    assert response.deals[0].outcome == "open"
    assert [one.code for one in response.deals[0].set_aside] == ["T17"]


def test_labels_that_are_one_in_unicode_are_one_and_are_noted() -> None:
    forms = ["caf\u00e9", "cafe\u0301", "ad"]
    touches = tuple(
        replace(touch, team="sales", channel=form)
        for touch, form in zip(TOUCHES, forms, strict=True)
    )
    given = replace(ONE, touches=touches)
    response = at.split_deals(given.request("linear:per=channel"))
    assert [line.credit_minor for line in response.deals[0].touches] == [250, 250, 500]
    assert [(note.code, note.count) for note in response.notes] == [("L04", 1)]


def test_a_team_is_compared_without_case() -> None:
    touches = tuple(replace(touch, team="Sales", channel="x") for touch in TOUCHES)
    touches = (*touches[:2], replace(touches[2], team="SALES"))
    given = replace(ONE, touches=touches)
    found = at.split_deals(given.request("linear:per=channel")).deals[0].touches
    assert [line.weight for line in found] == [1 / 3] * 3


def test_a_time_is_text_with_a_zone_microseconds_or_an_aware_datetime() -> None:
    times = [
        "2026-03-01T12:00:00Z", "2026-03-01 13:00:00.000000+01:00",
        "2026-03-01t12:00z", 1_772_366_400_000_000,
        pd.Timestamp("2026-03-01T12:00:00Z").to_pydatetime(),
    ]  # fmt: skip
    request = ONE.request("linear")
    read = {
        at.SplitRequest.model_validate(
            {**request, "options": {"as_of": time}}
        ).options.as_of
        for time in times
    }
    assert read == {1_772_366_400_000_000}


def test_a_refund_is_the_exact_negative_of_the_sale() -> None:
    given = replace(ONE, deals=(replace(DEAL, amount=-1000),))
    request = given.request("linear")
    request["options"]["allow_negative"] = True
    found = at.split_deals(request).deals[0].touches
    assert [line.credit_minor for line in found] == [-334, -333, -333]


def test_a_cost_is_read_and_splits_nothing() -> None:
    request = ONE.request("linear")
    expected = at.split_deals(request)
    for touch in request["deals"][0]["touches"]:
        touch |= {"cost_minor": 5, "currency": "EUR"}
    assert at.split_deals(request) == expected


def test_a_request_cannot_be_changed() -> None:
    request = at.SplitRequest.model_validate(ONE.request("linear"))
    with pytest.raises(ValueError, match="frozen"):
        request.model = "x"  # type: ignore[misc]
    assert at.split_deals(request) == at.split_deals(ONE.request("linear"))


def test_a_split_imports_nothing_and_knows_no_dataframe() -> None:
    program = f"""
import sys, attribution as at
at.split_deals
request = {ONE.request("linear", explain=True)!r}
before = set(sys.modules)
for model in {[*plain_rules(), "nonsense"]!r}:
    try:
        at.split_deals({{**request, "model": model}}, threads=2)
    except at.InputError as error:
        error.errors()
try:
    at.split_deals("[")
except at.InputError:
    pass
heavy = {{"pandas", "narwhals", "pyarrow", "scipy"}} & set(sys.modules)
print(sorted(set(sys.modules) - before), sorted(heavy))
"""
    words = [sys.executable, "-c", program]
    ran = subprocess.run(words, capture_output=True, text=True, check=True)
    assert ran.stdout == "[] []\n"


def test_the_labels_of_a_request_are_columns_of_journeys() -> None:
    from attribution.service.laying import lay

    request = at.SplitRequest.model_validate(ONE.request("linear"))
    columns = lay(request, request.seen_at()).journeys
    frame = columns.to_frame(personal=True)
    bulk = ONE.journeys().to_frame(personal=True)
    pd.testing.assert_frame_equal(frame, bulk[frame.columns])
    assert "channel" in columns.touch
    assert "colour" not in columns.touch
    with pytest.raises(KeyError):
        columns.touch["colour"]
    assert len(columns.touch) == len(list(columns.touch))


def test_ids_as_whole_numbers_stand_by_value() -> None:
    touches = tuple(
        replace(touch, time=START, touch_id=name)
        for touch, name in zip(TOUCHES, [10, 9, 100], strict=True)
    )
    given = replace(ONE, touches=touches)
    found = at.split_deals(given.request("linear")).deals[0].touches
    assert [line.touch_id for line in found] == [9, 10, 100]


def test_the_oracle_agrees_on_a_deal_of_the_first_touch() -> None:
    found = at.split_deals(ONE.request("first_touch")).deals[0].touches
    expected = [float(one) for one in oracles.first_touch(TOUCHES)]
    assert [line.weight for line in found] == expected
    assert np.sum([line.credit_minor for line in found]) == DEAL.amount

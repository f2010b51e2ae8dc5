"""Requests: what is wrong with them, all at once, each at its place."""

from __future__ import annotations

import copy
import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import attribution as at

TOUCH = {"time": 1, "team": "sales", "channel": "call", "touch_id": "a"}
DEAL = {
    "deal_id": "D1",
    "amount_minor": 1003,
    "currency": "EUR",
    "outcome": "won",
    "closed_at": 9,
    "touches": [TOUCH],
}


def asked(*deals: object, model: str = "linear", **fields: Any) -> dict[str, Any]:
    return {"model": model, "deals": list(deals or [DEAL]), **fields}


def faults(request: object, **call: Any) -> list[tuple[str, tuple[Any, ...]]]:
    """Return type and place of each fault, in whatever form the request comes."""
    with pytest.raises(at.InputError) as caught:
        at.split_deals(request, **call)  # type: ignore[arg-type]
    told = caught.value.errors()
    for one in told:
        assert list(one) == ["type", "loc", "msg"]
        assert one["msg"]
    return [(str(one["type"]), tuple(one["loc"])) for one in told]  # type: ignore[arg-type]


def with_touch(**fields: Any) -> dict[str, Any]:
    return asked({**DEAL, "touches": [{**TOUCH, **fields}]})


@pytest.mark.parametrize(
    ("text", "kind", "loc"),
    [
        ("NaN", "int_type", ("deals", 0, "amount_minor")),
        ("Infinity", "int_type", ("deals", 0, "amount_minor")),
        ("-Infinity", "int_type", ("deals", 0, "amount_minor")),
        ("1e400", "int_type", ("deals", 0, "amount_minor")),
        ("1" + "0" * 400, "less_than_equal", ("deals", 0, "amount_minor")),
        ("1.0", "int_type", ("deals", 0, "amount_minor")),
        ("true", "int_type", ("deals", 0, "amount_minor")),
        ('"100"', "int_type", ("deals", 0, "amount_minor")),
        ("null", "int_type", ("deals", 0, "amount_minor")),
        ("1" * 5000, "json_invalid", ()),
        ("[" * 100_000, "json_invalid", ()),
        ('{"a":' * 100_000, "json_invalid", ()),
    ],
)
def test_an_amount_is_a_whole_number_of_minor_units(
    text: str, kind: str, loc: tuple[Any, ...]
) -> None:
    body = json.dumps(asked()).replace("1003", text)
    assert faults(body) == [(kind, loc)]
    assert faults(body.encode()) == [(kind, loc)]


@pytest.mark.parametrize(
    "body", ["", "[]", "null", "7", "{", b"\xff", "\ud800", None, [DEAL], 7]
)
def test_what_is_no_request_is_one_fault(body: object) -> None:
    assert [loc for _, loc in faults(body)] == [()]


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("time", None, "instant"),
        ("time", True, "instant"),
        ("time", 1.0, "instant"),
        ("time", -1, "instant"),
        ("time", 10**18, "instant"),
        ("time", "2026-03-01", "instant"),
        ("time", "2026-03-01T00:00:00", "instant"),
        ("time", "2026-02-30T00:00:00Z", "instant"),
        ("time", "1969-12-31T23:59:59Z", "instant"),
        ("time", "2200-01-01T00:00:00Z", "instant"),
        ("time", "1772366400", "instant"),
        ("touch_id", True, "id"),
        ("touch_id", 1.0, "id"),
        ("touch_id", 2**63, "id"),
        ("touch_id", "", "id"),
        ("touch_id", "x" * 257, "id"),
        ("channel", "", "string_too_short"),
        ("channel", "x" * 257, "string_too_long"),
        ("channel", 7, "string_type"),
        ("campaign", "", "string_too_short"),
        ("process", 1, "bool_type"),
        ("process", "true", "bool_type"),
        ("cost_minor", 1.5, "int_type"),
        ("currency", "eur", "string_pattern_mismatch"),
        ("colour", "red", "extra_forbidden"),
    ],
)
def test_a_field_of_a_touch_has_its_kind(name: str, value: object, kind: str) -> None:
    loc = ("deals", 0, "touches", 0, name)
    request = with_touch(**{name: value})
    assert faults(request) == [(kind, loc)]
    assert faults(json.dumps(request)) == [(kind, loc)]


@pytest.mark.parametrize(
    ("options", "kind", "name"),
    [
        ({"lookback": "180"}, "duration", "lookback"),
        ({"lookback": "0d"}, "duration", "lookback"),
        ({"lookback": 180}, "string_type", "lookback"),
        ({"anchor": "won"}, "literal_error", "anchor"),
        ({"as_of": "2026"}, "instant", "as_of"),
        ({"strict": 1}, "bool_type", "strict"),
        ({"start": "all"}, "extra_forbidden", "start"),
    ],
)
def test_an_option_is_one_of_its_choices(
    options: dict[str, Any], kind: str, name: str
) -> None:
    assert faults(asked(options=options)) == [(kind, ("options", name))]


def test_a_datetime_of_a_program_has_a_zone() -> None:
    naive = dt.datetime(2026, 3, 1)
    loc = ("deals", 0, "touches", 0, "time")
    assert faults(with_touch(time=naive)) == [("instant", loc)]
    assert at.split_deals(asked(options={"as_of": naive.replace(tzinfo=dt.UTC)}))


@pytest.mark.slow
def test_a_request_has_one_to_ten_thousand_deals() -> None:
    none = {"model": "linear", "deals": []}
    assert faults(none) == [("too_short", ("deals",))]
    deals = [{**DEAL, "deal_id": place} for place in range(10_001)]
    assert faults(asked(*deals)) == [("too_long", ("deals",))]
    assert len(at.split_deals(asked(*deals[:10_000])).deals) == 10_000
    touches = [{"time": 1, "team": "sales", "channel": "x"}] * 10_001
    many = asked({**DEAL, "touches": touches})
    assert faults(many) == [("too_long", ("deals", 0, "touches"))]


def test_W04_a_deal_stands_once_in_a_request() -> None:
    found = faults(asked(DEAL, {**DEAL, "deal_id": "D2"}, DEAL))
    assert found == [("W04", ("deals", 2, "deal_id"))]


def test_W04_a_touch_stands_once_in_a_deal_and_may_stand_in_several_deals() -> None:
    twice = {**DEAL, "touches": [TOUCH, TOUCH]}
    loc = ("deals", 0, "touches", 1, "touch_id")
    assert faults(asked(twice)) == [("W04", loc)]
    shared = at.split_deals(asked(DEAL, {**DEAL, "deal_id": "D2"}))
    assert [deal.touches[0].touch_id for deal in shared.deals] == ["a", "a"]
    nameless = {"time": 1, "team": "sales", "channel": "x"}
    both = at.split_deals(asked({**DEAL, "touches": [nameless, nameless]}))
    assert [line.credit_minor for line in both.deals[0].touches] == [502, 501]


def test_I05_ids_of_a_request_are_all_texts_or_all_numbers() -> None:
    deals = [DEAL, {**DEAL, "deal_id": 7, "touches": [{**TOUCH, "touch_id": 1}]}]
    assert faults(asked(*deals)) == [
        ("I05", ("deals", "deal_id")),
        ("I05", ("deals", "touch_id")),
    ]


def test_M05_a_deal_has_one_currency() -> None:
    loc = ("deals", 0, "touches", 0, "currency")
    assert faults(with_touch(currency="USD", cost_minor=5)) == [("M05", loc)]
    both = asked(DEAL, {**DEAL, "deal_id": "D2", "currency": "JPY"})
    assert [deal.currency for deal in at.split_deals(both).deals] == ["EUR", "JPY"]


def test_the_money_of_a_deal_is_sound() -> None:
    strange = {**DEAL, "currency": "ABC", "amount_minor": -1, "closed_at": None}
    assert faults(asked(strange)) == [
        ("M06", ("deals", 0, "currency")),
        ("M03", ("deals", 0, "amount_minor")),
        ("T02", ("deals", 0, "closed_at")),
    ]
    refund = asked({**DEAL, "amount_minor": -5}, options={"allow_negative": True})
    assert at.split_deals(refund).deals[0].touches[0].credit_minor == -5
    most = {**DEAL, "amount_minor": 10**15 + 1}
    assert faults(asked(most)) == [("less_than_equal", ("deals", 0, "amount_minor"))]


def test_a_team_is_marketing_sales_or_declared() -> None:
    loc = ("deals", 0, "touches", 0, "team")
    assert faults(with_touch(team="SDR")) == [("L07", loc)]
    request = {**with_touch(team="SDR"), "options": {"teams": ["sdr"]}}
    assert at.split_deals(request).deals[0].touches[0].credit_minor == 1003


def test_T06_a_touch_after_the_anchor_is_a_fault_where_a_request_is_strict() -> None:
    late = {**DEAL, "touches": [TOUCH, {**TOUCH, "touch_id": "b", "time": 10}]}
    (aside,) = at.split_deals(asked(late)).deals[0].set_aside
    assert (aside.row, aside.touch_id, aside.code) == (1, "b", "T06")
    assert aside.why == "It lies after the anchor."
    loc = ("deals", 0, "touches", 1, "time")
    assert faults(asked(late, options={"strict": True})) == [("T06", loc)]
    open_deal = {**late, "outcome": "open"}
    assert at.split_deals(asked(open_deal, options={"strict": True})).as_of == 10
    seen = {"strict": True, "as_of": 9}
    assert faults(asked(open_deal, options=seen)) == [("T06", loc)]
    unreached = {"strict": True, "anchor": "opportunity"}
    assert at.split_deals(asked(late, options=unreached)).deals[0].unattributed == (
        "no anchor"
    )


def test_a_strict_request_says_of_an_unknown_outcome_that_it_is_one() -> None:
    late = {**DEAL, "outcome": "foo", "touches": [TOUCH]}
    ((code, loc),) = faults(asked(late, options={"strict": True}))
    assert loc == ("deals", 0, "outcome")
    assert code == "literal_error"


def test_all_faults_are_told_at_once_those_between_fields_too() -> None:
    deals = [
        {
            **DEAL,
            "amount_minor": float("nan"),
            "touches": [TOUCH, {**TOUCH, "currency": "USD"}, {"time": "soon"}],
        },
        {**DEAL, "closed_at": "soon", "colour": "red"},
        "no deal",
        {**DEAL, "deal_id": "D2", "touches": [{**TOUCH, "time": "1970-01-02T00:00Z"}]},
    ]
    request = asked(*deals, model="linea", options={"strict": True}, further=1)
    first = ("deals", 0, "touches")
    expected = {
        ("int_type", ("deals", 0, "amount_minor")),
        ("instant", (*first, 2, "time")),
        ("missing", (*first, 2, "team")),
        ("missing", (*first, 2, "channel")),
        ("instant", ("deals", 1, "closed_at")),
        ("extra_forbidden", ("deals", 1, "colour")),
        ("model_type", ("deals", 2)),
        ("extra_forbidden", ("further",)),
        ("W04", ("deals", 1, "deal_id")),
        ("W04", (*first, 1, "touch_id")),
        ("M05", (*first, 1, "currency")),
        ("T06", ("deals", 3, "touches", 0, "time")),
        ("P03", ("model",)),
    }
    for form in (request, json.dumps(request)):
        found = faults(form)
        assert len(found) == len(set(found))
        assert set(found) == expected


def test_a_request_built_in_a_program_has_the_same_faults() -> None:
    with pytest.raises(ValueError, match="is the id of an earlier deal") as caught:
        at.SplitRequest.model_validate(asked(DEAL, DEAL))
    (told,) = caught.value.errors()  # type: ignore[attr-defined]
    assert (told["type"], told["loc"]) == ("W04", ("deals", 1, "deal_id"))


def test_parts_built_in_a_program_may_stand_among_plain_values() -> None:
    deal = at.SplitRequest.model_validate(asked()).deals[0]
    assert faults({"model": "x", "deals": [deal, deal], "further": 1}) == [
        ("extra_forbidden", ("further",)),
        ("W04", ("deals", 1, "deal_id")),
        ("P03", ("model",)),
    ]


ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
        st.sampled_from(["won", "linear", "EUR", "2026-03-01T00:00:00Z", "sales"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*DEAL, *TOUCH, "model", "x"]), inner),
    ),
    max_leaves=5,
)  # fmt: skip


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """A request of which some fields, deep or not, hold anything."""
    options = {
        "teams": ["sdr"], "lookback": "1d", "as_of": 5, "anchor": "mql", "strict": True,
    }  # fmt: skip
    request = asked(copy.deepcopy(DEAL), options=options, explain=True)
    deal = request["deals"][0]
    places = [request, options, deal, deal["touches"][0], options["teams"]]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places))
        keys = [*range(len(place))] if isinstance(place, list) else [*place, "mql_at"]
        place[draw(st.sampled_from(keys))] = draw(ANYTHING)
    return request


@given(spoiled())
def test_a_request_of_anything_is_split_or_told_its_faults(request_: Any) -> None:
    for form in (request_, json.dumps(request_)):
        try:
            assert at.split_deals(form).version == at.__version__
        except at.InputError as error:
            json.dumps(error.errors(), allow_nan=False)


def test_W03_a_thousand_faults_are_listed_and_the_others_counted() -> None:
    deals = [{**DEAL, "deal_id": place, "currency": "ABC"} for place in range(1200)]
    for request in (asked(*deals), asked(*deals, further=1)):
        found = faults(request)
        assert len(found) == 1001
        assert found[-1] == ("W03", ())


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("linea", "P03"),
        ("time_decay:half_life=0d", "P01"),
        ("time_decay:half=1d", "P03"),
        ("number", "P04"),
    ],
)
def test_a_model_is_a_text_or_a_key(model: str, code: str) -> None:
    models: Any = {"number": 7}
    assert faults(asked(model=model), models=models) == [(code, ("model",))]
    with pytest.raises(at.InputError, match="Keys of models=: number"):
        at.split_deals(asked(model=model), models=models)


def test_W05_a_model_that_learns_is_fitted_first() -> None:
    text = "shapley:worth=win_rate"
    assert faults(asked(model=text)) == [("W05", ("model",))]
    assert faults(asked(model="m"), models={"m": text}) == [("W05", ("model",))]


@pytest.mark.parametrize(
    "call", [{"models": ["linear"]}, {"threads": 0}, {"threads": 1.0}]
)
def test_a_call_of_the_wrong_kind_is_refused(call: dict[str, Any]) -> None:
    assert [code for code, _ in faults(asked(), **call)] == ["P04"]


def test_no_fault_repeats_a_value_of_the_request() -> None:
    personal = "jo@example.com"
    deal = {
        **DEAL,
        personal: 1,
        "currency": personal,
        "outcome": personal,
        "touches": [{key: [personal] for key in [*TOUCH, "contact_id", "x" * 100]}],
    }
    request = asked(deal, options={"lookback": personal}, request_id=[personal])
    with pytest.raises(at.InputError) as caught:
        at.split_deals(request)
    assert personal not in str(caught.value) + str(caught.value.errors())
    assert max(len(str(one["loc"])) for one in caught.value.errors()) < 120

"""Models of positions, milestones and time that are none, or do not fit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from bad_input.catalogue import built, check_shape, deals, instants, only

import attribution as at
from attribution.models import registry

if TYPE_CHECKING:
    from collections.abc import Callable

M = at.models
NAN = float("nan")
LEAD = instants("2026-01-02T10:00:00Z", None, None)


def fault_of(call: Callable[[], object]) -> Any:
    """Return the one fault that a call is refused for."""
    with pytest.raises(at.InputError) as caught:
        call()
    check_shape(caught.value)
    return only(caught.value)


WRONG_SUMS: list[tuple[str, Callable[[], object]]] = [
    ("0.9", lambda: M.Position(first=0.4, middle=0.2, last=0.3)),
    ("90", lambda: M.Position(first=40, middle=20, last=30)),
    ("0", lambda: M.Position(first=0, middle=0, last=0)),
    ("1.000001", lambda: M.Position(first=0.400001, middle=0.2, last=0.4)),
    ("0.5", lambda: M.Milestone(shares={"first": 0.5})),
    ("110", lambda: M.Milestone(shares={"first": 100, "lead": 10})),
    ("1.2", lambda: M.Custom(positions=[0.6, 0.6])),
    ("101", lambda: M.Custom(positions=[100, 1])),
    ("0.7", lambda: M.Custom(table={1: [1], 2: [0.3, 0.4]})),
]


@pytest.mark.parametrize(("total", "call"), WRONG_SUMS)
def test_P02_shares_that_do_not_sum_to_1_tell_their_sum(
    total: str, call: Callable[[], object]
) -> None:
    fault = fault_of(call)
    assert fault.code == "P02"
    assert f"sum to {total}" in fault.what
    assert fault.remedy


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"positions": [1], "channels": {"ad": 1}},
        {"positions": [1], "table": {1: [1]}},
        {"positions": []},
        {"channels": {"ad": 0}},
        {"channels": {}},
        {"table": {2: [1]}},
        {"table": {"two": [0.5, 0.5]}},
        {"table": {0: []}},
    ],
)
def test_P02_a_custom_model_is_one_sound_set_of_weights(given: dict[str, Any]) -> None:
    assert fault_of(lambda: M.Custom(**given)).code == "P02"


def test_P02_a_milestone_model_names_a_milestone() -> None:
    assert fault_of(lambda: M.Milestone(shares={"middle": 1})).code == "P02"


@pytest.mark.parametrize("share", [-0.2, NAN, float("inf"), "x", None, [0.2]])
def test_P01_a_share_is_a_number_that_is_not_negative(share: Any) -> None:
    with pytest.raises(at.InputError) as caught:
        M.Position(first=0.6, middle=share, last=0.6)
    assert [one.code for one in caught.value.issues] == ["P01"]
    calls: tuple[Callable[[], object], ...] = (
        lambda: M.Milestone(shares={"first": share, "last": 1}),
        lambda: M.Custom(positions=[share]),
        lambda: M.Custom(channels={"ad": share}),
        lambda: M.Custom(table={1: [share]}),
    )
    for call in calls:
        with pytest.raises(at.InputError) as caught:
            call()
        assert caught.value.issues[0].code == "P01"


@pytest.mark.parametrize(
    "call",
    [
        lambda: M.WShaped(holders=["sales"]),
        lambda: M.WShaped(holders={"lead": 7}),
        lambda: M.Custom(table=[0.5, 0.5]),
        lambda: M.Custom(table={1: None}),
        lambda: M.Milestone(shares=[0.5, 0.5]),
        lambda: M.LastTouch(skip=7),
    ],
)
def test_P01_a_parameter_of_the_wrong_kind_is_refused(
    call: Callable[[], object],
) -> None:
    with pytest.raises(at.InputError) as caught:
        call()
    assert {one.code for one in caught.value.issues} == {"P01"}


def test_P01_a_share_that_is_not_given_is_named() -> None:
    fault = fault_of(lambda: registry.parse("position:first=0.5,middle=0.5"))
    assert (fault.code, fault.column) == ("P01", "last")


@pytest.mark.parametrize(
    "text",
    [
        "position:first=0.4,middle=0.2,last=0.4,convention=google",
        "u_shaped:convention=none2",
        "w_shaped:convention=adobe",
        "j_shaped:convention=none",
        "time_decay:convention=google",
        "full_path:reentered=both",
    ],
)
def test_P01_an_unknown_convention_names_the_others(text: str) -> None:
    fault = fault_of(lambda: registry.parse(text))
    assert fault.code == "P01"
    assert "'" in fault.what


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("milestone:shares.first=0.5,shares.oportunity=0.5", "opportunity"),
        ("milestone:shares.leads=1", "lead"),
        ("w_shaped:holders.Lead=marketing", "lead"),
        ("full_path:holders.close=sales", "closed"),
    ],
)
def test_P03_an_unknown_milestone_names_the_nearest(text: str, nearest: str) -> None:
    fault = fault_of(lambda: registry.parse(text))
    assert fault.code == "P03"
    assert f"Did you mean {nearest!r}?" in fault.remedy


def test_P03_values_by_place_are_as_many_as_there_are_parameters() -> None:
    position: Any = M.Position
    model = position(0.4, 0.2, 0.4, "dp6")
    assert model == M.Position(first=0.4, middle=0.2, last=0.4, convention="dp6")
    assert fault_of(lambda: position(0.4, 0.2, 0.4, "dp6", 1)).code == "P03"
    assert fault_of(lambda: position(0.4, 0.2, 0.4, first=0.4)).code == "P03"


@pytest.mark.parametrize(
    "half_life", [{}, {"sales": "3"}, {"sales": 0}, {"sales": None}, ["3d"]]
)
def test_P01_each_half_life_of_a_mapping_is_checked(half_life: Any) -> None:
    assert fault_of(lambda: M.TimeDecay(half_life=half_life)).code == "P01"


@pytest.mark.parametrize(
    ("half_life", "convention"),
    [("3d", "posthog"), ("3d", "mta"), ({"ad": "3d"}, "dp6"), ({"ad": "3d"}, "rank")],
)
def test_P01_a_convention_with_a_half_life_of_its_own_takes_no_other(
    half_life: Any, convention: Any
) -> None:
    fault = fault_of(lambda: M.TimeDecay(half_life=half_life, convention=convention))
    assert fault.code == "P01"
    assert convention in fault.what


MILESTONES = [
    "w_shaped",
    "full_path",
    "u_shaped:convention=marketo",
    "u_shaped:convention=hubspot",
    "milestone:shares.first=0.5,shares.sql=0.5",
]


@pytest.mark.parametrize("text", MILESTONES)
def test_P07_a_milestone_model_needs_milestones(text: str) -> None:
    fault = fault_of(lambda: at.attribute(built(), text))
    assert fault.code == "P07"
    assert "lead_at" in fault.remedy


@pytest.mark.parametrize("text", MILESTONES)
def test_P07_a_milestone_model_needs_times_too(text: str) -> None:
    paths = at.journeys_from_paths(["a > b"], wins=[1])
    with pytest.raises(at.InputError) as caught:
        at.attribute(paths, text)
    assert [one.code for one in caught.value.issues] == ["P07", "P07"]


@pytest.mark.parametrize(
    "text", ["time_decay", "time_decay:convention=dp6", "time_decay:half_life.a=3d"]
)
def test_P07_a_time_model_needs_times(text: str) -> None:
    paths = at.journeys_from_paths(["a > b"], wins=[1])
    fault = fault_of(lambda: at.attribute(paths, text))
    assert fault.code == "P07"
    assert "paths have none" in fault.remedy


@pytest.mark.parametrize("text", ["mta", "rank"])
def test_a_decay_by_rank_needs_no_times(text: str) -> None:
    paths = at.journeys_from_paths(["a > b"], wins=[1])
    shares = at.attribute(paths, f"time_decay:convention={text}").lines()["weight"]
    assert shares.tolist() == pytest.approx([1 / 3, 2 / 3])


def test_P07_a_half_life_from_the_lookback_needs_one() -> None:
    fault = fault_of(lambda: at.attribute(built(), "time_decay:convention=posthog"))
    assert fault.code == "P07"
    assert "lookback" in fault.remedy


def test_P07_u_shaped_asks_for_a_convention_where_deals_have_a_lead_milestone() -> None:
    journeys = built(None, deals(lead_at=LEAD))
    fault = fault_of(lambda: at.attribute(journeys, "u_shaped"))
    assert fault.code == "P07"
    for name in ("adobe", "hubspot", "marketo"):
        assert name in fault.remedy
        assert at.attribute(journeys, f"u_shaped:convention={name}").models
    assert at.attribute(built(), "u_shaped").models


def test_P07_a_table_of_weights_names_the_deal_that_it_lacks() -> None:
    fault = fault_of(lambda: at.attribute(built(), "custom:table.2=0.5+0.5"))
    assert fault.code == "P07"
    assert "1 touches, as deal d2" in fault.what


def test_T13_milestones_out_of_order_name_their_deals() -> None:
    table = deals(
        lead_at=instants("2026-01-09T10:00:00Z", "2026-01-09T10:00:00Z", None),
        opportunity_at=instants("2026-01-08T10:00:00Z", "2026-01-08T10:00:00Z", None),
        opportunity_last_at=instants("2026-01-07T10:00:00Z", None, None),
    )
    found = [str(one) for one in built(None, table).found]
    assert "before an earlier milestone (deal d1, d2)" in found[0]
    assert "lies before opportunity_at (deal d1)" in found[1]


def test_a_schema_of_every_model_is_json() -> None:
    for model in registry.classes().values():
        assert json.loads(json.dumps(model.model_json_schema()))

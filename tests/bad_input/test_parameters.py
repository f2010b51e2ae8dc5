"""Parameters that are none, models that are not there, and tables of anything."""

from __future__ import annotations

import datetime as dt
import json
import string
import warnings
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from bad_input.catalogue import (
    AS_OF,
    CATALOGUE,
    built,
    check_fault,
    check_shape,
    deals,
    instants,
    only,
    refused,
    told,
    touches,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def fault_of(call: Callable[[], object]) -> Any:
    """Return the one fault that a call is refused for."""
    with pytest.raises(at.InputError) as caught:
        call()
    check_shape(caught.value)
    return only(caught.value)


LENGTHS = ["180", 180, "d", "-3d", "0d", "1y", "3 d 2 h", float("nan"), dt.timedelta(0)]


@pytest.mark.parametrize("length", [*LENGTHS, dt.timedelta(-1), "9" * 99 + "d", pd.NaT])
def test_P01_a_lookback_is_positive_and_has_a_unit(length: object) -> None:
    fault = only(refused(lookback=length))
    assert fault.code == "P01"
    assert "lookback" in fault.what
    assert "180d" in fault.remedy


@pytest.mark.parametrize("length", [*LENGTHS, 0, None])
def test_P01_a_half_life_is_positive_and_has_a_unit(length: Any) -> None:
    fault = fault_of(lambda: at.models.TimeDecay(half_life=length))
    assert fault.code == "P01"
    assert "half_life" in fault.what


@pytest.mark.parametrize("text", ["0d", "nan", "-3d", "3", "inf", ""])
def test_P01_a_half_life_in_a_text_is_checked_too(text: str) -> None:
    fault = fault_of(lambda: at.attribute(built(), f"time_decay:half_life={text}"))
    assert fault.code == "P01"


@pytest.mark.parametrize("per", ["deal", "", "touch+channel", "Touch"])
def test_P01_a_choice_of_a_model_names_the_others(per: str) -> None:
    fault = fault_of(lambda: at.attribute(built(), f"linear:per={per}"))
    assert (fault.code, fault.column) == ("P01", "per")
    assert "'touch' or 'channel'" in fault.what


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("time_decy", "time_decay"),
        ("Linear", "linear"),
        ("lasttouch", "last_touch"),
        ("time_decay:halflife=3d", "half_life"),
        ("linear:pr=touch", "per"),
    ],
)
def test_P03_an_unknown_model_or_parameter_names_the_nearest(
    text: str, nearest: str
) -> None:
    fault = fault_of(lambda: at.attribute(built(), text))
    assert (fault.code, fault.table) == ("P03", "models")
    assert f"Did you mean {nearest!r}?" in fault.remedy


NO_MODELS = ["", ":", "linear:", "linear:x", "linear:per=a,per=b", 'linear:per="a']


@pytest.mark.parametrize("text", NO_MODELS)
def test_P03_a_text_that_is_no_model_is_refused(text: str) -> None:
    assert fault_of(lambda: at.attribute(built(), text)).code == "P03"


@pytest.mark.parametrize(
    "models", [[], ["linear", "linear"], ["linear", 5], 5, None, at.models.Linear]
)
def test_P03_what_is_no_model_is_refused(models: Any) -> None:
    assert fault_of(lambda: at.attribute(built(), models)).code == "P03"


def test_P03_a_model_that_credits_lack_names_the_nearest() -> None:
    credits = at.attribute(built(), ["linear", "first_touch"])
    fault = fault_of(lambda: credits.by("team", model="linaer"))
    assert fault.code == "P03"
    assert "'linear'" in fault.remedy


CHOICES: dict[str, Any] = {
    "anchor": "close",
    "start": "previous",
    "sharing": "eech",
    "rounding": "half_evn",
}


@pytest.mark.parametrize("name", list(CHOICES))
def test_P04_an_option_that_is_none_of_its_choices_names_them(name: str) -> None:
    fault = check_fault(refused(**{name: CHOICES[name]}), "P04", (name, ""))
    assert "Did you mean" in fault.remedy


def test_P04_all_options_are_told_at_once() -> None:
    error = refused(**CHOICES, keep=7, outcomes={"Closed": "gewonnen"}, teams="sdr")
    names = {one.table for one in error.issues}
    assert {one.code for one in error.issues} == {"P04"}
    assert names == {*CHOICES, "keep", "outcomes", "teams"}


STRANGE_OPTIONS: list[tuple[str, Any]] = [
    ("keep", [7]),
    ("keep", 7),
    ("days", None),
    ("process", [["call"]]),
    ("columns", ["deal_id"]),
    ("columns", "deal_id"),
    ("outcomes", ["won"]),
    ("outcomes", {"x": ["won"]}),
    ("teams", 7),
    ("anchor", np.array(["closed", "lead"])),
    ("anchor", ["closed"]),
    ("allow_negative", "yes"),
    ("currency", ["EUR"]),
]


@pytest.mark.parametrize(("name", "value"), STRANGE_OPTIONS)
def test_P04_an_option_of_the_wrong_kind_is_refused(name: str, value: object) -> None:
    error = refused(**{name: value})
    assert error.issues[0].code in {"P04", "S01", "M06"}
    assert name in str(error)


@pytest.mark.parametrize("separator", ["", None, 7])
def test_P04_paths_are_cut_at_a_text(separator: Any) -> None:
    def call() -> object:
        return at.journeys_from_paths(["a > b"], wins=[1], separator=separator)

    assert fault_of(call).code == "P04"


@pytest.mark.parametrize("wins", [1, None])
def test_P04_wins_are_as_many_as_paths(wins: Any) -> None:
    with pytest.raises(at.InputError) as caught:
        at.journeys_from_paths(["a > b"], wins=wins)
    check_shape(caught.value)
    assert "wins" in str(caught.value)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True])
def test_P04_threads_are_a_number(threads: Any) -> None:
    call = fault_of(lambda: at.attribute(built(), "linear", threads=threads))
    assert call.code == "P04"


@pytest.mark.parametrize("period", ["year", "Month", ["month"], 3])
def test_P04_a_period_is_a_month_or_a_quarter(period: Any) -> None:
    credits = at.attribute(built(), "linear")
    assert fault_of(lambda: credits.by("team", period=period)).code == "P04"


@pytest.mark.parametrize("of", ["wonn", "", ["won"], None])
def test_P04_of_is_an_outcome_or_the_pipeline(of: Any) -> None:
    credits = at.attribute(built(), "linear")
    assert fault_of(lambda: credits.by("team", of=of)).code == "P04"
    assert fault_of(lambda: credits.lines(of=of)).code == "P04"


@pytest.mark.parametrize("mask", [[True], [0, 1, 2], ["a"] * 3, None])
def test_P04_a_selection_has_one_boolean_a_deal(mask: Any) -> None:
    assert fault_of(lambda: built().select(mask)).code == "P04"


def test_P05_parts_were_built_with_the_same_options() -> None:
    assert fault_of(lambda: at.concat([])).code == "P05"
    other = [built(), built(lookback="30d")]
    assert fault_of(lambda: at.concat(other)).code == "P05"
    paths = [built(), at.journeys_from_paths(["a"], wins=[1])]
    assert fault_of(lambda: at.concat(paths)).code == "P05"


@pytest.mark.parametrize("decimals", [-1, 10, 2.0, "2", True])
def test_P06_decimals_are_0_to_9(decimals: Any) -> None:
    fault = only(refused(decimals=decimals))
    assert fault.code == "P06"
    assert "decimals" in fault.what


def test_P07_a_model_of_times_needs_times() -> None:
    journeys = at.journeys_from_paths(["a > b"], wins=[1])
    fault = fault_of(lambda: at.attribute(journeys, "time_decay"))
    assert (fault.code, fault.table, fault.column) == ("P07", "models", "time_decay")
    assert "times" in fault.remedy


def test_P08_a_file_without_a_model_of_this_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    at.fit(built(), "linear").save(path)
    record = json.loads(path.read_text())
    changes: list[dict[str, Any]] = [
        {"schema": 99}, {"model": "linaer"}, {"model": None}, {"counts": [1]},
        {"counts": {"a": 1}}, {"parameters": []}, {"more": 1}, {"schema": "1"},
    ]  # fmt: skip
    for change in changes:
        path.write_text(json.dumps({**record, **change}))
        assert fault_of(lambda: at.load_model(path)).code == "P08", change
    path.write_text("[1, 2]")
    assert fault_of(lambda: at.load_model(path)).code == "P08"
    for text in ("", "{", "NaN", '{"a": Infinity}', "\x00", "[" * 100_000):
        path.write_text(text)
        assert fault_of(lambda: at.load_model(path)).code == "W01", text


def test_P09_a_column_to_group_by_is_there() -> None:
    credits = at.attribute(built(), "linear")
    fault = fault_of(lambda: credits.by("chanel"))
    assert fault.code == "P09"
    assert "Did you mean 'channel'?" in fault.remedy
    for dims in ((), ("team", "team"), ("currency",), ("period",), (7,), (["team"],)):
        assert fault_of(partial(credits.by, *dims)).code == "P09"
    assert fault_of(lambda: at.compare(credits, "chanel")).code == "P09"


@pytest.mark.parametrize("deal_id", ["d9", None, 7, ""])
def test_P10_a_ledger_is_of_a_deal_that_is_there(deal_id: object) -> None:
    fault = fault_of(lambda: at.attribute(built(), "linear").deal(deal_id))
    assert fault.code == "P10"
    assert fault.remedy


def test_P11_names_that_no_touch_has_are_reported_with_the_nearest() -> None:
    teams = {"search": "marketing", "call": "sales", "mail": "sales", "mial": "sales"}
    journeys = built(touches(team=None), teams=teams, process=["cal"])
    assert told(journeys) == [
        ("P11", "warning", "touches", "channel", 1),
        ("P11", "warning", "touches", "channel", 1),
    ]
    remedies = set(journeys.issues["remedy"])
    assert remedies == {"Did you mean 'call'?", "Did you mean 'mail'?"}


def test_P11_teams_beside_a_column_of_teams_is_noted() -> None:
    teams = {"search": "marketing", "call": "sales", "mail": "sales"}
    journeys = built(teams=teams)
    assert [one[:4] for one in told(journeys)] == [("P11", "note", "touches", "team")]
    assert journeys.labels["team"] == ["marketing", "sales"]


def test_P11_a_link_without_its_column_is_reported() -> None:
    journeys = built(links=["deal", "lead"])
    assert told(journeys) == [("P11", "warning", "touches", "lead_deal_id", 1)]
    assert "'lead'" in journeys.issues["what"][0]


@pytest.mark.parametrize("links", ["acount", ["deal", "acount"], ["deal", "acount", 3]])
def test_P04_an_unknown_link_is_named_with_the_nearest(links: Any) -> None:
    faults = refused(links=links).issues
    assert {(one.code, one.table) for one in faults} == {("P04", "links")}
    assert "Did you mean 'account'?" in {one.remedy for one in faults}


@pytest.mark.parametrize("links", [[], 7, {}, ""])
def test_P04_links_that_name_none_are_refused(links: Any) -> None:
    assert {one.code for one in refused(links=links).issues} == {"P04"}


# --------------------------------------------------------- tables of anything

TEXTS = st.text(string.printable + "é\u0301\u202e\x00\U0001f600", max_size=6)
TIMES = st.datetimes(dt.datetime(1600, 1, 1), dt.datetime(2600, 1, 1))
CELLS = st.one_of(
    st.none(),
    st.sampled_from(["d1", "d2", "won", "sales", "2026-01-05", "", "NaN", "EUR"]),
    TEXTS,
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.decimals(allow_nan=False),
    st.complex_numbers(),
    st.binary(max_size=3),
    TIMES,
    TIMES.map(lambda time: time.replace(tzinfo=dt.UTC)),
    st.dates(),
    st.lists(st.integers(), max_size=2),
    st.sampled_from([Decimal("1.50"), Decimal("NaN")]),
    st.just(pd.NaT),
)
KINDS = [
    "object", "category", "str", "Int64", "float32", "float64", "bool", "boolean",
    "datetime64[ns]", "datetime64[s]", "datetime64[us, UTC]", "complex128", "uint64",
    "timedelta64[s]",
]  # fmt: skip
NAMES = {
    "touches": [*touches(), "contact_id", "account_id", "campaign", "rep", "cost"],
    "deals": [*deals(), "account_id", "created_at", "opportunity_at", "won", "segment"],
    "contacts": ["deal_id", "contact_id", "role"],
}
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "tz": st.sampled_from(["UTC", "Europe/Berlin"]),
        "lookback": st.sampled_from(["30d", dt.timedelta(hours=1)]),
        "anchor": st.sampled_from(["closed", "opportunity"]),
        "sharing": st.sampled_from(["each", "open"]),
        "start": st.sampled_from(["all", "previous_close", "opportunity"]),
        "rounding": st.just("half_even"),
        "currency": st.just("EUR"),
        "allow_negative": st.just(value=True),
        "as_of": st.sampled_from([AS_OF, None]),
    },
)


def column(values: list[object], kind: str) -> pd.Series[Any]:
    """Return values as a column of this type if they fit, else as objects."""
    objects = pd.Series(values, dtype=object)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return objects.astype(kind)
        except (TypeError, ValueError, OverflowError, ArithmeticError):
            return objects


@st.composite
def spoilt(draw: st.DrawFn, table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return a sound table with some columns of anything, and some left out."""
    for name in draw(st.lists(st.sampled_from(names), max_size=2, unique=True)):
        cells = draw(st.sampled_from([CELLS, st.sampled_from([None, "d1", "1.5", 7])]))
        values = draw(st.lists(cells, min_size=len(table), max_size=len(table)))
        table = table.assign(**{name: column(values, draw(st.sampled_from(KINDS)))})
    lost = draw(st.lists(st.sampled_from(list(table)), max_size=1))
    kept = table.drop(columns=lost)
    return kept if draw(st.booleans()) else table


COMMITTEE = pd.DataFrame({"deal_id": ["d1", "d2"], "contact_id": ["c1", "c2"]})


def check_anything(tables: dict[str, pd.DataFrame], options: dict[str, Any]) -> None:
    """Check that tables of anything give journeys, or every fault that they have."""
    try:
        journeys = at.build_journeys(**tables, **options)
    except at.InputError as error:
        check_shape(error)
        assert {one.code for one in error.issues} <= {row.code for row in CATALOGUE}
        return
    assert {one.code for one in journeys.found} <= {row.code for row in CATALOGUE}
    aside = journeys.set_aside()
    used = set(journeys.row.tolist())
    out = set(aside["row"][aside["table"] == "touches"])
    assert used | out == set(range(len(tables["touches"])))
    assert not used & out
    found = at.attribute(journeys, ["linear", "first_touch"]).by("team", minor=True)
    won = int(journeys.amount[journeys.span("won")].sum())
    assert found.groupby("model")["revenue_minor"].sum().isin([won]).all()
    assert repr(journeys)


TABLES = st.fixed_dictionaries(
    {
        "touches": spoilt(touches(), NAMES["touches"]),
        "deals": spoilt(deals(created_at=instants(*[AS_OF] * 3)), NAMES["deals"]),
        "contacts": spoilt(COMMITTEE, NAMES["contacts"]),
    }
)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


QUICK: dict[str, Any] = {"derandomize": True, "phases": [Phase.generate]}


@settings(max_examples=15, suppress_health_check=SLOW, deadline=None, **QUICK)
@given(TABLES, OPTIONS)
def test_tables_of_anything_give_journeys_or_their_faults(
    tables: dict[str, pd.DataFrame], options: dict[str, Any]
) -> None:
    check_anything(tables, options)


@pytest.mark.slow
@settings(max_examples=1_000, suppress_health_check=SLOW, deadline=None)
@given(TABLES, OPTIONS)
def test_many_tables_of_anything_give_journeys_or_their_faults(
    tables: dict[str, pd.DataFrame], options: dict[str, Any]
) -> None:
    check_anything(tables, options)

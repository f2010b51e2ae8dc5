"""Parts of journeys: select and concat, which undo one another to the byte."""

from __future__ import annotations

import io
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import sample_at_hand
import strategies
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.errors import InputError
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys

AS_OF = "2026-12-31"
TOUCHES = """\
touch_id,time,team,channel,rep,contact_id,deal_id,cost
1,2026-01-05T09:00:00Z,marketing,webinar,,jo@x.com,W2,10.5
,2026-01-20T09:30:00Z,sales,call,Ana,,W2,0
3,2026-01-05T09:00:00Z,sales,call,Ana,,W10,
4,2026-01-08T00:00:00Z,marketing,ad,,,L1,3
5,2026-01-09T00:00:00Z,sales,é,Bo,,O1,4
6,2026-05-01T00:00:00Z,sales,call,Bo,,L1,5
7,2026-01-01T00:00:00Z,sales,call,Bo,,ZZ,6
"""
DEALS = """\
deal_id,amount,currency,outcome,closed_at,segment,amount_at_opportunity
O1,7.5,EUR,open,2027-01-01T00:00:00Z,,1
W2,1.001,KWD,won,2026-02-10,large,0.5
L1,10,EUR,lost,2026-03-01T00:00:00Z,small,3
W10,900,JPY,won,2026-02-11T12:00:00Z,small,800
"""


def frame_of(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str)


def built(
    touches: pd.DataFrame | None = None,
    deals: pd.DataFrame | None = None,
    **options: Any,
) -> Journeys:
    own = frame_of(TOUCHES) if touches is None else touches
    others = frame_of(DEALS) if deals is None else deals
    return at.build_journeys(
        own, others, **{"as_of": AS_OF, "currency": "EUR"} | options
    )


def parts_of(*groups: set[str], **options: Any) -> list[Journeys]:
    """Return journeys built from the rows of each group of deals alone."""
    touches, deals = frame_of(TOUCHES), frame_of(DEALS)
    return [
        built(
            touches[touches["deal_id"].isin(group)],
            deals[deals["deal_id"].isin(group)],
            **options,
        )
        for group in groups
    ]


JOURNEYS = built()


def plain(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return a frame as lists, None where a value is missing."""
    shown = frame.astype(object)
    return shown.where(shown.notna(), None).to_dict("list")  # type: ignore[no-any-return]


def shown(name: str, value: Any) -> Any:
    """Return a column as plain values, labels in place of codes."""
    if name == "touch_id" and value is not None:
        return [None if code < 0 else value.labels[code] for code in value.codes]
    if isinstance(value, np.ndarray):
        return (str(value.dtype), value.tolist())
    if isinstance(value, dict):
        return [(key, shown(key, one)) for key, one in value.items()]
    if isinstance(value, Labelled):
        return (shown("", value.codes), shown("", value.labels))
    return value


def check_equal(found: Journeys, expected: Journeys) -> None:
    """Check that every column is equal, in kind, order and value."""
    for one in fields(expected):
        if one.name not in {"found", "aside", "row"}:
            value = shown(one.name, getattr(found, one.name))
            assert value == shown(one.name, getattr(expected, one.name)), one.name


def refused(code: str, parts: Any) -> str:
    with pytest.raises(InputError) as caught:
        at.concat(parts)
    assert [one.code for one in caught.value.issues] == [code]
    return str(caught.value)


# -------------------------------------------------------------------------- select


def test_selected_deals_keep_their_order_and_their_rows_set_aside() -> None:
    chosen = JOURNEYS.select(np.isin(JOURNEYS.deal_id, ["L1", "W2"]))
    assert chosen.deal_id.tolist() == ["W2", "L1"]
    assert chosen.offsets.tolist() == [0, 2, 3]
    assert chosen.row.tolist() == [0, 1, 3]
    assert chosen.labels["channel"] == ["ad", "call", "webinar"]
    assert chosen.deal["segment"].labels.tolist() == ["large", "small"]
    assert chosen.options == JOURNEYS.options
    assert plain(chosen.set_aside()) == {
        "table": ["touches"] * 2,
        "row": [5, 6],
        "code": ["T06", "J01"],
        "deal": ["L1", None],
    }
    without = JOURNEYS.select(JOURNEYS.outcome == 1).set_aside()
    assert without["code"].tolist() == ["J01"]
    pd.testing.assert_frame_equal(chosen.issues, JOURNEYS.issues)


def test_all_deals_selected_are_the_same_and_none_are_none() -> None:
    check_equal(JOURNEYS.select(np.ones(4, bool)), JOURNEYS)
    none = JOURNEYS.select(np.zeros(4, bool))
    assert (len(none), none.touch_count) == (0, 0)
    assert none.deals().dtypes.tolist() == JOURNEYS.deals().dtypes.tolist()
    assert none.to_frame().dtypes.tolist() == JOURNEYS.to_frame().dtypes.tolist()


@pytest.mark.parametrize(
    "mask",
    [np.array([True]), np.ones(4, int), np.ones((4, 1), bool), [0, 1], "won", None],
    ids=["short", "integers", "two dimensions", "places", "text", "nothing"],
)
def test_a_mask_that_is_not_one_boolean_a_deal_is_p04(mask: Any) -> None:
    with pytest.raises(InputError, match=r"\[P04\].*each of the 4 deals"):
        JOURNEYS.select(mask)


def test_a_list_of_booleans_is_a_mask() -> None:
    mask: Any = [False, True, False, False]
    assert JOURNEYS.select(mask).deal_id.tolist() == ["W2"]


# -------------------------------------------------------------------------- concat


@pytest.mark.parametrize(
    "groups",
    [
        ({"W2", "L1"}, {"W10", "O1"}),
        ({"O1"}, {"L1"}, {"W2"}, {"W10"}),
        ({"W10", "O1", "L1", "W2"},),
        ({"W10", "O1", "L1", "W2"}, set()),
    ],
)
def test_parts_built_apart_are_the_whole_built_at_once(groups: Any) -> None:
    whole = built(frame_of(TOUCHES)[:-1])
    found = at.concat(parts_of(*groups))
    check_equal(found, whole)
    pd.testing.assert_frame_equal(found.to_frame(), whole.to_frame())
    pd.testing.assert_frame_equal(found.deals(), whole.deals())
    assert repr(found).split("\n")[:8] == repr(whole).split("\n")[:8]


@pytest.mark.slow
@given(strategies.tables(), st.randoms(use_true_random=False), st.integers(1, 4))
def test_selected_parts_in_any_order_are_the_journeys_they_came_from(
    tables: strategies.Tables, random: Any, count: int
) -> None:
    touches, deals, contacts = tables.frames()
    whole = at.build_journeys(touches, deals, contacts=contacts)
    part = np.array([random.randrange(count) for _ in range(len(whole))], int)
    parts = [whole.select(part == one) for one in range(count)]
    random.shuffle(parts)
    found = at.concat(parts)
    check_equal(found, whole)
    assert found.row.tolist() == whole.row.tolist()
    reached = whole.set_aside().dropna().astype(str).to_numpy().tolist()
    again = found.set_aside().dropna().astype(str).to_numpy().tolist()
    assert sorted(again) == sorted(reached)


@pytest.mark.slow
def test_ledgers_of_joined_parts_are_those_of_the_whole() -> None:
    touches, deals, contacts = sample_at_hand.sample()
    whole = at.build_journeys(touches, deals, contacts=contacts, lookback="90d")
    third = np.arange(len(whole)) % 3
    found = at.concat([whole.select(third == part) for part in (2, 0, 1)])
    for deal_id in whole.deal_id[::3]:
        ledgers = [at.attribute(one, "linear").deal(deal_id) for one in (found, whole)]
        assert repr(ledgers[0]) == repr(ledgers[1])
        pd.testing.assert_frame_equal(ledgers[0].frame(), ledgers[1].frame())


def test_a_concat_of_one_is_the_same_and_of_a_concat_too() -> None:
    check_equal(at.concat([JOURNEYS]), JOURNEYS)
    one, two, three = parts_of({"W2"}, {"L1", "W10"}, {"O1"})
    check_equal(at.concat([one, at.concat([two, three])]), at.concat([three, two, one]))
    assert len(at.concat(part for part in (one, two))) == 3  # type: ignore[arg-type]


def test_labels_of_parts_become_one_column_in_label_order() -> None:
    found = at.concat(parts_of({"O1"}, {"W2"}, {"L1"}))
    assert found.labels["channel"] == ["ad", "call", "webinar", "é"]
    assert found.currencies == ("EUR", "KWD")
    assert found.decimals == (2, 3)
    assert found.amount.tolist() == [1001, 1000, 750]
    assert [found.currencies[code] for code in found.currency] == ["KWD", "EUR", "EUR"]


def test_a_column_of_deals_that_one_part_lacks_is_missing_there() -> None:
    touches, deals = frame_of(TOUCHES), frame_of(DEALS).drop(columns="segment")
    without = built(touches[2:3], deals[3:])
    found = at.concat([*parts_of({"W2"}, {"L1"}), without])
    assert plain(found.deals())["segment"] == [None, "large", "small"]
    assert set(at.attribute(found, "linear").by("segment")["segment"]) == {
        "(none)",
        "large",
    }


def test_rows_set_aside_and_issues_of_every_part_are_kept() -> None:
    found = at.concat(parts_of({"W2", "ZZ"}, {"L1"}))
    assert plain(found.set_aside()) == {
        "table": ["touches", "touches"],
        "row": [1, 2],
        "code": ["T06", "J01"],
        "deal": ["L1", None],
    }
    codes = found.issues["code"].tolist()
    assert codes.count("J01") == codes.count("T06") == 1
    ledger = repr(at.attribute(found, "linear").deal("L1"))
    assert (
        "6      2026-05-01 00:00  sales  call               Bo   lies after" in ledger
    )


def test_the_latest_as_of_is_that_of_the_whole() -> None:
    early, late = parts_of({"L1"}, as_of="2026-06-01") + parts_of({"W2"})
    assert late.options["as_of"] > early.options["as_of"]
    for parts in ([late, early], [early, late]):
        assert at.concat(parts).options == late.options


def test_touch_ids_that_one_part_lacks_are_missing_there() -> None:
    touches = frame_of(TOUCHES)
    plain_part = built(
        touches[touches["deal_id"] == "W2"].drop(columns="touch_id"),
        frame_of(DEALS)[1:2],
    )
    assert plain_part.touch_id is None
    (other,) = parts_of({"L1"})
    for parts in ([plain_part, other], [other, plain_part]):
        assert plain(at.concat(parts).to_frame())["touch_id"] == [None, None, "4"]
    alone = at.concat([plain_part])
    assert alone.touch_id is None


def test_paths_of_one_kind_are_joined() -> None:
    whole = at.journeys_from_paths(["a", "b > a"], wins=[2, 1], losses=[0, 3])
    parts = [whole.select(whole.outcome == outcome) for outcome in (0, 1)]
    found = at.concat(parts)
    check_equal(found, whole)
    assert found.time is None


# ----------------------------------------------------------------- what is refused


def test_no_part_is_p05() -> None:
    assert "no part" in refused("P05", [])


@pytest.mark.parametrize(
    "options",
    [
        {"lookback": "180d"},
        {"tz": "Europe/Berlin"},
        {"start": "all"},
        {"process": ("call",)},
        {"currency": "USD"},
        {"anchor": "opportunity"},
        {"allow_negative": True},
        {"rounding": "half_up"},
    ],
    ids=str,
)
def test_parts_of_other_options_are_p05(options: Any) -> None:
    one, other = parts_of({"W2"})[0], parts_of({"L1"}, **options)[0]
    for parts in ([one, other], [other, one]):
        assert "other options" in refused("P05", parts)


def test_paths_and_touches_are_p05() -> None:
    paths = at.journeys_from_paths(["a"], wins=[1])
    for parts in ([paths, JOURNEYS], [JOURNEYS, paths]):
        assert "other options or columns" in refused("P05", parts)


@pytest.mark.parametrize("column", ["cost", "amount_at_opportunity"])
def test_a_column_of_money_that_one_part_lacks_is_p05(column: str) -> None:
    touches, deals = frame_of(TOUCHES), frame_of(DEALS)
    without = built(
        touches[touches["deal_id"] == "L1"].drop(columns=column, errors="ignore"),
        deals[deals["deal_id"] == "L1"].drop(columns=column, errors="ignore"),
    )
    (one,) = parts_of({"W2"})
    assert f"some parts have a column {column}" in refused("P05", [one, without])
    assert getattr(at.concat([without]), column) is None


def test_deal_ids_of_two_kinds_are_p05() -> None:
    texts = at.journeys_from_paths(["a"], wins=[1], losses=[1])
    numbers = at.journeys_from_paths(["a"], wins=[1])
    refused("P05", [texts, numbers])


def test_touch_ids_of_two_kinds_are_i05() -> None:
    touches, deals = frame_of(TOUCHES), frame_of(DEALS)
    numbers = touches[touches["deal_id"] == "L1"].assign(touch_id=[1, 2])
    (texts,) = parts_of({"W2"})
    found = refused("I05", [texts, built(numbers, deals[deals["deal_id"] == "L1"])])
    assert "touch ids" in found


def test_a_deal_in_two_parts_is_i04_and_every_such_deal_is_counted() -> None:
    one, other = parts_of({"W2", "L1", "O1"}, {"W2", "W10", "O1"})
    with pytest.raises(InputError) as caught:
        at.concat([one, other])
    (fault,) = caught.value.issues
    assert (fault.code, fault.table, fault.column) == ("I04", "deals", "deal_id")
    assert fault.count == 2
    assert "deal O1 and 1 more" in fault.what
    assert "I04" in refused("I04", [one, one, one])


def test_two_parts_of_paths_have_the_same_ids_and_are_refused() -> None:
    part = at.journeys_from_paths(["a"], wins=[1])
    assert "deal 0" in refused("I04", [part, part])

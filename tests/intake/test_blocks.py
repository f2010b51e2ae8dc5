"""Journeys in blocks are those of one piece, to the byte."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import strategies
from blocks_at_hand import (
    check_same,
    check_same_credit,
    options_of,
    sample,
    size_for,
    sources,
)
from hypothesis import event, given, settings
from hypothesis import strategies as st

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Callable

    from oracles import Options
    from strategies import Tables

QUICK, SLOW = 4, 200
COUNTS = st.sampled_from([1, 2, 7])
CASES = st.one_of(
    st.tuples(strategies.tables(), strategies.option_sets()),
    st.tuples(strategies.tables(alike=True), strategies.rule_sets()),
    st.tuples(strategies.tables(), strategies.rule_sets()),
)


def check(tables: Tables, options: Options, blocks: int) -> None:
    """Check blocks against one piece, or that both refuse alike."""
    touches, deals, contacts = tables.frames()
    how = options_of(options)
    block = size_for(len(touches), blocks)
    try:
        one = at.build_journeys(touches, deals, contacts=contacts, **how)
    except at.InputError as error:
        event("refused")
        with pytest.raises(at.InputError) as caught:
            at.open_journeys(touches, deals, contacts=contacts, block=block, **how)
        assert caught.value.issues == error.issues
        return
    with at.open_journeys(
        touches, deals, contacts=contacts, block=block, **how
    ) as parts:
        event(f"{parts.block_count} blocks")
        check_same(parts, one)
        check_same_credit(parts, one)


@settings(max_examples=QUICK)
@given(CASES, COUNTS)
def test_blocks_are_those_of_one_piece(
    case: tuple[Tables, Options], blocks: int
) -> None:
    check(*case, blocks)


@pytest.mark.slow
@settings(max_examples=SLOW)
@given(CASES, COUNTS)
def test_blocks_are_those_of_one_piece_at_length(
    case: tuple[Tables, Options], blocks: int
) -> None:
    check(*case, blocks)


@pytest.mark.slow
@settings(max_examples=QUICK)
@given(CASES, COUNTS)
def test_every_kind_of_source_gives_the_same(
    case: tuple[Tables, Options], blocks: int
) -> None:
    tables, options = case
    how: dict[str, Any] = options_of(options)
    block = size_for(len(tables.touches), blocks)
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for kind, (touches, deals, contacts) in sources(tables, Path(folder)).items():
            with at.open_journeys(
                touches, deals, contacts=contacts, block=block, **how
            ) as parts:
                found[kind] = (
                    parts.to_frame(personal=True).astype(str),
                    parts.deals().astype(str),
                    parts.set_aside(),
                    at.attribute(parts, "linear").by("team"),
                )
    for kind, frames in found.items():
        for one, other in zip(frames, found["csv"], strict=True):
            assert one.equals(other), kind


WAYS: tuple[dict[str, Any], ...] = (
    {"keep": ["url", "number"]},
    {"process": ["call", "nothing"], "teams": {"webinar": "marketing"}},
    {"days": ["time"], "tz": "America/New_York"},
    {"days": ["closed_at"], "as_of": "2025-06-01"},
    {"exclude": {"campaign": ["spring"]}, "lookback": {"sales": "3d", "none": "5d"}},
    {"columns": {"touches": {"rep": "url"}}, "links": ["deal", "lead"]},
    {"rounding": "half_up", "decimals": 1, "unit": "account_day"},
    {"days": ["nothing"], "decimals": 0},
    {"keep": ["nothing"]},
)
"""Options that look at the columns and labels of the whole."""

FRAMES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "as they are": lambda frame: frame,
    "without rows": lambda frame: frame.head(0),
    "numbered": lambda frame: frame.assign(touch_id=np.arange(len(frame))),
    "numbered at first": lambda frame: frame.assign(
        touch_id=pd.array([at if at < 20 else None for at in range(len(frame))])
    ),
    "naive and aware": lambda frame: frame.assign(
        time=np.where(
            np.arange(len(frame)) < 90, "2025-01-01T00:00:00", "2025-01-01T0Z"
        )
    ),
    "of bad costs": lambda frame: frame.assign(cost=-1.0),
}


@pytest.mark.slow
@pytest.mark.parametrize("how", WAYS, ids=str)
@pytest.mark.parametrize("change", FRAMES)
def test_options_that_look_at_the_whole_agree_on_every_table(
    how: dict[str, Any], change: str
) -> None:
    check_options(how, FRAMES[change])


def check_options(
    how: dict[str, Any], change: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    """Check blocks against one piece, or that both refuse alike."""
    touches, deals, contacts = sample()
    number = np.arange(len(touches))
    columns = {
        "cost": number / 100,
        "number": number % 3,
        "url": (number % 7).astype(str),
    }
    touches = change(touches.assign(**columns))
    how = {"currency": "USD", "contacts": contacts, **how}
    try:
        one = at.build_journeys(touches, deals, **how)
    except at.InputError as error:
        with pytest.raises(at.InputError) as caught:
            at.open_journeys(touches, deals, block=150, **how)
        assert caught.value.issues == error.issues
        return
    with at.open_journeys(touches, deals, block=150, **how) as blocks:
        check_same(blocks, one)
        assert blocks.options == one.options


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["row", "account_day"])
@pytest.mark.parametrize("ids", [None, "salesforce"])
def test_ids_may_be_integers(unit: Any, ids: Any) -> None:
    number = np.arange(6)
    closed = pd.Timestamp("2025-04-01", tz="UTC")
    touches = pd.DataFrame(
        {
            "touch_id": number + 90,
            "deal_id": pd.array([1, 2, None, 3, None, 9], "Int64"),
            "account_id": pd.array([10, None, 10, 20, 20, 10], "Int64"),
            "time": closed - pd.to_timedelta(number + 1, unit="D"),
            "team": "sales",
            "channel": "call",
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": [1, 2, 3], "account_id": [10, 10, 20], "amount": 5,
            "outcome": "won", "closed_at": closed, "currency": "EUR",
        }
    )  # fmt: skip
    how: dict[str, Any] = {"unit": unit, "ids": ids}
    for columns in (touches.columns, touches.columns.drop("touch_id")):
        one = at.build_journeys(touches[columns], deals, **how)
        with at.open_journeys(touches[columns], deals, block=2, **how) as blocks:
            check_same(blocks, one)


@pytest.mark.slow
@pytest.mark.parametrize("column", ["account_id", "contact_id"])
def test_integers_that_no_other_table_names_lead_to_no_deal(column: str) -> None:
    closed = pd.Timestamp("2025-04-01", tz="UTC")
    touches = pd.DataFrame(
        {
            "deal_id": ["a", None, None, "b"], column: [1, 2, 3, 4], "time": closed,
            "team": "sales", "channel": "call",
        }
    )  # fmt: skip
    deals = pd.DataFrame(
        {"deal_id": ["a", "b"], "amount": 5, "outcome": "won", "closed_at": closed}
    )
    how: dict[str, Any] = {"currency": "EUR", "unit": "account_day"}
    one = at.build_journeys(touches, deals, **how)
    with at.open_journeys(touches, deals, block=2, **how) as blocks:
        check_same(blocks, one)


@pytest.mark.slow
def test_an_empty_touch_id_tells_no_repeats() -> None:
    closed = pd.Timestamp("2025-04-01", tz="UTC")
    touches = pd.DataFrame(
        {
            "deal_id": ["a", "b", "a", "a"], "touch_id": ["", "", "", "t"],
            "time": closed, "team": "sales", "channel": "call",
        }
    )  # fmt: skip
    deals = pd.DataFrame(
        {"deal_id": ["a", "b"], "amount": 5, "outcome": "won", "closed_at": closed}
    )
    one = at.build_journeys(touches, deals, currency="EUR")
    assert one.touch_count == len(touches)
    with at.open_journeys(touches, deals, block=1, currency="EUR") as blocks:
        check_same(blocks, one)


@pytest.mark.slow
def test_touch_0_of_no_deal_is_one_touch() -> None:
    closed = pd.Timestamp("2025-04-01", tz="UTC")
    touches = pd.DataFrame(
        {
            "deal_id": ["x", "a", "y", "x"], "touch_id": [0, 1, 0, 0], "time": closed,
            "team": "sales", "channel": "call",
        }
    )  # fmt: skip
    deals = pd.DataFrame(
        {"deal_id": ["a"], "amount": 5, "outcome": "won", "closed_at": closed}
    )
    one = at.build_journeys(touches, deals, currency="EUR")
    with at.open_journeys(touches, deals, block=1, currency="EUR") as blocks:
        check_same(blocks, one)

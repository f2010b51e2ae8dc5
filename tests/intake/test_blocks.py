"""Journeys in blocks are those of one piece, to the byte."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import strategies
from blocks_at_hand import (
    check_same,
    check_same_credit,
    options_of,
    size_for,
    sources,
)
from hypothesis import event, given, settings
from hypothesis import strategies as st

import attribution as at

if TYPE_CHECKING:
    from oracles import Options
    from strategies import Tables

QUICK, SLOW = 8, 200
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

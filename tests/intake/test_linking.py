"""Which touches count in which deal: the library against the plain build."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import event, given, settings

import attribution as at
import oracles
import strategies
from oracles import DAY, Deal, Options, Touch
from strategies import START, Tables

if TYPE_CHECKING:
    import pandas as pd

    from attribution.journeys.journeys import Journeys


def built_by_library(tables: Tables, options: Options) -> Journeys:
    touches, deals, contacts = tables.frames()
    given: dict[str, Any] = {}
    if options.lookback is not None:
        given["lookback"] = dt.timedelta(microseconds=options.lookback)
    if options.as_of is not None:
        given["as_of"] = strategies.iso(options.as_of)
    return at.build_journeys(
        touches,
        deals,
        contacts=contacts,
        anchor=options.anchor,
        start=options.start,  # type: ignore[arg-type]
        sharing=options.sharing,  # type: ignore[arg-type]
        **given,
    )


def shown(touch: Touch, time: int) -> tuple[object, ...]:
    """Return what a frame shows of a touch; equal rows cannot be told apart."""
    contact = "(none)" if touch.contact_id is None else touch.contact_id
    name = None if touch.touch_id is None else str(touch.touch_id)
    return (
        name, time, touch.team, touch.channel, touch.campaign, touch.rep,
        contact,
    )  # fmt: skip


def journeys_of(journeys: Journeys) -> dict[str, list[tuple[object, ...]]]:
    """Return each deal's touches in order, as the frame shows them."""
    frame = journeys.to_frame(personal=True)
    found: dict[str, list[tuple[object, ...]]] = {
        deal_id: [] for deal_id in journeys.deals()["deal_id"]
    }
    times = frame["time"].dt.as_unit("us").astype("int64")
    labels = frame[["team", "channel", "campaign", "rep", "contact_id"]]
    ids = [None if one is None else str(one) for one in present(frame["touch_id"])]
    for deal_id, touch_id, time, names in zip(
        frame["deal_id"], ids, times, labels.itertuples(index=False), strict=True
    ):
        found[deal_id].append((touch_id, time, *names))
    return found


def present(column: pd.Series[Any]) -> list[Any]:
    return [None if one is None or one != one else one for one in column]


def check_against_oracle(tables: Tables, options: Options) -> None:
    expected = oracles.build(tables.touches, tables.deals, tables.contacts, options)
    journeys = built_by_library(tables, options)
    deals = journeys.deals()
    assert list(deals["deal_id"]) == list(expected.journeys)
    assert dict(zip(deals["deal_id"], deals["outcome"], strict=True)) == (
        expected.outcomes
    )
    assert journeys_of(journeys) == {
        deal_id: [
            shown(tables.touches[row], expected.times[row, deal_id]) for row in rows
        ]
        for deal_id, rows in expected.journeys.items()
    }
    reasons = dict(zip(deals["deal_id"], present(deals["unattributed"]), strict=True))
    assert {k: v for k, v in reasons.items() if v is not None} == expected.reasons
    aside = journeys.set_aside()
    aside = aside[aside["table"] == "touches"]
    found = zip(aside["row"], aside["code"], present(aside["deal"]), strict=True)
    assert sorted(found, key=lambda one: one[0]) == [
        (row, *told) for row, told in sorted(expected.aside.items())
    ]
    for reason in expected.reasons.values():
        event(f"reason: {reason}")


@given(strategies.tables(), strategies.option_sets())
@settings(max_examples=1500)
def test_journeys_are_those_of_the_plain_build_under_every_option(
    tables: Tables, options: Options
) -> None:
    from hypothesis import assume
    for d in tables.deals:
        a = d.milestones.get(options.anchor)
        assume(not (a and d.closed_at is not None and d.outcome != "open" and a > d.closed_at))
    check_against_oracle(tables, options)

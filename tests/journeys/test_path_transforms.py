"""Path transforms: which touches stay, and that the others are set aside once."""

from __future__ import annotations

from functools import partial
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import strategies
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.journeys import transforms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attribution.journeys.journeys import Journeys

Steps = list[str]
Plain = tuple["Callable[[Journeys], Journeys]", "Callable[[Steps], Steps]"]


def without(steps: Steps, name: str) -> Steps:
    others = [step for step in steps if step != name]
    return others or steps


def without_tail(steps: Steps, name: str) -> Steps:
    kept = list(steps)
    while kept and kept[-1] == name:
        kept.pop()
    return kept or steps


PLAIN: dict[str, Plain] = {
    "unique": (transforms.unique, list),
    "exposure": (transforms.exposure, lambda steps: [k for k, _ in groupby(steps)]),
    "first": (transforms.first, lambda steps: list(dict.fromkeys(steps))),
    "frequency": (
        transforms.frequency,
        lambda steps: [f"{k}({steps.count(k)})" for k in dict.fromkeys(steps)],
    ),
    "remove_if_not_all": (
        partial(transforms.remove_if_not_all, channel="b"),
        partial(without, name="b"),
    ),
    "remove_if_last_and_not_all": (
        partial(transforms.remove_if_last_and_not_all, channel="b"),
        partial(without_tail, name="b"),
    ),
    "trim": (partial(transforms.trim, n=2), lambda steps: steps[-2:]),
}
every_transform = pytest.mark.parametrize("name", PLAIN)
all_steps = st.lists(st.lists(st.sampled_from("abé"), max_size=6), max_size=6)


def built(paths: Sequence[Steps], **more: Any) -> Journeys:
    count = {"wins": [place % 3 for place in range(len(paths))]}
    count["losses"] = [1] * len(paths)
    return at.journeys_from_paths(list(paths), **{**count, **more})


def steps_of(journeys: Journeys) -> dict[str, Steps]:
    labels = journeys.to_frame()["channel"].tolist()
    cuts = pairwise(journeys.offsets.tolist())
    return {
        str(name): labels[first:last]
        for name, (first, last) in zip(journeys.deal_id, cuts, strict=True)
    }


# ------------------------------------------------------------ which touches stay


@every_transform
@given(all_steps)
def test_the_touches_that_stay_are_those_of_the_definition(
    name: str, paths: list[Steps]
) -> None:
    transform, plain = PLAIN[name]
    before = built(paths)
    after = transform(before)
    expected = {key: plain(steps) for key, steps in steps_of(before).items()}
    assert steps_of(after) == expected


@every_transform
@given(all_steps)
def test_deals_their_counts_and_money_stay(name: str, paths: list[Steps]) -> None:
    before = built(paths)
    copies = {key: one.copy() for key, one in vars(before).items() if key in COLUMNS}
    after = PLAIN[name][0](before)
    assert after is not before
    for key, one in copies.items():
        assert getattr(after, key).tobytes() == one.tobytes()
        assert getattr(before, key).tobytes() == one.tobytes()
    had = np.diff(before.offsets) > 0
    assert ((np.diff(after.offsets) > 0) == had).all()
    assert after.reason.tolist() == before.reason.tolist()


COLUMNS = ("amount", "count", "outcome", "deal_id")


@every_transform
@given(all_steps)
def test_every_step_taken_out_is_set_aside_and_told(
    name: str, paths: list[Steps]
) -> None:
    before = built(paths)
    after = PLAIN[name][0](before)
    aside = after.set_aside()
    gone = before.touch_count - after.touch_count
    assert (aside["table"] == "steps").sum() == gone
    told = after.issues[after.issues["severity"] == "set aside"]
    told = told[told["table"] == "steps"]
    assert told["rows"].tolist() == ([gone] if gone else [])


@every_transform
@given(strategies.tables())
@examples(60, quick=1)
def test_every_row_of_touches_is_used_or_set_aside_once(
    name: str, tables: strategies.Tables
) -> None:
    touches, deals, contacts = tables.frames()
    before = at.build_journeys(touches, deals, contacts=contacts, start="all")
    after = PLAIN[name][0](PLAIN["exposure"][0](before))
    aside = after.set_aside()
    out = aside["row"][aside["table"] == "touches"].tolist()
    assert len(out) == len(set(out))
    assert sorted(out + list(set(after.row.tolist()))) == list(range(len(touches)))


@pytest.mark.slow
@every_transform
@given(all_steps)
def test_parts_and_the_whole_give_the_same(name: str, paths: list[Steps]) -> None:
    before = built([*paths, ["b"]])
    transform = PLAIN[name][0]
    odd = np.arange(len(before)) % 2 == 1
    joined = at.concat([transform(before.select(part)) for part in (odd, ~odd)])
    assert joined.to_frame().equals(transform(before).to_frame())


# ------------------------------------------------------------------ worked by hand


def test_channels_of_two_teams_do_not_repeat_each_other() -> None:
    journeys = table("email", "email", "email", teams=["marketing", "sales", "sales"])
    assert transforms.exposure(journeys).to_frame()["team"].tolist() == [
        "marketing",
        "sales",
    ]
    assert transforms.frequency(journeys).to_frame()["channel"].tolist() == [
        "email(1)",
        "email(2)",
    ]
    assert transforms.remove_if_not_all(journeys, "email").touch_count == 3


def table(*channels: str, teams: Any = "sales", **columns: Any) -> Journeys:
    """Return the journey of one won deal, a touch a day."""
    import pandas as pd

    days = [f"2026-01-{day:02}T09:00Z" for day in range(1, len(channels) + 1)]
    touches = {"deal_id": "d1", "time": days, "channel": channels, "team": teams}
    deals = {"deal_id": ["d1"], "amount": [9], "currency": "EUR", "outcome": "won"}
    return at.build_journeys(
        pd.DataFrame({**touches, **columns}),
        pd.DataFrame({**deals, "closed_at": ["2026-02-01T09:00Z"]}),
        as_of="2026-03-01T00:00Z",
    )


def test_the_first_of_a_run_is_kept_with_all_its_columns() -> None:
    ids = ["t1", "t2", "t3"]
    after = transforms.exposure(table("call", "call", "demo", touch_id=ids))
    frame = after.to_frame()
    assert frame["touch_id"].tolist() == ["t1", "t3"]
    assert frame["time"].dt.day.tolist() == [1, 3]
    assert after.set_aside().to_dict("records") == [
        {"table": "touches", "row": 1, "code": "X01", "deal": "d1"}
    ]


def test_the_ledger_shows_what_was_taken_out_and_why() -> None:
    after = transforms.trim(table("call", "demo"), 1)
    ledger = str(at.attribute(after, "linear").deal("d1"))
    assert "2026-01-01 09:00  sales  call" in ledger
    assert "is not one of the last 1 of its journey." in ledger


def test_labels_that_nothing_has_any_more_are_gone() -> None:
    after = transforms.remove_if_not_all(table("call", "demo"), "call")
    assert after.labels["channel"] == ["demo"]
    assert at.attribute(after, "linear").by("channel")["channel"].tolist() == ["demo"]


def test_frequencies_of_labels_with_brackets_stay_apart() -> None:
    paths = built([["a", "a", "a(2)"], ["a(2)(1)"]], wins=[1, 1], losses=[0, 0])
    assert steps_of(transforms.frequency(paths)) == {
        "0": ["a(2)", "a(2)(1)"],
        "1": ["a(2)(1)(1)"],
    }


def test_transforms_follow_one_another_and_stand_in_the_options() -> None:
    paths = built([["a", "b", "b", "c"]], wins=[1])
    after = at.transforms.trim(at.transforms.exposure(paths), 2)
    assert steps_of(after)["0"] == ["b", "c"]
    assert after.options["transforms"] == ("exposure", "trim(2)")
    assert "transforms" not in paths.options
    with pytest.raises(at.InputError, match="P05"):
        at.concat([after, built([["a"]], wins=[1])])


def test_every_public_name_of_the_room_is_a_transform() -> None:
    assert sorted(at.transforms.__all__) == sorted(PLAIN)
    assert at.transforms is transforms

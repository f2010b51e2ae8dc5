"""What path transforms set aside, and what they are not asked for rightly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bad_input.catalogue import built, check_fault, set_aside, told, touches

import attribution as at
from attribution.journeys import transforms

RUN = touches(deal_id="d1", team="sales", channel=["call", "mail", "mail"])


def test_X01_a_touch_that_repeats_the_channel_before_it_is_set_aside() -> None:
    after = transforms.exposure(built(RUN))
    assert told(after) == [("X01", "set aside", "touches", "", 1)]
    assert "repeats the channel of the touch before it" in after.issues["what"][0]
    assert set_aside(after) == [("touches", 2, "X01")]


@pytest.mark.parametrize("transform", [transforms.first, transforms.frequency])
def test_X02_a_touch_that_is_not_its_channels_first_is_set_aside(
    transform: Any,
) -> None:
    after = transform(built(RUN))
    assert told(after) == [("X02", "set aside", "touches", "", 1)]
    assert set_aside(after) == [("touches", 2, "X02")]


def test_X03_touches_of_the_channel_to_remove_are_set_aside() -> None:
    after = transforms.remove_if_not_all(built(RUN), "mail")
    assert told(after) == [("X03", "set aside", "touches", "", 2)]
    assert set_aside(after) == [("touches", row, "X03") for row in (1, 2)]


def test_X04_touches_of_the_channel_at_the_end_are_set_aside() -> None:
    after = transforms.remove_if_last_and_not_all(built(RUN), "mail")
    assert told(after) == [("X04", "set aside", "touches", "", 2)]
    assert set_aside(after) == [("touches", row, "X04") for row in (1, 2)]


def test_X05_touches_before_the_last_n_are_set_aside() -> None:
    one: Any = np.int64(1)
    after = transforms.trim(built(RUN), one)
    assert told(after) == [("X05", "set aside", "touches", "", 2)]
    assert set_aside(after) == [("touches", row, "X05") for row in (0, 1)]


def test_X05_steps_of_paths_are_told_by_their_path() -> None:
    paths = at.journeys_from_paths(["a > b > c", "a"], wins=[1, 1], losses=[1, 0])
    after = transforms.trim(paths, 2)
    assert told(after) == [("X05", "set aside", "steps", "", 2)]
    assert after.set_aside()["deal"].tolist() == ["0", "0:lost"]
    assert set_aside(after) == [("steps", 0, "X05")] * 2


REMOVALS = [transforms.remove_if_not_all, transforms.remove_if_last_and_not_all]


@pytest.mark.parametrize("removal", REMOVALS)
def test_P11_a_channel_to_remove_that_no_touch_has_is_reported(removal: Any) -> None:
    after = removal(built(), "cal")
    assert told(after) == [("P11", "warning", "touches", "channel", 1)]
    assert after.issues["remedy"].tolist() == ["Did you mean 'call'?"]
    assert after.to_frame().equals(built().to_frame())


@pytest.mark.parametrize("removal", REMOVALS)
@pytest.mark.parametrize("channel", [None, 3, ["call"]])
def test_P04_a_channel_to_remove_is_a_text(removal: Any, channel: Any) -> None:
    with pytest.raises(at.InputError) as caught:
        removal(built(), channel)
    check_fault(caught.value, "P04", ("", ""))


@pytest.mark.parametrize("n", [0, -1, 1.5, "2", None, True])
def test_P04_trim_keeps_a_whole_number_of_touches(n: Any) -> None:
    with pytest.raises(at.InputError) as caught:
        transforms.trim(built(), n)
    check_fault(caught.value, "P04", ("", ""))

"""How many processors may be used, and works side by side on them."""

from __future__ import annotations

import os
import threading
from functools import partial

import numpy as np
import pytest

from attribution.arrays import cores as room
from attribution.arrays.cores import MANY, cores, in_blocks, side_by_side


def test_cores_are_those_that_this_process_may_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert cores() == 3


@pytest.mark.parametrize(("known", "expected"), [(8, 8), (None, 1)])
def test_cores_are_all_of_the_machine_where_the_system_does_not_say(
    monkeypatch: pytest.MonkeyPatch, known: int | None, expected: int
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: known)
    assert cores() == expected


@pytest.mark.parametrize("processors", [1, 2])
def test_works_give_what_they_find_in_their_order(
    monkeypatch: pytest.MonkeyPatch, processors: int
) -> None:
    monkeypatch.setattr(room, "cores", lambda: processors)
    assert side_by_side([partial(abs, at) for at in range(9)], MANY) == list(range(9))


@pytest.mark.parametrize("processors", [1, 2])
def test_the_first_error_among_works_is_raised(
    monkeypatch: pytest.MonkeyPatch, processors: int
) -> None:
    monkeypatch.setattr(room, "cores", lambda: processors)
    with pytest.raises(ValueError, match="'b'"):
        side_by_side([partial(int, one) for one in ("1", "b", "c")], MANY)


def test_one_work_and_few_rows_take_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "cores", lambda: 2)
    here = threading.current_thread
    assert side_by_side([here], MANY) == [here()]
    assert side_by_side([here, here], MANY - 1) == [here(), here()]
    found: list[threading.Thread] = []
    in_blocks(lambda _: found.append(threading.current_thread()), MANY)
    assert found == [threading.current_thread()]


def test_every_row_is_in_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BLOCK", 4)
    monkeypatch.setattr(room, "MANY", 1)
    times = np.zeros(10, np.int64)

    def count(here: slice) -> None:
        times[here] += 1

    in_blocks(count, 10)
    assert times.tolist() == [1] * 10

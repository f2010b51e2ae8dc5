"""How many processors may be used, on systems that say so and others."""

from __future__ import annotations

import os

import pytest

from attribution.arrays.cores import cores


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

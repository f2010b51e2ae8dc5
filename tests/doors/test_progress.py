"""Progress: told to a callable, shown late, on stderr, or not at all."""

from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from attribution.doors import progress
from attribution.doors.progress import reporter


class Terminal(io.StringIO):
    """A stderr that is a terminal, or says that it is none."""

    def __init__(self, *, tty: bool) -> None:
        super().__init__()
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time, to be set; nothing sleeps."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def stderr(monkeypatch: pytest.MonkeyPatch, *, tty: bool, tqdm: bool) -> Terminal:
    """Return a stderr in place of the real one, with tqdm installed or not."""
    terminal = Terminal(tty=tty)
    monkeypatch.setattr(sys, "stderr", terminal)
    if not tqdm:
        monkeypatch.setitem(sys.modules, "tqdm", None)
    return terminal


def test_a_callable_gets_each_step_and_the_total() -> None:
    seen: list[tuple[int, int]] = []
    with reporter(lambda *at: seen.append(at), 5, label="blocks") as steps:
        steps.step()
        steps.step(3)
        steps.step()
    assert seen == [(1, 5), (4, 5), (5, 5)]


def test_steps_from_many_threads_never_go_back() -> None:
    seen: list[int] = []
    with (
        reporter(lambda done, _: seen.append(done), 2000, label="blocks") as steps,
        ThreadPoolExecutor(8) as pool,
    ):
        list(pool.map(lambda _: steps.step(), range(2000)))
    assert seen == list(range(1, 2001))


def test_an_exception_of_the_callable_is_the_callers() -> None:
    def stop(done: int, total: int) -> None:
        raise KeyError(done, total)

    steps = reporter(stop, 2, label="blocks")
    for done in (1, 2):
        with pytest.raises(KeyError, match=str(done)), steps:
            steps.step()


@pytest.mark.parametrize("nothing", [None, False])
def test_nothing_asked_for_shows_nothing(
    nothing: bool | None, capfd: pytest.CaptureFixture[str]
) -> None:
    with reporter(nothing, 2, label="blocks") as steps:
        steps.step()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("tty", [True, False])
def test_the_bar_of_tqdm_waits_two_seconds(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tty: bool
) -> None:
    pytest.importorskip("tqdm")
    terminal = stderr(monkeypatch, tty=tty, tqdm=True)
    with reporter(True, 2, label="blocks") as steps:
        steps.step()
        steps.step()
    assert terminal.getvalue() == ""
    monkeypatch.setattr(progress, "DELAY", 0.0)
    with reporter(True, 2, label="blocks") as steps:
        steps.step(2)
    assert "blocks" in terminal.getvalue()
    assert capfd.readouterr().out == ""


def test_without_tqdm_a_line_comes_after_two_seconds_and_goes(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    terminal = stderr(monkeypatch, tty=True, tqdm=False)
    with reporter(True, 30, label="blocks") as steps:
        for clock[0] in (0.5, 1.99):
            steps.step()
        assert terminal.getvalue() == ""
        for clock[0] in (2.0, 2.1, 2.3):
            steps.step()
        assert terminal.getvalue() == "\rblocks: 3/30\rblocks: 5/30"
    assert terminal.getvalue().endswith("\r            \r")


def test_without_tqdm_a_short_call_leaves_no_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = stderr(monkeypatch, tty=True, tqdm=False)
    with reporter(True, 2, label="blocks") as steps:
        steps.step()
    assert terminal.getvalue() == ""


def test_without_tqdm_and_terminal_nothing_is_shown(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    terminal = stderr(monkeypatch, tty=False, tqdm=False)
    with reporter(True, 2, label="blocks") as steps:
        clock[0] = 9.0
        steps.step()
    assert terminal.getvalue() == ""

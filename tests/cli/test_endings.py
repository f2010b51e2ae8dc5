"""How a command ends when it is stopped, and when nobody reads on."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from attribution.cli import endings, main

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

# A shell lets what it starts in the background ignore interrupts, tests among it.
SCRIPT = """
import os, signal, sys
import attribution.doors.frames.csv as csv
from attribution.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)

whole = csv.csv_blocks

def blocks(frame, *, raw=False):
    for block in whole(frame, raw=raw):
        yield block
        os.kill(os.getpid(), int(sys.argv[1]))

csv.csv_blocks = blocks
raise SystemExit(main(["demo", "--out", sys.argv[2]]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "stop", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_f08_a_run_stopped_while_it_writes_leaves_the_old_file_and_no_other(
    stop: signal.Signals, out: Path
) -> None:
    (out / "credits.csv").write_text("old")
    words = [sys.executable, "-c", SCRIPT, str(int(stop)), str(out)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 130
    assert ran.stdout == ""
    assert ran.stderr == "attribution: interrupted; no file was left half written.\n"
    assert [path.name for path in out.iterdir()] == ["credits.csv"]
    assert (out / "credits.csv").read_text() == "old"


@pytest.mark.slow
@pytest.mark.parametrize(
    "stop", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_signal_interrupts_and_its_handler_is_put_back(
    stop: signal.Signals, out: Path, monkeypatch: Patch
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        signal.raise_signal(stop)

    monkeypatch.setattr("attribution.cli.demo.attribute", stopped)
    inherited = signal.signal(stop, signal.default_int_handler)
    try:
        assert main(["demo", "--out", str(out)]) == 130
        assert signal.getsignal(stop) is signal.default_int_handler
    finally:
        signal.signal(stop, inherited)


@pytest.mark.slow
def test_an_interrupt_that_a_library_turned_into_another_error_still_is_one(
    out: Path, monkeypatch: Patch
) -> None:
    def swallowed(*_: Any, **__: Any) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt as error:
            raise ImportError from error

    monkeypatch.setattr("attribution.cli.demo.attribute", swallowed)
    assert main(["demo", "--out", str(out)]) == 130


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with endings.stopped_by_signals() as stopped:
            signal.raise_signal(signal.SIGINT)
        assert stopped == []
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_command_runs_in_another_thread_than_the_main_one(capsys: Capture) -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(["schema", "deals"])))
    thread.start()
    thread.join()
    assert codes == [0]


def test_a_reader_that_hangs_up_ends_the_command_quietly() -> None:
    words = [sys.executable, "-m", "attribution", "schema", "models"]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        ran = subprocess.run(words, stdout=pipe, stderr=subprocess.PIPE, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


class HungUp(io.StringIO):
    """A stream whose reader is gone."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError(text)


def test_a_closed_stdout_is_no_error(capsys: Capture, monkeypatch: Patch) -> None:
    monkeypatch.setattr(sys, "stdout", HungUp())
    assert main(["schema", "deals"]) == 0
    assert capsys.readouterr().err == ""


def test_a_closed_stderr_changes_no_exit_code(monkeypatch: Patch) -> None:
    monkeypatch.setattr(sys, "stderr", HungUp())
    assert main(["validate", "nothing.csv", "nothing.csv"]) == 1


def test_what_an_encoding_lacks_is_written_as_an_escape(monkeypatch: Patch) -> None:
    content = io.BytesIO()
    stream = io.TextIOWrapper(content, encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["schema", "deals"]) == 0
    assert b"\\u2026" in content.getvalue()

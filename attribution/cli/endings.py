"""How a command ends: its exit code, and what it says."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from attribution.cli import console
from attribution.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.errors import Issue

DONE, INPUT, COMMAND, PROGRAM, INTERRUPTED = 0, 1, 2, 3, 130
"""The exit codes."""

OPTIONS: Final = frozenset({"models", "columns", "mapping"})
OPTION_CODES: Final = frozenset({"M06", "S01", "T05", "T10"})
"""Issues about an option: all of P, of these tables, of these codes without a table."""

TABLES: Final = frozenset({"touches", "deals", "contacts"})
STOPS: Final = (signal.SIGINT, signal.SIGTERM)


MAPPING: Final = "On the command line: --column deals.amount=THEIRS maps a column."


class ProgramError(Exception):
    """The program is at fault; its text is the sentence that says so."""


@contextmanager
def stopped_by_signals() -> Iterator[list[int]]:
    """Let SIGINT and SIGTERM interrupt what runs inside; restore their handlers after.

    Returns:
        The list that holds the signals that came, so that an interrupt which a library
        turned into another exception still is one.
    """
    stopped: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return

    def stop(number: int, frame: object) -> None:
        del frame
        stopped.append(number)
        raise KeyboardInterrupt

    before: dict[signal.Signals, Any] = {}
    try:
        for one in STOPS:
            if signal.getsignal(one) is not signal.SIG_IGN:
                before[one] = signal.signal(one, stop)
        yield stopped
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def interrupted() -> int:
    """Say that the command was interrupted; return its exit code."""
    with suppress(OSError):
        console.tell("attribution: interrupted; no file was left half written.")
    return INTERRUPTED


def told(error: Exception, *, debug: bool) -> int:
    """Say on stderr what went wrong; return the exit code."""
    if isinstance(error, BrokenPipeError):
        return _hung_up()
    if isinstance(error, InputError):
        for one in error.issues:
            console.tell(_line(one))
        if any(one.code == "S01" and one.table in TABLES for one in error.issues):
            console.tell(MAPPING)
        return COMMAND if all(map(_of_command, error.issues)) else INPUT
    if debug:
        import traceback

        traceback.print_exception(error)
    console.tell(f"attribution: {_sentence(error)}")
    return PROGRAM


def code_of(ending: SystemExit) -> int:
    """Return the exit code with which argparse ended the command."""
    return ending.code if isinstance(ending.code, int) else DONE


def _line(one: Issue) -> str:
    from attribution.doors.markup import escape_text

    return f"{one.severity}: {escape_text(one)}"


def _of_command(one: Issue) -> bool:
    """Return whether an issue is about the command line rather than a table."""
    unplaced = not one.table and one.code in OPTION_CODES
    return one.code.startswith("P") or one.table in OPTIONS or unplaced


def _sentence(error: Exception) -> str:
    """Return what happened; only a file's error and our own show their text."""
    if isinstance(error, ProgramError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        from attribution.doors.markup import escape_text

        name = os.path.basename(str(error.filename or ""))  # noqa: PTH119
        where = f" ({escape_text(name)})" if name else ""
        return f"{type(error).__name__}: {error.strerror}{where}."
    kind = type(error).__name__
    return f"{kind}: the program is at fault; --debug shows where it happened."


def _hung_up() -> int:
    """Leave the interpreter nothing to flush into a pipe that was closed."""
    with suppress(OSError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, sys.stdout.fileno())
        finally:
            os.close(nowhere)
    return DONE

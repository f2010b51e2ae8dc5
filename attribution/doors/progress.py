"""Progress of a long call: a callable, a bar on stderr, or nothing."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import TypeAlias

    Progress: TypeAlias = bool | Callable[[int, int], None] | None

DELAY = 2.0
"""Seconds before anything is shown."""

PAUSE = 0.2
"""Seconds between two updates of the plain line."""


class Reporter:
    """Counts steps, from any thread, and shows them; made by :func:`reporter`.

    ``show`` is called with (done, total) after each step, ``close`` at the end; both
    inside one lock, so that ``done`` never falls.
    """

    def __init__(
        self,
        total: int,
        show: Callable[[int, int], None] | None,
        close: Callable[[], None] | None = None,
    ) -> None:
        self._total, self._show, self._close = total, show, close
        self._done = 0
        self._lock = threading.Lock()

    def step(self, n: int = 1) -> None:
        """Count ``n`` more steps; an exception of the callable goes to the caller.

        Example:
            >>> seen = []
            >>> Reporter(3, lambda done, total: seen.append((done, total))).step(2)
            >>> seen
            [(2, 3)]
        """
        if self._show is None:
            return
        with self._lock:
            self._done += n
            self._show(self._done, self._total)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._close is not None:
            with self._lock:
                self._close()


class _Line:
    """The plain line, where tqdm is not installed."""

    def __init__(self, label: str) -> None:
        self._label, self._due = label, time.monotonic() + DELAY
        self._width = 0

    def show(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now >= self._due:
            line = f"{self._label}: {done}/{total}"
            self._width = len(line)
            self._due = now + PAUSE
            sys.stderr.write(f"\r{line}")
            sys.stderr.flush()

    def close(self) -> None:
        if self._width:
            sys.stderr.write(f"\r{' ' * self._width}\r")
            sys.stderr.flush()


def _bar(total: int, label: str) -> Any:
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=total, desc=label, delay=DELAY, leave=False, file=sys.stderr)


def reporter(
    progress: Progress,
    total: int,
    *,
    label: str,
) -> Reporter:
    """Return the reporter of ``total`` steps, to be used in a ``with`` statement.

    Args:
        progress: A callable gets (done, total) after each step; True shows tqdm's
            bar, or without tqdm a plain line where stderr is a terminal, neither
            before two seconds have passed; None and False show nothing.
        total: The number of steps.
        label: What the steps are.

    Example:
        >>> with reporter(None, 3, label="blocks") as steps:
        ...     steps.step()
    """
    if callable(progress):
        return Reporter(total, progress)
    if not progress:
        return Reporter(total, None)
    bar = _bar(total, label)
    if bar is not None:
        return Reporter(total, lambda done, _: bar.update(done - bar.n), bar.close)
    if not sys.stderr.isatty():
        return Reporter(total, None)
    line = _Line(label)
    return Reporter(total, line.show, line.close)

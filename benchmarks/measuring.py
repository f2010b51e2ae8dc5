"""What a row is, and how its sides are timed: in turn, in one process."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
import re
import statistics
import time
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from benchmarks.memory import Peak

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Size = Literal["quick", "full"]

REPEATS = 7
"""How often each side is timed, after a first call that warms it up."""

SLOW = 10.0
"""Processor seconds of a first call above which a side is not called again."""


class PeerError(Exception):
    """A peer that is not installed, or that fails: its row says so and goes on."""


class Target(NamedTuple):
    """What is to be reached: ours at most ``bound`` times theirs, or so much faster."""

    kind: Literal["at most", "at least"]
    bound: float

    def ratio(self, ours: float, theirs: float) -> float:
        """Return ours over theirs, or theirs over ours where faster is asked for."""
        return ours / theirs if self.kind == "at most" else theirs / ours

    def held(self, measured: float) -> bool:
        """Return whether a ratio reaches it."""
        if self.kind == "at most":
            return measured <= self.bound
        return measured >= self.bound


def at_most(bound: float) -> Target:
    """Return the target of at most ``bound`` times the other's time or memory."""
    return Target("at most", bound)


def at_least(bound: float) -> Target:
    """Return the target of being ``bound`` times as fast or more."""
    return Target("at least", bound)


@dataclass(frozen=True)
class Timing:
    """The calls of one side: seconds each, processors used, peak memory, its value."""

    seconds: tuple[float, ...]
    cores: float
    peak_bytes: int
    value: Any = None

    @property
    def median(self) -> float:
        """Return the median seconds of a call."""
        return statistics.median(self.seconds)

    def record(self) -> dict[str, Any]:
        """Return what the results file holds of it."""
        return {
            "seconds": float(f"{self.median:.4g}"),
            "lowest_seconds": float(f"{min(self.seconds):.4g}"),
            "repeats": len(self.seconds),
            "cores_used": round(self.cores, 2),
            "peak_bytes": self.peak_bytes,
        }


@dataclass(frozen=True)
class Measured:
    """What came of a row.

    ``sides``: ours first, then the others, by name. ``measured``: the ratio, where it
    is not that of our median seconds and the best of the others'. ``difference``: how
    far the results are apart at most, relative, and ``within`` what may be; None where
    definitions differ. ``sizes`` fill the row's words, ``figures`` are kept beside.
    ``limit``: what keeps the row from its target, with what was measured of it here;
    told where the target is missed.
    """

    sides: Mapping[str, Timing]
    measured: float | None = None
    difference: float | None = None
    within: float = 1e-9
    sizes: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    limit: str = ""

    @property
    def agrees(self) -> bool:
        """Return whether the results are equal, as far as they are comparable."""
        return self.difference is None or self.difference <= self.within


@dataclass(frozen=True)
class Row:
    """One line of the table.

    ``work`` and ``against`` are its words, with the sizes in braces. ``measure`` is
    given the size. ``needs`` are the modules of the peers.
    """

    work: str
    against: str
    target: Target | None
    measure: Callable[[Size], Measured]
    needs: tuple[str, ...] = ()
    note: str = ""


def peer(module: str) -> Any:
    """Return a peer's module.

    Raises:
        PeerError: It is not installed, or cannot be imported.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return importlib.import_module(module)
    except ModuleNotFoundError:
        raise PeerError(f"{module} is not installed") from None
    except Exception as error:
        raise PeerError(f"{module} fails to import: {kind_of(error)}") from error


def kind_of(error: BaseException) -> str:
    """Return an error's kind: its text may hold paths of this machine."""
    return type(error).__name__


def guarded(name: str, work: Callable[[], Any]) -> Callable[[], Any]:
    """Return a peer's work, silent, whose failure is a :class:`PeerError`."""

    def run() -> Any:
        try:
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return work()
        except Exception as error:
            raise PeerError(f"{name} fails: {kind_of(error)}") from error

    return run


def side_by_side(
    tasks: Mapping[str, Callable[[], Any]], repeats: int = REPEATS
) -> dict[str, Timing]:
    """Return the timings of each task: a first call, then repeats in turn.

    The first call is watched for peak memory and gives the value. Its seconds count
    only for a task that is too slow to be called again; what others on the machine
    take does not make it slow.
    """
    first = {name: _first(task) for name, task in tasks.items()}
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    used: dict[str, float] = dict.fromkeys(tasks, 0.0)
    again = [name for name, one in first.items() if one.seconds[0] * one.cores <= SLOW]
    for _ in range(repeats):
        for name in again:
            passed, processor = _timed(tasks[name])[1:]
            seconds[name].append(passed)
            used[name] += processor
    return {
        name: Timing(
            tuple(seconds[name]),
            used[name] / sum(seconds[name]),
            first[name].peak_bytes,
            first[name].value,
        )
        if seconds[name]
        else first[name]
        for name in tasks
    }


def seconds_of(task: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Return the median seconds of a task that is called alone, after a first call."""
    task()
    return statistics.median(_timed(task)[1] for _ in range(repeats))


def _first(task: Callable[[], Any]) -> Timing:
    with Peak() as peak:
        value, passed, processor = _timed(task)
    return Timing((passed,), processor / passed, peak.bytes, value)


def _timed(task: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return a call's value, its seconds, and the processor seconds of all threads."""
    gc.collect()
    before = time.process_time()
    begun = time.perf_counter()
    value = task()
    passed = time.perf_counter() - begun
    return value, max(passed, 1e-9), time.process_time() - before


def measure(row: Row, size: Size) -> dict[str, Any]:
    """Return the record of a row: measured, or why it is not.

    A fault of the library's own is raised; a peer's is told in the row.
    """
    record: dict[str, Any] = {
        "work": row.work,
        "against": row.against,
        "target": row.target and {"kind": row.target.kind, "bound": row.target.bound},
        "note": row.note,
    }
    try:
        for module in row.needs:
            peer(module)
        found = row.measure(size)
    except PeerError as error:
        words = {"work": _unsized(row.work), "against": _unsized(row.against)}
        return {**record, **words, "skipped": str(error)}
    ratio = _ratio(row, found)
    sizes = {name: size_text(size) for name, size in found.sizes.items()}
    return {
        **record,
        "work": row.work.format(**sizes),
        "against": row.against.format(**sizes),
        "measured": None if ratio is None else float(f"{ratio:.4g}"),
        "held": row.target and row.target.held(ratio or 0.0) and found.agrees,
        "difference": found.difference and float(f"{found.difference:.2g}"),
        "agrees": found.agrees,
        "sides": [{"name": name, **one.record()} for name, one in found.sides.items()],
        "figures": dict(found.figures),
        "limit": found.limit,
    }


def _ratio(row: Row, found: Measured) -> float | None:
    ours, *others = (one.median for one in found.sides.values())
    if found.measured is not None or not others:
        return found.measured
    return (row.target or at_least(0)).ratio(ours, min(others))


_POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def size_text(size: int) -> str:
    """Return a size as 10⁶ or 5·10⁷, or plainly where it is none of these.

    Example:
        >>> size_text(5_000_000), size_text(20), size_text(131_072)
        ('5·10⁶', '20', '131,072')
    """
    digits = str(size)
    power = len(digits) - 1
    if power < 4 or digits[1:].strip("0"):
        return f"{size:,}"
    leading = "" if digits[0] == "1" else f"{digits[0]}·"
    return f"{leading}10{str(power).translate(_POWERS)}"


def _unsized(words: str) -> str:
    """Return a row's words without its sizes, which were never known."""
    return re.sub(r"\{\w+\} ", "", words)


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

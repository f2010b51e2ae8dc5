"""Works side by side on the processors that this process may use."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Task = TypeVar("Task")
    Found = TypeVar("Found")

MANY: Final = 1 << 16
"""From so many rows on a thread is worth its start."""

BLOCK: Final = 1 << 17
"""Rows worked on in one go: threads that ask for the lock more often wait for it."""


def cores() -> int:
    """Return the number of processors that this process may use.

    Example:
        >>> cores() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def on_threads(
    work: Callable[[Task], Found], tasks: Sequence[Task], threads: int | None = None
) -> Iterator[Found]:
    """Yield what the work gives of each task, in their order.

    Of tasks that raise, the first one's error is raised.

    Args:
        work: Makes long calls that let go of the interpreter's lock, as those of
            numpy, scipy and Arrow do.
        tasks: They depend on nothing that another one does.
        threads: How many; as many as processors unless given. One takes none.

    Example:
        >>> list(on_threads(abs, [-1, 2]))
        [1, 2]
    """
    workers = min(threads or cores(), len(tasks))
    if workers <= 1:
        yield from map(work, tasks)
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(work, tasks)


def side_by_side(works: Sequence[Callable[[], Found]], rows: int) -> list[Found]:
    """Return what each of the works gives, in their order, all processors at work.

    They are begun in their order, the longest had better be first.

    Args:
        works: What :func:`on_threads` may do at once.
        rows: How many rows they look at; few take no thread.

    Example:
        >>> side_by_side([lambda: 1, lambda: 2], 2)
        [1, 2]
    """
    threads = None if rows >= MANY else 1
    return list(on_threads(lambda work: work(), works, threads))


def in_blocks(work: Callable[[slice], object], rows: int) -> None:
    """Do a work block by block of so many rows, blocks side by side.

    Args:
        work: Takes the place of its rows; where it writes no other block does.
        rows: How many there are; up to :data:`BLOCK` are one block.

    Example:
        >>> found = [0, 0]
        >>> in_blocks(lambda own: found.__setitem__(own, [1, 2]), 2)
        >>> found
        [1, 2]
    """
    starts = range(0, rows, BLOCK)
    spans = [slice(at, min(at + BLOCK, rows)) for at in starts]
    side_by_side([partial(work, span) for span in spans], rows)

"""The one writer: a file is the old one or the whole new one."""

from __future__ import annotations

import itertools
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from attribution.doors.markup import escape_text
from attribution.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedWriter

NAME_KEPT = 120
"""How many bytes of the target's name stand in the temporary file's."""

_SERIAL = itertools.count()


def _temporary(target: Path) -> Path:
    kept = target.name.encode("utf-8", "replace")[:NAME_KEPT].decode("utf-8", "ignore")
    return target.with_name(f".{kept}.{os.getpid()}-{next(_SERIAL)}.tmp")


def target_of(path: str | os.PathLike[str], *, parents: bool = False) -> Path:
    """Return the file that a path leads to, which can be written.

    Args:
        path: The file to write, or a symbolic link to it.
        parents: Create the folders above it.

    Raises:
        InputError: F07, the folder is missing, or ``path`` is no regular file.

    Example:
        >>> target_of(Path.cwd() / "a.txt").name
        'a.txt'
    """
    target = Path(os.path.realpath(path))
    name = escape_text(target.name)
    if target.exists() and not target.is_file():
        raise refuse(
            "F07", "is a folder or a device, not a file.", "Name a file.", where=name
        )
    if parents:
        target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.is_dir():
        folder = escape_text(target.parent)
        what = f"cannot be written: there is no folder {folder}."
        raise refuse("F07", what, "Create the folder first.", where=name)
    return target


@contextmanager
def atomic(
    path: str | os.PathLike[str], *, parents: bool = False
) -> Iterator[BufferedWriter]:
    """Open a temporary file beside ``path`` that takes its place at the end.

    Whatever ends the block early, a KeyboardInterrupt too, removes the temporary
    file and leaves the old one whole. A symbolic link is followed; the mode of an
    old file is kept.

    Args:
        path: The file to write.
        parents: Create the folders above it.

    Raises:
        InputError: F07, the folder is missing, or ``path`` is no regular file.
        OSError: The disk is full, or may not be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with atomic(Path(folder) / "a.txt") as handle:
        ...         _ = handle.write(b"whole")
        ...     (Path(folder) / "a.txt").read_text()
        'whole'
    """
    target = target_of(path, parents=parents)
    temporary = _temporary(target)
    handle = temporary.open("xb")
    try:
        with handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)

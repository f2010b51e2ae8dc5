"""What the commands say: results on stdout, all else on stderr."""

from __future__ import annotations

import shutil
import sys
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

NARROWEST, WIDEST, UNKNOWN = 60, 120, 100
"""Columns of a terminal: the least and most that are used, and where none is known."""


def show(text: str = "") -> None:
    """Write one text and a line end to stdout."""
    _write(sys.stdout, text)


def show_each(texts: Iterable[str]) -> None:
    """Write texts to stdout, a blank line between two."""
    for at, text in enumerate(texts):
        show(f"\n{text}" if at else text)


def tell(text: str) -> None:
    """Write one text and a line end to stderr."""
    sys.stdout.flush()
    with suppress(BrokenPipeError):
        _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    """Write ``text``; what the stream's encoding lacks is written as an escape."""
    encoding = stream.encoding or "utf-8"
    stream.write(f"{text.encode(encoding, 'backslashreplace').decode(encoding)}\n")


def pour(blocks: Iterable[bytes]) -> None:
    """Write blocks of UTF-8 to stdout, byte for byte."""
    sys.stdout.flush()
    binary = getattr(sys.stdout, "buffer", None)
    for block in blocks:
        if binary is None:
            sys.stdout.write(block.decode())
        else:
            binary.write(block)


def room() -> int:
    """Return how many columns a text may take."""
    columns = shutil.get_terminal_size((UNKNOWN, 0)).columns
    return min(max(columns, NARROWEST), WIDEST)


def lines_of(sentence: str) -> str:
    """Return a sentence, broken between its words where stdout is a terminal."""
    return textwrap.fill(sentence, room()) if sys.stdout.isatty() else sentence


def progress() -> bool:
    """Return whether progress is shown: only where stderr is a terminal."""
    return sys.stderr.isatty()

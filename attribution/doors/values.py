"""One JSON value from a file."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attribution.doors.streams import opened
from attribution.errors import refuse

if TYPE_CHECKING:
    import os

LARGEST: Final = 1 << 28
"""Bytes of the largest file that is read."""


def _never(constant: str) -> float:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _never(text)


def read_json(path: str | os.PathLike[str]) -> Any:
    """Return the JSON value in a file.

    Raises:
        InputError: F05 it cannot be read, W01 it is no JSON, or larger than 256 MiB.

    Example:
        >>> import tempfile
        >>> from attribution.doors.files import write_json
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     read_json(write_json(Path(folder) / "a.json", {"b": 1}))
        {'b': 1}
    """
    name = Path(path).name
    with opened(Path(path)) as handle:
        content = handle.read(LARGEST + 1)
    try:
        if len(content) <= LARGEST:
            return json.loads(content, parse_constant=_never, parse_float=_finite)
    except (ValueError, RecursionError):
        pass
    raise refuse(
        "W01", "is no JSON, or larger than 256 MiB.", "Check the file.", where=name
    )

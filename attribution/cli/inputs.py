"""The tables that a command reads, and what identifies them."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from attribution.cli.options import TABLES, build_options
from attribution.doors.files import read_table, sha256
from attribution.doors.guards import CheckedCsv
from attribution.doors.streams import LIMITS, chunks, utf8
from attribution.errors import InputError, Issue, refuse

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence
    from io import BufferedIOBase

    from attribution.intake.crm.imported import Imported
    from attribution.journeys.journeys import Journeys

STDIN = "-"


def check_targets(
    given: argparse.Namespace, read: Sequence[str], written: Sequence[str]
) -> None:
    """Raise P04 where two results, or a result and a table, would be one file.

    Args:
        given: The command line.
        read: The options that name tables which are read.
        written: The options that name files which are written.
    """
    taken = {
        Path(path).resolve(): f"is the table of {name}, which is read"
        for name in read
        if (path := getattr(given, name)) and path != STDIN
    }
    for name in written:
        path = getattr(given, name)
        if path is None:
            continue
        found = taken.setdefault(path.resolve(), "")
        if found:
            what = f"--{name} {found}."
            raise refuse("P04", what, "Name another file.", where=name)
        taken[path.resolve()] = f"is the file of --{name}"


@dataclass(frozen=True)
class Input:
    """One table: its ``frame``, the name of its ``file`` and that file's ``sha256``."""

    frame: Any
    file: str
    sha256: str


def read_inputs(given: argparse.Namespace) -> dict[str, Input]:
    """Return the tables that the command line names; the faults of all files at once.

    Raises:
        InputError: What :func:`attribution.doors.files.read_table` finds; P04 stdin
            given twice.
    """
    paths = {name: getattr(given, name) for name in TABLES if getattr(given, name)}
    if list(paths.values()).count(STDIN) > 1:
        raise refuse("P04", "only one table can come from stdin.", where="touches")
    found: dict[str, Input] = {}
    faults: list[Issue] = []
    for name, path in paths.items():
        try:
            found[name] = _from_stdin() if path == STDIN else read_file(Path(path))
        except InputError as error:
            faults += error.issues
    if faults:
        raise InputError(faults)
    return found


def sample_files(export: Imported) -> dict[str, Input]:
    """Return the files of the shipped export, by object.

    Example:
        >>> from attribution.intake.sample import sample_export
        >>> sample_files(sample_export())["Opportunity"].file
        'Opportunity.csv'
    """
    from importlib.resources import as_file, files

    with as_file(files("attribution").joinpath("data")) as folder:
        return {
            name: Input(None, file, sha256(folder / file))
            for name, file in export.files.items()
        }


def journeys_of(given: argparse.Namespace, inputs: Mapping[str, Input]) -> Journeys:
    """Return the journeys of the tables under the options of the command line.

    Raises:
        InputError: Everything that is wrong with them, at once.
    """
    from attribution.intake.build import build_journeys

    options = build_options(given)
    frames = {name: one.frame for name, one in inputs.items()}
    return build_journeys(
        frames.pop("touches"), frames.pop("deals"), **frames, **options
    )


def read_file(path: Path) -> Input:
    """Return the table in a file.

    Raises:
        InputError: What :func:`attribution.doors.files.read_table` finds.
    """
    return Input(read_table(path), path.name, sha256(path))


def _from_stdin() -> Input:
    from attribution.doors.frames.csv import parse_csv

    digest = hashlib.sha256()
    source = _hashed(cast("BufferedIOBase", sys.stdin.buffer), digest)
    checked = CheckedCsv(utf8(source, "stdin"), "stdin", LIMITS)
    frame = parse_csv(checked, checked.labels)
    return Input(frame, STDIN, digest.hexdigest())


def _hashed(handle: BufferedIOBase, digest: Any) -> Iterator[bytes]:
    for chunk in chunks(handle, "stdin", LIMITS, packed=False):
        digest.update(chunk)
        yield chunk

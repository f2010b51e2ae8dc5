"""Which file of a folder, or frame of a dict, is which object of a system."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attribution.doors.files import ENDINGS, read_columns
from attribution.doors.frames import native
from attribution.doors.markup import escape_text
from attribution.errors import InputError, issue, nearest, refuse
from attribution.intake.crm.descriptions import key
from attribution.intake.crm.reading import columns_read

if TYPE_CHECKING:
    from attribution.doors.frames.native import Table
    from attribution.errors import Issue
    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import Object, System

DATA: Final = (*ENDINGS, ".tsv", ".zip", ".xlsx", ".xls", ".xlsm", ".pkl", ".pickle")
"""Endings of files that hold tables, read or refused; any other file is left alone."""

ARCHIVES: Final = (".zip", ".gz", ".tar", ".7z", ".rar")
GIVE: Final = "Give a folder of CSV or Parquet files, or a dict of frames by object."

Source = "str | os.PathLike[str] | Mapping[str, object]"


def find_tables(
    source: object, system: System, others: tuple[System, ...], findings: Findings
) -> tuple[dict[str, Table], dict[str, str]]:
    """Return the tables of a system's objects by the objects' names, and their files.

    Args:
        source: A folder, or a dict of frames by object name.
        system: What the objects are.
        others: The systems that it may be instead.
        findings: Where it is told what is not read.

    Raises:
        InputError: F05 no folder, or a file that is no table; C01 an export of another
            system; S02 an object twice; C02 a required object is missing; what reading
            the files finds.
    """
    given: dict[str, object]
    if isinstance(source, Mapping):
        given = {str(name): frame for name, frame in source.items()}
    elif isinstance(source, str | os.PathLike):
        given = dict(_files(Path(source)))
    else:
        kind = type(source).__name__
        raise refuse("S05", f"source is a {kind}.", GIVE, where="source")
    found = _named(given, system, findings)
    _check_required(found, given, system, others)
    tables = _read({name: given[label] for name, label in found.items()}, system)
    files = {name: label for name, label in found.items() if _is_file(given[label])}
    return tables, files


def _is_file(one: object) -> bool:
    return isinstance(one, Path)


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder that hold tables, by their names."""
    name = escape_text(folder.name)
    if not folder.is_dir():
        packed = folder.suffix.lower() in ARCHIVES and folder.is_file()
        what = "is an archive, not a folder." if packed else "is no folder."
        remedy = "Unpack it and name the folder." if packed else GIVE
        raise refuse("F05", what, remedy, where=name)
    return {
        one.name: one
        for one in sorted(folder.iterdir())
        if one.name.lower().endswith(DATA) and not one.name.startswith(".")
    }


def _stem(name: str) -> str:
    lower = name.lower()
    ending = next((one for one in DATA if lower.endswith(one)), "")
    return key(name[: len(name) - len(ending)])


def _pattern(one: Object, system: System) -> re.Pattern[str]:
    before = "|".join(map(re.escape, system.affixes)) or "(?!)"
    names = "|".join(re.escape(key(name)) for name in (one.name, *one.aliases))
    return re.compile(f"(?:{before})?(?:{names})s?(?:data|export|extract)?[0-9]*")


def _named(
    given: Mapping[str, object], system: System, findings: Findings
) -> dict[str, str]:
    """Return object → the name under which it is given; what has none is told."""
    patterns = {one.name: _pattern(one, system) for one in system.objects}
    names = {
        key(name): one.name
        for one in reversed(system.objects)
        for name in (*one.aliases, one.name)
    }
    found: dict[str, str] = {}
    faults: list[Issue] = []
    for label in given:
        stem = _stem(label)
        alike = (name for name, one in patterns.items() if one.fullmatch(stem))
        own = names.get(stem) or next(alike, "")
        if not own:
            _tell_unknown(label, list(patterns), system, findings)
        elif own in found:
            what = f"is given twice: as {escape_text(found[own])} and {_shown(label)}."
            remedy = "Keep one of them."
            faults.append(issue("S02", "error", (own, ""), what, remedy=remedy))
        else:
            found[own] = label
    if faults:
        raise InputError(faults)
    return found


def _shown(label: str) -> str:
    return escape_text(label)[:80]


def _tell_unknown(
    label: str, known: list[str], system: System, findings: Findings
) -> None:
    findings.add(
        "C04", "note", (_shown(label), ""),
        f"is no object of {system.title} that is read.", nearest(label, known),
    )  # fmt: skip


def _check_required(
    found: Mapping[str, str],
    given: Mapping[str, object],
    system: System,
    others: tuple[System, ...],
) -> None:
    lacking = [one for one in system.objects if one.required and one.name not in found]
    if not lacking:
        return
    for other in others:
        needed = [_pattern(one, other) for one in other.objects if one.required]
        if any(one.fullmatch(_stem(label)) for one in needed for label in given):
            what = f"this looks like {other.title}, not {system.title}."
            remedy = f"Read it with attribution.crm.{other.name}."
            raise refuse("C01", what, remedy, where="source")
    labels = [re.sub(r"\..*", "", label) for label in given]
    raise InputError(
        issue(
            "C02", "error", (one.name, ""),
            f"is needed and missing: no {_places(given)} bears its name.",
            remedy=nearest(one.name, labels) or f"Export it too. {GIVE}",
        )
        for one in lacking
    )  # fmt: skip


def _places(given: Mapping[str, object]) -> str:
    names = ", ".join(_shown(label) for label in list(given)[:5])
    return f"one of {names}" if names else "file or frame"


def _read(given: Mapping[str, object], system: System) -> dict[str, Table]:
    """Return the tables; the faults of all of them at once."""
    tables: dict[str, Table] = {}
    faults: list[Issue] = []
    for name, one in given.items():
        try:
            if isinstance(one, Path):
                wanted = partial(columns_read, name=name, system=system)
                tables[name] = read_columns(one, name, wanted)
            else:
                tables[name] = native.read_table(one, name)
        except InputError as error:
            faults += error.issues
    if faults:
        raise InputError(faults)
    return tables

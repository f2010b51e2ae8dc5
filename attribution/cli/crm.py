"""``attribution import``: the export of a CRM as tables that ``run`` reads."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attribution import __version__
from attribution.cli.console import show, tell
from attribution.cli.options import RECORD
from attribution.cli.record import objects_of
from attribution.doors.files import sha256, write_json, write_table
from attribution.doors.markup import escape_text
from attribution.errors import refuse
from attribution.intake import crm

if TYPE_CHECKING:
    import argparse

    from attribution.intake.crm.imported import Imported

TABLES: Final = ("touches", "deals", "contacts", "leads", "issues")


def command(given: argparse.Namespace) -> None:
    """Import a folder, write its five tables and the record, show what became of rows.

    Raises:
        InputError: The export, the mapping or the command line is at fault.
    """
    _check(given)
    found = _imported(given)
    written = [
        write_table(
            getattr(found, name), given.out / f"{name}.csv", raw=given.raw, parents=True
        )
        for name in TABLES
    ]
    written.append(write_json(given.out / RECORD, _record(found, given)))
    show(found.summary())
    if len(found.issues):
        show(f"\n{found.issue_text()}")
    tell(f"wrote {', '.join(escape_text(path) for path in written)}")


def _check(given: argparse.Namespace) -> None:
    if Path(given.folder).resolve() == given.out.resolve():
        what = "is the folder that is read."
        raise refuse("P04", what, "Name another folder with --out.", where="out")
    if (given.system == "generic") != (given.mapping is not None):
        what = (
            "generic needs a mapping."
            if given.mapping is None
            else f"{given.system} takes no mapping."
        )
        raise refuse("P04", what, "--mapping FILE goes with generic.", where="mapping")


def _imported(given: argparse.Namespace) -> Imported:
    rules = given.rule or None
    if given.system == "generic":
        return crm.generic(given.folder, given.mapping, rules=rules)
    read = {"salesforce": crm.salesforce, "hubspot": crm.hubspot}[given.system]
    return read(given.folder, rules=rules)


def _record(found: Imported, given: argparse.Namespace) -> dict[str, Any]:
    """Return how the tables were made: no clock, no host, no folder."""
    folder = Path(given.folder)
    files = {
        name: {"file": file, "sha256": sha256(folder / file)}
        for name, file in found.files.items()
    }
    asked: dict[str, Any] = {"system": given.system, "rules": given.rule or {}}
    if given.mapping is not None:
        mapping = Path(given.mapping)
        asked["mapping"] = {"file": mapping.name, "sha256": sha256(mapping)}
    return {
        "asked": asked,
        "inputs": files,
        "rows": objects_of(found),
        "links": dict(found.links),
        "versions": {
            "attribution": __version__,
            "numpy": version("numpy"),
            "pandas": version("pandas"),
        },
    }

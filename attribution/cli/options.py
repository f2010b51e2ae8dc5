"""Texts of the command line as values, and the options of building journeys."""

from __future__ import annotations

import argparse
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from attribution.doors.files import ENDINGS
from attribution.errors import refuse
from attribution.intake.kinds import LABELS, OTHERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TABLES: Final = ("touches", "deals", "contacts")
PLAIN: Final = (
    "lookback", "anchor", "as_of", "tz", "days", "start", "sharing", "process",
    "currency", "decimals", "rounding", "allow_negative", "keep", "links", "ids",
    "unit", "dedupe", "after", "before", "exclude",
)  # fmt: skip
"""Options that :func:`attribution.build_journeys` takes as they are."""

RECORD: Final = "run.json"


def names(text: str) -> list[str]:
    """Return the names of a list such as ``a,b``.

    Example:
        >>> names("team, channel")
        ['team', 'channel']
    """
    found = [name.strip() for name in text.split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list such as a,b")
    return found


def renamed(text: str) -> tuple[str, str]:
    """Return ours and theirs of ``deals.deal_id=Id`` or ``deal_id=Id``.

    Example:
        >>> renamed("deals.deal_id=Id")
        ('deals.deal_id', 'Id')
    """
    ours, _, theirs = text.partition("=")
    if not (ours and theirs):
        raise argparse.ArgumentTypeError(f"{text!r} is not OURS=THEIRS")
    return ours, theirs


def mapped(text: str) -> tuple[str, str]:
    """Return theirs and ours of ``Closed Won=won``.

    Example:
        >>> mapped("Closed Won=won")
        ('Closed Won', 'won')
    """
    theirs, _, ours = text.rpartition("=")
    if not (theirs and ours):
        raise argparse.ArgumentTypeError(f"{text!r} is not THEIRS=OURS")
    return theirs, ours


def per_kind(text: str) -> tuple[str, str]:
    """Return kind and value of ``marketing=180d``; ``180d`` alone is for all others.

    Example:
        >>> per_kind("webinar=365d"), per_kind("180d")
        (('webinar', '365d'), ('*', '180d'))
    """
    return mapped(text) if "=" in text else (OTHERS, text)


def team(text: str) -> tuple[str, str | None]:
    """Return channel and team of ``webinar=marketing``; ``sdr`` alone declares a team.

    Example:
        >>> team("webinar=marketing"), team("sdr")
        (('webinar', 'marketing'), ('sdr', None))
    """
    return mapped(text) if "=" in text else (text, None)


def rule(text: str) -> tuple[str, bool]:
    """Return the name and the switch of ``task.closed=false``.

    Example:
        >>> rule("task.closed=false")
        ('task.closed', False)
    """
    name, _, switch = text.partition("=")
    if not name or switch.lower() not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=true or NAME=false")
    return name, switch.lower() == "true"


def folder_out(text: str) -> Path:
    """Return the folder that files are to be written to; it may be a new one.

    Example:
        >>> folder_out("build/demo").name
        'demo'
    """
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a file, not a folder")
    return path


def table_out(text: str) -> Path:
    """Return the file that a table is to be written to.

    Example:
        >>> table_out("credits.csv").name
        'credits.csv'
    """
    path = Path(text)
    if not path.name.lower().endswith(ENDINGS):
        endings = ", ".join(ENDINGS)
        raise argparse.ArgumentTypeError(f"{text!r} does not end in {endings}")
    if path.name == RECORD:
        raise argparse.ArgumentTypeError(f"{RECORD} is the name of the run's record")
    return _beside(path)


def page_out(text: str) -> Path:
    """Return the file that a page is to be written to.

    Example:
        >>> page_out("report.html").name
        'report.html'
    """
    path = Path(text)
    if not path.name.lower().endswith((".html", ".htm")):
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .html")
    return _beside(path)


def _beside(path: Path) -> Path:
    """Return the path of a file, of which there is the folder."""
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {str(path.parent)!r}")
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{str(path)!r} is a folder")
    return path


def rate(text: str) -> tuple[str, Decimal]:
    """Return currency and rate of ``USD=0.92``.

    Example:
        >>> rate("USD=0.92")
        ('USD', Decimal('0.92'))
    """
    code, _, number = text.partition("=")
    try:
        return code, Decimal(number)
    except InvalidOperation:
        what = f"{text!r} is not CODE=RATE, such as USD=0.92"
        raise argparse.ArgumentTypeError(what) from None


class Collect(argparse.Action):
    """Collects (key, value) of a repeated option; a key may come once."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Add one pair to those before it."""
        del parser, option_string
        key, value = cast("tuple[str, object]", values)
        found = dict(getattr(namespace, self.dest) or {})
        if key in found:
            raise argparse.ArgumentError(self, f"{key!r} is given twice")
        setattr(namespace, self.dest, found | {key: value})


def build_options(given: argparse.Namespace) -> dict[str, Any]:
    """Return the keywords of :func:`attribution.build_journeys` that were given.

    Raises:
        InputError: P04: ``--team`` both maps channels and declares teams.

    Example:
        >>> build_options(argparse.Namespace(lookback="180d", outcome={"*": "open"}))
        {'lookback': '180d', 'outcomes': {None: 'open'}}
    """
    options = {name: getattr(given, name, None) for name in PLAIN}
    columns, outcomes, teams = (
        getattr(given, name, None) for name in ("column", "outcome", "team")
    )
    options["columns"] = by_table(columns) if columns else None
    if outcomes:
        others = {(None if k == "*" else k): ours for k, ours in outcomes.items()}
        options["outcomes"] = others
    options["teams"] = _teams(teams) if teams else None
    options["exclude"] = _excluded(options["exclude"])
    return {name: value for name, value in options.items() if value is not None}


def by_table(columns: Mapping[str, str]) -> dict[str, Any]:
    """Return a column map with the names of one table under that table.

    Example:
        >>> by_table({"deals.deal_id": "Id", "time": "At"})
        {'deals': {'deal_id': 'Id'}, 'time': 'At'}
    """
    found: dict[str, Any] = {}
    for name, theirs in columns.items():
        table, dot, ours = name.partition(".")
        if dot and table in TABLES:
            found.setdefault(table, {})[ours] = theirs
        else:
            found[name] = theirs
    return found


def _excluded(listed: Sequence[str] | None) -> dict[str, list[str]] | None:
    """Return the labels to leave out by column: ``team=partner``, or a channel."""
    found: dict[str, list[str]] = {}
    for one in listed or ():
        column, _, label = one.partition("=")
        if column in LABELS and label:
            found.setdefault(column, []).append(label)
        else:
            found.setdefault("channel", []).append(one)
    return found or None


def _teams(teams: Mapping[str, str | None]) -> Mapping[str, str | None] | list[str]:
    declared = [name for name, mapped_to in teams.items() if mapped_to is None]
    if declared and len(declared) < len(teams):
        what = "--team both maps channels to teams and declares teams."
        remedy = f"Write channel={declared[0]}, or leave the map out."
        raise refuse("P04", what, remedy, where="teams")
    return declared or teams

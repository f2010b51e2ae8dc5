"""``run.json``: how a result was made, so that it can be made again."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from attribution import __version__
from attribution.arrays import clock
from attribution.cli.options import RECORD
from attribution.doors.files import write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from attribution.cli.inputs import Input
    from attribution.cli.layout import Counts
    from attribution.cli.totals import Sums
    from attribution.credit.results import Credits
    from attribution.intake.crm.imported import Imported
    from attribution.journeys.journeys import Journeys


def record_of(
    credits: Credits,
    inputs: Mapping[str, Input],
    rows: Counts,
    money: tuple[Sums, Sums],
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the record of a run as JSON values: no clock, no host, no folder.

    Args:
        credits: What was computed.
        inputs: The tables that came in.
        rows: Their rows: in, used, set aside by code.
        money: Minor units that touches take, and that none can, by model and currency.
        asked: What the command was asked for, beyond the options of journeys.
    """
    return {
        "asked": dict(asked),
        "inputs": {
            name: {"file": one.file, "sha256": one.sha256}
            for name, one in inputs.items()
        },
        "models": list(credits.models),
        "options": _options(credits.journeys),
        "rows": {name: _split(one) for name, one in rows.items()},
        "totals": _totals(credits.journeys, *money),
        "versions": {
            "attribution": __version__,
            "numpy": version("numpy"),
            "pandas": version("pandas"),
        },
    }


def objects_of(export: Imported) -> dict[str, Any]:
    """Return what became of the rows of each object of an export."""
    return {
        one.object: {"in": one.rows, "kept": one.kept, "set_aside": dict(one.aside)}
        for one in export.counts
    }


def write_record(record: Mapping[str, Any], results: Iterable[Path]) -> list[Path]:
    """Write the record beside each result; return the files."""
    folders = dict.fromkeys(path.parent for path in results)
    return [write_json(folder / RECORD, record) for folder in folders]


def _options(journeys: Journeys) -> dict[str, Any]:
    as_of = clock.iso(int(journeys.options["as_of"]))
    return {**journeys.options, "as_of": as_of}


def _split(counts: Mapping[str, int]) -> dict[str, Any]:
    codes = {k: n for k, n in counts.items() if k not in {"in", "used"}}
    return {"in": counts["in"], "used": counts["used"], "set_aside": codes}


def _totals(journeys: Journeys, taken: Sums, left: Sums) -> dict[str, Any]:
    """Return minor units by currency and model."""
    return {
        currency: {
            "decimals": decimals,
            "models": {
                label: {
                    "credited_minor": taken[label][currency],
                    "unattributed_minor": left[label][currency],
                    "total_minor": taken[label][currency] + left[label][currency],
                }
                for label in taken
            },
        }
        for currency, decimals in zip(
            journeys.currencies, journeys.decimals, strict=True
        )
    }

"""Opportunities as deals, with the milestones that history and leads give them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays.clock import MISSING
from attribution.intake.crm import moments
from attribution.intake.crm.descriptions import YES, Test, folded
from attribution.intake.crm.people import owner_names
from attribution.intake.crm.rows import first_of
from attribution.intake.crm.rules import passing
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import System
    from attribution.intake.crm.moments import Moments
    from attribution.intake.crm.people import Export
    from attribution.intake.crm.rows import Rows

PLAIN: Final = ("currency", "account_id", "declared_source", "deal_type", "stage")
"""Columns of deals that are taken as they are."""

WON: Final = "closed ?won|won"
LOST: Final = "closed ?lost|lost"
CERTAIN: Final = Test("stage_chance", "1|1 0|100")
OUTCOMES: Final = np.array(["open", "lost", "won"], object)
NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


def read_deals(
    export: Export, system: System, findings: Findings
) -> tuple[dict[str, Labelled], dict[str, Moments]]:
    """Return the columns of deals but for their times, and their times.

    Args:
        export: The rows of every object; the one of deals among them.
        system: Their system.
        findings: Where it is told what was found.
    """
    (rows,) = export.of("deals")
    times = {
        name: moments.of_rows(rows, name, system.clock, findings)
        for name in ("closed_at", "created_at")
    }
    (label,) = export.found(rows.column("stage_id"), "stages", "stage_id", ["stage"])
    stage = first_of([rows.column("stage"), label, rows.column("stage_id")])
    rows = rows.with_columns({"stage": stage})
    outcome = outcomes(rows, export)
    _tell_order(rows, times, outcome, findings)
    columns = {
        "deal_id": rows.column("deal_id"),
        "amount": exact(rows.column("amount"), _where(rows, "amount"), findings),
        "outcome": Labelled((outcome + 1).astype(np.int32), OUTCOMES),
        **{name: rows.column(name) for name in PLAIN if rows.has(name)},
        "owner": owner_names(export, rows),
    }
    return columns, times


def _where(rows: Rows, name: str) -> tuple[str, str]:
    return rows.object.name, rows.object.columns.get(name, (name,))[0]


def outcomes(rows: Rows, export: Export) -> Ints:
    """Return 1 for won, 0 for lost, -1 for open: by flags, else by the stage."""
    names = ("won", "closed", "chance")
    found = export.found(rows.column("stage_id"), "stages", "stage_id", names)
    own = {f"stage_{name}": one for name, one in zip(names, found, strict=True)}
    known = rows.with_columns(own)
    won = passing(
        known, (Test("won", YES), Test("stage_won", YES), CERTAIN, *_named(WON))
    )
    closed = passing(
        known, (Test("closed", YES), Test("stage_closed", YES), *_named(LOST))
    )
    return np.where(won, 1, np.where(closed, 0, -1))


def _named(pattern: str) -> tuple[Test, ...]:
    """Return the tests of an outcome and of a stage by their names."""
    return Test("outcome", pattern), Test("stage", pattern)


def _tell_order(
    rows: Rows, times: Mapping[str, Moments], outcome: Ints, findings: Findings
) -> None:
    """Report deals closed before they were created (T13), bulk loads (C03)."""
    created, closed = times["created_at"], times["closed_at"]
    if not rows.has("created_at"):
        return
    both = (created.at != MISSING) & (closed.at != MISSING)
    ends = closed.at + np.where(closed.day, 86_400_000_000 - 1, 0)
    early = both & (ends < created.at)
    open_ones = int((early & (outcome < 0)).sum())
    findings.add(
        "T13", "warning", _where(rows, "closed_at"),
        f"lies before the creation: of {int(early.sum()) - open_ones} closed deals and "
        f"of {open_ones} open ones (an expected close).", rows=rows.position[early],
    )  # fmt: skip
    if rows.bulk:
        findings.add(
            "C03", "warning", _where(rows, "created_at"),
            "is the same day for nearly all rows: a bulk load. No milestone is taken "
            "from it.", count=rows.count,
        )  # fmt: skip


def exact(found: Labelled, where: tuple[str, str], findings: Findings) -> Labelled:
    """Return amounts as exact decimals; M09 is added where one is no plain number."""
    values = np.empty(len(found.labels), object)
    values[:] = [_decimal(label) for label in found.labels]
    wrong = np.fromiter((one is None for one in values), np.bool_, len(values))
    findings.error(
        "M09", where, "is not a plain decimal number.",
        "Export it with a point and without symbols: 1234.50.",
        rows=np.append(wrong, False)[found.codes],
    )  # fmt: skip
    return Labelled(found.codes, values)


def _decimal(text: str) -> Decimal | None:
    text = text.strip()
    return Decimal(f"{Decimal(text):f}") if NUMBER.fullmatch(text) else None


def new_business(found: Labelled, system: System) -> Bools:
    """Return which deals are new business, by their type; those without one are."""
    if not system.existing:
        return np.ones(len(found.codes), np.bool_)
    compiled = re.compile(system.existing)
    old: Array = np.fromiter(
        (
            compiled.fullmatch(folded(one)) is not None
            and "new" not in folded(one).split()
            for one in found.labels
        ),
        np.bool_,
        len(found.labels),
    )
    result: Bools = ~np.append(old, False)[found.codes]
    return result

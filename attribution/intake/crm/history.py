"""The history of stages: when deals entered them, which they skipped, entered again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays.clock import MISSING
from attribution.intake.crm import moments
from attribution.intake.crm.deals import LOST, exact
from attribution.intake.crm.descriptions import folded
from attribution.intake.crm.moments import Moments
from attribution.intake.crm.rows import at_places, first_of, places, shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.descriptions import System
    from attribution.intake.crm.people import Export
    from attribution.intake.crm.rows import Rows
    from attribution.journeys.words import Labelled

FURTHEST: Final = np.iinfo(np.int64).max


@dataclass(frozen=True)
class History:
    """Rows of a history in the order of deal and time, (rows,) each.

    ``deal``: int64, row of the deals; ``stage``: codes of ``names`` (folded); ``time``;
    ``entry``: bool, the deal stood in another stage before; ``amount``.
    """

    deal: Ints
    stage: Ints
    names: tuple[str, ...]
    time: Moments
    entry: Bools
    amount: Labelled
    order: Ints

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.deal)


def read_history(
    export: Export, deal_ids: Labelled, system: System, findings: Findings
) -> History | None:
    """Return the history of the deals that are there, None where none was given."""
    given = export.of("history")
    if not given:
        return None
    rows = given[0]
    time = moments.of_rows(rows, "entered", system.clock, findings)
    stage = _stage_names(export, rows)
    deal = places(rows.column("deal_id"), deal_ids)
    kept = np.flatnonzero((deal >= 0) & (time.at != MISSING) & (stage.codes >= 0))
    order = kept[np.lexsort((kept, time.at[kept], deal[kept]))]
    names = [folded(label) for label in stage.labels]
    known, own = np.unique(
        np.array([*names, ""], object).astype(str), return_inverse=True
    )
    code = own[stage.codes[order]]
    entry = np.ones(len(order), np.bool_)
    entry[1:] = (np.diff(code) != 0) | (np.diff(deal[order]) != 0)
    where = (rows.object.name, rows.object.columns.get("amount", ("amount",))[0])
    return History(
        deal[order], code, tuple(known.tolist()), time.take(order), entry,
        exact(rows.column("amount").take(order), where, findings),
        _ranks(export, rows, order),
    )  # fmt: skip


def _stage_names(export: Export, rows: Rows) -> Labelled:
    """Return the names of the stages, by the table of stages where rows hold ids."""
    own = rows.column("stage")
    (name,) = export.found(own, "stages", "stage_id", ["stage"])
    return first_of([name, own])


def _ranks(export: Export, rows: Rows, order: Ints) -> Ints:
    """Return the place of each row's stage among the stages, -1 where not known.

    It is that of the table of stages; without one, that of its usual probability.
    """
    own = rows.column("stage")
    stages = export.of("stages")
    if stages:
        table = stages[0]
        by = "stage_id" if table.has("stage_id") else "stage"
        found = at_places(table.column("order"), places(own, table.column(by)))
        return _dense(found.take(order))
    if not rows.has("probability"):
        return np.full(len(order), -1)
    (stage,), count = shared([own])
    chance = _numbers(rows.column("probability"))
    usual = np.full(count + 1, -1.0)
    known = np.flatnonzero((stage >= 0) & (chance >= 0))
    by_chance = known[np.lexsort((chance[known], stage[known]))]
    codes, first, sizes = np.unique(
        stage[by_chance], return_index=True, return_counts=True
    )
    usual[codes] = chance[by_chance][first + sizes // 2]
    _, rank = np.unique(usual[stage[order]], return_inverse=True)
    return np.where(usual[stage[order]] < 0, -1, rank)


def _numbers(found: Labelled) -> Array:
    values = [_number(label) for label in found.labels]
    return np.append(np.array(values, np.float64), -1.0)[found.codes]


def _number(label: str) -> float:
    return float(label) if re.fullmatch(r"\d+(\.\d*)?", label.strip()) else -1.0


def _dense(found: Labelled) -> Ints:
    return _numbers(found).astype(np.int64)


def milestone(history: History, pattern: str, count: int, *, first: bool) -> Moments:
    """Return when each deal entered the stages of a milestone first, or last.

    Args:
        history: The rows.
        pattern: Of the folded names of those stages.
        count: How many deals there are.
        first: The first entry; else the last.
    """
    compiled = re.compile(pattern)
    named = np.array([compiled.fullmatch(name) is not None for name in history.names])
    rows = np.flatnonzero(history.entry & named[history.stage])
    found = Moments(np.full(count, MISSING), np.zeros(count, np.bool_))
    ordered = rows[::-1] if first else rows
    found.at[history.deal[ordered]] = history.time.at[ordered]
    found.day[history.deal[ordered]] = history.time.day[ordered]
    return found


def amounts_at(history: History, at: Moments) -> Labelled:
    """Return each deal's amount as of a moment: the last known then, else the first."""
    ends = at.at + np.where(at.day, 86_400_000_000 - 1, 0)
    count = len(at.at)
    sizes = np.bincount(history.deal, minlength=count)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    before = history.time.at <= ends[history.deal]
    known = np.bincount(history.deal[before], minlength=count)
    place = starts + np.maximum(known - 1, 0)
    there = (sizes > 0) & (at.at != MISSING)
    return at_places(history.amount, np.where(there, place, -1))


def tell_stages(
    history: History, found: Mapping[str, Moments], name: str, findings: Findings
) -> None:
    """Report how many deals entered a stage again, and how many skipped one."""
    rows = np.flatnonzero(history.entry)
    pair = history.deal[rows] * len(history.names) + history.stage[rows]
    _, first = np.unique(pair, return_index=True)
    again = np.ones(len(rows), np.bool_)
    again[first] = False
    deals = np.unique(history.deal[rows][again])
    if len(deals):
        findings.add(
            "C07", "note", (name, ""),
            f"has stages that {len(deals)} deals entered again.",
            count=int(again.sum()),
        )  # fmt: skip
    skipped = _without_earlier(found)
    skipped |= _skipped(history, rows, len(skipped))
    count = int(skipped.sum())
    if count:
        findings.add(
            "C07", "note", (name, ""), f"has stages that {count} deals skipped.",
            count=count,
        )  # fmt: skip


def _skipped(history: History, rows: Ints, count: int) -> Bools:
    """Return which deals went on to a stage beyond the next one."""
    lost = re.compile(LOST)
    ends = np.array([lost.fullmatch(name) is not None for name in history.names])
    rank, deal = history.order[rows], history.deal[rows]
    beyond = (np.diff(rank) > 1) & (np.diff(deal) == 0)
    beyond &= (rank[:-1] >= 0) & ~ends[history.stage[rows]][1:]
    found = np.zeros(count, np.bool_)
    found[deal[1:][beyond]] = True
    return found


def _without_earlier(found: Mapping[str, Moments]) -> Bools:
    """Return which deals reached a milestone and none of an earlier one in use."""
    reached = [one.at != MISSING for one in found.values() if (one.at != MISSING).any()]
    skipped = np.zeros(len(next(iter(found.values())).at), np.bool_)
    for earlier, later in pairwise(reached):
        skipped |= later & ~earlier
    return skipped

"""Credit beside what was spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attribution.analysis.outlays import TOUCHES, returns
from attribution.doors.frames.native import read_table
from attribution.doors.frames.output import records
from attribution.journeys.tables import PERSONAL
from attribution.show.pages.parts import Section, share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.analysis.outlays import Number
    from attribution.show.pages.parts import Study, Table

REP: Final = "rep"
FIGURES: Final = ("credited_per_cost", "break_even_increment")


def spending(
    study: Study, costs: object, margin: float, rates: Mapping[str, Number] | None
) -> Section:
    """Return credit and cost by what the costs are told by, a table a model."""
    by = _names(study, costs)
    found = returns(study.credits, costs, margin=margin, rates=rates, by=by, minor=True)
    frame = records(found)
    known = {"model", "credited_minor", "cost_minor", "currency", "sentence"}
    dims = [name for name in frame if name not in known and name not in FIGURES]
    tables = [_table(study, frame, dims, label) for label in study.credits.models]
    told = (
        "Break-even is the part of the credit that would have to be lost without the "
        f"spending for it to pay, at a margin of {share(margin)}. How large that part "
        "is, no division by rule can say."
    )
    return Section("returns", "Credit beside what was spent", [told], tables)


def _names(study: Study, costs: object) -> list[str] | None:
    """Return the columns of touches that costs are told by; never reps or contacts."""
    if isinstance(costs, str) and costs == TOUCHES:
        return None
    given = read_table(costs, "costs").columns
    left = {REP, *PERSONAL}
    return [name for name in study.journeys.touch if name in given and name not in left]


def _table(
    study: Study, frame: dict[str, list[Any]], dims: list[str], model: str
) -> Table:
    """Return one model's rows."""
    rows = [at for at, own in enumerate(frame["model"]) if own == model]
    columns = {name: [frame[name][at] for at in rows] for name in dims}
    for name in ("credited", "cost"):
        columns[name] = [
            study.amount(frame[f"{name}_minor"][at], frame["currency"][at])
            for at in rows
        ]
    columns["currency"] = [frame["currency"][at] for at in rows]
    per_cost = [frame["credited_per_cost"][at] for at in rows]
    columns["credit per cost"] = [
        "" if one is None else f"{one:,.2f}" for one in per_cost
    ]
    columns["break-even"] = [share(frame["break_even_increment"][at]) for at in rows]
    return study.table(columns, f"{model}: credit and cost", words=len(dims))

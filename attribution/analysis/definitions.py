"""What the words of a funnel mean, and its tables as text and HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.analysis.cohorts import (
    SHARED,
    WAITS,
    cells_of,
    counts,
    quartiles,
    rates,
)
from attribution.arrays import clock
from attribution.doors import markup
from attribution.journeys.tables import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.analysis.cohorts import Handed
    from attribution.analysis.funnel_tables import Options
    from attribution.intake.leads import Leads

HANDED: Final = {
    "mql_at": "mql_at is dated (MQL); a lead without one is not handed over",
    "created_at": "created_at: the lead counts as handed over when it was created",
}

STAGES: Final = {
    "accepted (SAL)": ("accepted_at", "handed over, and accepted_at is dated"),
    "rejected": (
        "rejected_at", "handed over, and rejected_at is dated, whatever came later",
    ),
    "recycled": (
        "rejected_at", "rejected, then handed over, accepted or made SQL later",
    ),
}  # fmt: skip


def definitions_of(
    by: str, options: Options, as_of: int, leads: Leads, *, deals_given: bool
) -> dict[str, str]:
    """Return the definitions in force, a sentence a word."""
    teams = ", ".join(sorted(options.sales))
    won = {
        (True, True): "its deal is won by deals; else its own outcome is won",
        (True, False): "its deal is won by deals",
        (False, True): "its own outcome is won",
        (False, False): "not known: give deals=, or a column outcome or won of leads",
    }[deals_given, leads.outcome is not None]
    waited = clock.duration_text(options.maturity)
    return {
        "handed over": HANDED[by],
        **_stages(leads),
        "touched": f"a touch of {teams} at or after the hand-over",
        "untouched nd": f"no touch of {teams} in the n days from the hand-over, of the "
        "leads handed over at least n days before as_of",
        "hours": "from the hand-over to the first such touch, of the leads touched",
        "became deal": "names a deal, or is won",
        "won": won,
        "skipped": "accepted, rejected, SQL or a deal without being handed over",
        "immature": f"less than {waited} between the end of its month and as_of",
        "as_of": clock.iso(as_of),
        "tz": options.tz,
    }


def _stages(leads: Leads) -> dict[str, str]:
    return {word: _stage(leads, *told) for word, told in STAGES.items()}


def _stage(leads: Leads, name: str, sentence: str) -> str:
    if name not in leads.known:
        return f"not known: leads have no {name}"
    if not leads.stages[name].present.any():
        return f"none, or nobody keeps it: {name} is empty"
    return sentence


def _totals(leads: Handed) -> dict[str, list[str]]:
    cells = cells_of(leads.columns, ())
    counted = counts(leads, cells)
    shares = rates(counted)
    rows = [("leads", "leads", ""), ("handed over", "handed_over", "")]
    rows += [
        (name.replace("_", " "), name, f"{name}_rate")
        for name in SHARED
        if name in counted
    ]
    rows += [
        (f"untouched {days}d", f"untouched_{days}d", f"untouched_{days}d_rate")
        for days in WAITS
    ]
    rows.append(("skipped", "skipped", ""))
    shown = {
        "stage": [row[0] for row in rows],
        "leads": [f"{int(counted[row[1]][0]):,}" for row in rows],
        "rate": [_share(shares[row[2]][0]) if row[2] else "" for row in rows],
    }
    for name, hours in quartiles(leads.hours, cells).items():
        shown["stage"].append(name.replace("_", " "))
        shown["leads"].append(_hours(hours[0]))
        shown["rate"].append("")
    return shown


def _share(rate: float) -> str:
    return percent(None if np.isnan(rate) else float(rate))


def _hours(hours: float) -> str:
    return markup.ABSENT if np.isnan(hours) else f"{hours:,.1f}"


COHORT: Final = (
    "handed_over", "accepted", "rejected", "recycled", "untouched_1d", "untouched_7d",
    "became_deal", "won",
)  # fmt: skip


def _months(leads: Handed) -> dict[str, list[str]]:
    cells = cells_of(leads.columns, ("month",))
    counted = counts(leads, cells)
    young = set(cells.place[leads.immature].tolist())
    median = quartiles(leads.hours, cells)["hours_median"]
    own = [at for at in range(cells.count) if counted["handed_over"][at]]
    table = {"month": [str(cells.labels["month"][at]) for at in own]}
    for name in COHORT:
        if name in counted:
            shown = [f"{int(counted[name][at]):,}" for at in own]
            table[name.replace("_", " ")] = shown
    table["hours median"] = [_hours(median[at]) for at in own]
    table["cohort"] = ["immature" if at in young else "" for at in own]
    return table


def _words(definitions: Mapping[str, str]) -> dict[str, list[str]]:
    return {"word": [*definitions], "definition in force": [*definitions.values()]}


TEXT: Final = frozenset({"stage", "month", "cohort"})


def text_of(leads: Handed, definitions: Mapping[str, str], ending: str) -> str:
    """Return totals, cohorts and definitions as text tables above the ``ending``."""
    tables = [_totals(leads), _months(leads)]
    parts = [
        markup.text_table(
            table, align={name: "right" for name in table if name not in TEXT}
        )
        for table in tables
    ]
    parts.append(markup.text_table(_words(definitions), footer=ending))
    return "\n\n".join(parts)


def webpage_of(leads: Handed, definitions: Mapping[str, str], ending: str) -> str:
    """Return the same as HTML tables."""
    return "\n".join(
        markup.html_table(table, caption=caption, footer=ending)
        for caption, table in (
            ("Funnel", _totals(leads)),
            ("Cohorts", _months(leads)),
            ("Definitions", _words(definitions)),
        )
    )

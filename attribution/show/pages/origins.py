"""Sourced, exclusive and adding up; influenced, never summed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attribution.analysis.sourcing import sourced
from attribution.show.pages.parts import Section

if TYPE_CHECKING:
    from attribution.show.pages.parts import Study

WORDS: Final = frozenset({"team", "currency", "declared_source", "opportunity"})


def origins(study: Study) -> Section:
    """Return which team deals came from by each definition, and whom they met."""
    found = sourced(study.journeys)
    parts = [
        study.table(
            {
                name.replace("_", " "): cells
                for name, cells in columns.items()
                if name != "deal_ids"
            },
            title.rstrip("."),
            words=sum(name in WORDS for name in list(columns)[:2]),
        )
        for title, columns in found.parts().items()
    ]
    told = (
        "Sourced gives each deal to one team, by four definitions side by side; each "
        "adds up to the total. Influenced counts every deal that a team touched at "
        "all, so that one deal can stand with both: never add it up."
    )
    means = [
        f"{name.replace('_', ' ')}: {what}." for name, what in found.definitions.items()
    ]
    return Section("sourced", "Sourced and influenced", [told, *means], parts)

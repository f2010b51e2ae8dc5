"""Sourced and influenced: which team a deal came from, by four definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.analysis import sources
from attribution.doors import markup
from attribution.doors.frames.output import data_frame
from attribution.errors import refuse
from attribution.journeys.blocks import whole_of
from attribution.journeys.tables import percent

if TYPE_CHECKING:
    import pandas as pd

    from attribution.journeys.blocks import JourneyBlocks
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Of

IDS_SHOWN: Final = 3
"""Deals of a cell that a text names."""


@dataclass(frozen=True, eq=False, repr=False)
class Sourced:
    """Which team each deal came from; from :func:`attribution.sourced`.

    ``definitions``: what each definition means here, by name.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(
        ...     ["ad > call"], wins=[1], revenue=[10],
        ...     teams={"ad": "marketing", "call": "sales"})
        >>> frame = at.sourced(journeys).frame()
        >>> frame[frame["definition"] == "first_touch"]["team"].tolist()
        ['marketing']
    """

    deals: sources.Deals
    definitions: Mapping[str, str]

    def frame(self, *, minor: bool = False) -> pd.DataFrame:
        """Return one row a definition, currency and team: each adds up to the total.

        Columns: definition, team ("(none)" where there is none), revenue (float64
        major units; or int64 revenue_minor), currency, share (of the currency's total;
        of its deals where there is no money), deals (int64). Rows by definition,
        currency, revenue descending, "(none)" last.
        """
        return data_frame(sources.sourced_rows(self.deals, minor=minor))

    def influenced(self, *, minor: bool = False) -> pd.DataFrame:
        """Return one row a team and currency of the deals that it touched at all.

        Never to be summed: a deal that two teams touched is in both rows. Columns:
        team, currency, deals, revenue, share; deals and revenue _before (with a touch
        up to the opportunity and its grace), _after (with a later touch; a deal may be
        in both), _undated (without an opportunity date).
        """
        return data_frame(sources.influenced_rows(self.deals, minor=minor))

    def cross(self, *, minor: bool = False) -> pd.DataFrame:
        """Return the declared source by the holder of the opportunity.

        Columns: declared_source, opportunity (teams), revenue, currency, deals,
        deal_ids (a tuple of ids in the order of journeys). Adds up to the total.
        """
        return data_frame(sources.cross_rows(self.deals, minor=minor))

    def __repr__(self) -> str:
        """Return the three tables as text, ending with law 6's line."""
        tables = [
            f"{title}\n\n{markup.text_table(columns, align=_aligned(columns))}"
            for title, columns in self.parts().items()
        ]
        told = [f"{name}: {what}" for name, what in self.definitions.items()]
        ending = self.deals.journeys.coverage_line()
        return "\n\n".join([*tables, "\n".join([*told, ending])])

    def _repr_html_(self) -> str:
        ending = self.deals.journeys.coverage_line()
        told = [f"{name}: {what}" for name, what in self.definitions.items()]
        return "\n".join(
            markup.html_table(
                columns, caption=title, align=_aligned(columns), footer=ending
            )
            for title, columns in self.parts(" ".join(told)).items()
        )

    def parts(self, told: str = "") -> dict[str, dict[str, list[str]]]:
        """Return the tables as text, by title; ``told`` ends the first title."""
        deals = self.deals
        influenced = sources.influenced_rows(deals, minor=True)
        cross = sources.cross_rows(deals, minor=True)
        return {
            f"Sourced. {told}".strip(): sources.side_by_side(deals),
            "Influenced: deals with a touch of the team, never to be summed": {
                name.removesuffix("_minor"): _texts(deals, name, influenced)
                for name in influenced
            },
            "Declared source by the holder of the opportunity": {
                name.removesuffix("_minor"): _texts(deals, name, cross)
                for name in cross
            },
        }


def _texts(deals: sources.Deals, name: str, columns: Mapping[str, Any]) -> list[str]:
    """Return a column as text: money, shares and ids as people read them."""
    cells = columns[name]
    if name.endswith("_minor"):
        return sources.money_texts(deals, cells, columns["currency"])
    if name == "share":
        return [percent(None if np.isnan(share) else share) for share in cells]
    if name == "deal_ids":
        return [_ids(one) for one in cells]
    return [str(one) for one in cells]


def _ids(ids: tuple[object, ...]) -> str:
    more = f" and {len(ids) - IDS_SHOWN:,} more" if len(ids) > IDS_SHOWN else ""
    return ", ".join(map(str, ids[:IDS_SHOWN])) + more


def _aligned(columns: Mapping[str, Any]) -> dict[str, markup.Align]:
    left = {"team", "currency", "declared_source", "opportunity", "deal_ids"}
    return {name: "right" for name in columns if name not in left}


def sourced(
    journeys: Journeys | JourneyBlocks,
    *,
    teams: Mapping[str, str] | None = None,
    of: Of = "won",
) -> Sourced:
    """Return which team each deal came from, by four definitions side by side.

    Each is exclusive and adds up to the total: the deal's ``declared_source``; the
    team of the first touch that counts; the team of the touch that holds ``lead``, and
    ``opportunity``: the last touch that counts up to the milestone and an hour, or a
    day where either stamp is a day.

    Args:
        journeys: From :func:`attribution.build_journeys` or
            :func:`attribution.open_journeys`.
        teams: Declared source → team, for sources that are no teams. Without it such a
            source stands as it is declared.
        of: ``"won"``, ``"lost"``, ``"open"`` or ``"pipeline"`` (every deal).

    Raises:
        InputError: P04 a choice that is none, or ``teams`` that is no mapping.

    Example:
        >>> import attribution as at
        >>> touches, deals, contacts = at.sample()
        >>> journeys = at.build_journeys(touches, deals, contacts=contacts)
        >>> frame = at.sourced(journeys).frame(minor=True)
        >>> frame.groupby(["definition", "currency"])["revenue_minor"].sum().nunique()
        2
    """
    journeys = whole_of(journeys)
    if not isinstance(teams, Mapping | None):
        what = f"teams={teams!r} maps no source to a team."
        raise refuse("P04", what, "Write teams={'Trade show': 'marketing'}.")
    mapped = {str(k).casefold(): str(v).casefold() for k, v in (teams or {}).items()}
    deals = sources.deals_of(journeys, mapped, of)
    return Sourced(deals, sources.definitions_of(journeys))

"""Coverage: how much won money has touches that can be seen, before any model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from attribution.analysis import covered_rows, covered_won
from attribution.arrays import money
from attribution.doors import markup
from attribution.doors.frames.output import data_frame, records
from attribution.journeys import tables
from attribution.models.fitted import check_journeys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from attribution.doors.markup import Align
    from attribution.journeys.journeys import Journeys

TITLES: Final = (
    "Won money",
    "Touches of won deals",
    "Touches without a deal",
    "Kinds that are more than half of their team's touches",
)
WORDS: Final = frozenset({"definition", "currency", "team", "channel"})
"""Columns of these tables that hold words; the others stand to the right."""

NO_COMMITTEE: Final = (
    "No table of contacts was given: whether a deal has contacts through which "
    "marketing could be seen is not known."
)


@dataclass(frozen=True, eq=False)
class Coverage:
    """What the touches of ``journeys`` cover; tables are computed when asked for."""

    journeys: Journeys

    def frame(self, by: str | None = None, *, minor: bool = False) -> pd.DataFrame:
        """Return one row a (definition, currency), or a group of ``by`` and these.

        Columns: [``by``], definition, revenue (float64 major units, or int64
        revenue_minor with ``minor``), currency, share (of the won money of its group
        and currency; of its won deals where a currency has no money; missing where
        there is none), deals. Definitions: won; without any touch; without a marketing
        touch, and of that with no contact linked and with contacts linked; without a
        sales touch. Without a table of contacts the two parts are one, "contacts not
        given".

        Args:
            by: ``"month"`` or ``"quarter"`` of the close, or a column of deals such
                as ``"owner"``; groups stand in label order.
            minor: Whether to give integers.

        Raises:
            InputError: P09: no such column.

        Example:
            >>> import attribution as at
            >>> journeys = at.journeys_from_paths(
            ...     ["ad", "call"], wins=[1, 1], revenue=[30, 10],
            ...     teams={"ad": "marketing", "call": "sales"})
            >>> found = at.coverage(journeys).frame()
            >>> dict(zip(found["definition"], found["share"]))["without a sales touch"]
            0.75
        """
        return data_frame(covered_won.table_of(self.journeys, by, minor=minor))

    def by(self, name: str, *, minor: bool = False) -> pd.DataFrame:
        """Return :meth:`frame` by month, quarter or a column of deals.

        Raises:
            InputError: P09: no such column.
        """
        return self.frame(name, minor=minor)

    def touches(self) -> pd.DataFrame:
        """Return one row a team: team, touches, deals, per_deal.

        The touches of won deals, how many won deals have one, and how many touches
        there are for each won deal, touched or not.
        """
        return data_frame(covered_rows.per_won_deal(self.journeys))

    def unlinked(self) -> pd.DataFrame:
        """Return the touches without a deal: team, channel, rows."""
        return data_frame(covered_rows.without_deal(self.journeys))

    def kinds(self) -> pd.DataFrame:
        """Return the kinds that are more than half of their team's rows.

        Columns: team, channel, rows, share. All rows of touches count, once, whether
        they are in a journey or set aside.
        """
        return data_frame(covered_rows.large_kinds(self.journeys))

    @property
    def footer(self) -> str:
        """Return law 6's line."""
        return self.journeys.coverage_line()

    def notes(self) -> tuple[str, ...]:
        """Return what could not be known, as sentences."""
        return () if self.journeys.contacts is not None else (NO_COMMITTEE,)

    def parts(self) -> dict[str, dict[str, list[str]]]:
        """Return the tables that have rows as text, by title."""
        kinds = {"share": tables.percent}
        found = {
            TITLES[0]: _won_text(self.journeys),
            TITLES[1]: _text(self.touches(), {"per_deal": "{:.2f}".format}),
            TITLES[2]: _text(self.unlinked(), {}),
            TITLES[3]: _text(self.kinds(), kinds),
        }
        return {
            title: part for title, part in found.items() if next(iter(part.values()))
        }

    def __repr__(self) -> str:
        """Return the tables as text, ending with law 6's line."""
        shown = []
        for title, part in self.parts().items():
            align: dict[str, Align] = dict.fromkeys(part.keys() - WORDS, "right")
            shown.append(f"{title}:\n{markup.text_table(part, align=align)}")
        return "\n\n".join([*shown, *self.notes(), self.footer])

    def _repr_html_(self) -> str:
        shown = [
            markup.html_table(part, caption=title)
            for title, part in self.parts().items()
        ]
        lines = map(markup.escape_html, (*self.notes(), self.footer))
        return "".join([*shown, *(f"<p>{line}</p>" for line in lines)])


def coverage(journeys: Journeys) -> Coverage:
    """Return how much won money has touches, and which teams' touches lead to deals.

    Look at it before any model: what no touch met, no model can divide, and what no
    contact links, marketing cannot be seen in.

    Args:
        journeys: From :func:`attribution.build_journeys`.

    Raises:
        InputError: S05: these are no journeys.

    Example:
        >>> import attribution as at
        >>> touches, deals, contacts = at.sample()
        >>> journeys = at.build_journeys(touches, deals, contacts=contacts)
        >>> found = at.coverage(journeys).frame()
        >>> found[found["currency"] == "EUR"]["deals"].tolist()
        [20, 2, 2, 0, 2, 3]
    """
    check_journeys(journeys)
    return Coverage(journeys)


def _won_text(journeys: Journeys) -> dict[str, list[str]]:
    """Return the table of won money with its figures as text."""
    found = records(data_frame(covered_won.table_of(journeys, None, minor=True)))
    places = dict(zip(journeys.currencies, journeys.decimals, strict=True))
    rows = zip(found["revenue_minor"], found["currency"], strict=True)
    return {
        "definition": found["definition"],
        "revenue": [money.text(amount, places[currency]) for amount, currency in rows],
        "currency": found["currency"],
        "share": [tables.percent(share) for share in found["share"]],
        "deals": [f"{count:,}" for count in found["deals"]],
    }


def _text(
    frame: pd.DataFrame, forms: Mapping[str, Callable[[Any], str]]
) -> dict[str, list[str]]:
    """Return a frame's columns as text; whole numbers with separators."""

    def shown(one: Any) -> str:
        return f"{one:,}" if isinstance(one, int) else str(one)

    return {
        name: [forms.get(name, shown)(one) for one in cells]
        for name, cells in records(frame).items()
    }

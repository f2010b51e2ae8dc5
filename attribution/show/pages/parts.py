"""What a report is made of: sections of sentences, tables and charts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from attribution.arrays import money
from attribution.doors import markup
from attribution.errors import masked
from attribution.journeys.tables import percent
from attribution.show.plots.drawing import svg_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes

    from attribution.credit.results import Credits
    from attribution.journeys.journeys import Journeys

ROWS: Final = 15
"""Labels of a table; the others are one row."""
WIDTH: Final = 4.6
"""Inches of a chart, so that a phone shows its texts at about their size."""


@dataclass(frozen=True)
class Table:
    """A table as HTML, every cell escaped; its title; the line that ends it."""

    title: str
    html: str
    note: str


@dataclass(frozen=True)
class Chart:
    """A chart as SVG, and the lines below it."""

    svg: str
    caption: str


@dataclass(frozen=True)
class Section:
    """A question, its answer in sentences, and what bears it out, in order."""

    name: str
    title: str
    lines: Sequence[str]
    parts: Sequence[Table | Chart] = ()


@dataclass(frozen=True, eq=False)
class Study:
    """The credits of a report, and how their texts are shown.

    ``personal``: whether contact ids and mail addresses are shown as they are.
    """

    credits: Credits
    personal: bool

    @property
    def journeys(self) -> Journeys:
        """Return whose credit it is."""
        return self.credits.journeys

    @property
    def currencies(self) -> list[str]:
        """Return the currencies that won deals are in."""
        won = self.journeys.currency[self.journeys.span("won")]
        return [
            name
            for code, name in enumerate(self.journeys.currencies)
            if (won == code).any()
        ]

    def shown(self, text: object) -> str:
        """Return a text without mail addresses, unless the report is personal."""
        return str(text) if self.personal else masked(str(text))

    def amount(self, minor: int, currency: str) -> str:
        """Return money as exact text."""
        return money.text(int(minor), self.decimals(currency))

    def decimals(self, currency: str) -> int:
        """Return how many decimals the money of a currency has."""
        return self.journeys.decimals[self.journeys.currencies.index(currency)]

    def table(
        self,
        columns: Mapping[str, Sequence[str]],
        title: str,
        *,
        words: int = 1,
    ) -> Table:
        """Return a table that ends with law 6's line, its texts masked.

        Args:
            columns: Texts by name.
            title: What it shows.
            words: How many of the first columns hold words; figures stand to the right.
        """
        shown = {
            self.shown(name): [self.shown(cell) for cell in cells]
            for name, cells in columns.items()
        }
        figures = [name for name in list(shown)[words:] if name != "currency"]
        html = markup.html_table(shown, align=dict.fromkeys(figures, "right"))
        return Table(title, html, self.journeys.coverage_line())

    def chart(
        self, draw: Callable[[Axes], None], name: str, rows: float, *told: str
    ) -> Chart:
        """Return a chart that ends with law 6's line.

        Args:
            draw: Draws it.
            name: Sets its ids apart.
            rows: How many rows it has, each of a bar or more.
            told: Sentences of its caption.
        """
        height = round(min(0.9 + 0.2 * rows, 9.0), 2)
        svg = svg_of(draw, name=name, size=(WIDTH, height))
        return Chart(svg, " ".join([*told, self.journeys.coverage_line()]))

    def masked(self, bars: Any) -> Any:
        """Return what a chart shows with its labels masked."""
        return replace(bars, labels=[self.shown(label) for label in bars.labels])


def share(part: float | None) -> str:
    """Return a share in percent, "" for None and NaN.

    Example:
        >>> share(0.5), share(None)
        ('50 %', '')
    """
    return percent(None if part is None or part != part else part)  # noqa: PLR0124


def count(number: int, noun: str) -> str:
    """Return a number of things.

    Example:
        >>> count(1, "deal"), count(1200, "deal")
        ('1 deal', '1,200 deals')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

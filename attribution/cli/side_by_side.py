"""The credit of several models as columns, in one currency."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from attribution.analysis.comparison import compare
from attribution.cli import layout
from attribution.doors.frames.output import records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.cli.fitting import Columns
    from attribution.credit.results import Credits

LABEL: Final = 24
"""The longest label that is shown on one line above its share."""

Row = tuple[str, list[int]]
"""The label of a row, and its minor units by model."""


def side_by_side(credits: Credits, dims: Sequence[str], currency: str) -> str:
    """Return the won money of one currency by ``dims``, one column a model.

    By one dimension, each amount stands above its share of the total.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
        >>> credits = at.attribute(journeys, ["first_touch", "linear"])
        >>> print(side_by_side(credits, ["channel"], "XXX"))  # doctest: +ELLIPSIS
        channel (XXX)  first_touch  linear
        -------------  -----------  ------
        a                    10.00    5.00
                           100.0 %  50.0 %
        b                     0.00    5.00
                             0.0 %  50.0 %
        total                10.00   10.00
        Credit is a division by rule, not a measured effect; 0 % ...
    """
    journeys = credits.journeys
    decimals = journeys.decimals[journeys.currencies.index(currency)]
    rows = _rows(credits, dims, currency)
    totals = [sum(column) for column in zip(*(cells for _, cells in rows), strict=True)]
    texts: list[list[str]] = []
    for label, cells in rows:
        first, second = _halves(label) if len(dims) == 1 else (label, "")
        texts.append([first, *(layout.money(one, decimals) for one in cells)])
        if len(dims) == 1:
            texts.append([second, *map(_percent, cells, totals)])
    texts.append(["total", *(layout.money(one, decimals) for one in totals)])
    names = [f"{dims[-1]} ({currency})", *credits.models]
    columns: Columns = {
        name: [row[at] for row in texts] for at, name in enumerate(names)
    }
    return layout.table(
        columns, journeys.coverage_line(), wrap=names[:1], right=names[1:]
    )


def _rows(credits: Credits, dims: Sequence[str], currency: str) -> list[Row]:
    """Return the rows of one currency, those of a team together."""
    found = records(compare(credits, dims, minor=True))
    own = [at for at, name in enumerate(found["currency"]) if name == currency]
    teams = list(dict.fromkeys(found[dims[0]][at] for at in own))
    own.sort(key=lambda at: teams.index(found[dims[0]][at]))
    return [
        (
            " / ".join(dict.fromkeys(str(found[name][at]) for name in dims)),
            [found[label][at] for label in credits.models],
        )
        for at in own
    ]


def _halves(label: str) -> tuple[str, str]:
    """Return a label as what stands beside the amounts and beside the shares."""
    first, *rest = textwrap.wrap(label, LABEL) or [""]
    return first, " ".join(rest)


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}".replace("%", " %") if whole else ""

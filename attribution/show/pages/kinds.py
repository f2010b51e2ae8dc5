"""Credit of channels and campaigns, with how far it ranges."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from attribution.analysis.resampling import bootstrap
from attribution.credit.grouping import is_reason
from attribution.doors.frames.output import records
from attribution.journeys.words import NONE
from attribution.models.fitted import fit
from attribution.show.pages.parts import ROWS, Section, count, share
from attribution.show.plots.ranges import draw_ranges, ranges_in

if TYPE_CHECKING:
    from attribution.models.base import Model
    from attribution.models.fitted import Fitted
    from attribution.show.pages.parts import Chart, Study, Table

LEVEL: Final = 0.9
CHARTED: Final = 12
"""Labels of a chart."""

LARGE: Final = 1000
"""From this amount on ranges are shown whole."""

RANGE: Final = ("low", "high", "share_low", "share_high")


def kinds(study: Study, draws: int, progress: Any) -> Section:
    """Return credit and ranges by channel, and by campaign where there are any."""
    tables: list[tuple[str, tuple[str, ...]]] = [("channel", ("team", "channel"))]
    if any(label != NONE for label in study.journeys.labels["campaign"]):
        tables.append(("campaign", ("campaign",)))
    models, held = _models(study)
    parts: list[Table | Chart] = []
    lines: list[str] = []
    for what, dims in tables:
        drawn = bootstrap(
            study.journeys, models, draws=draws, by=dims, progress=progress
        )
        lines = list(dict.fromkeys([*lines, drawn.caption(LEVEL)]))
        frame = records(drawn.intervals(LEVEL))
        for name in study.currencies:
            parts += _of_currency(study, frame, (what, *dims), name)
    if held:
        lines.append(f"Held as fitted elsewhere in every draw: {', '.join(held)}.")
    return Section("channels", "Channels and campaigns, and how sure", lines, parts)


def _models(study: Study) -> tuple[list[Model | Fitted], list[str]]:
    """Return what a bootstrap is given, and the labels of models that it must hold.

    A model that these journeys teach the same is fitted anew in every draw; one that
    was fitted on others is held.
    """
    given: list[Model | Fitted] = []
    held = []
    for label, fitted in study.credits.models.items():
        again = fitted.model.learns and fitted.params
        if (
            again
            and fit(study.journeys, fitted.model).fingerprint != fitted.fingerprint
        ):
            given.append(fitted)
            held.append(label)
        else:
            given.append(fitted.model)
    return given, held


def _of_currency(
    study: Study, frame: dict[str, list[Any]], named: tuple[str, ...], currency: str
) -> list[Table | Chart]:
    """Return the chart of one currency, and a table a model.

    Args:
        study: Whose credit it is.
        frame: The intervals, as lists.
        named: What it is by, in a word and as columns.
        currency: Which one.
    """
    what, *dims = named
    ranges = study.masked(ranges_in(frame, dims, currency, CHARTED))
    rows = len(ranges.labels) * (0.6 + 0.5 * len(ranges.models))
    told = f"Credit by {what} with its {100 * LEVEL:g} % range, {currency}."
    draw = partial(draw_ranges, found=ranges)
    chart = study.chart(draw, f"{what} {currency}", rows, told)
    tables = [
        _table(
            study,
            _rows(frame, label, currency),
            dims,
            f"{label}: credit by {what}, {currency}",
        )
        for label in study.credits.models
    ]
    return [chart, *tables]


def _rows(
    frame: dict[str, list[Any]], model: str, currency: str
) -> list[dict[str, Any]]:
    """Return a model's rows in one currency."""
    pairs = zip(frame["model"], frame["currency"], strict=True)
    own = [at for at, pair in enumerate(pairs) if pair == (model, currency)]
    return [{name: column[at] for name, column in frame.items()} for at in own]


def _table(
    study: Study, rows: list[dict[str, Any]], dims: list[str], title: str
) -> Table:
    """Return a table of the first rows and of the sum of those that follow.

    The money that no touch can take stays last.
    """
    last = [row for row in rows if is_reason(row[dims[0]])]
    own = [row for row in rows if row not in last]
    shown = own[:ROWS]
    if len(own) > ROWS:
        rest = own[ROWS:]
        others = dict.fromkeys(dims, "") | {dims[-1]: f"({count(len(rest), 'other')})"}
        sums = {
            name: sum(row[name] or 0 for row in rest) for name in ("revenue", "share")
        }
        shown = [*shown, {**others, **sums, **dict.fromkeys(RANGE)}]
    shown = [*shown, *last]

    columns = {name: [str(row[name]) for row in shown] for name in dims}
    for name in dims[1:]:
        columns[name][len(shown) - len(last) :] = [""] * len(last)
    columns |= _figures(shown, study.decimals(rows[0]["currency"]) if rows else 0)
    return study.table(columns, title, words=len(dims))


def _figures(rows: list[dict[str, Any]], decimals: int) -> dict[str, list[str]]:
    """Return credit, its range and its share; shares alone where there is no money.

    The ranges of large amounts are whole.
    """
    shares = [share(row["share"]) for row in rows]
    most = max((abs(row["high"] or 0) for row in rows), default=0)
    if not most and not any(row["revenue"] for row in rows):
        low, high = ([share(row[name]) for row in rows] for name in RANGE[2:])
        return {"share": shares, "from": low, "to": high}
    digits = 0 if most >= LARGE else decimals
    low, high = (
        ["" if row[name] is None else f"{row[name]:,.{digits}f}" for row in rows]
        for name in RANGE[:2]
    )
    credit = [f"{row['revenue']:,.{decimals}f}" for row in rows]
    return {"credit": credit, "from": low, "to": high, "share": shares}

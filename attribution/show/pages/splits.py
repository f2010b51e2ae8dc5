"""The split between the teams under each model, and where models disagree."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from attribution.analysis.similarity import agreement
from attribution.doors.frames.output import records
from attribution.show.pages.parts import Section, share
from attribution.show.plots.bars import bars_in, draw_split
from attribution.show.plots.matrices import distances_in, draw_matrix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.show.pages.parts import Chart, Study, Table
    from attribution.show.plots.bars import Bars

DEALS: Final = 5
"""Deals of a currency that are shown where models disagree."""
WORDS: Final = ("time", "touch", "team", "channel", "campaign")
HIDDEN: Final = "rep"
"""The column of a ledger that a report leaves out: a cell of one deal."""


def teams(study: Study) -> Section:
    """Return each model's split between the teams, a chart and rows a currency."""
    parts: list[Table | Chart] = []
    table = study.credits.by("team", minor=True)
    frame = records(table.assign(revenue=table["revenue_minor"]))
    for name in study.currencies:
        bars = study.masked(_scaled(study, bars_in(frame, ["team"], name), name))
        parts.append(_split_chart(study, bars, name))
        rows = [at for at, own in enumerate(frame["currency"]) if own == name]
        parts.append(
            study.table(
                {
                    "model": [frame["model"][at] for at in rows],
                    "team": [frame["team"][at] for at in rows],
                    "credit": [
                        study.amount(frame["revenue_minor"][at], name) for at in rows
                    ],
                    "share": [share(frame["share"][at]) for at in rows],
                    "of attributed": [
                        share(frame["share_of_attributed"][at]) for at in rows
                    ],
                    "wins": [f"{frame['wins'][at]:,.2f}" for at in rows],
                },
                f"Credit of the teams in {name}",
                words=2,
            )
        )
    told = (
        "Each row divides the same won money, under another rule. The rule is a choice "
        "that both departments make; none of them measures what caused a deal."
    )
    return Section("teams", "How the teams share it under each model", [told], parts)


def _scaled(study: Study, bars: Bars, currency: str) -> Bars:
    """Return bars of minor units in major ones; wins as they are."""
    if bars.unit != currency:
        return bars
    places = dict(zip(study.journeys.currencies, study.journeys.decimals, strict=True))
    return replace(bars, value=bars.value / 10 ** places[currency])


def _split_chart(study: Study, bars: Bars, name: str) -> Chart:
    return study.chart(
        partial(draw_split, bars=bars),
        f"teams {name}",
        2 * len(bars.models),
        f"Won revenue of each team under each model, {name}.",
    )


def disagreement(study: Study) -> Section:
    """Return how far models are apart, and the deals on which they differ most."""
    title = "Where the models disagree"
    if len(study.credits.models) == 1:
        told = "One model was asked for, so that there is nothing to compare."
        return Section("models", title, [told])
    found = agreement(study.credits, by=("team", "channel"))
    frame = records(found.distances())
    parts: list[Table | Chart] = []
    for name in study.currencies:
        matrix = study.masked(distances_in(frame, list(study.credits.models), name))
        parts.append(
            study.chart(
                partial(draw_matrix, matrix=matrix, form="{:.2f}".format),
                f"models {name}",
                2 * len(matrix.labels) + 2,
                "For each pair of models, the part of the won money that stands with "
                f"another channel, {name}.",
            )
        )
    parts.append(_distances(study, frame))
    deals = records(found.deals(DEALS))
    if deals["deal_id"]:
        parts += [_deals(study, deals), _ledger(study, deals["deal_id"][0])]
    told = (
        "Where models agree, the choice between them changes little. Where they "
        "differ, the deals below show why: they are worth a talk between the "
        "departments."
    )
    return Section("models", title, [told], parts)


def _distances(study: Study, frame: Mapping[str, Sequence[Any]]) -> Table:
    """Return the figures of each pair of models."""

    def figures(name: str) -> list[str]:
        return ["–" if one is None else f"{one:.2f}" for one in frame[name]]

    return study.table(
        {
            "model": frame["model"],
            "other": frame["other"],
            "currency": frame["currency"],
            "in other rows": [share(one) for one in frame["total_variation"]],
            "Spearman": figures("spearman"),
            "Kendall": figures("kendall"),
        },
        "Pairs of models over channels: money in other rows, agreement in rank",
        words=3,
    )


def _deals(study: Study, deals: dict[str, list[Any]]) -> Table:
    def amounts(name: str) -> list[str]:
        pairs = zip(deals[name], deals["currency"], strict=True)
        return [f"{one:,.{study.decimals(currency)}f}" for one, currency in pairs]

    return study.table(
        {
            "deal": [str(one) for one in deals["deal_id"]],
            "model": deals["model"],
            "other": deals["other"],
            "moved": amounts("moved"),
            "amount": amounts("amount"),
            "currency": deals["currency"],
            "share": [share(one) for one in deals["share"]],
        },
        "Deals whose money moves most between channels when the model changes",
        words=3,
    )


def _ledger(study: Study, deal_id: object) -> Table:
    """Return the touches of one deal with the credit of each model."""
    ledger = study.credits.deal(deal_id, personal=study.personal)
    heading, touches, _ = ledger.parts()
    columns = {name: own for name, own in touches.items() if name != HIDDEN}
    words = sum(name in WORDS for name in columns)
    if study.personal:
        contact = records(ledger.frame())["contact_id"][: ledger.deal.touch_count]
        place = list(columns.items())
        place.insert(words, ("contact", [*(one or "" for one in contact), ""]))
        columns, words = dict(place), words + 1
    return study.table(columns, f"{heading}: touch by touch", words=words)

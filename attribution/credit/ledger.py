"""The ledger of one deal: each touch, each cent, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np

from attribution.arrays import clock, money
from attribution.credit import allocate
from attribution.credit.grouping import reason_label
from attribution.doors import markup
from attribution.doors.frames.output import data_frame, instants
from attribution.errors import refuse
from attribution.intake.spelling import spelled_otherwise
from attribution.journeys import tables
from attribution.journeys.words import NONE, OUTCOMES, REASONS, SetAside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from attribution.arrays.ragged import Array
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Seen
    from attribution.models.fitted import Fitted

SHOWN: Final = ("team", "channel", "campaign", "rep")


@dataclass(frozen=True, eq=False)
class Ledger:
    """One deal as a salesperson reads it.

    ``deal``: its journey alone; ``columns``: one row a (model, touch), then the rows
    set aside; ``sentences``: each model's words on this deal; ``shares``: for each
    model the weight and credit of every touch; ``aside``: the rows set aside as text.
    """

    deal: Journeys
    columns: Mapping[str, Any]
    sentences: Mapping[str, tuple[str, ...]]
    shares: Mapping[str, tuple[Array, Array]]
    aside: Sequence[tuple[str, ...]]
    footer: str

    def frame(self) -> pd.DataFrame:
        """Return one row a (model, touch) and one a row set aside.

        Columns: model (missing on rows set aside), deal_id, touch_id, row, time, team,
        channel, campaign, rep, link, process, weight, credit_minor (int64), credit,
        currency, set_aside (why, missing on credited rows).
        """
        return data_frame(self.columns)

    def parts(self) -> tuple[str, dict[str, list[str]], dict[str, list[str]]]:
        """Return heading, table of touches and table of rows set aside, as text."""
        return _heading(self.deal), _touch_rows(self), _aside_rows(self)

    def __repr__(self) -> str:
        """Return the ledger as text, ending with law 6's line."""
        heading, touches, aside = self.parts()
        lines = [heading, *_window(self.deal), *self._words()]
        lines = [markup.escape_text(line) for line in lines]
        if touches:
            last = list(touches)[-self._figures() :]
            numbers: dict[str, Literal["right"]] = dict.fromkeys(last, "right")
            lines += ["", markup.text_table(touches, align=numbers, limit=None)]
        if aside["why"]:
            lines += ["", "Rows set aside for this deal:"]
            lines.append(markup.text_table(aside, limit=None))
        return "\n".join([*lines, "", self.footer])

    def _words(self) -> list[str]:
        """Return each model's sentences on this deal, or why it has no touch."""
        reason = int(self.deal.reason[0])
        if reason >= 0:
            return [f"No touch can take this deal: {reason_label(reason)}."]
        return [
            f"{k}: {one}" for k, several in self.sentences.items() for one in several
        ]

    def _figures(self) -> int:
        """Return how many of the last columns hold numbers."""
        return len(self.shares) if len(self.shares) > 1 else 2

    def _repr_html_(self) -> str:
        heading, touches, aside = self.parts()
        text = "".join(
            f"<p>{markup.escape_html(line)}</p>"
            for line in (heading, *_window(self.deal), *self._words())
        )
        table = markup.html_table(_short(touches)) if touches else ""
        title = "Rows set aside for this deal"
        rows = markup.html_table(aside, caption=title) if aside["why"] else ""
        return f"{text}{table}{rows}<p>{markup.escape_html(self.footer)}</p>"


def ledger_of(
    journeys: Journeys, models: Mapping[str, Fitted], deal_id: object, *, personal: bool
) -> Ledger:
    """Return the ledger of one deal.

    Raises:
        InputError: P10: there is no such deal.
    """
    at = place_of(journeys, deal_id)
    deal = journeys.block(at, at + 1)
    shares, sentences = {}, {}
    for label, fitted in models.items():
        weights = allocate.weights_of(fitted, deal)
        shares[label] = (
            allocate.shares_of(deal, weights),
            allocate.credits_of(deal, weights),
        )
        sentences[fitted.title] = sentences_of(
            fitted, deal, weighted=bool(weights.any())
        )
    aside = [(part, at) for part in journeys.aside if (part.deal == at).any()]
    columns = _columns(deal, shares, aside, personal=personal)
    told = [row for part, _ in aside for row in _told(part, at, journeys.tz)]
    return Ledger(deal, columns, sentences, shares, told, journeys.coverage_line())


def place_of(journeys: Journeys, deal_id: object) -> int:
    """Return the place of a deal among the journeys.

    Raises:
        InputError: P10: there is no such deal.

    Example:
        >>> import attribution as at
        >>> place_of(at.journeys_from_paths(["a"], wins=[1]), 0)
        0
    """
    places = np.flatnonzero(journeys.deal_id == deal_id)
    if not len(places):
        places = np.flatnonzero(journeys.deal_id.astype(str) == str(deal_id))
    if not len(places) and journeys.options.get("ids") == "salesforce":
        places = spelled_otherwise(journeys.deal_id, str(deal_id))
    if not len(places):
        what = f"there is no deal {deal_id!r}."
        raise refuse("P10", what, "journeys.deals() lists them.")
    return int(places[0])


def sentences_of(fitted: Fitted, deal: Journeys, *, weighted: bool) -> tuple[str, ...]:
    """Return a model's words on one deal, or why no touch can take it."""
    if weighted:
        return fitted.model.explain(deal, fitted.params)
    reason = int(deal.reason[0])
    label = reason_label(REASONS.index("no weight") if reason < 0 else reason)
    return (f"No touch can take this deal: {label}.",)


def _columns(
    deal: Journeys,
    shares: Mapping[str, tuple[Array, Array]],
    aside: Sequence[tuple[SetAside, int]],
    *,
    personal: bool,
) -> dict[str, Any]:
    """Return the columns of :meth:`Ledger.frame`."""
    touches, models = deal.touch_count, len(shares)
    lost = [
        (part, int(row))
        for part, at in aside
        for row in np.flatnonzero(part.deal == at)
    ]
    blank = np.full(len(lost), None, object)
    currency = deal.currencies[int(deal.currency[0])]
    minor = np.concatenate(
        [np.zeros(0, np.int64), *(one for _, one in shares.values())]
    )
    minor = np.concatenate([minor, np.zeros(len(lost), np.int64)])
    times = np.full(touches, clock.MISSING) if deal.time is None else deal.time
    seen = [_seen(part, row) for part, row in lost]
    columns: dict[str, Any] = {
        "model": np.concatenate(
            [np.repeat(np.array(list(shares), object), touches), blank]
        ),
        "deal_id": np.repeat(deal.deal_id, models * touches + len(lost)),
        "touch_id": _both(_ids(deal), models, [one["touch_id"] for one in seen]),
        "row": np.concatenate(
            [
                np.tile(deal.row, models),
                np.array([part.rows[row] for part, row in lost], int),
            ]
        ),
        "time": instants(
            np.concatenate(
                [np.tile(times, models), np.array([o["time"] for o in seen], int)]
            )
        ),
    }
    names = [*SHOWN, "link", *(["contact"] if personal else [])]
    for name in names:
        own = tables.labels_at(deal.touch[name])
        shown = "contact_id" if name == "contact" else name
        columns[shown] = _both(own, models, [one.get(name) for one in seen])
    weight = np.concatenate([np.zeros(0), *(one for one, _ in shares.values())])
    columns["process"] = _both(deal.process.astype(object), models, [None] * len(lost))
    columns["weight"] = np.concatenate([weight, np.zeros(len(lost))])
    columns["credit_minor"] = minor
    columns["credit"] = money.to_major(minor, deal.decimals[int(deal.currency[0])])
    columns["currency"] = np.full(len(minor), currency, object)
    whys = [part.sentences[part.code[row]] for part, row in lost]
    columns["set_aside"] = _both(np.full(touches, None, object), models, whys)
    return columns


def _ids(deal: Journeys) -> Array:
    if deal.touch_id is None:
        return np.full(deal.touch_count, None, object)
    return tables.labels_at(deal.touch_id)


def _both(own: Array, models: int, lost: Sequence[object]) -> Array:
    tail = np.fromiter(lost, object, len(lost))
    return np.concatenate([np.tile(own, models), tail])


def _seen(part: SetAside, row: int) -> dict[str, Any]:
    """Return what is known of a row set aside; rows that reach a deal are seen."""
    seen = cast("Seen", part.seen)
    labels = {
        name: column.labels[column.codes[row]] for name, column in seen.touch.items()
    }
    touch_id = seen.touch_id
    shown = None if touch_id is None else tables.labels_at(touch_id.take([row]))[0]
    return {"time": int(seen.time[row]), "touch_id": shown, **labels}


def _told(part: SetAside, at: int, tz: str) -> list[tuple[str, ...]]:
    """Return row, time, labels and reason of the deal's rows set aside, as text."""
    rows = []
    for row in np.flatnonzero(part.deal == at).tolist():
        seen = _seen(part, row)
        labels = [_shown(seen[name]) for name in SHOWN]
        why = part.sentences[part.code[row]]
        name = seen["touch_id"]
        if name is None:
            name = f"row {int(part.rows[row])}"
        rows.append((str(name), clock.local_text(seen["time"], tz), *labels, why))
    return rows


def _shown(label: object) -> str:
    return "" if label == NONE else str(label)


def _amount(deal: Journeys, minor: int) -> str:
    return money.text(minor, deal.decimals[int(deal.currency[0])])


def _heading(deal: Journeys) -> str:
    names = {code: name for name, code in OUTCOMES.items()}
    outcome = names[int(deal.outcome[0])]
    currency = deal.currencies[int(deal.currency[0])]
    closed = clock.local_text(int(deal.closed_at[0]), deal.tz)[:10]
    when = f", closed {closed}" if closed and outcome != "open" else ""
    amount = _amount(deal, int(deal.amount[0]))
    count = int(deal.count[0])
    many = f" ({count:,} deals of this path)" if count > 1 else ""
    return f"Deal {deal.deal_id[0]}: {outcome}, {amount} {currency}{when}{many}"


def _window(deal: Journeys) -> list[str]:
    """Return from when to when touches count, and by which options."""
    end, start = int(deal.end[0]), int(deal.start[0])
    if end == clock.MISSING:
        return []
    since = (
        "" if start == clock.MISSING else f"from {clock.local_text(start, deal.tz)} "
    )
    given = deal.options
    names = [
        name
        for name in ("anchor", "lookback", "start", "sharing")
        if given.get(name) is not None
    ]
    names += [name for name in tables.FURTHER if tables.is_asked(name, given.get(name))]
    asked = ", ".join(f"{name} {tables.option_text(given[name])}" for name in names)
    return [
        f"Touches count {since}to {clock.local_text(end, deal.tz)} {deal.tz} ({asked})."
    ]


def _touch_rows(ledger: Ledger) -> dict[str, list[str]]:
    deal, several = ledger.deal, len(ledger.shares) > 1
    times = (
        []
        if deal.time is None
        else [clock.local_text(int(at), deal.tz) for at in deal.time]
    )
    rows: dict[str, list[str]] = {"time": [*times, "total"]} if times else {}
    if not times:
        rows["touch"] = [*map(str, range(1, deal.touch_count + 1)), "total"]
    for name in SHOWN:
        rows[name] = [*map(_shown, tables.labels_at(deal.touch[name])), ""]
    for place in np.flatnonzero(deal.process).tolist():
        rows["channel"][place] += " (process step)"
    for label, (weights, credits) in ledger.shares.items():
        if not several:
            rows["weight"] = [f"{one:.6f}" for one in weights.tolist()]
            rows["weight"].append(f"{weights.sum():.6f}")
        money_of = [_amount(deal, int(one)) for one in credits]
        rows[label if several else "credit"] = [
            *money_of,
            _amount(deal, int(credits.sum())),
        ]
    return {name: column for name, column in rows.items() if deal.touch_count}


def _short(columns: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the rows that a notebook shows, the total last, those left out counted."""
    rows = len(next(iter(columns.values())))
    if rows <= markup.ROWS_SHOWN:
        return dict(columns)
    kept = markup.ROWS_SHOWN - 2
    first = next(iter(columns))
    more = f"… {rows - 1 - kept} more touches"
    return {
        name: [*own[:kept], more if name == first else "", own[-1]]
        for name, own in columns.items()
    }


def _aside_rows(ledger: Ledger) -> dict[str, list[str]]:
    names = ("touch", "time", *SHOWN, "why")
    columns = list(zip(*ledger.aside, strict=True)) or [()] * len(names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}

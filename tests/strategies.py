"""Hypothesis strategies that all tests share: money, segments, tables of journeys."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import oracles
import oracles_of_journeys as plain
import pandas as pd
from hypothesis import strategies as st
from oracles import DAY, Deal, Options, Touch

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from attribution.journeys.journeys import Journeys

LIMIT = 10**15
"""Amounts are good to ± this many minor units (design law 6.1)."""
START = 20_454 * DAY
"""2026-01-01, where the days of these tables begin."""
DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3}

# ----------------------------------------------------------------------- money


def amounts(limit: int = LIMIT) -> st.SearchStrategy[int]:
    """Minor units: small ones, the limb borders and all up to ``limit``."""
    edges = [0, 1, 99, 100, 2**28 - 1, 2**28, 2**28 + 1, LIMIT - 1, LIMIT]
    near = st.sampled_from([edge for edge in edges if edge <= limit])
    positive = st.one_of(
        near, st.integers(0, min(limit, 10_000)), st.integers(0, limit)
    )
    return st.builds(
        lambda value, sign: value * sign, positive, st.sampled_from([1, -1])
    )


def normalised(weights: Sequence[float]) -> list[float]:
    """Return weights divided by their sum, as a model hands them on."""
    total = math.fsum(weights)
    return [weight / total for weight in weights]


@st.composite
def float_weights(draw: st.DrawFn, *, most: int = 24) -> list[float]:
    """Weights of one deal that sum to 1: random, equal, twentieths, some zero."""
    count = draw(st.integers(1, most))
    value = draw(
        st.sampled_from(
            [
                st.floats(1e-6, 1.0),
                st.sampled_from([0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.4]),
                st.sampled_from([1.0, 2.0, 4.0, 8.0]),
                st.just(1.0),
            ]
        )
    )
    drawn = draw(st.lists(value, min_size=count, max_size=count))
    return normalised(drawn) if any(drawn) else drawn


def parts(*, most: int = 24) -> st.SearchStrategy[list[int]]:
    """Integer parts of one deal: small ones, many equal, some zero, all zero, large."""
    value = st.sampled_from(
        [
            st.integers(0, 3),
            st.sampled_from([0, 1, 3, 7]),
            st.integers(0, 2**24),
            st.integers(2**24, 2**57),
        ]
    )
    return value.flatmap(lambda one: st.lists(one, min_size=1, max_size=most))


# -------------------------------------------------------------------- segments


def counts() -> st.SearchStrategy[list[int]]:
    """Sizes of segments, many of them empty."""
    return st.lists(st.sampled_from([0, 0, 1, 1, 2, 3, 5]), max_size=8)


def offsets_of(sizes: Sequence[int]) -> NDArray[np.int64]:
    """Return the offsets of segments of these sizes, one after another."""
    total, found = 0, [0]
    for size in sizes:
        total += size
        found.append(total)
    return np.array(found, np.int64)


def segments(
    values: st.SearchStrategy[Any],
) -> st.SearchStrategy[list[list[Any]]]:
    """Lists of values, a list a segment, many of them empty."""
    return st.lists(st.lists(values, max_size=5), max_size=8)


def labels() -> st.SearchStrategy[str]:
    """Texts whose order by UTF-8 bytes differs from other orders."""
    return st.one_of(
        st.sampled_from(["a", "B", "b", "é", "z", "Ω", "\U0001f600", "\uffff", "a b"]),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4),
    )


# ---------------------------------------------------------------------- tables


@dataclass(frozen=True)
class Tables:
    """The plain rows of three tables, and the same as frames."""

    touches: tuple[Touch, ...]
    deals: tuple[Deal, ...]
    contacts: tuple[tuple[str, str], ...] = ()

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return touches, deals and contacts as pandas frames."""
        people = pd.DataFrame(
            {
                "deal_id": objects([deal_id for deal_id, _ in self.contacts]),
                "contact_id": objects([person for _, person in self.contacts]),
            }
        )
        return touch_frame(self.touches), deal_frame(self.deals), people

    def built(self, options: Options | None = None, **more: Any) -> Journeys:
        """Return the library's journeys of these tables."""
        options = options or Options()
        touches, deals, contacts = self.frames()
        more["lookback"] = lengths(options.lookback)
        more["dedupe"] = lengths(options.dedupe)
        if options.as_of is not None:
            more["as_of"] = iso(options.as_of)
        return at.build_journeys(
            touches,
            deals,
            contacts=contacts,
            anchor=options.anchor,
            start=options.start,  # type: ignore[arg-type]
            sharing=options.sharing,  # type: ignore[arg-type]
            links=options.links,
            unit=options.unit,  # type: ignore[arg-type]
            after=options.after,
            before=options.before,
            exclude=options.exclude,
            **more,
        )

    def built_plainly(self, options: Options | None = None) -> oracles.Built:
        """Return the plain journeys of these tables."""
        return plain.build(self.touches, self.deals, self.contacts, options)

    def moved(self, move: Callable[[int], int]) -> Tables:
        """Return the same tables with every instant moved."""

        def at_most(instant: int | None) -> int | None:
            return None if instant is None else move(instant)

        touches = tuple(replace(one, time=move(one.time)) for one in self.touches)
        deals = tuple(
            replace(
                one,
                closed_at=at_most(one.closed_at),
                created_at=at_most(one.created_at),
                milestones={name: move(at) for name, at in one.milestones.items()},
            )
            for one in self.deals
        )
        return Tables(touches, deals, self.contacts)


def lengths(value: Any) -> Any:
    """Return microseconds, alone or by kind, as lengths of time."""
    if isinstance(value, Mapping):
        return {kind: lengths(one) for kind, one in value.items()}
    return None if value is None else dt.timedelta(microseconds=value)


Shown = tuple[object, ...]
"""What a frame shows of a touch: its id, time and labels."""


def shown(touch: Touch, time: int) -> Shown:
    """Return what a frame shows of a touch that stands at ``time``."""
    contact = "(none)" if touch.contact_id is None else touch.contact_id
    labels = (touch.team, touch.channel, touch.campaign, touch.rep, contact)
    return (touch.touch_id, time, *labels)


def shown_rows(frame: pd.DataFrame) -> list[Shown]:
    """Return the same of each row of a frame of touches."""
    times = frame["time"].dt.as_unit("us").astype("int64")
    labels = frame[["team", "channel", "campaign", "rep", "contact_id"]]
    return [
        (name, time, *own)
        for name, time, own in zip(
            present(frame["touch_id"]),
            times,
            labels.itertuples(index=False, name=None),
            strict=True,
        )
    ]


def present(column: pd.Series[Any]) -> list[Any]:
    """Return the values of a frame's column, None where it has none."""
    return [None if pd.isna(one) else one for one in column]


def objects(values: Sequence[object]) -> NDArray[np.object_]:
    """Return values as an object array, so that no frame library guesses."""
    found = np.empty(len(values), object)
    found[:] = values
    return found


def iso(instant: int | None, *, day_only: bool = False) -> str | None:
    """Return an instant as ISO text with a zone, or as its day."""
    if instant is None:
        return None
    text = str(np.datetime64(instant, "us"))
    return text[:10] if day_only else f"{text}Z"


def major(minor: int, currency: str) -> str:
    """Return minor units as the exact text of major units."""
    return str(Decimal(minor).scaleb(-DECIMALS[currency]))


def touch_frame(touches: Sequence[Touch]) -> pd.DataFrame:
    """Return touches as a frame; "(none)" becomes a missing value."""

    def column(read: Callable[[Touch], object]) -> NDArray[np.object_]:
        return objects([read(touch) for touch in touches])

    def label(name: str) -> NDArray[np.object_]:
        shown = [getattr(touch, name) for touch in touches]
        return objects([None if one == "(none)" else one for one in shown])

    return pd.DataFrame(
        {
            "time": column(lambda one: iso(one.time, day_only=one.day_only)),
            "team": column(lambda one: one.team),
            "channel": column(lambda one: one.channel),
            "campaign": label("campaign"),
            "rep": label("rep"),
            "touch_id": column(lambda one: one.touch_id),
            "contact_id": column(lambda one: one.contact_id),
            "account_id": column(lambda one: one.account_id),
            "deal_id": column(lambda one: one.deal_id),
            "lead_deal_id": column(lambda one: one.lead_deal_id),
            "person_account_id": column(lambda one: one.person_account_id),
        }
    )


def deal_frame(deals: Sequence[Deal]) -> pd.DataFrame:
    """Return deals as a frame, amounts as exact text."""

    def column(read: Callable[[Deal], object]) -> NDArray[np.object_]:
        return objects([read(deal) for deal in deals])

    stages = {
        f"{name}_at": column(lambda one, name=name: iso(one.milestones.get(name)))  # type: ignore[misc]
        for name in oracles.MILESTONES
    }
    return pd.DataFrame(
        {
            "deal_id": column(lambda one: one.deal_id),
            "amount": column(lambda one: major(one.amount, one.currency)),
            "currency": column(lambda one: one.currency),
            "outcome": column(lambda one: one.outcome),
            "account_id": column(lambda one: one.account_id),
            "created_at": column(lambda one: iso(one.created_at)),
            "closed_at": column(lambda one: iso(one.closed_at)),
            **stages,
        }
    )


def instants() -> st.SearchStrategy[int]:
    """Instants on few days, so that ties and exact edges are common."""
    return st.builds(
        lambda day, part: START + day * DAY + part,
        st.sampled_from([0, 1, 2, 5, 10, 11, 20, 30, 60, 90, 91, 100, 120]),
        st.sampled_from([0, 0, 0, 0, 1, -1, DAY // 2]),
    )


def touch_ids() -> st.SearchStrategy[st.SearchStrategy[str | int | None]]:
    """One kind of touch ids for a table: none, integers or texts, with gaps."""
    return st.sampled_from(
        [
            st.none(),
            st.one_of(st.none(), st.integers(-2, 12)),
            st.one_of(st.none(), st.sampled_from(["1", "10", "2", "T", "t", "é"])),
        ]
    )


def touches_with(
    ids: st.SearchStrategy[str | int | None],
    *,
    deals: Sequence[str],
    linked_by_deal_only: bool = False,
    alike: bool = False,
) -> st.SearchStrategy[Touch]:
    """Touches of a few labels, so that repeats and ties are common; fewer if alike."""
    strangers = [None, None, "D?"]
    no_link: st.SearchStrategy[str | None] = st.none()
    people = (
        no_link if linked_by_deal_only else st.sampled_from([None, "c1", "c2", "c3"])
    )
    accounts = (
        no_link if linked_by_deal_only else st.sampled_from([None, "A", "B", "C"])
    )
    named = deals if linked_by_deal_only else [*deals, *strangers]
    further = [None, None, *named]
    return st.builds(
        touch_of,
        st.sampled_from([False, False, False, True]),
        time=instants(),
        channel=st.sampled_from(
            ["ad", "email", "call", "Z", "é"][: 1 + 4 * (not alike)]
        ),
        team=st.sampled_from(["marketing", "sales"]),
        campaign=st.sampled_from(["(none)", "(none)", "spring"][: 2 + (not alike)]),
        rep=st.sampled_from(["(none)", "(none)", "Lea", "Bo"]),
        contact_id=people,
        touch_id=ids,
        deal_id=st.sampled_from(named),
        account_id=accounts,
        lead_deal_id=no_link if linked_by_deal_only else st.sampled_from(further),
        person_account_id=accounts,
    )


def touch_of(day_only: bool, **columns: Any) -> Touch:
    """Return a touch, with its day alone (standing at noon) if ``day_only``."""
    if day_only:
        columns["time"] = columns["time"] // DAY * DAY + DAY // 2
    return Touch(day_only=day_only, **columns)


def deal_named(
    deal_id: str, limit: int, outcomes: Sequence[str]
) -> st.SearchStrategy[Deal]:
    """One deal with any of its dates before, at or after its close."""
    stage = st.one_of(st.none(), instants())
    return st.builds(
        deal_of,
        st.booleans(),
        deal_id=st.just(deal_id),
        amount=amounts(limit).map(abs),
        outcome=st.sampled_from(outcomes),
        closed_at=instants(),
        created_at=instants(),
        currency=st.sampled_from(list(DECIMALS)),
        account_id=st.sampled_from([None, "A", "A", "B"]),
        milestones=st.fixed_dictionaries({"opportunity": stage, "mql": stage}),
    )


def deal_of(expected: bool, **columns: Any) -> Deal:
    """Return a deal; an open one has a close only where it is ``expected``."""
    if columns["outcome"] == "open" and not expected:
        columns["closed_at"] = None
    stages = columns["milestones"].items()
    columns["milestones"] = {name: at for name, at in stages if at is not None}
    return Deal(**columns)


DEAL_IDS = ("D1", "D10", "D2", "d", "É")


@st.composite
def tables(
    draw: st.DrawFn,
    *,
    limit: int = LIMIT,
    most_touches: int = 14,
    outcomes: Sequence[str] = ("won", "won", "lost", "open"),
    alike: bool = False,
) -> Tables:
    """Tables whose rows link by deal, contact and account, or by nothing."""
    names = DEAL_IDS[: draw(st.integers(1, len(DEAL_IDS)))]
    deals = tuple(draw(deal_named(name, limit, outcomes)) for name in names)
    touch = touches_with(draw(touch_ids()), deals=names, alike=alike)
    found = draw(st.lists(touch, max_size=most_touches))
    again = draw(st.lists(st.sampled_from(found), max_size=2)) if found else []
    person = st.tuples(
        st.sampled_from([*names, "D?"]), st.sampled_from(["c1", "c2", "c4"])
    )
    contacts = draw(st.lists(person, max_size=5))
    return Tables((*found, *again), deals, tuple(contacts))


@st.composite
def whole_journeys(
    draw: st.DrawFn, *, limit: int = LIMIT, apart: bool = False
) -> Tables:
    """Won and lost deals whose touches all name their deal and lie before its close.

    No two touches are nearer than 12 hours, less two microseconds, if ``apart``.
    """
    names = DEAL_IDS[: draw(st.integers(1, len(DEAL_IDS)))]
    deals = tuple(
        replace(
            draw(deal_named(name, limit, ("won", "won", "lost"))),
            closed_at=START + 200 * DAY + place,
            milestones={},
        )
        for place, name in enumerate(names)
    )
    touch = touches_with(draw(touch_ids()), deals=names, linked_by_deal_only=True)
    key = (lambda one: (one.time + DAY // 4) // (DAY // 2)) if apart else None
    found = draw(st.lists(touch, max_size=20, unique_by=key))
    return Tables(unrepeated(found), deals)


def unrepeated(touches: Sequence[Touch]) -> tuple[Touch, ...]:
    """Return the touches without exact repeats of one touch id."""
    return tuple(
        touch
        for place, touch in enumerate(touches)
        if touch.touch_id is None or touch not in touches[:place]
    )


def permuted(rows: Sequence[Any]) -> st.SearchStrategy[list[Any]]:
    """The same rows in any order."""
    return st.permutations(list(rows))


LINKS = Options().links


def option_sets() -> st.SearchStrategy[Options]:
    """Every combination of the options that decide which touches count."""
    return st.builds(
        Options,
        anchor=st.sampled_from(["closed", "closed", "opportunity", "mql"]),
        as_of=st.one_of(st.none(), st.none(), instants()),
        lookback=st.sampled_from([None, None, DAY, 10 * DAY, 30 * DAY, 90 * DAY]),
        start=st.sampled_from(["previous_won", "previous_close", "opportunity", "all"]),
        sharing=st.sampled_from(["each", "open"]),
        links=st.sampled_from([LINKS, LINKS, LINKS[1:], LINKS[:2], LINKS[-1:]]),
    )


def rule_sets() -> st.SearchStrategy[Options]:
    """Combinations of the options that set rows apart, or differ by team or channel."""
    kind = st.sampled_from(["*", "marketing", "sales", "call", "ad", "email"])
    stage = st.sampled_from(["opportunity", "mql"])
    length = st.sampled_from([None, DAY, 10 * DAY, 30 * DAY, 90 * DAY])
    return st.builds(
        Options,
        as_of=st.one_of(st.none(), st.none(), instants()),
        lookback=st.one_of(st.none(), st.dictionaries(kind, length, max_size=3)),
        start=st.sampled_from(["previous_won", "all", "all"]),
        sharing=st.sampled_from(["each", "each", "open"]),
        unit=st.sampled_from(["row", "person_day", "account_day"]),
        dedupe=st.sampled_from([None, 1, DAY // 2, DAY, 30 * DAY]),
        after=st.dictionaries(kind, stage, max_size=2),
        before=st.dictionaries(kind, stage, max_size=1),
        exclude=st.sampled_from(
            [{}, {}, {"channel": ["Z"]}, {"team": ["sales"]}, {"campaign": ["spring"]}]
        ),
    )

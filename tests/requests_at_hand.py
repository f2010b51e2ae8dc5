"""Requests for the tests of the service, and the bulk path on the same deals."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import strategies
from hypothesis import strategies as st
from oracles import DAY, Deal, Touch

import attribution as at
from attribution.models import registry

if TYPE_CHECKING:
    from attribution.models.base import Model

STAGES = ("lead", "mql", "sal", "sql", "opportunity")


def plain_rules() -> list[str]:
    """Return every model that splits without having learned, and some variants."""
    plain = [text for text, one in registry.classes().items() if _splits(one)]
    return [*plain, "linear:per=channel", "time_decay:half_life=30d"]


def _splits(kind: type[Model]) -> bool:
    try:
        return not kind().learns
    except at.InputError:  # it has no defaults
        return False


@dataclass(frozen=True)
class Asked:
    """Deals with their touches, and the options under which they are split."""

    touches: tuple[Touch, ...]
    deals: tuple[Deal, ...]
    anchor: str = "closed"
    as_of: int | None = None
    lookback: int | None = None

    def request(self, model: str, **fields: Any) -> dict[str, Any]:
        """Return the request as JSON values."""
        options = {"anchor": self.anchor, "as_of": self.as_of}
        if self.lookback is not None:
            options["lookback"] = f"{self.lookback // DAY}d"
        deals = [deal_fields(deal, self.rows(deal.deal_id)) for deal in self.deals]
        return {"model": model, "deals": deals, "options": options, **fields}

    def rows(self, deal_id: str) -> list[Touch]:
        """Return a deal's touches in the order of the rows."""
        return [touch for touch in self.touches if touch.deal_id == deal_id]

    def journeys(self) -> at.Journeys:
        """Return the journeys that the bulk path builds of the same deals."""
        return at.build_journeys(
            strategies.touch_frame(self.touches),
            strategies.deal_frame(self.deals).drop(columns="created_at"),
            anchor=self.anchor,
            as_of=strategies.iso(self.as_of),
            lookback=None if self.lookback is None else f"{self.lookback // DAY}d",
        )


def deal_fields(deal: Deal, touches: list[Touch]) -> dict[str, Any]:
    """Return one deal of a request."""
    stages = {f"{name}_at": deal.milestones.get(name) for name in STAGES}
    return {
        "deal_id": deal.deal_id,
        "amount_minor": deal.amount,
        "currency": deal.currency,
        "outcome": deal.outcome,
        "closed_at": strategies.iso(deal.closed_at),
        **stages,
        "touches": [touch_fields(touch) for touch in touches],
    }


def touch_fields(touch: Touch) -> dict[str, Any]:
    """Return one touch of a request; "(none)" is null."""
    names = ("team", "channel", "campaign", "rep", "contact_id", "touch_id")
    given = {name: getattr(touch, name) for name in names}
    shown = {name: None if one == "(none)" else one for name, one in given.items()}
    return {"time": strategies.iso(touch.time), **shown}


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """Deals whose touches name them, under any options that a request has."""
    names = strategies.DEAL_IDS[: draw(st.integers(1, len(strategies.DEAL_IDS)))]
    outcomes = ("won", "won", "lost", "open")
    deals = [
        draw(strategies.deal_named(name, strategies.LIMIT, outcomes)) for name in names
    ]
    ids = draw(strategies.touch_ids())
    touch = strategies.touches_with(ids, deals=names, linked_by_deal_only=True)
    touches = [
        replace(one, day_only=False) for one in draw(st.lists(touch, max_size=16))
    ]
    return Asked(
        tuple(once(touches)),
        tuple(replace(deal, created_at=None, account_id=None) for deal in deals),
        draw(st.sampled_from(["closed", "closed", "opportunity", "mql"])),
        draw(st.one_of(st.none(), st.none(), strategies.instants())),
        draw(st.sampled_from([None, None, DAY, 30 * DAY])),
    )


def once(touches: list[Touch]) -> list[Touch]:
    """Return the touches whose id no earlier touch of their deal has."""
    seen: set[tuple[object, object]] = set()
    kept = []
    for touch in touches:
        key = (touch.deal_id, touch.touch_id)
        if touch.touch_id is None or key not in seen:
            kept.append(touch)
        seen.add(key)
    return kept


START = strategies.START
TOUCHES = tuple(
    Touch(
        time=START + place * DAY,
        channel=channel,
        team=team,
        touch_id=f"t{place}",
        deal_id="D1",
        contact_id="jo@example.com",
        rep="Lea",
    )
    for place, (channel, team) in enumerate(
        [("ad", "marketing"), ("call", "sales"), ("email", "sales")]
    )
)
DEAL = Deal(deal_id="D1", amount=1000, closed_at=START + 50 * DAY)
ONE = Asked(TOUCHES, (DEAL,))


def learned() -> at.Fitted:
    """Return a Shapley model fitted on deals of every channel."""
    chance = random.Random(5)  # noqa: S311
    channels = ["ad", "email", "call", "Z", "é"]
    deals = [f"L{place}" for place in range(400)]
    touches = pd.DataFrame(
        [
            {"deal_id": deal, "time": "2025-01-01T00:00:00Z", "channel": channel,
             "team": team}
            for deal in deals
            for channel in channels
            for team in ("marketing", "sales")
            if chance.random() < 0.3
        ]
    )  # fmt: skip
    table = pd.DataFrame(
        {
            "deal_id": deals,
            "amount": 1,
            "currency": "EUR",
            "outcome": ["won" if chance.random() < 0.6 else "lost" for _ in deals],
            "closed_at": "2025-02-01T00:00:00Z",
        }
    )
    return at.fit(at.build_journeys(touches, table), "shapley:worth=win_rate")


LEARNED = learned()

"""What a fitted Markov model shows: tables, its title, the sentences of a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import codes, money
from attribution.errors import refuse
from attribution.journeys.players import PLAYER, ambiguous, shown
from attribution.models.base import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.arrays.ragged import Array, Floats, Ints
    from attribution.journeys.players import Players
    from attribution.models.base import Counts, Params

Columns = dict[str, Any]

LEARNED: Final = frozenset(
    (
        "win_rate", "players", "effects", "value_effects", "states", "won", "lost",
        "open",
    )
)  # fmt: skip
"""The names of what is learned."""

START, WIN, NULL = "(start)", "(win)", "(null)"


def title(label: str, params: Params | None) -> str:
    """Return the label with the deals that the chain was learned without.

    Example:
        >>> title("markov:order=2", {"lost": 0, "open": 3})
        'markov[order=2, won deals alone, open deals left out: 3]'
    """
    name, _, rest = label.partition(":")
    told = [rest.replace(",", ", ")] if rest else []
    found = {} if params is None else params
    left = [] if found.get("lost", 1) else ["won deals alone"]
    if found.get("open", 0):
        left.append(f"open deals left out: {found['open']:,}")
    return f"{name}[{', '.join([*told, *left])}]" if left else label


def effects_of(params: Params | None) -> dict[str, float]:
    """Return the removal effect of every player met in fitting.

    Raises:
        InputError: P08: parts of the parameters are missing.
    """
    found = params or {}
    missing = LEARNED - set(found)
    if missing or len(found["players"]) != len(found["effects"]):
        lacking = ", ".join(sorted(missing)) or "an effect for each player"
        what = f"the parameters lack {lacking}."
        raise refuse("P08", what, "Fit the model again.", where="models.markov")
    effects = np.asarray(found["effects"], np.float64).tolist()
    return dict(zip(found["players"], effects, strict=True))


def tables(
    counts: Counts | None, params: Params | None
) -> Mapping[str, Mapping[str, Any]]:
    """Return the tables of a fitted model."""
    if counts is None or params is None:
        return {}
    study = _Study(counts, params)
    return Tables(
        {
            "effects": study.effects,
            "value": study.value,
            "transitions": study.transitions,
            "diagnostics": study.diagnostics,
        }
    )


class _Study:
    """The moves, ends and effects of a fitted chain, ready to be shown."""

    def __init__(self, counts: Counts, params: Params) -> None:
        self.params, self.known = params, effects_of(params)
        self.moves, self.ends = counts.tables["moves"], counts.tables["ends"]
        deals = counts.tables["deals"].keys
        places = map(int, deals["decimals"].tolist())
        self.decimals = dict(zip(deals["currency"].tolist(), places, strict=True))
        self.twice = ambiguous(params["players"], 1)
        self.players = np.array(
            [shown(one, self.twice) for one in params["players"]], object
        )
        credited = self.ends.keys["state"] != ""
        currency = self.ends.keys["currency"]
        self.wins, self.revenue = (
            {
                name: int(self.ends.values[what][credited & (currency == name)].sum())
                for name in sorted(set(currency.tolist()))
            }
            for what in ("wins", "revenue")
        )

    def effects(self) -> Columns:
        """Return the effects on wins, and the credited wins and money times shares."""
        effect = np.array(list(self.known.values()))
        return self._blocks(
            {name: effect for name, wins in self.wins.items() if wins},
            ("player", "removal_effect", "share", "wins", "revenue", "currency"),
        )

    def value(self) -> Columns:
        """Return the effects on the money of each currency, and it times shares."""
        effects = {
            name: np.asarray(effect, np.float64)
            for name, effect in sorted(self.params["value_effects"].items())
            if self.revenue[name]
        }
        names = ("player", "removal_effect", "share", "revenue", "currency")
        return self._blocks(effects, names)

    def _blocks(self, effects: Mapping[str, Floats], names: Sequence[str]) -> Columns:
        """Return a block of rows for each currency, the largest effects first."""
        blocks = [self._block(name, effect) for name, effect in effects.items()]
        empty = {name: np.zeros(0) for name in names}
        for name in ("player", "currency"):
            empty[name] = np.zeros(0, object)
        return {
            name: np.concatenate([empty[name], *(block[name] for block in blocks)])
            for name in names
        }

    def _block(self, currency: str, effect: Floats) -> Columns:
        by_name = codes.label_order(self.players)
        order = by_name[np.argsort(-effect[by_name], kind="stable")]
        whole = effect.sum()
        share = effect[order] / whole if whole else effect[order]
        total = money.to_major(
            np.array([self.revenue[currency]]), self.decimals[currency]
        )
        return {
            "player": self.players[order],
            "removal_effect": effect[order],
            "share": share,
            "wins": share * self.wins[currency],
            "revenue": share * total,
            "currency": np.full(len(order), currency, object),
        }

    def transitions(self) -> Columns:
        """Return how often each state went where, and that over all that left it."""
        wins, losses = self.ends.values["wins"], self.ends.values["losses"]
        count = np.concatenate([self.moves.values["count"], wins, losses])
        steps = self.moves.keys["player"]
        names = {
            label: shown(label, self.twice) for label in sorted(set(steps.tolist()))
        }
        to = [names[label] for label in steps.tolist()]
        to += [WIN] * len(wins) + [NULL] * len(losses)
        texts = [self.moves.keys["state"], *[self.ends.keys["state"]] * 2]
        state, known = codes.joined([(np.arange(len(one)), one) for one in texts])
        rank, many = _ranks(steps, len(wins), len(losses))
        cell, _ = codes.combined([state, rank], [len(known), many])
        _, cells, place = np.unique(cell, return_index=True, return_inverse=True)
        added = codes.sum_by(place, count, len(cells))
        out = codes.sum_by(state, count, len(known))
        kept = added > 0
        own = state[cells][kept]
        told = np.array([_state(one, names) for one in codes.texts(known)], object)
        return {
            "state": told[own],
            "next": np.array(to, object)[cells][kept],
            "count": added[kept],
            "probability": added[kept] / out[own],
        }

    def diagnostics(self) -> Columns:
        """Return what was counted, and what was left out."""
        closed = self.ends.values["wins"] + self.ends.values["losses"]
        effects = list(self.known.values())
        facts = {
            "won deals": self.params["won"],
            "lost deals": self.params["lost"],
            "open deals left out": self.params["open"],
            "closed deals without a player": closed[
                self.ends.keys["state"] == ""
            ].sum(),
            "win rate": self.params["win_rate"],
            "players": len(effects),
            "players on no winning route": effects.count(0.0),
            "states on a winning route": self.params["states"],
            "moves": len(self.moves.values["count"]),
        }
        return {
            "name": np.array(list(facts), object),
            "value": np.array(list(facts.values()), np.float64),
        }


def _ranks(steps: Array, wins: int, losses: int) -> tuple[Ints, int]:
    """Return where what follows a state is shown, players, win, null, of how many."""
    found, known = codes.joined([(np.arange(len(steps)), steps)])
    ends = np.repeat([len(known), len(known) + 1], [wins, losses])
    return np.concatenate([found, ends]).astype(np.int64), len(known) + 2


def _state(text: str, names: Mapping[str, str]) -> str:
    return " > ".join(names[one] for one in text.split(PLAYER)[:-1]) or START


def sentences(players: Players, known: Mapping[str, float]) -> tuple[str, ...]:
    """Return the removal effects of one deal's players, and what was never met."""
    own = players.code[players.code >= 0]
    labels = players.labels[np.unique(own)].tolist()
    if not labels:
        return ("No touch of this deal is a player of the chain.",)
    twice = ambiguous(labels, 1)
    effects = ", ".join(
        f"{shown(one, twice)} {known.get(one, 0.0):.4g}" for one in labels
    )
    told = [
        f"Removal effects: {effects}.",
        f"Each touch takes its effect over the sum of {len(own)} touches' effects.",
    ]
    strange = [shown(one, twice) for one in labels if one not in known]
    if strange:
        told.append(
            f"Not met in fitting, so that the effect is 0: {', '.join(strange)}."
        )
    return tuple(told)

"""The Markov model: count moves, solve for removal effects, split each deal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from pydantic import BeforeValidator, field_validator

from attribution.arrays import ragged
from attribution.errors import refuse
from attribution.journeys.players import Players, players_of
from attribution.models.base import Model, Params, Summed
from attribution.models.markov import moves, replicas, showing
from attribution.models.markov.chain import chain_of
from attribution.models.markov.removal import effects_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.arrays.ragged import Floats
    from attribution.journeys.journeys import Journeys
    from attribution.models.base import Counts


SPARE: Final = 64
"""Up to this many possible players are numbered whether or not they occur."""


def _number(value: object) -> object:
    """Return a whole number that a text of a model writes; a boolean is none."""
    if isinstance(value, bool):
        return str(value)
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class Markov(Model):
    """Each touch in proportion to what its player's removal from the chain loses.

    The chain goes from the last ``order`` steps to the next, to win or to null, as
    often as closed deals did. A player is removed by sending each step into it to
    null; its effect is the part of wins that is lost. That is the chance that a
    winner's journey visits the player, so that it is near to plain participation, and
    at an order as long as the longest journey the same. It is no experiment.

    Process steps are no players. Won deals alone are enough to fit, and then null is
    reached by removal only; open deals are left out.

    Source: Anderl, Becker, von Wangenheim, Schumann (2016), Mapping the customer
    journey, International Journal of Research in Marketing 33(3).

    Example:
        >>> import attribution as at
        >>> paths = at.journeys_from_paths(
        ...     ["C1 > C2 > C3", "C1", "C2 > C3"], wins=[1, 0, 0], losses=[0, 1, 1])
        >>> at.fit(paths, "markov").table()["removal_effect"].tolist()
        [1.0, 1.0, 0.5]
    """

    order: Annotated[Literal[1, 2, 3, 4], BeforeValidator(_number)] = 1
    players: str = "channel"

    @field_validator("players")
    @classmethod
    def _not_personal(cls, players: str) -> str:
        if players in {"contact", "contact_id"}:
            what = "players='contact' would put contact ids into tables and files."
            raise refuse("P04", what, "Take channel, campaign, rep or a kept column.")
        return players

    def requires(self) -> frozenset[str]:
        """Return what journeys must hold to fit: won deals."""
        return frozenset({"won"})

    def count(self, journeys: Journeys) -> Counts:
        """Return the moves and ends of closed journeys, and numbers of deals."""
        return moves.counted(journeys, self._players(journeys), self.order)

    def _players(self, journeys: Journeys) -> Players:
        """Return each touch's player: of ``channel`` a team's channel, as in games."""
        spare = SPARE if self.order == 1 else 0
        columns = ("team", "channel") if self.players == "channel" else (self.players,)
        return players_of(journeys, columns, process=False, spare=spare)

    def solve(self, counts: Counts) -> Params:
        """Return the win rate, the players' removal effects and deals left out."""
        chain = chain_of(counts, self.order)
        earned, removed = effects_of(chain)
        deals = counts.tables["deals"].values
        return {
            "win_rate": float(earned[0]),
            "players": chain.players,
            "effects": removed[0],
            "value_effects": dict(zip(chain.currencies, removed[1:], strict=True)),
            "states": len(chain),
            **{of: int(deals[of].sum()) for of in ("won", "lost", "open")},
        }

    def summed(self, journeys: Journeys) -> Summed | None:
        """Return chains of order 1 of up to 128 players as sums of their moves."""
        players = self._players(journeys)
        if self.order > 1 or len(players.labels) > replicas.MOST:
            return None
        return replicas.summed(players, journeys)

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats:
        """Return each touch's removal effect over the sum of its deal's."""
        players = self._players(journeys)
        known = showing.effects_of(params)
        table = [known.get(label, 0.0) for label in players.labels.tolist()]
        own: Floats = np.array([*table, 0.0])[players.code]
        sums = ragged.sums(own, journeys.offsets)
        own /= ragged.spread(np.where(sums > 0, sums, 1.0), journeys.offsets)
        return own

    def title(self, params: Params | None) -> str:
        """Return the label for headers, with the deals that were left out."""
        return showing.title(self.label, params)

    def tables(
        self, counts: Counts | None, params: Params | None
    ) -> Mapping[str, Mapping[str, Any]]:
        """Return effects, effects on value, transitions and diagnostics."""
        return showing.tables(counts, params)

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the removal effects of this deal's players."""
        return showing.sentences(self._players(journey), showing.effects_of(params))

"""The Shapley model: count coalitions, value their game, split each deal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator
from pydantic.json_schema import SkipJsonSchema

from attribution.errors import refuse
from attribution.journeys.players import players_of
from attribution.models.base import Alike, Counts, Model, Params
from attribution.models.shapley import (
    coalitions,
    credit,
    replicas,
    showing,
    tabulation,
    worths,
)

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.players import Players

Worths = tuple[tuple[tuple[str, ...], float], ...]


def _as_table(value: object) -> object:
    """Return a mapping of coalitions as a sorted tuple of (labels, value)."""
    if isinstance(value, Mapping):
        pairs = [
            (tabulation.labels_of(one), tabulation.number(worth))
            for one, worth in value.items()
        ]
        tabulation.check(pairs)
        return tuple(sorted(pairs))
    if isinstance(value, list):
        return tuple((tuple(labels), worth) for labels, worth in value)
    return value


class Shapley(Model):
    """Each player's part of a named game; ``total`` is equal over distinct players.

    ``worth="total"``: the revenue of deals whose players all lie in the coalition, so
    that a deal is an equal split over its distinct players. ``worth="win_rate"``: wins
    over closed deals of each coalition; a deal is the Shapley value of its own players'
    game. Or a table of worths, or a function of frozensets. With ``levels`` the value
    is Winter's (Owen's for two levels): equal among teams, then inside each.

    It cannot know: deals that live longer collect more touches, and touches that follow
    the decision look decisive.

    Source: Shapley (1953), A value for n-person games; Winter (1989), A value for
    cooperative games with levels structure of cooperation.

    Example:
        >>> Shapley(worth="win_rate", levels=("team", "channel")).label
        'shapley:worth=win_rate,levels=team+channel'
    """

    worth: Annotated[
        Literal["total", "win_rate"]
        | Worths
        | SkipJsonSchema[Callable[[frozenset[str]], float]],
        BeforeValidator(_as_table),
    ] = "total"
    players: str = "channel"
    levels: tuple[str, ...] | None = None
    negative: Literal["clip", "raise"] = "clip"

    @model_validator(mode="after")
    def _one_way(self) -> Shapley:
        if self.levels is not None and "players" in self.model_fields_set:
            what = "players= and levels= are both given."
            raise refuse("P12", what, "The player is the last of the levels.")
        if self.levels is not None and len(set(self.levels)) < len(self.levels):
            raise refuse("P12", "levels= repeats a column.", "Name each once.")
        if self.levels == ():
            raise refuse("P12", "levels= is empty.", "Name columns, coarsest first.")
        if {"contact", "contact_id"} & {self.players, *(self.levels or ())}:
            what = "contacts as players would put contact ids into tables and files."
            remedy = "Name another column: channel, campaign, rep or team."
            raise refuse("P04", what, remedy, where="models.shapley")
        if isinstance(self.worth, tuple):
            tabulation.check(self.worth)
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns whose labels make a player, coarsest first.

        A channel is a kind of touch inside a team, so that a player of ``channel`` is
        a team's channel; in a table of one's own it is the channel as it is named.
        """
        if self.levels is not None:
            return self.levels
        if self.players == "channel" and isinstance(self.worth, str):
            return ("team", "channel")
        return (self.players,)

    @property
    def depth(self) -> int:
        """Return how many levels there are; 1 for a flat game."""
        return 1 if self.levels is None else len(self.levels)

    @property
    def label(self) -> str:
        """Return the text of the model; a table of worths is told by its hash."""
        if isinstance(self.worth, str):
            return super().label
        name = "callable"
        if isinstance(self.worth, tuple):
            text = json.dumps(self.worth).encode()
            name = f"table-{hashlib.sha256(text).hexdigest()[:8]}"
        rest = self.model_copy(update={"worth": "total"}).label
        _, colon, tail = rest.partition(":")
        return f"shapley:worth={name}{',' + tail if colon else ''}"

    def title(self, params: Params | None) -> str:
        """Return the label for headers, with the share that was clipped."""
        cut = 0.0 if params is None else float(params.get("clipped", 0.0))
        if not cut:
            return self.label
        name, _, rest = self.label.partition(":")
        return f"{name}[{rest.replace(',', ', ')}, {100 * cut:.2g} % clipped]"

    @property
    def learns(self) -> bool:
        """Return whether the game is one of journeys: ``total`` is the same for all."""
        return self.worth != "total"

    def requires(self) -> frozenset[str]:
        """Return what journeys must hold to fit: lost deals for win rates."""
        return frozenset({"lost"}) if self.worth == "win_rate" else frozenset()

    def count(self, journeys: Journeys) -> Counts:
        """Return wins, losses and revenue of each currency, by coalition."""
        counts = credit.counted(journeys, self._players(journeys))
        return Counts(dict(counts.tables)) if self.learns else counts

    def _players(self, journeys: Journeys) -> Players:
        process = self.worth != "win_rate"
        players = players_of(journeys, self.columns, process=process)
        coalitions.check_sizes(journeys, players)
        return players

    def settle(self, counts: Counts) -> Shapley:
        """Return the model with a function of one's own tabulated over what was met."""
        if isinstance(self.worth, str | tuple):
            return self
        table = tabulation.tabulated(self.worth, counts)
        if self.levels is None:
            return Shapley(worth=table, players=self.players, negative=self.negative)
        return Shapley(worth=table, levels=self.levels, negative=self.negative)

    def solve(self, counts: Counts) -> Params:
        """Return the game and the signed values of the coalitions met."""
        if self.worth == "total":
            return {}
        texts, met = worths.in_key_order(counts.tables["coalitions"])
        if isinstance(self.worth, tuple):
            tabulation.check_currencies(counts)
            game = worths.of_table(self.worth)
        else:
            game = worths.win_rates(texts, met["wins"], met["losses"])
        return credit.solved(
            game, texts, met["wins"], self.depth, negative=self.negative
        )

    def alike(self, journeys: Journeys) -> Alike:
        """Return each deal's coalition and each touch's player."""
        players = self._players(journeys)
        return Alike(
            coalitions.coalitions_of(players, journeys.offsets).deal, players.code
        )

    def replicate(self, journeys: Journeys, deals: Ints) -> Floats | None:
        """Return the weights of many flat games of win rates of up to 14 players."""
        players = self._players(journeys)
        flat = self.worth == "win_rate" and self.depth == 1
        if not flat or self.negative != "clip" or len(players.labels) > replicas.MOST:
            return None
        return replicas.weights_of(players, journeys, deals)

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats | Ints:
        """Return each touch's part of its player's share, equal over its touches."""
        players = self._players(journeys)
        if self.worth == "total":
            return credit.equal(players, journeys.offsets, self.depth)
        return credit.weighed(
            players, journeys, params or {}, self.depth, negative=self.negative
        )

    def tables(
        self, counts: Counts | None, params: Params | None
    ) -> Mapping[str, Mapping[str, Any]]:
        """Return coalitions met, the company-wide game, diagnostics, joint credit."""
        return showing.tables(self.worth, self.columns, self.depth, counts, params)

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the coalition, its worth and each player's part."""
        players = self._players(journey)
        return showing.sentences(self.worth, players, journey, params, self.depth)

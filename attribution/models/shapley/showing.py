"""What a fitted Shapley model shows: tables, and the sentences of a ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution import games
from attribution.arrays import codes, ragged
from attribution.journeys.players import LEVEL, ambiguous, shown
from attribution.models.base import Tables
from attribution.models.shapley import credit, values, worths
from attribution.models.shapley.coalitions import coalitions_of, keys_of
from attribution.models.shapley.joint import pairs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from attribution.arrays.ragged import Floats, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.players import Players
    from attribution.models.base import Counts
    from attribution.models.shapley.worths import Texts, Worth

Columns = dict[str, Any]

EXACT_GAME: Final = 24
"""Players of the largest company-wide game that is valued exactly."""

MANY: Final = f"(more than {values.EXACT} players)"
"""Stands for the players of coalitions that are sampled, which have no dividends."""

FEW: Final = 5
"""Players of the largest coalition whose every sub-coalition a ledger lists."""


def tables(
    worth: object,
    columns: Sequence[str],
    depth: int,
    counts: Counts | None,
    params: Any,
) -> Mapping[str, Mapping[str, Any]]:
    """Return the tables of a fitted model."""
    if counts is None:
        return {}
    study = _Study(
        total=worth == "total", depth=depth, counts=counts, params=params or {}
    )
    joint: dict[str, Callable[[], Columns]] = {
        f"joint:{name}": (lambda at=at: study.joint(at))  # type: ignore[misc]
        for at, name in enumerate(columns)
    }
    return Tables(
        {
            "met": study.met,
            "coalitions": study.coalitions,
            "game": study.game,
            "diagnostics": study.diagnostics,
            **joint,
        }
    )


class _Study:
    """The coalitions of a fitted model, read from its counts."""

    def __init__(self, *, total: bool, depth: int, counts: Counts, params: Any) -> None:
        table = counts.tables["coalitions"]
        self.total, self.depth, self.params = total, depth, params
        self.keys = table.keys
        self.wins, self.losses = table.values["wins"], table.values["losses"]
        money = counts.tables["currencies"]
        self.currencies = dict(
            zip(
                money.keys["currency"].tolist(),
                money.keys["decimals"].tolist(),
                strict=True,
            )
        )
        self.revenue = {
            name: table.values[f"{credit.REVENUE}{name}"] / 10 ** int(decimals)
            for name, decimals in self.currencies.items()
        }
        texts = worths.parts_of(self.keys)
        self.worth_of = worths.of_record(params) if not total else _nobody(texts)
        self.known = credit.met_of(self.worth_of, texts, depth)
        self.twice = ambiguous(set(self.known.labels.tolist()), depth)

    @property
    def names(self) -> list[str]:
        texts = self.keys["coalition"].tolist()
        return [self.name(text) or "(none)" for text in texts]

    def name(self, text: str) -> str:
        return shown(text, self.twice)

    def met(self) -> Columns:
        closed = self.wins + self.losses
        if not self.total:
            found = values.valued(
                self.worth_of, self.known.players, self.known.offsets, self.known.levels
            )
            return {**self._counts(np.arange(len(closed))), "worth": found.worth}
        parts = []
        for name, amount in self.revenue.items():
            rows = np.arange(len(closed))
            part = self._counts(rows)
            part["currency"] = np.full(len(rows), name, object)
            part["worth"] = self._inside(amount)
            parts.append(part)
        return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}

    def _counts(self, rows: Ints) -> Columns:
        return {
            "coalition": np.array(self.names, object)[rows],
            "wins": self.wins[rows],
            "losses": self.losses[rows],
            "observed": (self.wins + self.losses)[rows],
        }

    def _inside(self, amount: Floats) -> Floats:
        """Return for each coalition the amounts of coalitions that lie in it."""
        known, size = self.known, len(self.worth_of.players)
        keys = ragged.sums(self.worth_of.keys[known.players], known.offsets)
        if size <= worths.DENSE:
            paid = codes.float_sum_by(keys.astype(np.int64), amount, 1 << size)
            paid[0] = 0.0
            return games.from_dividends(paid)[keys.astype(np.int64)]
        order = np.argsort(keys, kind="stable")
        payments = replace(
            self.worth_of,
            known=keys[order],
            values=amount[order],
            effects=np.zeros(size),
        )
        return values.inside(payments, known.players, known.offsets)

    def shares(self) -> tuple[Floats, Floats]:
        """Return signed and paid shares of each coalition's worth, flat."""
        known = self.known
        if self.total:
            paid = values.shares(None, known.offsets, known.levels)
            return paid, paid
        found = values.valued(self.worth_of, known.players, known.offsets, known.levels)
        signed = np.nan_to_num(found.values)
        return found.values, values.shares(signed, known.offsets, known.levels)

    def coalitions(self) -> Columns:
        own = ragged.segments_of(self.known.offsets)
        signed, paid = self.shares()
        return {
            "coalition": np.array(self.names, object)[own],
            "player": np.array([self.name(one) for one in self.known.labels], object),
            "value": signed,
            "clipped": (paid == 0) & (signed != 0),
        }

    def game(self) -> Columns:
        if self.total:
            return self._sums()
        labels = list(self.worth_of.players)
        players = np.arange(len(labels))
        levels = values.branches(labels, self.depth)
        error = np.zeros(len(labels))
        if len(labels) > EXACT_GAME:
            value, error = values.sampled_one(self.worth_of, players, levels, "game")
        else:
            table = worths.tables(self.worth_of, players[None, :], len(labels))[0]
            value = games.winter(table, levels) if levels else games.shapley(table)
        names = np.array([self.name(one) for one in labels], object)
        return {"player": names, "value": value, "standard_error": error}

    def _sums(self) -> Columns:
        labels, place = np.unique(self.known.labels.astype(str), return_inverse=True)
        _, paid = self.shares()
        own = ragged.segments_of(self.known.offsets)
        sums = [
            codes.float_sum_by(place, paid * amount[own], len(labels))
            for amount in self.revenue.values()
        ]
        names = np.array([self.name(one) for one in labels.tolist()], object)
        return {
            "currency": np.repeat(np.array(list(self.revenue), object), len(labels)),
            "player": np.tile(names, len(sums)),
            "value": np.concatenate([np.zeros(0), *sums]),
            "standard_error": np.zeros(len(labels) * len(sums)),
        }

    def diagnostics(self) -> Columns:
        sizes = np.diff(self.known.offsets)
        most = values.most_exact(self.worth_of, self.known.levels)
        sampled = 0 if self.total else int((sizes > most).sum())
        facts = {
            "coalitions met": int((sizes > 0).sum()),
            "closed deals without a player": int(
                (self.wins + self.losses)[sizes == 0].sum()
            ),
            "players": len(set(self.known.labels.tolist())),
            "largest coalition": int(sizes.max(initial=0)),
            "coalitions sampled": sampled,
        }
        if not self.total:
            own, estimated = self._looked_up()
            facts["sub-coalitions with a worth of their own"] = own
            facts["sub-coalitions estimated"] = estimated
        clipped = float(self.params.get("clipped", 0.0))
        return {
            "name": np.array([*facts, "share of won deals clipped"], object),
            "value": np.array([*facts.values(), clipped], np.float64),
        }

    def _looked_up(self) -> tuple[int, int]:
        """Return how many sub-coalitions of those met have a worth, and have none."""
        sizes, found, asked = np.diff(self.known.offsets), 0, 0
        exact = worths.Worth(
            self.worth_of.players, self.worth_of.keys, self.worth_of.known,
            np.ones(len(self.worth_of.known)), -1.0,
            np.zeros(len(self.worth_of.keys)),
        )  # fmt: skip
        for size in np.unique(sizes[(sizes > 0) & (sizes <= values.EXACT)]).tolist():
            chosen = np.flatnonzero(sizes == size)
            own = self.known.offsets[:-1][chosen][:, None] + np.arange(size)
            step = max(values.CHUNK >> size, 1)
            for first in range(0, len(chosen), step):
                part = worths.tables(
                    exact, self.known.players[own[first : first + step]], size
                )
                found += int(part.sum())
                asked += part.size - len(part)
        return found, asked - found

    def joint(self, level: int) -> Columns:
        """Return money by pairs of players of one level: Shapley-Taylor, order 2."""
        known = self.known
        names = [LEVEL.join(one.split(LEVEL)[: level + 1]) for one in known.labels]
        labels, branch = np.unique(np.array(names, object), return_inverse=True)
        many = len(labels)
        game = None if self.total else self.worth_of
        found = pairs_of(game, known.players, known.offsets, branch, many)
        cells, place = np.unique(
            found.first * (many + 1) + found.second, return_inverse=True
        )
        shown_as = np.array([*map(self.name, labels.tolist()), MANY], object)
        first, second = np.divmod(cells, many + 1)
        sums = [
            codes.float_sum_by(place, found.share * paid[found.coalition], len(cells))
            for paid in self.revenue.values()
        ]
        value = np.concatenate([np.zeros(0), *sums])
        kept = np.flatnonzero(value)
        currency = np.repeat(np.array(list(self.revenue), object), len(cells))
        return {
            "currency": currency[kept],
            "player": np.tile(shown_as[first], len(sums))[kept],
            "with": np.tile(shown_as[second], len(sums))[kept],
            "value": value[kept],
        }


def _nobody(texts: Texts) -> Worth:
    keys = keys_of(texts.names)
    nothing = np.zeros(0)
    return worths.Worth(tuple(texts.names), keys, keys[:0], nothing, 0.0, None)


def sentences(
    worth: object, players: Players, journey: Journeys, params: Any, depth: int
) -> tuple[str, ...]:
    """Return the coalition of one deal, its worth, and each player's part."""
    met = coalitions_of(players, journey.offsets)
    labels = [players.labels[code] for code in met.players.tolist()]
    twice = ambiguous([str(one) for one in labels], depth)
    names = [shown(str(one), twice) for one in labels]
    if not names:
        return ("No touch of this deal is a player of the game.",)
    first = f"Players: {', '.join(names)}."
    levels = values.branches(labels, depth)
    if worth == "total":
        how = "level by level" if levels else "over them"
        equal = (
            f"The deal is an equal split {how}: its game is won by all together only."
        )
        paid = values.shares(None, met.offsets, levels)
        return (first, equal, _parts(names, paid))
    game = worths.of_record(params)
    own, _ = credit.known_to(game, labels, depth)
    most = values.most_exact(game, levels) if (own >= 0).all() else values.EXACT
    if len(names) > most:
        many = f"Valued over {values.PERMUTATIONS} pairs of sampled orders."
        signed, _ = values.sampled_one(game, own, levels, f"{journey.deal_id[0]}")
        return (first, many, _parts(names, values.shares(signed, met.offsets, levels)))
    table = worths.tables(game, own[None, :], len(names))[0]
    signed = values.valued(game, own, met.offsets, levels).values
    told = [first, _worths(names, table), _values(names, signed)]
    if (signed < 0).any():
        lost = ", ".join(n for n, v in zip(names, signed, strict=True) if v < 0)
        told.append(f"Clipped to 0: {lost}.")
    told.append(_parts(names, values.shares(signed, met.offsets, levels)))
    return tuple(told)


def _worths(names: Sequence[str], table: Floats) -> str:
    size = len(names)
    every = range(1, 1 << size)
    if size > FEW:
        every = [1 << bit for bit in range(size)] + [(1 << size) - 1]  # type: ignore[assignment]
    ordered = sorted(every, key=lambda mask: (mask.bit_count(), mask))
    parts = [
        f"{{{', '.join(n for bit, n in enumerate(names) if mask >> bit & 1)}}} "
        f"{table[mask]:.4g}"
        for mask in ordered
    ]
    return f"Worth: {'; '.join(parts)}."


def _values(names: Sequence[str], signed: Floats) -> str:
    parts = [f"{n} {v:.4g}" for n, v in zip(names, signed.tolist(), strict=True)]
    return f"Values: {', '.join(parts)}."


def _parts(names: Sequence[str], paid: Floats) -> str:
    parts = [f"{n} {100 * v:.2f} %" for n, v in zip(names, paid.tolist(), strict=True)]
    return f"Parts of the deal: {', '.join(parts)}."

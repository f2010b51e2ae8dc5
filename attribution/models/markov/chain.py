"""The chain of counted moves, without what changes no removal effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays import codes
from attribution.journeys.players import PLAYER

if TYPE_CHECKING:
    from attribution.arrays.ragged import Bools, Floats, Ints
    from attribution.models.base import Counts, Table


@dataclass(frozen=True, eq=False)
class Chain:
    """States from which a win can be reached, the start first, in label order.

    ``moves``: sparse CSR, (states, states), how likely a state goes to another; what a
    row lacks of 1 ends in a win or in null. ``ends``: float64, (states, 1 +
    currencies), how likely a state ends in a win, and what it earns there on average
    in each currency. ``last``: int64, (states,), the player of the last step, -1 at
    the start. ``players``: every player met, in label order.
    """

    moves: Any
    ends: Floats
    last: Ints
    players: list[str]
    currencies: list[str]

    def __len__(self) -> int:
        """Return how many states there are."""
        return len(self.last)


def chain_of(counts: Counts, order: int) -> Chain:
    """Return the chain of these counts.

    Steps that repeat a state are left out: they change neither what is visited nor
    how it ends. So are states from which no win was ever reached, which are null.
    """
    moves, ends = counts.tables["moves"], counts.tables["ends"]
    texts = np.concatenate([moves.keys["state"], ends.keys["state"]])
    found, states = codes.joined([(np.arange(len(texts)), texts)])
    source, ended = np.split(found.astype(np.int64), [len(moves.keys["state"])])
    parts = [text.split(PLAYER)[:-1] for text in states.tolist()]
    target = _targets(source, moves.keys["player"].tolist(), parts, order)
    other = target != source
    source, target, count = source[other], target[other], moves.values["count"][other]
    size = len(states)
    closed = ends.values["wins"] + ends.values["losses"]
    out = codes.sum_by(source, count, size) + codes.sum_by(ended, closed, size)
    currencies, earned = _earned(ends, ended, size)
    players, last = _last(parts)
    kept = _winning(source, target, earned[:, 0] > 0)
    likely = _matrix(source, target, count / out[source], size)
    return Chain(
        likely[kept][:, kept].sorted_indices(),
        earned[kept] / out[kept][:, None],
        last[kept],
        players,
        currencies,
    )


def _earned(ends: Table, ended: Ints, size: int) -> tuple[list[str], Ints]:
    """Return the currencies, and each state's wins and money: (states, 1 + them)."""
    currency = ends.keys["currency"]
    named = sorted(set(currency.tolist()))
    columns = [codes.sum_by(ended, ends.values["wins"], size)]
    for name in named:
        own = currency == name
        paid = codes.sum_by(ended[own], ends.values["revenue"][own], size)
        columns.append(paid)
    return named, np.stack(columns, axis=1)


def _last(parts: list[list[str]]) -> tuple[list[str], Ints]:
    """Return the players in label order, and each state's last; -1 for the start."""
    players = sorted({part[-1] for part in parts if part}, key=str.encode)
    number = {name: place for place, name in enumerate(players)}
    last = [number[part[-1]] if part else -1 for part in parts]
    return players, np.array(last, np.int64)


def _targets(
    source: Ints, player: list[str], parts: list[list[str]], order: int
) -> Ints:
    """Return the state that each move leads to."""
    index = {tuple(part): place for place, part in enumerate(parts)}
    kept = [tuple(part[max(len(part) - order + 1, 0) :]) for part in parts]
    steps = zip(source.tolist(), player, strict=True)
    return np.array([index[*kept[state], step] for state, step in steps], np.int64)


def _winning(source: Ints, target: Ints, won: Bools) -> Ints:
    """Return the states from which a win can be reached, sorted."""
    from scipy import sparse
    from scipy.sparse.csgraph import breadth_first_order

    size = len(won)
    ends = np.flatnonzero(won)
    back = np.concatenate([target, np.full(len(ends), size)])
    to = np.concatenate([source, ends])
    graph = sparse.csr_matrix((np.ones(len(to)), (back, to)), (size + 1, size + 1))
    reached = breadth_first_order(graph, size, return_predecessors=False)
    return np.sort(reached[1:]).astype(np.int64)


def _matrix(source: Ints, target: Ints, likely: Floats, size: int) -> Any:
    from scipy import sparse

    return sparse.csr_matrix((likely, (source, target)), (size, size))

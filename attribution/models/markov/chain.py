"""The chain of counted moves, without what changes no removal effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import codes
from attribution.journeys.players import PLAYER

if TYPE_CHECKING:
    from attribution.arrays.ragged import Bools, Floats, Ints
    from attribution.models.base import Counts

START: Final = ""


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
    index = {text: place for place, text in enumerate(states.tolist())}
    players = sorted({part[-1] for part in parts if part}, key=str.encode)
    target = _targets(source, moves.keys["player"].tolist(), parts, index, order)
    other = target != source
    source, target, count = source[other], target[other], moves.values["count"][other]
    size, wins = len(states), ends.values["wins"]
    out = codes.sum_by(source, count, size)
    out += codes.sum_by(ended, wins + ends.values["losses"], size)
    won = codes.sum_by(ended, wins, size)
    kept = _winning(source, target, won > 0)
    named = np.unique(ends.keys["currency"].astype(str)).tolist()
    earned = [won]
    for name in named:
        own = ends.keys["currency"] == name
        earned.append(codes.sum_by(ended[own], ends.values["revenue"][own], size))
    number = {name: place for place, name in enumerate(players)}
    last = np.array([number[part[-1]] if part else -1 for part in parts], np.int64)
    return Chain(
        _matrix(source, target, count / out[source], kept),
        (np.stack(earned, axis=1) / np.maximum(out, 1)[:, None])[kept],
        last[kept],
        players,
        named,
    )


def _targets(
    source: Ints,
    player: list[str],
    parts: list[list[str]],
    index: dict[str, int],
    order: int,
) -> Ints:
    """Return the state that each move leads to."""
    kept = [
        "".join(one + PLAYER for one in part[max(len(part) - order + 1, 0) :])
        for part in parts
    ]
    found = [
        index[kept[state] + step + PLAYER]
        for state, step in zip(source.tolist(), player, strict=True)
    ]
    return np.array(found, np.int64)


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


def _matrix(source: Ints, target: Ints, likely: Floats, kept: Ints) -> Any:
    from scipy import sparse

    size = int(max(source.max(initial=0), target.max(initial=0), kept.max(initial=0)))
    whole = sparse.csr_matrix((likely, (source, target)), (size + 1, size + 1))
    found = whole[kept][:, kept].tocsr()
    found.sort_indices()
    return found

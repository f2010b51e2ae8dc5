"""Labels of players, level by level, and the tree of branches that they form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from attribution.errors import InputError, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Branch(NamedTuple):
    """Players who stand together, and the branches among them.

    ``players`` in ascending order; ``children`` divide them, and are at least two, or
    none where there is one player.
    """

    players: tuple[int, ...]
    children: tuple[Branch, ...] = ()

    @property
    def mask(self) -> int:
        """Return the coalition of these players as a bit mask."""
        return sum(1 << player for player in self.players)


def tree_of(levels: Iterable[Iterable[Any]], n: int, *, where: str) -> Branch:
    """Return the branch of all players.

    Two players share a branch when their labels agree at every level down to it: a
    label may stand in several branches above. Branches that stand alone under their
    parent are left out, for they divide nothing.

    Args:
        levels: A label for each of the ``n`` players, level by level, coarsest first.
        n: How many players.
        where: The parameter that an error names.

    Raises:
        InputError: A level does not hold a label for each player (G04).

    Example:
        >>> tree_of([["a", "b", "a"]], 3, where="levels").children[0].players
        (0, 2)
    """
    return _branch(tuple(range(n)), labels_of(levels, n, where=where))


def labels_of(
    levels: Iterable[Iterable[Any]], n: int | None, *, where: str
) -> list[list[Any]]:
    """Return the labels of each level, checked.

    Args:
        levels: Level by level, coarsest first.
        n: How many players; those of the first level unless given.
        where: The parameter that an error names.

    Raises:
        InputError: A level does not hold a label for each player (G04).

    Example:
        >>> labels_of([("a", "b")], None, where="levels")
        [['a', 'b']]
    """
    try:
        rows = [list(level) for level in levels]
        missing = any(one is None or one != one for row in rows for one in row)  # noqa: PLR0124  (NaN)
        fit = {len(row) for row in rows} <= {len(rows[0]) if n is None else n}
        hash(tuple(one for row in rows for one in row))
    except (TypeError, ValueError, IndexError) as error:
        raise _bad("are not levels of labels.", where) from error
    if missing:
        raise _bad("leave a player without a label.", where)
    if not fit:
        players = "the players" if n is None else f"the {n} players"
        raise _bad(f"differ in number from {players}.", where)
    return rows


def _bad(what: str, where: str) -> InputError:
    remedy = "Give a label for each player, such as ['marketing', 'sales', 'sales']."
    return refuse("G04", what, remedy, where=where)


def _branch(players: tuple[int, ...], levels: Sequence[Sequence[Any]]) -> Branch:
    if len(players) <= 1:
        return Branch(players)
    if not levels:
        return Branch(players, tuple(Branch((player,)) for player in players))
    groups: dict[Any, list[int]] = {}
    for player in players:
        groups.setdefault(levels[0][player], []).append(player)
    if len(groups) == 1:
        return _branch(players, levels[1:])
    children = (_branch(tuple(group), levels[1:]) for group in groups.values())
    return Branch(players, tuple(children))

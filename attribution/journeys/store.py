"""Blocks of journeys laid by in files, one after another, and given back."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays import codes
from attribution.doors.scratch import Scratch, write_record
from attribution.errors import refuse
from attribution.journeys.journeys import Journeys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attribution.arrays.ragged import Array, Ints


@dataclass(frozen=True)
class _Laid:
    """The place of an array that lies in a file."""

    at: int


def packed(value: Any, arrays: list[Array]) -> Any:
    """Return ``value`` with its arrays taken out and added to ``arrays``.

    Example:
        >>> arrays = []
        >>> packed({"a": np.array([1]), "b": 2}, arrays)
        {'a': _Laid(at=0), 'b': 2}
    """
    return _mapped(value, lambda array: _laid(array, arrays), np.ndarray)


def unpacked(value: Any, arrays: Sequence[Array]) -> Any:
    """Return what :func:`packed` was given.

    Example:
        >>> unpacked({"a": _Laid(0)}, [np.array([1])])
        {'a': array([1])}
    """
    return _mapped(value, lambda laid: arrays[laid.at], _Laid)


def _laid(array: Array, arrays: list[Array]) -> _Laid:
    arrays.append(array)
    return _Laid(len(arrays) - 1)


def _mapped(value: Any, change: Callable[[Any], Any], kind: type) -> Any:
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, Journeys):
        own = {one.name: getattr(value, one.name) for one in fields(value)}
        return replace(value, **_mapped(own, change, kind))
    if isinstance(value, dict):
        return {name: _mapped(one, change, kind) for name, one in value.items()}
    if isinstance(value, tuple):
        parts = [_mapped(one, change, kind) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


@dataclass(frozen=True, eq=False)
class Store:
    """Lays blocks by in a scratch folder and gives them back.

    Of each block are held: ``shells``, what is no array; ``thin``, its deals;
    ``sizes``, int64, the touches of each deal; ``labels`` of its touches; ``ids``, how
    many touch ids it has and how they are held; ``lost``, how many rows are set aside.
    """

    scratch: Scratch
    shells: list[Any] = field(default_factory=list)
    thin: list[Journeys] = field(default_factory=list)
    sizes: list[Ints] = field(default_factory=list)
    labels: list[dict[str, Array]] = field(default_factory=list)
    ids: list[tuple[int, np.dtype[Any] | None]] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)

    def add(self, block: Journeys) -> None:
        """Lay a block by."""
        arrays: list[Array] = []
        self.shells.append(packed(block, arrays))
        with self.scratch.appending(f"built-{len(self.shells) - 1}") as handle:
            write_record(handle, None, arrays)
        bare = block.thinned(np.zeros(block.touch_count, np.bool_))
        self.thin.append(replace(bare, touch_id=None, found=(), aside=()).trimmed())
        self.sizes.append(np.diff(block.offsets))
        self.labels.append({name: one.labels for name, one in block.touch.items()})
        own = block.touch_id
        kind = None if own is None else codes.packed(own.labels).dtype
        self.ids.append((0 if own is None else len(own.labels), kind))
        self.lost.append(sum(int(part.lost.sum()) for part in block.aside))

    def load(self, at: int) -> Journeys:
        """Return a block.

        Raises:
            InputError: P05: the blocks were closed.
        """
        if self.scratch.closed:
            raise refuse("P05", "the blocks are closed.", "Open them again.")
        ((_, arrays),) = self.scratch.records(f"built-{at}")
        block: Journeys = unpacked(self.shells[at], arrays)
        return block

    def merged(self) -> tuple[dict[str, Array], list[dict[str, Array]]]:
        """Return the labels of touches over all blocks, and each block's place of its.

        The labels stand in label order, by column; the places are int32, -1 last.
        """
        whole: dict[str, Array] = {}
        tables: list[dict[str, Array]] = [{} for _ in self.labels]
        for name in self.labels[0]:
            parts = [own[name] for own in self.labels]
            columns = [(np.arange(len(one)), one) for one in parts]
            place, whole[name] = codes.joined(columns)
            cuts = np.cumsum([len(one) for one in parts])[:-1]
            for table, own in zip(tables, np.split(place, cuts), strict=True):
                table[name] = np.append(own, np.int32(-1))
        return whole, tables

    def id_kind(self) -> np.dtype[Any] | None:
        """Return how all touch ids can be held: int64, bytes of one width, objects.

        None where no block has any.

        Raises:
            InputError: I05: they are integers in some blocks and text in others.
        """
        kinds = [kind for _, kind in self.ids if kind is not None]
        if len({kind == np.int64 for kind in kinds}) > 1:
            what = "touch ids are text in some parts and integers in others."
            raise refuse("I05", what, "Convert one of them before building.")
        return np.result_type(*kinds) if kinds else None

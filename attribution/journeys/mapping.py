"""All blocks as one piece, whose columns of touches lie in files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import codes, ragged
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.arrays.ragged import Array, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.store import Store

PLAIN: Final = ("time", "process", "day", "cost", "row")
"""The columns of touches that are no labels."""

IDS: Final = "touch_id"


def mapped(store: Store, outline: Journeys, places: Sequence[Ints]) -> Journeys:
    """Return the blocks of a store as one, whose columns of touches lie in its folder.

    They are read-only; the system reads of them what is needed. The rows set aside are
    held.

    Args:
        store: The blocks.
        outline: All deals, their touches counted.
        places: int64, the place in it of each deal of each block.

    Raises:
        InputError: P05: the blocks were closed.
    """
    labels, tables = store.merged()
    ids = _id_labels(store)
    files: dict[str, Array] = {}
    start, aside = 0, []
    for at, own in enumerate(places):
        block = store.load(at)
        columns = _columns(block, tables[at])
        if ids is not None:
            columns[IDS], start = _ids(block, ids, start)
        rows, _ = ragged.gather(outline.offsets, own)
        for name, column in columns.items():
            if name not in files:
                size = outline.touch_count
                files[name] = store.scratch.array(name, column.dtype, size)
            files[name][rows] = column
        deal = np.append(own, -1)
        aside += [part._replace(deal=deal[part.deal]) for part in block.aside]
    for column in files.values():
        column.flags.writeable = False
    plain: dict[str, Any] = {name: files[name] for name in PLAIN if name in files}
    return replace(
        outline,
        **plain,
        touch={k: Labelled(files[_file(k)], own) for k, own in labels.items()},
        touch_id=None if ids is None else Labelled(files[IDS], ids),
        aside=tuple(aside),
    )


def _file(name: str) -> str:
    """Return the file of a label column: its name, but harmless and not a plain one."""
    return f"labels-{name.encode().hex()}"


def _columns(block: Journeys, tables: Mapping[str, Array]) -> dict[str, Array]:
    """Return a block's columns of touches; codes are those of the labels of all."""
    columns: dict[str, Array] = {}
    for name in PLAIN:
        own = getattr(block, name)
        if own is not None:
            columns[name] = own
    for name, column in block.touch.items():
        columns[_file(name)] = tables[name][column.codes]
    return columns


def _id_labels(store: Store) -> Array | None:
    """Return room for the touch ids of all blocks, None where there are none."""
    kind = store.id_kind()
    if kind is None:
        return None
    return store.scratch.array("ids", kind, sum(count for count, _ in store.ids))


def _ids(block: Journeys, ids: Array, start: int) -> tuple[Array, int]:
    """Add a block's touch ids to those of all; return its codes and how many are in."""
    own = block.touch_id
    if own is None:
        return np.full(block.touch_count, -1, np.int32), start
    stop = start + len(own.labels)
    text = codes.texts if ids.dtype.hasobject else codes.packed
    ids[start:stop] = text(own.labels)
    return np.where(own.codes < 0, -1, own.codes + start).astype(np.int32), stop

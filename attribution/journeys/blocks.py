"""Journeys in blocks that lie in files, for sources larger than memory."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from attribution.arrays import codes, ragged
from attribution.doors.frames.output import stacked
from attribution.doors.scratch import Scratch, write_record
from attribution.errors import refuse
from attribution.journeys import tables
from attribution.journeys.joining import concat
from attribution.journeys.journeys import Journeys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    import pandas as pd

    from attribution.arrays.ragged import Array, Ints
    from attribution.errors import Issue

WHOLE: Final = frozenset(
    {
        "amount", "amount_at_opportunity", "closed_at", "contacts", "count",
        "coverage_line", "created_at", "currencies", "currency", "deal", "deal_id",
        "deals", "decimals", "end", "found", "issues", "milestone_days", "milestones",
        "offsets", "options", "outcome", "period", "reason", "span", "start",
        "touch_count", "tz",
    }
)  # fmt: skip
"""What blocks know of all their deals, as :class:`Journeys` do."""

REMEDY: Final = "Go block by block, or join them in memory: blocks.joined()."


@dataclass(frozen=True, eq=False)
class JourneyBlocks:
    """Journeys of whole deals, block by block: iterate to get each as ``Journeys``.

    ``fit``, ``attribute`` and the tables of ``Credits`` take them as they take
    ``Journeys``, with the same bytes. Columns of deals (``amount``, ``deal_id``, …) and
    ``deals()`` are of all deals, in the one order; columns of touches are in the blocks
    alone. The files go with the object, or with :meth:`close` or a ``with`` statement.

    ``outline``: all deals, their touches counted but not held; ``places``: int64, the
    place in it of each deal of each block; ``load``: gives a block by its number;
    ``aside``: how many rows are set aside.

    Example:
        >>> import attribution as at
        >>> touches, deals, contacts = at.sample()
        >>> blocks = at.open_journeys(touches, deals, contacts=contacts, block=100)
        >>> sum(len(block) for block in blocks) == len(blocks)
        True
    """

    outline: Journeys
    places: Sequence[Ints]
    load: Callable[[int], Journeys]
    close: Callable[[], None]
    aside: int = 0

    def __len__(self) -> int:
        """Return the number of journeys (deals)."""
        return len(self.outline)

    @property
    def block_count(self) -> int:
        """Return the number of blocks."""
        return len(self.places)

    def __iter__(self) -> Iterator[Journeys]:
        """Return each block in turn; one is in memory at a time."""
        return map(self.load, range(self.block_count))

    def __getattr__(self, name: str) -> Any:
        """Return what the deals know; refuse what only touches do (P05)."""
        if name in WHOLE:
            return getattr(self.outline, name)
        if name in Journeys.__dict__ or name in Journeys.__dataclass_fields__:
            raise refuse("P05", f"blocks have no {name} of all touches.", REMEDY)
        what = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(what)

    @property
    def labels(self) -> dict[str, list[str]]:
        """Return the labels of each column of touches, in label order."""
        found: dict[str, list[Array]] = {}
        for block in self:
            for name, column in block.touch.items():
                found.setdefault(name, []).append(column.labels)
        return {
            name: codes.joined([(np.arange(len(one)), one) for one in own])[1].tolist()
            for name, own in found.items()
        }

    def of_deal(self, place: int) -> tuple[Journeys, int]:
        """Return the block of the deal at a place of the outline, and its place there.

        Example:
            >>> import attribution as at
            >>> touches, deals, _ = at.sample()
            >>> blocks = at.open_journeys(touches, deals, block=100)
            >>> block, at_ = blocks.of_deal(3)
            >>> block.deal_id[at_] == blocks.deal_id[3]
            True
        """
        for number, own in enumerate(self.places):
            at = int(np.searchsorted(own, place))
            if at < len(own) and own[at] == place:
                return self.load(number), at
        raise refuse("P10", f"there is no deal at place {place}.")

    def joined(self) -> Journeys:
        """Return all blocks as one, as :func:`build_journeys` would: in memory."""
        return replace(concat(list(self)), found=self.outline.found)

    def set_aside(self) -> pd.DataFrame:
        """Return the rows in no journey: table, row (its position), code, deal."""
        frames = [block.set_aside() for block in self]
        row = np.concatenate([frame["row"].to_numpy() for frame in frames])
        table = np.concatenate([frame["table"].to_numpy(object) for frame in frames])
        return stacked(frames, np.lexsort((row, table)))

    def to_frame(self, *, personal: bool = False) -> pd.DataFrame:
        """Return one row a touch, in journey order: all of them, in memory."""
        frames, places = [], []
        for block, own in zip(self, self.places, strict=True):
            frames.append(block.to_frame(personal=personal))
            places.append(ragged.spread(own, block.offsets))
        return stacked(frames, np.argsort(np.concatenate(places), kind="stable"))

    def __repr__(self) -> str:
        """Return counts, window, issues and the coverage line as text."""
        return tables.summary(self.outline, self.aside)

    def _repr_html_(self) -> str:
        """Return the same as an HTML table, for notebooks."""
        return tables.summary_html(self.outline, self.aside)

    def __enter__(self) -> Self:
        """Return the blocks, whose files go at the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the files."""
        self.close()


def outline_of(journeys: Journeys | JourneyBlocks) -> Journeys:
    """Return journeys of which the columns of deals are whole.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a"], wins=[1])
        >>> outline_of(journeys) is journeys
        True
    """
    return journeys.outline if isinstance(journeys, JourneyBlocks) else journeys


# --------------------------------------------------------------------- in files


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
    """Lays blocks by in a scratch folder, one after another, and gives them back."""

    scratch: Scratch
    shells: list[Any] = field(default_factory=list)
    thin: list[Journeys] = field(default_factory=list)
    places: list[Ints] = field(default_factory=list)
    sizes: list[Ints] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)

    def add(self, block: Journeys, places: Ints) -> None:
        """Lay a block by, whose deals have these places among all."""
        arrays: list[Array] = []
        self.shells.append(packed(block, arrays))
        with self.scratch.appending(f"built-{len(self.shells) - 1}") as handle:
            write_record(handle, None, arrays)
        bare = block.thinned(np.zeros(block.touch_count, np.bool_))
        self.thin.append(replace(bare, touch_id=None, found=(), aside=()).trimmed())
        self.places.append(places)
        self.sizes.append(np.diff(block.offsets))
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

    def blocks(self, found: Sequence[Issue]) -> JourneyBlocks:
        """Return all blocks, with what was found in the whole."""
        outline = concat(self.thin)
        sizes = np.zeros(len(outline), np.int64)
        for own, size in zip(self.places, self.sizes, strict=True):
            sizes[own] = size
        outline = replace(outline, offsets=ragged.offsets_of(sizes), found=tuple(found))
        load, close = self.load, self.scratch.close
        return JourneyBlocks(outline, self.places, load, close, sum(self.lost))

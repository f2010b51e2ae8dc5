"""Journeys in blocks that lie in files, for sources larger than memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from attribution.arrays import ragged
from attribution.doors.frames.output import stacked
from attribution.doors.scratch import Scratch
from attribution.errors import refuse
from attribution.journeys import tables
from attribution.journeys.joining import check_part, concat, order_of
from attribution.journeys.journeys import Journeys
from attribution.journeys.mapping import mapped
from attribution.journeys.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType

    import pandas as pd

    from attribution.arrays.ragged import Ints
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


@dataclass(frozen=True, eq=False)
class JourneyBlocks:
    """Journeys of whole deals, block by block: iterate to get each as ``Journeys``.

    Taken wherever ``Journeys`` are, with the same bytes. ``fit``, ``attribute`` and the
    tables of ``Credits`` go block by block; other analyses read columns of all touches
    (:attr:`whole`), which lie in files. Columns of deals (``amount``, ``deal_id``, …)
    and ``deals()`` are of all deals, in the one order. The files go with the object, or
    with :meth:`close` or a ``with`` statement.

    ``outline``: all deals, their touches counted but not held; ``places``: int64, the
    place in it of each deal of each block; ``store``: gives the blocks.

    Example:
        >>> import attribution as at
        >>> touches, deals, contacts = at.sample()
        >>> blocks = at.open_journeys(touches, deals, contacts=contacts, block=100)
        >>> sum(len(block) for block in blocks) == len(blocks)
        True
    """

    outline: Journeys
    places: Sequence[Ints]
    store: Store

    @classmethod
    def of(cls, parts: Iterable[Journeys]) -> Self:
        """Return the blocks that an iterable gives, laid by one after another.

        What holds for the parts of :func:`attribution.concat` holds here: whole deals
        (whole accounts, where rows link by account), built with the same options.

        Raises:
            InputError: P05 no part, or options that differ; I04 a deal in two parts;
                S05 what is no journeys.

        Example:
            >>> import attribution as at
            >>> journeys = at.build_journeys(*at.sample()[:2])
            >>> own = journeys.currency == 0
            >>> parts = (journeys.select(one) for one in (own, ~own))
            >>> blocks = at.JourneyBlocks.of(parts)
            >>> blocks.block_count, len(blocks) == len(journeys)
            (2, True)
        """
        scratch = Scratch()
        try:
            return cls._of(Store(scratch), parts)
        except BaseException:
            scratch.close()
            raise

    @classmethod
    def _of(cls, store: Store, parts: Iterable[Journeys]) -> Self:
        found: list[Issue] = []
        for part in parts:
            check_part(part)
            store.add(part)
            found += part.found
        outline = concat(store.thin)
        store.id_kind()
        starts = np.cumsum([len(part) for part in store.thin])[:-1]
        places = np.split(order_of(store.thin), starts)
        return cls.laid(store, outline, places, found)

    @classmethod
    def laid(
        cls,
        store: Store,
        outline: Journeys,
        places: Sequence[Ints],
        found: Sequence[Issue],
    ) -> Self:
        """Return the blocks of a store.

        Args:
            store: The blocks.
            outline: The deals of all, without their touches.
            places: int64, the place in it of each deal of each block.
            found: What was found in the whole.
        """
        sizes = np.zeros(len(outline), np.int64)
        for own, size in zip(places, store.sizes, strict=True):
            sizes[own] = size
        outline = replace(outline, offsets=ragged.offsets_of(sizes), found=tuple(found))
        return cls(outline, places, store)

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

    def load(self, at: int) -> Journeys:
        """Return a block by its number.

        Raises:
            InputError: P05: the blocks were closed.
        """
        return self.store.load(at)

    def close(self) -> None:
        """Remove the files."""
        self.store.scratch.close()

    @cached_property
    def whole(self) -> Journeys:
        """Return all blocks as one, whose columns of touches lie in files.

        They are read-only, made when first asked for, and good after :meth:`close`.

        Example:
            >>> import attribution as at
            >>> touches, deals, _ = at.sample()
            >>> blocks = at.open_journeys(touches, deals, block=100)
            >>> blocks.whole.touch_count == blocks.touch_count
            True
        """
        return mapped(self.store, self.outline, self.places)

    def __getattr__(self, name: str) -> Any:
        """Return what the deals know; of touches, what :attr:`whole` has."""
        if name in WHOLE:
            return getattr(self.outline, name)
        if name in Journeys.__dict__ or name in Journeys.__dataclass_fields__:
            return getattr(self.whole, name)
        what = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(what)

    @property
    def labels(self) -> dict[str, list[str]]:
        """Return the labels of each column of touches, in label order."""
        return {name: own.tolist() for name, own in self.store.merged()[0].items()}

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
        return tables.summary(self.outline, sum(self.store.lost))

    def _repr_html_(self) -> str:
        """Return the same as an HTML table, for notebooks."""
        return tables.summary_html(self.outline, sum(self.store.lost))

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

    Raises:
        InputError: S05 (a ``TypeError`` too): neither journeys nor blocks.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a"], wins=[1])
        >>> outline_of(journeys) is journeys
        True
    """
    if isinstance(journeys, JourneyBlocks):
        return journeys.outline
    check_part(journeys)
    return journeys


def whole_of(journeys: Journeys | JourneyBlocks) -> Journeys:
    """Return journeys in one piece: of blocks, the one whose touches lie in files.

    Raises:
        InputError: S05 (a ``TypeError`` too): neither journeys nor blocks.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a"], wins=[1])
        >>> whole_of(journeys) is journeys
        True
    """
    if isinstance(journeys, JourneyBlocks):
        return journeys.whole
    check_part(journeys)
    return journeys

"""The words of journeys: outcomes, milestones, reasons, and their small columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from attribution.arrays import codes, ragged

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints

WON, LOST, OPEN = 1, 0, -1
OUTCOMES: Final = {"won": WON, "lost": LOST, "open": OPEN}

Of = Literal["won", "lost", "open", "pipeline"]

MILESTONES: Final = ("lead", "mql", "sal", "sql", "opportunity")
"""The dated stages of a deal before its close, in their order."""

AGAIN: Final = tuple(f"{name}_last" for name in MILESTONES)
"""The last entry of each of them, where a deal entered it more than once."""

TOUCH_LABELS: Final = ("team", "channel", "campaign", "rep", "contact", "link")
NONE: Final = "(none)"

REASONS: Final = (
    "no anchor",
    "no touch linked",
    "outside the window",
    "after the anchor",
    "excluded",
    "repeated touch",
    "no milestone",
    "several reasons",
    "no weight",
)
"""Why no touch can take a deal's money, in the order of their codes."""


class Labelled(NamedTuple):
    """A column of labels: int32 ``codes`` into ``labels``, an object array of text."""

    codes: NDArray[np.int32]
    labels: Array

    def take(self, rows: Any) -> Labelled:
        """Return these rows, with the same labels."""
        return Labelled(codes.take(self.codes, rows, len(self.labels)), self.labels)


class Seen(NamedTuple):
    """What is shown of touches that do not count, (rows,) each."""

    time: Ints
    touch_id: Labelled | None
    touch: Mapping[str, Labelled]

    def take(self, rows: Array) -> Seen:
        """Return these rows."""
        touch = {k: c.take(rows) for k, c in self.touch.items()}
        touch_id = None if self.touch_id is None else self.touch_id.take(rows)
        return Seen(ragged.take(self.time, rows), touch_id, touch)


class SetAside(NamedTuple):
    """Rows that are in no journey, or not in one they reached.

    ``rows``: int64 positions in ``table``; ``code``: int8 into ``names``; ``deal``:
    int64 journey that the row reached, -1 for none; ``lost``: bool, the row is in no
    journey at all and this is its reason; ``seen``: what a ledger shows, if kept.
    """

    table: str
    rows: Ints
    code: NDArray[np.int8]
    deal: Ints
    lost: Bools
    names: tuple[str, ...]
    sentences: tuple[str, ...]
    seen: Seen | None = None

    def take(self, rows: Array) -> SetAside:
        """Return these of its rows."""
        return self._replace(
            rows=self.rows[rows],
            code=self.code[rows],
            deal=self.deal[rows],
            lost=self.lost[rows],
            seen=None if self.seen is None else self.seen.take(rows),
        )

"""The columns of journeys, in the one order that everything after relies on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.arrays import clock, codes, ragged
from attribution.errors import nearest, refuse
from attribution.journeys import tables
from attribution.journeys.words import LOST, WON, Labelled, Of, SetAside

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.errors import Issue


GONE = -2
"""The place of a deal that was not selected."""


@dataclass(frozen=True, eq=False)
class Journeys:
    """Deals with their touches in order, as columns of numpy arrays.

    Journey ``i`` owns touches ``offsets[i]:offsets[i + 1]``. Journeys stand won, lost,
    open; inside each by deal id. Arrays, with t touches and j journeys:

    * ``offsets`` int64 (j + 1,); ``time`` int64 microseconds UTC (t,), None for paths;
      ``touch_id`` codes and labels in no order, None where there is none;
    * ``touch`` the label columns of touches (t,): team, channel, campaign, rep,
      contact, link and the kept ones; ``process`` bool (t,); ``day`` bool (t,): the
      touch is known by its day alone; ``cost`` int64 (t,);
    * ``amount`` int64 minor units (j,); ``currency`` int16 codes (j,) of
      ``currencies``, whose minor units have ``decimals``; ``outcome`` int8 (j,);
    * ``start``, ``end``, ``closed_at``, ``created_at`` and each of ``milestones`` int64
      microseconds (j,), ``clock.MISSING`` where there is none; ``milestone_days``
      bool (j,): which of the milestones, ``created`` and ``closed`` are days;
    * ``deal_id`` object or int64 (j,); ``deal`` the label columns of deals (j,);
      ``count`` int64 (j,); ``reason`` int8 (j,): why a deal has no touch, else -1;
      ``contacts`` int32 (j,): people of its buying committee, None without that table.
    """

    offsets: Ints
    time: Ints | None
    touch: Mapping[str, Labelled]
    process: Bools
    day: Bools
    touch_id: Labelled | None
    cost: Ints | None
    row: Ints
    amount: Ints
    currency: NDArray[np.int16]
    currencies: tuple[str, ...]
    decimals: tuple[int, ...]
    outcome: NDArray[np.int8]
    start: Ints
    end: Ints
    closed_at: Ints
    created_at: Ints
    milestones: Mapping[str, Ints]
    milestone_days: Mapping[str, Bools]
    amount_at_opportunity: Ints | None
    deal_id: Array
    deal: Mapping[str, Labelled]
    count: Ints
    reason: NDArray[np.int8]
    contacts: NDArray[np.int32] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    found: tuple[Issue, ...] = ()
    aside: tuple[SetAside, ...] = ()

    def __len__(self) -> int:
        """Return the number of journeys (deals)."""
        return len(self.offsets) - 1

    @property
    def touch_count(self) -> int:
        """Return the number of touches, a touch in two journeys counted twice."""
        return int(self.offsets[-1] - self.offsets[0])

    @property
    def tz(self) -> str:
        """Return the time zone of days and periods."""
        return str(self.options.get("tz", "UTC"))

    @property
    def labels(self) -> dict[str, list[str]]:
        """Return the labels of each column of touches, in label order.

        Example:
            >>> import attribution as at
            >>> at.journeys_from_paths(["b > a"], wins=[1]).labels["channel"]
            ['a', 'b']
        """
        return {name: column.labels.tolist() for name, column in self.touch.items()}

    def codes(self, name: str) -> NDArray[np.int32]:
        """Return the int32 codes, (touches,), of a label column of touches."""
        return self.touch[name].codes

    def span(self, of: Of) -> slice:
        """Return which journeys are ``of``: won, lost, open or the whole pipeline.

        Example:
            >>> import attribution as at
            >>> at.journeys_from_paths(["a"], wins=[1], losses=[2]).span("lost")
            slice(1, 2, None)
        """
        won = int(np.count_nonzero(self.outcome == WON))
        lost = int(np.count_nonzero(self.outcome == LOST))
        spans = {
            "won": slice(0, won),
            "lost": slice(won, won + lost),
            "open": slice(won + lost, len(self)),
            "pipeline": slice(0, len(self)),
        }
        if not isinstance(of, str) or of not in spans:
            what = f"of={of!r} is none of {', '.join(spans)}."
            raise refuse("P04", what, nearest(str(of), spans))
        return spans[of]

    def block(self, first: int, last: int) -> Journeys:
        """Return journeys ``first:last`` as views, without the rows set aside."""
        own = slice(int(self.offsets[first]), int(self.offsets[last]))
        here = slice(first, last)
        return replace(
            self,
            offsets=self.offsets[first : last + 1] - self.offsets[first],
            **_touch_columns(self, own),
            **_deal_columns(self, here),
            found=(),
            aside=(),
        )

    def select(self, mask_over_deals: Array) -> Journeys:
        """Return the journeys of the deals in a boolean mask, (journeys,), in order.

        Rows set aside of other deals go with those deals.

        Raises:
            InputError: P04: the mask is not boolean or not of this length.

        Example:
            >>> import attribution as at
            >>> journeys = at.journeys_from_paths(["a", "b"], wins=[1, 1])
            >>> len(journeys.select(journeys.deal_id == 0))
            1
        """
        mask = np.asarray(mask_over_deals)
        if mask.dtype != np.bool_ or mask.shape != (len(self),):
            what = f"the mask is {mask.dtype} of shape {mask.shape}."
            remedy = f"Give one boolean for each of the {len(self)} deals."
            raise refuse("P04", what, remedy)
        place = np.append(np.where(mask, np.cumsum(mask) - 1, GONE), -1)
        return replace(
            self.taken(np.flatnonzero(mask)),
            found=self.found,
            aside=tuple(_kept(part, place) for part in self.aside),
        ).trimmed()

    def taken(self, chosen: Ints) -> Journeys:
        """Return the journeys at ``chosen`` places, without the rows set aside."""
        own, offsets = ragged.gather(self.offsets, chosen)
        return replace(
            self,
            offsets=offsets,
            **_touch_columns(self, own),
            **_deal_columns(self, chosen),
            found=(),
            aside=(),
        )

    def thinned(self, kept: Bools) -> Journeys:
        """Return the same deals with only these touches, bool (touches,)."""
        return replace(
            self,
            offsets=ragged.offsets_of(ragged.sums(kept, self.offsets)),
            **_touch_columns(self, np.flatnonzero(kept)),
        )

    def trimmed(self) -> Journeys:
        """Return the same journeys without the labels that no touch or deal has."""
        return replace(
            self,
            touch={k: Labelled(*codes.used(*c)) for k, c in self.touch.items()},
            deal={k: Labelled(*codes.used(*c)) for k, c in self.deal.items()},
        )

    def period(self, period: str) -> tuple[Ints, list[str]]:
        """Return each deal's month or quarter of its close, as codes and labels."""
        return clock.period_of(self.closed_at, self.tz, period)

    @cached_property
    def issues(self) -> pd.DataFrame:
        """Return what was found while reading: one row an issue.

        Columns: code, severity, table, column, rows (int64, how many), what, remedy.
        """
        return tables.issue_table(self.found)

    def set_aside(self) -> pd.DataFrame:
        """Return the rows in no journey: table, row (its position), code, deal.

        ``deal`` is a deal that the row reached, missing where it reached none.
        """
        return tables.set_aside_table(self)

    def to_frame(self, *, personal: bool = False) -> pd.DataFrame:
        """Return one row a touch, in journey order, contact ids if ``personal``."""
        return tables.touch_table(self, personal=personal)

    def deals(self) -> pd.DataFrame:
        """Return one row a deal, in journey order, with its number of touches."""
        return tables.deal_table(self)

    @cached_property
    def memo(self) -> dict[Any, Any]:
        """Return what was computed once for these journeys, by key."""
        return {}

    def coverage_line(self) -> str:
        """Return the sentence that every table of credit ends with (design law 6)."""
        return tables.coverage_line(self)

    def __repr__(self) -> str:
        """Return counts, window, issues and the coverage line as text."""
        return tables.summary(self)

    def _repr_html_(self) -> str:
        """Return the same as an HTML table, for notebooks."""
        return tables.summary_html(self)


def _touch_columns(journeys: Journeys, own: slice | Ints) -> dict[str, Any]:
    def take(column: Array | None) -> Array | None:
        return None if column is None else ragged.take(column, own)

    touch_id = journeys.touch_id
    return {
        "time": take(journeys.time),
        "touch": {name: column.take(own) for name, column in journeys.touch.items()},
        "process": take(journeys.process),
        "day": take(journeys.day),
        "touch_id": None if touch_id is None else touch_id.take(own),
        "cost": take(journeys.cost),
        "row": take(journeys.row),
    }


def _deal_columns(journeys: Journeys, here: slice | Ints) -> dict[str, Any]:
    plain = (
        "amount", "currency", "outcome", "start", "end", "closed_at", "created_at",
        "deal_id", "count", "reason",
    )  # fmt: skip
    at_opportunity, contacts = journeys.amount_at_opportunity, journeys.contacts
    return {
        **{name: ragged.take(getattr(journeys, name), here) for name in plain},
        "contacts": None if contacts is None else contacts[here],
        "milestones": {
            k: ragged.take(at, here) for k, at in journeys.milestones.items()
        },
        "milestone_days": {
            k: ragged.take(on, here) for k, on in journeys.milestone_days.items()
        },
        "amount_at_opportunity": (
            None if at_opportunity is None else at_opportunity[here]
        ),
        "deal": {name: column.take(here) for name, column in journeys.deal.items()},
    }


def _kept(part: SetAside, place: Ints) -> SetAside:
    moved = part._replace(deal=place[part.deal])
    return moved.take(np.flatnonzero(moved.deal != GONE))

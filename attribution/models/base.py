"""The one contract of every model: count, solve, weigh (design §3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from attribution.errors import InputError, Issue, issue, nearest
from attribution.models import text
from attribution.models.counts import Counts, Made, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attribution.arrays.ragged import Array, Floats, Ints
    from attribution.journeys.journeys import Journeys

__all__ = [
    "Alike", "Counts", "Made", "Model", "Params", "Summed", "Table", "Tables",
]  # fmt: skip

Params = dict[str, Any]
"""What ``solve`` found: JSON values with sorted keys."""


class Alike(NamedTuple):
    """Which journeys and touches a model cannot tell apart.

    ``state``: int64, (journeys,), from -1 on: of one outcome and currency, journeys of
    one state count alike. ``slot``: int64, (touches,), -1 for touches that never have
    a weight: touches of one slot weigh alike in their journey, and together as much in
    every journey of one state.
    """

    state: Ints
    slot: Ints


class Summed(NamedTuple):
    """A model whose fit takes no more than sums over journeys, to be fitted many times.

    In a fit each touch weighs in proportion to its player's effect.

    ``feature``: int32, the sums that each deal of a journey adds one to, repeats
    allowed, flat by closed journey; ``offsets``: int64, (closed journeys + 1,);
    ``size``: how many sums there are; ``solve``: turns those of many fits, (size,
    fits), into the effects of players, float64 (players, fits), 0 where nothing can be
    learned; ``player``: int64, (won touches,), -1 for none.
    """

    feature: Array
    offsets: Ints
    size: int
    solve: Callable[[Floats], Floats]
    player: Ints


class Tables(Mapping[str, Mapping[str, Any]]):
    """Tables by name, each made when it is asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], Mapping[str, Any]]]) -> None:
        """Hold the functions that make them."""
        self._makers = dict(makers)

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        """Return the table of that name."""
        return self._makers[name]()

    def __contains__(self, name: object) -> bool:
        """Return whether there is a table of that name, without making it."""
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter(self._makers)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._makers)


class Model(BaseModel):
    """A rule or a learned model: how a deal is shared between its own touches.

    Parameters are pydantic fields that hold JSON values only. A rule writes ``weigh``
    and ``explain``; a learned model adds ``count``, ``solve`` and ``tables``. A model
    sees journeys as columns and each journey alone: no dataframe, no other journey,
    no clock, no random state.

    ``needs`` names what journeys must hold: ``"time"``, ``"milestones"``, ``"won"``,
    ``"lost"``.

    Example:
        >>> import numpy as np
        >>> class Everyone(Model):
        ...     def weigh(self, journeys, params):
        ...         return np.ones(journeys.touch_count, np.int64)
        >>> Everyone().label
        'everyone'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    needs: ClassVar[frozenset[str]] = frozenset()

    if not TYPE_CHECKING:

        def __init__(self, *given: Any, **values: Any) -> None:
            """Check the parameters, by place or name; all faults as an InputError."""
            placed = text.placed(type(self), given, values)
            named = text.tuples(type(self), placed)
            try:
                super().__init__(**named)
            except ValidationError as error:
                raise InputError(_faults(type(self), error)) from None

    @classmethod
    def model_name(cls) -> str:
        """Return the model's name in texts: ``TimeDecay`` is ``time_decay``."""
        edge = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
        return re.sub(edge, "_", cls.__name__).lower()

    @property
    def label(self) -> str:
        """Return the shortest text that parses back to this model."""
        return text.label(self.model_name(), type(self), self.model_dump(mode="json"))

    def title(self, params: Params | None) -> str:
        """Return the label for headers and ledgers, with what was clipped or shrunk."""
        del params
        return self.label

    @property
    def learns(self) -> bool:
        """Return whether the model splits nothing before it has seen journeys.

        False for rules, and where what is counted is only told.
        """
        return type(self).solve is not Model.solve

    def requires(self) -> frozenset[str]:
        """Return what journeys must hold to fit this model: ``needs``, unless more."""
        return self.needs

    def unfit(self, journeys: Journeys) -> list[Issue]:
        """Return what of these journeys the model cannot divide: nothing here."""
        del journeys
        return []

    def settle(self, counts: Counts) -> Model:
        """Return the model to solve once journeys are counted: itself as a rule."""
        del counts
        return self

    def count(self, journeys: Journeys) -> Counts | None:
        """Return integer tables of these journeys, which add up over blocks."""
        del journeys
        return None

    def solve(self, counts: Counts) -> Params | None:
        """Return the parameters learned from the counts of all journeys."""
        del counts
        return None

    def alike(self, journeys: Journeys) -> Alike | None:
        """Return which journeys look alike, so that many fits cost little.

        None, as here: every journey is one of its own kind.
        """
        del journeys
        return None

    def summed(self, journeys: Journeys) -> Summed | None:
        """Return the model as one of sums over journeys, if it is, to fit it often."""
        del journeys
        return None

    def replicate(self, journeys: Journeys, deals: Ints) -> Floats | None:
        """Return the weights of many fits at once, float64 (won touches, draws).

        What fitting on these journeys and weighing those won gives in each draw, each
        journey standing for ``deals``, int64 (journeys, draws), where there are won
        deals and what the model needs. None, as here: they are fitted one by one.
        """
        del journeys, deals
        return None

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats | Ints:
        """Return each touch's weight in its own deal, (touches,).

        float64 that sum to 1 in a deal (within 1e-9), or int64 parts; all zero where
        the deal has no weight. A model with a :meth:`sole_touch` need not write it.
        """
        sole = self.sole_touch(journeys, params)
        if sole is None:
            raise NotImplementedError
        parts = np.zeros(journeys.touch_count, np.int64)
        parts[sole[sole >= 0]] = 1
        return parts

    def sole_touch(self, journeys: Journeys, params: Params | None) -> Ints | None:
        """Return the one touch that takes each whole deal, int64 (journeys,).

        -1 where no touch takes it. None, as here: the model divides deals.
        """
        del journeys, params
        return None

    def tables(
        self, counts: Counts | None, params: Params | None
    ) -> Mapping[str, Mapping[str, Any]]:
        """Return what ``Fitted.table(name)`` shows, columns by name."""
        del counts, params
        return {}

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        """Return the sentences that a ledger of this one journey shows."""
        del journey, params
        return ()


def _faults(model: type[Model], error: ValidationError) -> list[Issue]:
    faults: list[Issue] = []
    for one in error.errors():
        name = ".".join(str(part) for part in one["loc"])
        inner = one.get("ctx", {}).get("error")
        if isinstance(inner, InputError):
            faults += inner.issues
        elif one["type"] == "extra_forbidden":
            what = f"{model.model_name()} has no parameter {name!r}."
            known = ", ".join(model.model_fields) or "none"
            remedy = f"{nearest(name, model.model_fields)} It has: {known}.".strip()
            faults.append(issue("P03", "error", ("models", name), what, remedy=remedy))
        elif one["type"] == "missing":
            what = f"{model.model_name()} needs {name}=, which was not given."
            faults.append(issue("P01", "error", ("models", name), what))
        else:
            what = f"{model.model_name()}: {name}={one['input']!r}: {one['msg']}."
            faults.append(issue("P01", "error", ("models", name), what))
    return faults

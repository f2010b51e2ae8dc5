"""How far models agree: shares, ranks, and the deals on which they differ most."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import codes, ragged, ranks
from attribution.credit import allocate
from attribution.credit.cells import Cells, cells_of, check_dims
from attribution.credit.results import Credits
from attribution.doors import markup
from attribution.doors.frames.output import data_frame, records
from attribution.errors import refuse
from attribution.journeys import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from attribution.arrays.ragged import Array, Ints
    from attribution.journeys.words import Of

FIGURES: Final = ("total_variation", "spearman", "kendall")
ALIGN: Final[dict[str, markup.Align]] = dict.fromkeys(FIGURES, "right")


@dataclass(frozen=True, eq=False, repr=False)
class Agreement:
    """How far models agree on some columns; from :func:`attribution.agreement`.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
        >>> credits = at.attribute(journeys, ["first_touch", "linear"])
        >>> at.agreement(credits).distances()["total_variation"].tolist()
        [0.5]
    """

    credits: Credits
    dims: tuple[str, ...]
    of: Of

    def distances(self) -> pd.DataFrame:
        """Return one row a pair of models and currency.

        Columns: model, other, currency, total_variation (half the sum of the
        differences of share: the part of the money that stands in another row),
        spearman, kendall (rank correlation of the rows that touches take, tau-b;
        missing where a side has one rank only).
        """
        return data_frame(_distances(self.credits, self.dims, self.of))

    def deals(self, n: int = 10) -> pd.DataFrame:
        """Return the ``n`` deals of each currency on which two models differ most.

        Columns: deal_id, model, other (the two that differ most on it), moved (float64
        major units that stand in another row), amount, currency, share (of the
        amount). Rows by currency, moved descending, deal.

        Raises:
            InputError: P04: ``n`` is no number of deals.
        """
        if type(n) is not int or n < 0:
            what = f"n={n!r} is no number of deals."
            raise refuse("P04", what, "Give a whole number.")
        return data_frame(_deals(self.credits, self.dims, self.of, n))

    def __repr__(self) -> str:
        """Return the distances as text, ending with law 6's line."""
        return markup.text_table(
            self._shown(), align=ALIGN, footer=self.credits.journeys.coverage_line()
        )

    def _repr_html_(self) -> str:
        return markup.html_table(
            self._shown(), align=ALIGN, footer=self.credits.journeys.coverage_line()
        )

    def _shown(self) -> dict[str, Any]:
        columns: dict[str, Any] = _distances(self.credits, self.dims, self.of)
        for name in FIGURES:
            columns[name] = [
                markup.ABSENT if np.isnan(x) else f"{x:.3f}" for x in columns[name]
            ]
        return columns


def agreement(
    credits: Credits, *, by: str | Sequence[str] = ("channel",), of: Of = "won"
) -> Agreement:
    """Return how far the models of ``credits`` agree: distances, ranks and deals.

    Args:
        credits: From :func:`attribution.attribute`, with two models or more.
        by: A column or several, as in ``credits.by``.
        of: Which deals.

    Raises:
        InputError: P03 fewer than two models, P04 or P09 a choice or column that is
            none.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
        >>> credits = at.attribute(journeys, ["first_touch", "last_touch"])
        >>> at.agreement(credits).deals()["moved"].tolist()
        [10.0]
    """
    if not isinstance(credits, Credits):
        what = f"was given a {type(credits).__name__}, not credits."
        raise refuse("S05", what, "Make them: at.attribute(journeys, [...]).")
    dims = (by,) if isinstance(by, str) else tuple(by)
    check_dims(dims)
    if len(credits.models) < 2:  # noqa: PLR2004
        what = "agreement was given one model."
        raise refuse("P03", what, "Give two or more to at.attribute.")
    credits = credits.whole()
    cells_of(credits.journeys, dims, of, None)
    return Agreement(credits, dims, of)


def _distances(credits: Credits, dims: tuple[str, ...], of: Of) -> dict[str, Array]:
    frame = records(credits.by(*dims, of=of, minor=True))
    keys = list(zip(*(frame[name] for name in dims), strict=True))
    share: dict[tuple[str, str], dict[Any, float]] = {}
    taken: dict[str, list[Any]] = {}
    columns = ("model", "currency", "share", "share_of_attributed")
    for at, (model, currency, part, attributed) in enumerate(
        zip(*(frame[name] for name in columns), strict=True)
    ):
        key = (keys[at], attributed is None)
        share.setdefault((model, currency), {})[key] = part or 0.0
        if attributed is not None:
            taken.setdefault(currency, []).append(key)
    rows = []
    for model, other in itertools.combinations(credits.models, 2):
        for currency in dict.fromkeys(frame["currency"]):
            one, two = share[model, currency], share[other, currency]
            every = sorted({*one, *two}, key=str)
            far = sum(abs(one.get(key, 0.0) - two.get(key, 0.0)) for key in every) / 2
            ranked = sorted(set(taken.get(currency, [])), key=str)
            sides = [
                np.array([side.get(key, 0.0) for key in ranked]) for side in (one, two)
            ]
            figures = far, ranks.spearman(*sides), ranks.kendall(*sides)
            rows.append((model, other, currency, *figures))
    table = list(zip(*rows, strict=True)) if rows else [()] * (3 + len(FIGURES))
    names = ("model", "other", "currency")
    labels = {
        name: np.array(column, object)
        for name, column in zip(names, table[:3], strict=True)
    }
    numbers = zip(FIGURES, table[3:], strict=True)
    return labels | {name: np.array(column, np.float64) for name, column in numbers}


def _deals(credits: Credits, dims: tuple[str, ...], of: Of, n: int) -> dict[str, Array]:
    journeys = credits.journeys
    cells = cells_of(journeys, dims, of, None)
    pairs = list(itertools.combinations(range(len(credits.models)), 2))
    parts = [_moved(credits, cells, span, pairs) for span in cells.spans()]
    moved = np.concatenate([np.zeros((len(pairs), 0), np.int64), *parts], axis=1)
    most, pair = moved.max(0, initial=0), moved.argmax(0)
    start = journeys.span(of).start
    currency = journeys.currency[start : start + len(most)].astype(np.int64)
    order = np.lexsort((np.arange(len(most)), -most, currency))
    order = order[most[order] > 0]
    sizes = np.bincount(currency[order], minlength=len(journeys.currencies))
    order = order[ragged.positions(ragged.offsets_of(sizes)) < n]
    models = np.array(list(credits.models), object)
    which = np.array(pairs, np.int64)[pair[order]]
    amount, code = journeys.amount[start + order], currency[order]
    return {
        "deal_id": journeys.deal_id[start + order],
        "model": models[which[:, 0]],
        "other": models[which[:, 1]],
        "moved": tables.major(journeys, most[order], code),
        "amount": tables.major(journeys, amount, code),
        "currency": np.array(journeys.currencies, object)[code],
        "share": most[order] / np.maximum(np.abs(amount), 1),
    }


def _moved(
    credits: Credits,
    cells: Cells,
    span: tuple[int, int],
    pairs: Sequence[tuple[int, int]],
) -> Ints:
    """Return the money of each deal that stands in another cell, int64 (pairs, deals).

    What a model leaves without weight stands in a cell of its own.
    """
    block = credits.journeys.block(*span)
    place = ragged.segments_of(block.offsets) * len(cells) + cells.of_block(*span)
    known, own = np.unique(place, return_inverse=True)
    deal = known // max(len(cells), 1)
    sums = []
    for fitted in credits.models.values():
        weights = allocate.weights_of(fitted, block)
        credit = allocate.credits_of(block, weights)
        sums.append(codes.sum_by(own, credit, len(known)))
    found = []
    for one, two in pairs:
        less = sums[one] - sums[two]
        apart = codes.sum_by(deal, np.abs(less), len(block))
        apart += np.abs(codes.sum_by(deal, less, len(block)))
        found.append(apart // 2)
    return np.array(found)

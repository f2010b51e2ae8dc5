"""Credit of reps: by name, small cells merged, and no basis for appraisal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import codes, ragged
from attribution.credit.results import Credits
from attribution.doors.frames.output import records
from attribution.journeys.words import NONE, Labelled
from attribution.show.pages.parts import Section

if TYPE_CHECKING:
    from attribution.arrays.ragged import Bools, Ints
    from attribution.journeys.journeys import Journeys
    from attribution.show.pages.parts import Study

FEWEST: Final = 10
"""Deals of the smallest cell that is shown by itself."""
MERGED: Final = f"(reps of fewer than {FEWEST} deals in this currency)"
WARNING: Final = (
    "This is no basis for commission or appraisal: it divides deals by a rule between "
    "recorded touches, and says nothing of what a person achieved."
)
SHOWN: Final = "rep as shown"


def reps(study: Study) -> Section:
    """Return credit by rep in the order of names, cells of few deals merged."""
    journeys = merged(study.journeys)
    credits = Credits(journeys, study.credits.models, study.credits.threads)
    frame = records(credits.by(SHOWN, minor=True))
    keys = ("model", "currency", SHOWN)
    order = sorted(
        (
            at
            for at, part in enumerate(frame["share_of_attributed"])
            if part is not None
        ),
        key=lambda at: [
            (list(study.credits.models) if name == "model" else [""]).index(
                frame[name][at] if name == "model" else ""
            )
            if name == "model"
            else (frame[name][at] in {MERGED, NONE}, frame[name][at])
            for name in keys
        ],
    )
    columns = {
        "model": [frame["model"][at] for at in order],
        "rep": [frame[SHOWN][at] for at in order],
        "credit": [
            study.amount(frame["revenue_minor"][at], frame["currency"][at])
            for at in order
        ],
        "currency": [frame["currency"][at] for at in order],
        "deals": [f"{frame['deals'][at]:,}" for at in order],
    }
    table = study.table(columns, "Credit by rep, in the order of names", words=2)
    return Section("reps", "Reps", [WARNING], [table])


def merged(journeys: Journeys) -> Journeys:
    """Return the journeys with a further column of reps, cells of few deals merged.

    A cell is a rep in a currency. Where all that is merged still is of few deals, the
    next smallest cell joins it.
    """
    rep = journeys.touch["rep"]
    currency = ragged.spread(journeys.currency.astype(np.int64), journeys.offsets)
    size = (len(journeys.currencies), len(rep.labels))
    cell, cells = codes.combined([currency, rep.codes.astype(np.int64)], size)
    deals = _deals(journeys, cell, cells)
    unnamed = np.tile(rep.labels == NONE, size[0])
    small = (deals > 0) & (deals < FEWEST) & ~unnamed
    for code in range(size[0]):
        own = np.arange(cells) // size[1] == code
        _joined(journeys, cell, deals, own & ~unnamed, small)
    place = np.where(small[cell], len(rep.labels), rep.codes)
    labels = np.append(rep.labels, np.array([MERGED], object))
    column = Labelled(*codes.used(place.astype(np.int32), labels))
    return replace(journeys, touch={**journeys.touch, SHOWN: column})


def _deals(journeys: Journeys, cell: Ints, cells: int) -> Ints:
    """Return how many won deals have a touch in each cell, int64 (cells,)."""
    last = int(journeys.offsets[journeys.span("won").stop])
    deal = ragged.segments_of(journeys.offsets)[:last]
    pairs = np.unique(deal * max(cells, 1) + cell[:last])
    met, own = np.divmod(pairs, max(cells, 1))
    return codes.sum_by(own, journeys.count[met], cells)


def _joined(
    journeys: Journeys, cell: Ints, deals: Ints, own: Bools, small: Bools
) -> None:
    """Merge further cells of one currency until those merged have enough deals."""
    others = np.flatnonzero(own & ~small & (deals > 0))
    for other in others[np.argsort(deals[others], kind="stable")].tolist():
        one = (own & small)[cell].astype(np.int64)
        if not one.any() or _deals(journeys, one, 2)[1] >= FEWEST:
            return
        small[other] = True

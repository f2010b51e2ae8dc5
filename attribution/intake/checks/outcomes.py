"""What became of each deal: won, lost or open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.doors.frames.columns import Column
from attribution.intake.checks.labels import read_labels
from attribution.journeys.words import LOST, OPEN, OUTCOMES, WON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attribution.intake.checks.columns import Source
    from attribution.intake.checks.findings import Findings

YES: Final = {
    **dict.fromkeys(("true", "1", "yes", "y", "t"), WON),
    **dict.fromkeys(("false", "0", "no", "n", "f", ""), LOST),
}


def read_outcomes(
    source: Source, outcomes: Mapping[str | None, str], findings: Findings
) -> NDArray[np.int8]:
    """Return each deal's outcome as int8: 1 won, 0 lost, -1 open.

    A deal without an outcome is open (J09); a text that ``outcomes`` does not map is
    an error (J08). A column ``won`` is read where there is no column ``outcome``.
    """
    if not source.has("outcome") and not source.has("won"):
        return np.full(source.rows, OPEN, np.int8)
    if source.has("outcome"):
        column, name = source.column("outcome"), "outcome"
        words = {word: OUTCOMES[ours] for word, ours in outcomes.items() if word}
        rest = outcomes.get(None)
    else:
        column, name = source.column("won"), "won"
        words, rest = YES, None
    found, known = _codes(column, (source.table.name, name), words, rest, findings)
    findings.error(
        "J08", (source.table.name, name), "is none of won, lost and open.",
        "Map it: outcomes={'Closed Won': 'won', 'Closed Lost': 'lost', None: 'open'}.",
        rows=~known,
    )  # fmt: skip
    findings.add(
        "J09", "note", (source.table.name, name), "is missing: the deal is open.",
        rows=column.missing,
    )  # fmt: skip
    return found


def _codes(
    column: Column,
    where: tuple[str, str],
    words: Mapping[str, int],
    rest: str | None,
    findings: Findings,
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    if column.kind == "float" and np.isin(column.values[~column.missing], (0, 1)).all():
        whole = np.where(column.missing, 0, column.values).astype(np.int64)
        column = Column("integer", whole, column.missing)
    labelled = read_labels(column, where, findings, missing=None)
    folded = [label.strip().casefold() for label in labelled.labels]
    other = OPEN if rest is None else OUTCOMES[rest]
    table = np.array([*(words.get(one, other) for one in folded), OPEN], np.int8)
    known = np.array([*(one in words or rest is not None for one in folded), True])
    return table[labelled.codes], known[labelled.codes]

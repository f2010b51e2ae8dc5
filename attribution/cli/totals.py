"""Whether every cent of every deal is in the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.cli.endings import ProgramError
from attribution.credit.grouping import reason_label
from attribution.doors.frames.output import records
from attribution.journeys.words import OUTCOMES, REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from attribution.credit.results import Credits
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Of

Sums = dict[str, dict[str, int]]
"""Minor units by model and currency."""


def amounts(journeys: Journeys, of: Of) -> dict[str, int]:
    """Return the money of the deals ``of`` an outcome, from the deals alone.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a"], wins=[1], revenue=[10])
        >>> amounts(journeys, "won")
        {'XXX': 1000}
    """
    asked = list(OUTCOMES.values()) if of == "pipeline" else [OUTCOMES[of]]
    own = np.isin(journeys.outcome, asked)
    return {
        name: int(journeys.amount[own & (journeys.currency == code)].sum())
        for code, name in enumerate(journeys.currencies)
    }


def credited(credits: Credits, of: Of) -> tuple[Sums, Sums]:
    """Return what touches take and what none can take, by model and currency."""
    found = records(credits.by("team", minor=True, of=of))
    lost = {reason_label(at) for at in range(len(REASONS))}
    taken, left = (_zeros(credits), _zeros(credits))
    for model, team, currency, minor in zip(
        *(found[name] for name in ("model", "team", "currency", "revenue_minor")),
        strict=True,
    ):
        (left if team in lost else taken)[model][currency] += minor
    return taken, left


def of_lines(lines: pd.DataFrame, credits: Credits) -> Sums:
    """Return the sums of a table of lines, by model and currency."""
    found = _zeros(credits)
    sums = lines.groupby(["model", "currency"])["credit_minor"].sum()
    for (model, currency), minor in sums.items():
        found[model][currency] += int(minor)
    return found


def check(
    credits: Credits, of: Of, lines: pd.DataFrame | None = None
) -> tuple[Sums, Sums]:
    """Return :func:`credited` once it is sure that not a minor unit is lost.

    Raises:
        ProgramError: The credit of a model and currency, or its lines, and the money
            that no touch can take differ from the money of the deals.
    """
    due = amounts(credits.journeys, of)
    taken, left = credited(credits, of)
    _compare("credit", taken, left, due)
    if lines is not None:
        _compare("lines", of_lines(lines, credits), left, due)
    return taken, left


def _zeros(credits: Credits) -> Sums:
    return {
        label: dict.fromkeys(credits.journeys.currencies, 0) for label in credits.models
    }


def _compare(what: str, taken: Sums, left: Sums, due: Mapping[str, int]) -> None:
    for label, sums in taken.items():
        for currency, minor in sums.items():
            total = minor + left[label][currency]
            if total != due[currency]:
                raise ProgramError(
                    f"the {what} of {label} and the unattributed money sum to {total} "
                    f"minor units of {currency}, but the deals to {due[currency]}."
                )

"""How far credit would range had other, similar deals closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.analysis import ranges
from attribution.analysis.refits import of_learned
from attribution.analysis.replicates import Sample, of_rules, sample_of, spans_of
from attribution.credit import totals
from attribution.credit.allocate import WIN_UNITS
from attribution.credit.cells import cells_of, check_dims
from attribution.credit.results import attribute
from attribution.doors import markup
from attribution.doors.frames.output import data_frame
from attribution.doors.progress import reporter
from attribution.errors import Issue, issue, nearest, refuse
from attribution.journeys.blocks import whole_of
from attribution.journeys.tables import issue_table, percent
from attribution.models.fitted import Fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from attribution.arrays.ragged import Array, Bools, Floats
    from attribution.credit.results import Credits
    from attribution.doors.progress import Progress
    from attribution.journeys.blocks import JourneyBlocks
    from attribution.journeys.journeys import Journeys
    from attribution.models.base import Model

UNITS: Final = ("account", "deal")

MOST: Final = 100_000
"""Draws of one call."""

EVENTS: Final = 10
"""Won, and lost, deals for each thing learned, below which a warning is given."""

CAPTION: Final = (
    "{level} % range had other, similar deals closed; says nothing about whether the "
    "model is right. {draws:,} draws of {units:,} {unit}s, seed {seed}."
)


@dataclass(frozen=True, eq=False, repr=False)
class Bootstrap:
    """Credit in draws of other, similar deals; from :func:`attribution.bootstrap`.

    ``models``: for each label its credit and that of every draw; ``found``: what was
    found, as issues.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a > b", "b"], wins=[60, 40])
        >>> at.bootstrap(journeys, "linear", draws=50).intervals()["channel"].tolist()
        ['b', 'a']
    """

    sample: Sample
    dims: tuple[str, ...]
    unit: str
    models: Mapping[str, ranges.Spread]
    found: tuple[Issue, ...]

    def intervals(self, level: float = 0.9) -> pd.DataFrame:
        """Return each cell's credit and its percentile interval.

        Columns: model, dims, currency, revenue, low, high (float64 major units), share,
        share_low, share_high (float64, of the currency's won total). Rows as in
        ``credits.by``; the money no touch can take last.

        Args:
            level: The part of the draws between low and high.

        Raises:
            InputError: P04: ``level`` is not between 0 and 1.
        """
        if not isinstance(level, float) or not 0 < level < 1:
            what = f"level={level!r} is not between 0 and 1."
            raise refuse("P04", what, "Give a part, for example 0.9.")
        parts = [
            ranges.intervals_of(self.sample, label, spread, level)
            for label, spread in self.models.items()
        ]
        return data_frame(ranges.stacked(parts))

    def swaps(self) -> pd.DataFrame:
        """Return the chance that two neighbours in rank change places.

        Columns: model, above, below (their labels), currency, difference (float64, in
        major units), chance (float64: the part of the draws in which the lower has
        more, draws in which both have as much counted half).
        """
        parts = [
            ranges.swaps_of(self.sample, label, spread)
            for label, spread in self.models.items()
        ]
        return data_frame(ranges.stacked(parts))

    def effective(self) -> pd.DataFrame:
        """Return how many won deals of equal size would carry as much information.

        Columns: currency, deals, units (int64: won deals; accounts, or deals that have
        none), effective_deals, effective_units (float64: (ΣA)² / ΣA² over the amounts
        A of deals, of units). Source: Kish (1965), Survey Sampling.
        """
        return data_frame(ranges.effective_of(self.sample))

    @property
    def issues(self) -> pd.DataFrame:
        """Return what was found: code, severity, table, column, rows, what, remedy."""
        return issue_table(self.found)

    def caption(self, level: float = 0.9) -> str:
        """Return the sentences that say what a range is, and is not."""
        has_accounts = "account" in self.sample.journeys.deal
        told = CAPTION.format(
            level=f"{100 * level:g}", draws=self.sample.draws, seed=self.sample.seed,
            units=ranges.units_of(self.sample),
            unit=self.unit if has_accounts else "deal",
        )  # fmt: skip
        return " ".join([told, *(str(one) for one in self.found)])

    def __repr__(self) -> str:
        """Return the 90 % intervals as text, ending with law 6's line."""
        table = markup.text_table(
            self._shown(), align=ALIGN, footer=self.sample.journeys.coverage_line()
        )
        return f"{self.caption()}\n\n{table}"

    def _repr_html_(self) -> str:
        return markup.html_table(
            self._shown(),
            caption=self.caption(),
            align=ALIGN,
            footer=self.sample.journeys.coverage_line(),
        )

    def _shown(self) -> dict[str, Any]:
        parts = [
            ranges.intervals_of(self.sample, label, spread, 0.9)
            for label, spread in self.models.items()
        ]
        columns: dict[str, Any] = ranges.stacked(parts)
        journeys = self.sample.journeys
        known = dict(zip(journeys.currencies, journeys.decimals, strict=True))
        decimals = [known[currency] for currency in columns["currency"]]
        for name in ("revenue", "low", "high"):
            pairs = zip(columns[name], decimals, strict=True)
            columns[name] = [f"{value:,.{digits}f}" for value, digits in pairs]
        for name in ("share", "share_low", "share_high"):
            columns[name] = [
                percent(None if np.isnan(share) else share) for share in columns[name]
            ]
        return columns


NUMBERS: Final = ("revenue", "low", "high", "share", "share_low", "share_high")
ALIGN: Final[Mapping[str, markup.Align]] = dict.fromkeys(NUMBERS, "right")


def bootstrap(
    journeys: Journeys | JourneyBlocks,
    models: str | Model | Fitted | Sequence[str | Model | Fitted],
    *,
    draws: int = 200,
    seed: int = 7,
    by: str | Sequence[str] = ("channel",),
    unit: str = "account",
    progress: bool | Callable[[int, int], None] | None = None,
) -> Bootstrap:
    """Return how far credit would range had other, similar deals closed.

    In every draw each account (or deal) has a Poisson weight of mean 1, a function of
    the seed, the draw and its id: the order of rows, blocks and threads change
    nothing. A rule's credits are weighted; a model that learns is fitted anew on the
    weighted deals; a Fitted is held as it is. A path that stands for n deals has a
    weight of mean n.

    Source: Chamandy, Muralidharan, Najmi and Naidu (2012), Estimating uncertainty for
    massive data streams.

    Args:
        journeys: Won deals are resampled, and lost ones for models that learn of them.
        models: As in :func:`attribution.attribute`.
        draws: How many, 1 to 100,000.
        seed: A whole number of at least 0.
        by: A column or several, as in ``credits.by``.
        unit: ``"account"``: the deals of an account come together; ``"deal"``.
        progress: True for a progress bar on long work, or a callable (done, total).

    Raises:
        InputError: P04 a choice that is none, P09 an unknown column, and what
            ``attribute`` raises.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a > b", "b"], wins=[60, 40])
        >>> found = at.bootstrap(journeys, "linear", draws=50).intervals()
        >>> bool((found["share_low"] < found["share"]).all())
        True
    """
    dims = (by,) if isinstance(by, str) else tuple(by)
    check_dims(dims)
    _check(draws, seed, unit)
    listed = list(models) if isinstance(models, list | tuple) else [models]
    fixed = {one.label for one in listed if isinstance(one, Fitted)}
    credits = attribute(journeys, models)
    journeys = whole_of(journeys)
    cells = cells_of(journeys, dims, "won", None)
    sample = sample_of(journeys, cells, unit, seed, draws)
    learned = [
        label
        for label, fitted in credits.models.items()
        if fitted.params and fitted.model.learns and label not in fixed
    ]
    rules = [label for label in credits.models if label not in learned]
    drawn = _drawn(sample, credits, rules, learned, progress)
    base = totals.totals_of(
        journeys, list(credits.models.values()), cells,
        exact=True, threads=None, progress=None,
    )  # fmt: skip
    spreads = {
        label: _spread(sample, own, *drawn[label])
        for label, own in zip(credits.models, base, strict=True)
    }
    warned = tuple(
        one for label in learned for one in _warnings(sample, label, spreads[label])
    )
    return Bootstrap(sample, dims, unit, spreads, warned)


def _drawn(
    sample: Sample,
    credits: Credits,
    rules: Sequence[str],
    learned: Sequence[str],
    progress: Progress,
) -> dict[str, tuple[Array, Bools]]:
    """Return each model's sums in every draw, and which draws could be fitted."""
    total = len(spans_of(sample)) + sample.draws * len(learned)
    every = np.ones(sample.draws, np.bool_)
    with reporter(progress, total, label="draws") as report:
        found = of_rules(sample, [credits.models[label] for label in rules], report)
        drawn: dict[str, tuple[Array, Bools]] = {
            label: (one, every) for label, one in zip(rules, found, strict=True)
        }
        for label in learned:
            model = credits.models[label].model
            drawn[label] = of_learned(sample, model, report)
    return drawn


def _check(draws: object, seed: object, unit: object) -> None:
    if type(draws) is not int or not 1 <= draws <= MOST:
        what = f"draws={draws!r} is no number of draws."
        raise refuse("P04", what, f"Give 1 to {MOST:,}; 200 are enough to look at.")
    if type(seed) is not int or not 0 <= seed < 2**63:
        what = f"seed={seed!r} is no seed."
        raise refuse("P04", what, "Give a whole number of at least 0.")
    if not isinstance(unit, str) or unit not in UNITS:
        what = f"unit={unit!r} is none of {', '.join(UNITS)}."
        raise refuse("P04", what, nearest(str(unit), UNITS))


def _spread(
    sample: Sample, base: totals.Totals, drawn: Array, fits: Bools
) -> ranges.Spread:
    """Return a model's credit and its draws, by row of the sample."""
    lost = base.lost.reshape(-1, 3)
    revenue = np.append(base.revenue, lost[:, 0])
    wins = np.append(base.wins, lost[:, 1]) / WIN_UNITS
    deals = np.append(sample.cells.deals, lost[:, 2])
    return ranges.Spread(revenue, wins, deals, np.asarray(drawn[:, fits]), fits)


def _warnings(sample: Sample, label: str, spread: ranges.Spread) -> list[Issue]:
    """Return A03 where the deals are too few for a model that learns from them."""
    journeys, where = sample.journeys, ("models", label)
    failed = int((~spread.fits).sum())
    found = []
    if failed:
        what = f"could not be fitted in {failed} of {len(spread.fits)} draws: left out."
        remedy = "Ranges are too narrow: take a rule, or more deals."
        found.append(issue("A03", "warning", where, what, remedy=remedy, count=failed))
    currency = sample.cells.codes()["currency"][sample.cells.deals > 0]
    cells = int(np.bincount(currency, minlength=1).max())
    won = float(ranges.effective_of(sample)["effective_units"].sum())
    lost = int(journeys.count[journeys.span("lost")].sum())
    fewest: Floats = np.array([won, lost] if lost else [won])
    if cells and fewest.min() < EVENTS * cells:
        what = (
            f"learns {cells} rows from deals worth {won:,.0f} won ones of equal size"
            + (f" and {lost:,} lost ones" if lost else "")
            + ": too few to carry it."
        )
        remedy = f"At least {EVENTS} for each row; take a rule, or coarser rows."
        found.append(issue("A03", "warning", where, what, remedy=remedy, count=1))
    return found

"""Credits: what :func:`attribute` gives back, and every table of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np

from attribution.arrays import money, ragged
from attribution.credit import allocate, grouping, totals
from attribution.credit.cells import cells_of, check_dims
from attribution.credit.ledger import Ledger, ledger_of, place_of
from attribution.credit.merging import totals_over
from attribution.doors import markup
from attribution.doors.frames.output import data_frame, records, stacked
from attribution.errors import nearest, refuse
from attribution.journeys import tables
from attribution.journeys.blocks import JourneyBlocks, outline_of
from attribution.models.fitted import Fitted, check_needs, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from attribution.credit.cells import CellTable
    from attribution.credit.totals import Totals
    from attribution.journeys.journeys import Journeys
    from attribution.journeys.words import Of
    from attribution.models.base import Model


NUMBERS: Final[Mapping[str, Literal["right"]]] = {
    "revenue": "right",
    "share": "right",
    "wins": "right",
}


@dataclass(frozen=True, eq=False)
class Credits:
    """The credit of journeys under one or several models; nothing is stored but these.

    Every table is one pass over the journeys in blocks. ``models`` holds the fitted
    models by label. ``journeys`` are what :func:`attribute` was given.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
        >>> at.attribute(journeys, "linear").by("channel")["revenue"].tolist()
        [5.0, 5.0]
    """

    journeys: Journeys
    models: Mapping[str, Fitted]
    threads: int | None = None
    progress: bool | Callable[[int, int], None] | None = None

    def by(
        self,
        *dims: str,
        model: str | None = None,
        minor: bool = False,
        exact: bool = True,
        of: Of = "won",
        period: str | None = None,
    ) -> pd.DataFrame:
        """Return credit by the columns ``dims``: one row a model, currency and cell.

        Columns: model, [period], dims, revenue (float64 major units, nearest to the
        exact integer; or int64 revenue_minor), currency, share (of the currency's
        total), share_of_attributed (missing on unattributed rows), wins (deals
        credited, float64), deals (int64, deals with a touch in the cell; not
        additive). Rows by model as asked, currency, period, revenue descending, label;
        the money no touch can take last, as ``(unattributed: <reason>)``.

        Args:
            *dims: Columns of touches (team, channel, campaign, rep, link, process, kept
                ones) or of deals (segment, owner, …).
            model: A label or name among the models; all of them unless given.
            minor: Whether to give revenue as integers.
            exact: False gives float totals straight from the weights, without rounding.
            of: ``"won"``, ``"lost"``, ``"open"`` or ``"pipeline"`` (every deal).
            period: ``"month"`` or ``"quarter"`` of the close.

        Raises:
            InputError: P03, P04, P09 an unknown model, choice or column; J07 weights
                that are none.
        """
        check_dims(dims)
        if minor and not exact:
            raise refuse("P04", "minor=True needs exact=True.", "Leave one out.")
        chosen = self._chosen(model)
        cells, found = self._totals(chosen, (dims, of, period), exact=exact)
        named = dict(zip(chosen, found, strict=True))
        deals = self.journeys if self._blocks is None else self._blocks.outline
        return grouping.table_of(deals, cells, dims, named, minor=minor)

    @property
    def _blocks(self) -> JourneyBlocks | None:
        """Return the blocks that stand in for journeys, None where there are none."""
        found: object = self.journeys
        return found if isinstance(found, JourneyBlocks) else None

    def whole(self) -> Credits:
        """Return the same credits of journeys in one piece, for analyses of such.

        Blocks become the piece whose columns of touches lie in files.
        """
        if self._blocks is None:
            return self
        return replace(self, journeys=self._blocks.whole)

    def _totals(
        self,
        chosen: Sequence[str],
        asked: tuple[tuple[str, ...], Of, str | None],
        *,
        exact: bool,
    ) -> tuple[CellTable, list[Totals]]:
        models = [self.models[label] for label in chosen]
        if self._blocks is not None:
            return totals_over(
                self._blocks, models, asked,
                exact=exact, threads=self.threads, progress=self.progress,
            )  # fmt: skip
        dims, of, period = asked
        cells = cells_of(self.journeys, dims, of, period)
        return cells, totals.totals_of(
            self.journeys, models, cells,
            exact=exact, threads=self.threads, progress=self.progress,
        )  # fmt: skip

    def _chosen(self, model: str | None) -> list[str]:
        chosen = grouping.selected(self.models, model)
        if not chosen:
            what = f"model={model!r} is none of {', '.join(self.models)}."
            raise refuse("P03", what, nearest(str(model), self.models))
        return chosen

    def lines(
        self, *, model: str | None = None, of: Of = "won", personal: bool = False
    ) -> pd.DataFrame:
        """Return one row a (model, touch): its columns, weight and credit_minor.

        ``weight`` is float64, ``credit_minor`` int64; contact ids only if ``personal``.
        The credits of a deal sum to its amount, or the deal is unattributed.
        """
        models = {label: self.models[label] for label in self._chosen(model)}
        blocks = self._blocks
        if blocks is None:
            return lines_of(self.journeys, models, of, personal=personal)
        frames, ranks = [], []
        for block, place in zip(blocks, blocks.places, strict=True):
            frames.append(lines_of(block, models, of, personal=personal))
            own = block.span(of)
            deal = ragged.spread(place[own], block.offsets[own.start : own.stop + 1])
            several = np.arange(len(models))[:, None] * len(blocks)
            ranks.append((several + deal).ravel())
        return stacked(frames, np.argsort(np.concatenate(ranks), kind="stable"))

    def deal(
        self, deal_id: object, *, model: str | None = None, personal: bool = False
    ) -> Ledger:
        """Return the ledger of one deal under every model, or under ``model``.

        Raises:
            InputError: P10: there is no such deal.
        """
        models = {label: self.models[label] for label in self._chosen(model)}
        blocks = self._blocks
        if blocks is None:
            return ledger_of(self.journeys, models, deal_id, personal=personal)
        outline = blocks.outline
        block, at = blocks.of_deal(place_of(outline, deal_id))
        found = ledger_of(block, models, block.deal_id[at], personal=personal)
        return replace(found, footer=outline.coverage_line())

    @cached_property
    def _summary(self) -> dict[str, list[str]]:
        """Return the team table that the reprs show, as text."""
        frame = records(self.by("team", minor=True))
        shown = ("model", "team", "revenue_minor", "currency", "share", "wins")
        columns = {name: [str(one) for one in frame[name]] for name in shown}
        columns["share"] = [tables.percent(x) for x in frame["share"]]
        columns["wins"] = [f"{x:,.2f}" for x in frame["wins"]]
        decimals = dict(
            zip(self.journeys.currencies, self.journeys.decimals, strict=True)
        )
        columns["revenue_minor"] = [
            money.text(minor, decimals[currency])
            for minor, currency in zip(
                frame["revenue_minor"], frame["currency"], strict=True
            )
        ]
        return {name.removesuffix("_minor"): one for name, one in columns.items()}

    def __repr__(self) -> str:
        """Return the split between the teams as text, ending with law 6's line."""
        return markup.text_table(
            self._summary, align=NUMBERS, footer=self.journeys.coverage_line()
        )

    def _repr_html_(self) -> str:
        return markup.html_table(
            self._summary, align=NUMBERS, footer=self.journeys.coverage_line()
        )


def lines_of(
    journeys: Journeys, models: Mapping[str, Fitted], of: Of, *, personal: bool
) -> pd.DataFrame:
    """Return one row a (model, touch), as :meth:`Credits.lines` does."""
    own = journeys.span(of)
    block = journeys.block(own.start, own.stop)
    parts = []
    for fitted in models.values():
        weights = allocate.weights_of(fitted, block)
        shares = allocate.shares_of(block, weights)
        parts.append((shares, allocate.credits_of(block, weights)))
    first, last = (int(journeys.offsets[at]) for at in (own.start, own.stop))
    places = np.tile(np.arange(first, last), len(models))
    columns: dict[str, Any] = {
        "model": np.repeat(np.array(list(models), object), last - first),
        **tables.touch_columns(journeys, places, personal=personal),
    }
    currency = ragged.spread(journeys.currency, journeys.offsets)
    columns["weight"] = np.concatenate([weight for weight, _ in parts])
    columns["credit_minor"] = np.concatenate([credit for _, credit in parts])
    columns["currency"] = np.array(journeys.currencies, object)[currency[places]]
    return data_frame(columns)


def attribute(
    journeys: Journeys | JourneyBlocks,
    models: str | Model | Fitted | Sequence[str | Model | Fitted],
    *,
    threads: int | None = None,
    progress: bool | Callable[[int, int], None] | None = None,
) -> Credits:
    """Return the credit of ``journeys`` under one model or several.

    Lazy: models are parsed, fitted and checked here; each table is computed when it is
    asked for.

    Args:
        journeys: From :func:`build_journeys`, :func:`journeys_from_paths` or
            :func:`open_journeys`.
        models: Texts such as ``"time_decay:half_life=30d"``, models or fitted models.
        threads: Worker threads for blocks; the machine's cores unless given. The
            result does not depend on it.
        progress: True for a progress bar on long work, or a callable (done, total).

    Raises:
        InputError: P03 an unknown model or parameter or one given twice, P01 a value
            that it does not take, P07 journeys without what it needs.

    Example:
        >>> import attribution as at
        >>> journeys = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
        >>> list(at.attribute(journeys, ["first_touch", "last_touch"]).models)
        ['first_touch', 'last_touch']
    """
    outline = outline_of(journeys)
    several = isinstance(models, list | tuple)
    listed: list[Any] = list(models) if several else [models]  # type: ignore[arg-type]
    if not listed:
        raise refuse("P03", "no model was given.", "Name one, for example 'linear'.")
    if threads is not None and (type(threads) is not int or threads < 1):
        raise refuse(
            "P04", f"threads={threads!r} is no number of threads.", "Give 1 or more."
        )
    fitted: dict[str, Fitted] = {}
    for one in listed:
        ready = one if isinstance(one, Fitted) else fit(journeys, one)
        check_needs(ready.model, outline, fitting=False)
        if ready.label in fitted:
            raise refuse(
                "P03", f"{ready.label} is given twice.", "Give each model once."
            )
        fitted[ready.label] = ready
    return Credits(cast("Journeys", journeys), fitted, threads, progress)

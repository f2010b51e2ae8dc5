"""Credit beside what was spent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from attribution.arrays import codes, money
from attribution.arrays.currencies import DECIMALS
from attribution.credit.cells import PERIODS
from attribution.credit.grouping import is_reason
from attribution.credit.results import Credits
from attribution.doors.frames.output import data_frame, records
from attribution.errors import nearest, refuse
from attribution.intake.costs import Costs, read_costs, touch_costs
from attribution.journeys import tables
from attribution.journeys.tables import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from attribution.arrays.ragged import Array, Ints
    from attribution.journeys.journeys import Journeys

Key = tuple[Any, ...]
Number = float | Decimal | Fraction

TOUCHES: Final = "touches"

CEILING: Final = 1e-9
"""Float noise that is no reason to round a percent up."""


class Row(NamedTuple):
    """A model's credit and cost, in minor units; ``key``: currency, then labels."""

    model: str
    key: Key
    lost: bool
    credited: int
    cost: int


def returns(
    credits: Credits,
    costs: object,
    *,
    margin: float = 1.0,
    period: str | None = None,
    rates: Mapping[str, Number] | None = None,
    by: str | Sequence[str] | None = None,
    currency: str | None = None,
    minor: bool = False,
) -> pd.DataFrame:
    """Return credit beside what was spent, one row a model and cell.

    Columns: model, [period], the columns of the costs, credited, cost (float64 major
    units; or int64 credited_minor, cost_minor), currency, credited_per_cost
    (missing without a cost), break_even_increment (cost / (credited × margin), missing
    without cost or credit), sentence. Costs without credit and credit without cost
    are rows too, so that both columns add up; the money no touch can take comes last.

    The break-even increment is the part of the credit that would have to be lost
    without the spending for it to pay. It says nothing about how large that part is.

    Args:
        credits: From :func:`attribution.attribute`.
        costs: A frame: cost, and any of currency, team, channel, campaign (or further
            columns of touches) and period; or ``"touches"``: the touches' own cost,
            each once, so that sales time counts that was given as a cost.
        margin: The part of revenue that is earned, above 0 and up to 1.
        period: ``"month"`` or ``"quarter"``: of the close for credit, of the column
            period (or the touch) for costs. Without it all periods are added up.
        rates: What one unit of another currency is in that of the deals: for deals in
            EUR, ``{"USD": 0.92}``. The costs of a currency are converted together,
            half to even, and divided over their cells by largest remainder.
        by: The columns to tell costs by: all that the costs have, for touches team and
            channel, unless given.
        currency: Only the deals of this currency; needed where deals are in several
            and costs in others. Costs that name no currency are in it.
        minor: Whether to give integers.

    Raises:
        InputError: A01 costs in a currency that the deals do not have, A02 rates that
            are none, P04 a choice that is none, and what reading costs raises.

    Example:
        >>> import attribution as at, pandas as pd
        >>> journeys = at.journeys_from_paths(
        ...     ["a > b"], wins=[1], revenue=[1000], currency="EUR")
        >>> costs = pd.DataFrame({"channel": ["a"], "cost": [90]})
        >>> found = at.returns(at.attribute(journeys, "linear"), costs)
        >>> found["sentence"][0]
        'Pays if at least 18 % of its credit would not have come without it.'
    """
    journeys = _checked(credits, margin, period, currency)
    names = (by,) if isinstance(by, str) else by
    if isinstance(costs, str) and costs == TOUCHES:
        spent = touch_costs(journeys, names or ("team", "channel"), period)
    else:
        spent = read_costs(costs, journeys, names, period, currency)
    cells = _cells(spent)
    cost_of: dict[Key, int] = {}
    for name, sums in _by_currency(journeys, spent, currency, _rates(rates)).items():
        cost_of |= {(name, *cells[at]): cost for at, cost in sums.items()}
    keys = list(spent.columns)
    rows = _rows(credits, _credited(credits, keys, period, currency), cost_of)
    return _table(journeys, keys, rows, margin, minor=minor)


def _checked(
    credits: object, margin: object, period: object, currency: object
) -> Journeys:
    if not isinstance(credits, Credits):
        what = f"was given a {type(credits).__name__}, not credits."
        raise refuse("S05", what, "Make them: at.attribute(journeys, 'linear').")
    number = isinstance(margin, int | float) and not isinstance(margin, bool)
    if not number or not 0 < margin <= 1:  # type: ignore[operator]
        what = f"margin={margin!r} is no part of revenue."
        raise refuse("P04", what, "Give a number above 0, up to 1.")
    if period is not None and (not isinstance(period, str) or period not in PERIODS):
        what = f"period={period!r} is none of {', '.join(PERIODS)}."
        raise refuse("P04", what, nearest(str(period), PERIODS))
    names = credits.journeys.currencies
    if currency is not None and currency not in names:
        what = f"currency={currency!r} is none of the deals' {', '.join(names)}."
        raise refuse("P04", what, nearest(str(currency), names))
    return credits.whole().journeys


def _rates(rates: object) -> dict[str, Fraction]:
    """Return exact rates by currency: a float is the decimal that it is written as."""
    if not isinstance(rates, Mapping | None):
        what = f"rates={rates!r} is no mapping."
        raise refuse("A02", what, 'Write rates={"USD": 0.92}.')
    found = {}
    for name, rate in (rates or {}).items():
        if name not in DECIMALS:
            what = f"rates names {name!r}, which is no code of ISO 4217."
            raise refuse("A02", what, nearest(str(name).upper(), DECIMALS))
        plain = isinstance(rate, Real | Decimal) and not isinstance(rate, bool)
        if not plain or not math.isfinite(rate) or rate <= 0:
            what = f"the rate of {name} is no positive number."
            raise refuse("A02", what, "Give what one unit is in the deals' currency.")
        found[name] = Fraction(str(rate))
    return found


def _cells(costs: Costs) -> list[Key]:
    """Return the labels of each combination of the costs' columns that occurs."""
    known, _ = _combined(costs)
    columns = list(costs.columns.values())
    parts = codes.separated(known, [len(one.labels) for one in columns])
    labels = (one.labels[own] for one, own in zip(columns, parts, strict=True))
    return list(zip(*labels, strict=True))


def _combined(costs: Costs) -> tuple[Ints, Ints]:
    """Return the combinations of labels that occur, and that of each row."""
    columns = [one.codes for one in costs.columns.values()]
    sizes = [len(one.labels) for one in costs.columns.values()]
    return np.unique(codes.combined(columns, sizes)[0], return_inverse=True)


def _by_currency(
    journeys: Journeys,
    costs: Costs,
    currency: str | None,
    rates: Mapping[str, Fraction],
) -> dict[str, dict[int, int]]:
    """Return what was spent by currency of the deals and cell, in minor units."""
    names = journeys.currencies
    target = currency or (names[0] if len(names) == 1 else None)
    same = {target} if target else set(names)
    _check_currencies(costs, target, same, rates)
    known, cell = _combined(costs)
    found: dict[str, dict[int, int]] = {}
    for code, name in enumerate(costs.currency.labels.tolist()):
        own = costs.currency.codes == code
        spent = codes.sum_by(cell[own], costs.cost[own], len(known))
        to = name if target is None else target
        if name != to:
            decimals = journeys.decimals[names.index(to)] - costs.decimals[code]
            spent = _converted(spent, rates[name] * Fraction(10) ** decimals)
        sums = found.setdefault(to, {})
        for at in np.unique(cell[own]).tolist():
            sums[at] = sums.get(at, 0) + int(spent[at])
    return found


def _check_currencies(
    costs: Costs,
    target: str | None,
    same: set[str | None] | set[str],
    rates: Mapping[str, Fraction],
) -> None:
    if target is not None and rates.get(target, 1) != 1:
        what = f"rates gives {target}, the deals' own currency, another rate than 1."
        raise refuse("A02", what, f"Give what one unit of others is in {target}.")
    known = same | (set(rates) if target else set())
    met = costs.currency.labels[np.unique(costs.currency.codes)].tolist()
    strange = [one for one in met if one not in known]
    if strange:
        own = ", ".join(sorted(map(str, same))) or "none"
        what = f"are in {', '.join(strange)}, the deals in {own}."
        one = strange[0]
        remedy = f'Give rates={{"{one}": …}}: what one {one} is in {target}.'
        if target is None:
            remedy = "Name one currency of the deals with currency=, and give rates=."
        raise refuse("A01", what, remedy, where="costs")


def _converted(spent: Ints, rate: Fraction) -> Ints:
    """Return minor units in another currency: their sum to the unit, half to even.

    The sum is divided by largest remainder, so that the cells add up to it.
    """
    whole = round(int(spent.sum()) * rate)
    if whole > money.LIMIT:
        what = "are beyond 10^15 minor units in the deals' currency."
        raise refuse("M08", what, "Check the rate.", where="costs")
    offsets = np.array([0, len(spent)], np.int64)
    return money.allocate(np.array([whole], np.int64), offsets, spent)


def _credited(
    credits: Credits, keys: Sequence[str], period: str | None, currency: str | None
) -> dict[tuple[str, Key, bool], int]:
    """Return the credit in minor units by model, key and whether unattributed.

    Without a column of touches only what touches take is counted.
    """
    dims = [name for name in keys if name != "period"]
    shown = dims or ["team"]
    frame = records(credits.by(*shown, minor=True, period=period))
    columns = zip(*(frame[name] for name in ("currency", *keys)), strict=True)
    found: dict[tuple[str, Key, bool], int] = {}
    for at, key in enumerate(columns):
        named = is_reason(frame[shown[0]][at])
        lost = named and frame["share_of_attributed"][at] is None
        if currency in {None, key[0]} and (dims or not lost):
            place = (frame["model"][at], key, lost)
            found[place] = found.get(place, 0) + frame["revenue_minor"][at]
    return found


def _rows(
    credits: Credits,
    credited: Mapping[tuple[str, Key, bool], int],
    cost_of: Mapping[Key, int],
) -> list[Row]:
    """Return a row a model and key that has credit, a cost or both."""
    found = []
    for model in credits.models:
        own = {key[1:]: value for key, value in credited.items() if key[0] == model}
        own |= {(key, False): 0 for key in cost_of if (key, False) not in own}
        found += [
            Row(model, key, lost, value, 0 if lost else cost_of.get(key, 0))
            for (key, lost), value in own.items()
        ]
    return found


def _table(
    journeys: Journeys,
    keys: Sequence[str],
    rows: Sequence[Row],
    margin: float,
    *,
    minor: bool,
) -> pd.DataFrame:
    """Return the rows as a frame, by model, currency, period, credit and label."""
    leading = "period" in keys

    def place(row: Row) -> tuple[Any, ...]:
        names = [str(label).encode("utf-8", "surrogatepass") for label in row.key]
        first = names[: 1 + leading]
        return (*first, row.lost, -row.credited, -row.cost, names)

    models = list(dict.fromkeys(row.model for row in rows))
    ordered = sorted(rows, key=lambda row: (models.index(row.model), *place(row)))
    credited = np.array([row.credited for row in ordered], np.int64)
    cost = np.array([row.cost for row in ordered], np.int64)
    code = {name: at for at, name in enumerate(journeys.currencies)}
    currency = np.array([code[row.key[0]] for row in ordered], np.int64)
    paid = np.where((cost > 0) & (credited > 0), credited, 0)
    nothing = np.full(len(ordered), np.nan)
    increment = np.divide(cost, paid * margin, out=nothing.copy(), where=paid > 0)
    per_cost = np.divide(credited, cost, out=nothing, where=cost > 0)
    columns: dict[str, Any] = {"model": _text(row.model for row in ordered)}
    for at, name in enumerate(keys, start=1):
        columns[name] = _text(row.key[at] for row in ordered)
    for name, value in (("credited", credited), ("cost", cost)):
        shown = tables.major(journeys, value, currency)
        columns |= {f"{name}_minor": value} if minor else {name: shown}
    columns["currency"] = _text(row.key[0] for row in ordered)
    columns["credited_per_cost"] = per_cost
    columns["break_even_increment"] = increment
    told = zip(ordered, increment.tolist(), strict=True)
    columns["sentence"] = _text(_sentence(row, part) for row, part in told)
    return data_frame(columns)


def _text(values: Iterable[object]) -> Array:
    return np.array(list(values), object)


def _sentence(row: Row, increment: float) -> str:
    """Return what the row says of whether it pays; percents are rounded up."""
    if row.lost:
        return "No touch can take it."
    if row.cost == 0:
        return "Has no cost here."
    if row.credited <= 0:
        return "Has a cost and no credit: under this model it does not pay."
    if increment > 1:
        return "Does not pay, even if none of its credit would have come without it."
    part = percent(math.ceil(1000 * increment - CEILING) / 1000)
    return f"Pays if at least {part} of its credit would not have come without it."

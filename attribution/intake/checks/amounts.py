"""Columns of money: currencies, and amounts as integer minor units."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from attribution.arrays import codes, money
from attribution.arrays.currencies import DECIMALS, NO_CURRENCY
from attribution.errors import nearest, refuse
from attribution.intake.checks.labels import read_labels
from attribution.journeys.words import Labelled

if TYPE_CHECKING:
    from attribution.arrays.money import Rounding
    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.doors.frames.columns import Column
    from attribution.intake.checks.findings import Findings

Where = tuple[str, str]

MOST_DECIMALS: Final = 9
PLAIN: Final = re.compile(
    r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?|[+-]?(inf(inity)?|nan)", re.IGNORECASE
)
OTHER_KINDS: Final = frozenset({"boolean", "nested", "instant", "day"})

FAULTS: Final = {
    money.UNBOUNDED: ("M02", "is infinite or beyond int64.", "Correct the rows."),
    money.TOO_LARGE: (
        "M08", "is beyond 10^15 minor units.", "Give larger units, or fewer decimals=.",
    ),
    money.TOO_FINE: (
        "M04", "has more decimals than its currency.",
        'Round it before the call, or say rounding="half_even" or "half_up".',
    ),
    money.NOT_A_NUMBER: (
        "M09", "is text that is no plain decimal number.",
        "Write 1000.50: no grouping, no currency sign, a point for decimals.",
    ),
}  # fmt: skip


class Reading(NamedTuple):
    """How amounts are read: ``rounding``, ``decimals``, ``allow_negative``."""

    rounding: Rounding | None
    decimals: int | None
    allow_negative: bool


def read_currencies(
    column: Column | None,
    rows: int,
    default: str | None,
    findings: Findings,
    where: Where = ("deals", "currency"),
) -> Labelled:
    """Return each row's currency, in label order; M06 where unknown or missing.

    Args:
        column: The currency column, None where there is none.
        rows: How many rows there are.
        default: The currency of rows that name none.
        findings: Where the issues go.
        where: The table and column.
    """
    if default is not None and not (isinstance(default, str) and default in DECIMALS):
        what = f"currency={default!r} is no code of ISO 4217."
        raise refuse("M06", what, nearest(str(default).upper(), DECIMALS))
    if column is None:
        label = np.array([default or NO_CURRENCY], object)
        return Labelled(np.zeros(rows, np.int32), label)
    found = read_labels(column, where, findings, missing=default)
    known = np.array([label in DECIMALS for label in found.labels], np.bool_)
    strange = sorted(found.labels[~known].tolist())
    findings.error(
        "M06", where, f"is no code of ISO 4217: {', '.join(map(repr, strange))}.",
        "Use the three capital letters, for example EUR.",
        rows=np.append(~known, False)[found.codes],
    )  # fmt: skip
    findings.error(
        "M06", where, "is missing.",
        'Fill it in, or give currency="EUR" for such rows.',
        rows=found.codes < 0,
    )  # fmt: skip
    used, labels = codes.in_label_order(found.codes, found.labels)
    return Labelled(used, labels)


def decimals_of(labels: Array, decimals: int | None) -> tuple[int, ...]:
    """Return how many decimals the minor unit of each currency has.

    Raises:
        InputError: P06: ``decimals`` is not 0 to 9.

    Example:
        >>> decimals_of(np.array(["EUR", "JPY"], dtype=object), None)
        (2, 0)
    """
    if decimals is None:
        return tuple(DECIMALS.get(label, 2) for label in labels)
    if type(decimals) is not int or not 0 <= decimals <= MOST_DECIMALS:
        raise refuse(
            "P06", f"decimals={decimals!r} is not 0 to 9.", "Give a whole number."
        )
    return tuple(decimals for _ in labels)


def read_amounts(
    column: Column, where: Where, decimals: Ints, how: Reading, findings: Findings
) -> tuple[Ints, Bools]:
    """Return int64 minor units and which rows have none; adds M02 to M04, M08 to M10.

    Args:
        column: The raw column.
        where: Its table and name.
        decimals: int64, (rows,), of each row's currency.
        how: The user's options.
        findings: Where the issues go.
    """
    if column.kind in OTHER_KINDS and not column.missing.all():
        row = np.flatnonzero(~column.missing)[:1]
        findings.error(
            "M10", where, f"holds {column.detail or column.kind} values, not amounts.",
            "Give numbers, Decimals or text.", rows=row,
        )  # fmt: skip
        return np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_)
    if column.kind == "mixed":
        findings.error(
            "M09", where, f"mixes {column.detail}.", "Convert all of it to numbers.",
            rows=np.array([column.row]),
        )  # fmt: skip
        return np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_)
    minor, fault = _minor(column, decimals, how.rounding)
    fault[column.missing] = money.ABSENT
    for found, (code, what, remedy) in FAULTS.items():
        findings.error(code, where, what, remedy, rows=fault == found)
    if not how.allow_negative:
        findings.error(
            "M03", where, "is negative.",
            "Say allow_negative=True if these are refunds.", rows=minor < 0,
        )  # fmt: skip
    return minor, fault == money.ABSENT


def _minor(
    column: Column, decimals: Ints, rounding: Rounding | None
) -> tuple[Ints, Array]:
    if column.kind == "integer":
        return money.from_integers(column.values, decimals)
    if column.kind == "float":
        values = column.values
        if column.narrow:
            values = values.astype(np.float32).astype(str).astype(np.float64)
        return money.from_floats(values, decimals, rounding)
    if column.kind == "decimal":
        exact = column.values.copy()
        exact[column.missing] = None
        return money.from_decimals(exact.tolist(), decimals, rounding)
    if column.kind == "text":
        return _from_text(column, decimals, rounding)
    fault = np.where(column.missing, money.ABSENT, money.NOT_A_NUMBER)
    return np.zeros(len(column), np.int64), fault.astype(np.int8)


def _from_text(
    column: Column, decimals: Ints, rounding: Rounding | None
) -> tuple[Ints, Array]:
    pairs, place = np.unique(column.values * 10 + decimals, return_inverse=True)
    label, places = np.divmod(pairs, 10)
    texts = np.append(column.text_labels(), np.array([None], object))[label].tolist()
    exact = [None if text is None else _decimal(text) for text in texts]
    minor, fault = money.from_decimals(exact, places, rounding)
    strange = [
        value is None and text is not None
        for value, text in zip(exact, texts, strict=True)
    ]
    fault[np.array(strange, np.bool_)] = money.NOT_A_NUMBER
    return minor[place], fault[place]


def _decimal(text: str) -> Decimal | None:
    """Return the number that a text writes plainly, None where it is none."""
    try:
        return Decimal(text.strip()) if PLAIN.fullmatch(text.strip()) else None
    except InvalidOperation:
        return None


def whole_numbers(column: Column) -> tuple[Ints, Bools]:
    """Return whole numbers as int64 (0 where missing), and the rows that hold none."""
    values, fault = _minor(column, np.zeros(len(column), np.int64), None)
    bad: Bools = (fault != money.OK) & (fault != money.ABSENT) & ~column.missing
    return values, bad


def check_totals(
    amounts: Ints,
    currency: Labelled,
    findings: Findings,
    where: Where = ("deals", "amount"),
) -> None:
    """Add M08: the amounts of one currency sum beyond int64."""
    known = currency.codes >= 0
    size = np.abs(amounts[known].astype(np.float64))
    totals = codes.float_sum_by(currency.codes[known], size, len(currency.labels))
    for name, total in zip(currency.labels, totals.tolist(), strict=True):
        if total >= 2.0**63:
            findings.error(
                "M08", where, f"sums beyond int64 minor units in {name}.",
                "Give larger units, or fewer decimals=.",
            )  # fmt: skip

"""From raw, unsorted tables to four rules by channel, beside queries by hand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import attribution as at
from benchmarks import synthetic
from benchmarks.measuring import (
    Measured,
    Row,
    at_least,
    guarded,
    peer,
    seconds_of,
    side_by_side,
)
from benchmarks.peers import duckdb_rules, polars_rules
from benchmarks.peers.results import rules_apart, rules_of
from benchmarks.table import duration

if TYPE_CHECKING:
    import pandas as pd

    from benchmarks.measuring import Size

RULES = ["first_touch", "last_touch", "linear", "time_decay"]
CENTS = 1e-6
"""Ours are exact cents, the queries' are floats."""


def ours(touches: Any, deals: Any) -> pd.DataFrame:
    """Return the four rules by channel: every check of the intake, exact cents."""
    journeys = at.build_journeys(touches, deals)
    return at.attribute(journeys, RULES).by("channel")


def _measure(ids: synthetic.Ids, form: str, won: float, size: Size) -> Measured:
    return compared(1_000_000 if size == "full" else 200_000, ids, form, won)


def compared(count: int, ids: synthetic.Ids, form: str, won: float) -> Measured:
    """Return our credit beside both queries, of ``count`` deals in this form."""
    bare = synthetic.journeys(count, seed=3, won=won)
    given = tuple(
        _in_form(form, table) for table in synthetic.tables(bare, seed=4, ids=ids)
    )
    sizes = {"touches": bare.touch_count, "deals": len(bare)}
    del bare
    sides = side_by_side(
        {
            "attribution": partial(ours, *given),
            "Polars": guarded("Polars", partial(polars_rules.four_rules, *given)),
            "DuckDB": guarded("DuckDB", partial(duckdb_rules.four_rules, *given)),
        },
        repeats=5,
    )
    best = min(sides[name].median for name in ("Polars", "DuckDB"))
    found = rules_of(sides["attribution"].value)
    others = [sides[name].value for name in ("Polars", "DuckDB")]
    return Measured(
        sides,
        difference=max(rules_apart(found, one) for one in others),
        within=CENTS,
        sizes=sizes,
        limit=_limit(given, best / _target(won)),
    )


def _limit(given: tuple[Any, Any], whole: float) -> str:
    """Return where our time goes, beside the ``whole`` that would reach the target."""
    built = at.build_journeys(*given)
    build, credit = (
        duration(seconds_of(work, repeats=3))
        for work in (
            partial(at.build_journeys, *given),
            lambda: at.attribute(built, RULES).by("channel"),
        )
    )
    keys = np.random.default_rng(1).permutation(built.touch_count)
    sort, take = (
        duration(seconds_of(work))
        for work in (partial(np.sort, keys), lambda: keys[keys])
    )
    return (
        f"building the journeys of all deals takes {build}, their credit {credit}; "
        f"{duration(whole)} in all would reach the target. Of as many rows numpy takes "
        f"{sort} to sort one column of numbers and {take} to take one in another "
        f"order: a build does the first once and the second for every column."
    )


def _target(won: float) -> float:
    return 1.5 if won == 1 else 0.8


def _in_form(form: str, table: pd.DataFrame) -> Any:
    if form == "pandas":
        return table
    return peer("pyarrow").Table.from_pandas(table, preserve_index=False)


def _row(ids: synthetic.Ids, form: str, won: float) -> Row:
    kind = {
        "text": "ids as text of 18 characters",
        "integer": "ids as integers, labels categorical",
    }[ids]
    share = "all won" if won == 1 else "30 % won, every journey kept"
    filtered = "" if won == 1 else ", which filter the won deals first"
    return Row(
        f"{form} tables, {kind}, {share}: to four rules by channel, {{deals}} deals",
        f"the better of Polars and DuckDB by hand{filtered}",
        at_least(_target(won)),
        partial(_measure, ids, form, won),
        needs=("polars", "duckdb", "pyarrow"),
    )


ROWS = [
    _row(ids, form, won)
    for won in (1.0, 0.3)
    for ids in ("text", "integer")
    for form in ("pandas", "Arrow")
]

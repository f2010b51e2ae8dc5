"""The same tables give the same bytes, whatever form they come in (design law 3)."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import attribution as at
from attribution.credit import cells
from attribution.doors.files import read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attribution.journeys.journeys import Journeys

MODELS = ["linear:per=channel", "time_decay:half_life=30d"]
AS_OF = "2026-12-31T00:00:00Z"
OPTIONS: dict[str, dict[str, Any]] = {
    "as they are": {},
    "shared when open": {
        "sharing": "open",
        "start": "previous_close",
        "lookback": "300d",
        "process": ["quote", "call"],
        "tz": "America/New_York",
        "keep": ["account_id"],
    },
}
MINUTES = 360 * 1_440
"""The random touches and closes lie in the 360 days from 2025-01-01 on."""
ID_COLUMNS = ("deal_id", "contact_id", "account_id", "touch_id")


@dataclass(frozen=True)
class Tables:
    """Three tables: pandas frames, or whatever they were made into."""

    touches: Any
    deals: Any
    contacts: Any

    def each(self, convert: Callable[[Any], Any]) -> Tables:
        return Tables(*map(convert, (self.touches, self.deals, self.contacts)))

    def built(self, **options: Any) -> Journeys:
        return at.build_journeys(
            self.touches, self.deals, contacts=self.contacts, as_of=AS_OF, **options
        )


def texts(values: Sequence[str] | Any, missing: Any = None) -> pd.Series[Any]:
    """Return a column of text, missing where ``missing`` says so."""
    column = pd.Series([str(value) for value in values], dtype="str")
    return column if missing is None else column.mask(pd.Series(missing))


def times(minutes: Any) -> pd.Series[Any]:
    """Return instants so many minutes after 2025-01-01 00:00:30 UTC."""
    start = np.datetime64("2025-01-01T00:00:30", "us")
    stamps = start + minutes.astype("timedelta64[m]")
    return pd.Series(stamps).dt.tz_localize("UTC")


@cache
def sample() -> Tables:
    """Return the shipped sample."""
    return Tables(*at.sample())


@cache
def random() -> Tables:
    """Return 2,000 deals of 600 accounts with every kind of link, tie and gap."""
    rng = np.random.default_rng(20261122)
    deals, rows, accounts = 2_000, 6_000, 600
    owner = np.concatenate([np.arange(accounts), rng.integers(0, accounts, deals)])
    owner = owner[:deals]
    account = rng.integers(0, accounts, rows)
    # Few distinct instants, so that ties are broken by id and by every label.
    minutes = rng.integers(0, 40, rows) * (MINUTES // 40)
    touches = pd.DataFrame(
        {
            "touch_id": texts(range(rows), rng.random(rows) < 0.5),
            "time": times(minutes).mask(pd.Series(rng.random(rows) < 0.01)),
            "team": texts(rng.choice(["marketing", "sales", "Sales"], rows)),
            "channel": texts(rng.choice(["email", "call", "Büro", "ads", "NA"], rows)),
            "campaign": texts(rng.integers(0, 9, rows), rng.random(rows) < 0.4),
            "rep": texts(rng.integers(0, 5, rows), rng.random(rows) < 0.4),
            "deal_id": texts([f"D{n}" for n in account], rng.random(rows) < 0.5),
            "contact_id": texts([f"C{n}" for n in account], rng.random(rows) < 0.4),
            "account_id": texts([f"A{n}" for n in account], rng.random(rows) < 0.3),
        }
    )
    currency = rng.choice(["EUR", "USD", "JPY"], deals)
    amount = [
        str(Decimal(units).scaleb(0 if code == "JPY" else -2))
        for units, code in zip(rng.integers(0, 10**7, deals), currency, strict=True)
    ]
    table = pd.DataFrame(
        {
            "deal_id": texts([f"D{n}" for n in range(deals)]),
            "account_id": texts([f"A{n}" for n in owner]),
            "amount": texts(amount),
            "currency": texts(currency),
            "outcome": texts(rng.choice(["won", "lost", "open", "Won"], deals)),
            "closed_at": times(rng.integers(MINUTES // 2, MINUTES, deals)),
            "created_at": times(rng.integers(0, MINUTES // 2, deals)),
            "segment": texts(rng.integers(0, 3, deals), rng.random(deals) < 0.2),
        }
    )
    people = pd.DataFrame(
        {"deal_id": table["deal_id"], "contact_id": texts([f"C{n}" for n in owner])}
    )
    # Twenty rows stand twice: those with a touch id are set aside.
    return Tables(
        pd.concat([touches, touches.iloc[:20]], ignore_index=True), table, people
    )


CASES: dict[str, Callable[[], Tables]] = {"sample": sample, "random": random}


@pytest.fixture(params=list(CASES))
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of each of the two data sets."""
    return str(request.param)


def bytes_of(journeys: Journeys, *, threads: int | None = None) -> bytes:
    """Return the totals, the lines and the deals as CSV."""
    credits = at.attribute(journeys, MODELS, threads=threads)
    frames = (
        credits.by("team", "channel", minor=True),
        credits.lines(personal=True),
        credits.by("segment", of="pipeline", period="month"),
        journeys.deals(),
    )
    return b"\n".join(frame.to_csv(index=False).encode() for frame in frames)


@cache
def built(name: str, options: str = "as they are") -> Journeys:
    """Return the journeys of a data set in its first form."""
    return CASES[name]().built(**OPTIONS[options])


@cache
def expected(name: str, options: str = "as they are") -> bytes:
    """Return the bytes of a data set in its first form."""
    return bytes_of(built(name, options))


def found(journeys: Journeys) -> list[bytes]:
    """Return what was reported and set aside."""
    return [
        frame.to_csv(index=False).encode()
        for frame in (journeys.issues, journeys.set_aside())
    ]


# ------------------------------------------------------------- kinds of frames


def arrow(frame: pd.DataFrame) -> Any:
    return pa.Table.from_pandas(frame, preserve_index=False)


def as_categories(frame: pd.DataFrame) -> pd.DataFrame:
    chosen = frame.select_dtypes(include=["str", "object"]).columns
    return frame.astype(dict.fromkeys(chosen, "category"))


def as_dictionaries(frame: pd.DataFrame) -> Any:
    table = arrow(frame)
    columns = [
        column.dictionary_encode() if pa.types.is_large_string(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def through_file(ending: str) -> Callable[[pd.DataFrame, Path], Any]:
    def convert(frame: pd.DataFrame, folder: Path) -> Any:
        return read_table(write_table(frame, folder / f"{frame.shape}{ending}"))

    return convert


FRAMES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas objects": lambda frame: frame.astype(object),
    "pandas categories": as_categories,
    "pandas of arrow types": lambda frame: frame.convert_dtypes(
        dtype_backend="pyarrow"
    ),
    "pandas with another index": lambda frame: frame.set_index(frame.index[::-1] * 3),
    "polars": pl.from_pandas,
    "polars lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "polars categories": lambda frame: pl.from_pandas(frame).with_columns(
        pl.selectors.string().cast(pl.Categorical)
    ),
    "pyarrow": arrow,
    "pyarrow in chunks": lambda frame: pa.concat_tables(
        [arrow(frame.iloc[:7]), arrow(frame.iloc[7:])]
    ),
    "pyarrow dictionaries": as_dictionaries,
    "duckdb": lambda frame: duckdb.from_arrow(arrow(frame)),
    "other order of columns": lambda frame: frame[frame.columns[::-1]],
}


@pytest.mark.parametrize("kind", list(FRAMES))
def test_every_kind_of_frame_gives_the_same_bytes(name: str, kind: str) -> None:
    tables = CASES[name]().each(FRAMES[kind])
    journeys = tables.built()
    assert bytes_of(journeys) == expected(name) or kind == "other order of columns"
    assert found(journeys) == found(built(name))


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet", ".json", ".jsonl"])
def test_every_kind_of_file_gives_the_same_bytes(
    name: str, ending: str, tmp_path: Path
) -> None:
    convert = through_file(ending)
    journeys = CASES[name]().each(lambda frame: convert(frame, tmp_path)).built()
    assert bytes_of(journeys) == expected(name)
    assert found(journeys) == found(built(name))

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
        for units, code in zip(
            rng.integers(0, 10**7, deals).tolist(), currency, strict=True
        )
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
        journeys.deals().sort_index(axis="columns"),
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
    assert bytes_of(journeys) == expected(name)
    assert found(journeys) == found(built(name))


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet", ".json", ".jsonl"])
def test_every_kind_of_file_gives_the_same_bytes(
    name: str, ending: str, tmp_path: Path
) -> None:
    def through_file(frame: pd.DataFrame) -> pd.DataFrame:
        file = tmp_path / f"{'_'.join(frame.columns)}{ending}"
        return read_table(write_table(frame, file))

    journeys = CASES[name]().each(through_file).built()
    assert bytes_of(journeys) == expected(name)
    assert found(journeys) == found(built(name))


# --------------------------------------------------------------- kinds of cells


def on_times(convert: Callable[[Any], Any]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return what converts the columns of times."""

    def converted(frame: pd.DataFrame) -> pd.DataFrame:
        chosen = frame.select_dtypes(include="datetimetz").columns
        return frame.assign(**{column: convert(frame[column]) for column in chosen})

    return converted


TIMES: dict[str, Callable[[Any], Any]] = {
    **{unit: lambda at, unit=unit: at.dt.as_unit(unit) for unit in ("s", "ms", "ns")},
    **{
        zone: lambda at, zone=zone: at.dt.tz_convert(zone)
        for zone in ("Asia/Kolkata", "America/New_York", "+05:30")
    },
    "objects of two zones": lambda at: (
        at.dt.tz_convert("Asia/Tokyo")
        .astype(object)
        .where(at.index % 2 == 0, at.astype(object))
    ),
    "text": lambda at: at.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "text of another zone": lambda at: at.dt.tz_convert("Asia/Kolkata").dt.strftime(
        "%Y-%m-%d %H:%M:%S+05:30"
    ),
    "categories": lambda at: at.astype("category"),
}


@pytest.mark.parametrize("kind", list(TIMES))
def test_the_same_instants_give_the_same_bytes(name: str, kind: str) -> None:
    tables = CASES[name]().each(on_times(TIMES[kind]))
    assert tables.touches["time"].dtype != CASES[name]().touches["time"].dtype
    assert bytes_of(tables.built()) == expected(name)


def test_naive_times_read_in_their_zone_give_the_same_bytes(name: str) -> None:
    # A zone without changes of the clock, so that every local time exists once.
    tables = CASES[name]().each(
        on_times(lambda at: at.dt.tz_convert("Asia/Tokyo").dt.tz_localize(None))
    )
    assert bytes_of(tables.built(tz="Asia/Tokyo")) == bytes_of(
        CASES[name]().built(tz="Asia/Tokyo")
    )


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_every_unit_of_every_library_gives_the_same_bytes(
    library: str, unit: str
) -> None:
    if library == "polars" and unit == "s":
        unit = "ms"
    tables = random().each(on_times(lambda at: at.dt.as_unit(unit))).each(arrow)
    if library == "polars":
        tables = tables.each(pl.from_arrow)
    assert bytes_of(tables.built()) == expected("random")


AMOUNTS: dict[str, Callable[[Any], Any]] = {
    "decimals": lambda amount: amount.map(Decimal, na_action="ignore").astype(object),
    "floats": lambda amount: amount.astype(float),
    "noisy floats": lambda amount: amount.astype(float) * 1.1 / 1.1,
    "arrow decimals": lambda amount: amount.map(Decimal, na_action="ignore").astype(
        pd.ArrowDtype(pa.decimal128(20, 2))
    ),
    "text of more digits": lambda amount: "  " + amount + "e0",
}


@pytest.mark.parametrize("kind", list(AMOUNTS))
def test_the_same_amounts_give_the_same_bytes(name: str, kind: str) -> None:
    tables = CASES[name]()
    deals = tables.deals.assign(amount=AMOUNTS[kind](tables.deals["amount"]))
    assert not deals["amount"].equals(tables.deals["amount"])
    again = Tables(tables.touches, deals, tables.contacts)
    assert bytes_of(again.built()) == expected(name)


@pytest.mark.parametrize("dtype", ["int32", "uint16", "float32", "Int64", "str"])
def test_whole_amounts_of_any_type_give_the_same_bytes(dtype: str) -> None:
    tables = random()
    whole = pd.Series(np.arange(len(tables.deals)) * 17, dtype="int64")

    def of(amount: pd.Series[Any]) -> bytes:
        deals = tables.deals.assign(amount=amount)
        return bytes_of(Tables(tables.touches, deals, tables.contacts).built())

    assert of(whole.astype(dtype)) == of(whole)


def numbered(tables: Tables, dtype: str) -> Tables:
    """Return the tables with every id a whole number of this type."""
    frames = (tables.touches, tables.deals, tables.contacts)
    families = {
        column: pd.Index(
            sorted({one for f in frames if column in f for one in f[column].dropna()})
        )
        for column in ID_COLUMNS
    }

    def convert(frame: pd.DataFrame) -> pd.DataFrame:
        codes = {
            column: pd.Series(labels.get_indexer(frame[column]), dtype="Int64")
            for column, labels in families.items()
            if column in frame
        }
        return frame.assign(
            **{name: code.mask(code < 0).astype(dtype) for name, code in codes.items()}
        )

    return tables.each(convert)


@cache
def expected_of_numbers(name: str) -> bytes:
    return bytes_of(numbered(CASES[name](), "Int64").built())


@pytest.mark.parametrize("dtype", ["Int32", "UInt16", "object", "int32[pyarrow]"])
def test_ids_of_any_whole_type_give_the_same_bytes(name: str, dtype: str) -> None:
    tables = numbered(CASES[name](), dtype)
    assert bytes_of(tables.built()) == expected_of_numbers(name)


@pytest.mark.parametrize("dtype", ["Int32", "Int64"])
def test_whole_ids_of_polars_give_the_same_bytes(name: str, dtype: str) -> None:
    tables = numbered(CASES[name](), dtype).each(pl.from_pandas)
    assert bytes_of(tables.built()) == expected_of_numbers(name)


# ------------------------------------------------- order, parts, blocks, threads


@pytest.mark.parametrize("options", list(OPTIONS))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_of_rows_gives_the_same_bytes(
    name: str, seed: int, options: str
) -> None:
    tables = CASES[name]().each(
        lambda frame: frame.sample(frac=1, random_state=seed, ignore_index=True)
    )
    journeys = tables.built(**OPTIONS[options])
    assert bytes_of(journeys) == expected(name, options)


def parts_of(tables: Tables, count: int) -> list[Tables]:
    """Return the tables cut into parts of whole accounts."""
    owner = dict(zip(tables.deals["deal_id"], tables.deals["account_id"], strict=True))
    people = {
        person: owner[deal]
        for deal, person in zip(
            tables.contacts["deal_id"], tables.contacts["contact_id"], strict=True
        )
        if deal in owner
    }

    def part(account: Any) -> int:
        return zlib.crc32(str(account).encode()) % count

    touches = tables.touches
    account = touches["deal_id"].map(owner)
    account = account.fillna(touches["contact_id"].map(people))
    of_touch = account.fillna(touches["account_id"]).map(part)
    of_deal = tables.deals["account_id"].map(part)
    of_contact = tables.contacts["deal_id"].map(owner).map(part)
    return [
        Tables(
            touches[of_touch == number],
            tables.deals[of_deal == number],
            tables.contacts[of_contact == number],
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("options", list(OPTIONS))
@pytest.mark.parametrize("count", [1, 2, 7])
def test_any_number_of_parts_gives_the_same_bytes(
    name: str, count: int, options: str
) -> None:
    parts = [part.built(**OPTIONS[options]) for part in parts_of(CASES[name](), count)]
    assert len([part for part in parts if len(part)]) == count
    whole = at.concat(parts)
    assert bytes_of(whole) == expected(name, options)
    assert bytes_of(at.concat(parts[::-1])) == expected(name, options)
    assert len(whole.set_aside()) == len(built(name, options).set_aside())


@pytest.mark.parametrize("block", [1, 50, 999])
@pytest.mark.parametrize("threads", [1, 4, None])
def test_any_number_of_threads_and_blocks_gives_the_same_bytes(
    name: str, threads: int | None, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    journeys = built(name)
    whole = expected(name)
    if block == 1 and name == "random":
        block = 3
    monkeypatch.setattr(cells, "BLOCK", block)
    journeys.memo.clear()
    assert len(cells.spans(journeys, "pipeline")) > 1
    assert bytes_of(journeys, threads=threads) == whole


@pytest.mark.parametrize("seed", ["0", "1"])
def test_another_process_gives_the_same_bytes(seed: str) -> None:
    program = (
        "import test_doors_agree as t, zlib;"
        "print(zlib.crc32(t.expected('sample', 'shared when open')))"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        "PYTHONHASHSEED": seed,
    }
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    assert int(result.stdout) == zlib.crc32(expected("sample", "shared when open"))


def test_selecting_deals_gives_the_bytes_of_those_deals(name: str) -> None:
    journeys = built(name)
    mask = np.arange(len(journeys)) % 3 == 0
    lines = at.attribute(journeys, MODELS).lines()
    chosen = lines[lines["deal_id"].isin(journeys.deal_id[mask])]
    alone = at.attribute(journeys.select(mask), MODELS).lines()
    assert alone.to_csv(index=False) == chosen.to_csv(index=False)

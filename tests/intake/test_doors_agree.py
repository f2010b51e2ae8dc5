"""The same tables give the same bytes, whatever form they come in (design law 3)."""

from __future__ import annotations

import io
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
import sample_at_hand
from pyarrow import csv

import attribution as at
from attribution.credit import cells
from attribution.doors.files import read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attribution.journeys.journeys import Journeys

MODELS = ["linear:per=channel", "time_decay:half_life=30d"]
AS_OF = "2026-12-31T00:00:00Z"
OPTIONS: dict[str, dict[str, Any]] = {
    "as they are": {},
    "shared when open": {
        "sharing": "open", "start": "previous_close", "lookback": "300d",
        "process": ["quote", "call"], "tz": "America/New_York",
    },
}  # fmt: skip
MINUTES = 360 * 1_440
"""The random touches and closes lie in the 360 days from 2025-01-01 on."""
ID_COLUMNS = ("deal_id", "contact_id", "account_id", "touch_id")


@dataclass(frozen=True)
class Tables:
    touches: Any
    deals: Any
    contacts: Any

    def each(self, convert: Callable[[Any], Any]) -> Tables:
        return Tables(*map(convert, (self.touches, self.deals, self.contacts)))

    def built(self, **options: Any) -> Journeys:
        return at.build_journeys(
            self.touches, self.deals, contacts=self.contacts, as_of=AS_OF, **options
        )


def texts(values: Iterable[Any], missing: Any = False) -> pd.Series[Any]:
    """Return a column of text, missing where ``missing`` says so."""
    column = pd.Series([str(value) for value in values], dtype="str")
    return column.mask(np.broadcast_to(missing, len(column)))


def times(minutes: Any) -> pd.Series[Any]:
    """Return instants so many minutes after 2025-01-01 00:00:30 UTC."""
    start = np.datetime64("2025-01-01T00:00:30", "us")
    stamps = start + minutes.astype("timedelta64[m]")
    return pd.Series(stamps).dt.tz_localize("UTC")


@cache
def sample() -> Tables:
    """Return the shipped sample with short ids, instants for texts, plain links."""
    touches, deals, contacts = sample_at_hand.sample()
    links = ["lead_id", "lead_deal_id", "person_account_id"]
    stamps = [name for name in deals if name.endswith("_at")]
    tables = Tables(
        touches.drop(columns=links).assign(time=instants(touches["time"])),
        deals.assign(**{name: instants(deals[name]) for name in stamps}),
        contacts,
    )
    return tables.each(shortened)


def shortened(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the number in each id of Salesforce for the id."""
    number = (r"^.{3}Sm0*(\d+).{3}$", r"N-\1")
    chosen = [column for column in ID_COLUMNS if column in frame]
    return frame.assign(
        **{name: frame[name].str.replace(*number, regex=True) for name in chosen}
    )


def instants(column: Any) -> Any:
    """Return ISO texts as instants, days as their midnight."""
    return pd.to_datetime(column, format="ISO8601", utc=True).dt.as_unit("us")


@cache
def random() -> Tables:
    """Return 500 deals of 150 accounts with every kind of link, tie and gap."""
    rng = np.random.default_rng(20261122)
    size, rows, accounts = 500, 1_500, 150
    owner = np.append(np.arange(accounts), rng.integers(0, accounts, size - accounts))
    account = rng.integers(0, accounts, rows)

    def gaps(share: float) -> Any:
        return rng.random(rows) < share

    # Few distinct instants, so that ties are broken by id and by every label.
    columns = {
        "touch_id": texts(range(rows), gaps(0.5)),
        "time": times(rng.integers(0, 40, rows) * (MINUTES // 40)).mask(gaps(0.01)),
        "team": texts(rng.choice(["marketing", "sales", "Sales"], rows)),
        "channel": texts(rng.choice(["email", "call", "Büro", "ads", "NA"], rows)),
        "campaign": texts(rng.integers(0, 9, rows), gaps(0.4)),
        "rep": texts(rng.integers(0, 5, rows), gaps(0.4)),
        "deal_id": texts([f"D{n}" for n in account], gaps(0.5)),
        "contact_id": texts([f"C{n}" for n in account], gaps(0.4)),
        "account_id": texts([f"A{n}" for n in account], gaps(0.3)),
    }
    touches = pd.DataFrame(columns)
    currency = rng.choice(["EUR", "USD", "JPY"], size)
    minor = [Decimal(units) for units in rng.integers(0, 10**7, size).tolist()]
    deals = pd.DataFrame(
        {
            "deal_id": texts([f"D{n}" for n in range(size)]),
            "account_id": texts([f"A{n}" for n in owner]),
            "amount": texts(
                units.scaleb(0 if code == "JPY" else -2)
                for units, code in zip(minor, currency, strict=True)
            ),
            "currency": texts(currency),
            "outcome": texts(rng.choice(["won", "lost", "open", "Won"], size)),
            "closed_at": times(rng.integers(MINUTES // 2, MINUTES, size)),
            "created_at": times(rng.integers(0, MINUTES // 2, size)),
            "deal_type": texts(rng.integers(0, 3, size), rng.random(size) < 0.2),
        }
    )
    people = {"contact_id": texts([f"C{n}" for n in owner])}
    # Twenty rows stand twice: those with a touch id are set aside.
    touches = pd.concat([touches, touches.iloc[:20]], ignore_index=True)
    return Tables(touches, deals, deals[["deal_id"]].assign(**people))


CASES: dict[str, Callable[[], Tables]] = {"sample": sample, "random": random}


def over(kinds: Iterable[Any], *quick: object) -> list[Any]:
    """Return (data set, kind) for all: one set is quick, the random for some kinds."""
    marks = {True: [], False: [pytest.mark.slow]}
    return [
        pytest.param(name, kind, marks=marks[(name == "random") == (kind in quick)])
        for name in CASES
        for kind in kinds
    ]


def bytes_of(journeys: Journeys, *, threads: int | None = None) -> bytes:
    """Return the totals, the lines and the deals as CSV."""
    credits = at.attribute(journeys, MODELS, threads=threads)
    totals = credits.by("team", "channel", minor=True)
    by_month = credits.by("deal_type", of="pipeline", period="month")
    deals = journeys.deals().sort_index(axis="columns")
    frames = (totals, by_month, credits.lines(personal=True), deals)
    return b"\n".join(map(as_csv, frames))


def as_csv(frame: pd.DataFrame) -> bytes:
    """Return a frame as CSV; Arrow writes floats as their shortest decimals."""
    target = io.BytesIO()
    csv.write_csv(arrow(frame), target)
    return target.getvalue()


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
    return [as_csv(journeys.issues), as_csv(journeys.set_aside())]


def arrow(frame: pd.DataFrame) -> Any:
    return pa.Table.from_pandas(frame, preserve_index=False)


def as_categories(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(dict.fromkeys(frame.select_dtypes("str").columns, "category"))


def on_times(convert: Callable[[Any], Any]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return what converts the columns of times."""

    def converted(frame: pd.DataFrame) -> pd.DataFrame:
        chosen = frame.select_dtypes(include="datetimetz").columns
        return frame.assign(**{column: convert(frame[column]) for column in chosen})

    return converted


in_seconds = on_times(lambda at: at.dt.as_unit("s"))
in_nanoseconds = on_times(lambda at: at.dt.as_unit("ns"))

FRAMES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas objects": lambda frame: frame.astype(object),
    "pandas categories": as_categories,
    "pandas of arrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
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
    "polars in ns": lambda frame: pl.from_pandas(in_nanoseconds(frame)),
    "pyarrow in s": lambda frame: arrow(in_seconds(frame)),
    "pyarrow dictionaries": lambda frame: arrow(as_categories(frame)),
    "duckdb": lambda frame: duckdb.from_arrow(arrow(frame)),
    "other order of columns": lambda frame: frame[frame.columns[::-1]],
}


@pytest.mark.parametrize(
    ("name", "kind"),
    over(FRAMES, "pandas categories", "polars lazy", "pyarrow in chunks", "duckdb"),
)
def test_every_kind_of_frame_gives_the_same_bytes(name: str, kind: str) -> None:
    journeys = CASES[name]().each(FRAMES[kind]).built()
    assert bytes_of(journeys) == expected(name)
    assert found(journeys) == found(built(name))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "ending"),
    over([".csv", ".csv.gz", ".parquet", ".json", ".jsonl"], ".csv", ".parquet"),
)
def test_every_kind_of_file_gives_the_same_bytes(
    name: str, ending: str, tmp_path: Path
) -> None:
    def through_file(frame: pd.DataFrame) -> pd.DataFrame:
        file = tmp_path / f"{'_'.join(frame.columns)}{ending}"
        return read_table(write_table(frame, file))

    journeys = CASES[name]().each(through_file).built()
    assert bytes_of(journeys) == expected(name)
    assert found(journeys) == found(built(name))


TIMES: dict[str, Callable[[Any], Any]] = {
    "s": lambda at: at.dt.as_unit("s"),
    "ms": lambda at: at.dt.as_unit("ms"),
    "ns": lambda at: at.dt.as_unit("ns"),
    "Asia/Kolkata": lambda at: at.dt.tz_convert("Asia/Kolkata"),
    "America/New_York": lambda at: at.dt.tz_convert("America/New_York"),
    "objects of two zones": lambda at: at.astype(object).mask(
        at.index % 2 == 0, at.dt.tz_convert("Asia/Tokyo").astype(object)
    ),
    "text": lambda at: at.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "text with a space": lambda at: at.dt.strftime("%Y-%m-%d %H:%M:%S+00:00"),
    "categories": lambda at: at.astype("category"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind"), over(TIMES, "s", "ns", "Asia/Kolkata", "text")
)
def test_the_same_instants_give_the_same_bytes(name: str, kind: str) -> None:
    tables = CASES[name]().each(on_times(TIMES[kind]))
    assert tables.touches["time"].dtype != CASES[name]().touches["time"].dtype
    assert bytes_of(tables.built()) == expected(name)


@pytest.mark.slow
def test_naive_times_read_in_their_zone_give_the_same_bytes() -> None:
    # A zone without changes of the clock, so that every local time exists once.
    tables = sample().each(
        on_times(lambda at: at.dt.tz_convert("Asia/Tokyo").dt.tz_localize(None))
    )
    assert bytes_of(tables.built(tz="Asia/Tokyo")) == bytes_of(
        sample().built(tz="Asia/Tokyo")
    )


AMOUNTS: dict[str, Callable[[Any], Any]] = {
    "text": lambda amount: pd.Series(amount, dtype="str"),
    "padded text": lambda amount: pd.Series(amount, dtype="str").add("e0 "),
    "decimals": lambda amount: amount.map(Decimal, na_action="ignore"),
    "floats": lambda amount: amount.astype(float),
    "noisy floats": lambda amount: amount.astype(float) * 1.1 / 1.1,
    "arrow decimals": lambda amount: amount.map(Decimal, na_action="ignore").astype(
        pd.ArrowDtype(pa.decimal128(20, 2))
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), over(AMOUNTS, "decimals", "noisy floats"))
def test_the_same_amounts_give_the_same_bytes(name: str, kind: str) -> None:
    tables = CASES[name]()
    exact = tables.deals["amount"].astype(object).map(str, na_action="ignore")
    deals = tables.deals.assign(amount=AMOUNTS[kind](exact))
    again = Tables(tables.touches, deals, tables.contacts)
    assert bytes_of(again.built()) == expected(name)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int32", "float32", "Int64", "str"])
def test_whole_amounts_of_any_type_give_the_same_bytes(dtype: str) -> None:
    tables = sample()
    whole = pd.Series(np.arange(len(tables.deals)) * 17, dtype="int64")

    def of(amount: pd.Series[Any]) -> bytes:
        deals = tables.deals.assign(amount=amount)
        return bytes_of(Tables(tables.touches, deals, tables.contacts).built())

    assert of(whole.astype(dtype)) == of(whole)


def numbered(tables: Tables, dtype: str) -> Tables:
    """Return the tables with the digits of each id as a number of this type."""

    def convert(frame: pd.DataFrame) -> pd.DataFrame:
        chosen = [column for column in ID_COLUMNS if column in frame]
        digits = {column: frame[column].str.extract(r"(\d+)")[0] for column in chosen}
        return frame.assign(
            **{name: one.astype("Int64").astype(dtype) for name, one in digits.items()}
        )

    return tables.each(convert)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "dtype"), over(["Int32", "UInt16", "object", "int32[pyarrow]"], "Int32")
)
def test_ids_of_any_whole_type_give_the_same_bytes(name: str, dtype: str) -> None:
    tables = numbered(CASES[name](), dtype)
    whole = bytes_of(numbered(CASES[name](), "Int64").built())
    assert bytes_of(tables.built()) == whole
    if dtype != "object":
        assert bytes_of(tables.each(pl.from_pandas).built()) == whole


@pytest.mark.parametrize("options", list(OPTIONS))
@pytest.mark.parametrize(("name", "seed"), over([1, 2, 3], 1))
def test_any_order_of_rows_gives_the_same_bytes(
    name: str, seed: int, options: str
) -> None:
    tables = CASES[name]().each(
        lambda frame: frame.sample(frac=1, random_state=seed, ignore_index=True)
    )
    assert bytes_of(tables.built(**OPTIONS[options])) == expected(name, options)


def parts_of(tables: Tables, count: int) -> list[Tables]:
    """Return the tables cut into parts of whole accounts."""
    touches, deals, contacts = tables.touches, tables.deals, tables.contacts
    owner = deals.set_index("deal_id")["account_id"]
    person = contacts.drop_duplicates("contact_id").set_index("contact_id")["deal_id"]
    linked = touches["deal_id"].map(owner)
    linked = linked.fillna(touches["contact_id"].map(person.map(owner)))
    accounts = (
        linked.fillna(touches["account_id"]),
        deals["account_id"],
        contacts["deal_id"].map(owner),
    )
    own = [
        account.map(lambda one: zlib.crc32(str(one).encode()) % count)
        for account in accounts
    ]
    frames = (touches, deals, contacts)
    return [
        Tables(*(frame[part == at] for frame, part in zip(frames, own, strict=True)))
        for at in range(count)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("options", list(OPTIONS))
@pytest.mark.parametrize(("name", "count"), over([1, 7], 7))
def test_any_number_of_parts_gives_the_same_bytes(
    name: str, count: int, options: str
) -> None:
    parts = [part.built(**OPTIONS[options]) for part in parts_of(CASES[name](), count)]
    assert len([part for part in parts if len(part)]) == count
    assert bytes_of(at.concat(parts)) == expected(name, options)
    whole = at.concat(parts[::-1])
    assert bytes_of(whole) == expected(name, options)
    assert len(whole.set_aside()) == len(built(name, options).set_aside())


@pytest.mark.parametrize("block", [9, 100])
@pytest.mark.parametrize("threads", [1, 4])
def test_any_number_of_threads_and_blocks_gives_the_same_bytes(
    threads: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = expected("random")
    monkeypatch.setattr(cells, "BLOCK", block)
    monkeypatch.setattr(cells, "WIDE", block)
    own = cells.cells_of(built("random"), ("channel",), "won", None)
    assert min(len(own.spans(wide=wide)) for wide in (False, True)) > 1
    assert bytes_of(random().built(), threads=threads) == whole


@pytest.mark.slow
def test_another_process_gives_the_same_bytes() -> None:
    program = "import test_doors_agree as t; print(t.zlib.crc32(t.expected('sample')))"
    here = Path(__file__).parent
    environment = {
        **os.environ, "PYTHONHASHSEED": "20261122", "PYTHONPATH": str(here.parent)
    }  # fmt: skip
    found = subprocess.check_output(
        [sys.executable, "-c", program], cwd=here, env=environment
    )
    assert int(found) == zlib.crc32(expected("sample"))

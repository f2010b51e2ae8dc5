"""Tables that are no tables, lack columns or hold what no column may hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from bad_input.catalogue import (
    CATALOGUE,
    built,
    check_fault,
    check_shape,
    deals,
    instants,
    only,
    refused,
    set_aside,
    told,
    touches,
)

import attribution as at
import attribution.errors

PACKAGE = Path(attribution.errors.__file__).parent
CODE = re.compile(r'"([A-Z]\d{2})"')
ELSEWHERE = re.compile(r"F|G|W01|S11|L06|M1[34]|P12")
"""Codes of files, of coalition games and of learned models: tested beside those."""


def emitted() -> set[str]:
    """Return the codes that stand in the sources of the package."""
    return {
        code
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "errors.py"
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }


def test_every_code_of_the_sources_stands_in_the_catalogue_and_no_other() -> None:
    known = {row.code for row in CATALOGUE}
    given = {row.code for row in CATALOGUE if row.result != "ok"}
    assert emitted() - known == set()
    assert given - emitted() == set()


def test_every_code_of_the_catalogue_has_a_test_that_names_it() -> None:
    files = Path(__file__).parent.glob("test_*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    tested = set(re.findall(r"^def test_([A-Z]\d{2})_", text, re.MULTILINE))
    known = {row.code for row in CATALOGUE}
    assert {code for code in known if not ELSEWHERE.match(code)} == tested


def test_no_row_of_the_catalogue_stands_twice() -> None:
    rows = [(row.code, row.given) for row in CATALOGUE]
    assert len(rows) == len(set(rows))
    assert all(row.sentence for row in CATALOGUE)


def test_sound_tables_are_read_without_a_word() -> None:
    journeys = built()
    assert told(journeys) == []
    assert set_aside(journeys) == []
    credits = at.attribute(journeys, "linear").by("channel", minor=True)
    assert credits["revenue_minor"].tolist() == [5000, 5000]


# ---------------------------------------------------------------- whole tables

REQUIRED = {
    "touches": ["time", "channel", "team"],
    "deals": ["deal_id", "amount", "outcome", "closed_at"],
    "contacts": ["deal_id", "contact_id"],
}


def contacts(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"deal_id": ["d1"], "contact_id": ["c1"], **columns})


@pytest.mark.parametrize(
    ("table", "column"),
    [(name, one) for name, all_ in REQUIRED.items() for one in all_],
)
def test_S01_a_missing_column_is_named_with_the_nearest(
    table: str, column: str
) -> None:
    tables = {"touches": touches(), "deals": deals(), "contacts": contacts()}
    misspelt = column[:-2] + column[-1]
    tables[table] = tables[table].rename(columns={column: misspelt})
    error = refused(tables["touches"], tables["deals"], contacts=tables["contacts"])
    fault = only(error)
    assert (fault.code, fault.table) == ("S01", table)
    assert fault.column.split(" or ")[0] == column
    assert f"Did you mean {misspelt!r}?" in fault.remedy
    assert f'columns={{"{table}": {{"{column}": ' in fault.remedy


def test_S01_touches_need_one_link() -> None:
    fault = only(refused(touches(deal_id=None)))
    assert (fault.code, fault.table) == ("S01", "touches")
    assert fault.column.split(" or ") == [
        "deal_id", "contact_id", "lead_deal_id", "person_account_id", "account_id",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"columns": {"deals": {"amount": "Amont"}}}, ("deals", "amount")),
        ({"columns": {"amount": "Amont"}}, ("columns", "amount")),
        ({"columns": {"touches": {"chanel": "channel"}}}, ("touches", "chanel")),
        ({"columns": {"deal": {"amount": "amount"}}}, ("columns", "deal")),
        ({"columns": {"amount": 7}}, ("columns", "amount")),
        ({"keep": ["campain"]}, ("touches", "campain")),
        ({"days": ["time", "closd_at"]}, ("", "closd_at")),
        ({"sharing": "open"}, ("deals", "created_at")),
    ],
)
def test_S01_a_column_that_an_option_names_must_be_there(
    options: dict[str, Any], where: tuple[str, str]
) -> None:
    error = refused(touches(campaign=["a", "b", "c"]), **options)
    check_fault(error, "S01", where)


def test_S01_sharing_open_names_the_deals_without_creation() -> None:
    created = instants("2026-01-01T01:00:00Z", None, None)
    error = refused(None, deals(created_at=created), sharing="open")
    check_fault(error, "S01", ("deals", "created_at"), rows=[1, 2])


def test_S01_a_frame_of_paths_names_all_that_it_lacks() -> None:
    frame = pd.DataFrame({"pth": ["a > b"], "won": [1]})
    with pytest.raises(at.InputError) as caught:
        at.journeys_from_paths(frame, wins="wins", revenue="money")
    check_shape(caught.value)
    assert [(one.code, one.column) for one in caught.value.issues] == [
        ("S01", "path"),
        ("S01", "wins"),
        ("S01", "revenue"),
    ]


@pytest.mark.parametrize("name", [0, None, ("a", "b"), pd.Timestamp("2026-01-01")])
def test_S01_names_of_further_columns_need_not_be_text(name: Any) -> None:
    table = deals()
    table[name] = [1, 2, 3]
    assert told(built(None, table)) == []


def test_S02_column_names_twice_are_named() -> None:
    table = touches().rename(columns={"team": "channel"})
    check_fault(refused(table), "S02", ("touches", "channel"))
    columns = [pa.array(["d1"]), pa.array([1.0]), pa.array([2.0])]
    arrow = pa.table(columns, names=["deal_id", "amount", "amount"])
    check_fault(refused(None, arrow), "S02", ("deals", "amount"))


@pytest.mark.parametrize("kind", ["typed", "objects", "polars"])
def test_S03_without_touches_every_deal_is_unattributed(kind: str) -> None:
    empty: Any = touches().iloc[:0]
    if kind == "objects":
        empty = pd.DataFrame({name: [] for name in empty})
    if kind == "polars":
        empty = pl.from_pandas(empty)
    journeys = built(empty)
    assert told(journeys) == []
    found = at.attribute(journeys, "linear").by("channel", of="pipeline", minor=True)
    assert found["channel"].tolist() == ["(unattributed: no touch linked)"]
    assert found["revenue_minor"].tolist() == [15_750]


@pytest.mark.parametrize("options", [{}, {"minor": True}, {"period": "month"}])
@pytest.mark.parametrize("kind", ["typed", "objects"])
def test_S04_without_deals_credits_are_empty_of_the_right_dtypes(
    kind: str, options: dict[str, Any]
) -> None:
    empty = deals().iloc[:0]
    if kind == "objects":
        empty = pd.DataFrame({name: [] for name in empty})
    journeys = built(None, empty)
    assert len(journeys) == 0
    found = at.attribute(journeys, "linear")
    whole = at.attribute(built(), "linear")
    by, lines = found.by("team", "channel", **options), found.lines()
    assert (len(by), len(lines)) == (0, 0)
    assert by.dtypes.equals(whole.by("team", "channel", **options).dtypes)
    assert lines.dtypes.equals(whole.lines().dtypes)
    assert journeys.deals().dtypes.equals(built().deals().dtypes)
    assert set_aside(journeys) == [("touches", row, "J01") for row in range(3)]


RECORDS = deals().to_records(index=False)
NO_FRAMES = [
    None,
    [],
    {"a": [1]},
    RECORDS,
    "deals.csv",
    7,
    deals()["amount"],
    pl.DataFrame,
]


@pytest.mark.parametrize("given", NO_FRAMES, ids=lambda one: type(one).__name__)
def test_S05_what_is_no_frame_is_a_TypeError_too(given: object) -> None:
    if given is None:
        with pytest.raises(at.InputError) as caught:
            at.build_journeys(None, deals())
        error = caught.value
    else:
        error = refused(given)
    assert isinstance(error, TypeError)
    fault = check_fault(error, "S05", ("touches", ""))
    assert "pandas, Polars, PyArrow or DuckDB" in fault.remedy


def test_S05_every_table_that_is_no_frame_is_named_with_the_faults_of_the_others() -> (
    None
):
    error = refused([], deals().drop(columns="amount"), contacts=7)
    found = [(one.code, one.table) for one in error.issues]
    assert sorted(found) == [("S01", "deals"), ("S05", "contacts"), ("S05", "touches")]
    assert isinstance(error, TypeError)


@pytest.mark.parametrize("given", [None, "a > b", 7, {"a": 1}, {"a > b", "c"}])
def test_S05_paths_are_a_sequence_or_a_frame(given: object) -> None:
    with pytest.raises(TypeError) as caught:
        at.journeys_from_paths(given, wins=[1])
    assert isinstance(caught.value, at.InputError)
    check_fault(caught.value, "S05", ("paths", "path"))


class Named(pd.DataFrame):  # type: ignore[misc]
    """A frame of another package, as geopandas has them."""


def test_S05_a_subclass_of_a_pandas_frame_is_a_frame() -> None:
    assert len(built(Named(touches()), Named(deals()))) == 3


class Spark:
    """Looks like a Spark frame."""

    columns = ("deal_id", "amount")


Spark.__module__ = "pyspark.sql.classic.dataframe"


def test_S06_a_spark_frame_is_to_be_collected_first() -> None:
    fault = check_fault(refused(Spark()), "S06", ("touches", ""))
    assert "toArrow" in fault.remedy


def test_S07_column_names_of_several_levels_are_refused() -> None:
    table = pd.concat({"crm": deals()}, axis="columns")
    check_fault(refused(None, table), "S07", ("deals", ""))


NESTED: dict[str, Any] = {
    "list": [None, ["a"], "c"],
    "dict": [None, {"a": 1}, "c"],
    "bytes": [None, b"a", "c"],
    "tuple": [None, ("a", "b"), "c"],
    "object": [None, object(), "c"],
}


@pytest.mark.parametrize("column", ["channel", "team", "rep", "campaign", "source"])
@pytest.mark.parametrize("kind", list(NESTED))
def test_S08_nested_values_in_a_label_are_named_by_row_and_type(
    kind: str, column: str
) -> None:
    values = pd.Series(NESTED[kind], dtype=object)
    keep = ["source"] if column == "source" else []
    error = refused(touches(**{column: values}), keep=keep)
    [fault] = [one for one in error.issues if one.code == "S08"]
    assert (fault.table, fault.column, fault.rows) == ("touches", column, (1,))
    assert kind in fault.what


@pytest.mark.parametrize("column", ["channel", "team", "rep"])
def test_S08_floats_are_no_labels(column: str) -> None:
    error = refused(touches(**{column: [1.5, 2.0, 2.5]}))
    assert "S08" in {one.code for one in error.issues}


@pytest.mark.parametrize("column", ["deal_id", "touch_id", "contact_id", "account_id"])
def test_S08_nested_values_in_an_id_are_named_by_row(column: str) -> None:
    values = pd.Series(["d1", ["d1"], "d2"], dtype=object)
    fault = only(refused(touches(**{column: values})))
    assert (fault.code, fault.column, fault.rows) == ("S08", column, (1,))


def test_S08_nested_values_of_polars_and_arrow_are_named_by_type() -> None:
    table = pl.from_pandas(touches())
    fault = only(refused(table.with_columns(channel=pl.struct("team"))))
    assert (fault.code, fault.column) == ("S08", "channel")
    assert "Struct" in fault.what
    arrow = pa.Table.from_pandas(touches(), preserve_index=False)
    at_column = arrow.column_names.index("channel")
    lists = pa.array([["a"], None, ["b"]])
    fault = only(refused(arrow.set_column(at_column, "channel", lists)))
    assert (fault.code, fault.column) == ("S08", "channel")
    assert "List" in fault.what


@pytest.mark.parametrize("bad", [7, None, b"a > b", ["a", ["b"]], ["a", 7]])
def test_S08_a_path_that_is_no_path_is_named_by_its_row(bad: object) -> None:
    with pytest.raises(at.InputError) as caught:
        at.journeys_from_paths(["a > b > c", "d", bad], wins=[1, 1, 1])
    check_fault(caught.value, "S08", ("paths", "path"), rows=[2])


def test_S09_paths_and_their_figures_are_as_many() -> None:
    with pytest.raises(at.InputError) as caught:
        at.journeys_from_paths(["a", "b"], wins=[1], losses=[1, 2], revenue=[1, 2, 3])
    check_shape(caught.value)
    assert [(one.code, one.column) for one in caught.value.issues] == [
        ("S09", "wins"),
        ("S09", "revenue"),
    ]

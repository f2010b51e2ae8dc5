"""Ids that are missing, stand twice, or are of another type."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from bad_input.catalogue import (
    built,
    check_fault,
    deals,
    instants,
    only,
    refused,
    set_aside,
    told,
    touches,
)

import attribution as at
from attribution.doors.files import read_table

if TYPE_CHECKING:
    from pathlib import Path


def objects(*values: object) -> pd.Series[Any]:
    return pd.Series(values, dtype=object)


@pytest.mark.parametrize("missing", [None, ""])
def test_I01_a_deal_without_an_id_is_named_by_its_row(missing: str | None) -> None:
    error = refused(None, deals(deal_id=["d1", missing, missing]))
    check_fault(error, "I01", ("deals", "deal_id"), rows=[1, 2])


def test_I02_a_touch_without_any_link_is_set_aside() -> None:
    journeys = built(touches(deal_id=["d1", None, "d2"]))
    assert told(journeys) == [("I02", "set aside", "touches", "deal_id", 1)]
    assert set_aside(journeys) == [("touches", 1, "I02")]


def test_I02_a_touch_with_another_link_is_not() -> None:
    table = touches(deal_id=["d1", None, "d2"], account_id=["a", "a", None])
    journeys = built(table, deals(account_id=["a", None, None]))
    assert told(journeys) == [
        ("K01", "note", "touches", "deal_id", 2),
        ("K01", "note", "touches", "account_id", 1),
    ]
    assert journeys.deals()["touches"].tolist() == [2, 1, 0]


def test_I03_a_deal_twice_in_equal_rows_is_kept_once() -> None:
    table = pd.concat([deals(), deals().iloc[[1, 0]]])
    journeys = built(None, table)
    assert told(journeys) == [("I03", "set aside", "deals", "deal_id", 2)]
    assert set_aside(journeys) == [("deals", 3, "I03"), ("deals", 4, "I03")]
    assert journeys.deals()["deal_id"].tolist() == ["d1", "d2", "d3"]


@pytest.mark.parametrize(
    "change",
    [
        {"amount": [100.01]},
        {"outcome": ["lost"]},
        {"closed_at": instants("2026-02-01T10:00:01Z")},
        {"currency": ["USD"]},
        {"segment": ["b"]},
    ],
    ids=lambda one: next(iter(one)),
)
def test_I04_a_deal_twice_in_rows_that_differ_is_an_error(
    change: dict[str, Any],
) -> None:
    table = deals(segment=["a", "a", "a"])
    twin = table.iloc[[0]].assign(**{k: list(v) for k, v in change.items()})
    error = refused(None, pd.concat([table, twin], ignore_index=True))
    fault = check_fault(error, "I04", ("deals", "deal_id"), rows=[3])
    assert "join" in fault.remedy


def test_I04_a_deal_in_two_parts_is_an_error() -> None:
    with pytest.raises(at.InputError) as caught:
        at.concat([built(), built()])
    fault = only(caught.value)
    assert (fault.code, fault.table, fault.column) == ("I04", "deals", "deal_id")
    assert fault.count == 3


def test_I05_ids_integers_here_and_text_there_are_never_coerced() -> None:
    error = refused(touches(deal_id=[1, 1, 2]), deals(deal_id=["1", "2", "3"]))
    fault = check_fault(error, "I05", ("deals", "deal_id"))
    assert "touches.deal_id" in fault.what


def test_I05_holds_for_every_link_and_names_each() -> None:
    table = touches(deal_id=None, contact_id=[1, 2, 3], account_id=["a", "b", "c"])
    book = deals(account_id=[1, 2, 3])
    people = pd.DataFrame({"deal_id": ["d1"], "contact_id": ["x"]})
    error = refused(table, book, contacts=people)
    found = [(one.code, one.table, one.column) for one in error.issues]
    assert found == [
        ("I05", "contacts", "contact_id"),
        ("I05", "touches", "account_id"),
    ]


@pytest.mark.parametrize(
    "values",
    [
        [1.0, None, 2.0],
        pd.array([1.0, None, 2.0], dtype="Float64"),
        pl.Series([1.0, None, 2.0]).to_pandas(),
    ],
)
def test_I06_float_ids_may_have_lost_digits(values: Any) -> None:
    error = refused(touches(deal_id=values), deals(deal_id=[1, 2, 3]))
    check_fault(error, "I06", ("touches", "deal_id"), rows=[0, 2])


def test_I06_float_ids_of_deals_are_not_called_missing() -> None:
    error = refused(touches(deal_id=[1, 1, 2]), deals(deal_id=[1.0, 2.0, 3.0]))
    check_fault(error, "I06", ("deals", "deal_id"), rows=[0, 1, 2])


def test_I06_a_column_of_nothing_is_no_float() -> None:
    table = touches(deal_id=[np.nan] * 3, account_id=["a"] * 3)
    journeys = built(table, deals(account_id=["a", "b", "c"]))
    assert told(journeys) == [("K01", "note", "touches", "account_id", 3)]


@pytest.mark.parametrize("twin", ["D1", "d1 ", " d1", "D1\t"])
def test_I07_ids_that_look_alike_are_shown_and_stay_two(twin: str) -> None:
    journeys = built(touches(deal_id=["d1", twin, "d2"]))
    assert told(journeys) == [
        ("I07", "warning", "touches", "deal_id", 2),
        ("J01", "set aside", "touches", "", 1),
    ]
    what = journeys.issues["what"][0]
    assert repr("d1") in what
    assert repr(twin) in what


def test_I07_unicode_forms_of_one_id_are_shown() -> None:
    table = deals(deal_id=["caf\u00e9", "cafe\u0301", "d3"])
    journeys = built(touches(deal_id=["caf\u00e9"] * 3), table)
    assert told(journeys) == [("I07", "warning", "touches", "deal_id", 2)]
    assert len(journeys) == 3


ENDLESS = """
import attribution as at
import pandas as pd
for count in (60, 600):
    ids = sorted(f"d{number}" for number in range(count))
    deals = pd.DataFrame({"deal_id": ids + [one.upper() for one in ids]})
    deals = deals.assign(amount=1, outcome="won", closed_at="2026-01-02")
    touch = {"time": ["2026-01-01"], "channel": ["ad"], "team": ["sales"]}
    touch = pd.DataFrame({**touch, "deal_id": ids[:1]})
    journeys = at.build_journeys(touch, deals)
    halves = [at.build_journeys(
        pd.DataFrame({"deal_id": part, "contact_id": part}).assign(
            time="2026-01-01", channel=part, team="sales", touch_id=part
        ),
        deals[deals["deal_id"].isin(part)], as_of="2026-02-01",
    ) for part in (ids[::2], ids[1::2])]
    print(journeys.issues["code"].tolist().count("I07"), len(at.concat(halves)))
"""


@pytest.mark.slow
def test_I07_sorted_ids_in_two_runs_do_not_end_the_process() -> None:
    # numpy's unstable argsort of its text dtype reads beyond such columns.
    result = subprocess.run(
        [sys.executable, "-c", ENDLESS], capture_output=True, check=False, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.split() == ["1", "60", "1", "600"]


def test_I08_salesforce_ids_of_15_and_18_characters_are_shown() -> None:
    short, long = "0061t00000ABCDE", "0061t00000ABCDEAA2"
    journeys = built(
        touches(deal_id=[short, "d2", "d3"]), deals(deal_id=[long, "d2", "d3"])
    )
    assert ("I08", "warning", "touches", "deal_id", 1) in told(journeys)
    assert set_aside(journeys) == [("touches", 0, "J01")]
    assert 'ids="salesforce"' in journeys.issues["remedy"][0]


@pytest.mark.parametrize("name", ["account_id", "contact_id"])
def test_I08_of_accounts_and_contacts_are_shown_too(name: str) -> None:
    short, long = "0011t00000ABCDE", "0011t00000ABCDEAA2"
    table = touches(**{name: [short, None, None]})
    people = pd.DataFrame({"deal_id": ["d1"], "contact_id": [long]})
    journeys = built(table, deals(account_id=[long, None, None]), contacts=people)
    assert told(journeys) == [("I08", "warning", "touches", name, 1)]


def test_I08_ids_of_one_length_are_not() -> None:
    ids = ["0061t00000ABCDE", "0061t00000ABCDF", "0061t00000ABCDG"]
    assert told(built(touches(deal_id=ids), deals(deal_id=ids))) == []


@pytest.mark.parametrize("column", ["deal_id", "touch_id", "contact_id", "account_id"])
def test_I09_ids_of_several_types_are_named_by_row(column: str) -> None:
    error = refused(touches(**{column: objects("d1", 2, "d2")}))
    fault = check_fault(error, "I09", ("touches", column), rows=[1])
    assert "int and str" in fault.what


def test_I09_in_deals_does_not_call_the_ids_missing() -> None:
    error = refused(None, deals(deal_id=objects("d1", 2, "d3")))
    check_fault(error, "I09", ("deals", "deal_id"), rows=[1])


@pytest.mark.parametrize("large", [2**63, 2**70])
def test_I09_integers_beyond_int64_are_read_as_text(large: int) -> None:
    table = touches(deal_id=objects(large, large, 2))
    journeys = built(table, deals(deal_id=objects(large, 2, 3)))
    assert told(journeys) == []
    ids = journeys.deals()["deal_id"]
    assert ids.tolist() == [str(large), "2", "3"]
    assert journeys.deals()["touches"].tolist() == [2, 1, 0]


def test_I09_integers_of_128_bits_are_read_as_text() -> None:
    def numbered(table: pd.DataFrame, *ids: int) -> pl.DataFrame:
        column = pl.Series(ids, dtype=pl.Int128)
        return pl.from_pandas(table).with_columns(deal_id=column)

    large = 2**100
    journeys = built(numbered(touches(), large, 1, 1), numbered(deals(), large, 1, 2))
    assert journeys.deals()["deal_id"].tolist() == [str(large), "1", "2"]
    assert journeys.deals()["touches"].tolist() == [1, 2, 0]


def test_I10_ids_in_csv_stay_the_text_that_they_are(tmp_path: Path) -> None:
    ids = ["007", "1E5", "7"]
    touches(deal_id=["007", "1E5", "7"], touch_id=ids).to_csv(
        tmp_path / "touches.csv", index=False
    )
    deals(deal_id=ids).to_csv(tmp_path / "deals.csv", index=False)
    journeys = built(
        read_table(tmp_path / "touches.csv"), read_table(tmp_path / "deals.csv")
    )
    assert told(journeys) == []
    assert journeys.deals()["deal_id"].tolist() == ids
    assert journeys.to_frame()["deal_id"].tolist() == ids
    assert at.attribute(journeys, "linear").deal("007").deal.touch_count == 1


def test_I08_salesforce_ids_are_joined_on_request() -> None:
    short, long = "0061t00000ABCDE", "0061t00000ABCDEAA2"
    journeys = built(
        touches(deal_id=[short, "d2", "d3"]),
        deals(deal_id=[long, "d2", "d3"]),
        ids="salesforce",
    )
    assert told(journeys) == [("I08", "note", "touches", "deal_id", 1)]
    assert journeys.deals()["deal_id"].tolist() == [long, "d2", "d3"]


def test_K01_touches_linked_otherwise_than_by_their_deal_are_counted() -> None:
    table = touches(deal_id=["d1", "d2", None], lead_deal_id=["d2", None, "d1"])
    journeys = built(table)
    assert told(journeys) == [
        ("K01", "note", "touches", "deal_id", 2),
        ("K01", "note", "touches", "lead_deal_id", 1),
    ]
    assert "lead" in journeys.issues["what"][1]

"""Labels that are missing, look alike, hold control characters or are of no team."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from bad_input.catalogue import (
    built,
    check_fault,
    deals,
    only,
    refused,
    told,
    touches,
)

import attribution as at
from attribution.doors.markup import escape_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.journeys.journeys import Journeys


def objects(*values: object) -> pd.Series[Any]:
    return pd.Series(values, dtype=object)


def by(journeys: Journeys, column: str = "channel") -> list[str]:
    """Return the labels of the rows of a table of credit, over all deals."""
    found = at.attribute(journeys, "linear").by(column, of="pipeline")
    labels: list[str] = found[column].tolist()
    return labels


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_L01_a_touch_without_a_channel_has_a_row_of_its_own(kind: str) -> None:
    table: Any = touches(channel=["search", None, "search"])
    if kind == "polars":
        table = pl.from_pandas(table)
    if kind == "pyarrow":
        table = pa.Table.from_pandas(table, preserve_index=False)
    journeys = built(table)
    assert told(journeys) == [("L01", "warning", "touches", "channel", 1)]
    assert journeys.found[0].rows == (1,)
    found = by(journeys)
    assert sorted(found[:2]) == ["(none)", "search"]


def test_L01_channels_all_missing_are_one_row() -> None:
    journeys = built(touches(channel=[None, None, None]))
    assert told(journeys) == [("L01", "warning", "touches", "channel", 3)]
    assert journeys.labels["channel"] == ["(none)"]


@pytest.mark.parametrize("path", ["a > > b", ["a", None, "b"], "a > b >", ["a", " "]])
def test_L01_an_empty_step_of_a_path_is_reported_by_its_row(path: object) -> None:
    journeys = at.journeys_from_paths(["a > b > c", path], wins=[1, 1])
    assert "(none)" in journeys.labels["channel"]
    assert told(journeys) == [("L01", "warning", "paths", "path", 1)]
    assert journeys.found[0].rows == (1,)


def test_L02_the_texts_NA_None_and_null_are_labels() -> None:
    table = touches(channel=["NA", "None", "null"], rep=["nan", "NaN", "NULL"])
    journeys = built(table)
    assert told(journeys) == []
    assert journeys.labels["channel"] == ["NA", "None", "null"]
    assert journeys.labels["rep"] == ["NULL", "NaN", "nan"]


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_L03_categories_that_no_touch_has_are_in_no_table(kind: str) -> None:
    names = ["search", "unused", "call", "mail"]
    table: Any = touches(channel=pd.Categorical(["search", "call", "mail"], names))
    if kind == "polars":
        table = pl.from_pandas(touches()).with_columns(
            pl.col("channel").cast(pl.Enum(names))
        )
    if kind == "pyarrow":
        table = pa.Table.from_pandas(table, preserve_index=False)
    journeys = built(table)
    assert told(journeys) == []
    assert journeys.labels["channel"] == ["call", "mail", "search"]
    assert "unused" not in by(journeys)


@pytest.mark.parametrize(
    "values", [[1, None, 2], [1.5, None, 2.5], [True, None, False]]
)
def test_L03_categories_of_other_kinds_may_be_missing(values: list[Any]) -> None:
    journeys = built(None, deals(segment=pd.Categorical(values)))
    assert told(journeys) == []
    found = by(journeys, "segment")
    assert len(found) == 3


def test_L04_labels_equal_after_nfc_are_one_and_listed() -> None:
    journeys = built(touches(channel=["caf\u00e9", "cafe\u0301", "mail"]))
    assert [one[:4] for one in told(journeys)] == [
        ("L04", "warning", "touches", "channel")
    ]
    assert journeys.labels["channel"] == ["caf\u00e9", "mail"]
    assert "caf\u00e9" in journeys.issues["what"][0]


CONTROLS = ["a\nb", "a\tb", "\x1b[31mred", "\u202eevil", "a\u200bb", "\ufeffa", "\x00"]


@pytest.mark.parametrize("label", CONTROLS, ids=ascii)
def test_L05_control_characters_are_reported_and_shown_escaped(label: str) -> None:
    journeys = built(touches(channel=["call", label, "mail"]))
    assert told(journeys) == [("L05", "warning", "touches", "channel", 1)]
    assert journeys.labels["channel"][0] in {label, "call"}
    ledger = at.attribute(journeys, "linear").deal("d1")
    for shown in (repr(ledger), ledger._repr_html_()):
        assert label not in shown
        assert escape_text(label) in shown


def test_L05_is_told_of_every_column_of_labels() -> None:
    table = touches(rep=["a\u202e", "b", "c"], campaign=["a", "b\x07", "c\n"])
    book = deals(segment=["a\r", "b", "c"])
    journeys = built(table, book)
    assert sorted(told(journeys)) == [
        ("L05", "warning", "deals", "segment", 1),
        ("L05", "warning", "touches", "campaign", 2),
        ("L05", "warning", "touches", "rep", 1),
    ]


@pytest.mark.parametrize("bad", ["sdr", "marketting", "", "sales ", None])
def test_L07_a_team_that_is_not_declared_is_named_by_row(bad: str | None) -> None:
    error = refused(touches(team=["Marketing", bad, bad]))
    fault = check_fault(error, "L07", ("touches", "team"), rows=[1, 2])
    assert "teams=" in fault.remedy


def test_L07_a_declared_team_is_read_without_case() -> None:
    journeys = built(touches(team=["Marketing", "SDR", "sAles"]), teams=["Sdr"])
    assert told(journeys) == []
    assert journeys.labels["team"] == ["marketing", "sales", "sdr"]


def test_L07_a_channel_that_teams_does_not_map_is_named_by_row() -> None:
    teams = {"search": "marketing", "call": "sales"}
    error = refused(touches(team=None), teams=teams)
    check_fault(error, "L07", ("touches", "team"), rows=[2])


def codes_of(call: Callable[[], object]) -> set[str]:
    """Return the codes of a refusal, or what else was raised: a name, no traceback.

    A report that shows a frame with half a surrogate pair ends pytest itself.
    """
    try:
        call()
    except at.InputError as error:
        return {one.code for one in error.issues}
    except UnicodeError as error:
        return {type(error).__name__}
    return set()


HALF = objects("x", "\ud800", "y")


@pytest.mark.parametrize(
    "column", ["channel", "campaign", "rep", "deal_id", "touch_id", "contact_id"]
)
def test_S10_half_a_surrogate_pair_in_touches_is_an_error(column: str) -> None:
    assert codes_of(lambda: built(touches(**{column: HALF}))) == {"S10"}


@pytest.mark.parametrize("column", ["deal_id", "segment", "currency", "account_id"])
def test_S10_half_a_surrogate_pair_in_deals_is_an_error(column: str) -> None:
    assert "S10" in codes_of(lambda: built(None, deals(**{column: HALF})))


def test_S10_half_a_surrogate_pair_in_a_path_is_an_error() -> None:
    paths = ["a > b", "a > \ud800"]
    assert codes_of(lambda: at.journeys_from_paths(paths, wins=[1, 1])) == {"S10"}


@pytest.mark.parametrize(
    "values",
    [
        [["a"], ["b"], ["c"]],
        [{"a": 1}, None, None],
        [1, "b", 2.5],
        [b"a", b"b", b"c"],
    ],
)
def test_S12_a_column_that_cannot_be_grouped_by_is_left_out(values: Any) -> None:
    journeys = built(None, deals(segment=objects(*values)))
    [(code, severity, table, column, _)] = told(journeys)
    assert (code, severity, table, column) == ("S12", "note", "deals", "segment")
    assert "segment" not in journeys.deals()


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ([1, 2, 2], "1"),
        ([1.5, 2.0, 2.0], "1.5"),
        ([True, False, False], "true"),
        (pd.to_datetime(["2026-01-01", "2026-02-01", None], utc=True), "2026-01-01"),
    ],
)
def test_S12_columns_of_plain_values_are_labels(values: Any, first: str) -> None:
    journeys = built(None, deals(segment=values))
    assert [one[0] for one in told(journeys) if one[0] != "T14"] == []
    assert journeys.deals()["segment"][0].removesuffix("T00:00:00Z") == first


def test_J08_an_outcome_that_is_not_mapped_is_named_by_row() -> None:
    error = refused(None, deals(outcome=["Closed Won", "lost", "Open"]))
    fault = check_fault(error, "J08", ("deals", "outcome"), rows=[0])
    assert "outcomes=" in fault.remedy


def test_J08_a_mapped_outcome_is_read_without_case() -> None:
    table = deals(outcome=["closed won", "CLOSED LOST", "Prospecting"])
    outcomes = {"Closed Won": "won", "Closed Lost": "lost", None: "open"}
    journeys = built(None, table, outcomes=outcomes)
    assert told(journeys) == []
    assert journeys.deals()["outcome"].tolist() == ["won", "lost", "open"]


@pytest.mark.parametrize("values", [["yes", "maybe", "no"], [1, 2, 0]])
def test_J08_a_column_won_is_true_or_false(values: list[Any]) -> None:
    table = deals(outcome=None, won=values, closed_at="2026-02-01T10:00:00Z")
    check_fault(refused(None, table), "J08", ("deals", "won"), rows=[1])


def test_J09_a_deal_without_an_outcome_is_open() -> None:
    journeys = built(None, deals(outcome=["won", "lost", None]))
    assert told(journeys) == [("J09", "note", "deals", "outcome", 1)]
    assert journeys.deals()["outcome"].tolist() == ["won", "lost", "open"]


PERSONAL = ["ann\u00e9@example.org", "anne\u0301@example.org", "ann\u00e9@EXAMPLE.org"]
MAILS = objects(*PERSONAL)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("touches", "time"), ("touches", "team"), ("touches", "channel"),
        ("touches", "campaign"), ("touches", "rep"), ("touches", "contact_id"),
        ("touches", "cost"), ("touches", "subject"), ("deals", "amount"),
        ("deals", "currency"), ("deals", "outcome"), ("deals", "closed_at"),
        ("deals", "segment"), ("deals", "created_at"),
    ],
)  # fmt: skip
def test_no_message_repeats_a_mail_address(table: str, column: str) -> None:
    tables = {"touches": touches(), "deals": deals()}
    tables[table][column] = MAILS
    keep = ["subject"] if column == "subject" else []
    try:
        journeys = built(tables["touches"], tables["deals"], keep=keep)
    except at.InputError as error:
        message = str(error) + json.dumps(error.errors(), ensure_ascii=False)
    else:
        message = "".join(map(str, journeys.found)) + journeys.issues.to_csv()
        message += repr(journeys) + journeys.set_aside().to_csv()
    assert message
    assert "@" not in message


@pytest.mark.parametrize(
    "steps", [["yes", "true", "false"], [1, 0, 0], [0.0, 1.0, None], [[1], None, None]]
)
def test_L08_process_steps_that_are_no_booleans_are_named_by_row(steps: Any) -> None:
    fault = only(refused(touches(process=objects(*steps))))
    assert (fault.code, fault.table, fault.column) == ("L08", "touches", "process")
    assert fault.rows[0] == 0
    assert "process=" in fault.remedy

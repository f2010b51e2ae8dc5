"""What bad input gets: one row, one code, at least one test that names it.

An ``error`` raises ``InputError`` with every fault at once; ``set aside`` leaves the
row out and counts it; ``warning`` and ``note`` keep it and say so; ``ok`` is accepted
without a word. Below the table stand the small sound tables that the tests spoil.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pytest

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.errors import Issue
    from attribution.journeys.journeys import Journeys

Result = Literal["error", "set aside", "warning", "note", "ok"]


@dataclass(frozen=True)
class Row:
    """A kind of bad input: its code, what is given, what it gets, what is told."""

    code: str
    given: str
    result: Result
    sentence: str


CATALOGUE = (
    # tables and their columns
    Row("S01", "a required or named column is missing", "error", "the column, the nearest present one, the column map"),
    Row("S02", "column names twice", "error", "the names"),
    Row("S03", "no touches, right columns", "ok", "every deal is unattributed"),
    Row("S04", "no deals", "ok", "empty credits of the right dtypes"),
    Row("S05", "None, list, dict, record array: no frame", "error", "the kinds accepted; a TypeError too"),
    Row("S06", "a Spark frame", "error", "how to collect it"),
    Row("S07", "column names of several levels", "error", "give each one name"),
    Row("S08", "nested values in a label or an id", "error", "the row and the type"),
    Row("S09", "broken CSV or JSON; as many values as paths", "error", "the line, or both numbers"),
    Row("S10", "not UTF-8; half a surrogate pair", "error", "the byte offset"),
    Row("S11", "more rows, columns or characters than the limits", "error", "the limit"),
    Row("S12", "a further column of deals that cannot be grouped by", "note", "it is left out"),
    # ids
    Row("I01", "a deal without an id", "error", "the rows"),
    Row("I02", "a touch without any link", "set aside", "the rows"),
    Row("I03", "a deal twice in equal rows", "set aside", "one is kept"),
    Row("I04", "a deal twice in rows that differ", "error", "a join has doubled the money"),
    Row("I05", "ids integers here, text there", "error", "both columns; never coerced"),
    Row("I06", "ids are floats", "error", "convert them"),
    Row("I07", "ids that differ by case, space or Unicode form", "warning", "the ids"),
    Row("I08", "Salesforce ids of 15 and 18 characters", "warning", 'ids="salesforce"'),
    Row("I08", 'the same, with ids="salesforce"', "note", "how many ids were joined"),
    Row("I09", "ids of several types", "error", "the row and the types"),
    Row("I10", "ids 007 and 1E5 as text", "ok", "ids stay the text they are"),
    # times
    Row("T01", "up to 5 % of touches without a time", "set aside", "the rows"),
    Row("T01", "more touches without a time", "error", "the share"),
    Row("T02", "a won or lost deal without a close", "error", "the rows"),
    Row("T03", "naive and aware times mixed", "error", "the columns"),
    Row("T04", "all times naive", "warning", "taken as UTC"),
    Row("T05", "local times that do not exist or exist twice; an unknown zone", "error", "the rows"),
    Row("T06", "a touch after the anchor", "set aside", "how many of each team, the money"),
    Row("T06", "a touch after the anchor, where a request is strict", "error", "its place"),
    Row("T07", "a touch at the anchor, or at the window's edge", "ok", "it is inside"),
    Row("T08", "a close or a milestone after as_of", "note", "the deal is open"),
    Row("T09", "numbers as times", "error", "convert them"),
    Row("T10", "text that is no ISO 8601 time", "error", "how to write it"),
    Row("T11", "outside the years 1970 to 2199", "error", "the rows"),
    Row("T12", "equal times in a journey", "note", "what decides their order"),
    Row("T13", "closed before created, milestones out of order", "warning", "the deals"),
    Row("T14", "a column of midnights only", "warning", "days= reads them as days"),
    Row("T15", "no as_of given", "note", "the latest instant is taken"),
    Row("T16", "a first, last or milestone touch decided by a day", "note", "how many deals"),
    Row("T17", "a touch after as_of", "set aside", "how many of each team, the money"),
    # money
    Row("M01", "a won deal without an amount", "error", "the rows"),
    Row("M01", "a lost or open deal without an amount", "warning", "it counts as 0"),
    Row("M02", "infinite amounts, or beyond int64", "error", "the rows"),
    Row("M03", "negative amounts", "error", "allow_negative="),
    Row("M04", "more decimals than the currency has", "error", "rounding="),
    Row("M05", "costs that may be in several currencies", "error", "currency="),
    Row("M05", "several currencies in one deal of a request", "error", "the touch"),
    Row("M06", "an unknown or missing currency", "error", "the rows"),
    Row("M07", "the float 1.15", "ok", "115 by its shortest decimal"),
    Row("M08", "beyond 10^15 minor units; totals beyond int64", "error", "the rows"),
    Row("M09", "amounts that are no plain decimal numbers", "error", "how to write them"),
    Row("M10", "amounts that are booleans or complex", "error", "a TypeError too"),
    Row("M11", "an amount of zero", "ok", "zero credits"),
    Row("M12", "counts of paths that are no whole numbers; revenue without wins", "error", "the rows"),
    Row("M13", "worths of coalitions that are missing, given twice or no numbers", "error", "one number for each"),
    Row("M14", "a player of negative value where none may be", "error", "the coalition"),
    # labels
    Row("L01", "no channel", "warning", 'the channel is "(none)"'),
    Row("L02", "the channels NA, None, null", "ok", "labels like any other"),
    Row("L03", "categories that no row has", "ok", "they are in no table"),
    Row("L04", "labels equal after Unicode NFC", "warning", "they are one"),
    Row("L05", "control and bidi characters", "warning", "they are shown escaped"),
    Row("L06", "too many players for a table of worths", "error", "the model that samples"),
    Row("L06", "too many players, or steps of a state, for a Markov chain", "error", "a lower order, or players in groups"),
    Row("L07", "a team neither marketing, sales nor declared", "error", "teams="),
    Row("L08", "a process step that is neither true nor false", "error", "the rows"),
    # journeys
    Row("J01", "touches that lead to no deal", "set aside", "the rows"),
    Row("J02", "deals without touches", "ok", "they are unattributed"),
    Row("J03", "a touch that counts in several deals", "warning", "sharing="),
    Row("J04", "a touch twice in equal rows, with an id", "set aside", "one is kept"),
    Row("J04", "touches that repeat without an id, or differ with one", "warning", "all are kept"),
    Row("J05", "a lost or open deal with an amount", "ok", "it is read"),
    Row("J06", "a journey of more than 10,000 touches", "warning", "check the links"),
    Row("J06", "a journey of more than 1,000,000 touches", "error", "check the links"),
    Row("J07", "weights that are NaN, infinite, negative, or do not sum to 1", "error", "model and deal"),
    Row("J08", "an outcome that is none of won, lost and open", "error", "outcomes="),
    Row("J09", "a deal without an outcome", "note", "it is open"),
    Row("J10", "a contact that names no deal, or no contact", "set aside", "the rows"),
    Row("J11", "a path with neither wins nor losses", "set aside", "the rows"),
    Row("K01", "touches linked otherwise than by their own deal", "note", "how many by each link"),
    Row("K02", "touches without the person or account that unit= or dedupe= needs", "note", "how many of each team"),
    # exports of a CRM
    Row("C01", "the export of another system", "error", "which system it looks like"),
    Row("C02", "a needed object of an export is missing", "error", "the nearest file or frame"),
    Row("C02", "an optional object of an export is missing", "note", "what cannot be linked for want of it"),
    Row("C03", "creation stamps of the same day for nearly all rows", "warning", "a bulk load: a better column is taken"),
    Row("C04", "a table of no known object", "note", "it is left out"),
    Row("C05", "a rule that asks for columns which are not there", "note", "it takes no row"),
    Row("C06", "a row with several links of one kind", "note", "which of them is taken"),
    Row("C07", "stages that deals skipped or entered again", "note", "how many"),
    Row("C08", "words that a mapping does not map", "note", "they stay as they are"),
    Row("C09", "a touch before the first day of its campaign", "warning", "the rows; they are kept"),
    # windows
    Row("E01", "a touch before the lookback", "set aside", "how many of each team, the money"),
    Row("E02", "a touch before the start of the deal's window", "set aside", "how many of each team, the money"),
    Row("E03", "a touch when no deal was open", "set aside", "how many of each team, the money"),
    Row("E04", "a touch of deals without the anchor", "set aside", "how many of each team, the money"),
    Row("E05", "a touch left out by exclude=", "set aside", "how many of each team, the money"),
    Row("E06", "a touch too soon after one of its kind and contact, by dedupe=", "set aside", "how many of each team, the money"),
    Row("E07", "a second touch of a kind and day, by unit=", "set aside", "how many of each team, the money"),
    Row("E08", "a touch of deals without the milestone of after= or before=", "set aside", "how many of each team, the money"),
    Row("E09", "a touch before the milestone of after=", "set aside", "how many of each team, the money"),
    Row("E10", "a touch after the milestone of before=", "set aside", "how many of each team, the money"),
    # analyses
    Row("A01", "costs in a currency that the deals do not have", "error", "rates="),
    Row("A02", "rates that are no positive numbers by currency", "error", "how to write them"),
    Row("A03", "data that cannot carry a model that learns", "warning", "how many deals there are"),
    # path transforms
    Row("X01", "a touch whose channel is that of the touch before it (exposure)", "set aside", "how many"),
    Row("X02", "a touch that is not its channel's first (first, frequency)", "set aside", "how many"),
    Row("X03", "a touch of the channel to remove (remove_if_not_all)", "set aside", "how many"),
    Row("X04", "a touch of the channel to remove from the end (remove_if_last_and_not_all)", "set aside", "how many"),
    Row("X05", "a touch before the last n (trim)", "set aside", "how many"),
    # leads and the funnel
    Row("H01", "a lead created after as_of", "set aside", "the rows"),
    Row("H02", "a lead that names a deal the table of deals lacks", "warning", "it became a deal, and is not won by it"),
    Row("H03", "a stage or a deal of a lead that was not handed over", "note", "it is counted as skipped"),
    Row("H04", "a lead without the creation that hands it over", "warning", "it is not handed over"),
    # parameters
    Row("P01", "a length of time without unit or not positive; a value that a model refuses", "error", "how to write it"),
    Row("P02", "shares that do not sum to 1 or to 100", "error", "the sum"),
    Row("P03", "an unknown model, parameter, milestone or table", "error", "the nearest name"),
    Row("P04", "an option that is none of its choices, or of the wrong kind", "error", "the choices"),
    Row("P04", "a chart of several currencies", "error", "currency="),
    Row("P07", "a chart of nothing", "error", "what there is none of"),
    Row("P05", "parts that do not fit together", "error", "the same options"),
    Row("P06", "decimals beyond 0 to 9", "error", "a whole number"),
    Row("P07", "journeys without what a model needs", "error", "the model and the need"),
    Row("P08", "a file that holds no model of this version", "error", "fit it again"),
    Row("P09", "no column to group by, or an unknown one", "error", "the nearest name"),
    Row("P10", "a deal that is not there", "error", "the id"),
    Row("P11", "names in an option that no touch has", "warning", "the nearest name"),
    Row("P11", "a link in links= whose column is not there", "warning", "the column"),
    Row("P11", "a channel to remove that no touch has", "warning", "the nearest name"),
    Row("P11", "teams= beside a column of teams", "note", "which of them is used"),
    Row("P12", "levels of players that contradict each other", "error", "which to leave out"),
    Row("P14", "a mapping of a system that cannot be used", "error", "everything that is wrong with it"),
    # coalition games
    Row("G01", "worths that are no table of 2^n", "error", "how they are laid out"),
    Row("G02", "worths or dividends that are no finite numbers", "error", "the table"),
    Row("G03", "more players than a table holds", "error", "the value that samples"),
    Row("G04", "levels that label other players", "error", "a label for each"),
    Row("G05", "weights that are not above 0", "error", "a number for each"),
    Row("G06", "Banzhaf values that cancel", "error", "normalized="),
    Row("G07", "a number of players, orders or a seed that is none", "error", "the smallest"),
    Row("G08", "a value function that gives no number", "error", "the coalition"),
    Row("G09", "coalitions without a worth", "error", "the first of them"),
    Row("G10", "players named twice, or not at all", "error", "the players"),
    Row("G11", "masks of other players", "error", "the players"),
    # files and JSON
    Row("W01", "JSON that is broken or holds NaN or Infinity", "error", "the line"),
    Row("W03", "more than 1,000 faults in one request", "error", "how many more there are"),
    Row("W04", "an id twice in a request", "error", "its second place"),
    Row("W05", "a model that learns and was not fitted", "error", "models="),
    Row("F01", "the label ../../etc/x as a file's name", "ok", "a harmless name"),
    Row("F02", "labels that a spreadsheet would run", "ok", "a ' before them in CSV"),
    Row("F03", "the label <script>", "ok", "escaped in HTML and charts"),
    Row("F03", "control and bidi characters in a label of a report", "ok", "visible escapes"),
    Row("F04", "a .gz that expands too far, or is broken", "error", "the limit"),
    Row("F05", "files that are no CSV, JSON or Parquet", "error", "the kind"),
    Row("F06", "damaged or hostile Parquet", "error", "fetch it again"),
    Row("F07", "a folder that is not there or cannot be written", "error", "the old file stays"),
    Row("F09", "memory that would pass max_memory=", "error", "the block or the memory to give; a MemoryError too"),
    Row("F11", "a source that changes while it is read", "error", "read a copy"),
    Row("F08", "Ctrl-C, SIGTERM", "ok", "exit code 130, no partial output"),
)  # fmt: skip

AS_OF = "2026-03-01T00:00:00Z"
"""Given in every call below, so that sound tables are read without a word."""


def instants(*texts: str | None) -> pd.Series[Any]:
    """Return a column of aware times from ISO 8601 texts."""
    return pd.Series(pd.to_datetime(list(texts), format="ISO8601", utc=True))


def touches(**columns: Any) -> pd.DataFrame:
    """Return three sound touches, some columns replaced, those given as None left out."""
    sound = {
        "touch_id": ["t1", "t2", "t3"],
        "time": instants(*(f"2026-01-0{day}T10:00:00Z" for day in (1, 2, 3))),
        "team": ["marketing", "sales", "marketing"],
        "channel": ["search", "call", "mail"],
        "deal_id": ["d1", "d1", "d2"],
    }
    given = {name: one for name, one in {**sound, **columns}.items() if one is not None}
    return pd.DataFrame(given)


def deals(**columns: Any) -> pd.DataFrame:
    """Return a won, a lost and an open deal, columns replaced or left out as above."""
    sound = {
        "deal_id": ["d1", "d2", "d3"],
        "amount": [100.0, 50.5, 7.0],
        "currency": ["EUR", "EUR", "EUR"],
        "outcome": ["won", "lost", "open"],
        "closed_at": instants("2026-02-01T10:00:00Z", "2026-02-02T10:00:00Z", None),
    }
    given = {name: one for name, one in {**sound, **columns}.items() if one is not None}
    return pd.DataFrame(given)


def built(
    touch_table: object = None, deal_table: object = None, **options: Any
) -> Journeys:
    """Return the journeys of these tables, sound ones where none are given."""
    given = {"as_of": AS_OF, **options}
    return at.build_journeys(
        touches() if touch_table is None else touch_table,
        deals() if deal_table is None else deal_table,
        **given,
    )


def refused(
    touch_table: object = None, deal_table: object = None, **options: Any
) -> at.InputError:
    """Return the error that these tables raise, its shape checked."""
    with pytest.raises(at.InputError) as caught:
        built(touch_table, deal_table, **options)
    check_shape(caught.value)
    return caught.value


def check_shape(error: at.InputError) -> None:
    """Check that an error is told in full and in pydantic's shape, without inputs."""
    assert isinstance(error, ValueError)
    assert error.issues
    for one, told in zip(error.issues, error.errors(), strict=True):
        assert one.severity == "error"
        assert one.what
        assert list(told) == ["type", "loc", "msg"]
        assert told["type"] == one.code
        assert told["loc"] == (*filter(None, (one.table, one.column)), *one.rows[:1])
        assert told["msg"] == f"{one.what} {one.remedy}".rstrip()
        assert str(one) in str(error)


def only(error: at.InputError) -> Issue:
    """Return the one fault of an error that has no other."""
    assert [one.code for one in error.issues] == [error.issues[0].code]
    return error.issues[0]


def check_fault(
    error: at.InputError, code: str, where: tuple[str, str], rows: Sequence[int] = ()
) -> Issue:
    """Check that an error has this one fault, at these rows, and says what to do."""
    fault = only(error)
    assert (fault.code, fault.table, fault.column) == (code, *where)
    assert fault.rows == tuple(rows)
    assert fault.count == len(rows)
    assert fault.remedy
    return fault


def told(journeys: Journeys) -> list[tuple[str, str, str, str, int]]:
    """Return code, severity, table, column and count of all that was reported."""
    names = ["code", "severity", "table", "column", "rows"]
    return list(journeys.issues[names].itertuples(index=False, name=None))


def set_aside(journeys: Journeys) -> list[tuple[str, int, str]]:
    """Return table, row and code of the rows set aside."""
    names = ["table", "row", "code"]
    return list(journeys.set_aside()[names].itertuples(index=False, name=None))

"""Journeys: their columns, their one order, their frames and what they say."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import sample_at_hand
import strategies
from hypothesis import given

import attribution as at
from attribution.arrays.clock import DAY, MISSING
from attribution.errors import InputError
from attribution.journeys.words import MILESTONES, REASONS, TOUCH_LABELS

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys

TOUCHES = """\
touch_id,time,team,channel,campaign,rep,contact_id,deal_id,account_id,asset,cost
t1,2026-01-05T09:00:00Z,marketing,webinar,Winter,,jo@x.com,W2,,page,10.5
t2,2026-01-20T09:30:00Z,Sales,call,,Ana,jo@x.com,W2,,,0
,2026-01-05T09:00:00Z,sales,call,,Ana,jo@x.com,W2,,pdf,
t4,2026-02-10T23:30:00Z,sales,call,,Ana,,W10,,,1
t5,2026-01-07T00:00:00Z,marketing,ad,,,,,A3,,2
t6,2026-01-08T00:00:00Z,marketing,ad,,,,L1,,,3
t7,2026-01-09T00:00:00Z,sales,contract,,Bo,,O1,,,4
t8,2026-05-01T00:00:00Z,sales,call,,Bo,,L1,,,5
t8,2026-05-01T00:00:00Z,sales,call,,Bo,,L1,,,5
t9,2026-01-01T00:00:00Z,sales,call,,Bo,,ZZ,,,6
"""
DEALS = """\
deal_id,amount,currency,outcome,closed_at,created_at,opportunity_at,account_id,segment,\
amount_at_opportunity
O1,7.5,EUR,open,2026-12-01T00:00:00Z,2026-01-01T00:00:00Z,,A1,,
W2,1.001,KWD,won,2026-02-10,2026-01-01T00:00:00Z,2026-01-06T00:00:00Z,A2,large,0.5
L1,10,EUR,lost,2026-03-01T00:00:00Z,,,A4,small,
W10,900,JPY,won,2026-02-11T12:00:00Z,,,A3,small,800
É,5,EUR,won,2026-02-11T12:00:00Z,,,,small,
"""
LAW = "Credit is a division by rule, not a measured effect; "


def frame_of(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str)


def built(touches: str = TOUCHES, deals: str = DEALS, **options: Any) -> Journeys:
    given: dict[str, Any] = {"currency": "EUR", "keep": ("asset",)} | options
    return at.build_journeys(
        frame_of(touches), frame_of(deals), process=("contract",), **given
    )


JOURNEYS = built()
SAMPLE = sample_at_hand.sample_journeys()


def instants(*texts: str | None) -> list[int]:
    """Return microseconds UTC of ISO texts, the sentinel for None."""
    return [
        MISSING if one is None else int(np.datetime64(one, "us").astype(np.int64))
        for one in texts
    ]


def plain(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return a frame as lists, None where a value is missing."""
    whole = frame.astype(object)
    found: dict[str, list[Any]] = whole.where(whole.notna(), None).to_dict("list")
    return found


# ------------------------------------------------------------------------- columns


KINDS = {
    "offsets": ("int64", "d+1"),
    "time": ("int64", "t"),
    "row": ("int64", "t"),
    "process": ("bool", "t"),
    "amount": ("int64", "d"),
    "currency": ("int16", "d"),
    "outcome": ("int8", "d"),
    "start": ("int64", "d"),
    "end": ("int64", "d"),
    "closed_at": ("int64", "d"),
    "created_at": ("int64", "d"),
    "count": ("int64", "d"),
    "reason": ("int8", "d"),
    "deal_id": ("object", "d"),
}
"""The kind of each column, and whether it has a row a touch or a deal."""


@pytest.mark.parametrize("journeys", [JOURNEYS, SAMPLE], ids=["small", "sample"])
def test_columns_have_the_kinds_and_lengths_that_the_design_says(
    journeys: Journeys,
) -> None:
    deals, touches = len(journeys), journeys.touch_count
    lengths = {"t": touches, "d": deals, "d+1": deals + 1}
    found = [(getattr(journeys, name), *kind) for name, kind in KINDS.items()]
    found += [(one.codes, "int32", "t") for one in journeys.touch.values()]
    found += [(one.codes, "int32", "d") for one in journeys.deal.values()]
    found += [(one, "int64", "d") for one in journeys.milestones.values()]
    for column, kind, length in found:
        assert str(column.dtype) == kind
        assert column.shape == (lengths[length],)
    for one in (*journeys.touch.values(), *journeys.deal.values()):
        assert one.labels.dtype == object
    assert journeys.offsets[0] == 0
    assert journeys.offsets[-1] == touches
    assert list(journeys.milestones) == list(MILESTONES)
    assert list(journeys.touch)[: len(TOUCH_LABELS)] == list(TOUCH_LABELS)


def test_the_values_of_columns_are_those_of_the_tables() -> None:
    one = JOURNEYS
    assert one.deal_id.tolist() == ["W10", "W2", "É", "L1", "O1"]
    assert one.outcome.tolist() == [1, 1, 1, 0, -1]
    assert one.amount.tolist() == [900, 1001, 500, 1000, 750]
    assert one.currencies == ("EUR", "JPY", "KWD")
    assert one.decimals == (2, 0, 3)
    assert one.currency.tolist() == [1, 2, 0, 0, 0]
    assert one.count.tolist() == [1] * 5
    assert one.offsets.tolist() == [0, 2, 5, 5, 6, 7]
    assert one.row.tolist() == [4, 3, 0, 2, 1, 5, 6]
    assert one.time is not None
    assert one.time[2:5].tolist() == instants(
        "2026-01-05T09:00", "2026-01-05T09:00", "2026-01-20T09:30"
    )
    assert one.process.tolist() == [False] * 6 + [True]
    assert one.closed_at.tolist() == [
        *instants("2026-02-11T12:00"),
        *instants("2026-02-10T23:59:59.999999"),
        *instants("2026-02-11T12:00", "2026-03-01", "2026-12-01"),
    ]
    as_of = instants("2026-05-01")[0]
    assert one.options["as_of"] == as_of
    assert one.end.tolist() == [*one.closed_at[:4].tolist(), as_of]
    assert one.created_at.tolist()[-2:] == instants(None, "2026-01-01")
    assert one.milestones["opportunity"].tolist()[:2] == instants(None, "2026-01-06")
    assert one.amount_at_opportunity is not None
    assert one.amount_at_opportunity.tolist()[:2] == [800, 500]
    assert one.cost is not None
    reasons = [None if at_ < 0 else REASONS[at_] for at_ in one.reason.tolist()]
    assert reasons == [None, None, "no touch linked", None, None]
    assert one.tz == "UTC"


def test_labels_stand_in_the_order_of_their_bytes_and_are_all_used() -> None:
    assert JOURNEYS.labels == {
        "team": ["marketing", "sales"],
        "channel": ["ad", "call", "contract", "webinar"],
        "campaign": ["(none)", "Winter"],
        "rep": ["(none)", "Ana", "Bo"],
        "contact": ["(none)", "jo@x.com"],
        "link": ["account", "deal"],
        "asset": ["(none)", "page", "pdf"],
    }
    assert JOURNEYS.codes("channel").tolist() == [0, 1, 3, 1, 1, 0, 2]
    assert JOURNEYS.codes("link").tolist() == [0, 1, 1, 1, 1, 1, 1]
    assert JOURNEYS.deal["segment"].labels.tolist() == ["large", "small"]
    assert JOURNEYS.deal["segment"].codes.tolist() == [1, 0, 1, 1, -1]
    touches = TOUCHES.replace(",ad,", ",é,").replace(",webinar,", ",Z,")
    assert built(touches).labels["channel"] == ["Z", "call", "contract", "é"]


def test_integer_ids_stand_by_value_and_text_ids_by_their_bytes() -> None:
    touch = {"time": ["2026-01-01T00:00:00Z"], "team": "sales", "channel": "c"}
    touches = pd.DataFrame({**touch, "deal_id": [10]})
    deals = pd.DataFrame(
        {
            "deal_id": [10, 9, -1, 100],
            "amount": 1,
            "currency": "EUR",
            "outcome": ["won", "won", "won", "lost"],
            "closed_at": "2026-02-01T00:00:00Z",
        }
    )
    found = at.build_journeys(touches, deals)
    assert found.deal_id.dtype == np.int64
    assert found.deal_id.tolist() == [-1, 9, 10, 100]
    as_text = at.build_journeys(
        touches.astype({"deal_id": str}), deals.astype({"deal_id": str})
    )
    assert as_text.deal_id.dtype == object
    assert as_text.deal_id.tolist() == ["-1", "10", "9", "100"]


@pytest.mark.slow
@given(strategies.tables())
def test_won_then_lost_then_open_each_by_id_and_time_never_falls(
    tables: strategies.Tables,
) -> None:
    touches, deals, contacts = tables.frames()
    one = at.build_journeys(touches, deals, contacts=contacts)
    keys = [
        (-outcome, deal_id.encode())
        for outcome, deal_id in zip(one.outcome.tolist(), one.deal_id, strict=True)
    ]
    assert keys == sorted(keys)
    assert one.time is not None
    for place in range(len(one)):
        own = one.time[one.offsets[place] : one.offsets[place + 1]]
        assert (np.diff(own) >= 0).all()
        assert (own <= one.end[place]).all()
        assert (one.reason[place] < 0) == (len(own) > 0)


@pytest.mark.parametrize(
    ("of", "expected"),
    [("won", (0, 3)), ("lost", (3, 4)), ("open", (4, 5)), ("pipeline", (0, 5))],
)
def test_journeys_of_an_outcome_stand_together(of: Any, expected: Any) -> None:
    own = JOURNEYS.span(of)
    assert (own.start, own.stop) == expected


@pytest.mark.parametrize("of", ["win", "", None, 1])
def test_another_outcome_is_p04(of: Any) -> None:
    with pytest.raises(InputError, match=r"\[P04\] of=.* won, lost, open, pipeline"):
        JOURNEYS.span(of)


def test_a_block_is_a_view_of_its_journeys_alone() -> None:
    block = JOURNEYS.block(1, 4)
    assert block.deal_id.tolist() == ["W2", "É", "L1"]
    assert block.offsets.tolist() == [0, 3, 3, 4]
    assert block.row.tolist() == [0, 2, 1, 5]
    assert np.shares_memory(block.row, JOURNEYS.row)
    assert np.shares_memory(block.codes("channel"), JOURNEYS.codes("channel"))
    assert block.labels == JOURNEYS.labels
    assert block.found == ()
    assert block.aside == ()
    assert block.touch_count == 4
    assert len(JOURNEYS.block(2, 2)) == 0


# -------------------------------------------------------------------------- frames


def test_the_frame_of_touches_has_one_row_a_touch_in_journey_order() -> None:
    found = JOURNEYS.to_frame()
    kinds = found.dtypes.astype(str).to_dict()
    assert kinds.pop("time") == "datetime64[us, UTC]"
    assert kinds.pop("process") == "bool"
    assert all(pd.api.types.is_string_dtype(found[name]) for name in kinds)
    times = found.pop("time").dt.strftime("%m-%d %H:%M").tolist()
    assert times == [
        "01-07 00:00", "02-10 23:30", "01-05 09:00", "01-05 09:00", "01-20 09:30",
        "01-08 00:00", "01-09 00:00",
    ]  # fmt: skip
    none = "(none)"
    assert plain(found) == {
        "deal_id": ["W10", "W10", "W2", "W2", "W2", "L1", "O1"],
        "touch_id": ["t5", "t4", "t1", None, "t2", "t6", "t7"],
        "team": [*["marketing", "sales"] * 2, "sales", "marketing", "sales"],
        "channel": ["ad", "call", "webinar", "call", "call", "ad", "contract"],
        "campaign": [none, none, "Winter", none, none, none, none],
        "rep": [none, "Ana", none, "Ana", "Ana", none, "Bo"],
        "link": ["account", "deal", "deal", "deal", "deal", "deal", "deal"],
        "asset": [none, none, "page", "pdf", none, none, none],
        "process": [False] * 6 + [True],
    }


def test_contact_ids_are_shown_only_on_request() -> None:
    assert "jo@x.com" not in JOURNEYS.to_frame().to_csv()
    assert "jo@x.com" not in JOURNEYS.deals().to_csv()
    personal = JOURNEYS.to_frame(personal=True)
    assert list(personal.columns).index("contact_id") == 7
    assert personal["contact_id"].tolist()[2:5] == ["jo@x.com"] * 3
    pd.testing.assert_frame_equal(
        personal.drop(columns="contact_id"), JOURNEYS.to_frame()
    )


def test_the_frame_of_deals_has_one_row_a_deal_in_journey_order() -> None:
    found = JOURNEYS.deals()
    dates = ["created_at", "closed_at", "start", "end"]
    dates += [f"{name}_at" for name in MILESTONES]
    assert {str(found[name].dtype) for name in dates} == {"datetime64[us, UTC]"}
    for name in dates:
        column = found.pop(name).astype("int64").tolist()
        expected = JOURNEYS.milestones.get(name.removesuffix("_at"))
        wanted = getattr(JOURNEYS, name) if expected is None else expected
        assert column == wanted.tolist()
    assert {str(found[name].dtype) for name in ("count", "touches")} == {"int64"}
    assert str(found["amount"].dtype) == "float64"
    assert found.pop("amount_at_opportunity").tolist()[:2] == [800.0, 0.5]
    assert plain(found) == {
        "deal_id": ["W10", "W2", "É", "L1", "O1"],
        "outcome": ["won", "won", "won", "lost", "open"],
        "amount": [900.0, 1.001, 5.0, 10.0, 7.5],
        "currency": ["JPY", "KWD", "EUR", "EUR", "EUR"],
        "count": [1, 1, 1, 1, 1],
        "touches": [2, 3, 0, 1, 1],
        "unattributed": [None, None, "no touch linked", None, None],
        "account": ["A3", "A2", None, "A4", "A1"],
        "segment": ["small", "large", "small", "small", None],
    }


def test_an_amount_at_opportunity_that_is_missing_is_not_shown_as_0() -> None:
    found = JOURNEYS.deals()["amount_at_opportunity"]
    assert found.isna().tolist() == [False, False, True, True, True]


def test_rows_set_aside_are_told_with_their_reason_and_deal() -> None:
    found = JOURNEYS.set_aside()
    assert str(found["row"].dtype) == "int64"
    assert plain(found) == {
        "table": ["touches"] * 3,
        "row": [7, 8, 9],
        "code": ["T06", "J04", "J01"],
        "deal": ["L1", "L1", None],
    }
    used = set(JOURNEYS.row.tolist())
    assert used.isdisjoint(found["row"])
    assert used | set(found["row"]) == set(range(10))


def test_issues_are_a_frame_of_what_was_found() -> None:
    found = JOURNEYS.issues
    assert list(found.columns) == [
        "code", "severity", "table", "column", "rows", "what", "remedy",
    ]  # fmt: skip
    assert str(found["rows"].dtype) == "int64"
    assert set(found["severity"]) <= {"set aside", "warning", "note"}
    rows = dict(zip(found["code"], found["rows"], strict=True))
    assert {code: rows[code] for code in ("T06", "J04", "J01", "T15", "T12")} == {
        "T06": 1, "J04": 1, "J01": 1, "T15": 1, "T12": 1,
    }  # fmt: skip
    assert JOURNEYS.issues is found


def test_periods_are_those_of_closes_in_the_time_zone() -> None:
    codes, labels = JOURNEYS.period("month")
    assert [labels[code] for code in codes] == [
        "2026-02", "2026-02", "2026-02", "2026-03", "2026-12",
    ]  # fmt: skip
    codes, labels = built(tz="America/New_York").period("quarter")
    assert [labels[code] for code in codes][3:] == ["2026-Q1", "2026-Q4"]
    codes, labels = built(tz="America/New_York").period("month")
    assert [labels[code] for code in codes][3:] == ["2026-02", "2026-11"]


# --------------------------------------------------------------------------- paths


def test_paths_have_no_times_and_count_the_deals_they_stand_for() -> None:
    one = at.journeys_from_paths(
        ["b > a", "a"], wins=[3, 0], losses=[2, 4], revenue=[9, 0], currency="JPY"
    )
    assert one.time is None
    assert one.deal_id.tolist() == ["0", "0:lost", "1:lost"]
    assert one.count.tolist() == [3, 2, 4]
    assert one.amount.tolist() == [9, 0, 0]
    assert one.offsets.tolist() == [0, 2, 4, 5]
    assert one.codes("channel").tolist() == [1, 0, 1, 0, 0]
    assert one.milestones == {}
    assert list(one.to_frame().columns) == [
        "deal_id", "team", "channel", "campaign", "rep", "link", "process",
    ]  # fmt: skip
    assert one.deals()["end"].isna().all()
    assert one.tz == "UTC"
    assert one.period("month")[1] == ["(none)"]
    assert "anchor" not in repr(one)
    assert one.select(one.outcome == 1).time is None


# ----------------------------------------------------------------- what journeys say


def words(markup: str) -> str:
    """Return the text of an HTML fragment, as a reader sees it."""
    return html.unescape(re.sub(r"<[^>]*>", "\n", markup)).strip()


def deals_of(*rows: tuple[str, str, str]) -> Journeys:
    """Return deals (amount, currency, outcome); the first alone has a touch."""
    touches = {"time": ["2026-01-01T00:00:00Z"], "team": "sales", "channel": "c"}
    amount, currency, outcome = zip(*rows, strict=True)
    deals = {
        "deal_id": [f"D{place}" for place in range(len(rows))],
        "amount": amount,
        "currency": currency,
        "outcome": outcome,
        "closed_at": "2026-02-01T00:00:00Z",
    }
    return at.build_journeys(
        pd.DataFrame({**touches, "deal_id": ["D0"]}),
        pd.DataFrame(deals),
        allow_negative=True,
    )


@pytest.mark.parametrize(
    ("deals", "told"),
    [
        ([("3", "EUR", "won"), ("1", "EUR", "won")], "25 % of won money"),
        ([("3", "EUR", "won")], "0 % of won money"),
        ([("3", "EUR", "lost"), ("1", "EUR", "won")], "100 % of won money"),
        ([("2", "EUR", "won"), ("1", "EUR", "won")], "33.3 % of won money"),
        ([("9999", "EUR", "won"), ("1", "EUR", "won")], "<0.1 % of won money"),
        ([("3", "EUR", "won"), ("-1", "EUR", "won")], "25 % of won money"),
        (
            [("3", "JPY", "won"), ("1", "EUR", "won"), ("3", "JPY", "won")],
            "100 % of won EUR, 50 % of won JPY money",
        ),
        ([("3", "JPY", "won"), ("0", "EUR", "won")], "0 % of won money"),
        ([("3", "JPY", "won"), ("9", "EUR", "lost")], "0 % of won money"),
        ([("0", "EUR", "won"), ("0", "EUR", "won")], "50 % of won deals"),
        ([("0", "EUR", "won"), ("5", "EUR", "lost")], "0 % of won deals"),
    ],
)
def test_every_text_ends_with_the_line_of_law_6(
    deals: list[tuple[str, str, str]], told: str
) -> None:
    line = f"{LAW}{told} had no recorded touch."
    one = deals_of(*deals)
    assert one.coverage_line() == line
    assert repr(one).split("\n")[-1] == line
    assert words(one._repr_html_()).split("\n")[-1] == line


@pytest.mark.parametrize("outcome", ["lost", "open"])
def test_where_nothing_is_won_the_line_says_so(outcome: str) -> None:
    for one in (deals_of(("3", "EUR", outcome)), JOURNEYS.select(np.zeros(5, bool))):
        assert one.coverage_line() == f"{LAW}nothing is won."
        assert repr(one).endswith(f"\n{LAW}nothing is won.")
        assert words(one._repr_html_()).endswith(f"\n{LAW}nothing is won.")


def test_a_path_counts_as_the_deals_it_stands_for_in_the_line() -> None:
    one = at.journeys_from_paths(["a", ""], wins=[3, 1])
    assert one.coverage_line() == f"{LAW}25 % of won deals had no recorded touch."


def test_the_text_counts_deals_touches_money_options_and_rows_set_aside() -> None:
    shown = repr(built(lookback="180d", tz="Europe/Berlin", as_of="2026-05-02"))
    facts = dict(
        re.split(r" {2,}", line.strip(), maxsplit=1)
        for line in shown.split("\n")[2:-1]
        if not line.startswith("won  ")
    )
    money = re.findall(r"^won {2,}(.*)$", shown, re.MULTILINE)
    assert money == ["5.00 EUR", "900 JPY", "1.001 KWD"]
    assert facts == {
        "won deals": "3",
        "touches of won deals": "5",
        "lost deals": "1",
        "touches of lost deals": "1",
        "open deals": "1",
        "touches of open deals": "1",
        "anchor": "closed",
        "lookback": "180d",
        "start": "previous_won",
        "sharing": "each",
        "as_of": "2026-05-02T21:59:59.999999Z",
        "tz": "Europe/Berlin",
        "rows set aside": "3",
        "issues": str(len(built(lookback="180d", as_of="2026-05-02").issues)),
    }
    assert "lookback" in repr(JOURNEYS)
    assert re.search(r"lookback +none\n", repr(JOURNEYS))


def test_html_says_the_same_as_the_text() -> None:
    cells = [one for one in words(JOURNEYS._repr_html_()).split("\n") if one]
    told = [
        cell
        for line in repr(JOURNEYS).split("\n")
        for cell in re.split(r" {2,}", line.strip())
        if cell[:2] != "--"
    ]
    assert cells == told


def test_days_are_ended_in_the_time_zone() -> None:
    berlin = built(tz="Europe/Berlin")
    place = berlin.deal_id.tolist().index("W2")
    assert berlin.closed_at[place] == JOURNEYS.closed_at[1] - DAY // 24

"""Ledgers and the texts of credits: what a salesperson reads."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import attribution as at
from attribution.errors import InputError

if TYPE_CHECKING:
    from attribution.journeys.journeys import Journeys

TOUCHES = (
    """\
touch_id,time,team,channel,campaign,rep,contact_id,deal_id,account_id
t1,2026-01-05T09:00:00Z,marketing,webinar,Winter,,jo@x.com,D1,
t2,2026-01-20T09:30:00Z,sales,call,,Ana,jo@x.com,D1,
t3,2026-02-09,sales,contract,,Ana,jo@x.com,D1,
t4,2026-02-10T23:30:00Z,sales,call,,Ana,jo@x.com,D1,
t5,2025-01-01T00:00:00Z,marketing,ad,,,jo@x.com,D1,
t6,,sales,call,,Ana,jo@x.com,D1,
t1,2026-01-05T09:00:00Z,marketing,webinar,Winter,,jo@x.com,D1,
t7,2026-03-02T00:00:00Z,sales,call,,Ben,,D2,
t8,2026-01-01T00:00:00Z,sales,call,,Ben,,,A9
t9,2026-01-03T00:00:00Z,sales,call,,Ben,,O1,
"""
    + "x,2026-01-01T00:00:00Z,sales,call,,,,,A9\n" * 11
)
DEALS = """\
deal_id,amount,currency,outcome,closed_at
D1,1234.57,EUR,won,2026-02-10
D2,50,EUR,won,2026-03-01T12:00:00Z
D3,900,JPY,won,2026-02-11T12:00:00Z
L1,10,EUR,lost,2026-02-12T12:00:00Z
O1,7.5,EUR,open,2026-06-01T00:00:00Z
"""
RULES = ["linear", "first_touch", "time_decay:half_life=1d"]
TZ = "Europe/Berlin"
AFTER = "(unattributed: after the anchor)"
LAW = "Credit is a division by rule, not a measured effect; "
LINE = f"{LAW}3.9 % of won EUR, 100 % of won JPY money had no recorded touch."


def frame_of(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str)


def built(touches: str = TOUCHES, deals: str = DEALS, **options: Any) -> Journeys:
    given: dict[str, Any] = {"lookback": "180d", "tz": TZ} | options
    return at.build_journeys(
        frame_of(touches), frame_of(deals), process=("contract",), **given
    )


CREDITS = at.attribute(built(), RULES)


def lines_of(ledger: object) -> list[str]:
    return repr(ledger).split("\n")


def cells_of(line: str) -> list[str]:
    """Return the cells of a line of a text table that are not blank."""
    return re.split(r" {2,}", line.strip())


def words(markup: str) -> str:
    """Return the text of an HTML fragment, as a reader sees it."""
    return html.unescape(re.sub(r"<[^>]*>", "\n", markup)).strip()


# --------------------------------------------------------------------------- texts


def test_a_ledger_says_each_touch_each_cent_and_each_row_set_aside() -> None:
    found = lines_of(CREDITS.deal("D1", model="linear"))
    window = "(anchor closed, lookback 180d, start previous_won, sharing each)."
    assert found[:4] == [
        "Deal D1: won, 1,234.57 EUR, closed 2026-02-10",
        f"Touches count from 2025-08-15 00:59 to 2026-02-10 23:59 {TZ} {window}",
        "linear: Each of 3 touches takes an equal share.",
        "",
    ]
    assert [cells_of(line) for line in found[4:6] + found[6:10]] == [
        ["time", "team", "channel", "campaign", "rep", "weight", "credit"],
        [found[5][: found[5].index(" ")], *cells_of(found[5])[1:]],
        ["2026-01-05 10:00", "marketing", "webinar", "Winter", "0.333333", "411.53"],
        ["2026-01-20 10:30", "sales", "call", "Ana", "0.333333", "411.52"],
        ["2026-02-09 12:00", "sales", "contract (process step)", "Ana", "0.333333",
         "411.52"],
        ["total", "1.000000", "1,234.57"],
    ]  # fmt: skip
    assert found[10:12] == ["", "Rows set aside for this deal:"]
    assert [cells_of(line) for line in found[12:]] == [
        ["touch", "time", "team", "channel", "campaign", "rep", "why"],
        cells_of(found[13]),
        ["t6", "sales", "call", "Ana", "has no time."],
        [
            "t1",
            "2026-01-05 10:00",
            "marketing",
            "webinar",
            "Winter",
            "repeats a row with the same touch id.",
        ],
        ["t4", "2026-02-11 00:30", "sales", "call", "Ana", "lies after the anchor."],
        ["t5", "2025-01-01 01:00", "marketing", "ad", "lies before the lookback."],
        [""],
        [LINE],
    ]
    assert len({len(line) for line in found[5:10]}) == 1


@pytest.mark.parametrize("deal_id", ["D1", "D2", "D3", "L1", "O1"])
@pytest.mark.parametrize("model", [None, "linear"])
def test_every_ledger_ends_with_the_line_of_law_6(
    deal_id: str, model: str | None
) -> None:
    ledger = CREDITS.deal(deal_id, model=model)
    assert lines_of(ledger)[-1] == LINE
    assert words(ledger._repr_html_()).endswith(LINE)


def test_a_day_only_close_is_shown_as_its_day_in_the_time_zone() -> None:
    for tz in ("UTC", "America/Los_Angeles", "Asia/Tokyo", "Pacific/Kiritimati"):
        credits = at.attribute(built(tz=tz, lookback=None), "linear")
        heading, window = lines_of(credits.deal("D1"))[:2]
        assert heading.endswith("closed 2026-02-10")
        assert f"to 2026-02-10 23:59 {tz} " in window
        assert "from" not in window
        assert "lookback" not in window


def test_an_instant_close_is_shown_on_its_day_in_the_time_zone() -> None:
    deals = DEALS.replace("2026-03-01T12:00:00Z", "2026-02-28T23:30:00Z")
    heading = lines_of(at.attribute(built(deals=deals), "linear").deal("D2"))[0]
    assert heading == "Deal D2: won, 50.00 EUR, closed 2026-03-01"


def test_every_model_has_a_column_and_its_sentences() -> None:
    told = lines_of(CREDITS.deal("D1"))
    assert told[2:6] == [
        "linear: Each of 3 touches takes an equal share.",
        "first_touch: The earliest touch takes the whole deal.",
        f"{RULES[2]}: A touch 1 day earlier than another takes half as much.",
        f"{RULES[2]}: Half of the credit is reached at an age of 1.5 days.",
    ]
    assert told[7].split() == ["time", "team", "channel", "campaign", "rep", *RULES]
    assert told[12].split() == ["total", "1,234.57", "1,234.57", "1,234.57"]
    assert told[9].split()[-3:] == ["411.53", "1,234.57", "0.00"]
    starts = [told[7].index(name) + len(name) for name in RULES]
    for line in told[9:13]:
        assert [len(line[:start].rstrip()) for start in starts] == starts


@pytest.mark.parametrize(("touches", "age"), [(1, "0"), (4, "1"), (5, "2"), (6, "2")])
def test_the_age_by_which_half_of_the_credit_is_reached_is_told(
    touches: int, age: str
) -> None:
    """Touches a day apart under a half-life so long that they weigh nearly the same."""
    table = "time,team,channel,deal_id\n" + "".join(
        f"2026-02-{day}T12:00:00Z,sales,call,D2\n"
        for day in range(28, 28 - touches, -1)
    )
    deals = DEALS.replace("2026-03-01T12:00:00Z", "2026-02-28T12:00:00Z")
    credits = at.attribute(built(table, deals), "time_decay:half_life=36500d")
    told = f"Half of the credit is reached at an age of {age} days."
    assert lines_of(credits.deal("D2"))[3].endswith(told)


def test_a_deal_that_no_touch_can_take_says_why_and_shows_no_touches() -> None:
    for deal_id, reason in (("D3", "no touch linked"), ("D2", "after the anchor")):
        told = lines_of(CREDITS.deal(deal_id))
        assert told[2] == f"No touch can take this deal: (unattributed: {reason})."
        assert "total" not in repr(told)
    assert any(line.startswith("t7") for line in lines_of(CREDITS.deal("D2")))
    assert "Rows set aside" not in repr(CREDITS.deal("D3"))
    assert "900 JPY" in lines_of(CREDITS.deal("D3"))[0]


def test_an_open_deal_has_no_close_and_a_lost_one_has() -> None:
    assert lines_of(CREDITS.deal("O1"))[0] == "Deal O1: open, 7.50 EUR"
    lost = "Deal L1: lost, 10.00 EUR, closed 2026-02-12"
    assert lines_of(CREDITS.deal("L1"))[0] == lost


def test_a_deal_without_the_anchor_shows_no_window() -> None:
    journeys = built(
        deals=DEALS.replace("closed_at\n", "closed_at,opportunity_at\n")
        .replace(":00Z\n", ":00Z,\n")
        .replace("2026-02-10\n", "2026-02-10,2026-01-21T00:00:00Z\n"),
        anchor="opportunity",
        lookback=None,
    )
    credits = at.attribute(journeys, "linear")
    assert "(anchor opportunity," in lines_of(credits.deal("D1"))[1]
    assert lines_of(credits.deal("D2"))[1:3] == [
        "No touch can take this deal: (unattributed: no anchor).",
        "",
    ]


def test_a_path_shows_its_place_in_line_and_how_many_deals_it_stands_for() -> None:
    journeys = at.journeys_from_paths(
        ["ad > call", ""], wins=[1500, 1], losses=[3, 0], revenue=[9, 3]
    )
    credits = at.attribute(journeys, "linear")
    assert lines_of(credits.deal("0")) == [
        "Deal 0: won, 9.00 XXX (1,500 deals of this path)",
        "linear: Each of 2 touches takes an equal share.",
        "",
        "touch  team  channel  campaign  rep    weight  credit",
        "-----  ----  -------  --------  ---  --------  ------",
        "1            ad                      0.500000    4.50",
        "2            call                    0.500000    4.50",
        "total                                1.000000    9.00",
        "",
        f"{LAW}25 % of won money had no recorded touch.",
    ]
    assert lines_of(credits.deal("0:lost"))[0] == (
        "Deal 0:lost: lost, 0.00 XXX (3 deals of this path)"
    )
    assert credits.deal("0").frame()["time"].isna().all()


HOSTILE = "<b>&\"'\n\u202e\x1b[31m"


def hostile() -> at.Credits:
    """Return credits of a deal in which every label is hostile."""
    touches = pd.DataFrame(
        {
            "time": ["2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z"],
            "team": "sales",
            **dict.fromkeys(["channel", "campaign", "rep", "deal_id"], HOSTILE),
            "touch_id": [HOSTILE, HOSTILE + "2"],
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": [HOSTILE],
            "amount": [5],
            "currency": ["EUR"],
            "outcome": ["won"],
            "closed_at": ["2026-02-01T00:00:00Z"],
        }
    )
    return at.attribute(at.build_journeys(touches, deals), "linear")


def test_html_holds_labels_as_text_alone() -> None:
    shown = hostile().deal(HOSTILE)._repr_html_()
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z]+)", shown))
    assert tags <= {
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "caption",
        "tfoot",
    }
    assert "Rows set aside for this deal" in words(shown)
    assert words(shown).count("<b>&\"'") >= 7
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert "script" not in shown


def test_text_shows_control_characters_of_labels_escaped() -> None:
    shown = repr(hostile().deal(HOSTILE))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.split("\n")[0] == (
        "Deal <b>&\"'\\n\\u202e\\x1b[31m: won, 5.00 EUR, closed 2026-02-01"
    )


def test_a_message_shows_control_characters_of_a_deal_id_escaped() -> None:
    with pytest.raises(InputError) as caught:
        hostile().deal("\x1b[31m")
    assert "\x1b" not in str(caught.value)


def test_a_touch_id_of_zero_is_shown_as_it_is() -> None:
    touches = frame_of(TOUCHES).iloc[:4].assign(time="2026-03-01T00:00:00Z")
    journeys = at.build_journeys(touches.assign(touch_id=[3, 2, 1, 0]), frame_of(DEALS))
    told = lines_of(at.attribute(journeys, "linear").deal("D1"))
    found = [
        line.split()[0] for line in told if line.endswith("lies after the anchor.")
    ]
    assert found == ["3", "2", "1", "0"]


# -------------------------------------------------------------------------- frames


def test_the_frame_has_one_row_a_model_and_touch_and_one_a_row_set_aside() -> None:
    found = CREDITS.deal("D1").frame()
    assert list(found.columns) == [
        "model", "deal_id", "touch_id", "row", "time", "team", "channel", "campaign",
        "rep", "link", "process", "weight", "credit_minor", "credit", "currency",
        "set_aside",
    ]  # fmt: skip
    assert len(found) == 3 * len(RULES) + 4
    kinds = found.dtypes.astype(str).to_dict()
    assert kinds["credit_minor"] == kinds["row"] == "int64"
    assert kinds["weight"] == kinds["credit"] == "float64"
    assert kinds["time"] == "datetime64[us, UTC]"
    credited = found[found["set_aside"].isna()]
    assert credited["model"].tolist() == [name for name in RULES for _ in range(3)]
    assert credited["touch_id"].tolist() == ["t1", "t2", "t3"] * 3
    assert credited["row"].tolist() == [0, 1, 2] * 3
    assert credited["credit_minor"].tolist()[:6] == [41153, 41152, 41152, 123457, 0, 0]
    assert credited["credit"].tolist()[:3] == [411.53, 411.52, 411.52]
    sums = credited.groupby("model")[["weight", "credit_minor"]].sum()
    assert sums["weight"].tolist() == pytest.approx([1.0] * 3)
    assert sums["credit_minor"].tolist() == [123457] * 3
    assert set(found["deal_id"]) == {"D1"}
    assert set(found["currency"]) == {"EUR"}


def test_rows_set_aside_without_a_touch_id_are_named_by_their_place() -> None:
    plain = frame_of(TOUCHES).drop(columns="touch_id")
    journeys = at.build_journeys(plain, frame_of(DEALS), lookback="180d", tz=TZ)
    shown = repr(at.attribute(journeys, "linear").deal("D1"))
    assert re.search(r"row 4 .* lies before the lookback\.", shown)


def test_rows_set_aside_stand_last_with_their_reason_and_no_credit() -> None:
    found = CREDITS.deal("D1").frame()
    aside = found[found["set_aside"].notna()]
    assert aside.index.tolist() == list(range(9, 13))
    assert aside["model"].isna().all()
    assert aside["process"].isna().all()
    assert aside["link"].isna().all()
    assert aside["weight"].tolist() == aside["credit_minor"].tolist() == [0] * 4
    shown = aside[["row", "touch_id", "channel", "set_aside"]].astype(object)
    assert sorted(
        shown.where(shown.notna(), None).itertuples(index=False, name=None)
    ) == [
        (3, "t4", "call", "lies after the anchor."),
        (4, "t5", "ad", "lies before the lookback."),
        (5, "t6", "call", "has no time."),
        (6, "t1", "webinar", "repeats a row with the same touch id."),
    ]


def test_the_frame_of_a_deal_without_touches_holds_its_rows_set_aside() -> None:
    found = CREDITS.deal("D2").frame()
    assert found["set_aside"].tolist() == ["lies after the anchor."]
    empty = CREDITS.deal("D3").frame()
    assert len(empty) == 0
    assert list(empty.columns) == list(found.columns)


def test_contact_ids_are_shown_only_on_request() -> None:
    plain = CREDITS.deal("D1")
    for shown in (repr(plain), plain._repr_html_(), plain.frame().to_csv()):
        assert "jo@x.com" not in shown
    found = CREDITS.deal("D1", personal=True).frame()
    assert (
        list(found.columns).index("contact_id") == list(found.columns).index("link") + 1
    )
    assert found["contact_id"].tolist()[:9] == ["jo@x.com"] * 9
    pd.testing.assert_frame_equal(found.drop(columns="contact_id"), plain.frame())


# ----------------------------------------------------------------- which deal, models


@pytest.mark.parametrize("deal_id", ["D9", "", None, 7, "d1", " D1"])
def test_a_deal_that_is_not_there_is_p10(deal_id: Any) -> None:
    with pytest.raises(InputError) as caught:
        CREDITS.deal(deal_id)
    assert [one.code for one in caught.value.issues] == ["P10"]
    assert repr(deal_id) in str(caught.value)


@pytest.mark.parametrize("deal_id", [1, "1", np.int64(1)])
def test_an_integer_id_is_found_as_number_and_as_text(deal_id: Any) -> None:
    credits = at.attribute(at.journeys_from_paths(["a", "b"], wins=[1, 1]), "linear")
    assert credits.deal(deal_id).frame()["channel"].tolist() == ["b"]
    with pytest.raises(InputError, match=r"\[P10\] there is no deal 'b'"):
        credits.deal("b")


def test_one_model_is_chosen_by_name_and_an_unknown_one_is_p03() -> None:
    found = CREDITS.deal("D1", model="time_decay").frame()["model"].dropna()
    assert set(found) == {"time_decay:half_life=1d"}
    with pytest.raises(InputError, match=r"\[P03\].*Did you mean 'linear'"):
        CREDITS.deal("D1", model="liner")


# ------------------------------------------------------------------ texts of credits


EUROS = DEALS.replace("D3,900,JPY,won,2026-02-11T12:00:00Z\n", "")


def test_the_text_of_credits_is_the_team_table_and_the_line_of_law_6() -> None:
    credits = at.attribute(built(deals=EUROS), ["linear", "first_touch"])
    shown = [cells_of(line) for line in repr(credits).split("\n")]
    widths = [11, len(AFTER), 8, 8, 6, 4]
    assert shown.pop(1) == ["-" * width for width in widths]
    assert shown == [
        ["model", "team", "revenue", "currency", "share", "wins"],
        ["linear", "sales", "823.04", "EUR", "64.1 %", "0.67"],
        ["linear", "marketing", "411.53", "EUR", "32 %", "0.33"],
        ["linear", AFTER, "50.00", "EUR", "3.9 %", "1.00"],
        ["first_touch", "marketing", "1,234.57", "EUR", "96.1 %", "1.00"],
        ["first_touch", "sales", "0.00", "EUR", "0 %", "0.00"],
        ["first_touch", AFTER, "50.00", "EUR", "3.9 %", "1.00"],
        [f"{LAW}3.9 % of won money had no recorded touch."],
    ]


def test_money_in_the_text_of_credits_has_the_decimals_of_its_currency() -> None:
    deals = DEALS.replace("1234.57,EUR", "1.125,KWD")
    shown = repr(at.attribute(built(deals=deals), "first_touch"))
    assert re.search(r" 1\.125 +KWD ", shown)
    assert re.search(r" 900 +JPY ", shown)
    assert re.search(r" 50\.00 +EUR ", shown)


def test_the_html_of_credits_says_the_same() -> None:
    credits = at.attribute(built(), ["linear", "first_touch"])
    shown = words(credits._repr_html_())
    assert shown.endswith(LINE)
    told = [line for line in repr(credits).split("\n") if line[0] != "-"]
    assert [one for one in shown.split("\n") if one] == [
        cell for line in told for cell in cells_of(line)
    ]


def test_the_html_of_credits_holds_labels_as_text_alone() -> None:
    touches = frame_of(TOUCHES).assign(team="<script>alert(1)</script>")
    journeys = at.build_journeys(
        touches, frame_of(DEALS), teams=("<script>alert(1)</script>",)
    )
    shown = at.attribute(journeys, "linear")._repr_html_()
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown

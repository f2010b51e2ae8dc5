"""The one-page report: what it says, in which order, and what it never shows."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import sample_at_hand

import attribution as at
from attribution.show.pages import kinds
from attribution.show.pages.people import FEWEST, MERGED, merged

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.journeys.journeys import Journeys

LINE = "Credit is a division by rule, not a measured effect"
NO_BASIS = "This is no basis for commission or appraisal"


def written(credits: at.Credits, folder: Path, **options: Any) -> str:
    """Return the text of a report of few draws."""
    path = at.report(credits, folder / "report.html", draws=10, **options)
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def page(credits: at.Credits, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of the deals of this folder as it is by default."""
    return written(credits, tmp_path_factory.mktemp("report"))


def small() -> at.Credits:
    """Return one deal under one rule: the fewest charts."""
    return at.attribute(at.journeys_from_paths(["a > b"], wins=[3]), "linear")


def texts(page: str) -> str:
    """Return what a reader sees of the page, on one line."""
    body = re.sub(r"<style>.*?</style>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.slow
def test_the_questions_come_in_order(credits: at.Credits, tmp_path: Path) -> None:
    costs = pd.DataFrame({"channel": ["ad", "tv"], "cost": [9, 1], "currency": "EUR"})
    page = written(credits, tmp_path, costs=costs, reps=True)
    assert re.findall(r'<section id="(\w+)">', page) == [
        "won", "teams", "models", "sourced", "channels", "returns", "reps", "coverage",
        "made",
    ]  # fmt: skip
    assert texts(page).count(LINE) > 10


def test_the_figures_are_those_of_the_library(credits: at.Credits, page: str) -> None:
    told = texts(page)
    deals = credits.journeys.deals()
    won = deals[deals["outcome"] == "won"]
    for currency, own in won.groupby("currency"):
        assert f"{len(own)} deals won, {own['amount'].sum():,.2f} {currency};" in told
    frame = credits.by("team")
    for revenue in frame["revenue"]:
        assert f"{revenue:,.2f}" in told
    moved = at.agreement(credits, by=("team", "channel")).deals(5)
    assert all(f"{deal} " in told for deal in moved["deal_id"])
    assert "“no touch linked” means: no touch names the deal" in told


@pytest.mark.slow
def test_the_same_credits_give_the_same_bytes(
    credits: at.Credits, page: str, tmp_path: Path
) -> None:
    assert written(credits, tmp_path) == page


@pytest.mark.slow
def test_any_order_of_rows_gives_the_same_bytes(tmp_path: Path) -> None:
    touches, deals, contacts = sample_at_hand.sample()
    own = deals[deals["currency"] == deals["currency"].iloc[0]]
    pages = []
    for rows in (touches, touches.sample(frac=1, random_state=1)):
        journeys = at.build_journeys(rows, own, contacts=contacts)
        pages.append(written(at.attribute(journeys, "shapley"), tmp_path))
    assert pages[0] == pages[1]


def test_the_page_holds_no_script_and_nothing_from_outside(page: str) -> None:
    for outside in (
        "<script",
        "http:",
        "https:",
        "src=",
        "@import",
        "url(http",
        "<image",
    ):
        assert outside not in page
    assert set(re.findall(r'href="(.)', page)) <= {"#"}
    assert " style=" not in page
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = re.search(r'Policy" content="([^"]+)"', page)
    assert style is not None
    assert policy is not None
    digest = hashlib.sha256(style[1].encode()).digest()
    assert policy[1] == (
        f"default-src 'none'; style-src 'sha256-{base64.b64encode(digest).decode()}'; "
        "base-uri 'none'; form-action 'none'"
    )


HOSTILE = {
    "script": ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    "attribute": ('" onload="alert(1)', "&#34; onload=&#34;"),
    "formula": ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    "control": ("a\x07b", "a\\x07b"),
    "bidi": ("a\u202eb", "a\\u202eb"),
    "template": ("{{ 7 * 7 }}", "{{ 7 * 7 }}"),
}


def handlers(page: str) -> list[str]:
    """Return the attributes of the page's elements that would run a script."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(
            self, tag: str, attrs: list[tuple[str, str | None]]
        ) -> None:
            del tag
            found.extend(name for name, _ in attrs if name.startswith("on"))

    Reader().feed(page)
    return found


def test_hostile_labels_are_inert(tmp_path: Path) -> None:
    labels = [label for label, _ in HOSTILE.values()]
    touches = pd.DataFrame(
        {
            "time": pd.Timestamp("2026-01-01T09:00Z"),
            "team": ["marketing"] * len(labels) + ["sales"] * len(labels),
            "channel": [*labels, *["call"] * len(labels)],
            "campaign": [*labels, *[None] * len(labels)],
            "rep": [*[None] * len(labels), *labels],
            "deal_id": labels * 2,
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": labels,
            "amount": 10,
            "currency": "EUR",
            "outcome": "won",
            "closed_at": pd.Timestamp("2026-02-01T00:00Z"),
            "declared_source": labels,
        }
    )
    journeys = at.build_journeys(touches, deals)
    credits = at.attribute(journeys, ["linear", "first_touch"])
    page = written(credits, tmp_path, title=" ".join(labels), reps=True)
    assert "<script" not in page
    assert not set(re.findall(r"[\x00-\x09\x0b-\x1f\u202a-\u202e]", page))
    assert handlers(page) == []
    for _, shown in HOSTILE.values():
        assert page.count(shown.replace("&#34;", "&quot;")) + page.count(shown) > 3


@pytest.mark.slow
def test_mail_addresses_and_contacts_are_shown_only_on_request(
    journeys: at.Journeys, tmp_path: Path
) -> None:
    touches = journeys.to_frame(personal=True).drop(columns="link")
    touches["campaign"] = "mail to jane@buyer.example"
    deals = journeys.deals()[["deal_id", "amount", "currency", "outcome", "closed_at"]]
    again = at.build_journeys(touches, deals)
    credits = at.attribute(again, ["linear", "first_touch"])
    page = written(credits, tmp_path)
    assert "buyer.exa" not in page
    assert "mail to (mail address)" in page
    personal = written(credits, tmp_path, personal=True)
    assert "mail to jane@buyer.example" in personal
    assert re.search(r"person\d+@buyer\.example", personal)


def of_reps(deals: dict[str, int]) -> Journeys:
    """Return journeys with so many deals of each rep, and one of marketing each."""
    names = [name for name, many in deals.items() for _ in range(many)]
    ids = [f"D{at}" for at in range(len(names))]
    touches = pd.DataFrame(
        {
            "time": pd.Timestamp("2026-01-01T09:00Z"),
            "team": ["sales"] * len(ids) + ["marketing"] * len(ids),
            "channel": ["call"] * len(ids) + ["ad"] * len(ids),
            "rep": names + [None] * len(ids),
            "deal_id": ids * 2,
        }
    )
    table = pd.DataFrame(
        {
            "deal_id": ids,
            "amount": 10,
            "currency": "EUR",
            "outcome": "won",
            "closed_at": pd.Timestamp("2026-02-01T00:00Z"),
        }
    )
    return at.build_journeys(touches, table)


def shown_reps(journeys: Journeys) -> dict[str, int]:
    credits = at.attribute(merged(journeys), "linear")
    frame = credits.by("rep as shown")
    return dict(zip(frame["rep as shown"], frame["deals"].tolist(), strict=True))


def test_reps_are_shown_only_on_request_and_with_a_warning(tmp_path: Path) -> None:
    credits = at.attribute(of_reps({"Zoe": 30, "Ana": 10, "Bo": 10}), "linear")
    without = written(credits, tmp_path)
    assert not re.search("Zoe|Ana|Bo<", without)
    assert NO_BASIS not in without
    page = texts(written(credits, tmp_path, reps=True))
    assert NO_BASIS in page
    assert page.index("Ana") < page.index("Bo") < page.index("Zoe")


def test_cells_of_few_deals_are_merged() -> None:
    found = shown_reps(of_reps({"Ana": 12, "Bo": 6, "Cy": 5, "Di": 9}))
    assert found == {"Ana": 12, MERGED: 20, "(none)": 32}


def test_what_is_merged_is_of_enough_deals_too() -> None:
    found = shown_reps(of_reps({"Ana": 12, "Bo": 30, "Cy": 2}))
    assert found == {"Bo": 30, MERGED: 14, "(none)": 44}
    assert min(found.values()) >= FEWEST


@pytest.mark.slow
def test_costs_by_rep_show_no_rep(tmp_path: Path) -> None:
    credits = at.attribute(of_reps({"Zoe": 30}), "linear")
    costs = pd.DataFrame({"team": ["sales"], "rep": ["Zoe"], "cost": [9]})
    page = written(credits, tmp_path, costs=costs)
    assert "Zoe" not in page
    assert "credit and cost" in page


def test_one_model_has_nothing_to_compare(tmp_path: Path) -> None:
    page = texts(written(small(), tmp_path))
    assert "One model was asked for" in page
    assert "3 deals won; 100 % of that" in page


def test_nothing_won_is_said(tmp_path: Path) -> None:
    journeys = at.journeys_from_paths(["a > b"], wins=[0], losses=[4])
    credits = at.attribute(journeys, ["linear", "last_touch"])
    assert "Nothing is won." in written(credits, tmp_path)


@pytest.mark.slow
def test_a_model_fitted_on_other_deals_is_held_and_told(
    journeys: at.Journeys, tmp_path: Path
) -> None:
    own = at.attribute(journeys, "shapley:worth=win_rate")
    assert "Held as fitted elsewhere" not in written(own, tmp_path)
    part = journeys.select(np.arange(len(journeys)) % 3 != 0)
    fitted = at.fit(part, "shapley:worth=win_rate")
    other = at.attribute(journeys, fitted)
    told = "Held as fitted elsewhere in every draw: shapley:worth=win_rate."
    assert told in texts(written(other, tmp_path))


@pytest.mark.slow
def test_many_labels_are_summed_in_one_row(tmp_path: Path) -> None:
    paths = [[f"c{at:02}"] for at in range(40)]
    journeys = at.journeys_from_paths(paths, wins=[1] * 40, revenue=[10] * 40)
    page = texts(written(at.attribute(journeys, "linear"), tmp_path))
    assert "(25 others) 250.00" in page


@pytest.mark.slow
def test_what_is_no_report_is_refused(credits: at.Credits, tmp_path: Path) -> None:
    for given, options, code in (
        (credits.journeys, {}, "S05"),
        (credits, {"title": 3}, "P04"),
        (credits, {"draws": 0}, "P04"),
    ):
        with pytest.raises(at.InputError) as caught:
            at.report(given, tmp_path / "x.html", **options)  # type: ignore[arg-type]
        assert caught.value.issues[0].code == code
    with pytest.raises(at.InputError, match="F07"):
        written(small(), tmp_path / "nowhere")
    with pytest.raises(at.InputError, match="F07"):  # before anything is computed
        at.report(credits, tmp_path / "nowhere" / "x.html", draws=0)
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    written(small(), tmp_path, progress=lambda *step: seen.append(step))
    assert seen
    assert seen[-1][0] == seen[-1][1]


def test_the_draws_of_a_bootstrap_tell_their_progress(journeys: at.Journeys) -> None:
    seen: list[tuple[int, int]] = []
    models = ["linear", "markov", "shapley:worth=win_rate"]
    at.bootstrap(journeys, models, draws=8, progress=lambda *step: seen.append(step))
    done = [step[0] for step in seen]
    assert done == sorted(done)
    assert seen[-1] == (17, 17)


def test_where_there_is_no_money_shares_alone_are_ranged() -> None:
    row = {"revenue": 0.0, "low": 0.0, "high": 0.0, "share": 0.5}
    rows = [{**row, "share_low": 0.25, "share_high": 0.75}]
    found = kinds._figures(rows, 2)
    assert found == {"share": ["50 %"], "from": ["25 %"], "to": ["75 %"]}


@pytest.mark.parametrize(
    ("high", "decimals", "told"),
    [
        (0.5, 3, ["0.125", "0.125", "0.500"]),
        (2000.4, 3, ["0.125", "0", "2,000"]),
        (300.0, 0, ["0", "0", "300"]),
    ],
)
def test_credit_has_the_decimals_of_its_currency(
    high: float, decimals: int, told: list[str]
) -> None:
    row = {"revenue": 0.125, "low": 0.125, "high": high, "share": 1.0}
    found = kinds._figures([row], decimals)
    assert [found[name][0] for name in ("credit", "from", "to")] == told
    others = kinds._figures([{**row, "low": None, "high": None}], decimals)
    assert others["from"] == others["to"] == [""]

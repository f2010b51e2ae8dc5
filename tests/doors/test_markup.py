"""Text and HTML tables: aligned, bounded, and inert whatever the labels are."""

from __future__ import annotations

import html
import re
import unicodedata
from decimal import Decimal
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.doors.markup import (
    escape_html,
    escape_text,
    html_table,
    text_table,
    width,
)

LABELS = st.lists(st.text(max_size=8), min_size=1, max_size=8)
TAGS = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}


class Cells(HTMLParser):
    """Gathers the tags, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(attrs)
        if tag in {"td", "th", "caption"}:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data.replace("\n", "")


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x00\x1b[31m\x7f\x85", r"\x00\x1b[31m\x7f\x85"),
        ("\u202eevil\u2066\u200f\u061c", r"\u202eevil\u2066\u200f\u061c"),
        ("\u2028\u2029\ufeff\u200b", r"\u2028\u2029\ufeff\u200b"),
        ("\U000e0041\ud800", r"\U000e0041\ud800"),
        ("é 東京 👩‍🔧 می‌خواهم", "é 東京 👩‍🔧 می‌خواهم"),
    ],
)
def test_L05_control_and_bidi_characters_are_shown_not_obeyed(
    label: str, shown: str
) -> None:
    assert escape_text(label) == shown
    assert escape_html(label) == shown
    assert text_table({"a": [label]}).endswith(shown)


def test_F03_a_script_in_a_label_is_text() -> None:
    label = "<script>alert('x')</script>&\""
    page = html_table({label: [label]}, caption=label, footer=label)
    assert escape_html(label) in page
    assert Cells(page).tags == TAGS
    assert set(Cells(page).texts) == {label}


@given(LABELS, st.text())
def test_F03_any_label_comes_back_as_text(labels: list[str], caption: str) -> None:
    parsed = Cells(html_table({"name": labels}, caption=f"-{caption}", limit=None))
    assert parsed.tags == TAGS - {"tfoot"}
    assert parsed.attributes <= {("scope", "col")}
    texts = (f"-{caption}", "name", *labels)
    assert parsed.texts == list(map(escape_text, texts))


@given(LABELS)
def test_columns_after_labels_of_any_width_are_aligned(labels: list[str]) -> None:
    table = text_table({"label": labels, "end": ["|"] * len(labels)}, limit=None)
    _, _, *lines = table.split("\n")
    assert len(lines) == len(labels)
    assert len({width(line.removesuffix("|")) for line in lines}) == 1
    assert all(unicodedata.category(one) != "Cc" for line in lines for one in line)


@given(st.text(), st.text())
def test_widths_add_up(left: str, right: str) -> None:
    assert width(left + right) == width(left) + width(right)
    assert 0 <= width(left) <= 2 * len(left)


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    assert width("東京") == 4
    assert width("e\u0301") == 1
    assert text_table({"a": ["東京", "abc"], "b": ["x", "y"]}).split("\n") == [
        "a     b",
        "----  -",
        "東京  x",
        "abc   y",
    ]


def test_numbers_stand_to_the_right_and_text_to_the_left() -> None:
    columns: dict[str, list[object]] = {
        "n": [1, -20, np.int64(3)],
        "x": [0.5, Decimal("1.10"), np.nan],
        "money": ["1,000.00", "€5", "7"],
        "flag": [True, False, None],
    }
    assert text_table(columns, align={"money": "right"}).split("\n") == [
        "  n     x     money  flag",
        "---  ----  --------  -----",
        "  1   0.5  1,000.00  True",
        "-20  1.10        €5  False",
        "  3     –         7  –",
    ]
    assert html_table(columns).count('<td class="number">') == 6


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NaT, pd.NA, np.nan])
def test_missing_cells_are_a_dash(missing: object) -> None:
    assert text_table({"a": [missing, "x"]}).split("\n")[2] == "–"
    assert "<td>–</td>" in html_table({"a": [missing, "x"]})


def test_rows_beyond_the_limit_are_counted_above_the_footer() -> None:
    columns = {"a": np.arange(35)}
    lines = text_table(columns, footer="Credit is a division by rule.").split("\n")
    assert lines[-3:] == ["29", "… 5 more rows", "Credit is a division by rule."]
    page = html_table(columns, limit=34, footer="Credit is <a> division.")
    assert page.endswith(
        '<tfoot><tr><td colspan="1">… 1 more row</td></tr>'
        '<tr><td colspan="1">Credit is &lt;a&gt; division.</td></tr></tfoot>\n</table>'
    )
    assert "more row" not in text_table(columns, limit=35)
    assert len(text_table(columns, limit=None).split("\n")) == 37


def test_an_empty_table_has_its_header() -> None:
    assert text_table({"a": [], "b": []}) == "a  b\n-  -"
    assert text_table({}) == ""
    assert "<tbody>\n</tbody>" in html_table({"a": []})


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"lengths: \[1, 2\]"):
        text_table({"a": [1], "b": [1, 2]})


def test_a_page_names_no_resource_and_is_the_same_each_time() -> None:
    pages = {
        html_table({"a": ["http://x.y/z.js"], "b": [1]}, footer="f") for _ in range(3)
    }
    assert len(pages) == 1
    found = Cells(pages.pop()).attributes
    assert {name for name, _ in found} <= {"scope", "class", "colspan"}


def test_escaping_twice_changes_only_what_html_says() -> None:
    once = escape_html("a & b")
    assert html.unescape(once) == "a & b"
    assert re.fullmatch(r"a &amp; b", once)

"""Tables that fit the screen, amounts as texts."""

from __future__ import annotations

import io
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.cli import console
from attribution.cli.fitting import GAP, LONGEST_WORD, fitted
from attribution.cli.layout import money
from attribution.doors.markup import width

WORDS = st.lists(st.text("ab", min_size=1, max_size=8), max_size=5).map(" ".join)


@given(st.integers(-(10**15), 10**15), st.integers(0, 9))
def test_money_is_exact(minor: int, decimals: int) -> None:
    text = money(minor, decimals)
    assert Decimal(text.replace(",", "")) == Decimal(minor) / 10**decimals
    assert len(text.partition(".")[2]) == decimals


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6), st.integers(20, 60))
def test_a_table_fits_and_keeps_every_word_in_order(
    rows: list[tuple[str, str]], room: int
) -> None:
    columns = {"a": [one for one, _ in rows], "b": [one for _, one in rows]}
    found = fitted(columns, room, ["a", "b"])
    widths = [max(map(width, [name, *cells])) for name, cells in found.items()]
    assert sum(widths) + GAP <= room
    assert len({len(cells) for cells in found.values()}) == 1
    for name, cells in columns.items():
        assert " ".join(found[name]).split() == " ".join(cells).split()


def test_a_table_that_fits_is_left_as_it_is() -> None:
    columns = {"a": ["one two", ""], "b": ["x", "y"]}
    assert fitted(columns, 10, ["a"]) == columns


def test_the_column_that_gives_most_room_for_fewest_lines_is_broken() -> None:
    columns = {"a": ["one two", "one two"], "b": ["three four", "x"]}
    found = fitted(columns, 15, ["a", "b"])
    assert found == {"a": ["one two", "", "one two"], "b": ["three", "four", "x"]}


def test_a_word_is_broken_only_beyond_the_longest() -> None:
    found = fitted({"a": ["x" * (2 * LONGEST_WORD)], "b": ["1"]}, 5, ["a"])
    assert found["a"] == ["x" * LONGEST_WORD] * 2


def test_a_cell_cannot_begin_a_line_of_its_own() -> None:
    assert fitted({"a": ["x\ny"]}, 80, ["a"]) == {"a": ["x\\ny"]}


@pytest.mark.parametrize(("terminal", "lines"), [(False, 1), (True, 2)])
def test_a_sentence_is_broken_at_a_terminal_only(
    terminal: bool, lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "80")
    assert len(console.lines_of("word " * 20).splitlines()) == lines

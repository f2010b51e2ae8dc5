"""``attribution report``: the page, the record beside it, what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import attribution as at
from attribution.cli import main
from attribution.doors.files import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


def ran(tables: Sequence[str], *words: object) -> int:
    return main(["report", *tables, "--draws", "5", *map(str, words)])


@pytest.mark.slow
def test_the_page_is_that_of_the_library(
    tables: list[str], out: Path, capfd: Capture
) -> None:
    assert ran(tables, "--out", out / "a.html", "--title", "Q1") == 0
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "wrote" in captured.err
    journeys = at.build_journeys(*map(read_table, tables))
    credits = at.attribute(journeys, ["linear", "first_touch", "last_touch"])
    expected = at.report(credits, out / "b.html", draws=5, title="Q1")
    assert (out / "a.html").read_bytes() == expected.read_bytes()
    record = json.loads((out / "run.json").read_text())
    assert record["asked"]["title"] == "Q1"
    assert record["models"] == ["linear", "first_touch", "last_touch"]


@pytest.mark.slow
def test_costs_are_a_table_in_another_currency(tables: list[str], out: Path) -> None:
    deals = out.parent / "in" / "deals.csv"
    rows = [one for one in deals.read_text().splitlines() if ",USD," not in one]
    deals.write_text("\n".join(rows))
    costs = out / "costs.csv"
    costs.write_text("channel,cost,currency\nwebinar,9,USD\n")
    words = ["--out", out / "a.html", "--costs", costs, "--rate", "USD=0.5"]
    assert ran(tables, *words, "--margin", 0.8) == 0
    assert "webinar" in (out / "a.html").read_text()
    record = json.loads((out / "run.json").read_text())
    assert record["inputs"]["costs"]["file"] == "costs.csv"
    assert record["asked"]["rates"] == {"USD": "0.5"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 2),
        (["--out", "a.csv"], 2),
        (["--out", "nowhere/a.html"], 2),
        (["--out", "folder.html"], 2),
        (["--out", "a.html", "--rate", "USD"], 2),
        (["--out", "a.html", "--costs", "none.csv"], 1),
        (["--out", "a.html", "--draws", "0"], 2),
        (["--out", "a.html", "--costs", "a.html"], 2),
    ],
)
def test_a_fault_leaves_no_file(
    words: list[str],
    code: int,
    tables: list[str],
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(out)
    (out / "folder.html").mkdir()
    assert ran(tables, *words) == code
    assert [one.name for one in out.iterdir()] == ["folder.html"]

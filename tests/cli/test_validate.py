"""``attribution validate``: what is wrong, and what would be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from attribution.cli import main

Capture = pytest.CaptureFixture[str]
LAW = (
    "Credit is a division by rule, not a measured effect; 6.6 % of won EUR, 0 % of won"
)


def test_rows_and_issues_are_shown_and_the_code_is_0(
    tables: list[str], capsys: Capture
) -> None:
    assert main(["validate", *tables]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert lines[0].split() == ["table", "rows", "used", "set", "aside", "by", "reason"]
    assert lines[2].split() == ["touches", "7", "5", "2", "J01", "1,", "T06", "1"]
    assert lines[3].split() == ["deals", "4", "4", "0"]
    kinds = {"note", "warning", "set aside"}
    codes = [line[:3] for line in lines if line[6:15].strip() in kinds]
    assert codes == ["T15", "T06", "J01"]
    assert sum(line.startswith(LAW) for line in lines) == 3
    assert lines[lines.index("Touches without a deal:") + 3].split()[-1] == "1"
    assert lines[-1].startswith(LAW)


def test_tables_without_an_issue_are_said_to_have_none(
    tables: list[str], capsys: Capture
) -> None:
    text = Path(tables[0]).read_text().splitlines()
    Path(tables[0]).write_text("\n".join(text[:4]) + "\n")
    assert main(["validate", *tables, "--as-of", "2026-04-01"]) == 0
    assert capsys.readouterr().out.endswith("No issue was found.\n")


def test_every_error_goes_to_stderr_and_the_code_is_1(
    tables: list[str], capsys: Capture
) -> None:
    text = Path(tables[1]).read_text()
    text = text.replace("100.00", "-1").replace(",EUR,won,2026-02-11", ",ZZZ,won,soon")
    Path(tables[1]).write_text(text)
    assert main(["validate", *tables]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert {line[:12] for line in lines} >= {
        "error: [M03]", "error: [M06]", "error: [T10]",
    }  # fmt: skip


def test_control_characters_of_a_table_never_reach_the_terminal(
    tables: list[str], capsys: Capture
) -> None:
    text = Path(tables[0]).read_text().replace("sales", "\x1b[31mred")
    Path(tables[0]).write_text(text)
    assert main(["validate", *tables]) == 1
    assert "\x1b" not in capsys.readouterr().err

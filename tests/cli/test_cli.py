"""The command line: its exit codes, its streams, its schemas."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import attribution as at
from attribution.cli import main
from attribution.cli.options import PLAIN
from attribution.cli.schema import TABLES
from attribution.intake.checks.columns import OURS

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


def shown(command: list[str], capsys: Capture) -> tuple[int, str, str]:
    code = main(command)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_version_and_the_help_go_to_stdout_with_code_0(capsys: Capture) -> None:
    code, out, err = shown(["--version"], capsys)
    assert (code, out, err) == (0, f"attribution {at.__version__}\n", "")
    code, out, err = shown(["run", "--help"], capsys)
    assert (code, err) == (0, "")
    assert "linear(per='touch'): Every touch" in out
    code, out, err = shown(["demo", "--help"], capsys)
    assert (code, err) == (0, "")
    assert "--out DIR" in out


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["run"],
        ["schema", "nonsense"],
        ["demo", "--ou", "x"],
        ["run", "a.csv", "b.csv", "--by", "team,"],
        ["run", "a.csv", "b.csv", "--column", "deal_id"],
        ["run", "a.csv", "b.csv", "--outcome", "Closed Won"],
        ["run", "a.csv", "b.csv", "--team", "=sales"],
        ["run", "a.csv", "b.csv", "--team", "a=sales", "--team", "a=marketing"],
        ["run", "a.csv", "b.csv", "--anchor", "nonsense"],
        ["run", "a.csv", "b.csv", "--decimals", "two"],
        ["run", "a.csv", "b.csv", "--out", "credits.xlsx"],
        ["run", "a.csv", "b.csv", "--out", "no-such-folder/credits.csv"],
        ["run", "a.csv", "b.csv", "--out", "run.json"],
        ["run", "a.csv", "b.csv", "--out", "folder.csv"],
        ["run", "-", "-"],
        ["run", "a.csv", "b.csv", "--model", "time_decy"],
    ],
)
def test_a_command_line_at_fault_ends_with_2(
    words: list[str], tmp_path: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    code, out, err = shown(words, capsys)
    assert (code, out) == (2, "")
    assert err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--lookback", "180"], "P01"),
        (["--model", "time_decay:half_life=0d"], "P01"),
        (["--model", "linear:pre=touch"], "P03"),
        (["--model", "linear", "--model", "linear"], "P03"),
        (["--threads", "0"], "P04"),
        (["--team", "a=sales", "--team", "sdr"], "P04"),
        (["--decimals", "10"], "P06"),
        (["--by", "chanel"], "P09"),
        (["--deal", "D77"], "P10"),
        (["--as-of", "soon"], "T10"),
        (["--tz", "Mars"], "T05"),
        (["--currency", "EURO"], "M06"),
        (["--days", "closed"], "S01"),
        (["--column", "deal_id=Id"], "S01"),
    ],
)
def test_an_option_at_fault_ends_with_2(
    words: list[str], code: str, tables: list[str], capsys: Capture
) -> None:
    ended, out, err = shown(["run", *tables, *words], capsys)
    assert (ended, out) == (2, "")
    assert err.startswith(f"error: [{code}]")


def test_every_option_of_build_journeys_is_one_of_the_command_line() -> None:
    keywords = inspect.signature(at.build_journeys).parameters.keys()
    named = {"touches", "deals", "contacts", "columns", "outcomes", "teams"}
    assert set(PLAIN) == keywords - named


def test_an_unexpected_exception_ends_with_3_and_one_sentence(
    tables: list[str], capsys: Capture, monkeypatch: Patch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("ann@example.com")

    monkeypatch.setattr("attribution.cli.run.attribute", fail)
    code, out, err = shown(["run", *tables], capsys)
    assert (code, out) == (3, "")
    assert err == (
        "attribution: RuntimeError: the program is at fault; "
        "--debug shows where it happened.\n"
    )
    code, out, err = shown(["run", *tables, "--debug"], capsys)
    assert code == 3
    assert "Traceback" in err


def test_a_file_that_cannot_be_written_ends_with_3_and_says_which(
    tables: list[str], out: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", str(out / "credits.csv"))

    monkeypatch.setattr("attribution.cli.run.write_table", full)
    words = ["run", *tables, "--out", str(out / "credits.csv")]
    code, _, err = shown(words, capsys)
    assert code == 3
    assert err == "attribution: OSError: No space left on device (credits.csv).\n"


@pytest.mark.parametrize("table", ["touches", "deals", "contacts"])
def test_the_schema_of_a_table_names_the_columns_that_are_read(
    table: str, capsys: Capture
) -> None:
    code, out, _ = shown(["schema", table], capsys)
    found = json.loads(out)
    assert code == 0
    assert [one["name"] for one in found["columns"]] == list(TABLES[table][0])
    assert {one["name"] for one in found["columns"]} == set(OURS[table])
    assert all(one["what"].endswith(".") for one in found["columns"])


def test_a_table_without_a_column_that_its_schema_requires_is_refused(
    tables: list[str], capsys: Capture
) -> None:
    text = Path(tables[1]).read_text()
    Path(tables[1]).write_text(text.replace("amount", "price", 1))
    code, _, err = shown(["validate", *tables], capsys)
    assert code == 1
    assert "[S01] deals.amount" in err
    assert "--column deals.amount=THEIRS" in err


def test_the_schema_of_models_is_that_of_each_model_by_name(capsys: Capture) -> None:
    code, out, _ = shown(["schema", "models"], capsys)
    found = json.loads(out)
    assert code == 0
    assert list(found) == list(at.list_models())
    decay = found["time_decay"]
    assert decay["properties"]["half_life"]["default"] == "7d"
    assert decay["description"].startswith("Weights halve")
    assert decay["additionalProperties"] is False


@pytest.mark.parametrize(
    ("name", "title"), [("request", "SplitRequest"), ("response", "SplitResponse")]
)
def test_the_schema_of_a_request_or_response_is_that_of_the_service(
    name: str, title: str, capsys: Capture
) -> None:
    code, out, _ = shown(["schema", name], capsys)
    found = json.loads(out)
    assert code == 0
    assert found["title"] == title
    assert found["additionalProperties"] is False
    assert set(found["required"]) >= {"model", "deals"}


def test_the_command_line_loads_nothing_heavy_before_it_is_read() -> None:
    code = (
        "import sys, attribution.cli\n"
        "print({'numpy', 'pandas', 'scipy', 'narwhals', 'pydantic'} & {*sys.modules})"
    )
    words = [sys.executable, "-c", code]
    ran = subprocess.run(words, capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


def test_the_package_runs_as_a_module() -> None:
    words = [sys.executable, "-m", "attribution", "--version"]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, f"attribution {at.__version__}\n")

"""``attribution run``: files, stdout, stdin, the record, the ledgers."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import attribution as at
from attribution.cli import main
from attribution.doors.files import read_table, safe_name
from attribution.doors.frames.csv import csv_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

EVIL = "../../etc/x"


def ran(tables: Sequence[str], *words: object) -> int:
    return main(["run", *tables, *map(str, words)])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def given_on_stdin(text: bytes, monkeypatch: Patch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))


def test_the_credit_is_that_of_the_library(tables: list[str], out: Path) -> None:
    path = out / "credits.parquet"
    words = ["--model", "linear", "--model", "last_touch", "--by", "channel", "--minor"]
    assert ran(tables, *words, "--period", "month", "--out", path) == 0
    journeys = at.build_journeys(*map(read_table, tables))
    credits = at.attribute(journeys, ["linear", "last_touch"])
    expected = credits.by("channel", minor=True, period="month")
    assert csv_bytes(read_table(path)) == csv_bytes(expected)


@pytest.mark.parametrize(
    "ending", [".csv", ".csv.gz", ".parquet", ".json", ".jsonl", ".CSV"]
)
def test_the_kind_of_file_is_that_of_its_ending(
    ending: str, tables: list[str], out: Path
) -> None:
    path = out / f"credits{ending}"
    assert ran(tables, "--out", path) == 0
    assert len(read_table(path)) == 5
    assert names(out) == [path.name, "run.json"]


def test_stdout_has_the_bytes_of_the_file_and_stderr_all_else(
    tables: list[str], out: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert ran(tables, "--out", out / "credits.csv") == 0
    assert capfdbinary.readouterr().out == b""
    assert ran(tables) == 0
    captured = capfdbinary.readouterr()
    assert captured.out == (out / "credits.csv").read_bytes()
    assert b"touches: 5 of 7 rows used, 2 set aside; deals: 4 of 4" in captured.err
    assert b"Credit is a division by rule" in captured.err


def test_stdout_may_be_a_text_of_python(tables: list[str], monkeypatch: Patch) -> None:
    text = io.StringIO()
    monkeypatch.setattr(sys, "stdout", text)
    assert ran(tables) == 0
    assert text.getvalue().startswith("model,team,channel,revenue")


@pytest.mark.parametrize("at", [0, 1])
def test_a_table_may_come_from_stdin(
    at: int, tables: list[str], out: Path, monkeypatch: Patch
) -> None:
    assert ran(tables, "--out", out / "a.csv") == 0
    before = json.loads((out / "run.json").read_text())
    given_on_stdin(Path(tables[at]).read_bytes(), monkeypatch)
    tables[at] = "-"
    assert ran(tables, "--out", out / "b.csv") == 0
    assert (out / "a.csv").read_bytes() == (out / "b.csv").read_bytes()
    after = json.loads((out / "run.json").read_text())
    name = ("touches", "deals")[at]
    assert after["inputs"][name]["file"] == "-"
    before["inputs"][name]["file"] = "-"
    assert before == after


def test_the_faults_of_all_files_are_told_at_once(
    tables: list[str], capsys: Capture, monkeypatch: Patch
) -> None:
    given_on_stdin(b"a,b\n1\n", monkeypatch)
    assert ran(["-", "nothing.csv"], "--contacts", "book.xlsx") == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line[:12] for line in lines] == [
        "error: [S09]", "error: [F05]", "error: [F05]",
    ]  # fmt: skip


def test_every_error_of_the_tables_is_one_line_on_stderr(
    tables: list[str], capsys: Capture
) -> None:
    text = Path(tables[1]).read_text().replace("100.00", "x").replace("5,USD", "-5,USD")
    Path(tables[1]).write_text(text)
    assert ran(tables) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert sorted(line[:12] for line in lines) == ["error: [M03]", "error: [M09]"]


def test_f01_a_deal_id_never_leaves_the_folder_of_the_results(
    tables: list[str], out: Path
) -> None:
    words = ["--out", out / "credits.csv", "--deal", EVIL, "--deal", "D1"]
    assert ran(tables, *words) == 0
    ledgers = [f"ledger-{safe_name(one)}.csv" for one in ("D1", EVIL)]
    assert names(out) == ["credits.csv", *ledgers, "run.json"]
    assert names(out.parent) == ["in", "out"]
    found = read_table(out / ledgers[0])
    assert found["credit_minor"].tolist() == ["3334", "3333", "3333", "0"]


def test_f02_a_formula_in_a_label_is_made_harmless_unless_raw(
    tables: list[str], out: Path
) -> None:
    path, ledger = out / "credits.csv", out / f"ledger-{safe_name('D1')}.csv"
    lines = out / "lines.csv"
    words = ["--out", path, "--lines", lines, "--deal", "D1"]
    assert ran(tables, *words) == 0
    for one in (path, lines, ledger):
        assert ",'=HYPERLINK(1)," in one.read_text()
    assert ran(tables, *words, "--raw") == 0
    for one in (path, lines, ledger):
        assert ",=HYPERLINK(1)," in one.read_text()


def test_a_ledger_without_out_is_text_in_place_of_the_table(
    tables: list[str], capsys: Capture
) -> None:
    words = [
        "--deal",
        "D1",
        "--deal",
        "D2",
        "--model",
        "linear",
        "--model",
        "last_touch",
    ]
    assert ran(tables, *words) == 0
    out = capsys.readouterr().out
    assert out.startswith("Deal D1: won, 100.00 EUR")
    assert "\n\nDeal D2: won, 7.01 EUR" in out
    assert "lies after the anchor" in out
    ends = [
        line for line in out.splitlines() if line.startswith("Credit is a division")
    ]
    assert len(ends) == 2
    assert out.splitlines()[-1] == ends[-1]


def test_lines_alone_go_to_their_file_and_the_credit_to_stdout(
    tables: list[str], out: Path, capsys: Capture
) -> None:
    assert ran(tables, "--lines", out / "lines.jsonl") == 0
    assert capsys.readouterr().out.startswith("model,team,channel")
    assert names(out) == ["lines.jsonl", "run.json"]
    assert len(read_table(out / "lines.jsonl")) == 4


def test_each_folder_with_a_result_has_the_record(tables: list[str], out: Path) -> None:
    more = out / "more"
    more.mkdir()
    assert ran(tables, "--out", out / "a.csv", "--lines", more / "b.csv") == 0
    assert (out / "run.json").read_bytes() == (more / "run.json").read_bytes()


@pytest.mark.parametrize("of", ["won", "lost", "open", "pipeline"])
def test_the_record_counts_rows_and_money(
    of: str, tables: list[str], out: Path
) -> None:
    words = ["--column", "deals.amount=amount", "--outcome", "*=open", "--of", of]
    assert ran(tables, "--out", out / "a.csv", *words) == 0
    found = json.loads((out / "run.json").read_text())
    assert found["rows"] == {
        "touches": {"in": 7, "used": 5, "set_aside": {"J01": 1, "T06": 1}},
        "deals": {"in": 4, "used": 4, "set_aside": {}},
    }
    due = {"won": (10701, 500), "lost": (5000, 0), "open": (0, 0)}
    due["pipeline"] = (15701, 500)
    money = [found["totals"][name]["models"]["linear"] for name in ("EUR", "USD")]
    assert tuple(one["total_minor"] for one in money) == due[of]
    assert money[0]["unattributed_minor"] == (701 if of in {"won", "pipeline"} else 0)
    assert found["models"] == ["linear"]
    assert found["asked"]["columns"] == {"deals": {"amount": "amount"}}
    assert found["options"]["as_of"] == "2026-03-02T09:00:00Z"
    for name, path in zip(("touches", "deals"), tables, strict=True):
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        assert found["inputs"][name] == {"file": f"{name}.csv", "sha256": digest}


def test_the_record_holds_no_clock_no_folder_and_no_personal_value(
    tables: list[str], tmp_path: Path, monkeypatch: Patch
) -> None:
    contacts = tmp_path / "in" / "contacts.csv"
    contacts.write_text("deal_id,contact_id\nD1,ann@example.com\n")
    text = Path(tables[0]).read_text().replace("deal_id", "contact_id")
    Path(tables[0]).write_text(text.replace(",D1", ",ann@example.com"))
    records = []
    for name, clock in (("first", 1e9), ("second", 2e9)):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setattr("time.time", lambda clock=clock: clock)
        words = ["--contacts", contacts, "--out", folder / "a.csv"]
        assert ran(tables, *words, "--lines", folder / "b.csv") == 0
        records.append((folder / "run.json").read_bytes())
        for path in folder.iterdir():
            assert b"ann@example.com" not in path.read_bytes()
    assert records[0] == records[1]
    assert str(tmp_path).encode() not in records[0]
    found = json.loads(records[0])
    assert set(found) == {
        "asked", "inputs", "models", "options", "rows", "totals", "versions",
    }  # fmt: skip
    assert set(found["versions"]) == {"attribution", "numpy", "pandas"}


def test_options_reach_the_journeys(tables: list[str], out: Path) -> None:
    words: list[str] = []
    for name, value in (
        ("lookback", "30d"), ("anchor", "closed"), ("as-of", "2026-02-20"),
        ("tz", "Europe/Berlin"), ("days", "closed_at"), ("start", "all"),
        ("sharing", "each"), ("process", "call, demo"), ("process", "ads"),
        ("currency", "EUR"), ("decimals", "3"), ("rounding", "half_even"),
        ("unit", "person_day"), ("dedupe", "30min"), ("after", "sales=sql"),
        ("before", "opportunity"), ("exclude", "mail,team=sdr"), ("exclude", "ads"),
        ("lookback", "webinar=1h"), ("keep", "touch_id"),
        ("links", "account,deal"), ("ids", "salesforce"),
        ("team", "webinar=marketing"), ("outcome", "Gain=won"),
    ):  # fmt: skip
        words += [f"--{name}", value]
    words += ["--allow-negative", "--column", "touches.channel=channel"]
    assert ran(tables, *words, "--out", out / "a.csv") == 0
    found = json.loads((out / "run.json").read_text())["options"]
    assert found == {
        "after": {"sales": "sql"}, "before": "opportunity", "dedupe": "30m",
        "exclude": {"channel": ["ads", "mail"], "team": ["sdr"]}, "unit": "person_day",
        "allow_negative": True, "anchor": "closed",
        "as_of": "2026-02-20T22:59:59.999999Z", "currency": "EUR",
        "days": ["closed_at"], "decimals": 3, "ids": "salesforce",
        "keep": ["touch_id"], "links": ["deal", "account"],
        "lookback": {"*": "30d", "webinar": "1h"}, "rounding": "half_even",
        "sharing": "each", "start": "all",
        "outcomes": {"gain": "won", "lost": "lost", "open": "open", "won": "won"},
        "process": ["ads", "call", "demo"], "teams": {"webinar": "marketing"},
        "tz": "Europe/Berlin",
    }  # fmt: skip


def test_further_teams_can_be_declared(tables: list[str], out: Path) -> None:
    text = Path(tables[0]).read_text().replace("sales", "sdr")
    Path(tables[0]).write_text(text)
    words = ["--out", out / "a.csv", "--by", "team"]
    assert ran(tables, *words) == 1
    assert ran(tables, *words, "--team", "sdr") == 0
    assert set(read_table(out / "a.csv")["team"]) >= {"sdr", "marketing"}


@pytest.mark.parametrize("option", ["--out", "--lines"])
def test_an_input_is_never_written_over(
    option: str, tables: list[str], capsys: Capture
) -> None:
    before = Path(tables[0]).read_bytes()
    assert ran(tables, option, tables[0]) == 2
    assert "is the table of touches, which is read" in capsys.readouterr().err
    assert Path(tables[0]).read_bytes() == before


def test_two_results_never_go_to_one_file(
    tables: list[str], out: Path, capsys: Capture
) -> None:
    assert ran(tables, "--out", out / "a.csv", "--lines", out / "a.csv") == 2
    assert "is the file of --out" in capsys.readouterr().err
    assert names(out) == []


def test_a_run_whose_totals_differ_ends_with_3_and_writes_nothing(
    tables: list[str], out: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    lines = at.Credits.lines

    def short(self: at.Credits, **given: Any) -> Any:
        frame = lines(self, **given)
        return frame.assign(credit_minor=frame["credit_minor"] - (frame.index == 0))

    monkeypatch.setattr(at.Credits, "lines", short)
    words = ["--out", out / "a.csv", "--lines", out / "b.csv"]
    assert ran(tables, *words) == 3
    assert capsys.readouterr().err == (
        "attribution: the lines of linear and the unattributed money sum to 499 "
        "minor units of USD, but the deals to 500.\n"
    )
    assert names(out) == []


def test_progress_is_asked_for_only_at_a_terminal(
    tables: list[str], monkeypatch: Patch
) -> None:
    asked = []

    def attribute(journeys: at.Journeys, models: Any, **given: Any) -> at.Credits:
        asked.append(given["progress"])
        return at.attribute(journeys, models)

    monkeypatch.setattr("attribution.cli.run.attribute", attribute)
    assert ran(tables) == 0
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert ran(tables) == 0
    assert asked == [False, True]

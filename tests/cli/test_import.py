"""``attribution import``: five tables and a record, in one folder and nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from crm_exports import DEAL, frame, opportunity, task

import attribution as at
from attribution.cli import main
from attribution.doors.files import read_table
from attribution.doors.frames.csv import csv_bytes

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]
FILES = [
    "contacts.csv", "deals.csv", "issues.csv", "leads.csv", "run.json", "touches.csv",
]  # fmt: skip
MAPPING = """
[[objects]]
name = "Task"
as = "touches"
team = "sales"
channel = "task"
columns = { time = "ActivityDate", deal_id = "WhatId" }
"""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    rows = frame(task(1, WhatId=DEAL), task(2, WhatId=DEAL, IsClosed="false"))
    rows.to_csv(folder / "Task.csv", index=False)
    frame(opportunity()).to_csv(folder / "Opportunity.csv", index=False)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_files_are_the_tables_of_the_library(
    export: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    assert main(["import", "salesforce", str(export), "--out", str(out)]) == 0
    assert names(out) == FILES
    assert names(tmp_path) == ["in", "out"]
    found = at.crm.salesforce(export)
    for name in ("touches", "deals", "contacts", "leads", "issues"):
        own = getattr(found, name)
        assert (out / f"{name}.csv").read_bytes() == csv_bytes(own)
    told = capsys.readouterr()
    assert told.out == f"{found.summary()}\n\n{found.issue_text()}\n"
    assert told.err.startswith("wrote ")


def test_the_files_go_straight_into_run(export: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["import", "salesforce", str(export), "--out", str(out)]) == 0
    tables = [str(out / "touches.csv"), str(out / "deals.csv")]
    credit = tmp_path / "credit.csv"
    words = ["--contacts", str(out / "contacts.csv"), "--out", str(credit), "--minor"]
    assert main(["run", *tables, *words, "--currency", "USD"]) == 0
    assert read_table(credit)["revenue_minor"].tolist() == ["10050"]


def test_rules_are_switched_and_recorded_without_clock_or_folder(
    export: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ["import", "salesforce", str(export), "--out", str(out)]
    assert main([*words, "--rule", "task.closed=false", "--rule", "deleted=true"]) == 0
    assert len(read_table(out / "touches.csv")) == 2
    text = (out / "run.json").read_text()
    assert str(tmp_path) not in text
    record = json.loads(text)
    assert record["asked"] == {
        "system": "salesforce", "rules": {"deleted": True, "task.closed": False},
    }  # fmt: skip
    assert record["rows"]["Task"] == {
        "in": 2, "kept": 2,
        "set_aside": {"deleted": 0, "no time": 0, "task.list_email": 0,
                      "task.reached": 0},
    }  # fmt: skip
    assert record["links"]["deal"] == 2
    assert record["inputs"]["Task"]["file"] == "Task.csv"


def test_any_system_is_read_by_a_mapping(export: Path, tmp_path: Path) -> None:
    mapping, out = tmp_path / "map.toml", tmp_path / "out"
    mapping.write_text(MAPPING)
    words = ["import", "generic", str(export), "--out", str(out)]
    assert main([*words, "--mapping", str(mapping)]) == 0
    assert len(read_table(out / "touches.csv")) == 2
    record = json.loads((out / "run.json").read_text())
    assert record["asked"]["mapping"]["file"] == "map.toml"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["generic", "IN", "--out", "OUT"], 2, "generic needs a mapping"),
        (["salesforce", "IN", "--out", "OUT", "--mapping", "x"], 2, "takes no mapping"),
        (["salesforce", "IN", "--out", "IN"], 2, "is the folder that is read"),
        (["salesforce", "IN", "--out", "OUT", "--rule", "x=false"], 2, "no rule 'x'"),
        (["salesforce", "IN", "--out", "OUT", "--rule", "x"], 2, "is not NAME=true"),
        (["hubspot", "IN", "--out", "OUT"], 1, "looks like Salesforce"),
        (["salesforce", "nowhere", "--out", "OUT"], 1, "is no folder"),
    ],
)
def test_what_cannot_be_imported_writes_nothing(
    words: list[str],
    code: int,
    told: str,
    export: Path,
    tmp_path: Path,
    capsys: Capture,
) -> None:
    places = {"IN": str(export), "OUT": str(tmp_path / "out")}
    assert main(["import", *(places.get(one, one) for one in words)]) == code
    assert told in capsys.readouterr().err
    assert names(tmp_path) == ["in"]
    assert names(export) == ["Opportunity.csv", "Task.csv"]

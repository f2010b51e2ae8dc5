"""Files and frames found by the names of their objects; what is refused."""

from __future__ import annotations

import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from crm_exports import DEAL, cells, frame, opportunity, task, told

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def written(folder: Path, **tables: pd.DataFrame) -> Path:
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def sound(folder: Path) -> Path:
    rows = frame(task(WhatId=DEAL))
    return written(folder, Opportunity=frame(opportunity()), Task=rows)


def refused(source: object, **given: Any) -> str:
    read = given.pop("read", at.crm.salesforce)
    with pytest.raises(at.InputError) as caught:
        read(source, **given)
    return str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "ours"),
    [
        ("Task", str), ("task", str), ("TASKS", str), ("sf_task_data", "snake"),
        ("salesforce_task", "snake"), ("Task_2024_01_25", str), ("task", "stitch"),
        ("sf_tasks_export", "lower"),
    ],
)  # fmt: skip
def test_an_object_is_found_by_its_name_in_any_form(
    file: str, ours: str | Callable[[str], str], tmp_path: Path
) -> None:
    expected = at.crm.salesforce(sound(tmp_path / "a")).touches
    rows = frame(task(WhatId=DEAL))
    forms = {
        "snake": lambda name: "".join(
            f"_{one.lower()}" if one.isupper() else one for one in name
        ).strip("_"),
        "stitch": str.lower,
        "lower": str.lower,
    }
    rename = forms[ours] if isinstance(ours, str) else ours
    rows = rows.rename(columns=rename)
    folder = written(tmp_path / "b", Opportunity=frame(opportunity()), **{file: rows})
    found = at.crm.salesforce(folder)
    pd.testing.assert_frame_equal(found.touches, expected)
    assert found.files == {"Opportunity": "Opportunity.csv", "Task": f"{file}.csv"}


def test_bom_newlines_in_quotes_and_json_in_cells_are_read(tmp_path: Path) -> None:
    folder = sound(tmp_path / "a")
    file = folder / "Task.csv"
    text = file.read_text()
    header, row = text.splitlines()
    spoiled = f'\ufeff{header},Note\n{row},"a ""b""\nc, {{""d"": 1}}"\n'
    file.write_text(spoiled, encoding="utf-8")
    assert len(at.crm.salesforce(folder).touches) == 1


def test_parquet_and_gzip_are_read_as_csv_is(tmp_path: Path) -> None:
    expected = at.crm.salesforce(sound(tmp_path / "a")).touches
    folder = tmp_path / "b"
    folder.mkdir()
    frame(task(WhatId=DEAL)).to_parquet(folder / "task.parquet")
    frame(opportunity()).to_csv(folder / "Opportunity.csv.gz", index=False)
    pd.testing.assert_frame_equal(at.crm.salesforce(folder).touches, expected)


def test_a_folder_or_frames_of_text_or_of_guessed_types_give_the_same(
    tmp_path: Path,
) -> None:
    folder = sound(tmp_path / "a")
    expected = at.crm.salesforce(folder)
    guessed = {path.stem: pd.read_csv(path) for path in folder.iterdir()}
    found = at.crm.salesforce(guessed)
    pd.testing.assert_frame_equal(found.touches, expected.touches)
    assert cells(found.deals, *found.deals) == cells(expected.deals, *expected.deals)


def test_c01_an_export_of_another_system_is_named(tmp_path: Path) -> None:
    deals = pd.DataFrame({"id": ["1"], "amount": ["1"], "dealstage": ["x"]})
    folder = written(tmp_path / "a", deals=deals)
    assert refused(folder) == (
        "[C01] source: this looks like HubSpot, not Salesforce. "
        "Read it with attribution.crm.hubspot."
    )
    assert "looks like Salesforce" in refused(
        {"Opportunity": frame(opportunity())}, read=at.crm.hubspot
    )


def test_a_needed_object_that_is_missing_names_the_nearest_file(tmp_path: Path) -> None:
    folder = written(tmp_path / "a", Oportunity=frame(opportunity()))
    assert "[C02] Opportunity: is needed and missing" in refused(folder)
    assert "Did you mean 'Oportunity'?" in refused(folder)


def test_a_needed_column_that_is_missing_names_the_nearest() -> None:
    rows = frame(opportunity()).rename(columns={"Amount": "Amont"})
    assert refused({"Opportunity": rows}) == (
        "[S01] Opportunity.Amount: is a needed column and missing. "
        "Did you mean 'Amont'?"
    )


def test_an_object_given_twice_is_refused(tmp_path: Path) -> None:
    folder = sound(tmp_path / "a")
    (folder / "tasks.csv").write_text((folder / "Task.csv").read_text())
    assert "[S02] Task: is given twice: as Task.csv and tasks.csv." in refused(folder)


def archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("Task.csv", "Id\n")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("Task.zip", archive),
        ("Task.xlsx", archive),
        ("Task.pkl", lambda path: path.write_bytes(pickle.dumps([1]))),
        ("Task.csv", archive),
        ("Task.parquet", lambda path: path.write_bytes(b"PAR1x")),
        ("Task.csv", lambda path: path.write_bytes(b"Id,WhoId\n1\n")),
        ("Task.csv", lambda path: path.write_bytes(b"Id,WhoId\n1,\0\n")),
        ("Task.csv", lambda path: path.write_bytes("Id\né\n".encode("latin-1"))),
    ],
)
def test_what_is_no_table_or_a_hostile_one_is_refused_in_one_sentence(
    name: str, make: Callable[[Path], object], tmp_path: Path
) -> None:
    folder = written(tmp_path / "a", Opportunity=frame(opportunity()))
    make(folder / name)
    assert refused(folder).count("\n") == 0


def test_an_archive_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    archive(tmp_path / "export.zip")
    assert "[F05] export.zip: is an archive, not a folder. Unpack it" in refused(
        tmp_path / "export.zip"
    )
    assert "[F05] nowhere: is no folder." in refused(tmp_path / "nowhere")
    assert "[S05] source: source is a int." in refused(5)


def test_files_that_hold_no_tables_are_left_alone(tmp_path: Path) -> None:
    folder = sound(tmp_path / "a")
    for name in ("README.md", "LICENSE.txt", ".Task.csv"):
        (folder / name).write_text("x")
    assert len(at.crm.salesforce(folder).touches) == 1


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    folder = sound(tmp_path / "a")
    for name in ("Task.csv", "Event.csv"):
        (folder / name).write_bytes(b"Id,WhoId\n1\n")
    assert refused(folder).count("[S09]") == 2


def test_a_file_of_no_object_is_told_and_left_out(tmp_path: Path) -> None:
    folder = sound(tmp_path / "a")
    (folder / "Invoice.csv").write_text("Id\n1\n")
    assert told(at.crm.salesforce(folder), "C04") == [("Invoice.csv", 0)]


def test_what_cannot_be_linked_for_want_of_an_object_is_counted() -> None:
    rows = frame(task(1), task(2, WhoId=None))
    found = at.crm.salesforce({"Opportunity": frame(opportunity()), "Task": rows})
    lacking = dict(told(found, "C02"))
    assert lacking["OpportunityContactRole"] == lacking["Contact"] == 1
    assert lacking["User"] == 2
    assert "Task" not in lacking


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"task.close": False}, "[P03] rules: there is no rule 'task.close'. Did you"),
        ({"zzz": False}, "The rules are deleted, task.closed"),
        ({"task.closed": "no"}, "[P04] rules: rule task.closed is neither"),
        (["task.closed"], "[P04] rules: rules is a list."),
    ],
)
def test_an_unknown_rule_is_refused_with_the_nearest(rules: Any, words: str) -> None:
    assert words in refused({"Opportunity": frame(opportunity())}, rules=rules)


def test_times_and_amounts_that_are_none_are_refused_together() -> None:
    given = {
        "Opportunity": frame(opportunity(Amount="1.000,50")),
        "Task": frame(task(1), task(2, CompletedDateTime="03/04/2026")),
    }
    message = refused(given)
    assert "[T10] Task.CompletedDateTime (row 1): is not an ISO 8601 time" in message
    assert "[M09] Opportunity.Amount (row 0): is not a plain decimal" in message


def test_nested_cells_are_refused_and_ids_of_floats_told() -> None:
    deals = frame(opportunity())
    message = refused({"Opportunity": deals, "Task": frame(task(Status={"a": 1}))})
    assert "[S08] Task.Status (row 0): holds dict values" in message
    rows = frame({"id": "1", "hs_timestamp": "1704878130234", "hs_call_status": None})
    rows["hubspot_owner_id"] = [5.0]
    deal = frame({"id": 1, "amount": None, "dealstage": "x", "closedate": None})
    found = at.crm.hubspot({"deals": deal, "calls": rows})
    assert found.touches["rep"].tolist() == ["5"]
    assert told(found, "I06") == [("call", 1)]


def test_a_rule_whose_columns_are_not_there_takes_no_row_and_says_so() -> None:
    rows = frame(task()).drop(columns=["IsClosed"])
    found = at.crm.salesforce({"Opportunity": frame(opportunity()), "Task": rows})
    assert len(found.touches) == 1
    (what,) = found.issues.loc[
        found.issues["what"].str.contains("rule task.closed"), "what"
    ]
    assert "IsClosed, Status" in what


def test_rows_of_no_touches_at_all_give_empty_tables_of_the_same_columns() -> None:
    found = at.crm.salesforce({"Opportunity": frame(opportunity())})
    assert (len(found.touches), len(found.contacts), len(found.leads)) == (0, 0, 0)
    assert found.touches["process"].dtype == bool
    journeys = at.build_journeys(found.touches, found.deals, currency="USD")
    assert len(journeys) == 1


def test_tables_of_no_rows_are_read() -> None:
    given = {
        "Opportunity": frame(opportunity()).head(0),
        "Task": frame(task()).head(0),
        "OpportunityContactRole": pd.DataFrame({"OpportunityId": [], "ContactId": []}),
        "Lead": pd.DataFrame({"Id": pd.Series([], dtype=object), "CreatedDate": []}),
        "OpportunityHistory": pd.DataFrame(
            {"OpportunityId": [], "StageName": [], "CreatedDate": [], "Probability": []}
        ),
    }
    found = at.crm.salesforce(given)
    assert [len(one) for one in found][:4] == [0, 0, 0, 0]
    assert {one.rows for one in found.counts} == {0}

"""Any other system, by a mapping in TOML or as a dict."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from crm_exports import cells, frame, told

import attribution as at
from attribution.intake.crm.descriptions import folded

if TYPE_CHECKING:
    from pathlib import Path

CALLS: dict[str, Any] = {
    "name": "calls", "as": "touches", "team": "sales", "channel": "call",
    "columns": {
        "touch_id": "id", "time": ["answeredAt", "completedAt"], "deal_id": "deal",
        "contact_id": "prospect", "rep": "user",
    },
    "rules": [
        {"name": "call.completed", "what": "was not completed",
         "keep": {"outcome": ["Completed"]}},
        {"name": "call.spam", "drop": {"attributes#Kind": ["spam"]}},
    ],
}  # fmt: skip
ROWS = (
    {"id": 1, "answeredAt": None, "completedAt": "2024-02-01T09:00:00.000Z",
     "deal": 7, "prospect": [3], "user": "Ana", "outcome": "completed"},
    {"id": 2, "answeredAt": "2024-02-02T09:00:00.000Z", "deal": None,
     "prospect": [4, 5], "user": "null", "outcome": "completed",
     "attributes": '{"Kind": "spam", "n": 1}'},
    {"id": 3, "answeredAt": "2024-02-03T09:00:00.000Z", "outcome": "no_answer"},
)  # fmt: skip
DEALS: dict[str, Any] = {
    "name": "opportunities", "as": "deals",
    "columns": {"deal_id": "id", "amount": "amount", "closed_at": "closeDate",
                "outcome": "stage", "owner": "owner"},
    "words": {"outcome": {"Signed": "won", "Gone away": "lost"}},
    "days": ["closed_at"],
}  # fmt: skip


def mapped(*objects: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {"system": "Outreach", "objects": list(objects), **given}


def test_columns_constants_lists_and_rules_are_those_of_the_mapping() -> None:
    found = at.crm.generic({"calls": frame(*ROWS)}, mapped(CALLS))
    names = ("touch_id", "time", "team", "channel", "contact_id", "deal_id", "rep")
    assert cells(found.touches, *names) == [
        ("1", "2024-02-01T09:00:00Z", "sales", "call", "3", "7", "Ana")
    ]
    assert told(found, "call.completed") == told(found, "call.spam") == [("calls", 1)]
    assert found.system == "Outreach"
    assert len(found.deals) == 0
    kept = at.crm.generic(
        {"calls": frame(*ROWS)}, mapped(CALLS), rules={"call.spam": False}
    )
    assert cells(kept.touches, "contact_id", "rep") == [("3", "Ana"), ("4", None)]


def test_words_give_outcomes_and_what_is_not_mapped_is_told() -> None:
    deals = frame(
        {"id": 7, "amount": "10.10", "closeDate": "20240301", "stage": "signed"},
        {
            "id": 8,
            "amount": "5",
            "closeDate": "2024-03-02T10:00:00Z",
            "stage": "Gone away",
        },
        {"id": 9, "amount": "5", "closeDate": None, "stage": "Talking"},
    )
    found = at.crm.generic({"opportunities": deals.assign(owner=None)}, mapped(DEALS))
    assert cells(found.deals, "deal_id", "amount", "outcome", "closed_at") == [
        ("7", Decimal("10.10"), "won", "2024-03-01"),
        ("8", Decimal(5), "lost", "2024-03-02"),
        ("9", Decimal(5), "open", None),
    ]
    assert told(found, "C08") == [("opportunities", 1)]


def test_zones_units_and_words_for_nothing_are_those_of_the_mapping() -> None:
    one = {**CALLS, "rules": [], "columns": {"time": "t", "campaign": "c"}}
    rows = frame({"t": "2024-07-01 12:00:00", "c": "-"}, {"t": "1704878130", "c": "x"})
    found = at.crm.generic(
        {"calls": rows},
        mapped(one, timezone="Europe/Berlin", epoch="s", missing=["-"]),
    )
    assert cells(found.touches, "time", "campaign") == [
        ("2024-07-01T10:00:00Z", None), ("2024-01-10T09:15:30Z", "x"),
    ]  # fmt: skip


def test_objects_that_number_their_rows_alike_are_told_apart() -> None:
    plain = {**CALLS, "rules": []}
    mails = {**plain, "name": "mailings", "channel": "email"}
    rows = frame(*ROWS)
    found = at.crm.generic({"calls": rows, "mailings": rows}, mapped(plain, mails))
    assert found.touches["touch_id"].is_unique


def test_people_campaigns_owners_roles_leads_stages_and_costs_have_their_parts() -> (
    None
):
    touches = {
        "name": "t", "as": "touches", "team": "marketing",
        "columns": {"time": "at", "email": "mail", "campaign_id": "c", "owner_id": "o",
                    "cost": "cost"},
    }  # fmt: skip
    parts = {
        "people": {"contact_id": "id", "email": "mail", "account_id": "a"},
        "campaigns": {"campaign_id": "id", "name": "n"},
        "owners": {"owner_id": "id", "name": "n"},
        "contacts": {"deal_id": "d", "contact_id": "c"},
        "leads": {"lead_id": "id", "created_at": "at", "deal_id": "d"},
        "stages": {"deal_id": "d", "stage": "s", "entered": "at"},
    }
    objects = [{"name": k, "as": k, "columns": own} for k, own in parts.items()]
    deals = {**DEALS, "columns": {**DEALS["columns"], "stage": "stage"}}
    del deals["columns"]["owner"]
    source = {
        "t": frame({"at": "2024-01-01", "mail": "A@b.test", "c": "9", "o": "5",
                    "cost": "1.50"}),
        "people": frame({"id": "3", "mail": "a@b.test", "a": "60"}),
        "campaigns": frame({"id": "9", "n": "Spring"}),
        "owners": frame({"id": "5", "n": "Ana"}),
        "contacts": frame({"d": "7", "c": "3"}),
        "leads": frame({"id": "1", "at": "2023-12-01T00:00:00Z", "d": "7"}),
        "stages": frame({"d": "7", "s": "SQL", "at": "2023-12-05T00:00:00Z"}),
        "opportunities": frame({"id": "7", "amount": "1", "closeDate": "2024-03-01",
                                "stage": "Signed"}),
    }  # fmt: skip
    found = at.crm.generic(source, mapped(touches, *objects, deals, ids="salesforce"))
    names = ("contact_id", "person_account_id", "campaign", "rep", "cost", "channel")
    assert cells(found.touches, *names) == [("3", "60", "Spring", "Ana", "1.50", "t")]
    assert cells(found.deals, "lead_at", "sql_at") == [
        ("2023-12-01T00:00:00Z", "2023-12-05T00:00:00Z")
    ]
    assert found.links["contact"] == 1


def test_words_of_process_steps_are_those_of_the_mapping() -> None:
    one = {**CALLS, "rules": [], "columns": {"time": "t", "subject": "s"}}
    rows = frame({"t": "2024-07-01", "s": "Offer 5"}, {"t": "2024-07-01", "s": "Quote"})
    found = at.crm.generic({"calls": rows}, mapped(one, process=["offer"]))
    assert found.touches["process"].tolist() == [True, False]


def faults(mapping: object, source: object = None) -> list[tuple[str, str]]:
    given: Any = {"calls": frame(*ROWS)} if source is None else source
    with pytest.raises(at.InputError) as caught:
        at.crm.generic(given, mapping)  # type: ignore[arg-type]
    return [(one.code, one.column) for one in caught.value.issues]


@pytest.mark.parametrize(
    ("mapping", "found"),
    [
        ({}, [("P14", "objects")]),
        (5, [("P14", "mapping")]),
        (mapped(CALLS, epoch="years"), [("P14", "epoch")]),
        (mapped({**CALLS, "as": "calls"}), [("P14", "objects.0.as")]),
        (mapped({**CALLS, "colums": {}}), [("P14", "objects.0.colums")]),
        (
            mapped({**CALLS, "columns": {"chanel": "x"}, "days": ["when"]}),
            [("P14", "calls.chanel"), ("P14", "calls.when"), ("P14", "calls.time")],
        ),
        (mapped({**CALLS, "team": ""}), [("P14", "calls.team")]),
        (mapped(CALLS, {**CALLS, "name": "Calls"}), [("P14", "Calls")]),
        (mapped(DEALS, {**DEALS, "name": "more"}), [("P14", "objects")]),
        (
            mapped({**DEALS, "columns": {"deal_id": "id"}, "words": {}, "days": []}),
            [
                ("P14", f"opportunities.{name}")
                for name in ("amount", "closed_at", "outcome")
            ],
        ),
        (mapped({**CALLS, "name": "dials"}), [("C02", "")]),
        (mapped({**CALLS, "columns": {"time": "at"}}), [("S01", "at")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_mapping_is_told_at_once(
    mapping: object, found: list[tuple[str, str]]
) -> None:
    assert faults(mapping) == found


@pytest.mark.parametrize("text", ["objects = [", "\xff", "a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(at.InputError, match=r"\[P14\] map.toml: is no TOML"):
        at.crm.generic({"calls": frame(*ROWS)}, path)


def test_names_and_words_of_any_script_stand() -> None:
    webinars = {
        "name": "ウェビナー", "as": "touches", "team": "marketing",
        "columns": {"time": "時刻", "deal_id": "商談", "campaign": "名前"},
        "rules": [{"name": "done", "keep": {"状態": ["完了"]}}],
    }  # fmt: skip
    rows = frame(
        {"時刻": "2024-02-01", "商談": "7", "名前": "春のウェビナー", "状態": "完了"},
        {"時刻": "2024-02-02", "商談": "8", "名前": "夏のウェビナー", "状態": "未了"},
    )
    found = at.crm.generic({"ウェビナー": rows}, mapped(webinars))
    assert cells(found.touches, "time", "deal_id", "campaign") == [
        ("2024-02-01", "7", "春のウェビナー")
    ]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("No-Show (Cancelled)", "no show cancelled"), ("N/A", "n a"), ("—", ""),
        ("Closed_Won", "closed won"), ("✔\ufe0f Done", "done"), ("पूरा", "पूरा"),
    ],
)  # fmt: skip
def test_words_fold_to_their_letters(text: str, same: str) -> None:
    assert folded(text) == same


def test_ids_may_hold_spaces() -> None:
    calls = {**CALLS, "rules": []}
    calls["columns"] = {"time": "t", "account_id": "a", "deal_id": "d"}
    rows = frame(
        {"t": "2024-02-01", "a": "Acme Corp", "d": "Deal 17"},
        {"t": "2024-02-02", "a": " O'Brien (UK)", "d": "Deal 18 ; Deal 19"},
        {"t": "2024-02-03", "a": "O'Brien (UK)", "d": '["Deal 20"]'},
    )
    found = at.crm.generic({"calls": rows}, mapped(calls))
    assert cells(found.touches, "account_id", "deal_id") == [
        ("Acme Corp", "Deal 17"), ("O'Brien (UK)", "Deal 18"),
        ("O'Brien (UK)", "Deal 20"),
    ]  # fmt: skip
    assert told(found, "C06") == [("calls", 1)]


def test_times_of_no_zone_are_of_the_mappings_in_texts_and_in_datetimes() -> None:
    calls = {**CALLS, "rules": [], "columns": {"time": "t"}}
    given = mapped(calls, timezone="America/New_York")
    for column in (
        pd.Series(["2026-03-31 12:00"]),
        pd.to_datetime(pd.Series(["2026-03-31 12:00"])),
        pd.to_datetime(pd.Series(["2026-03-31 16:00Z"])),
    ):
        found = at.crm.generic({"calls": pd.DataFrame({"t": column})}, given)
        assert cells(found.touches, "time") == [("2026-03-31T16:00:00Z",)]


def test_an_id_with_spaces_around_it_is_the_id() -> None:
    calls = {**CALLS, "rules": [], "columns": {"time": "t", "deal_id": "d"}}
    rows = frame({"t": "2024-02-01", "d": " Deal 17"}, {"t": "2024-02-02", "d": None})
    found = at.crm.generic({"calls": rows}, mapped(calls))
    assert cells(found.touches, "deal_id") == [("Deal 17",), (None,)]


def test_leads_of_several_objects_stand_one_below_another() -> None:
    columns = {"lead_id": "id", "created_at": "at", "mql_at": "mql"}
    leads = [
        {"name": name, "as": "leads", "columns": columns} for name in ("old", "new")
    ]
    source = {
        "old": frame({"id": "1", "at": "2024-01-01", "mql": "2024-01-02"}),
        "new": frame({"id": "2", "at": "2024-02-01", "mql": None}),
    }
    found = at.crm.generic(source, mapped(*leads))
    assert cells(found.leads, "lead_id", "created_at", "mql_at") == [
        ("1", "2024-01-01", "2024-01-02"), ("2", "2024-02-01", None)
    ]  # fmt: skip


def test_the_exact_name_of_an_object_is_its_own() -> None:
    columns = {"touch_id": "id", "time": "t"}
    given = {"as": "touches", "team": "sales", "columns": columns}
    names = ("events", "events2", "event")
    objects: list[dict[str, Any]] = [{**given, "name": name} for name in names]
    source = {
        name: frame({"id": "1", "t": f"2024-02-0{day}"})
        for day, name in enumerate(names, 1)
    }
    found = at.crm.generic(source, mapped(*objects))
    assert cells(found.touches, "touch_id", "time") == [
        ("events:1", "2024-02-01"), ("events2:1", "2024-02-02"),
        ("event:1", "2024-02-03"),
    ]  # fmt: skip

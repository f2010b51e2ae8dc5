"""Salesforce ids of 15 and 18 characters are one in blocks as in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from blocks_at_hand import check_same, sample
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.doors.files import write_table

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {"deal_id": "006", "contact_id": "003", "account_id": "001", "touch_id": "00T"}
FORMS = ("{}", "{}AA2", "{}AAM")
"""An id of 15 characters, and two of 18 that are the same."""


def ids(kind: str, count: int) -> st.SearchStrategy[str | None]:
    """Return ids of a kind in any of their forms, a stranger, or none."""
    names = [f"{KINDS[kind]}1t00000ABC{at:02}" for at in range(count)]
    known = st.builds(str.format, st.sampled_from(FORMS), st.sampled_from(names))
    return st.one_of(known, st.sampled_from(["odd-1", None]))


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "time": st.sampled_from(["2025-03-01T10:00Z", "2025-03-02T11:00Z"]),
            "team": st.sampled_from(["marketing", "sales"]),
            "channel": st.sampled_from(["ad", "call"]),
            "touch_id": ids("touch_id", 3),
            "deal_id": ids("deal_id", 3),
            "contact_id": ids("contact_id", 3),
            "account_id": ids("account_id", 2),
        }
    ),
    min_size=2,
    max_size=8,
)


def deals() -> pd.DataFrame:
    names = ["0061t00000ABC00AA2", "0061t00000ABC01", "0061t00000ABC09"]
    accounts = ["0011t00000ABC00", "0011t00000ABC00AA2", "0011t00000ABC01AA2"]
    fixed = {
        "amount": 7,
        "outcome": "won",
        "closed_at": "2025-04-01",
        "currency": "EUR",
    }
    return pd.DataFrame({"deal_id": names, "account_id": accounts}).assign(**fixed)


CONTACTS = pd.DataFrame(
    {
        "deal_id": ["0061t00000ABC00", "0061t00000ABC01AA2"],
        "contact_id": ["0031t00000ABC00", "0031t00000ABC01AA2"],
    }
)


@pytest.mark.slow
@given(ROWS, st.booleans(), st.sampled_from([None, "person_day"]))
def test_ids_of_both_forms_are_one_in_blocks(
    rows: list[dict[str, Any]], given_contacts: bool, unit: str | None
) -> None:
    touches = pd.DataFrame(rows)
    how: dict[str, Any] = {"ids": "salesforce", "unit": unit or "row"}
    how["contacts"] = CONTACTS if given_contacts else None
    try:
        one = at.build_journeys(touches, deals(), **how)
    except at.InputError as error:
        with pytest.raises(at.InputError) as caught:
            at.open_journeys(touches, deals(), block=2, **how)
        assert caught.value.issues == error.issues
        return
    with at.open_journeys(touches, deals(), block=2, **how) as blocks:
        check_same(blocks, one)


def test_F11_a_file_that_changes_between_the_two_passes(tmp_path: Path) -> None:
    touches, own, _ = sample()
    path = write_table(touches, tmp_path / "touches.csv")
    calls = []

    def grow(done: int, total: int) -> None:
        calls.append(done)
        if done == total and len(calls) < 10:
            write_table(touches.head(9), path)

    with pytest.raises(at.InputError, match="F11"):
        at.open_journeys(path, own, ids="salesforce", progress=grow)

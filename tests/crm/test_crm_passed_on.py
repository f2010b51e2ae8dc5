"""Ids of one width, which are not compared, and those that are: the same import."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest
from crm_exports import (
    ACCOUNT,
    CONTACT,
    DEAL,
    LEAD,
    OTHER_DEAL,
    frame,
    opportunity,
    task,
)

import attribution as at

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.parametrize("given", [OTHER_DEAL, DEAL[:15], "", " " * 18, "\u00e9" * 9])
def test_ids_that_are_passed_on_are_as_those_that_are_compared(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        task(1, WhatId=DEAL), task(2, WhatId=given), task(3, WhatId=None, WhoId=LEAD),
        task(4, WhatId=ACCOUNT, AccountId=None), task(5, AccountId=ACCOUNT),
    ]  # fmt: skip
    frame(*rows).to_csv(tmp_path / "Task.csv")
    frame(opportunity(), opportunity(Id=OTHER_DEAL)).to_csv(
        tmp_path / "Opportunity.csv"
    )
    frame({"Id": CONTACT, "AccountId": ACCOUNT}).to_csv(tmp_path / "Contact.csv")
    fast = at.crm.salesforce(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    slow = at.crm.salesforce(tmp_path)
    assert len(fast.touches) == len(rows)
    assert fast.links == slow.links
    for one, other in zip(fast, slow, strict=True):
        assert one.to_csv() == other.to_csv()

"""Two small tables as files, and the command line inside this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

TOUCHES = """\
touch_id,time,team,channel,rep,deal_id
t1,2026-01-05T09:00:00Z,marketing,webinar,,D1
t2,2026-01-20T09:00:00Z,sales,call,Ana,D1
t3,2026-02-01T09:00:00Z,sales,=HYPERLINK(1),Ana,D1
t4,2026-02-02T09:00:00Z,sales,call,Ben,../../etc/x
t5,2026-03-02T09:00:00Z,sales,call,Ben,D1
t6,2026-01-02T09:00:00Z,marketing,ads,,D9
t7,2026-01-02T09:00:00Z,marketing,ads,,D3
"""
DEALS = """\
deal_id,amount,currency,outcome,closed_at
D1,100.00,EUR,won,2026-02-10T12:00:00Z
../../etc/x,5,USD,won,2026-02-10T12:00:00Z
D2,7.01,EUR,won,2026-02-11T12:00:00Z
D3,50,EUR,lost,2026-02-12T12:00:00Z
"""


@pytest.fixture
def tables(tmp_path: Path) -> list[str]:
    """The files of touches and deals, in a folder of their own."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in (("touches", TOUCHES), ("deals", DEALS)):
        (folder / f"{name}.csv").write_text(text)
    return [str(folder / "touches.csv"), str(folder / "deals.csv")]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty folder for results."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder

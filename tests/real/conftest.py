"""The real exports and numeric cases that lie beside the checkout, if they do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import attribution as at
from attribution.doors.files import read_table

SHARED = Path(__file__).parents[2].parent / "shared"
RULES = ["first_touch", "last_touch", "linear", "time_decay"]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared data; skip where it is not there."""
    if not (SHARED / "data").is_dir():
        pytest.skip("real data: there is no ../shared/data beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def rules() -> list[str]:
    """Return the four rules."""
    return RULES


@pytest.fixture(scope="session")
def expected(shared: Path) -> dict[str, Any]:
    """Return the expected figures of whole data sets by id."""
    cases = json.loads((shared / "expected.json").read_text())
    return {case["id"]: case["expected"] for case in cases}


@pytest.fixture(scope="session")
def oracles(shared: Path) -> dict[str, Any]:
    """Return the numeric cases by id."""
    cases = json.loads((shared / "oracles.json").read_text())
    return {case["id"]: case for case in cases}


@pytest.fixture(scope="session")
def paths(shared: Path) -> Any:
    """Return the rows of PathData, every column text."""
    return read_table(shared / "data" / "pathdata" / "PathData.csv")


@pytest.fixture(scope="session")
def path_credits(paths: Any) -> at.Credits:
    """Return the credit of PathData under the rules that need no times."""
    journeys = at.journeys_from_paths(
        paths,
        wins="total_conversions",
        losses="total_null",
        revenue="total_conversion_value",
        decimals=9,
        rounding="half_even",
    )
    return at.attribute(journeys, ["first_touch", "last_touch", "linear"])

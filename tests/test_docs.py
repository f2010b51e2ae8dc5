"""What the pages show is what the library gives."""

from __future__ import annotations

import doctest
import runpy
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(
    page for page in DOCS.rglob("*.md") if ">>> " in page.read_text(encoding="utf-8")
)


DEAR = {
    "explanation/coverage.md", "explanation/money.md", "explanation/shapley.md",
    "explanation/simulation.md", "how-to/report.md", "how-to/service.md",
    "reference/models.md",
}  # fmt: skip
"""Pages that take a second each."""


def shown() -> list[Any]:
    """Return the pages; the dear ones are for the whole suite."""
    names = {str(page.relative_to(DOCS)): page for page in PAGES}
    return [
        pytest.param(page, id=name, marks=[pytest.mark.slow] if name in DEAR else [])
        for name, page in names.items()
    ]


@pytest.mark.parametrize("page", shown())
def test_a_page_shows_real_output(page: Path) -> None:
    results = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert results.attempted > 0
    assert results.failed == 0


def test_the_page_on_bad_input_is_what_its_script_writes() -> None:
    script = runpy.run_path(str(DOCS / "examples" / "make_bad_input.py"))
    written = script["PAGE"].read_text(encoding="utf-8")
    assert written == script["page"]()

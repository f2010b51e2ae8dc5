"""What the pages show is what the library gives."""

from __future__ import annotations

import doctest
import importlib
import re
import runpy
import shlex
from importlib.resources import files
from pathlib import Path
from shutil import copyfile, copytree
from typing import Any

import pytest

import attribution as at
from attribution.cli import main
from attribution.doors.files import write_table

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(
    page for page in DOCS.rglob("*.md") if ">>> " in page.read_text(encoding="utf-8")
)


DEAR = {
    "explanation/coverage.md", "explanation/money.md", "explanation/shapley.md",
    "explanation/simulation.md", "how-to/coming-from.md", "how-to/costs.md",
    "how-to/options.md", "how-to/production.md", "how-to/report.md",
    "how-to/larger-than-memory.md", "how-to/service.md", "reference/models.md",
    "tutorial-salesforce.md",
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


def test_every_promise_names_tests_that_are_there() -> None:
    named = re.findall(r"`(test_\w+)`", (DOCS / "stability.md").read_text("utf-8"))
    tests = (DOCS.parent / "tests").rglob("test_*.py")
    there = {
        name
        for one in tests
        for name in re.findall(r"def (test_\w+)", one.read_text("utf-8"))
    }
    assert len(named) > 20
    assert set(named) <= there


COMMANDS = {
    (page.name, line.removeprefix("$ attribution "))
    for page in [DOCS.parent / "README.md", *DOCS.rglob("*.md")]
    for line in page.read_text("utf-8").splitlines()
    if line.startswith("$ attribution ")
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an export, and the sample as touches, deals, contacts, leads."""
    folder = tmp_path_factory.mktemp("tables")
    copytree(str(files("attribution") / "data"), folder / "export")
    export = at.crm.salesforce(folder / "export")
    (folder / "tables").mkdir()
    for name in ("touches", "deals", "contacts", "leads"):
        write_table(getattr(export, name), folder / f"{name}.csv")
        copyfile(folder / f"{name}.csv", folder / "tables" / f"{name}.csv")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("page", "command"), sorted(COMMANDS))
def test_a_command_of_a_page_runs(
    page: str, command: str, tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tables)
    assert main(shlex.split(command)) == 0


def modules() -> list[str]:
    root = Path(at.__file__).parent
    parts = (one.relative_to(root.parent).with_suffix("") for one in root.rglob("*.py"))
    return sorted(".".join(part.parts) for part in parts if part.name != "__main__")


@pytest.mark.slow
@pytest.mark.parametrize("name", modules())
def test_the_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(name.removesuffix(".__init__"))
    assert doctest.testmod(module).failed == 0

"""What the README shows is what the library gives."""

from __future__ import annotations

import doctest
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_shows_real_output() -> None:
    results = doctest.testfile(str(README), module_relative=False)
    assert results.attempted > 10
    assert results.failed == 0


def test_the_readme_names_the_commands_that_ci_runs() -> None:
    text = README.read_text(encoding="utf-8")
    script = (README.parent / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("make demo", "make test"):
        assert f"$ {command}\n" in text
        assert command in script

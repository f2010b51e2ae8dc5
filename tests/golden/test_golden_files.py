"""Two runs, and every Python, write the same files: their hashes are kept here."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from golden.files_of_the_sample import CHARTS, HASHES, hashes, of_results, of_the_demo

if TYPE_CHECKING:
    from pathlib import Path

KEPT = json.loads(HASHES.read_text("utf-8"))


def kept(*, demo: bool) -> dict[str, str]:
    files: dict[str, str] = KEPT["files"]
    return {
        name: one for name, one in files.items() if name.startswith("demo/") == demo
    }


def test_the_files_of_the_sample_have_the_same_bytes_on_every_python(
    tmp_path: Path,
) -> None:
    found, expected = hashes(of_results(tmp_path)), kept(demo=False)
    if version("matplotlib") != KEPT["matplotlib"]:  # another one draws other bytes
        del found[CHARTS], expected[CHARTS]
    assert found == expected


@pytest.mark.slow
def test_the_files_of_the_demo_have_the_same_bytes_on_every_python(
    tmp_path: Path,
) -> None:
    assert hashes(of_the_demo(tmp_path)) == kept(demo=True)

"""The notebook runs, its pictures are drawn, and results show themselves."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pytest

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Callable

mpl.use("Agg")

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.mark.slow
def test_the_notebook_runs_from_import_to_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLES / "notebook.py"))
    assert (tmp_path / "build" / "report.html").stat().st_size > 10_000


@pytest.mark.slow
def test_every_picture_is_small_and_the_same_again(tmp_path: Path) -> None:
    script = runpy.run_path(str(EXAMPLES / "make_pictures.py"))
    first, again = (script["draw"](tmp_path / name) for name in "ab")
    assert {path.stem for path in first} == set(at.plots.__all__) - {"paths"}
    for one, two in zip(first, again, strict=True):
        assert one.read_bytes() == two.read_bytes()
        assert one.stat().st_size < 100_000
        assert one.read_text().startswith("<svg xmlns=")


RESULTS: dict[str, Callable[[at.Credits], Any]] = {
    "journeys": lambda credits: credits.journeys,
    "credits": lambda credits: credits,
    "ledger": lambda credits: credits.deal("D1"),
    "agreement": at.agreement,
    "bootstrap": lambda credits: at.bootstrap(credits.journeys, "linear", draws=9),
    "sourced": lambda credits: at.sourced(credits.journeys),
    "coverage": lambda credits: at.coverage(credits.journeys),
    "fitted": lambda credits: at.fit(credits.journeys, "shapley"),
    "a rule": lambda credits: at.fit(credits.journeys, "linear"),
}


@pytest.mark.parametrize("name", list(RESULTS))
def test_a_result_shows_itself_in_a_notebook(name: str, credits: at.Credits) -> None:
    shown = RESULTS[name](credits)._repr_html_()
    assert name == "a rule" or "Credit is a division by rule" in shown
    assert not re.search("<script|style=| id=", shown)


@pytest.mark.parametrize("name", list(RESULTS))
def test_hostile_labels_are_inert_in_a_notebook(name: str) -> None:
    label = "<script>alert(1)</script>\u202e"
    path = [label, "sales / call"]
    journeys = at.journeys_from_paths([path], wins=[60], losses=[9], revenue=[100])
    results: dict[str, Callable[[at.Credits], Any]] = {
        **RESULTS, "ledger": lambda credits: credits.deal(0)
    }  # fmt: skip
    credits = at.attribute(journeys, ["linear", "last_touch"])
    shown = results[name](credits)._repr_html_()
    assert not re.search("<script|\u202e", shown)


def test_a_long_ledger_keeps_its_total_in_thirty_rows() -> None:
    path = [f"<c{at}>" for at in range(50)]
    journeys = at.journeys_from_paths([path], wins=[1], revenue=[100])
    ledger = at.attribute(journeys, "linear").deal(0)
    shown = ledger._repr_html_()
    assert shown.count("<tr>") == 1 + 30
    assert "… 22 more touches" in shown
    assert "100.00" in shown
    assert "<c0>" not in shown


def test_figures_stand_to_the_right(credits: at.Credits) -> None:
    assert '<td class="number">' in credits._repr_html_()

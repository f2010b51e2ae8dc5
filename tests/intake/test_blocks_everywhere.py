"""Whatever takes journeys takes blocks of them, with the same bytes."""

from __future__ import annotations

import gc
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from blocks_at_hand import sample
from matplotlib import rc_context
from matplotlib.figure import Figure

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes

    from attribution.journeys.blocks import JourneyBlocks
    from attribution.journeys.journeys import Journeys

Whole = Any
"""Journeys or blocks of them."""

MODELS = ["linear", "last_touch", "shapley:worth=win_rate", "markov"]
COSTS = pd.DataFrame({"channel": ["Email"], "cost": [90]})


def credits(journeys: Whole) -> at.Credits:
    return at.attribute(journeys, MODELS)


def ranges(journeys: Whole) -> Any:
    return at.bootstrap(journeys, ["linear", "markov"], draws=3)


def drawn(draw: Callable[..., Axes], *given: Any) -> str:
    """Return a chart as SVG."""
    figure = Figure()
    draw(*given, ax=figure.subplots(), currency="EUR")
    text = io.StringIO()
    with rc_context({"svg.hashsalt": "blocks"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def shown(journeys: Whole) -> list[Any]:
    """Return all that journeys show."""
    frames = (journeys.to_frame(personal=True), journeys.deals(), journeys.set_aside())
    return [repr(journeys), journeys.issues.to_csv(), *(one.to_csv() for one in frames)]


ANALYSES: dict[str, Callable[[Whole], Any]] = {
    "coverage": lambda one: [
        repr(at.coverage(one)), at.coverage(one).by("month").to_csv()
    ],
    "sourced": lambda one: [
        repr(at.sourced(one)), at.sourced(one).influenced().to_csv(),
        at.sourced(one).cross().to_csv(),
    ],
    "bootstrap": lambda one: ranges(one).intervals().to_csv(),
    "agreement": lambda one: [
        repr(at.agreement(credits(one))), at.agreement(credits(one)).deals().to_csv()
    ],
    "returns of touches": lambda one: at.returns(credits(one), "touches").to_csv(),
    "returns of costs": lambda one: at.returns(
        credits(one), COSTS, currency="EUR"
    ).to_csv(),
    "compare": lambda one: at.compare(credits(one), "channel").to_csv(),
    "ribbons": lambda one: drawn(at.plots.ribbons, one),
    "credit bars": lambda one: drawn(at.plots.credit_bars, credits(one), "channel"),
    "intervals": lambda one: drawn(at.plots.intervals, ranges(one)),
    "select": lambda one: shown(one.select(one.outcome == 1)),
    "columns": lambda one: [
        one.time.tolist(), one.row.tolist(), one.process.tolist(), one.day.tolist(),
        one.cost.tolist(), *(one.codes(name).tolist() for name in one.touch),
    ],
    "a part": lambda one: one.block(0, 9).to_frame().to_csv(),
    "unique": lambda one: shown(at.transforms.unique(one)),
    "exposure": lambda one: shown(at.transforms.exposure(one)),
    "first": lambda one: shown(at.transforms.first(one)),
    "frequency": lambda one: shown(at.transforms.frequency(one)),
    "trim": lambda one: shown(at.transforms.trim(one, 2)),
    "not all": lambda one: shown(at.transforms.remove_if_not_all(one, "Email")),
    "not last": lambda one: shown(
        at.transforms.remove_if_last_and_not_all(one, "Email")
    ),
}  # fmt: skip


@pytest.fixture(name="pair", scope="module")
def built() -> tuple[Journeys, JourneyBlocks]:
    touches, deals, contacts = sample()
    number = np.arange(len(touches))
    touches = touches.assign(cost=number % 7, touch_id=[f"T{at}" for at in number])
    how: dict[str, Any] = {"contacts": contacts, "currency": "EUR", "lookback": "90d"}
    blocks = at.open_journeys(touches, deals, block=150, **how)
    return at.build_journeys(touches, deals, **how), blocks


@pytest.mark.slow
@pytest.mark.parametrize("analysis", ANALYSES.values(), ids=ANALYSES)
def test_analyses_of_blocks_are_those_of_one_piece(
    pair: tuple[Journeys, JourneyBlocks], analysis: Callable[[Whole], Any]
) -> None:
    one, blocks = pair
    assert blocks.block_count > 1
    assert analysis(blocks) == analysis(one)


@pytest.mark.slow
def test_a_report_of_blocks_is_that_of_one_piece(
    pair: tuple[Journeys, JourneyBlocks], tmp_path: Path
) -> None:
    pages = [
        at.report(
            at.attribute(one, ["linear", "markov"]), tmp_path / "page.html",
            draws=2, costs="touches", reps=True,
        ).read_bytes()
        for one in pair
    ]  # fmt: skip
    assert pages[0] == pages[1]


# ---------------------------------------------------------- columns of all touches


def with_ids(ids: Any) -> JourneyBlocks:
    touches, deals, _ = sample()
    named = None if ids is None else pd.Series(ids(len(touches)), touches.index)
    touches = touches.drop(columns="touch_id", errors="ignore")
    if named is not None:
        touches = touches.assign(touch_id=named)
    return at.open_journeys(touches, deals, block=150)


IDS: dict[str, Any] = {
    "none": None,
    "integers": lambda rows: np.arange(rows) + 5,
    "text of one width": lambda rows: [f"{at:05}" for at in range(rows)],
    "text": lambda rows: [f"é{at}" for at in range(rows)],
    "text with NUL": lambda rows: [f"{at}\0" for at in range(rows)],
    "some": lambda rows: [None if at % 3 else str(at) for at in range(rows)],
}


@pytest.mark.slow
@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_touch_ids_of_all_touches_are_those_of_one_piece(ids: Any) -> None:
    blocks = with_ids(ids)
    assert shown(blocks.whole) == shown(blocks.joined())


@pytest.mark.slow
def test_columns_of_all_touches_are_read_only_and_outlive_the_files() -> None:
    with with_ids(IDS["text"]) as blocks:
        whole = blocks.whole
        expected = blocks.to_frame()
        assert whole is blocks.whole
    gc.collect()
    assert whole.to_frame().equals(expected)
    assert whole.time is not None
    with pytest.raises(ValueError, match="read-only"):
        whole.time[0] = 1


def test_journeys_without_touches_have_columns_without_rows() -> None:
    touches, deals, _ = sample()
    blocks = at.open_journeys(touches.head(0), deals)
    assert shown(blocks.whole) == shown(blocks)


# ------------------------------------------------------------ an iterable of parts


def halves(journeys: Journeys) -> list[Journeys]:
    own = np.arange(len(journeys)) % 2 == 0
    return [journeys.select(own), journeys.select(~own)]


def numbered_in_part(journeys: Journeys) -> list[Journeys]:
    """Return parts whose touch ids are text in one and integers in the other."""
    first, second = halves(journeys)
    own = second.touch_id
    assert own is not None
    numbered = own._replace(labels=np.arange(len(own.labels)))
    return [first, replace(second, touch_id=numbered)]


def test_blocks_of_an_iterable_are_its_parts_as_one(
    pair: tuple[Journeys, JourneyBlocks],
) -> None:
    parts = halves(pair[0])
    one, blocks = at.concat(parts), at.JourneyBlocks.of(iter(parts))
    assert blocks.block_count == len(parts)
    assert shown(blocks) == shown(one)
    assert shown(blocks.whole) == shown(one)
    assert credits(blocks).by("channel").equals(credits(one).by("channel"))
    assert repr(at.coverage(blocks)) == repr(at.coverage(one))


def test_blocks_of_paths_are_their_parts_as_one() -> None:
    paths = at.journeys_from_paths(["a > b", "b > b", "c"], wins=[3, 1, 2])
    blocks = at.JourneyBlocks.of(halves(paths))
    tables = [at.attribute(one, "linear").by("channel") for one in (blocks, paths)]
    assert tables[0].equals(tables[1])
    assert at.transforms.first(blocks).touch_count == 4


def test_a_part_may_have_no_touch_ids(pair: tuple[Journeys, JourneyBlocks]) -> None:
    first, second = halves(pair[0])
    parts = [first, replace(second, touch_id=None)]
    assert shown(at.JourneyBlocks.of(parts).whole) == shown(at.concat(parts))


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (lambda _: [], "P05"),
        (lambda one: [one, one], "I04"),
        (lambda one: [one, at.journeys_from_paths(["a"], wins=[1])], "P05"),
        (lambda one: [one, "journeys"], "S05"),
        (numbered_in_part, "I05"),
    ],
)
def test_parts_that_are_none_are_refused_and_nothing_stays_behind(
    pair: tuple[Journeys, JourneyBlocks],
    parts: Callable[[Journeys], Any],
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(at.InputError, match=code):
        at.JourneyBlocks.of(parts(pair[0]))
    assert not list(tmp_path.iterdir())

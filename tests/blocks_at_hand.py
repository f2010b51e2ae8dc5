"""What tests of journeys in blocks share: sources of every kind, what must agree."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
from strategies import iso, lengths

import attribution as at
from attribution.doors.files import write_table

if TYPE_CHECKING:
    from pathlib import Path

    from oracles import Options
    from strategies import Tables

    from attribution.journeys.blocks import JourneyBlocks
    from attribution.journeys.journeys import Journeys

MODELS = ("linear", "last_touch", "shapley:worth=win_rate", "markov")
"""Rules and models that learn."""

TABLES: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("team",), {}),
    (("channel", "rep"), {"of": "pipeline", "period": "month"}),
    (("campaign", "link"), {"minor": True, "of": "lost"}),
    (("deal_id", "process"), {"of": "open", "period": "quarter"}),
)
"""Columns and options of tables of credit."""


@cache
def _sample() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return at.sample()


def sample() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the sample, which is read once, as copies."""
    touches, deals, contacts = _sample()
    return touches.copy(), deals.copy(), contacts.copy()


def options_of(options: Options) -> dict[str, Any]:
    """Return the options of the plain build as those of the library."""
    return {
        "anchor": options.anchor,
        "start": options.start,
        "sharing": options.sharing,
        "links": options.links,
        "unit": options.unit,
        "after": options.after,
        "before": options.before,
        "exclude": options.exclude,
        "lookback": lengths(options.lookback),
        "dedupe": lengths(options.dedupe),
        "as_of": iso(options.as_of),
    }


def size_for(touches: int, blocks: int) -> int:
    """Return the size of blocks of which so many hold the touches."""
    return max(-(-touches // blocks), 1)


def sources(tables: Tables, folder: Path) -> dict[str, tuple[Any, Any, Any]]:
    """Return the tables as frames, CSV files, Parquet files and DuckDB relations."""
    frames = tables.frames()
    names = ("touches", "deals", "contacts")
    named = list(zip(names, map(as_text, frames), strict=True))
    csv = [write_table(one, folder / f"{name}.csv", raw=True) for name, one in named]
    parquet = [write_table(one, folder / f"{name}.parquet") for name, one in named]
    connection = duckdb.connect()
    relations = [connection.read_parquet(str(path)) for path in parquet]
    return {
        "frames": frames,
        "csv": tuple(csv),
        "parquet": tuple(map(str, parquet)),
        "duckdb": tuple(relations),
    }


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose every cell is text or missing."""
    texts = {
        name: pd.array([None if pd.isna(one) else str(one) for one in column], "str")
        for name, column in frame.items()
    }
    return pd.DataFrame(texts)


def check_same(blocks: JourneyBlocks, one: Journeys) -> None:
    """Check that blocks show what one piece shows, to the byte."""
    assert len(blocks) == len(one)
    assert blocks.touch_count == one.touch_count
    assert blocks.found == one.found
    assert blocks.issues.equals(one.issues)
    assert repr(blocks) == repr(one)
    assert blocks.deals().equals(one.deals())
    assert blocks.labels == one.labels
    assert blocks.set_aside().equals(one.set_aside())
    assert blocks.to_frame(personal=True).equals(one.to_frame(personal=True))
    assert blocks.joined().row.tolist() == one.row.tolist()
    assert sum(map(len, blocks)) == len(one)


def check_same_credit(blocks: JourneyBlocks, one: Journeys) -> None:
    """Check that blocks give the credit that one piece gives, to the byte."""
    models = [name for name in MODELS if fits(one, name)]
    parts, whole = at.attribute(blocks, models), at.attribute(one, models)
    for label, fitted in whole.models.items():
        assert parts.models[label].record() == fitted.record()
    for dims, how in TABLES:
        assert parts.by(*dims, **how).equals(whole.by(*dims, **how))
    assert parts.lines(of="pipeline", personal=True).equals(
        whole.lines(of="pipeline", personal=True)
    )
    for deal_id in one.deal_id.tolist():
        assert repr(parts.deal(deal_id)) == repr(whole.deal(deal_id))
    assert repr(parts) == repr(whole)


def fits(journeys: Journeys, model: str) -> bool:
    """Return whether journeys have what a model needs."""
    try:
        at.fit(journeys, model)
    except at.InputError:
        return False
    return True

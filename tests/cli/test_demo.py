"""``attribution demo``: the main job on the shipped sample."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import sample_at_hand

import attribution as at
from attribution.cli import layout, main
from attribution.cli.demo import MODELS
from attribution.doors.files import read_table
from attribution.doors.markup import width

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch
LAW = "Credit is a division by rule, not a measured effect; "


@pytest.fixture(scope="module")
def credits() -> at.Credits:
    touches, deals, contacts = sample_at_hand.sample()
    journeys = at.build_journeys(touches, deals, contacts=contacts, lookback="180d")
    return at.attribute(journeys, MODELS)


def test_it_shows_models_side_by_side_a_ledger_and_what_was_set_aside(
    out: Path, capsys: Capture, credits: at.Credits
) -> None:
    assert main(["demo", "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    for currency, decimals in zip(
        credits.journeys.currencies, credits.journeys.decimals, strict=True
    ):
        for name in ("team", "channel"):
            head = [f"{name}", f"({currency})", *MODELS]
            at_head = [line.split() for line in lines].index(head)
            end = next(n for n in range(at_head, len(lines)) if "total" in lines[n])
            due = credits.journeys.amount[
                (credits.journeys.outcome == 1)
                & (
                    credits.journeys.currency
                    == credits.journeys.currencies.index(currency)
                )
            ]
            total = layout.money(int(due.sum()), decimals)
            assert lines[end].split() == ["total", *[total] * len(MODELS)]
            assert lines[end + 1].startswith(LAW)
    assert sum(line.startswith(LAW) for line in lines) == 7
    assert any(line.startswith("Deal 006Sm") for line in lines)
    assert "Rows set aside for this deal:" in lines
    assert lines[-3:] == [
        f"wrote {out / name}" for name in ("credits.csv", "lines.csv", "run.json")
    ]


@pytest.mark.slow
def test_its_files_hold_what_the_library_gives(out: Path, credits: at.Credits) -> None:
    assert main(["demo", "--out", str(out / "new" / "folder")]) == 0
    folder = out / "new" / "folder"
    expected = credits.by("team", "channel")
    found = read_table(folder / "credits.csv")
    assert found["revenue"].astype(float).tolist() == expected["revenue"].tolist()
    assert found["channel"].tolist() == expected["channel"].tolist()
    assert len(read_table(folder / "lines.csv")) == len(credits.lines())
    record = json.loads((folder / "run.json").read_text())
    assert record["models"] == list(MODELS)
    for table, rows in record["rows"].items():
        assert rows["in"] == rows["used"] + sum(rows["set_aside"].values()), table


@pytest.mark.slow
def test_it_gives_the_same_bytes_again(out: Path, capsys: Capture) -> None:
    written = []
    for name in ("a", "b"):
        assert main(["demo", "--out", str(out / name)]) == 0
        said = capsys.readouterr().out.replace(str(out / name), "")
        files = {path.name: path.read_bytes() for path in (out / name).iterdir()}
        written.append((said, files))
    assert written[0] == written[1]


@pytest.mark.parametrize("columns", [90, pytest.param(100, marks=pytest.mark.slow)])
def test_nothing_it_shows_is_wider_than_the_screen(
    columns: int, out: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(os, "environ", {**os.environ, "COLUMNS": str(columns)})
    assert main(["demo", "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    free = (LAW, "wrote ")
    assert max(width(x) for x in lines if not x.startswith(free)) <= columns


@pytest.mark.parametrize(
    "model",
    [MODELS[0], *(pytest.param(one, marks=pytest.mark.slow) for one in MODELS[1:])],
)
def test_a_total_that_differs_by_one_minor_unit_ends_with_3(
    model: str, out: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    by = at.Credits.by

    def tampered(self: at.Credits, *dims: str, **given: Any) -> Any:
        frame = by(self, *dims, **given)
        if not given.get("minor"):
            return frame
        place = int((frame["model"] == model).argmax())
        return frame.assign(
            revenue_minor=frame["revenue_minor"] + (frame.index == place)
        )

    monkeypatch.setattr(at.Credits, "by", tampered)
    assert main(["demo", "--out", str(out)]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"attribution: the credit of {model} and the")
    assert list(out.iterdir()) == []


@pytest.mark.slow
def test_lines_that_lose_a_cent_end_with_3(out: Path, monkeypatch: Patch) -> None:
    lines = at.Credits.lines

    def short(self: at.Credits, **given: Any) -> Any:
        return lines(self, **given).iloc[1:]

    monkeypatch.setattr(at.Credits, "lines", short)
    assert main(["demo", "--out", str(out)]) == 3


def test_its_folder_may_not_be_a_file(out: Path, capsys: Capture) -> None:
    (out / "file").write_text("")
    assert main(["demo", "--out", str(out / "file")]) == 2
    assert "is a file, not a folder" in capsys.readouterr().err

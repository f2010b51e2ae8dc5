"""What blocks refuse, and that nothing of theirs stays behind."""

from __future__ import annotations

import errno
import fcntl
import gc
import os
import sys
import tempfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from blocks_at_hand import sample

import attribution as at
from attribution.doors import progress, scratch
from attribution.doors.batches import stream_of
from attribution.doors.files import write_table
from attribution.intake.pieces import memory

if TYPE_CHECKING:
    from pathlib import Path

GB = 10**9


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which temporary folders are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(name="paths")
def written(tmp_path: Path) -> tuple[Path, Path, Path]:
    names = ("touches", "deals", "contacts")
    return tuple(  # type: ignore[return-value]
        write_table(frame, tmp_path / f"{name}.csv")
        for name, frame in zip(names, sample(), strict=True)
    )


def refused(*given: Any, **how: Any) -> Any:
    """Return the one issue with which a source is refused."""
    with pytest.raises(at.InputError) as caught:
        at.open_journeys(*given, **how)
    (issue,) = caught.value.issues
    return issue


# ------------------------------------------------------------------------ memory


def test_F09_a_block_that_passes_max_memory_names_the_block_to_use(
    place: Path,
) -> None:
    touches, deals, _ = sample()
    issue = refused(touches, deals, max_memory="1GB", block=10**7)
    assert issue.code == "F09"
    most = int(issue.remedy.split("block=")[1].split()[0])
    assert len(at.open_journeys(touches, deals, max_memory="1GB", block=most))
    assert refused(touches, deals, max_memory="1GB", block=most + 1).code == "F09"


def test_F09_is_a_memory_error_too() -> None:
    touches, deals, _ = sample()
    with pytest.raises(MemoryError, match="which are held whole"):
        at.open_journeys(touches, deals, max_memory=1)


def test_F09_deals_that_pass_it_name_the_memory_to_give() -> None:
    touches, deals, _ = sample()
    issue = refused(touches, deals, max_memory="100MB")
    enough = issue.remedy.split("'")[1]
    assert len(at.open_journeys(touches, deals, max_memory=enough))


def test_F09_touches_that_hang_together_are_refused_before_they_are_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "CELL", GB // 1000)
    touches, deals, _ = sample()
    touches = touches.assign(touch_id="the same")
    issue = refused(touches, deals, max_memory="2GB")
    assert issue.code == "F09"
    assert "hang together" in issue.what


def test_max_memory_sets_the_size_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "CELL", GB // 1000)
    touches, deals, _ = sample()
    with at.open_journeys(touches, deals, max_memory="2GB") as blocks:
        assert blocks.block_count > 1


@pytest.mark.parametrize("given", ["", "much", "-1GB", 0, -5, 1.5, True, "0 MB"])
def test_P04_max_memory_is_an_amount_of_memory(given: Any) -> None:
    touches, deals, _ = sample()
    assert refused(touches, deals, max_memory=given).code == "P04"


@pytest.mark.parametrize("given", [0, -1, 1.5, "1", True])
def test_P04_block_is_a_number_of_touches(given: Any) -> None:
    touches, deals, _ = sample()
    assert refused(touches, deals, block=given).code == "P04"


def test_all_faults_of_options_and_tables_are_told_at_once() -> None:
    touches, deals, _ = sample()
    with pytest.raises(at.InputError) as caught:
        at.open_journeys(
            touches.assign(team="shop"), deals.assign(amount="much"),
            block=0, max_memory="?", anchor="end",
        )  # fmt: skip
    told = [(one.code, one.table) for one in caught.value.issues]
    places = {"anchor", "block", "max_memory"}
    assert {("P04", place) for place in places} <= set(told)
    assert {("L07", "touches"), ("M09", "deals")} <= set(told)


# ----------------------------------------------------------------------- sources


def test_F11_a_csv_file_that_grows_while_it_is_read(
    paths: tuple[Path, Path, Path], place: Path
) -> None:
    touches, deals, _ = paths

    def grow(done: int, total: int) -> None:
        if done < total or done == total:
            with touches.open("a") as handle:
                handle.write("x" * 10)

    issue = refused(touches, deals, progress=grow, block=150)
    assert (issue.code, issue.table) == ("F11", "touches.csv")
    assert not list(place.iterdir())


def test_F11_a_file_that_another_takes_the_place_of(
    paths: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    deals = paths[1]
    touches = write_table(sample()[0], tmp_path / "touches.parquet")

    def swap(done: int, total: int) -> None:
        write_table(sample()[0].head(10), touches)

    assert refused(touches, deals, progress=swap, block=150).code == "F11"


def test_F11_a_csv_file_whose_columns_change_before_it_is_read(
    paths: tuple[Path, Path, Path],
) -> None:
    stream = stream_of(paths[0], "touches")
    paths[0].write_text("a,b\n1,2\n")
    with pytest.raises(at.InputError, match="F11"):
        list(stream.batches(["time"], 10))


def test_F11_a_relation_that_gets_rows_while_it_is_read() -> None:
    connection = duckdb.connect()
    connection.execute("create table t as select 1 as a")
    stream = stream_of(connection.table("t"), "touches")
    connection.execute("insert into t values (2)")
    with pytest.raises(at.InputError, match="F11"):
        list(stream.batches(["a"], 10))


@pytest.mark.parametrize("changes", ["update t set a = 7", "update t set b = 'é'"])
def test_F11_a_relation_whose_rows_change_while_it_is_read(changes: str) -> None:
    connection = duckdb.connect()
    connection.execute('create table t as select 1 as a, \'x\' as b, [3] as "c""d"')
    batches = stream_of(connection.table("t"), "touches").batches(["a", "b"], 10)
    assert len(next(batches)[0]) == 1
    connection.cursor().execute(changes)
    with pytest.raises(at.InputError, match="F11"):
        list(batches)


def test_a_csv_at_fault_that_did_not_change_keeps_its_fault(
    paths: tuple[Path, Path, Path],
) -> None:
    with paths[0].open("a") as handle:
        handle.write("one cell\n")
    assert refused(paths[0], paths[1]).code == "S09"


def test_F05_json_is_not_read_in_batches(
    paths: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    touches = write_table(sample()[0], tmp_path / "touches.json")
    assert refused(touches, paths[1]).code == "F05"


def test_F05_a_relation_without_pyarrow_names_the_extra(
    paths: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    relation = duckdb.connect().read_csv(str(paths[0]))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    issue = refused(relation, paths[1])
    assert issue.code == "F05"
    assert "revenue-attribution[arrow]" in issue.remedy


def test_I05_ids_of_touches_and_deals_are_of_one_kind() -> None:
    touches, deals, _ = sample()
    numbered = deals.assign(deal_id=np.arange(len(deals)))
    assert refused(touches, numbered, block=150).code == "I05"


@pytest.mark.parametrize("first", [150, 160])
def test_I09_a_column_that_changes_its_kind_from_batch_to_batch(first: int) -> None:
    touches, deals, _ = sample()
    ids = touches["deal_id"].astype(object)
    ids.iloc[first:] = 7
    issue = refused(touches.assign(deal_id=ids), deals, block=150)
    assert (issue.code, issue.column) == ("I09", "deal_id")


@pytest.mark.slow
def test_T01_is_judged_over_the_whole() -> None:
    touches, deals, _ = sample()
    times = touches["time"].astype(object)
    times.iloc[:4] = None
    touches = touches.assign(time=times)
    one = at.build_journeys(touches, deals)
    assert at.open_journeys(touches, deals, block=150).found == one.found
    times.iloc[:30] = None
    touches = touches.assign(time=times)
    with pytest.raises(at.InputError) as caught:
        at.build_journeys(touches, deals)
    assert refused(touches, deals, block=150) == caught.value.issues[0]


def test_T14_and_L04_are_judged_over_the_whole() -> None:
    touches, deals, _ = sample()
    days = pd.date_range("2025-01-01", periods=len(touches), freq="D", tz="UTC")
    names = np.where(np.arange(len(touches)) < 50, "caf\u00e9", "cafe\u0301")
    touches = touches.assign(time=days, campaign=names)
    one = at.build_journeys(touches, deals)
    assert {"T14", "L04"} <= set(one.issues["code"])
    assert at.open_journeys(touches, deals, block=150).found == one.found


@pytest.mark.slow
def test_I07_and_I08_are_found_over_the_whole() -> None:
    touches, deals, _ = sample()
    own = deals["deal_id"].astype(object).to_numpy().copy()
    own[0], own[1] = "006Ec0000000001", "A"
    named = touches["deal_id"].astype(object).to_numpy().copy()
    named[[3, 90, 100, 120]] = ["006Ec0000000001AAA", " a", "zz", "ZZ"]
    deals, touches = deals.assign(deal_id=own), touches.assign(deal_id=named)
    one = at.build_journeys(touches, deals)
    assert {"I07", "I08"} <= set(one.issues["code"])
    assert at.open_journeys(touches, deals, block=150).found == one.found


# ------------------------------------------------------------------ what is left


def test_the_files_go_with_the_blocks(place: Path) -> None:
    touches, deals, _ = sample()
    blocks = at.open_journeys(touches, deals, block=150)
    (folder,) = place.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    del blocks
    gc.collect()
    assert not list(place.iterdir())


def test_P05_closed_blocks_say_so(place: Path) -> None:
    touches, deals, _ = sample()
    with at.open_journeys(touches, deals, block=150) as blocks:
        assert len(list(blocks)) == blocks.block_count
    assert not list(place.iterdir())
    with pytest.raises(at.InputError, match=r"\[P05\] the blocks are closed"):
        list(blocks)


def test_blocks_have_no_attribute_that_journeys_lack() -> None:
    blocks: Any = at.open_journeys(*sample()[:2])
    with pytest.raises(AttributeError, match="nothing"):
        _ = blocks.nothing


def test_S05_concat_takes_blocks_one_by_one() -> None:
    touches, deals, _ = sample()
    blocks: Any = at.open_journeys(touches, deals, block=150)
    with pytest.raises(at.InputError, match=r"S05.*\[\*blocks\]"):
        at.concat([blocks])
    assert len(at.concat([*blocks])) == len(blocks)


def test_nothing_stays_behind_an_error(place: Path) -> None:
    touches, deals, _ = sample()
    with pytest.raises(at.InputError):
        at.open_journeys(touches.assign(team="shop"), deals, block=150)
    assert not list(place.iterdir())


@pytest.mark.parametrize("step", [1, 3, 8])
def test_nothing_stays_behind_an_interrupt(place: Path, step: int) -> None:
    touches, deals, _ = sample()
    calls = []

    def stop(done: int, total: int) -> None:
        calls.append(done)
        if len(calls) == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        at.open_journeys(touches, deals, block=150, progress=stop)
    assert not list(place.iterdir())


def test_what_a_killed_process_left_is_removed_by_the_next(place: Path) -> None:
    left, used, young = (place / f"{scratch.PREFIX}{name}" for name in "abc")
    for folder in (left, used, young):
        folder.mkdir()
        (folder / scratch.LOCK).touch()
    for folder in (left, used):
        os.utime(folder, (0, 0))
    with (used / scratch.LOCK).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        scratch.Scratch().close()
    assert set(place.iterdir()) == {used, young}


def test_F07_a_full_disk_is_named_with_the_folder(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(scratch, "write_record", full)
    touches, deals, _ = sample()
    with pytest.raises(OSError, match="TMPDIR names another place") as caught:
        at.open_journeys(touches, deals)
    assert caught.value.errno == errno.ENOSPC
    assert not list(place.iterdir())


def test_F07_a_temporary_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    touches, deals, _ = sample()
    with pytest.raises(OSError, match="TMPDIR names another place"):
        at.open_journeys(touches, deals)


def test_progress_tells_of_what_is_read_and_of_blocks() -> None:
    touches, deals, _ = sample()
    seen: list[tuple[int, int]] = []
    blocks = at.open_journeys(
        touches, deals, block=150, progress=lambda *now: seen.append(now)
    )
    assert (len(touches), len(touches)) in seen
    assert seen[-1][0] == seen[-1][1] >= blocks.block_count


def test_progress_of_credit_tells_of_each_block() -> None:
    touches, deals, _ = sample()
    blocks = at.open_journeys(touches, deals, block=150)
    seen: list[tuple[int, int]] = []
    credits = at.attribute(
        blocks, ["linear", "markov"], progress=lambda *now: seen.append(now)
    )
    credits.by("team")
    assert seen[-1] == (blocks.block_count, blocks.block_count)


def test_progress_true_shows_bars(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "DELAY", 0)
    touches, deals, _ = sample()
    at.open_journeys(touches, deals, progress=True, ids="salesforce")
    shown = capsys.readouterr().err
    for label in ("reading ids", "reading touches", "building blocks"):
        assert label in shown


def test_costs_of_several_kinds_of_numbers_are_the_same_money() -> None:
    touches, deals, _ = sample()
    cost: Any = [1, 2.35, Decimal("0.07"), None] * len(touches)
    cost = sorted(cost[: len(touches)], key=lambda one: str(type(one)))
    touches = touches.assign(cost=np.array(cost, object))
    one = at.build_journeys(touches, deals, currency="EUR")
    blocks = at.open_journeys(touches, deals, currency="EUR", block=150)
    found, expected = blocks.joined().cost, one.cost
    assert found is not None
    assert expected is not None
    assert found.tolist() == expected.tolist()

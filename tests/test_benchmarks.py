"""The harness of the benchmarks: rows that go on, whole files, the page on speed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import attribution as at
from benchmarks import __main__ as program
from benchmarks import measuring, page, rows, synthetic, table
from benchmarks.measuring import (
    Measured,
    PeerError,
    Row,
    Timing,
    at_least,
    at_most,
    guarded,
    measure,
    side_by_side,
)
from benchmarks.memory import Peak
from benchmarks.peers import compiled
from benchmarks.peers.results import apart, rules_apart
from benchmarks.rows import raw_tables

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measuring import Size, Target


def timing(seconds: float, value: Any = None) -> Timing:
    return Timing((seconds,), 1.0, 1_000_000, value)


def row(
    ours: float,
    theirs: float,
    target: Target | None,
    difference: float | None = None,
    needs: tuple[str, ...] = (),
) -> Row:
    """Return a row whose sides take so many seconds."""

    def measured(size: Size) -> Measured:
        sides = {"attribution": timing(ours), "peer": timing(theirs)}
        count = {"quick": 10**6, "full": 5 * 10**7}[size]
        return Measured(sides, difference=difference, sizes={"count": count})

    return Row("{count} touches", "a peer", target, measured, needs, "A note.")


@pytest.mark.parametrize(
    ("ours", "theirs", "target", "measured", "held"),
    [
        (1.2, 1.0, at_most(1.2), 1.2, True),
        (1.3, 1.0, at_most(1.2), 1.3, False),
        (0.1, 4.0, at_least(40), 40.0, True),
        (0.1, 3.9, at_least(40), 39.0, False),
        (2.0, 1.0, None, 0.5, None),
    ],
)
def test_a_ratio_is_ours_over_theirs_or_theirs_over_ours_as_the_target_asks(
    ours: float,
    theirs: float,
    target: Target | None,
    measured: float,
    held: bool | None,
) -> None:
    record = measure(row(ours, theirs, target), "quick")
    assert record["measured"] == pytest.approx(measured)
    assert record["held"] is held


def test_of_several_others_the_fastest_counts() -> None:
    sides = {"ours": timing(1.0), "slow": timing(9.0), "fast": timing(2.0)}
    several = Row("work", "others", at_least(3), lambda _: Measured(sides))
    record = measure(several, "quick")
    assert (record["measured"], record["held"]) == (2.0, False)
    assert [side["name"] for side in record["sides"]] == ["ours", "slow", "fast"]


def test_a_row_names_its_sizes_in_powers_of_ten() -> None:
    assert measure(row(1, 1, None), "quick")["work"] == "10⁶ touches"
    assert measure(row(1, 1, None), "full")["work"] == "5·10⁷ touches"
    assert measuring.size_text(12) == "12"
    assert measuring.size_text(131_072) == "131,072"


@pytest.mark.parametrize(("ours", "told"), [(1.3, 1), (1.1, 0)])
def test_a_row_says_what_limits_it_where_its_target_is_missed(
    ours: float, told: int
) -> None:
    def measured(size: Size) -> Measured:
        del size
        sides = {"attribution": timing(ours), "peer": timing(1.0)}
        return Measured(sides, limit="a pass takes 1 s.")

    record = measure(Row("all", "a peer", at_most(1.2), measured), "quick")
    results = {**results_of("quick"), "rows": [record]}
    for text in (table.text(record), page.page(results)):
        assert text.count("What limits it: a pass takes 1 s.") == told


def test_results_that_differ_are_not_held_and_say_so() -> None:
    equal = measure(row(1, 1, at_most(1), difference=1e-12), "quick")
    apart = measure(row(1, 1, at_most(1), difference=0.02), "quick")
    assert (equal["held"], equal["agrees"]) == (True, True)
    assert (apart["held"], apart["agrees"]) == (False, False)
    assert table.cells(apart)[3:] == ("1 × (results differ by 0.02)", "no")


def test_a_peer_that_is_not_installed_is_told_in_its_row_and_the_rest_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    missing = row(1, 1, at_most(1), needs=("no_such_peer",))
    results = program.run([missing, row(1, 2, at_most(1))], "quick")
    first, second = results["rows"]
    assert first["skipped"] == "no_such_peer is not installed"
    assert table.cells(first) == (
        "touches", "a peer", "≤ 1 ×", "no_such_peer is not installed", "–"
    )  # fmt: skip
    assert second["held"] is True
    assert "1 of 2 targets are held, 0 missed, 1 not measured." in table.summary(
        results
    )
    assert "no_such_peer is not installed" in capsys.readouterr().out


def test_a_peer_that_cannot_be_imported_or_fails_is_told_without_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_peer.py").write_text("raise OSError('/a/path')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PeerError, match=r"^broken_peer fails to import: OSError$"):
        measuring.peer("broken_peer")

    def fails() -> None:
        raise ValueError("/a/path")

    with pytest.raises(PeerError, match=r"^a peer fails: ValueError$"):
        guarded("a peer", fails)()


def test_what_a_peer_prints_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded("a peer", lambda: sys.stdout.write("a banner"))() == 8
    assert capsys.readouterr().out == ""


def test_a_fault_of_the_library_is_raised() -> None:
    def fails(_: Size) -> Measured:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        measure(Row("work", "a peer", None, fails), "quick")


@pytest.mark.slow
def test_sides_are_called_in_turn_and_the_first_call_gives_the_value() -> None:
    calls: list[str] = []

    def call(name: str) -> int:
        calls.append(name)
        return len(calls)

    found = side_by_side({"a": lambda: call("a"), "b": lambda: call("b")}, repeats=3)
    assert "".join(calls) == "abababab"
    assert (found["a"].value, found["b"].value) == (1, 2)
    assert len(found["a"].seconds) == 3
    assert found["a"].record()["repeats"] == 3


def test_a_side_that_is_too_slow_is_called_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measuring, "SLOW", 0.0)
    calls: list[None] = []
    found = side_by_side({"slow": lambda: calls.append(None)})
    assert len(calls) == len(found["slow"].seconds) == 1


@pytest.mark.slow
def test_a_peak_sees_memory_that_is_taken_and_given_back() -> None:
    with Peak() as peak:
        np.ones(20_000_000)
    assert peak.bytes > 100_000_000


def results_of(size: Size) -> dict[str, Any]:
    chosen = [row(1, 2, at_most(1)), row(1, 2, at_most(1), needs=("no_such_peer",))]
    return program.run(chosen, size)


def test_whole_results_are_kept_and_the_page_shows_full_ones_once_there_are_some(
    tmp_path: Path,
) -> None:
    shown = tmp_path / "speed.md"
    told = []
    sizes: tuple[Size, ...] = ("quick", "full", "quick")
    for size in sizes:
        program.keep(results_of(size), tmp_path, shown)
        kept = json.loads((tmp_path / f"{size}.json").read_text(encoding="utf-8"))
        assert kept["size"] == size
        assert len(kept["rows"]) == 2
        told.append(shown.read_text(encoding="utf-8"))
        assert told[-1] == page.page(table.latest(tmp_path))
    assert "10⁶ touches" in told[0]
    assert "5·10⁷ touches" in told[1]
    assert told[1] == told[2]
    assert "Not measured: no_such_peer is not installed." in told[2]


def test_an_interrupted_run_leaves_the_last_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: Size) -> Measured:
        raise KeyboardInterrupt

    monkeypatch.setattr(table, "RESULTS", tmp_path)
    monkeypatch.setattr(table, "PAGE", tmp_path / "speed.md")
    chosen = [row(1, 1, None), Row("work", "a peer", None, interrupted)]
    monkeypatch.setattr(program, "rows", lambda _: chosen)
    (tmp_path / "quick.json").write_text("the last")
    assert program.main([]) == 130
    assert (tmp_path / "quick.json").read_text() == "the last"
    assert list(tmp_path.iterdir()) == [tmp_path / "quick.json"]
    assert "Interrupted" in capsys.readouterr().err


def test_a_run_of_some_rows_prints_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(table, "RESULTS", tmp_path)
    monkeypatch.setattr(table, "PAGE", tmp_path / "speed.md")
    monkeypatch.setattr(program, "rows", lambda _: [row(1, 1, at_most(1))])
    assert program.main(["games"]) == 0
    assert not list(tmp_path.iterdir())
    assert program.main([]) == 0
    assert {one.name for one in tmp_path.iterdir()} == {"quick.json", "speed.md"}
    written = table.PAGE.read_bytes()
    table.PAGE.unlink()
    assert program.main(["--page"]) == 0
    assert table.PAGE.read_bytes() == written
    assert "1 of 1 targets are held" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        program.main(["no such rows"])


def test_results_name_versions_and_the_machine_but_no_host_and_no_path() -> None:
    found = results_of("quick")["machine"]
    assert found["versions"]["revenue-attribution"] == at.__version__
    assert found["versions"]["numpy"] == np.__version__
    assert found["cores"] >= 1
    assert set(found) == {"versions", "processor", "cores", "memory_gib", "system"}
    assert sys.prefix not in json.dumps(found)


def test_every_module_of_rows_gives_some_and_needs_no_peer_to_be_listed() -> None:
    for name in rows.MODULES:
        assert rows.rows((name,)), name
    listed = rows.rows()
    assert len({(one.work, one.against) for one in listed}) == len(listed)


def test_the_page_on_speed_is_what_the_last_full_results_give() -> None:
    assert table.PAGE.read_text(encoding="utf-8") == page.page(
        table.latest(table.RESULTS)
    )


@pytest.mark.parametrize("won", [1.0, 0.3])
def test_the_loops_that_are_compiled_give_the_float_totals(won: float) -> None:
    journeys = synthetic.journeys(300, seed=4, won=won)
    end = int((journeys.outcome == 1).sum()) + 1
    channel = journeys.touch["channel"]
    assert journeys.time is not None
    given = (journeys.offsets[:end], channel.codes, journeys.amount)
    loops = {
        "linear": compiled.linear_loop(*given, len(channel.labels)),
        "time_decay": compiled.decay_loop(*given, journeys.time, len(channel.labels)),
    }
    for model, found in loops.items():
        ours = at.attribute(journeys, model).by("channel", exact=False)
        theirs = dict(zip(channel.labels, found.tolist(), strict=True))
        for channel_name, revenue, wins in zip(
            ours["channel"], ours["revenue"], ours["wins"], strict=True
        ):
            assert theirs[channel_name] == pytest.approx([revenue * 100, wins])


@pytest.mark.slow
@pytest.mark.parametrize("ids", ["text", "integer"])
@pytest.mark.parametrize("form", ["pandas", "Arrow"])
@pytest.mark.parametrize("won", [1.0, 0.3])
def test_the_queries_by_hand_give_what_the_library_gives(
    ids: synthetic.Ids, form: str, won: float
) -> None:
    for module in ("polars", "duckdb", "pyarrow"):
        pytest.importorskip(module)
    found = raw_tables.compared(300, ids, form, won)
    assert set(found.sides) == {"attribution", "Polars", "DuckDB"}
    assert found.difference is not None
    assert found.difference < 1e-4


def test_results_are_apart_by_the_largest_relative_difference() -> None:
    assert apart({"a": 1.0, "b": 4.0}, {"a": 1.0, "b": 5.0}) == pytest.approx(0.2)
    assert apart({"a": 1.0}, {"a": 1.0, "b": 5.0}) == 1.0
    assert apart({"a": 0.0}, {"a": 0.0}) == 0.0
    assert apart({}, {}) == 0.0
    assert apart({"a": 1e-9}, {"a": 2e-9}, floor=1.0) == pytest.approx(1e-9)
    pair = {"linear": {"a": (1.0, 2.0)}}
    assert rules_apart(pair, {"linear": {"a": (1.0, 1.0)}}) == pytest.approx(0.5)
    assert rules_apart(pair, {}) == np.inf

"""Numeric cases of others: values of games, each with its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attribution import games as of

CASES = Path(__file__).parents[2].parent / "shared" / "oracles.json"
NEAR = 1e-12
"""Relative: the cases are given as float64."""


def cases(*kinds: str) -> list[Any]:
    """Return the cases of these kinds; a skipped one where there is no file."""
    if not CASES.is_file():
        reason = "numeric cases: there is no ../shared/oracles.json beside the checkout"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason))]
    found = [case for case in json.loads(CASES.read_text()) if case["kind"] in kinds]
    return [pytest.param(case, id=case["id"]) for case in found]


def check(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=NEAR, atol=0)


def table(given: dict[str, Any]) -> Any:
    """Return the worths of a case; those of a vote from its quota."""
    if "v_binary" in given:
        return np.array(given["v_binary"], np.float64)
    weights = np.array(given["weights"])
    held = (np.arange(1 << len(weights))[:, None] >> np.arange(len(weights)) & 1) @ (
        weights
    )
    return (held >= given["quota"]).astype(np.float64)


def flat(branch: Any) -> list[int]:
    return (
        [branch]
        if isinstance(branch, int)
        else [one for b in branch for one in flat(b)]
    )


def levels_of(tree: Any, n: int) -> list[list[int]]:
    """Return the labels of each level of nested lists, the players' own left out."""
    levels = []
    while any(isinstance(branch, list) for branch in tree):
        labels = [0] * n
        for number, branch in enumerate(tree):
            for player in flat(branch):
                labels[player] = number
        levels.append(labels)
        tree = [
            inner
            for branch in tree
            for inner in (branch if isinstance(branch, list) else [branch])
        ]
    return levels


def by_set(pairs: Any) -> dict[frozenset[str], float]:
    """Return the sum of the numbers of each set of labels."""
    found: dict[frozenset[str], float] = {}
    for labels, number in pairs:
        found[frozenset(labels)] = found.get(frozenset(labels), 0.0) + number
    return found


def masks_of(sets: Any, players: list[str]) -> list[int]:
    return [sum(1 << players.index(one) for one in labels) for labels in sets]


@pytest.mark.parametrize("case", cases("shapley"))
def test_shapley(case: dict[str, Any]) -> None:
    v = table(case["input"])
    check(of.shapley(v), case["expected"])
    check(of.weighted_shapley(v, np.ones(len(case["expected"]))), case["expected"])


@pytest.mark.parametrize("case", cases("banzhaf_raw", "banzhaf_normalized"))
def test_banzhaf(case: dict[str, Any]) -> None:
    normalized = case["kind"] == "banzhaf_normalized"
    found = of.banzhaf(table(case["input"]), normalized=normalized)
    check(found, case["expected"])
    if "swings" in case["input"]:
        check(of.banzhaf(table(case["input"])), case["input"]["swings"])


@pytest.mark.parametrize("case", cases("harsanyi_dividends"))
def test_harsanyi_dividends(case: dict[str, Any]) -> None:
    v = table(case["input"])
    check(of.dividends(v), case["expected"])
    check(of.from_dividends(case["expected"]), v)


@pytest.mark.parametrize("case", cases("owen", "winter"))
def test_owen_and_winter(case: dict[str, Any]) -> None:
    v = table(case["input"])
    levels = levels_of(case["input"]["tree"], case["input"]["n"])
    check(of.winter(v, levels), case["expected"])
    if case["kind"] == "owen":
        check(of.owen(v, levels[0]), case["expected"])
    d = of.dividends(v)
    check(of.sparse_winter(np.arange(len(d)), d, levels=levels), case["expected"])


@pytest.mark.parametrize("case", cases("owen_banzhaf"))
def test_owen_banzhaf(case: dict[str, Any]) -> None:
    unions = levels_of(case["input"]["unions"], case["input"]["n"])[0]
    check(of.owen_banzhaf(table(case["input"]), unions), case["expected"])


@pytest.mark.parametrize("case", cases("stii_order2"))
def test_shapley_taylor(case: dict[str, Any]) -> None:
    found = of.interactions(table(case["input"]), kind="shapley_taylor")
    check(found, case["expected"])


@pytest.mark.parametrize("case", cases("shapley_sum_game"))
def test_the_sum_game(case: dict[str, Any]) -> None:
    given = case["input"]
    sums = by_set(given.get("paths", given.get("exact_coalition_value")))
    players = sorted(case["expected"])
    expected = [case["expected"][one] for one in players]
    masks = masks_of(sums, players)
    found = of.sparse_shapley(masks, list(sums.values()), n=len(players))
    check(found, expected)
    d = np.zeros(1 << len(players))
    d[masks] = list(sums.values())
    check(of.shapley(of.from_dividends(d)), expected)
    if "worth" in given:
        check(of.shapley(given["worth"]), expected)


@pytest.mark.parametrize("case", cases("shapley_exact_coalition_count"))
def test_counts_of_exact_coalitions(case: dict[str, Any]) -> None:
    given = case["input"]
    wins = by_set(zip(given["paths"], given["converted"], strict=True))
    players = sorted(case["expected"])
    v = np.zeros(1 << len(players))
    v[masks_of(wins, players)] = list(wins.values())
    check(of.shapley(v), [case["expected"][one] for one in players])
    found = of.shapley_values(lambda s: wins.get(s, 0), players)
    check([found[one] for one in players], [case["expected"][one] for one in players])

"""The fingerprint: the same for what decides the same, another for anything else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from oracles import DAY
from requests_at_hand import DEAL, LEARNED, ONE, START, Asked

import attribution as at


def print_of(given: Asked = ONE, model: str = "linear", **fields: Any) -> str:
    options = fields.pop("options", {})
    models = fields.pop("models", {})
    request = given.request(model, **fields)
    request["options"] |= options
    return at.split_deals(request, models=models).fingerprint


def test_the_fingerprint_is_the_same_for_what_decides_the_same() -> None:
    same = {
        print_of(),
        print_of(model="linear:per=touch"),
        print_of(model="key", models={"key": "linear"}),
        print_of(model="key", models={"key": at.fit(ONE.journeys(), "linear")}),
        print_of(replace(ONE, deals=(replace(DEAL, amount=7),))),
        print_of(request_id="x", explain=True),
        print_of(options={"strict": True, "teams": ["sdr"], "allow_negative": True}),
    }
    assert len(same) == 1
    week = {print_of(model="time_decay:half_life=2w")}
    assert week == {print_of(model="time_decay:half_life=14d")}


def test_the_fingerprint_differs_with_whatever_decides_a_split() -> None:
    other = at.Fitted(LEARNED.model, None, {**(LEARNED.params or {}), "clipped": 0.5})
    prints = [
        print_of(),
        print_of(model="linear:per=channel"),
        print_of(options={"lookback": "30d"}),
        print_of(options={"anchor": "opportunity"}),
        print_of(options={"as_of": START + 60 * DAY}),
        print_of(model="m", models={"m": LEARNED}),
        print_of(model="m", models={"m": other}),
    ]
    assert len(set(prints)) == len(prints)


def test_the_fingerprint_of_a_fit_is_that_of_its_file(tmp_path: Any) -> None:
    LEARNED.save(tmp_path / "m.json")
    assert at.load_model(tmp_path / "m.json").fingerprint == LEARNED.fingerprint

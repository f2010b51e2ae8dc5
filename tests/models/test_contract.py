"""The contract that every model keeps: those of the registry, and a learned toy."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import numpy as np
import pandas as pd
import pytest
import sample_at_hand
import strategies
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
from attribution.arrays import ragged
from attribution.credit import cells
from attribution.models import registry
from attribution.models.base import Model, Params
from attribution.models.counts import Counts, Table
from attribution.models.fitted import NEEDS, Fitted

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.arrays.ragged import Array, Floats
    from attribution.journeys.journeys import Journeys

SUM = 1e-9
"""How far float weights of a deal may be from a sum of 1 (design §3)."""

VARIANTS: dict[str, tuple[Any, ...]] = {
    "half_life": ("1h", "30d", "3650d", {"sales": "1h", "ad": "30d", "*": "3650d"}),
    "skip": ("call", ("call", "email")),
    "first": (0.3, 1 / 7),
    "middle": (0.2, 2 / 7),
    "last": (0.5, 4 / 7),
    "positions": ((0.5, 0.2), (100,), (0, 0, 0.5)),
    "channels": ({"call": 3, "email": 0.5, "*": 1}, {"ad": 1 / 3, "call": 2}),
    "holders": ({"lead": "marketing", "opportunity": ("sales",), "middle": "email"},),
    "shares": (
        {"first": 0.25, "lead": 0.25, "closed": 0.25, "middle": 0.25},
        {"lead": 50, "sql": 20, "created": 10, "last": 20},
    ),
}
"""Values to try of parameters, by name; choices and booleans are all tried anyway."""

TOGETHER: dict[str, tuple[str, ...]] = {"position": ("first", "middle", "last")}
"""Parameters whose values are tried together, by model."""

NEEDED: dict[str, dict[str, Any]] = {"u_shaped": {"convention": "hubspot"}}
"""Parameters that a model needs for these journeys, which have lead milestones."""

ALONE: dict[str, str] = {"custom": "positions"}
"""The parameter that a model needs if no other is given."""


class Frequent(Model):
    """Each touch weighs as much as its channel is frequent: a toy that learns."""

    prior: float = 1.0

    def count(self, journeys: Journeys) -> Counts:
        column = journeys.touch["channel"]
        times = np.bincount(column.codes, minlength=len(column.labels))
        values = {"touches": times.astype(np.int64)}
        return Counts({"channels": Table({"channel": column.labels}, values)})

    def solve(self, counts: Counts) -> Params:
        keys, values = counts.tables["channels"]
        times = (values["touches"] + self.prior) / 3
        return dict(zip(keys["channel"], times.tolist(), strict=True))

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats:
        column, offsets = journeys.touch["channel"], journeys.offsets
        times = np.array([(params or {})[one] for one in column.labels], float)
        own = times[column.codes]
        return np.asarray(own / ragged.spread(ragged.sums(own, offsets), offsets))

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        codes = np.unique(journey.touch["channel"].codes)
        labels = journey.touch["channel"].labels[codes]
        told = ", ".join(f"{one} {(params or {})[one]:.2f}" for one in labels)
        return (f"Touches weigh as much as their channels: {told}.",)


def values_of(field: Any, name: str) -> list[Any]:
    """Return values to try of one parameter: its choices, or those named above."""
    kind = field.annotation
    if get_origin(kind) is UnionType:
        kind = next((one for one in get_args(kind) if one is not type(None)), kind)
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [True, False] if kind is bool else list(VARIANTS.get(name, ()))


def variants(kind: type[Model]) -> list[Model]:
    """Return a model with its defaults and with a few values of each parameter."""
    fields = kind.model_fields
    tried = {name: values_of(field, name) for name, field in fields.items()}
    own = kind.model_name()
    base = {name: tried[name][0] for name, one in fields.items() if one.is_required()}
    base |= NEEDED.get(own, {})
    alone = ALONE.get(own)
    least = {alone: tried[alone][0]} if alone else base
    joint = TOGETHER.get(own, ())
    given = [
        {**base, name: v} for name in fields if name not in joint for v in tried[name]
    ]
    given += [
        {**base, **dict(zip(joint, row, strict=True))}
        for row in zip(*(tried[name] for name in joint), strict=True)
    ]
    return list(
        {one.label: one for one in (kind(**v) for v in (least, *given))}.values()
    )


CLASSES: list[type[Model]] = [*registry.classes().values(), Frequent]
MODELS = [model for kind in CLASSES for model in variants(kind)]
SHOWN = [model for kind in CLASSES for model in [*variants(kind)][:2]]
"""The models of the quick suite: two of each kind."""
every_class = pytest.mark.parametrize("kind", CLASSES, ids=lambda one: one.__name__)
every_model = pytest.mark.parametrize(
    "model",
    [
        pytest.param(
            model,
            id=model.label,
            marks=[] if model in SHOWN else [pytest.mark.slow],
        )
        for model in MODELS
    ],
)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the toy among the models of the registry."""
    known = {**registry.classes(), Frequent.model_name(): Frequent}
    monkeypatch.setattr(registry, "classes", lambda: known)


def edges() -> Journeys:
    """Deals with ties, ages of ten years, one touch or none, email of both teams."""
    random = np.random.default_rng(11)
    deals, touches = 30, 200
    close = np.datetime64("2026-03-01T12:00:00", "us")
    age = random.choice([0, 0, 1, 60, 86_400, 30 * 86_400, 3650 * 86_400], touches)
    deal_id = np.array([f"D{place}" for place in range(deals)], object)
    touch_frame = {
        "time": close - age.astype("timedelta64[s]"),
        "team": random.choice(["marketing", "sales"], touches),
        "channel": random.choice(["email", "call", "ad", "Z", "é"], touches),
        "campaign": random.choice(["k1", "k2"], touches),
        "rep": random.choice(["Ana", "Bo"], touches),
        "deal_id": deal_id[np.minimum(random.integers(0, deals, touches), deals - 4)],
    }
    deal_frame = {
        "deal_id": deal_id,
        "amount": random.choice([0, 1, 7, 1_000_003, 9_999_999_999_999], deals),
        "currency": random.choice(["EUR", "JPY"], deals),
        "outcome": random.choice(["won", "won", "lost", "open"], deals),
        "created_at": close - np.timedelta64(4000, "D"),
        "lead_at": close - np.timedelta64(40, "D"),
        "opportunity_at": close - np.timedelta64(1, "D"),
        "closed_at": close,
    }
    frames = pd.DataFrame(touch_frame), pd.DataFrame(deal_frame)
    options: dict[str, Any] = {"as_of": "2026-03-02", "lookback": "3700d"}
    return at.build_journeys(*frames, process=("Z",), **options)


EDGES = edges()


@pytest.fixture(params=["edges", pytest.param("sample", marks=pytest.mark.slow)])
def journeys(request: pytest.FixtureRequest) -> Journeys:
    if request.param == "edges":
        return EDGES
    return sample_at_hand.sample_journeys(lookback="3700d")


def learned(model: Model, journeys: Journeys) -> Fitted:
    """Return the model with what it learned, its parameters not rounded."""
    counts = model.count(journeys)
    if counts is None:
        return Fitted(model)
    ready = model.settle(counts)
    return Fitted(ready, counts, ready.solve(counts))


def weights_of(ready: Fitted, journeys: Journeys) -> Array:
    return np.asarray(ready.model.weigh(journeys, ready.params))


def frozen(journeys: Journeys) -> Journeys:
    """Return the same journeys with every array read-only."""

    def locked(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            value = value.copy()
            value.setflags(write=False)
        elif isinstance(value, dict):
            value = {name: locked(one) for name, one in value.items()}
        elif isinstance(value, tuple) and hasattr(value, "_fields"):
            value = type(value)(*map(locked, value))
        return value

    names = [one.name for one in dataclasses.fields(journeys)]
    columns = {name: locked(getattr(journeys, name)) for name in names}
    return dataclasses.replace(journeys, **columns)


def check_same_credits(found: at.Credits, expected: at.Credits) -> None:
    for a, b in (
        (found.by("team", "channel"), expected.by("team", "channel")),
        (found.lines(of="pipeline"), expected.lines(of="pipeline")),
    ):
        pd.testing.assert_frame_equal(a, b, check_exact=True)


# ------------------------------------------------------------- names and parameters


@every_model
def test_its_label_parses_back_to_an_equal_model(
    model: Model, registered: None
) -> None:
    assert registry.parse(model.label) == model
    assert registry.parse(model.label).label == model.label


@every_class
def test_its_name_alone_is_the_label_of_its_defaults(
    kind: type[Model], registered: None
) -> None:
    required = any(field.is_required() for field in kind.model_fields.values())
    if not required and kind.model_name() not in ALONE:
        assert kind().label == kind.model_name()
        assert registry.parse(kind.model_name()) == kind()


@every_class
def test_it_has_a_json_schema_of_its_parameters(kind: type[Model]) -> None:
    schema = kind.model_json_schema()
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema
    assert schema["type"] == "object"
    assert set(schema.get("properties", {})) == set(kind.model_fields)
    assert schema["additionalProperties"] is False


@every_model
def test_its_parameters_are_json_values_that_make_it_again(model: Model) -> None:
    values = model.model_dump(mode="json")
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert type(model)(**values) == model


@every_class
def test_it_is_listed_with_one_line_and_its_parameters(
    kind: type[Model], registered: None
) -> None:
    info = at.list_models()[kind.model_name()]
    assert info.name == kind.model_name()
    assert info.line.endswith(".")
    assert "\n" not in info.line
    assert list(info.parameters) == list(kind.model_fields)
    assert str(info).startswith(f"{info.name}(")
    assert str(info).endswith(info.line)


@every_class
def test_what_it_needs_has_a_remedy(kind: type[Model]) -> None:
    assert kind.needs <= set(NEEDS)


@every_class
def test_it_takes_no_parameter_that_it_does_not_have(kind: type[Model]) -> None:
    values: dict[str, Any] = {"no_such": 1}
    with pytest.raises(at.InputError) as caught:
        kind(**values)
    assert "P03" in [one.code for one in caught.value.issues]


@every_model
def test_it_cannot_be_changed(model: Model) -> None:
    for name in [*type(model).model_fields, "no_such"]:
        with pytest.raises(ValueError, match="frozen"):
            setattr(model, name, 1)


# ------------------------------------------------------------------------- weights


def check_weights(weights: Array, journeys: Journeys) -> None:
    assert weights.shape == (journeys.touch_count,)
    assert weights.dtype in (np.dtype(np.float64), np.dtype(np.int64))
    assert np.isfinite(weights).all()
    assert (weights >= 0).all()
    for first, last in itertools.pairwise(journeys.offsets.tolist()):
        own = weights[first:last].tolist()
        if weights.dtype == np.int64:
            assert sum(own) < 2**62
        elif any(own):
            assert math.fsum(own) == pytest.approx(1, abs=SUM)


def check_own_weights(ready: Fitted, journeys: Journeys, size: int) -> None:
    """Check that blocks of ``size`` journeys weigh the same bytes as the whole."""
    whole = weights_of(ready, journeys)
    for first in range(0, len(journeys), size):
        last = min(first + size, len(journeys))
        alone = weights_of(ready, journeys.block(first, last))
        own = whole[journeys.offsets[first] : journeys.offsets[last]]
        assert alone.dtype == whole.dtype
        assert alone.tobytes() == own.tobytes()


@every_model
def test_weights_are_shares_that_sum_to_1_or_integer_parts(
    model: Model, journeys: Journeys
) -> None:
    check_weights(weights_of(learned(model, journeys), journeys), journeys)


@every_model
@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.slow), 7])
def test_weights_of_a_journey_do_not_depend_on_the_others(
    model: Model, journeys: Journeys, size: int
) -> None:
    check_own_weights(learned(model, journeys), journeys, size)


@given(strategies.tables(), st.sampled_from(MODELS))
def test_weights_of_any_journeys_are_good_and_each_journeys_own(
    tables: strategies.Tables, model: Model
) -> None:
    touches, deals, contacts = tables.frames()
    options: dict[str, Any] = {"start": "all", "lookback": "3700d"}
    journeys = at.build_journeys(touches, deals, contacts=contacts, **options)
    ready = learned(model, journeys)
    check_weights(weights_of(ready, journeys), journeys)
    check_own_weights(ready, journeys, 1)


@every_model
def test_credits_of_a_deal_sum_to_its_amount_or_it_has_no_weight(
    model: Model, journeys: Journeys
) -> None:
    credits = at.attribute(journeys, learned(model, journeys))
    lines = credits.lines(of="pipeline")
    found = lines.groupby("deal_id")[["weight", "credit_minor"]].sum()
    amounts = dict(zip(journeys.deal_id, journeys.amount.tolist(), strict=True))
    for deal_id, weight, credit in found.itertuples():
        assert credit == (amounts[deal_id] if weight else 0)
    assert len(found) == np.count_nonzero(np.diff(journeys.offsets)) > 0


@every_model
def test_it_works_on_read_only_arrays_and_changes_none(
    model: Model, journeys: Journeys
) -> None:
    locked = frozen(journeys)
    for column in (locked.offsets, locked.touch["channel"].codes, locked.outcome):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1
    ready, plain = learned(model, locked), learned(model, journeys)
    assert json.dumps(ready.record()) == json.dumps(plain.record())
    weights = weights_of(ready, locked)
    assert weights.tobytes() == weights_of(plain, journeys).tobytes()
    told = ready.model.explain(locked.block(0, 1), ready.params)
    assert told == plain.model.explain(journeys.block(0, 1), plain.params)


@every_model
def test_called_twice_it_gives_the_same_bytes(model: Model, journeys: Journeys) -> None:
    one, two = learned(model, journeys), learned(model, journeys)
    first = weights_of(one, journeys).tobytes()
    assert first == weights_of(one, journeys).tobytes()
    assert json.dumps(one.record()) == json.dumps(two.record())


@every_model
@pytest.mark.parametrize("threads", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_credits_are_the_same_for_any_blocks_and_threads(
    threads: int, model: Model, journeys: Journeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = at.fit(journeys, model)
    expected = at.attribute(journeys, ready)
    monkeypatch.setattr(cells, "BLOCK", 10 + threads)
    monkeypatch.setattr(cells, "WIDE", 10 + threads)
    check_same_credits(at.attribute(journeys, ready, threads=threads), expected)


@pytest.mark.slow
@every_model
def test_credits_are_the_same_for_parts_that_are_concatenated(
    model: Model, journeys: Journeys
) -> None:
    third = np.arange(len(journeys)) % 3
    joined = at.concat([journeys.select(third == part) for part in (1, 2, 0)])
    ready, again = at.fit(journeys, model), at.fit(joined, model)
    assert json.dumps(again.record()) == json.dumps(ready.record())
    check_same_credits(at.attribute(joined, again), at.attribute(journeys, ready))


@every_model
def test_its_ledger_has_sentences_for_every_deal_with_touches(
    model: Model, journeys: Journeys
) -> None:
    ready = learned(model, journeys)
    for place in np.flatnonzero(np.diff(journeys.offsets)).tolist():
        told = ready.model.explain(journeys.block(place, place + 1), ready.params)
        assert told
        for sentence in told:
            assert sentence.strip() == sentence
            assert sentence.endswith(".")
            assert "\n" not in sentence


@every_model
def test_it_takes_journeys_without_any_touch(model: Model, journeys: Journeys) -> None:
    ready = learned(model, journeys)
    untouched = journeys.select(np.diff(journeys.offsets) == 0)
    for none in (untouched, journeys.select(np.zeros(len(journeys), bool))):
        assert weights_of(ready, none).shape == (0,)
    assert len(untouched) > 0


@pytest.mark.slow
@every_model
def test_saved_and_loaded_it_gives_the_same_credits(
    model: Model, journeys: Journeys, tmp_path: Path, registered: None
) -> None:
    ready = at.fit(journeys, model)
    ready.save(tmp_path / "m.json")
    again = at.load_model(tmp_path / "m.json")
    assert again.model == ready.model
    again.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "m.json").read_bytes()
    check_same_credits(at.attribute(journeys, again), at.attribute(journeys, ready))

"""The contract that every model keeps: those of the registry, and a learned toy."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import sys
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args, get_origin

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import attribution as at
import strategies
from attribution import models as model_package
from attribution.arrays import ragged
from attribution.credit import cells
from attribution.models import fitted as fitted_room
from attribution.models import registry
from attribution.models.base import Model, Params
from attribution.models.counts import Counts, Table, total
from attribution.models.fitted import NEEDS, Fitted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from attribution.arrays.ragged import Array, Floats
    from attribution.journeys.journeys import Journeys

SUM = 1e-9
"""How far float weights of a deal may be from a sum of 1 (design §3)."""

VARIANTS: dict[str, tuple[Any, ...]] = {"half_life": ("1h", "30d", "3650d")}
"""Values of parameters by name, tried where a model has such a one; choices and
booleans are tried without being named here."""


class WinRate(Model):
    """Each touch weighs as much as its channel wins.

    A toy that learns: count, solve, weigh, tables and explain in a few lines.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"lost"})

    prior: float = 1.0

    def count(self, journeys: Journeys) -> Counts:
        channel = journeys.touch["channel"]
        deal = ragged.segments_of(journeys.offsets)
        size = len(channel.labels)
        pairs = np.unique(deal * size + channel.codes)
        met, own = np.divmod(pairs, size)
        closed = (journeys.outcome[met] >= 0) * journeys.count[met]
        won = (journeys.outcome[met] == 1) * journeys.count[met]
        values = {
            name: np.bincount(own, column, size).astype(np.int64)
            for name, column in (("wins", won), ("closed", closed))
        }
        return Counts({"channels": Table({"channel": channel.labels}, values)})

    def solve(self, counts: Counts) -> Params:
        table = counts.tables["channels"]
        wins = table.values["wins"].tolist()
        closed = table.values["closed"].tolist()
        rates = [
            (won + self.prior) / (seen + 2 * self.prior)
            for won, seen in zip(wins, closed, strict=True)
        ]
        labels = table.keys["channel"].tolist()
        return {
            "rates": dict(zip(reversed(labels), reversed(rates), strict=True)),
            "deals": max(closed),
        }

    def weigh(self, journeys: Journeys, params: Params | None) -> Floats:
        rates = self._rates(params)
        channel = journeys.touch["channel"]
        by_label = np.array([rates.get(label, 0.5) for label in channel.labels])
        own = by_label[channel.codes]
        sums = ragged.spread(ragged.sums(own, journeys.offsets), journeys.offsets)
        shares: Floats = own / sums
        return shares

    def tables(
        self, counts: Counts | None, params: Params | None
    ) -> Mapping[str, Mapping[str, Any]]:
        assert counts is not None
        rates = self._rates(params)
        table = counts.tables["channels"]
        return {
            "rates": {
                "channel": table.keys["channel"],
                "rate": np.array([rates[one] for one in table.keys["channel"]]),
            },
            "counts": {"channel": table.keys["channel"], **table.values},
        }

    def explain(self, journey: Journeys, params: Params | None) -> tuple[str, ...]:
        rates = self._rates(params)
        present = np.unique(journeys_channels(journey))
        told = ", ".join(f"{one} {rates.get(one, 0.5):.1%}" for one in present)
        return (f"Touches weigh as much as their channels win: {told}.",)

    @staticmethod
    def _rates(params: Params | None) -> dict[str, float]:
        assert params is not None
        rates: dict[str, float] = params["rates"]
        return rates


class Given(Model):
    """Weights as they are handed over in place of parameters."""

    def weigh(self, journeys: Journeys, params: Any) -> Any:
        del journeys
        return params


def journeys_channels(journeys: Journeys) -> Array:
    column = journeys.touch["channel"]
    return column.labels[column.codes]


def values_of(field: Any, name: str) -> list[Any]:
    """Return values to try of one parameter: its choices, or those named above."""
    kind = field.annotation
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [True, False] if kind is bool else list(VARIANTS.get(name, ()))


def variants(model: type[Model]) -> list[Model]:
    """Return a model with its defaults and with a few values of each parameter."""
    fields = model.model_fields
    tried = {name: values_of(field, name) for name, field in fields.items()}
    base = {name: tried[name][0] for name, one in fields.items() if one.is_required()}
    given = [{**base, name: value} for name in fields for value in tried[name]]
    found = {one.label: one for one in (model(**values) for values in [base, *given])}
    return list(found.values())


CLASSES = [*registry.classes().values(), WinRate]
MODELS = [model for one in CLASSES for model in variants(one)]
every_class = pytest.mark.parametrize("kind", CLASSES, ids=lambda one: one.__name__)
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda one: one.label)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the toy among the models of the registry."""
    known = {**registry.classes(), WinRate.model_name(): WinRate}
    monkeypatch.setattr(registry, "classes", lambda: known)


def edges() -> Journeys:
    """Deals with ties, ages of ten years, one touch, no touch, both emails, and so on."""
    random = np.random.default_rng(11)
    deals, touches = 60, 400
    close = np.datetime64("2026-03-01T12:00:00", "us")
    age = random.choice([0, 0, 1, 60, 86_400, 30 * 86_400, 3650 * 86_400], touches)
    owner = np.minimum(random.integers(0, deals, touches), deals - 4)
    deal_id = np.array([f"D{at}" for at in range(deals)], object)
    return at.build_journeys(
        pd.DataFrame(
            {
                "time": close - age.astype("timedelta64[s]"),
                "team": random.choice(["marketing", "sales"], touches),
                "channel": random.choice(["email", "call", "ad", "Z", "é"], touches),
                "campaign": random.choice(["k1", "k2"], touches),
                "rep": random.choice(["Ana", "Bo"], touches),
                "deal_id": deal_id[owner],
            }
        ),
        pd.DataFrame(
            {
                "deal_id": deal_id,
                "amount": random.choice([0, 1, 7, 1_000_003, 9_999_999_999_999], deals),
                "currency": random.choice(["EUR", "JPY"], deals),
                "outcome": random.choice(["won", "won", "lost", "open"], deals),
                "created_at": close - np.timedelta64(4000, "D"),
                "lead_at": close - np.timedelta64(40, "D"),
                "opportunity_at": close - np.timedelta64(1, "D"),
                "closed_at": close,
            }
        ),
        process=("Z",),
        as_of="2026-03-02",
    )


def sample() -> Journeys:
    touches, deals, contacts = at.sample()
    return at.build_journeys(touches, deals, contacts=contacts)


@pytest.fixture(scope="module", params=[edges, sample], ids=lambda one: one.__name__)
def journeys(request: pytest.FixtureRequest) -> Journeys:
    built: Journeys = request.param()
    return built


def fitted_on(model: Model, journeys: Journeys) -> Fitted:
    """Return the model with what it learned, whether or not all needs are met."""
    counts = model.count(journeys)
    return Fitted(model, counts, None if counts is None else model.solve(counts))


def frozen(journeys: Journeys) -> Journeys:
    """Return the same journeys with every array read-only."""

    def locked(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            value = value.copy()
            value.setflags(write=False)
        elif isinstance(value, dict):
            value = {name: locked(one) for name, one in value.items()}
        elif isinstance(value, tuple) and hasattr(value, "_fields"):
            value = value._replace(**{n: locked(getattr(value, n)) for n in value._fields})
        return value

    columns = {
        one.name: locked(getattr(journeys, one.name))
        for one in dataclasses.fields(journeys)
    }
    return dataclasses.replace(journeys, **columns)


def minor(credits: at.Credits, *dims: str) -> list[tuple[Any, ...]]:
    frame = credits.by(*dims, minor=True).fillna("none")
    return list(frame.itertuples(index=False, name=None))


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
    if all(not field.is_required() for field in kind.model_fields.values()):
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


@pytest.mark.parametrize("name", list(registry.classes()))
def test_every_model_of_the_registry_is_a_name_of_the_package(name: str) -> None:
    kind = registry.classes()[name]
    assert getattr(at.models, kind.__name__) is kind
    assert kind.__name__ in dir(at.models)


@pytest.mark.parametrize("name", ["Linea", "no_such"])
def test_the_package_has_no_other_names(name: str) -> None:
    with pytest.raises(AttributeError, match=f"has no (model|attribute) '{name}'"):
        getattr(at.models, name)


# ------------------------------------------------------------------------- weights


@every_model
def test_weights_are_shares_that_sum_to_1_or_integer_parts(
    model: Model, journeys: Journeys
) -> None:
    ready = fitted_on(model, journeys)
    weights = np.asarray(model.weigh(journeys, ready.params))
    assert weights.shape == (journeys.touch_count,)
    assert weights.dtype in (np.dtype(np.float64), np.dtype(np.int64))
    assert np.isfinite(weights).all()
    assert (weights >= 0).all()
    for first, last in itertools.pairwise(journeys.offsets.tolist()):
        own = weights[first:last].tolist()
        if weights.dtype == np.int64:
            assert sum(own) < 2**31
        elif any(own):
            assert math.fsum(own) == pytest.approx(1, abs=SUM)


@every_model
def test_credits_of_a_deal_sum_to_its_amount_or_it_has_no_weight(
    model: Model, journeys: Journeys
) -> None:
    credits = at.attribute(journeys, fitted_on(model, journeys))
    lines = credits.lines(of="pipeline")
    found = lines.groupby("deal_id")[["weight", "credit_minor"]].sum()
    amounts = dict(
        zip(journeys.deal_id.tolist(), journeys.amount.tolist(), strict=True)
    )
    for deal_id, weight, credit in found.itertuples():
        assert credit == (amounts[deal_id] if weight else 0)
    touched = int(np.count_nonzero(np.diff(journeys.offsets)))
    assert len(found) == touched > 0


@every_model
@pytest.mark.parametrize("size", [1, 7])
def test_weights_of_a_journey_do_not_depend_on_the_others(
    model: Model, journeys: Journeys, size: int
) -> None:
    params = fitted_on(model, journeys).params
    whole = np.asarray(model.weigh(journeys, params))
    for first in range(0, len(journeys), size):
        last = min(first + size, len(journeys))
        alone = np.asarray(model.weigh(journeys.block(first, last), params))
        own = whole[journeys.offsets[first] : journeys.offsets[last]]
        assert alone.dtype == whole.dtype
        assert alone.tobytes() == own.tobytes()


@every_model
@given(tables=strategies.tables())
def test_weights_of_any_journeys_are_good_and_each_journeys_own(
    model: Model, tables: strategies.Tables
) -> None:
    touches, deals, contacts = tables.frames()
    journeys = at.build_journeys(touches, deals, contacts=contacts)
    if not len(journeys) or not journeys.touch_count:
        return
    params = fitted_on(model, journeys).params
    whole = np.asarray(model.weigh(journeys, params))
    for at_deal, (first, last) in enumerate(
        itertools.pairwise(journeys.offsets.tolist())
    ):
        own = whole[first:last]
        alone = np.asarray(model.weigh(journeys.block(at_deal, at_deal + 1), params))
        assert alone.tobytes() == own.tobytes()
        assert (own >= 0).all()
        if own.any() and own.dtype == np.float64:
            assert math.fsum(own.tolist()) == pytest.approx(1, abs=SUM)


@every_model
def test_it_works_on_read_only_arrays_and_changes_none(
    model: Model, journeys: Journeys
) -> None:
    locked = frozen(journeys)
    with pytest.raises(ValueError, match="read-only"):
        locked.offsets[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        locked.touch["channel"].codes[0] = 1
    ready, plain = fitted_on(model, locked), fitted_on(model, journeys)
    assert ready.params == plain.params
    weights = np.asarray(model.weigh(locked, ready.params))
    assert (
        weights.tobytes() == np.asarray(model.weigh(journeys, plain.params)).tobytes()
    )
    assert model.explain(locked.block(0, 1), ready.params) == model.explain(
        journeys.block(0, 1), plain.params
    )


@every_model
def test_called_twice_it_gives_the_same_bytes(model: Model, journeys: Journeys) -> None:
    one, two = fitted_on(model, journeys), fitted_on(model, journeys)
    assert json.dumps(one.record()) == json.dumps(two.record())
    first = np.asarray(model.weigh(journeys, one.params))
    again = np.asarray(model.weigh(journeys, one.params))
    assert first.tobytes() == again.tobytes()
    assert json.dumps(one.record()) == json.dumps(two.record())


@every_model
def test_credits_are_the_same_for_any_blocks_and_threads(
    model: Model, journeys: Journeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = at.fit(journeys, model)
    whole = at.attribute(journeys, ready)
    expected = minor(whole, "team", "channel"), whole.lines()
    for block, threads in ((3, 1), (3, 4), (17, 4)):
        monkeypatch.setattr(cells, "BLOCK", block)
        split = at.attribute(journeys, ready, threads=threads)
        assert minor(split, "team", "channel") == expected[0]
        pd.testing.assert_frame_equal(split.lines(), expected[1])


@every_model
def test_credits_are_the_same_for_parts_that_are_concatenated(
    model: Model, journeys: Journeys
) -> None:
    third = np.arange(len(journeys)) % 3
    parts = [journeys.select(third == one) for one in (1, 2, 0)]
    joined = at.concat(parts)
    ready = at.fit(journeys, model)
    again = at.fit(joined, model)
    assert json.dumps(again.record()) == json.dumps(ready.record())
    expected = at.attribute(journeys, ready)
    found = at.attribute(joined, again)
    assert minor(found, "team", "channel") == minor(expected, "team", "channel")
    pd.testing.assert_frame_equal(
        found.lines(of="pipeline"), expected.lines(of="pipeline")
    )


@every_model
def test_its_ledger_has_sentences_for_every_deal_with_touches(
    model: Model, journeys: Journeys
) -> None:
    params = fitted_on(model, journeys).params
    for place in np.flatnonzero(np.diff(journeys.offsets)).tolist():
        told = model.explain(journeys.block(place, place + 1), params)
        assert told
        for sentence in told:
            assert sentence.strip() == sentence
            assert sentence.endswith(".")
            assert "\n" not in sentence


@every_model
def test_it_takes_journeys_without_any_touch(model: Model, journeys: Journeys) -> None:
    params = fitted_on(model, journeys).params
    untouched = journeys.select(np.diff(journeys.offsets) == 0)
    assert len(untouched) > 0
    for none in (untouched, journeys.select(np.zeros(len(journeys), bool))):
        weights = np.asarray(model.weigh(none, params))
        assert weights.shape == (0,)
    frame = at.attribute(untouched, Fitted(model, None, params)).by("team", of="pipeline")
    assert len(frame) > 0
    assert frame["team"].str.startswith("(unattributed: ").all()


@every_model
def test_saved_and_loaded_it_gives_the_same_credits(
    model: Model, journeys: Journeys, tmp_path: Path, registered: None
) -> None:
    ready = at.fit(journeys, model)
    ready.save(tmp_path / "m.json")
    again = at.load_model(tmp_path / "m.json")
    assert again.model == model
    assert again.record() == ready.record()
    again.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "m.json").read_bytes()
    pd.testing.assert_frame_equal(
        at.attribute(journeys, again).lines(), at.attribute(journeys, ready).lines()
    )


# ------------------------------------------------------------------ finding a model


SOURCE = '''"""A model in a file of its own."""

from __future__ import annotations

import numpy as np

from attribution.models.base import Model


class Toy2Rule(Model):
    """The ``second`` touch, by a file.

    More words.
    """

    def weigh(self, journeys, params):
        return np.ones(journeys.touch_count, np.int64)
'''


@pytest.fixture
def another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put one more file beside the models of the package."""
    (tmp_path / "toy2_rule.py").write_text(SOURCE)
    monkeypatch.setattr(
        model_package, "__path__", [*model_package.__path__, str(tmp_path)]
    )
    registry.classes.cache_clear()
    yield
    registry.classes.cache_clear()
    sys.modules.pop("attribution.models.toy2_rule", None)


def test_a_model_is_found_by_its_file_being_there(another_file: None) -> None:
    assert list(registry.classes()) == sorted(registry.classes())
    assert registry.parse("toy2_rule").label == "toy2_rule"
    assert at.models.Toy2Rule().label == "toy2_rule"
    assert "Toy2Rule" in dir(at.models)
    assert at.list_models()["toy2_rule"].line == "The second touch, by a file."
    credits = at.attribute(at.journeys_from_paths(["a > b"], wins=[2]), "toy2_rule")
    assert credits.by("channel")["wins"].tolist() == [1.0, 1.0]


def test_the_base_class_weighs_nothing_and_says_nothing() -> None:
    journeys = at.journeys_from_paths(["a"], wins=[1])
    base = Model()
    with pytest.raises(NotImplementedError):
        base.weigh(journeys, None)
    assert base.explain(journeys, None) == ()
    assert base.tables(None, None) == {}
    assert base.count(journeys) is None
    assert base.solve(Counts({})) is None


@pytest.mark.parametrize("need", sorted(NEEDS))
def test_journeys_without_what_a_model_needs_are_refused_with_the_remedy(
    need: str,
) -> None:
    class Needy(Given):
        needs: ClassVar[frozenset[str]] = frozenset({need})

    journeys = at.journeys_from_paths(["a"], wins=[1])
    for ask in (at.fit, at.attribute):
        with pytest.raises(at.InputError) as caught:
            ask(journeys, Needy())
        assert [one.code for one in caught.value.issues] == ["P07"]
        assert f"needs {need}" in str(caught.value)
        assert NEEDS[need] in str(caught.value)


def test_everything_that_a_model_lacks_is_told_at_once() -> None:
    class Needy(Given):
        needs: ClassVar[frozenset[str]] = frozenset(NEEDS)

    with pytest.raises(at.InputError) as caught:
        at.fit(at.journeys_from_paths(["a"], wins=[1]), Needy())
    assert [one.code for one in caught.value.issues] == ["P07"] * len(NEEDS)


def test_journeys_with_everything_are_not_refused() -> None:
    class Needy(Given):
        needs: ClassVar[frozenset[str]] = frozenset(NEEDS)

    assert at.fit(edges(), Needy()).label == "needy"


# ------------------------------------------------------------------ a learned model


def test_what_a_learned_model_learned_is_what_was_counted() -> None:
    journeys = at.journeys_from_paths(
        ["a > b", "a > a", "b"], wins=[3, 1, 0], losses=[1, 0, 4], revenue=[90, 10, 0]
    )
    ready = at.fit(journeys, WinRate())
    assert ready.table().to_dict("list") == {
        "channel": ["a", "b"],
        "rate": [round(5 / 7, 12), round(4 / 10, 12)],
    }
    assert ready.table("counts").to_dict("list") == {
        "channel": ["a", "b"],
        "wins": [4, 3],
        "closed": [5, 8],
    }
    assert repr(ready) == "Fitted(win_rate: 2 channels)"
    table = at.attribute(journeys, ready).by("channel", minor=True)
    # Row 0 divides 9000 by 5/7 : 4/10, that is 25 : 14.
    assert dict(zip(table["channel"], table["revenue_minor"], strict=True)) == {
        "a": 5769 + 1000,
        "b": 3231,
    }


def test_learned_parameters_keep_12_digits_and_have_sorted_keys() -> None:
    ready = at.fit(sample(), WinRate())
    assert ready.params is not None
    assert list(ready.params) == ["deals", "rates"]
    rates = ready.params["rates"]
    assert list(rates) == sorted(rates)
    assert all(rate == float(f"{rate:.12g}") for rate in rates.values())
    exact = fitted_on(WinRate(), sample()).params
    assert exact is not None
    assert exact["rates"] != rates
    assert exact["rates"] == pytest.approx(rates, rel=1e-12)


@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=8), st.randoms(use_true_random=False)
)
def test_counts_of_blocks_add_up_to_the_whole_in_any_order(
    sizes: list[int], random: Any
) -> None:
    journeys = EDGES
    parts, first = [], 0
    for size in [*sizes, len(journeys)]:
        last = min(first + size, len(journeys))
        if last > first:
            parts.append(WinRate().count(journeys.block(first, last)))
        first = last
    random.shuffle(parts)
    whole = total([WinRate().count(journeys)]).record()
    assert total(parts).record() == whole
    added = parts[0]
    for part in parts[1:]:
        added = part + added
    assert json.dumps((added + Counts({})).record()) == json.dumps(whole)


EDGES = edges()


def test_a_model_is_fitted_block_by_block_to_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = at.fit(EDGES, WinRate()).record()
    for block in (1, 7, 59):
        monkeypatch.setattr(fitted_room, "BLOCK", block)
        assert json.dumps(at.fit(EDGES, WinRate()).record()) == json.dumps(whole)


def test_a_learned_model_splits_deals_that_it_never_saw() -> None:
    ready = at.fit(
        at.journeys_from_paths(["a", "b"], wins=[3, 0], losses=[0, 3]), WinRate()
    )
    strange = at.journeys_from_paths(["a > new > b"], wins=[1], revenue=[100])
    table = at.attribute(strange, ready).by("channel").set_index("channel")
    assert table["revenue"].to_dict() == {"a": 53.33, "new": 33.33, "b": 13.34}


def test_a_learned_model_that_needs_lost_deals_asks_for_them() -> None:
    with pytest.raises(at.InputError, match="losses="):
        at.attribute(at.journeys_from_paths(["a"], wins=[1]), WinRate())


def test_a_learned_model_is_fitted_on_no_journeys_too() -> None:
    class Anyone(WinRate):
        needs: ClassVar[frozenset[str]] = frozenset()

        def solve(self, counts: Counts) -> Params:
            del counts
            return {"rates": {}}

    nothing = at.journeys_from_paths([], wins=[])
    ready = at.fit(nothing, Anyone())
    assert ready.counts is not None
    assert ready.params == {"rates": {}}
    assert len(at.attribute(nothing, ready).lines()) == 0


# -------------------------------------------------------------------- bad weights


THREE = at.journeys_from_paths(["a > b > c", "a > b"], wins=[1, 1], revenue=[9, 5])
GOOD = [1.0, 0.0, 0.0]
BAD: dict[str, tuple[Any, str]] = {
    "NaN": ([math.nan, 0.5, 0.5], "NaN or infinite"),
    "NaN alone": ([math.nan] * 3, "NaN or infinite"),
    "inf": ([math.inf, 0.0, 0.0], "NaN or infinite"),
    "inf and its negative": ([math.inf, -math.inf, 1.0], "NaN or infinite"),
    "negative": ([-0.5, 1.0, 0.5], "a negative weight"),
    "negative sum of 0": ([-1.0, 1.0, 0.0], "a negative weight"),
    "negative parts": ([-1, 2, 0], "a negative weight"),
    "sum of 1.1": ([0.6, 0.25, 0.25], "sum to 1.1"),
    "sum of 0.5": ([0.25, 0.25, 0.0], "sum to 0.5"),
    "sum a little off": ([0.5, 0.5, 2e-9], "sum to 1.000000002"),
    "subnormal": ([5e-324, 0.0, 0.0], "sum to 5e-324"),
    "too large": ([1e308, 1e308, 1e308], "sum to inf"),
    "too many parts": ([2**31, 0, 0], f"sum to {2**31}"),
}
"""Weights of the first deal, and what the error says of them."""


def attributed(weights: Any) -> at.Credits:
    """Return credits under a model that gives these weights."""
    return at.attribute(THREE, Fitted(Given(), None, weights))


@pytest.mark.parametrize("name", BAD)
def test_bad_weights_are_an_error_that_names_model_and_deal(name: str) -> None:
    weights, told = BAD[name]
    whole = all(isinstance(one, int) for one in weights)
    both = np.array([*weights, *([1, 0] if whole else [0.5, 0.5])])
    credits = attributed(both)
    for ask in (lambda: credits.by("team"), credits.lines, lambda: credits.deal(0)):
        with pytest.raises(at.InputError) as caught:
            ask()
        fault = caught.value.issues[0]
        assert (fault.code, fault.table, fault.column) == ("J07", "models", "given")
        assert fault.what.startswith("gave deal 0 ")
        assert told in fault.what
        assert "np." not in fault.what
        assert "(1 such deals)" in fault.what


def test_parts_whose_sum_passes_int64_are_an_error() -> None:
    four = at.journeys_from_paths(["a > b > c > d"], wins=[1], revenue=[9])
    for parts in ([2**62] * 4, [2**62] * 2 + [0] * 2):
        credits = at.attribute(four, Fitted(Given(), None, np.array(parts)))
        with pytest.raises(at.InputError, match=r"\[J07\] models\.given: gave deal 0"):
            credits.by("team")


def test_every_deal_with_bad_weights_is_counted() -> None:
    with pytest.raises(at.InputError, match=r"deal 0 .* \(2 such deals\)"):
        attributed(np.array([0.5, 0.0, 0.0, 0.5, 0.0])).by("team")


def test_the_first_deal_with_bad_weights_is_the_one_named() -> None:
    with pytest.raises(at.InputError, match=r"gave deal 1 .* \(1 such deals\)"):
        attributed(np.array([1.0, 0.0, 0.0, 0.5, 0.0])).by("team")


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        (np.array([True, False, False, True, False]), "bool weights of shape (5,)"),
        (np.array([1.0, 0.0, 0.0, 1.0]), "float64 weights of shape (4,)"),
        (np.ones((5, 1)), "float64 weights of shape (5, 1)"),
        (np.array(["1", "0", "0", "1", "0"]), "<U1 weights of shape (5,)"),
        (np.ones(5, complex), "complex128 weights of shape (5,)"),
        (None, "object weights of shape ()"),
    ],
    ids=["bool", "short", "two dimensions", "text", "complex", "nothing"],
)
def test_weights_that_are_not_one_number_a_touch_are_an_error(
    weights: Any, told: str
) -> None:
    with pytest.raises(at.InputError) as caught:
        attributed(weights).by("team")
    fault = caught.value.issues[0]
    assert (fault.code, fault.column) == ("J07", "given")
    assert told in fault.what
    assert "5 touches" in fault.remedy


def test_float32_weights_count_when_they_sum_to_1_and_not_when_they_miss_it() -> None:
    halves = np.array([0.5, 0.25, 0.25, 0.5, 0.5], np.float32)
    assert attributed(halves).by("channel")["revenue"].tolist() == [7.0, 4.75, 2.25]
    thirds = np.array([1 / 3, 1 / 3, 1 / 3, 0.5, 0.5], np.float32)
    with pytest.raises(at.InputError, match="sum to 1.00000002"):
        attributed(thirds).by("team")


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint64])
def test_integers_of_any_width_are_parts(kind: Any) -> None:
    parts = np.array([1, 1, 1, 3, 1], kind)
    revenue = attributed(parts).by("channel").set_index("channel")["revenue"]
    assert revenue.to_dict() == {"a": 6.75, "b": 4.25, "c": 3.0}


@pytest.mark.parametrize("kind", [np.float64, np.int64])
def test_a_deal_whose_weights_are_all_zero_is_unattributed(kind: Any) -> None:
    credits = attributed(np.array([0, 0, 0, 1, 0], kind))
    table = credits.by("channel").set_index("channel")
    assert table["revenue"].to_dict() == {
        "a": 5.0,
        "b": 0.0,
        "c": 0.0,
        "(unattributed: no weight)": 9.0,
    }
    assert table["wins"].tolist() == [1.0, 0.0, 0.0, 1.0]
    assert table["deals"].tolist() == [2, 2, 1, 1]
    assert credits.lines()["credit_minor"].tolist() == [0, 0, 0, 500, 0]
    told = "given: No touch can take this deal: (unattributed: no weight)."
    assert told in repr(credits.deal(0))

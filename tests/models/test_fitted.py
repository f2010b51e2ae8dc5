"""Finding, fitting, saving and loading models, and files that are damaged."""

from __future__ import annotations

import copy
import json
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
import sample_at_hand
from hypothesis import example, given
from hypothesis import strategies as st

import attribution as at
from attribution import models as model_package
from attribution.errors import InputError
from attribution.models import registry
from attribution.models.base import Model, Params
from attribution.models.counts import Counts, Table
from attribution.models.fitted import NEEDS, Fitted, of_record, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from attribution.arrays.ragged import Ints
    from attribution.journeys.journeys import Journeys

    Damage = Callable[[dict[str, Any]], object]


class Seen(Model):
    """A toy that counts touches by channel and learns nothing else."""

    per: str = "channel"

    def count(self, journeys: Journeys) -> Counts:
        column = journeys.touch["channel"]
        seen = np.bincount(column.codes, minlength=len(column.labels))
        keys = {"channel": column.labels}
        return Counts({"channels": Table(keys, {"seen": seen.astype(np.int64)})})

    def solve(self, counts: Counts) -> Params:
        return {"b": int(counts.tables["channels"].values["seen"].sum()), "a": [1 / 3]}

    def weigh(self, journeys: Journeys, params: Params | None) -> Ints:
        del params
        return np.ones(journeys.touch_count, np.int64)

    def tables(
        self, counts: Counts | None, params: Params | None
    ) -> Mapping[str, Mapping[str, Any]]:
        assert counts is not None
        keys, values = counts.tables["channels"]
        return {"channels": {**keys, **values}, "sums": {"all": [params]}}


PATHS = at.journeys_from_paths(["a > b", "b > b"], wins=[1, 2], revenue=[10, 5])
NOTHING = at.journeys_from_paths([], wins=[])


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the toy among the models of the registry."""
    known = {**registry.classes(), Seen.model_name(): Seen}
    monkeypatch.setattr(registry, "classes", lambda: known)


def codes(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [one.code for one in error.value.issues]


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
    places = [*model_package.__path__, str(tmp_path)]
    monkeypatch.setattr(model_package, "__path__", places)
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


@pytest.mark.parametrize("name", list(registry.classes()))
def test_every_model_of_the_registry_is_a_name_of_the_package(name: str) -> None:
    kind = registry.classes()[name]
    assert getattr(at.models, kind.__name__) is kind
    assert kind.__name__ in dir(at.models)


@pytest.mark.parametrize("name", ["Linea", "no_such"])
def test_the_package_has_no_other_names(name: str) -> None:
    with pytest.raises(AttributeError, match=f"has no model '{name}'"):
        getattr(at.models, name)


def test_the_rooms_of_the_folder_are_no_models() -> None:
    assert not {"base", "counts", "fitted", "registry", "text", "model"} & set(
        registry.classes()
    )


def test_the_base_class_weighs_nothing_and_says_nothing() -> None:
    base = Model()
    with pytest.raises(NotImplementedError):
        base.weigh(PATHS, None)
    assert base.explain(PATHS, None) == ()
    assert base.tables(None, None) == {}
    assert base.count(PATHS) is None
    assert base.solve(Counts({})) is None


# -------------------------------------------------------------------------- fitting


@pytest.mark.parametrize("need", sorted(NEEDS))
def test_journeys_without_what_a_model_needs_are_refused_with_the_remedy(
    need: str,
) -> None:
    class Needy(Seen):
        needs: ClassVar[frozenset[str]] = frozenset({need})

    for ask in (at.fit, at.attribute):
        with pytest.raises(InputError) as caught:
            ask(NOTHING, Needy())
        assert codes(caught) == ["P07"]
        assert f"needs {need}" in str(caught.value)
        assert NEEDS[need] in str(caught.value)


def test_everything_that_journeys_lack_is_told_at_once() -> None:
    class Needy(Seen):
        needs: ClassVar[frozenset[str]] = frozenset(NEEDS)

    with pytest.raises(InputError) as caught:
        at.fit(NOTHING, Needy())
    assert codes(caught) == ["P07"] * len(NEEDS)


def test_journeys_with_everything_are_not_refused() -> None:
    class Needy(Seen):
        needs: ClassVar[frozenset[str]] = frozenset(NEEDS)

    journeys = sample_at_hand.sample_journeys()
    assert at.fit(journeys, Needy()).label == "needy"


def test_time_decay_needs_times_that_paths_do_not_have() -> None:
    for model in ("time_decay", Fitted(at.models.TimeDecay())):
        with pytest.raises(InputError, match=r"\[P07\] models\.time_decay: needs time"):
            at.attribute(PATHS, model)
    with pytest.raises(NotImplementedError):
        at.models.TimeDecay().weigh(PATHS, None)
    rule = "A touch 7 days earlier than another takes half as much."
    assert at.models.TimeDecay().explain(PATHS, None) == (rule,)


def test_a_rule_learns_nothing() -> None:
    ready = at.fit(PATHS, "linear:per=channel")
    assert ready.model == at.models.Linear(per="channel")
    assert (ready.counts, ready.params) == (None, None)
    assert repr(ready) == "Fitted(linear:per=channel)"
    assert ready.title == ready.label == "linear:per=channel"
    for name in (None, "rates"):
        with pytest.raises(InputError, match=r"\[P03\].*Rules learn nothing\."):
            ready.table(name)


@pytest.mark.parametrize("model", [None, 5, ["linear"], at.models.Linear])
def test_what_is_no_model_is_p03(model: Any) -> None:
    with pytest.raises(InputError) as caught:
        at.fit(PATHS, model)
    assert codes(caught) == ["P03"]
    assert "is no model" in str(caught.value)


def test_tables_are_frames_the_first_unless_named() -> None:
    ready = at.fit(PATHS, Seen())
    assert ready.table().to_dict("list") == {"channel": ["a", "b"], "seen": [1, 3]}
    assert ready.table("sums")["all"].tolist() == [{"a": [0.333333333333], "b": 4}]
    assert repr(ready) == "Fitted(seen: 2 channels)"
    with pytest.raises(
        InputError, match=r"Did you mean 'sums'\? It has: channels, sums"
    ):
        ready.table("sum")


def test_parameters_keep_12_digits_at_every_depth_and_their_kinds() -> None:
    given: Any = {"b": [1 / 3, {"z": 2 / 3, "y": (1e-20 / 3, 10**20)}], "a": None}
    found = rounded(given | {"c": True, "d": "1.23456789012345"})
    assert json.dumps(found) == json.dumps(
        {
            "a": None,
            "b": [
                0.333333333333,
                {"y": [3.33333333333e-21, 10**20], "z": 0.666666666667},
            ],
            "c": True,
            "d": "1.23456789012345",
        }
    )


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
@example([1e-300, 5e-324, -1e300, 1.7976931348623157e308, 123456789012345.0, 0.0])
def test_an_array_of_parameters_is_rounded_as_its_numbers_are(
    values: list[float],
) -> None:
    assert rounded(np.array(values)).tolist() == rounded(values)
    assert rounded({"b": np.arange(3)})["b"].tolist() == [0, 1, 2]


# ------------------------------------------------------------------ files of models


def test_a_file_holds_sorted_json_and_nothing_else_is_left(
    tmp_path: Path, registered: None
) -> None:
    path = tmp_path / "m.json"
    at.fit(PATHS, Seen(per="b")).save(path)
    assert json.loads(path.read_text()) == {
        "counts": {
            "channels": {"keys": {"channel": ["a", "b"]}, "values": {"seen": [1, 3]}}
        },
        "model": "seen",
        "parameters": {"per": "b"},
        "params": {"a": [0.333333333333], "b": 4},
        "schema": 1,
        "version": at.__version__,
    }
    first = path.read_bytes()
    assert (
        json.dumps(json.loads(first), sort_keys=True, indent=2) + "\n" == first.decode()
    )
    at.load_model(str(path)).save(path)
    assert path.read_bytes() == first
    assert [one.name for one in tmp_path.iterdir()] == ["m.json"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    at.fit(PATHS, "linear").save(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="JSON compliant"):
        Fitted(Seen(), None, {"a": float("nan")}).save(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["m.json"]
    with pytest.raises(InputError, match=r"\[F07\]"):
        at.fit(PATHS, "linear").save(tmp_path / "none" / "m.json")


def test_parameters_in_arrays_are_saved_as_lists(tmp_path: Path) -> None:
    params = {"a": np.array([0.5, 1.0]), "b": {"c": np.arange(2)}}
    Fitted(at.models.Linear(), None, params).save(tmp_path / "m.json")
    again = at.load_model(tmp_path / "m.json")
    assert again.params == {"a": [0.5, 1.0], "b": {"c": [0, 1]}}


def test_a_model_that_is_not_registered_is_p08(tmp_path: Path) -> None:
    at.fit(PATHS, Seen()).save(tmp_path / "m.json")
    with pytest.raises(
        InputError, match=r"holds a model 'seen' that is not here"
    ) as one:
        at.load_model(tmp_path / "m.json")
    assert codes(one) == ["P08"]
    assert "m.json" in one.value.issues[0].table


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "F05"),
        (b"", "W01"),
        (b"{", "W01"),
        (b"\xff\xfe{}", "W01"),
        (b'{"schema": NaN}', "W01"),
        (b'{"schema": Infinity}', "W01"),
        (b'{"schema": -Infinity}', "W01"),
        (b"[" * 100_000, "W01"),
        (b"1" * 5_000, "W01"),
        (b"[]", "P08"),
        (b"null", "P08"),
        (b'"linear"', "P08"),
        (b"{}", "P08"),
        (b'{"schema": 1, "schema": 1}', "P08"),
    ],
    ids=lambda one: None if one is None else str(one[:12]),
)
def test_a_file_that_is_missing_or_no_model_is_an_error(
    content: bytes | None, code: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        at.load_model(path)
    assert codes(caught) == [code]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\[F05\]"):
        at.load_model(tmp_path)


RECORD: dict[str, Any] = {
    "schema": 1,
    "version": "0.1.0",
    "model": "seen",
    "parameters": {"per": "b"},
    "counts": {
        "channels": {"keys": {"channel": ["a", "b"]}, "values": {"seen": [1, 3]}}
    },
    "params": {"a": [0.333333333333], "b": 4},
}


def test_the_undamaged_record_is_read(registered: None) -> None:
    assert (
        of_record(copy.deepcopy(RECORD), "m.json").record()["counts"]
        == RECORD["counts"]
    )


def put(*path: str, value: Any) -> Damage:
    """Return what puts a value at a place of a record."""

    def damage(record: dict[str, Any]) -> None:
        for name in path[:-1]:
            record = record[name]
        record[path[-1]] = value

    return damage


SEEN = ("counts", "channels", "values", "seen")
CHANNEL = ("counts", "channels", "keys", "channel")
DAMAGES: dict[str, tuple[str, Damage]] = {
    "a later version": ("P08", put("schema", value=2)),
    "an earlier version": ("P08", put("schema", value=0)),
    "no version": ("P08", put("schema", value=None)),
    "a version as text": ("P08", put("schema", value="1")),
    "an extra field": ("P08", put("extra", value=1)),
    "a missing field": ("P08", lambda record: record.pop("counts")),
    "another model": ("P08", put("model", value="sen")),
    "no model": ("P08", put("model", value=None)),
    "a list of models": ("P08", put("model", value=["seen"])),
    "parameters in a list": ("P08", put("parameters", value=[])),
    "no parameters": ("P08", put("parameters", value=None)),
    "an unknown parameter": ("P03", put("parameters", "pre", value="a")),
    "a bad parameter": ("P01", put("parameters", "per", value=3)),
    "counts in a list": ("P08", put("counts", value=[])),
    "counts as text": ("P08", put("counts", value="none")),
    "a table in a list": ("P08", put("counts", "channels", value=[1])),
    "no keys": ("P08", lambda record: record["counts"]["channels"].pop("keys")),
    "no values": ("P08", put("counts", "channels", "values", value=None)),
    "a column less": ("P08", put("counts", "channels", "values", value={})),
    "a count beyond int64": ("P08", put(*SEEN, value=[1, 2**63])),
    "a missing count": ("P08", put(*SEEN, value=[1, None])),
    "half a count": ("P08", put(*SEEN, value=[1, 1.5])),
    "a count as text": ("P08", put(*SEEN, value=[1, "3"])),
    "a count that is true": ("P08", put(*SEEN, value=[1, True])),
    "an infinite count": ("P08", put(*SEEN, value=[1, float("inf")])),
    "a count too few": ("P08", put(*SEEN, value=[1])),
    "a count too many": ("P08", put(*SEEN, value=[1, 3, 5])),
    "nested counts": ("P08", put(*SEEN, value=[[1], [3]])),
    "one count": ("P08", put(*SEEN, value=1)),
    "a key that is a number": ("P08", put(*CHANNEL, value=["a", 2])),
    "a key that is missing": ("P08", put(*CHANNEL, value=["a", None])),
    "nested keys": ("P08", put(*CHANNEL, value=[["a"], ["b"]])),
    "keys as a text": ("P08", put(*CHANNEL, value="ab")),
    "a learned number": ("P08", put("params", value=4)),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_record_is_an_error_and_never_repaired(
    name: str, registered: None
) -> None:
    code, damage = DAMAGES[name]
    record = copy.deepcopy(RECORD)
    damage(record)
    with pytest.raises(InputError) as caught:
        of_record(record, "m.json")
    assert codes(caught) == [code]


def test_a_number_too_large_for_a_float_is_an_error(
    tmp_path: Path, registered: None
) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps(RECORD).replace('"b": 4', '"b": 1e400'))
    with pytest.raises(InputError):
        at.load_model(path)

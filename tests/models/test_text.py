"""Models as text: the grammar of design §3, both ways."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

import attribution as at
from attribution.errors import InputError
from attribution.models import registry, text
from attribution.models.base import Model


class Plain(BaseModel):
    """Every kind of parameter, none with a default that is empty."""

    word: str = "x"
    other: str = "y"
    number: float = 1.5
    whole: int = 2
    yes: bool = False
    maybe: str | None = "v"
    names: tuple[str, ...] = ("a", "b")
    shares: tuple[float, ...] = (0.5,)
    some: tuple[str, ...] | None = None
    rates: dict[str, float] = {"k": 1.0}
    words: dict[str, str] = {}


class Toy(Model):
    """The same as a model."""

    word: str = "x"
    number: float = 1.5
    whole: int = 2
    yes: bool = False
    maybe: str | None = None
    names: tuple[str, ...] = ("a",)
    rates: dict[str, float] = Field(default_factory=dict)
    per: Literal["touch", "channel"] = "touch"


def written(model: BaseModel) -> str:
    """Return the label of a model without its name and colon."""
    whole = text.label("toy", type(model), model.model_dump(mode="json"))
    return whole.removeprefix("toy").removeprefix(":")


def read(given_text: str, kind: type[BaseModel] = Plain) -> BaseModel:
    """Return the model whose label, without the name, is this text."""
    return kind(**text.parse(given_text, kind)) if given_text else kind()


def faults(given_text: str, kind: type[Model] = Toy) -> list[tuple[str, str]]:
    """Return code and column of each fault of a text."""
    with pytest.raises(InputError) as caught:
        read(given_text, kind)
    return [(one.code, one.column) for one in caught.value.issues]


# ---------------------------------------------------------------- a model as text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ""),
        ({"word": "x", "whole": 2, "yes": False, "names": ("a", "b")}, ""),
        ({"whole": -3}, "whole=-3"),
        ({"number": 0.1}, "number=0.1"),
        ({"yes": True}, "yes=true"),
        ({"maybe": None}, "maybe=none"),
        ({"maybe": "none"}, 'maybe="none"'),
        ({"names": ("c",)}, "names=c"),
        ({"names": ("c", "d", "c")}, "names=c+d+c"),
        ({"names": ("c", "d+e", "none")}, 'names=c+"d+e"+"none"'),
        ({"shares": (0.25, 0.75)}, "shares=0.25+0.75"),
        ({"some": ("c",)}, "some=c"),
        ({"rates": {"ad": 0.5, "call": 2.0}}, "rates.ad=0.5,rates.call=2.0"),
        ({"rates": {"a.b": 0.5}}, "rates.a.b=0.5"),
        ({"rates": {"a=b": 0.5, "": 1.0}}, 'rates."a=b"=0.5,rates.""=1.0'),
        ({"words": {"a": "b,c", "d": "e"}}, 'words.a="b,c",words.d=e'),
        ({"word": "a b"}, "word=a b"),
        ({"word": ""}, 'word=""'),
        ({"word": "é東"}, "word=é東"),
        ({"word": "a", "whole": 1}, "word=a,whole=1"),
    ],
)
def test_a_label_names_what_differs_from_the_defaults(
    values: dict[str, Any], expected: str
) -> None:
    model = Plain(**values)
    assert written(model) == expected
    assert read(expected) == model


@pytest.mark.parametrize("word", ["a,b", "a+b", "a=b", "a:b", " a", "a ", " ", '"', ""])
def test_a_value_with_a_sign_of_the_grammar_is_a_json_string(word: str) -> None:
    assert written(Plain(word=word)).startswith('word="')
    assert read(written(Plain(word=word))) == Plain(word=word)


@pytest.mark.parametrize("word", ["a.b", "a b", "a-b", "a'b", "3", "true", "null"])
def test_a_value_without_one_stands_as_it_is(word: str) -> None:
    assert written(Plain(word=word)) == f"word={word}"


numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.one_of(
    st.text(st.sampled_from('ab,+=:". \\\n\t')),
    st.sampled_from(["none", "true", "null", "1e3", "a.b"]),
    st.text(st.characters(exclude_categories=["Cs"])),
)
plain_models = st.builds(
    Plain,
    word=texts,
    other=texts,
    number=numbers,
    whole=st.integers(),
    yes=st.booleans(),
    maybe=st.one_of(st.none(), texts),
    names=st.lists(texts).map(tuple),
    shares=st.lists(numbers).map(tuple),
    some=st.one_of(st.none(), st.lists(texts).map(tuple)),
    rates=st.dictionaries(texts, numbers),
    words=st.dictionaries(texts, texts),
)


@given(plain_models)
@example(Plain(word='a"', other='"b'))
@example(Plain(names=(), rates={}))
def test_every_label_reads_back_to_an_equal_model(model: Plain) -> None:
    assert read(written(model)) == model


@pytest.mark.parametrize(
    "values",
    [
        {"number": 1e16},
        {"number": -1e22},
        {"shares": (1e300, 0.5)},
        {"rates": {"a": 1e16}},
    ],
    ids=["float", "negative", "tuple", "mapping"],
)
def test_a_float_that_json_writes_with_a_plus_reads_back(values: Any) -> None:
    assert read(written(Plain(**values))) == Plain(**values)


def test_a_quote_inside_one_value_does_not_reach_into_the_next() -> None:
    model = Plain(word='12" screen', other='15" screen')
    assert read(written(model)) == model


def test_an_empty_tuple_is_not_a_tuple_of_one_empty_text() -> None:
    assert read(written(Plain(names=("",)))) == Plain(names=("",))
    assert read(written(Plain(names=()))) == Plain(names=())


def test_an_empty_mapping_is_not_the_default_one() -> None:
    assert read(written(Plain(rates={}))) == Plain(rates={})


def test_a_key_of_a_mapping_keeps_its_white_space() -> None:
    model = Plain(words={"a\n": "1", "\tb\t": "2", " c ": "3"})
    assert read(written(model)) == model


def test_a_model_and_its_text_are_the_same_model() -> None:
    model = Toy(word="a,b", names=("c", "d"), rates={"ad": 0.5}, per="channel")
    assert model.label == 'toy:word="a,b",names=c+d,rates.ad=0.5,per=channel'
    assert read(model.label.removeprefix("toy:"), Toy) == model


# ---------------------------------------------------------------- a text as model


def test_a_tuple_takes_a_single_text_as_a_tuple_of_one() -> None:
    values: dict[str, Any] = {"names": "abc"}
    assert Toy(**values) == Toy(names=("abc",))
    assert read("names=abc", Toy) == Toy(names=("abc",))
    assert read('names="a+b"', Toy) == Toy(names=("a+b",))
    assert text.tuples(Plain, {"some": "a", "word": "b", "names": ["c"]}) == {
        "some": ("a",),
        "word": "b",
        "names": ["c"],
    }


def test_a_bare_tuple_is_a_tuple_too() -> None:
    class Bare(BaseModel):
        names: tuple = ()  # type: ignore[type-arg]

    assert text.parse("names=a", Bare) == {"names": ("a",)}


def test_keys_may_stand_after_spaces_and_values_are_taken_as_they_are() -> None:
    assert text.parse("word=a, other= b", Plain) == {"word": "a", "other": " b"}


def test_none_is_nothing_and_its_json_string_is_the_word() -> None:
    assert text.parse('maybe=none,word="none"', Plain) == {
        "maybe": None,
        "word": "none",
    }


def test_parts_are_split_outside_of_json_strings_only() -> None:
    assert text.split('a="x,\\",y",b=1,', ",") == ['a="x,\\",y"', "b=1", ""]
    assert text.split("", ",") == [""]


@pytest.mark.parametrize(
    "given_text",
    [
        "",
        "word",
        "word=a,",
        ",word=a",
        "word=a=b",
        "rates.a",
        'word="a',
        'word="a"b',
        'word="\\x"',
        "word=a,word=b",
        "rates.a=1,rates.a=2",
        "rates.a=1,rates=2",
        "word=a,word.b=c",
        "names=a,names.b=c",
        "maybe=none,maybe.b=c",
    ],
)
def test_a_text_that_is_not_key_value_is_p03(given_text: str) -> None:
    with pytest.raises(InputError) as caught:
        text.parse(given_text, Toy)
    assert [one.code for one in caught.value.issues] == ["P03"]
    assert caught.value.issues[0].remedy


@pytest.mark.parametrize(
    "label", ["linear:", "linear:per", "linear:per=touch,per=channel", "linear:,"]
)
def test_a_label_that_ends_or_repeats_itself_is_p03(label: str) -> None:
    with pytest.raises(InputError, match=r"^\[P03\] "):
        registry.parse(label)


@pytest.mark.parametrize(
    "given_text", ["linear", " linear", "linear ", "linear :per=touch"]
)
def test_spaces_around_the_name_do_not_matter(given_text: str) -> None:
    assert registry.parse(given_text) == at.models.Linear()


@pytest.mark.parametrize(
    ("given_text", "meant"),
    [
        ("time_decy", "time_decay"),
        ("timedecay", "time_decay"),
        ("lineal:per=touch", "linear"),
        ("first", "first_touch"),
        ("LastTouch", "last_touch"),
    ],
)
def test_an_unknown_model_is_p03_with_the_nearest_name_and_all_models(
    given_text: str, meant: str
) -> None:
    with pytest.raises(InputError) as caught:
        registry.parse(given_text)
    fault = caught.value.issues[0]
    assert (fault.code, fault.table) == ("P03", "models")
    assert fault.remedy.startswith(f"Did you mean '{meant}'? Models: ")
    assert all(name in fault.remedy for name in registry.classes())


@pytest.mark.parametrize("given_text", ["", ":", "x9", "7:half_life=3d"])
def test_a_name_near_to_none_gets_the_list_alone(given_text: str) -> None:
    with pytest.raises(InputError) as caught:
        registry.parse(given_text)
    fault = caught.value.issues[0]
    assert fault.code == "P03"
    assert fault.remedy.startswith("Models: custom, ")


def test_an_unknown_parameter_is_p03_with_the_nearest_name_and_all_parameters() -> None:
    with pytest.raises(InputError) as caught:
        registry.parse("time_decay:halflife=30d")
    fault = caught.value.issues[0]
    assert (fault.code, fault.table, fault.column) == ("P03", "models", "halflife")
    assert fault.what == "time_decay has no parameter 'halflife'."
    assert fault.remedy == "Did you mean 'half_life'? It has: half_life, convention."


def test_a_model_without_parameters_says_so() -> None:
    with pytest.raises(InputError, match=r"no parameter 'x'\. It has: none\."):
        registry.parse("first_touch:x=1")


def test_all_faults_of_a_text_are_told_at_once() -> None:
    assert sorted(faults("whole=1.5,yes=maybe,wrod=a,rates.b=c,per=team")) == [
        ("P01", "per"),
        ("P01", "rates.b"),
        ("P01", "whole"),
        ("P01", "yes"),
        ("P03", "wrod"),
    ]


@pytest.mark.parametrize(
    ("given_text", "column"),
    [
        ("number=nan", "number"),
        ("number=inf", "number"),
        ("number=-inf", "number"),
        ("number=1,5", ""),
        ("number=none", "number"),
        ("whole=1+2", "whole"),
        ("word=a+b", "word"),
        ("rates=a", "rates"),
        ("rates.a=nan", "rates.a"),
        ("rates.a=1+2", "rates.a"),
        ("word.a=b", "word"),
        ("per=Touch", "per"),
    ],
)
def test_a_value_of_another_kind_names_its_parameter(
    given_text: str, column: str
) -> None:
    code = "P01" if column else "P03"
    assert faults(given_text) == [(code, column)]


# ----------------------------------------------------------- the values of models


HALF_LIVES: list[Any] = [
    "0d", "0.0h", "-3d", "7", "d", "nan", "nand", "inf", "1e3d", "", " ",
    "7 fortnights", "7d 3h", "300000w", "0.0000001s", 7, 7.0, math.nan, None, True,
    [7, "d"], dt.timedelta(0), dt.timedelta(days=-1), dt.timedelta.max,
    np.timedelta64(0, "D"), np.timedelta64("NaT", "us"), dt.date(2026, 1, 1),
]  # fmt: skip


@pytest.mark.parametrize("value", HALF_LIVES, ids=repr)
def test_a_half_life_that_is_no_positive_length_of_time_is_p01(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        at.models.TimeDecay(half_life=value)
    assert [one.code for one in caught.value.issues] == ["P01"]
    assert caught.value.issues[0].what.startswith("half_life=")
    assert '"180d"' in caught.value.issues[0].remedy


@pytest.mark.parametrize(
    "value", [one for one in HALF_LIVES if isinstance(one, str)], ids=repr
)
def test_the_same_in_a_text_is_an_error(value: str) -> None:
    with pytest.raises(InputError, match=r"^\[P0[13]\] "):
        at.attribute(
            at.journeys_from_paths(["a"], wins=[1]), f"time_decay:half_life={value}"
        )


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("7d", "time_decay"),
        ("1w", "time_decay"),
        ("168h", "time_decay"),
        (dt.timedelta(weeks=1), "time_decay"),
        (np.timedelta64(7, "D"), "time_decay"),
        ("2w", "time_decay:half_life=14d"),
        ("36 hours", "time_decay:half_life=36h"),
        ("1.5d", "time_decay:half_life=36h"),
        (dt.timedelta(seconds=1, microseconds=1), "time_decay:half_life=1.000001s"),
    ],
)
def test_one_half_life_has_one_label_however_it_is_written(
    value: Any, label: str
) -> None:
    model = at.models.TimeDecay(half_life=value)
    assert model.label == label
    assert registry.parse(label) == model


@given(st.integers(1, 84_006 * 86_400 * 10**6 - 1))
def test_every_half_life_to_the_microsecond_has_a_label_that_reads_back(
    microseconds: int,
) -> None:
    value: Any = dt.timedelta(microseconds=microseconds)
    model = at.models.TimeDecay(half_life=value)
    assert registry.parse(model.label) == model
    assert at.models.TimeDecay(half_life=model.half_life).label == model.label

"""The promised names (design §5): there, with their signatures, and quick to import."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import attribution as at
from attribution.analysis.simulation.settings import CHANNELS, SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAVY = {
    "duckdb", "jinja2", "matplotlib", "narwhals", "pandas", "polars", "pyarrow",
    "pyspark", "scipy", "tqdm",
}  # fmt: skip
"""Packages that load on first use; numpy and pydantic load at once."""

SIGNATURES: dict[str, str] = {
    "agreement": "(credits, *, by=('channel',), of='won')",
    "attribute": "(journeys, models, *, threads=None, progress=None)",
    "bootstrap": (
        "(journeys, models, *, draws=200, seed=7, by=('channel',), unit='account', "
        "progress=None)"
    ),
    "build_journeys": (
        "(touches, deals, *, contacts=None, columns=None, outcomes=None, teams=None, "
        "keep=(), currency=None, decimals=None, rounding=None, anchor='closed', "
        "as_of=None, tz='UTC', days=(), lookback=None, start='previous_won', "
        "sharing='each', process=(), allow_negative=False, links=None, ids=None, "
        "unit='row', dedupe=None, after=None, before=None, exclude=None)"
    ),
    "concat": "(parts)",
    "coverage": "(journeys)",
    "fit": "(journeys, model)",
    "funnel": (
        "(leads, touches, *, deals=None, columns=None, outcomes=None, teams=None, "
        "sales=('sales',), handover=None, maturity='90d', currency=None, "
        "decimals=None, rounding=None, as_of=None, tz='UTC', days=())"
    ),
    "journeys_from_paths": (
        "(paths, *, wins, losses=None, revenue=None, separator='>', currency=None, "
        "decimals=None, rounding=None, teams=None)"
    ),
    "list_models": "()",
    "load_model": "(path)",
    "open_journeys": (
        "(touches, deals, *, contacts=None, max_memory=None, block=None, "
        "progress=None, columns=None, outcomes=None, teams=None, "
        "keep=(), currency=None, decimals=None, rounding=None, anchor='closed', "
        "as_of=None, tz='UTC', days=(), lookback=None, start='previous_won', "
        "sharing='each', process=(), allow_negative=False, links=None, ids=None, "
        "unit='row', dedupe=None, after=None, before=None, exclude=None)"
    ),
    "returns": (
        "(credits, costs, *, margin=1.0, period=None, rates=None, by=None, "
        "currency=None, minor=False)"
    ),
    "report": (
        "(credits, path, *, title=None, costs=None, margin=1.0, rates=None, "
        "reps=False, personal=False, draws=50, progress=None)"
    ),
    "sample": "()",
    "sourced": "(journeys, *, teams=None, of='won')",
    "simulate": (
        "(deals=10000, *, seed=1, begin='2025-01-06', span=52, weeks=26, "
        f"channels={CHANNELS!r}, segments={SEGMENTS!r}, "
        "advance=(-2.2, -1.3, -2.0, -4.6), loss=(0.06, 0.07, 0.05, 0.09), "
        "intent=0.5, intent_marketing=0.3, intent_sales=0.4, engagement=0.25, "
        "follow_up=0.2, carry=0.7, synergy=0.3, outbound=0.2, recycled=0.3, reps=12, "
        "skill=0.2, campaigns=3, committee=2.5, amount=20000.0, amount_spread=0.7, "
        "amount_intent=0.2, currency='EUR', lost_proposals=0.5, "
        "missing_marketing=0.1, missing_sales=0.15, late=0.05, late_days=5.0, "
        "role_dropout=0.15)"
    ),
    "split_deals": "(request, *, models={}, threads=1)",
}
METHODS: dict[str, str] = {
    "Coverage.by": "(name, *, minor=False)",
    "Coverage.frame": "(by=None, *, minor=False)",
    "Credits.by": (
        "(*dims, model=None, minor=False, exact=True, of='won', period=None)"
    ),
    "Credits.deal": "(deal_id, *, model=None, personal=False)",
    "Credits.lines": "(*, model=None, of='won', personal=False)",
    "Fitted.save": "(path)",
    "Fitted.table": "(name=None)",
    "Funnel.frame": "(by=None)",
    "Funnel.reasons": "(by=None)",
    "InputError.errors": "()",
    "Journeys.deals": "()",
    "Journeys.select": "(mask_over_deals)",
    "Journeys.set_aside": "()",
    "Journeys.to_frame": "(*, personal=False)",
}
"""As in design §5; ``personal=`` as in law 6."""

NAMES = {
    *SIGNATURES, "Coverage", "Credits", "Fitted", "Funnel", "InputError", "Journeys",
    "Model", "Simulation", "SplitRequest", "SplitResponse", "compare", "models",
}  # fmt: skip


def modules() -> list[str]:
    """Return the dotted name of every module of the package but ``__main__``."""
    found = pkgutil.walk_packages(at.__path__, "attribution.")
    return [one.name for one in found if not one.name.endswith("__main__")]


def signature(called: Callable[..., Any]) -> str:
    """Return a signature without annotations, and without self."""
    given = inspect.signature(called)
    plain = [
        one.replace(annotation=inspect.Parameter.empty)
        for name, one in given.parameters.items()
        if name != "self"
    ]
    return str(inspect.Signature(plain))


def method(name: str) -> Callable[..., Any]:
    owner, own = name.split(".")
    found: Callable[..., Any] = getattr(getattr(at, owner), own)
    return found


def test_importing_attribution_loads_no_heavy_package() -> None:
    program = "import attribution, json, sys; print(json.dumps(sorted(sys.modules)))"
    found = subprocess.check_output([sys.executable, "-c", program])
    loaded = {name.split(".")[0] for name in json.loads(found)}
    assert loaded >= {"attribution"}
    assert loaded & HEAVY == set()


def test_naming_a_rule_or_parsing_it_loads_no_heavy_package() -> None:
    program = (
        "import attribution as at, sys;"
        "at.list_models(); at.models.TimeDecay(half_life='30d').label; at.InputError;"
        "at.build_journeys; at.journeys_from_paths; at.attribute; at.fit; at.concat;"
        "print(*sys.modules)"
    )
    found = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert {name.split(".")[0] for name in found.split()} & HEAVY == set()


def test_every_module_is_found_and_imports() -> None:
    names = modules()
    assert {"attribution.errors", "attribution.intake.build"} <= set(names)
    for name in names:
        assert isinstance(importlib.import_module(name), ModuleType)


@pytest.mark.parametrize("name", sorted(NAMES - {"models"}))
def test_a_promised_name_is_no_module_once_all_are_imported(name: str) -> None:
    for module in modules():
        importlib.import_module(module)
    assert f"attribution.{name}" not in sys.modules
    assert callable(getattr(at, name))
    assert name in at.__all__
    assert name in dir(at)


@pytest.mark.parametrize("name", list(SIGNATURES))
def test_a_promised_function_has_the_promised_signature(name: str) -> None:
    assert signature(getattr(at, name)) == SIGNATURES[name]


@pytest.mark.parametrize("name", list(METHODS))
def test_a_promised_method_has_the_promised_signature(name: str) -> None:
    assert signature(method(name)) == METHODS[name]


def test_all_names_are_keyword_only_after_the_second() -> None:
    functions = {
        name: getattr(at, name)
        for name in at.__all__
        if inspect.isfunction(getattr(at, name))
    }
    assert set(SIGNATURES) <= set(functions)
    for name, one in {**functions, **{name: method(name) for name in METHODS}}.items():
        kinds = [
            parameter.kind
            for key, parameter in inspect.signature(one).parameters.items()
            if key != "self"
        ]
        positional = [kind for kind in kinds if kind != inspect.Parameter.KEYWORD_ONLY]
        assert len(positional) <= 2, name
        assert inspect.Parameter.VAR_KEYWORD not in kinds, name


def test_all_lists_what_is_there_and_nothing_else_is() -> None:
    assert set(at.__all__) >= NAMES
    assert len(set(at.__all__)) == len(at.__all__)
    for name in at.__all__:
        assert getattr(at, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'atribute'"):
        _ = at.atribute


def test_the_models_are_named_once_by_class_and_once_by_text() -> None:
    assert {"first_touch", "last_touch", "linear", "time_decay"} <= set(
        at.list_models()
    )
    for text in at.list_models():
        name = "".join(part.capitalize() for part in text.split("_"))
        assert getattr(at.models, name).model_name() == text
        assert name in dir(at.models)
    with pytest.raises(AttributeError, match="no model 'Lineer'"):
        _ = at.models.Lineer


def test_every_promised_name_does_its_work(tmp_path: Path) -> None:
    touches, deals, contacts = at.sample()
    journeys = at.build_journeys(touches, deals, contacts=contacts)
    assert (len(journeys), journeys.touch_count) == (
        len(deals),
        len(journeys.to_frame()),
    )
    assert "Email" in journeys.labels["channel"]
    columns = ["code", "severity", "table", "column", "rows", "what", "remedy"]
    assert list(journeys.issues) == columns
    assert journeys.issues["rows"].dtype == "int64"
    assert list(journeys.set_aside()) == ["table", "row", "code", "deal"]
    mask = journeys.deals()["outcome"].to_numpy() == "won"
    parts = [journeys.select(mask), journeys.select(~mask)]
    assert at.concat(parts).deals().equals(journeys.deals())
    credits = at.attribute(journeys, ["linear", at.models.TimeDecay()])
    assert credits.by("team", minor=True)["revenue_minor"].dtype == "int64"
    assert len(at.compare(credits, "channel").columns) == 4
    fitted = at.fit(journeys, "linear")
    fitted.save(tmp_path / "m.json")
    again = at.attribute(journeys, at.load_model(tmp_path / "m.json"))
    assert again.lines().equals(credits.lines(model="linear"))
    assert len(credits.deal("006Sm0000001001IAA").frame()) > 0
    paths = at.journeys_from_paths(["a > b", "b"], wins=[1, 2])
    assert isinstance(paths, at.Journeys)
    assert issubclass(at.InputError, ValueError)

"""Multi-touch revenue attribution for marketing and sales.

Every deal is split, to the cent, between the touches of both departments, by a rule
that both have agreed. Start with :func:`build_journeys` and :func:`attribute`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attribution import games, models
    from attribution.analysis.comparison import compare
    from attribution.analysis.coverage import Coverage, coverage
    from attribution.analysis.funnel import Funnel, funnel
    from attribution.analysis.outlays import returns
    from attribution.analysis.resampling import bootstrap
    from attribution.analysis.similarity import agreement
    from attribution.analysis.simulation.results import Simulation, simulate
    from attribution.analysis.sourcing import sourced
    from attribution.credit.results import Credits, attribute
    from attribution.errors import InputError
    from attribution.intake import crm
    from attribution.intake.build import build_journeys
    from attribution.intake.paths import journeys_from_paths
    from attribution.intake.pieces.opening import open_journeys
    from attribution.intake.sample import sample
    from attribution.journeys import transforms
    from attribution.journeys.blocks import JourneyBlocks
    from attribution.journeys.joining import concat
    from attribution.journeys.journeys import Journeys
    from attribution.models.base import Model
    from attribution.models.fitted import Fitted, fit, load_model
    from attribution.models.registry import list_models
    from attribution.service.schema import SplitRequest, SplitResponse
    from attribution.service.split import split_deals
    from attribution.show import plots
    from attribution.show.pages import report

__version__ = "0.1.0"

_FOLDERS = {
    "crm": "intake.crm",
    "games": "games",
    "models": "models",
    "plots": "show.plots",
    "transforms": "journeys.transforms",
}
"""Names that stand for all the names of a room."""

_ROOMS = {
    "Coverage": "analysis.coverage",
    "Credits": "credit.results",
    "Fitted": "models.fitted",
    "Funnel": "analysis.funnel",
    "InputError": "errors",
    "JourneyBlocks": "journeys.blocks",
    "Journeys": "journeys.journeys",
    "Model": "models.base",
    "Simulation": "analysis.simulation.results",
    "agreement": "analysis.similarity",
    "SplitRequest": "service.schema",
    "SplitResponse": "service.schema",
    "attribute": "credit.results",
    "bootstrap": "analysis.resampling",
    "build_journeys": "intake.build",
    "compare": "analysis.comparison",
    "concat": "journeys.joining",
    "coverage": "analysis.coverage",
    "fit": "models.fitted",
    "funnel": "analysis.funnel",
    "journeys_from_paths": "intake.paths",
    "list_models": "models.registry",
    "load_model": "models.fitted",
    "open_journeys": "intake.pieces.opening",
    "report": "show.pages",
    "returns": "analysis.outlays",
    "sample": "intake.sample",
    "simulate": "analysis.simulation.results",
    "sourced": "analysis.sourcing",
    "split_deals": "service.split",
}

__all__ = [
    "Coverage",
    "Credits",
    "Fitted",
    "Funnel",
    "InputError",
    "JourneyBlocks",
    "Journeys",
    "Model",
    "Simulation",
    "SplitRequest",
    "SplitResponse",
    "agreement",
    "attribute",
    "bootstrap",
    "build_journeys",
    "compare",
    "concat",
    "coverage",
    "crm",
    "fit",
    "funnel",
    "games",
    "journeys_from_paths",
    "list_models",
    "load_model",
    "models",
    "open_journeys",
    "plots",
    "report",
    "returns",
    "sample",
    "simulate",
    "sourced",
    "split_deals",
    "transforms",
]


def __getattr__(name: str) -> Any:
    """Return a promised name, loading its room when it is first used."""
    if name in _FOLDERS:
        return import_module(f"attribution.{_FOLDERS[name]}")
    if name in _ROOMS:
        value = getattr(import_module(f"attribution.{_ROOMS[name]}"), name)
        globals()[name] = value
        return value
    what = f"module 'attribution' has no attribute {name!r}"
    raise AttributeError(what)


def __dir__() -> list[str]:
    """Return the promised names."""
    return sorted([*__all__, "__version__"])

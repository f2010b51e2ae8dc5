"""Which models there are, and texts as models."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from attribution import models
from attribution.errors import InputError, issue, nearest
from attribution.models import text
from attribution.models.base import Model

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOMS = frozenset({"base", "counts", "fitted", "registry", "text"})
"""The rooms of this folder that are no models."""


@dataclass(frozen=True)
class ModelInfo:
    """What a model is: its ``name``, one ``line``, its ``parameters`` with defaults.

    The default of a parameter that is to be given is ``...``.
    """

    name: str
    line: str
    parameters: Mapping[str, object]

    def __str__(self) -> str:
        """Return name, parameters and line as one line of text."""
        given = ", ".join(
            key if value is ... else f"{key}={value!r}"
            for key, value in self.parameters.items()
        )
        return f"{self.name}({given}): {self.line}"


@cache
def classes() -> dict[str, type[Model]]:
    """Return every model of this package by its name in texts.

    Example:
        >>> classes()["linear"].__name__
        'Linear'
    """
    found: dict[str, type[Model]] = {}
    for room in pkgutil.iter_modules(models.__path__):
        if room.name in ROOMS:
            continue
        module = import_module(f"{models.__name__}.{room.name}")
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, Model)
                and value.__module__.startswith(module.__name__)
            ):
                found[value.model_name()] = value
    return dict(sorted(found.items()))


def list_models() -> dict[str, ModelInfo]:
    """Return every model by name: its line and its parameters.

    Example:
        >>> import attribution as at
        >>> at.list_models()["time_decay"].parameters
        {'half_life': '7d', 'convention': None}
    """
    return {
        name: ModelInfo(
            name,
            (model.__doc__ or "").strip().split("\n")[0].replace("``", ""),
            {
                key: ...
                if field.is_required()
                else field.get_default(call_default_factory=True)
                for key, field in model.model_fields.items()
            },
        )
        for name, model in classes().items()
    }


def parse(given: str) -> Model:
    """Return the model that a text names.

    Raises:
        InputError: P03: unknown model or parameter, with the nearest name; P01: a value
            that the model does not take.

    Example:
        >>> parse("time_decay:half_life=30d").label
        'time_decay:half_life=30d'
    """
    name, colon, rest = given.partition(":")
    model = classes().get(name.strip())
    if model is None:
        what = f"there is no model {name.strip()!r}."
        remedy = f"{nearest(name, classes())} Models: {', '.join(classes())}.".strip()
        raise InputError([issue("P03", "error", ("models", ""), what, remedy=remedy)])
    return model(**(text.parse(rest, model) if colon else {}))

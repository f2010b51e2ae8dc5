"""The models: each one file or folder, found by the registry.

``attribution.models.Linear`` and every other model is a name of this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """Return the model class of that name."""
    if name[:1].isupper():
        registry = import_module("attribution.models.registry")
        for model in registry.classes().values():
            if model.__name__ == name:
                return model
    what = f"attribution.models has no model {name!r}"
    raise AttributeError(what)


def __dir__() -> list[str]:
    """Return the names of the models."""
    registry = import_module("attribution.models.registry")
    return sorted(model.__name__ for model in registry.classes().values())

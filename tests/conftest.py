"""How much the property tests try: a little in the quick suite, more in the whole."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Literal

from examples import QUICK
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

for name, examples in (("quick", QUICK), ("all", 60)):
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Try more where the slow tests are asked for too: ``make test-all``."""
    gc.disable()
    quick = bool(config.option.markexpr)
    settings.load_profile("quick" if quick else "all")
    if not quick:
        config.pluginmanager.import_plugin("schemathesis", consider_entry_points=True)


def pytest_collection_finish() -> None:
    """Collect garbage from here on, but never walk over the tests themselves."""
    gc.freeze()
    gc.enable()


def pytest_sessionfinish() -> None:
    """Let it have them again, so that what packages hold is freed at the end."""
    gc.unfreeze()


def pytest_ignore_collect(
    collection_path: Path, config: pytest.Config
) -> Literal[True] | None:
    """Leave to the whole what needs the plugin of schemathesis: it starts slowly."""
    if collection_path.name == "test_openapi_whole.py" and config.option.markexpr:
        return True
    return None

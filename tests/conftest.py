"""How much the property tests try: a little in the quick suite, more in the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

for name, examples in (("quick", 5), ("all", 60)):
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Try more where the slow tests are asked for too: ``make test-all``."""
    settings.load_profile("quick" if config.option.markexpr else "all")

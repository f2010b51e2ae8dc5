"""Requests that schemathesis derives from the service's OpenAPI, in all its phases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from service.test_http import EXAMPLE, served

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = schemathesis.openapi.from_dict(EXAMPLE.create_app().openapi())
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served() as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.slow
@SCHEMA.parametrize()
@settings(max_examples=200, deadline=None, suppress_health_check=QUIET)
def test_every_answer_is_as_declared(case: schemathesis.Case[Any], url: str) -> None:
    """Check an answer: declared status, content and shape, nothing above 499.

    What a schema allows may be refused: it knows neither currencies nor repeated ids.
    """
    case.validate_response(
        case.call(base_url=url, timeout=120), excluded_checks=[positive_data_acceptance]
    )

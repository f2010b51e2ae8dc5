"""A few requests that schemathesis derives from the service's OpenAPI."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service.test_http import EXAMPLE, served

QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@pytest.mark.slow
def test_an_answer_is_as_declared() -> None:
    """Requests that a schema allows may be refused: it knows no currencies."""
    import schemathesis
    from schemathesis.core.result import Ok
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    schema = schemathesis.openapi.from_dict(EXAMPLE.create_app().openapi())
    operations = [
        found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)
    ]
    assert len(operations) == schema.statistic.operations.total > 0
    with served() as port:

        @settings(max_examples=3 * len(operations), suppress_health_check=QUIET)
        @given(st.one_of([one.as_strategy() for one in operations]))
        def check(case: schemathesis.Case[Any]) -> None:
            case.validate_response(
                case.call(base_url=f"http://127.0.0.1:{port}", timeout=120),
                excluded_checks=[positive_data_acceptance],
            )

        check()

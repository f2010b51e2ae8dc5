"""The example service over real HTTP on 127.0.0.1."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import attribution as at
from benchmarks.service import example, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "service.py"
JSON = {"Content-Type": "application/json"}
TOKEN = "not-a-secret"  # noqa: S105
TOUCHES = [
    {"touch_id": place, "time": place, "team": "sales", "channel": "call"}
    for place in range(3)
]
DEAL = {
    "deal_id": "D1",
    "amount_minor": 1000,
    "currency": "EUR",
    "outcome": "won",
    "closed_at": "2026-03-01T00:00:00Z",
    "touches": TOUCHES,
}
REQUEST = {"model": "linear", "deals": [DEAL]}
FAULT = {"type", "loc", "msg"}


EXAMPLE = example()


def served(**choices: Any) -> AbstractContextManager[int]:
    """Give the port of a running service."""
    return serving(EXAMPLE.create_app(**choices), log_level="critical")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    fitted = at.Fitted(at.models.TimeDecay(half_life="1d"))
    with served(models={"q1": fitted}, largest=100_000) as number:
        yield number


def answer(
    port: int, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    """Return the status and the JSON of an answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {**JSON, **headers})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def posted(port: int, body: Any, **headers: str) -> tuple[int, Any]:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return answer(port, "POST", "/split", text, **headers)


def check_faults(answered: tuple[int, Any], status: int) -> list[dict[str, Any]]:
    """Check that a refusal has the declared shape."""
    code, told = answered
    assert code == status
    assert list(told) == ["detail"]
    found: list[dict[str, Any]] = told["detail"]
    assert found
    assert all(set(one) == FAULT for one in found)
    return found


def test_the_answer_is_the_response_of_the_library(port: int) -> None:
    code, told = posted(port, REQUEST)
    assert code == 200
    assert told == json.loads(at.split_deals(REQUEST).model_dump_json())
    assert [one["credit_minor"] for one in told["deals"][0]["touches"]] == [
        334, 333, 333,
    ]  # fmt: skip


def test_a_fitted_model_is_named_by_its_key(port: int) -> None:
    code, told = posted(port, {**REQUEST, "model": "q1"})
    assert (code, told["model"]) == (200, "time_decay:half_life=1d")


def test_the_service_says_that_it_is_well(port: int) -> None:
    assert answer(port, "GET", "/health") == (
        200, {"status": "ok", "version": at.__version__, "models": ["q1"]},
    )  # fmt: skip


TEXT = json.dumps(REQUEST)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "{",
        b"\xff\xfe",
        TEXT.replace("1000", "NaN"),
        TEXT.replace("1000", "Infinity"),
        TEXT.replace("1000", "1e400"),
        TEXT.replace("1000", "1" + "0" * 400),
        TEXT.replace("1000", "9" * 5000),
        TEXT.replace('"linear"', "[" * 90_000),
        TEXT.replace('"linear"', '{"a":' * 18_000),
        TEXT.replace('"model"', '"modell"'),
        TEXT.replace("linear", "linea"),
        TEXT.replace('"D1"', r'"\ud800"'),
    ],
)
def test_bad_input_is_told_in_the_declared_shape(port: int, body: str | bytes) -> None:
    check_faults(posted(port, body), 422)


def test_all_faults_come_in_one_answer(port: int) -> None:
    late = {**TOUCHES[0], "time": "2026-04-01T00:00:00Z", "currency": "USD"}
    body = {
        "model": "linea",
        "deals": [{**DEAL, "touches": [TOUCHES[0], late]}, DEAL, {"deal_id": None}],
        "options": {"strict": True},
        "colour": "red",
    }
    kinds = {one["type"] for one in check_faults(posted(port, body), 422)}
    assert kinds >= {"T06", "M05", "W04", "P03", "extra_forbidden", "missing", "id"}


def test_a_body_over_the_limit_is_refused_before_it_is_parsed(port: int) -> None:
    (fault,) = check_faults(posted(port, "[" * 100_001), 413)
    assert "100,000 bytes" in fault["msg"]


def test_a_body_of_unknown_length_is_refused_once_it_is_too_long(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    parts = (b" " * 60_000 for _ in range(2))
    connection.request("POST", "/split", parts, JSON, encode_chunked=True)
    response = connection.getresponse()
    check_faults((response.status, json.loads(response.read())), 413)
    connection.close()


def test_a_body_that_is_announced_too_large_is_not_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(
            b"POST /split HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100001\r\n\r\n"
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/split", 405), ("POST", "/health", 405), ("GET", "/docs", 404)],
)
def test_refusals_of_the_framework_have_the_same_shape(
    port: int, method: str, path: str, status: int
) -> None:
    check_faults(answer(port, method, path), status)


def test_a_body_that_is_not_called_json_is_refused(port: int) -> None:
    check_faults(posted(port, TEXT, **{"Content-Type": "text/plain"}), 415)
    code, _ = posted(port, TEXT, **{"Content-Type": "application/json; charset=utf-8"})
    assert code == 200


def test_a_bearer_token_is_asked_for_where_one_is_set() -> None:
    with served(token=TOKEN) as port:
        for given in ({}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}):
            check_faults(posted(port, "[", **given), 401)
        check_faults(posted(port, "[", Authorization="Bearer \xe9"), 401)
        assert posted(port, TEXT, Authorization=f"Bearer {TOKEN}")[0] == 200
        assert answer(port, "GET", "/health")[0] == 200
        schema = answer(port, "GET", "/openapi.json")[1]
        assert schema["paths"]["/split"]["post"]["security"] == [{"bearer": []}]
    with pytest.raises(ValueError, match="empty"):
        EXAMPLE.create_app(token=" ")  # noqa: S106


def test_a_failure_of_the_program_shows_nothing_of_its_insides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(at, "split_deals", fail)
    with served() as port:
        (fault,) = check_faults(posted(port, TEXT), 500)
    assert fault["msg"] == "The service failed."


def test_openapi_is_that_of_the_librarys_models(port: int) -> None:
    schema = answer(port, "GET", "/openapi.json")[1]
    post = schema["paths"]["/split"]["post"]
    body = post["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/SplitRequest"}
    parts = schema["components"]["schemas"]
    assert {
        "SplitRequest",
        "SplitDeal",
        "SplitTouch",
        "SplitResponse",
        "Faults",
    } <= set(parts)
    own = at.SplitRequest.model_json_schema()
    assert parts["SplitRequest"]["properties"].keys() == own["properties"].keys()
    assert parts["SplitDeal"]["additionalProperties"] is False
    assert set(post["responses"]) == {"200", "401", "413", "415", "422"}


def test_eight_clients_at_once_get_every_cent_right(port: int) -> None:
    models = ["first_touch", "linear", "linear:per=channel", "time_decay", "q1"]
    bodies = [
        json.dumps(
            {"model": models[place % 5], "deals": [{**DEAL, "amount_minor": place}]}
        )
        for place in range(160)
    ]
    known = {"q1": at.Fitted(at.models.TimeDecay(half_life="1d"))}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: posted(port, body), bodies))
    for body, (code, told) in zip(bodies, answers, strict=True):
        assert code == 200
        expected = at.split_deals(body, models=known).model_dump_json()
        assert told == json.loads(expected)


def run(**environment: str) -> subprocess.Popen[str]:
    """Return the example running as a program."""
    return subprocess.Popen(
        [sys.executable, str(SCRIPT)],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.mark.slow
def test_a_service_told_to_stop_finishes_the_request_at_work(tmp_path: Path) -> None:
    at.Fitted(at.models.Linear()).save(tmp_path / "even.json")
    number = free_port()
    given = {"ATTRIBUTION_PORT": str(number), "ATTRIBUTION_MODELS": str(tmp_path)}
    body = json.dumps({**REQUEST, "model": "even"})
    head = (
        "POST /split HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with run(**given) as process:
        try:
            with opened(number) as line:
                line.sendall((head + body[:20]).encode())
                time.sleep(0.3)
                process.send_signal(signal.SIGTERM)
                time.sleep(0.3)
                line.sendall(body[20:].encode())
                told = b"".join(iter(lambda: line.recv(65536), b""))
            assert told.startswith(b"HTTP/1.1 200")
            assert b'"credit_minor":334' in told
            assert process.wait(20) in {0, -signal.SIGTERM}
        finally:
            process.kill()


def opened(number: int) -> socket.socket:
    """Return a connection to a service that may still be starting."""
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", number), timeout=20)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError(number)


@pytest.mark.slow
def test_a_service_for_other_machines_needs_a_token() -> None:
    environment = {"ATTRIBUTION_HOST": "0.0.0.0"}  # noqa: S104
    with run(**environment) as process:
        _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "needs ATTRIBUTION_TOKEN" in told

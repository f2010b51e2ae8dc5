"""The service: one deal, ten thousand deals, eight clients over HTTP."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RULES = ("first_touch", "linear", "linear:per=channel", "time_decay")
EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "service.py"
CHANNELS = ("search", "social", "webinar", "email", "call", "demo", "event", "partner")
CLIENTS = 8
CLOSE = "2026-06-30T12:00:00Z"


def run(*, full: bool) -> dict[str, Any]:
    """Return one deal against validation, many against the bulk path, and a load."""
    deals = _deals(10_000)
    body = json.dumps({"model": "linear", "deals": deals})
    return {
        "one_deal": {rule: _one_deal(deals[0], rule) for rule in RULES},
        "ten_thousand_deals": _many(deals, body),
        "eight_clients": _load(deals, 400 if not full else 4000),
    }


def _deals(count: int) -> list[dict[str, Any]]:
    """Return won deals of ten touches at random instants, with ids and people."""
    rng = np.random.default_rng(11)
    times = rng.integers(0, 180 * 86_400_000_000, (count, 10))
    instants = np.datetime64("2026-01-01T00:00:00", "us") + times
    channel = rng.integers(0, len(CHANNELS), (count, 10))
    amount = rng.integers(10_000, 10_000_000, count)
    return [
        {
            "deal_id": f"D{deal:06}",
            "amount_minor": int(amount[deal]),
            "currency": "EUR",
            "outcome": "won",
            "closed_at": CLOSE,
            "touches": [
                {
                    "touch_id": f"T{deal:06}-{place}",
                    "time": f"{instants[deal, place]}Z",
                    "team": "sales" if code > 3 else "marketing",
                    "channel": CHANNELS[code],
                    "campaign": "spring" if code < 2 else None,
                    "rep": "R7" if code > 3 else None,
                    "contact_id": f"C{deal % 999}",
                }
                for place, code in enumerate(channel[deal].tolist())
            ],
        }
        for deal in range(count)
    ]


def _one_deal(deal: dict[str, Any], rule: str) -> dict[str, float]:
    """Return microseconds of validation and of the split alone, and their ratio."""
    given = {"model": rule, "deals": [deal]}
    request = at.SplitRequest.model_validate(given)
    validate, split = _quickest(
        [
            lambda: at.SplitRequest.model_validate(given),
            lambda: at.split_deals(request),
        ],
        rounds=200,
        calls=20,
    )
    return {
        "validate_us": round(1e6 * validate, 1),
        "split_us": round(1e6 * split, 1),
        "ratio": round(split / validate, 2),
    }


def _quickest(
    jobs: Sequence[Callable[[], object]], *, rounds: int, calls: int
) -> list[float]:
    """Return each job's least seconds a call; jobs take turns, as machines vary."""
    least = [float("inf")] * len(jobs)
    for _ in range(rounds):
        for place, job in enumerate(jobs):
            begun = time.perf_counter()
            for _ in range(calls):
                job()
            least[place] = min(least[place], (time.perf_counter() - begun) / calls)
    return least


def _many(deals: list[dict[str, Any]], body: str) -> dict[str, float]:
    """Return seconds of a request of all deals and of the same deals as tables.

    The bulk path has its tables ready, as the split has its request validated; both
    end with a row, a weight and a credit for every touch.
    """
    request = at.SplitRequest.model_validate_json(body)
    touches = pd.DataFrame(
        [
            {"deal_id": deal["deal_id"], **one}
            for deal in deals
            for one in deal["touches"]
        ]
    )
    touches["time"] = pd.to_datetime(touches["time"], format="ISO8601", utc=True)
    table = pd.DataFrame(deals).drop(columns="touches")
    table["amount"] = table.pop("amount_minor") / 100
    table["closed_at"] = pd.to_datetime(table["closed_at"], utc=True)

    def bulk() -> object:
        return at.attribute(at.build_journeys(touches, table), "linear").lines()

    validate, split, whole = _quickest(
        [
            lambda: at.SplitRequest.model_validate_json(body),
            lambda: at.split_deals(request),
            bulk,
        ],
        rounds=5,
        calls=1,
    )
    return {
        "deals": len(deals),
        "touches": len(touches),
        "validate_seconds": round(validate, 3),
        "split_seconds": round(split, 3),
        "bulk_seconds": round(whole, 3),
        "ratio": round(split / whole, 2),
    }


def _load(deals: list[dict[str, Any]], requests: int) -> dict[str, float]:
    """Return what eight clients meet that send one deal at a time and check it."""
    bodies = [
        json.dumps({"model": RULES[at_ % len(RULES)], "deals": [deals[at_ % 1000]]})
        for at_ in range(requests)
    ]
    expected = [at.split_deals(body).model_dump_json().encode() for body in bodies]

    with serving(example().create_app()) as port:

        def client(own: range) -> list[tuple[float, int, bool]]:
            line = HTTPConnection("127.0.0.1", port, timeout=60)
            found = []
            for place in own:
                begun = time.perf_counter()
                line.request(
                    "POST",
                    "/split",
                    bodies[place],
                    {"Content-Type": "application/json"},
                )
                answer = line.getresponse()
                right = answer.read() == expected[place]
                found.append((time.perf_counter() - begun, answer.status, right))
            line.close()
            return found

        begun = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            shares = [range(first, requests, CLIENTS) for first in range(CLIENTS)]
            answers = [one for own in pool.map(client, shares) for one in own]
        seconds = time.perf_counter() - begun
    times = [one[0] for one in answers]
    return {
        "requests": requests,
        "not_200": sum(one[1] != 200 for one in answers),
        "wrong": sum(not one[2] for one in answers),
        "requests_a_second": round(requests / seconds, 1),
        "p50_ms": round(1e3 * float(np.percentile(times, 50)), 2),
        "p99_ms": round(1e3 * float(np.percentile(times, 99)), 2),
    }


def example() -> Any:
    """Return the example service as a module."""
    spec = importlib.util.spec_from_file_location("example_service", EXAMPLE)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def serving(app: Any, *, log_level: str = "warning") -> Iterator[int]:
    """Give the port on 127.0.0.1 of an app, run in a thread of this process."""
    import uvicorn

    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level=log_level)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()

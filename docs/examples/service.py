"""A service that splits deals, to be copied: FastAPI around ``at.split_deals``.

Run it with ``python service.py``: it listens on 127.0.0.1:8000 and answers ``POST
/split``, ``GET /health`` and ``GET /openapi.json``. It is told by the environment:

* ``ATTRIBUTION_TOKEN``: the bearer token that ``/split`` asks for; none unless set;
* ``ATTRIBUTION_MODELS``: a folder of fitted models, ``q1.json`` being the key ``q1``;
* ``ATTRIBUTION_HOST``, ``ATTRIBUTION_PORT``: where it listens; beyond this machine only
  with a token.
"""

from __future__ import annotations

import hmac
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

import attribution as at

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of the largest body that is read."""

LOOPBACK: Final = "127.0.0.1"

PATIENCE: Final = 30
"""Seconds that a stopping service gives to requests at work."""

LOG: Final = logging.getLogger("attribution.service")


class Fault(BaseModel):
    """One fault: its type, its place in the request, and what is wrong."""

    type: str
    loc: list[str | int]
    msg: str


class Faults(BaseModel):
    """Everything that is wrong, at once."""

    detail: list[Fault]


class Health(BaseModel):
    """That the service answers, the version of the library and its models."""

    status: str
    version: str
    models: list[str]


ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": at.SplitResponse, "description": "The deals, split."},
    401: {"model": Faults, "description": "No bearer token, or a wrong one."},
    413: {"model": Faults, "description": "The body is too large; it is not read."},
    415: {"model": Faults, "description": "The body is not JSON."},
    422: {"model": Faults, "description": "What is wrong with the request."},
}


def create_app(
    *,
    models: Mapping[str, at.Fitted] | None = None,
    token: str | None = None,
    largest: int = LARGEST,
) -> FastAPI:
    """Return the service with its fitted ``models`` by key.

    Args:
        models: The fitted models that requests may name.
        token: The bearer token that ``/split`` asks for, None for none.
        largest: Bytes of the largest body.
    """
    if token is not None and not token.strip():
        raise ValueError("The token is empty: leave it out, or give one.")
    known = dict(models or {})
    app = FastAPI(
        title="Revenue attribution", version=at.__version__, docs_url=None,
        redoc_url=None,
    )  # fmt: skip

    @app.get("/health")
    async def health() -> Health:
        return Health(status="ok", version=at.__version__, models=sorted(known))

    @app.post(
        "/split", responses=ANSWERS, openapi_extra=body_of(at.SplitRequest, token)
    )
    async def split(request: Request) -> Response:
        check_token(request, token)
        check_kind(request)
        body = await read_body(request, largest)
        text = await run_in_threadpool(answered, body, known)
        return Response(text, media_type="application/json")

    app.add_exception_handler(at.InputError, at_fault)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(Exception, failed)
    describe(app, token)
    return app


def check_token(request: Request, token: str | None) -> None:
    """Refuse a request without the bearer token; compared in constant time."""
    if token is None:
        return
    given = request.headers.get("authorization", "").encode("latin-1")
    if not hmac.compare_digest(given, f"Bearer {token}".encode()):
        asked = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(401, "A bearer token is needed.", asked)


def check_kind(request: Request) -> None:
    """Refuse a body that does not say it is JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "Send JSON, with Content-Type: application/json.")


async def read_body(request: Request, largest: int) -> bytes:
    """Return the body; it is refused as soon as it is known to be too large."""
    told = request.headers.get("content-length", "0")
    too_large = HTTPException(413, f"The body may have {largest:,} bytes.")
    if not told.isdecimal() or int(told[:20]) > largest:
        raise too_large
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise too_large
        parts.append(part)
    return b"".join(parts)


def answered(body: bytes, models: Mapping[str, at.Fitted]) -> str:
    """Return the response to a request, both as JSON; run on a thread of its own."""
    return at.split_deals(body, models=models).model_dump_json()


async def at_fault(_request: Request, error: Exception) -> Response:
    """Answer what is wrong with a request, without its values."""
    found = error.errors() if isinstance(error, at.InputError) else []
    return JSONResponse({"detail": found}, 422)


async def refused(_request: Request, error: Exception) -> Response:
    """Answer a refusal in the same shape as faults."""
    code = error.status_code if isinstance(error, HTTPException) else 400
    headers = error.headers if isinstance(error, HTTPException) else None
    msg = str(error.detail) if isinstance(error, HTTPException) else ""
    detail = [{"type": f"http_{code}", "loc": [], "msg": msg}]
    return JSONResponse({"detail": detail}, code, headers)


async def failed(_request: Request, error: Exception) -> Response:
    """Answer a failure of the program without its insides, and log it."""
    LOG.error("a request failed", exc_info=error)
    detail = [{"type": "http_500", "loc": [], "msg": "The service failed."}]
    return JSONResponse({"detail": detail}, 500)


def body_of(kind: type[BaseModel], token: str | None) -> dict[str, Any]:
    """Return what OpenAPI says of a request: its body, and whether it needs a token."""
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"requestBody": body, **({"security": [{"bearer": []}]} if token else {})}


def describe(app: FastAPI, token: str | None) -> None:
    """Add the request's schema to OpenAPI: the body is read before it is parsed."""
    built = app.openapi

    def openapi() -> dict[str, Any]:
        whole = built()
        parts = whole.setdefault("components", {})
        ref = "#/components/schemas/{model}"
        schema = at.SplitRequest.model_json_schema(ref_template=ref)
        inner = schema.pop("$defs", {})
        parts.setdefault("schemas", {}).update({"SplitRequest": schema, **inner})
        if token:
            parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        return whole

    app.openapi = openapi


def load_models(folder: str | None) -> dict[str, at.Fitted]:
    """Return the fitted models of a folder by the names of their files."""
    if folder is None:
        return {}
    return {
        path.stem: at.load_model(path) for path in sorted(Path(folder).glob("*.json"))
    }


def main() -> None:
    """Serve until told to stop; requests at work are finished first."""
    token = os.environ.get("ATTRIBUTION_TOKEN")
    host = os.environ.get("ATTRIBUTION_HOST", LOOPBACK)
    if host != LOOPBACK and token is None:
        raise SystemExit(
            "ATTRIBUTION_HOST beyond this machine needs ATTRIBUTION_TOKEN."
        )
    uvicorn.run(
        create_app(
            models=load_models(os.environ.get("ATTRIBUTION_MODELS")), token=token
        ),
        host=host,
        port=int(os.environ.get("ATTRIBUTION_PORT", "8000")),
        timeout_graceful_shutdown=PATIENCE,
        server_header=False,
    )


if __name__ == "__main__":
    main()

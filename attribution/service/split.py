"""From a request to a response: :func:`attribution.split_deals`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution import __version__
from attribution.arrays.cores import on_threads
from attribution.credit import allocate
from attribution.errors import InputError, Issue, refuse
from attribution.models import registry
from attribution.models.base import Model
from attribution.models.fitted import Fitted, check_needs
from attribution.service.laying import lay
from attribution.service.reading import read_request
from attribution.service.results import explained, notes_of, results_of
from attribution.service.schema import SplitRequest, SplitResponse

if TYPE_CHECKING:
    from attribution.arrays.ragged import Floats, Ints
    from attribution.journeys.journeys import Journeys

MOST_THREADS: Final = 64

registry.classes()
"""Every model is imported with this room: no call of it imports anything."""


def split_deals(
    request: SplitRequest | Mapping[str, Any] | str | bytes,
    *,
    models: Mapping[str, str | Model | Fitted] = {},
    threads: int = 1,
) -> SplitResponse:
    """Return every deal of a request divided between its touches, to the minor unit.

    The result is that of :func:`attribution.build_journeys` and
    :func:`attribution.attribute` on the same deals. No dataframe is made, nothing is
    read, written or imported, and any number of threads may call it at once.

    Args:
        request: A :class:`SplitRequest`, or its JSON or fields: then what is wrong
            with it is raised here, all at once.
        models: Key → fitted model, model or text, for ``model`` of the request; a key
            comes before a text.
        threads: Worker threads for one request; the result does not depend on it.

    Raises:
        InputError: All faults of the request, each with its place (``errors()``): of
            fields under pydantic's own types, else I05, L07, M03, M05, M06, T02, T06
            or W04; P01, P03, P07 or W05 of the model; P04 of ``models`` or ``threads``.

    Example:
        >>> import attribution as at
        >>> touches = [{"touch_id": i, "time": i, "team": "sales", "channel": "call"}
        ...            for i in range(3)]
        >>> deal = {"deal_id": "D1", "amount_minor": 1000, "currency": "EUR",
        ...         "outcome": "won", "closed_at": 9, "touches": touches}
        >>> response = at.split_deals({"model": "linear", "deals": [deal]})
        >>> [touch.credit_minor for touch in response.deals[0].touches]
        [334, 333, 333]
    """
    _check_call(models, threads)
    faults: list[Issue] = []
    asked = read_request(request, faults)
    fitted = _chosen(asked.model, models, faults)
    if faults or fitted is None:
        raise InputError(faults)
    as_of, options = asked.seen_at(), asked.options
    laid = lay(asked, as_of)
    check_needs(fitted.model, laid.journeys, fitting=False)
    weights, credits = _split(fitted, laid.journeys, threads)
    sentences = explained(fitted, laid, weights) if asked.explain else None
    return SplitResponse(
        request_id=asked.request_id,
        model=fitted.label,
        title=fitted.title,
        version=__version__,
        fingerprint=_fingerprint(
            fitted.fingerprint, options.anchor, options.lookback, options.as_of
        ),
        as_of=as_of,
        notes=notes_of(asked, as_of),
        deals=tuple(results_of(laid, weights, credits, sentences)),
    )


def _check_call(models: object, threads: object) -> None:
    if not isinstance(models, Mapping):
        what = f"models= is a {type(models).__name__}, no mapping of keys to models."
        raise refuse("P04", what, "Write models={'q1': at.load_model('q1.json')}.")
    if type(threads) is not int or threads < 1:
        what = f"threads={threads!r} is no number of threads."
        raise refuse("P04", what, "Give 1 or more.")


def _chosen(
    name: str | None, models: Mapping[str, Any], faults: list[Issue]
) -> Fitted | None:
    """Return the model of a key or a text, None with what is wrong in ``faults``."""
    if name is None:
        return None
    try:
        fitted = _ready(models[name]) if name in models else _rule(name)
        if fitted.model.learns and fitted.params is None:
            what = f"{fitted.label} learns from journeys, and this one has seen none."
            remedy = "Fit it, and give it in models= under the key that requests name."
            raise refuse("W05", what, remedy)
    except InputError as error:
        keys = f" Keys of models=: {', '.join(map(str, models))}." if models else ""
        faults += [
            replace(one, remedy=f"{one.remedy}{keys}".strip(), path=("model",))
            for one in error.issues
        ]
        return None
    return fitted


def _ready(given: object) -> Fitted:
    if isinstance(given, Fitted):
        return given
    if isinstance(given, Model):
        return Fitted(given)
    if isinstance(given, str):
        return _rule(given)
    what = f"models= holds a {type(given).__name__} under this key."
    raise refuse("P04", what, "Give a text, a model or a fitted one.")


@lru_cache(maxsize=256)
def _rule(text: str) -> Fitted:
    return Fitted(registry.parse(text))


def _split(fitted: Fitted, journeys: Journeys, threads: int) -> tuple[Floats, Ints]:
    """Return the weight and the credit of every touch, in blocks on threads."""

    def one(block: Journeys) -> tuple[Floats, Ints]:
        weights = allocate.weights_of(fitted, block)
        return (
            allocate.shares_of(block, weights), allocate.credits_of(block, weights)
        )  # fmt: skip

    workers = min(threads, len(journeys), MOST_THREADS)
    if workers == 1:
        return one(journeys)
    cuts = [len(journeys) * part // workers for part in range(workers + 1)]
    blocks = [journeys.block(*span) for span in pairwise(cuts)]
    weights, credits = zip(*on_threads(one, blocks, workers), strict=True)
    return np.concatenate(weights), np.concatenate(credits)


@lru_cache(maxsize=256)
def _fingerprint(model: str, *options: str | int | None) -> str:
    """Return a hash of what decides a split, beside the deals themselves."""
    decides = json.dumps([model, *options, __version__])
    return hashlib.sha256(decides.encode()).hexdigest()

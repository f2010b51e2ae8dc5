"""A request from JSON or from plain values, with all faults at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from attribution.arrays.clock import END_OF_TIME
from attribution.errors import Issue, issue
from attribution.service import checks
from attribution.service.fields import Instant
from attribution.service.schema import (
    SplitDeal,
    SplitOptions,
    SplitRequest,
    SplitTouch,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from attribution.service.checks import Fault, Loc

LONGEST_KEY: Final = 64
"""Characters of an unknown field's name that are told."""

UNKNOWN: Final = "unexpected_keyword_argument"
"""How pydantic calls an unknown field of a dataclass; of a model, extra_forbidden."""

CLASH: Final = re.compile(r"[A-Z]\d\d")
"""A code of the catalogue: what clashes between fields."""

INSTANT: Final = TypeAdapter[int](Instant)
LISTS: Final[Mapping[str, Any]] = {"deals": SplitDeal, "touches": SplitTouch}


def read_request(given: object, faults: list[Issue]) -> SplitRequest:
    """Return the request that ``given`` holds, or what is sound of it.

    Args:
        given: A request, its JSON as text or bytes, or its fields by name.
        faults: Where every fault goes, of the fields and between them.
    """
    if isinstance(given, SplitRequest):
        return given
    try:
        if isinstance(given, str | bytes | bytearray):
            return SplitRequest.model_validate_json(given)
        return SplitRequest.model_validate(given)
    except ValidationError as fault:
        error = fault
    found, values = _told(error), _values(given)
    if all(CLASH.fullmatch(fault.code) for fault in found) and isinstance(
        values, Mapping
    ):  # every field is sound, and all that clashes is told
        faults += _issues(found)
        return SplitRequest.model_construct(model=values["model"], deals=())
    rest: SplitRequest = _rest(SplitRequest, values, (), _faulty(found))
    known = {(fault.code, fault.loc) for fault in found}
    clashes = checks.faults_of(rest)
    found += [one for one in clashes if (one.code, one.loc) not in known]
    faults += _issues(checks.listed(found))
    return rest


def _told(error: ValidationError) -> list[Fault]:
    """Return pydantic's faults without values; faulty deals are not too few as well."""
    told = error.errors(include_url=False, include_context=False, include_input=False)
    found = [
        checks.Fault("extra_forbidden", one["loc"], "Extra inputs are not permitted")
        if one["type"] == UNKNOWN
        else checks.Fault(one["type"], one["loc"], one["msg"])
        for one in told
    ]
    inner = any(fault.loc[:1] == ("deals",) and len(fault.loc) > 1 for fault in found)
    return [one for one in found if not (inner and one.loc == ("deals",))]


def _faulty(found: Iterable[Fault]) -> set[Loc]:
    """Return the places at fault; a list of plain values is faulty as a whole."""
    places = {fault.loc for fault in found}
    inner = {loc[:-1] for loc in places if loc and isinstance(loc[-1], int)}
    return places | {loc for loc in inner if loc[-1] not in LISTS}


def _issues(faults: Iterable[Fault]) -> list[Issue]:
    return [
        issue(one.code, "error", ("", ""), one.msg, path=_short(one.loc))
        for one in faults
    ]


def _short(loc: Iterable[str | int]) -> Loc:
    return tuple(one[:LONGEST_KEY] if isinstance(one, str) else one for one in loc)


def _values(given: object) -> object:
    """Return JSON as plain values, None where it is none."""
    if not isinstance(given, str | bytes | bytearray):
        return given
    try:
        return from_json(given)
    except (ValueError, TypeError):  # TypeError: text that no UTF-8 can write
        return None


def _rest(kind: Any, raw: object, at: Loc, faulty: Collection[Loc]) -> Any:
    """Return the sound fields of a faulty part; others are None, empty or default."""
    if isinstance(raw, kind):
        return raw
    given: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    values: dict[str, Any] = {}
    for name, field in kind.__pydantic_fields__.items():
        here = (*at, name)
        if name in given and here not in faulty:
            values[name] = _value(name, given[name], here, faulty)
        elif name in LISTS:
            values[name] = ()
        elif name == "closed_at" and here in faulty:
            values[name] = END_OF_TIME - 1  # it is given, and bars no touch
        else:
            values[name] = None if field.is_required() else field.default
    if kind is SplitTouch:
        return SimpleNamespace(**values)
    return kind.model_construct(**values)


def _value(name: str, given: Any, at: Loc, faulty: Collection[Loc]) -> Any:
    if name in LISTS:
        parts = enumerate(given)
        return tuple(_rest(LISTS[name], one, (*at, i), faulty) for i, one in parts)
    if name == "options":
        return _rest(SplitOptions, given, at, faulty)
    if given is not None and (name in {"time", "as_of"} or name.endswith("_at")):
        return INSTANT.validate_python(given)
    return given

"""The kinds of fields that requests have: ids, labels, instants, whole numbers.

Each is checked by pydantic's compiled core and has one fault, told at the field.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

from pydantic import AfterValidator, Field, GetPydanticSchema, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from attribution.arrays import clock
from attribution.arrays.money import LIMIT
from attribution.errors import InputError

LONGEST: Final = 256
"""Characters of an id or a label."""

LONGEST_MODEL: Final = 10_000
"""Characters of a model as text."""

INT64: Final = 2**63

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

MOMENT: Final = (
    r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d(:?\d\d)?)$"
)
"""ISO 8601 text with a zone; digits beyond microseconds are cut off."""


def _instant(moment: dt.datetime) -> int:
    """Return an aware datetime in microseconds since 1970 UTC."""
    if moment.tzinfo is None:
        raise ValueError
    since = moment - EPOCH
    instant = (since.days * 86_400 + since.seconds) * clock.SECOND + since.microseconds
    if not clock.FIRST_INSTANT <= instant < clock.END_OF_TIME:
        raise ValueError
    return instant


def _instant_of_text(text: str) -> int:
    return _instant(dt.datetime.fromisoformat(text.upper()))


def _instant_schema(_source: object, _handler: object) -> core_schema.CoreSchema:
    """Return the schema of an instant; a program may give an aware datetime too."""
    whole = core_schema.int_schema(
        strict=True, ge=clock.FIRST_INSTANT, lt=clock.END_OF_TIME
    )
    text = core_schema.no_info_after_validator_function(
        _instant_of_text, core_schema.str_schema(strict=True, pattern=MOMENT)
    )
    moment = core_schema.no_info_after_validator_function(
        _instant, core_schema.is_instance_schema(dt.datetime)
    )
    return core_schema.json_or_python_schema(
        json_schema=_either([whole, text], "instant", INSTANT_FAULT),
        python_schema=_either([whole, text, moment], "instant", INSTANT_FAULT),
    )


def _either(
    choices: list[core_schema.CoreSchema], kind: str, fault: str
) -> core_schema.CoreSchema:
    return core_schema.union_schema(
        list(choices),
        mode="left_to_right",
        custom_error_type=kind,
        custom_error_message=fault,
    )


INSTANT_FAULT: Final = (
    "Input should be whole microseconds since 1970 UTC, or ISO 8601 text with a zone, "
    "in the years 1970 to 2199"
)
ID_FAULT: Final = (
    f"Input should be a text of 1 to {LONGEST} characters, or a whole number of 64 bits"
)

Instant = Annotated[
    int,
    GetPydanticSchema(_instant_schema),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "integer",
                    "minimum": clock.FIRST_INSTANT,
                    "exclusiveMaximum": clock.END_OF_TIME,
                },
                {"type": "string", "format": "date-time"},
            ]
        },
        mode="validation",
    ),
]
"""Microseconds since 1970 UTC; ISO 8601 text with a zone is read as such."""


def _id_schema(_source: object, _handler: object) -> core_schema.CoreSchema:
    text = core_schema.str_schema(strict=True, min_length=1, max_length=LONGEST)
    whole = core_schema.int_schema(strict=True, ge=-INT64, lt=INT64)
    return _either([text, whole], "id", ID_FAULT)


Id = Annotated[
    str | int,
    GetPydanticSchema(_id_schema),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": LONGEST},
                {"type": "integer", "minimum": -INT64, "maximum": INT64 - 1},
            ]
        }
    ),
]
"""An id as text or as a whole number; a request has one kind of each id."""

Label = Annotated[str, Field(strict=True, min_length=1, max_length=LONGEST)]

Minor = Annotated[int, Field(strict=True, ge=-LIMIT, le=LIMIT)]
"""Money in minor units of its currency (cents)."""

Currency = Annotated[str, Field(strict=True, pattern="^[A-Z]{3}$")]


def _lookback(text: str) -> str:
    """Return a length of time in its shortest form."""
    try:
        return clock.duration_text(clock.duration(text, "lookback"))
    except InputError:
        raise PydanticCustomError(
            "duration",
            'Input should be a number and a unit, for example "180d" or "12w"',
        ) from None


Duration = Annotated[str, Field(strict=True, max_length=64), AfterValidator(_lookback)]

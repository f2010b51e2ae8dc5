"""Models as text: ``name:key=value,key=value``."""

from __future__ import annotations

import json
import re
import types
import typing
from typing import TYPE_CHECKING, Any, Final

from attribution.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

SPECIAL: Final = re.compile(r'^\s|[",+=:]|\s$|^$|^none$|^\{\}$')
QUOTED: Final = r'"(?:\\.|[^"\\])*"'


def split(text: str, separator: str) -> list[str]:
    """Return the parts of a text between separators outside of JSON strings.

    Example:
        >>> split('a="x,y",b=1', ",")
        ['a="x,y"', 'b=1']
    """
    piece = re.compile(rf'(?:{QUOTED}|[^"{re.escape(separator)}]|")')
    parts, at = [""], 0
    while at < len(text):
        if text[at] == separator:
            parts.append("")
            at += 1
        else:
            found = piece.match(text, at)
            parts[-1] += found[0] if found else text[at]
            at = found.end() if found else at + 1
    return parts


def _holds_tuple(annotation: object) -> bool:
    origin = typing.get_origin(annotation)
    if origin is tuple or annotation is tuple:
        return True
    if origin not in {typing.Union, types.UnionType}:
        return False
    kinds = [one for one in typing.get_args(annotation) if one is not type(None)]
    return len(kinds) == 1 and _holds_tuple(kinds[0])


def _tuple_fields(model: type[BaseModel]) -> set[str]:
    return {
        name
        for name, field in model.model_fields.items()
        if _holds_tuple(field.annotation)
    }


def placed(
    model: type[BaseModel], given: Sequence[Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values by name, those given by place in the order of the fields.

    Raises:
        InputError: P03: more values than parameters, or one given twice.
    """
    names = list(model.model_fields)
    twice = set(names[: len(given)]) & set(values)
    if len(given) > len(names) or twice:
        what = f"{model.__name__} was given too many values, or one of them twice."
        raise refuse("P03", what, f"It has: {', '.join(names) or 'none'}.")
    return {**dict(zip(names, given, strict=False)), **values}


def tuples(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with a single text for a tuple parameter as a tuple of one."""
    chosen = _tuple_fields(model)
    return {
        name: (value,) if isinstance(value, str) and name in chosen else value
        for name, value in values.items()
    }


def _encoded(value: object) -> str:
    if isinstance(value, str):
        quoted = SPECIAL.search(value)
        return json.dumps(value, ensure_ascii=False) if quoted else value
    if isinstance(value, list | tuple):
        return "+".join(_encoded(one) for one in value)
    if value == {}:
        return "{}"
    return "none" if value is None else json.dumps(value).replace("e+", "e")


def label(name: str, model: type[BaseModel], values: Mapping[str, Any]) -> str:
    """Return the shortest text of a model with these JSON values.

    Example:
        >>> from pydantic import BaseModel
        >>> class Decay(BaseModel):
        ...     half_life: str = "7d"
        >>> label("decay", Decay, {"half_life": "30d"})
        'decay:half_life=30d'
    """
    parts = []
    for key, field in model.model_fields.items():
        value = values[key]
        default = field.get_default(call_default_factory=True)
        if value == (list(default) if isinstance(default, tuple) else default):
            continue
        if isinstance(value, dict) and value:
            pairs = [(k, _encoded(v)) for k, v in value.items()]
            parts += [f"{key}.{_encoded(str(k))}={written}" for k, written in pairs]
        else:
            parts.append(f"{key}={_encoded(value)}")
    return f"{name}:{','.join(parts)}" if parts else name


def _decoded(text: str) -> Any:
    if text.startswith('"'):
        try:
            return json.loads(text)
        except ValueError:
            raise refuse(
                "P03", f"{text} is no JSON string.", "Close the quote."
            ) from None
    return {"none": None, "{}": {}}.get(text, text)


def parse(given: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return the parameters that ``key=value,key=value`` writes, for a model's fields.

    Raises:
        InputError: P03: a part without ``=``, or a parameter given twice.

    Example:
        >>> from pydantic import BaseModel
        >>> class Game(BaseModel):
        ...     levels: tuple[str, ...] = ()
        >>> parse("levels=team+channel", Game)
        {'levels': ('team', 'channel')}
    """
    chosen = _tuple_fields(model)
    values: dict[str, Any] = {}
    for part in split(given, ","):
        pieces = split(part, "=")
        if len(pieces) != len(("key", "value")):
            remedy = 'Write key=value, a value with , + = : as a JSON string "…".'
            raise refuse("P03", f"{part!r} is not key=value.", remedy)
        name, value = pieces[0].strip(), pieces[1]
        key, dot, sub = name.partition(".")
        target = values.setdefault(key, {}) if dot else values
        inner = _decoded(sub) if dot else name
        if not isinstance(target, dict) or inner in target:
            raise refuse("P03", f"{name!r} is given twice.", "Give it once.")
        several = split(value, "+") if value else []
        if name in chosen or (len(several) > 1 and not dot):
            target[inner] = tuple(_decoded(one) for one in several)
        else:
            target[inner] = (
                [_decoded(one) for one in several]
                if len(several) > 1
                else _decoded(value)
            )
    return values

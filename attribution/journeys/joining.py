"""Several parts of journeys as one."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import codes, ragged
from attribution.errors import InputError, issue, refuse
from attribution.journeys.journeys import Journeys
from attribution.journeys.words import Labelled, SetAside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attribution.arrays.ragged import Array, Ints

BUILD: Final = "Build them: at.build_journeys(touches, deals)."
EACH: Final = "Give journeys; of blocks each one: at.concat([*blocks])."


def concat(parts: Sequence[Journeys]) -> Journeys:
    """Return the journeys of several parts as one, in the one order.

    Every part holds whole deals (whole accounts, where rows link by account; whole
    persons and accounts, where ``unit=`` or ``dedupe=`` compares rows) and was built
    with the same options, so that the result is the same as from one piece; give
    ``as_of=`` when building parts.

    Raises:
        InputError: P05 no part, or options that differ; I04 a deal in two parts.

    Example:
        >>> import attribution as at
        >>> a = at.journeys_from_paths(["x > y"], wins=[1])
        >>> len(at.concat([a]))
        1
    """
    parts = list(parts)
    _check(parts)
    place = order_of(parts)
    order = np.empty(len(place), np.int64)
    order[place] = np.arange(len(place))
    offsets = ragged.offsets_of(np.concatenate([np.diff(p.offsets) for p in parts]))
    own, offsets = ragged.gather(offsets, order)
    currencies, tables = _currencies(parts)

    def touches(column: Callable[[Journeys], Array]) -> Array:
        return np.concatenate([column(part) for part in parts])[own]

    def deals(column: Callable[[Journeys], Array]) -> Array:
        return np.concatenate([column(part) for part in parts])[order]

    first = parts[0]
    plain = {
        name: deals(lambda part, name=name: getattr(part, name))  # type: ignore[misc]
        for name in _DEALS
    }
    currency = np.concatenate(
        [table[part.currency] for table, part in zip(tables, parts, strict=True)]
    )
    return replace(
        first,
        offsets=offsets,
        time=None if first.time is None else touches(lambda part: _given(part.time)),
        touch=_labelled(parts, "touch", own),
        process=touches(lambda part: part.process),
        day=touches(lambda part: part.day),
        touch_id=_touch_ids(parts, own),
        cost=_optional(parts, "cost", own),
        row=touches(lambda part: part.row),
        **plain,
        currency=currency[order],
        currencies=tuple(currencies),
        decimals=tuple(currencies.values()),
        milestones={
            name: deals(lambda part, name=name: part.milestones[name])  # type: ignore[misc]
            for name in first.milestones
        },
        milestone_days={
            name: deals(lambda part, name=name: part.milestone_days[name])  # type: ignore[misc]
            for name in first.milestone_days
        },
        amount_at_opportunity=_optional(parts, "amount_at_opportunity", order),
        contacts=_optional(parts, "contacts", order),
        deal=_labelled(parts, "deal", order),
        options={**first.options, "as_of": max(p.options["as_of"] for p in parts)},
        found=tuple(one for part in parts for one in part.found),
        aside=_aside(parts, place),
    ).trimmed()


def order_of(parts: Sequence[Journeys]) -> Ints:
    """Return the place among all of every deal of the parts, one part after another.

    Example:
        >>> import attribution as at
        >>> order_of([at.journeys_from_paths(["x", "y"], wins=[1, 1], losses=[1, 0])])
        array([0, 1, 2])
    """
    deal_id = np.concatenate([part.deal_id for part in parts])
    outcome = np.concatenate([part.outcome for part in parts])
    rank = np.empty(len(deal_id), np.int64)
    rank[codes.label_order(deal_id)] = np.arange(len(deal_id))
    place = np.empty(len(deal_id), np.int64)
    place[np.lexsort((rank, -outcome))] = np.arange(len(deal_id))
    return place


def check_part(part: object, remedy: str = BUILD) -> None:
    """Raise S05 (a ``TypeError`` too) when what was given is no :class:`Journeys`."""
    if not isinstance(part, Journeys):
        what = f"was given a {type(part).__name__}, not journeys."
        raise refuse("S05", what, remedy)


_DEALS = (
    "amount", "outcome", "start", "end", "closed_at", "created_at", "deal_id", "count",
    "reason",
)  # fmt: skip


def _check(parts: Sequence[Journeys]) -> None:
    if not parts:
        raise refuse("P05", "concat was given no part.", "Give at least one.")
    for part in parts:
        check_part(part, EACH)
    first = parts[0]
    shape = _shape(first)
    for part in parts[1:]:
        if _shape(part) != shape:
            what = "the parts were built with other options or columns."
            raise refuse("P05", what, "Build every part with the same options.")
    deal_id = np.concatenate([part.deal_id for part in parts])
    seen, times = np.unique(codes.packed(deal_id), return_counts=True)
    twice = codes.texts(seen[times > 1])
    if len(twice):
        what = f"deal {twice[0]} and {len(twice) - 1} more stand in two parts."
        remedy = "Give each deal to one part."
        fault = issue(
            "I04", "error", ("deals", "deal_id"), what, remedy=remedy, count=len(twice)
        )
        raise InputError([fault])


def _shape(part: Journeys) -> tuple[object, ...]:
    options = {name: one for name, one in part.options.items() if name != "as_of"}
    present = [one.name for one in fields(part) if getattr(part, one.name) is None]
    present = [name for name in present if name == "time"]
    return (
        options,
        present,
        tuple(part.touch),
        tuple(part.milestones),
        part.deal_id.dtype == object,
    )


def _given(column: Array | None) -> Array:
    if column is None:
        raise refuse("P05", "a part has no times.", "Build every part the same way.")
    return column


def _optional(parts: Sequence[Journeys], name: str, order: Ints) -> Array | None:
    columns = [getattr(part, name) for part in parts]
    if all(column is None for column in columns):
        return None
    if any(column is None for column in columns):
        what = f"some parts have a column {name} and others have none."
        raise refuse("P05", what, "Build every part from the same columns.")
    return np.concatenate(columns)[order]


def _touch_ids(parts: Sequence[Journeys], order: Ints) -> Labelled | None:
    columns = [part.touch_id for part in parts if part.touch_id is not None]
    if not columns:
        return None
    if len({column.labels.dtype.kind == "i" for column in columns}) > 1:
        what = "touch ids are text in some parts and integers in others."
        raise refuse("I05", what, "Convert one of them before building.")
    found, start = [], 0
    for part in parts:
        own = part.touch_id
        if own is None:
            found.append(np.full(part.touch_count, -1, np.int32))
        else:
            found.append(np.where(own.codes < 0, -1, own.codes + start))
            start += len(own.labels)
    parts_of = [column.labels for column in columns]
    if any(labels.dtype == object for labels in parts_of):
        parts_of = [codes.texts(labels) for labels in parts_of]
    labels = np.concatenate(parts_of)
    return Labelled(np.concatenate(found)[order].astype(np.int32), labels)


def _currencies(parts: Sequence[Journeys]) -> tuple[dict[str, int], list[Array]]:
    merged: dict[str, int] = {}
    for part in parts:
        merged.update(zip(part.currencies, part.decimals, strict=True))
    merged = dict(sorted(merged.items()))
    place = {name: at for at, name in enumerate(merged)}
    tables = [
        np.array([place[name] for name in part.currencies], np.int16) for part in parts
    ]
    return merged, tables


def _labelled(parts: Sequence[Journeys], kind: str, order: Ints) -> dict[str, Labelled]:
    names = dict.fromkeys(name for part in parts for name in getattr(part, kind))
    merged = {}
    for name in names:
        columns = [_column(part, kind, name) for part in parts]
        found, labels = codes.joined(columns)
        merged[name] = Labelled(found[order], labels)
    return merged


def _column(part: Journeys, kind: str, name: str) -> Labelled:
    columns: dict[str, Labelled] = getattr(part, kind)
    size = len(part) if kind == "deal" else part.touch_count
    empty = Labelled(np.full(size, -1, np.int32), np.array([], object))
    return columns.get(name, empty)


def _aside(parts: Sequence[Journeys], place: Ints) -> tuple[SetAside, ...]:
    start, moved = 0, []
    for part in parts:
        table = np.append(place[start : start + len(part)], -1)
        moved += [one._replace(deal=table[one.deal]) for one in part.aside]
        start += len(part)
    return tuple(moved)

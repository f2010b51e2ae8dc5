"""Ids of Salesforce, whose forms of 15 and 18 characters are one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays.codes import label_order
from attribution.doors.frames.columns import factorized

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.doors.frames.columns import Column
    from attribution.intake.checks.columns import Source
    from attribution.intake.checks.findings import Findings

SHORT, LONG = 15, 18
"""Lengths of a Salesforce id without and with its checksum."""

FAMILIES: Final = (
    (
        ("deals", "deal_id"), ("contacts", "deal_id"),
        ("touches", "deal_id"), ("touches", "lead_deal_id"),
    ),
    (("contacts", "contact_id"), ("touches", "contact_id")),
    (
        ("deals", "account_id"),
        ("touches", "account_id"), ("touches", "person_account_id"),
    ),
    (("touches", "touch_id"),),
)  # fmt: skip
"""The columns that hold ids of one kind, the one whose spelling is shown first."""


def shortened(label: str) -> str:
    """Return the 15 characters that tell an id of 18 from others; others unchanged.

    Example:
        >>> shortened("0061t00000ABCDEAA2"), shortened("7")
        ('0061t00000ABCDE', '7')
    """
    whole = len(label) == LONG and label.isascii() and label.isalnum()
    return label[:SHORT] if whole else label


def spelled_otherwise(labels: Array, name: str) -> Ints:
    """Return where labels hold the id ``name`` in its form of 15 or 18 characters.

    Example:
        >>> spelled_otherwise(np.array(["0061t00000ABCDEAA2"]), "0061t00000ABCDE")
        array([0])
    """
    short, texts = shortened(name), labels.astype(str)
    if len(short) != SHORT:
        return np.zeros(0, np.int64)
    fits = np.isin(np.strings.str_len(texts), (SHORT, LONG))
    return np.flatnonzero(fits & np.strings.startswith(texts, short))


def spelled_once(
    sources: Mapping[str, Source], findings: Findings
) -> dict[str, Source]:
    """Return the sources with every Salesforce id in one spelling, in all tables.

    Ids of 15 and 18 characters are one if their first 15 are equal, case kept. An id
    is shown as the first table of its family spells it, in its longer form.
    """
    found = dict(sources)
    for family in FAMILIES:
        places = [
            (table, name)
            for table, name in family
            if table in sources
            and sources[table].has(name)
            and sources[table].column(name).kind == "text"
        ]
        columns = [sources[table].column(name) for table, name in places]
        spelled, joined = _one_spelling(columns)
        for (table, name), column in zip(places, spelled, strict=True):
            changed = {**found[table].read, name: column}
            found[table] = replace(found[table], read=changed)
        if joined:
            findings.add(
                "I08", "note", places[-1],
                "has ids that stand in 15 and in 18 characters and are one.",
                count=joined,
            )  # fmt: skip
    return found


def _one_spelling(columns: Sequence[Column]) -> tuple[list[Column], int]:
    """Return columns of text with one label an id, and how many ids had several."""
    if not columns:
        return [], 0
    own = [column.text_labels() for column in columns]
    sizes = [len(labels) for labels in own]
    every = np.concatenate(own)
    code, names = factorized(np.array([shortened(one) for one in every], object))
    order, first = _in_order_of_trust(code, every, np.repeat(range(len(own)), sizes))
    spelling = every[order[first]][code]
    several = np.zeros(len(names), np.bool_)
    several[code[every != spelling]] = True
    found = []
    for column, labels in zip(
        columns, np.split(spelling, np.cumsum(sizes)[:-1]), strict=True
    ):
        found.append(respelled(column, labels))
    return found, int(several.sum())


def respelled(column: Column, labels: Array) -> Column:
    """Return a column of text with other labels, equal ones as one.

    Args:
        column: The column.
        labels: Object, one for each of its labels.
    """
    table, kept = factorized(labels)
    values = np.append(table, -1)[column.values].astype(np.int32)
    return replace(column, values=values, labels=kept)


def _in_order_of_trust(code: Array, labels: Array, column: Array) -> tuple[Ints, Bools]:
    """Return the labels by code, the one to show first, and which are first."""
    rank = np.empty(len(labels), np.int64)
    rank[label_order(labels)] = np.arange(len(labels))
    length = np.array([len(label) for label in labels], np.int64)
    order = np.lexsort((rank, -length, column, code))
    first = np.ones(len(order), np.bool_)
    first[1:] = np.diff(code[order]) != 0
    return order, first

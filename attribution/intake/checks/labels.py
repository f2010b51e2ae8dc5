"""Columns of labels: team, channel, campaign, rep and whatever else is grouped by."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import clock, codes
from attribution.doors.frames.columns import Column, factorized
from attribution.intake.checks.ids import check_text
from attribution.journeys.words import NONE, Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.intake.checks.findings import Findings

TEAMS: Final = frozenset({"marketing", "sales"})
CONTROLS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)

Where = tuple[str, str]


def constant(label: str, rows: int) -> Labelled:
    """Return a column that holds one label everywhere.

    Example:
        >>> constant("(none)", 2).codes.tolist()
        [0, 0]
    """
    codes = np.broadcast_to(np.int32(0), rows)
    return Labelled(codes, np.array([label], object))


def read_labels(
    column: Column, where: Where, findings: Findings, *, missing: str | None = NONE
) -> Labelled:
    """Return a raw column as codes and labels; missing rows get ``missing``.

    Labels equal after Unicode NFC become one (L04); control and bidi characters are
    reported (L05); values that are no labels are faults (S08).
    """
    if column.kind == "text":
        found = Labelled(column.values, column.text_labels())
    elif column.kind == "boolean":
        known = np.where(column.missing, -1, column.values.astype(np.int32))
        found = Labelled(known, np.array(["false", "true"], object))
    elif column.kind == "integer":
        numbers, values = factorized(column.values)
        texts = np.array([str(value) for value in values.tolist()], object)
        found = Labelled(np.where(column.missing, -1, numbers), texts)
    elif column.missing.all():
        found = Labelled(np.full(len(column), -1, np.int32), np.array([], object))
    else:
        row = column.row if column.row >= 0 else int(np.flatnonzero(~column.missing)[0])
        findings.error(
            "S08", where, f"holds {column.detail or column.kind} values, not labels.",
            "Convert it to text before the call.", rows=np.array([row]),
        )  # fmt: skip
        return constant(NONE, len(column))
    return filled(_normalized(found, where, findings), missing)


def filled(column: Labelled, missing: str | None = NONE) -> Labelled:
    """Return the column with the label ``missing`` on rows that have none."""
    if missing is None or not (column.codes < 0).any():
        return column
    labels = np.append(column.labels, np.array([missing], object))
    known = np.where(column.codes < 0, len(labels) - 1, column.codes)
    table, kept = factorized(labels)
    return Labelled(table[known], kept)


def _normalized(column: Labelled, where: Where, findings: Findings) -> Labelled:
    labels = column.labels
    check_text([where], labels, findings)
    whole = "".join(labels)
    if CONTROLS.search(whole):
        odd = np.array([bool(CONTROLS.search(label)) for label in labels])
        findings.add(
            "L05", "warning", where, "has labels with control or bidi characters.",
            "They are shown escaped.", rows=np.append(odd, False)[column.codes],
        )  # fmt: skip
    if not whole.isascii():
        findings.compare(where, labels)
    if unicodedata.is_normalized("NFC", whole):
        return column
    formed = np.array([unicodedata.normalize("NFC", one) for one in labels], object)
    table, merged = factorized(formed)
    return Labelled(np.append(table, -1)[column.codes].astype(np.int32), merged)


def read_channel(column: Column, findings: Findings) -> Labelled:
    """Return the channel column; a missing channel is "(none)" (L01)."""
    findings.add(
        "L01", "warning", ("touches", "channel"), 'is empty: the channel is "(none)".',
        "Fill it in to see what these touches were.", rows=column.missing,
    )  # fmt: skip
    return read_labels(column, ("touches", "channel"), findings)


def read_team(
    column: Column | None,
    channel: Labelled,
    teams: Mapping[str, str],
    declared: frozenset[str],
    findings: Findings,
) -> Labelled:
    """Return the team of each touch: its own, else that of its channel in ``teams``.

    L07 where a team is missing or is neither marketing, sales nor declared.
    """
    where = ("touches", "team")
    rows = len(channel.codes)
    if column is None:
        own = Labelled(np.full(rows, -1, np.int32), np.array([], object))
    else:
        own = read_labels(column, where, findings, missing=None)
    lowered = np.array([one.casefold() for one in own.labels], object)
    by_channel = np.array([teams.get(one, "") for one in channel.labels], object)
    table, labels = factorized(np.concatenate([lowered, by_channel]))
    mapped = table[len(lowered) :][channel.codes]
    found = np.where(own.codes < 0, mapped, np.append(table, -1)[own.codes])
    known = np.array([one in TEAMS or one in declared for one in labels], np.bool_)
    names = ", ".join(sorted(TEAMS | declared))
    findings.error(
        "L07", where, f"is none of {names}.",
        "Map channels to teams: teams={'webinar': 'marketing'}; or declare more teams: "
        "teams=('sdr',).",
        rows=~known[found],
    )  # fmt: skip
    return Labelled(found.astype(np.int32), labels)


def as_text(column: Column) -> Labelled | None:
    """Return a column of any plain kind as labels, None where it holds no plain values.

    For further columns of deals, which are carried to group by.
    """
    if column.kind in {"nested", "mixed"}:
        return None
    if column.kind in {"text", "integer", "boolean", "empty"} or column.missing.all():
        return None
    numbers, values = factorized(column.values)
    texts = np.array([_plain(column.kind, value) for value in values.tolist()], object)
    table, labels = factorized(texts)
    known = np.append(table, -1)[numbers]
    return Labelled(np.where(column.missing, -1, known).astype(np.int32), labels)


def _plain(kind: str, value: object) -> str:
    if kind == "day" and isinstance(value, int):
        return str(np.datetime64(value, "D"))
    if kind == "instant" and isinstance(value, int):
        return clock.iso(value)
    return str(value)


def ordered(column: Labelled) -> Labelled:
    """Return the column with its labels in label order, unused ones left out."""
    found, labels = codes.in_label_order(column.codes, column.labels)
    return Labelled(found, labels)

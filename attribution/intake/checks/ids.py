"""Columns of ids: text or integers, never both, never floats."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays import codes
from attribution.doors.frames.columns import Column
from attribution.doors.frames.ids import SURROGATES, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.arrays.ragged import Array
    from attribution.doors.frames.ids import Texts
    from attribution.intake.checks.findings import Findings

SHORT, LONG = 15, 18
"""Lengths of a Salesforce id without and with its checksum."""

SURROGATE: Final = re.compile("[\ud800-\udfff]")

Where = tuple[str, str]


def usable_ids(where: Where, column: Column | Texts, findings: Findings) -> bool:
    """Return whether a column can be ids; else I06, I09 or S08 is added."""
    if column.kind in {"text", "integer", "empty"}:
        return True
    if column.kind == "float":
        if column.missing.all():
            return True
        findings.error(
            "I06", where, "holds floats, so ids may have lost digits.",
            'Convert it before the call, for example .astype("Int64") or to text.',
            rows=~column.missing,
        )  # fmt: skip
    elif column.kind == "mixed":
        findings.error(
            "I09", where, f"mixes {column.detail}.", "Convert all of it to text.",
            rows=np.array([column.row]),
        )  # fmt: skip
    else:
        findings.error(
            "S08", where, f"holds {column.detail or column.kind} values, not ids.",
            "Give text or integers.", rows=np.array([max(column.row, 0)]),
        )  # fmt: skip
    return False


def shared_ids(
    columns: Sequence[tuple[Where, Column | Texts]],
    findings: Findings,
    *,
    packed: bool = False,
) -> tuple[list[Array], Array]:
    """Return the codes of id columns of one family, and the labels they share.

    Codes I05, I06, I09 and S08 are added where an id column cannot be used; its codes
    are then all -1.

    Returns:
        int32 codes for each column (-1 missing), and the labels: object or int64, or
        of texts, if asked for, ``packed`` as bytes where they can be.
    """
    usable = [usable_ids(where, column, findings) for where, column in columns]
    kinds = [
        (where, column.kind)
        for (where, column), good in zip(columns, usable, strict=True)
        if good
    ]
    if not of_one_kind(kinds, findings):
        usable = [False] * len(columns)
    blank = [
        column
        if good and column.kind in {"text", "integer"}
        else Column(
            "empty", np.zeros(len(column), np.int64), np.ones(len(column), bool)
        )
        for (_, column), good in zip(columns, usable, strict=True)
    ]
    found, shared = together(blank, packed=packed)
    check_text([where for where, _ in columns], shared, findings)
    return without_empty(found, shared), shared


def without_empty(columns: Sequence[Array], labels: Array) -> list[Array]:
    """Return int32 codes of ids, -1 where the text is empty: that is no id.

    Example:
        >>> without_empty([np.array([0, 1], np.int32)], np.array(["a", ""], object))
        [array([ 0, -1], dtype=int32)]
    """
    found = list(columns)
    if labels.dtype.kind in "OS":
        for empty in np.flatnonzero(labels == ("" if labels.dtype == object else b"")):
            found = [np.where(own == empty, np.int32(-1), own) for own in found]
    return found


def of_one_kind(kinds: Sequence[tuple[Where, str]], findings: Findings) -> bool:
    """Return whether id columns of one family are all text or all integers; else I05.

    Example:
        >>> of_one_kind([(("deals", "deal_id"), "text")], None)
        True
    """
    found = {kind: where for where, kind in kinds if kind in {"text", "integer"}}
    if len(found) > 1:
        text, whole = found["text"], found["integer"]
        findings.error(
            "I05", text, f"holds text while {'.'.join(whole)} holds integers.",
            "Convert one of them before the call: ids are never coerced.",
        )  # fmt: skip
    return len(found) <= 1


def check_text(places: Sequence[Where], labels: Array, findings: Findings) -> None:
    """Add S10: text that no UTF-8 can write, half of a surrogate pair."""
    if labels.dtype.kind == "S" and SURROGATES in labels.tobytes():
        labels = codes.texts(labels)
    whole = "".join(labels.tolist()) if labels.dtype == object else ""
    if not whole.isascii() and SURROGATE.search(whole):
        findings.error(
            "S10", places[0], "holds text with half of a surrogate pair.",
            "Read the source as UTF-8.",
        )  # fmt: skip


def folded(labels: Array) -> list[str]:
    """Return text ids without case, outer space and Unicode form.

    Example:
        >>> folded(np.array([" A1"], dtype=object))
        ['a1']
    """
    whole = "\n".join(labels)
    if whole.count("\n") != max(len(labels) - 1, 0):
        whole = "\n".join(label.replace("\n", " ") for label in labels)
    if not whole.isascii():
        whole = unicodedata.normalize("NFC", whole)
    return (
        [part.strip() for part in whole.casefold().split("\n")] if len(labels) else []
    )


def check_lookalikes(
    labels: Array, in_deals: Array, in_touches: Array, findings: Findings
) -> None:
    """Add I07: ids that name one deal to the eye and two to the computer.

    Args:
        labels: The deal ids of all tables.
        in_deals: bool, (labels,), which of them are deals.
        in_touches: bool, (labels,), which of them touches name.
        findings: Where the issues go.
    """
    suspects = in_deals | in_touches
    if labels.dtype != object or not suspects.any():
        return
    named = labels[suspects]
    where = ("touches", "deal_id")
    _, place, times = np.unique(
        codes.packed(np.array(folded(named), object)),
        return_inverse=True,
        return_counts=True,
    )
    alike = named[times[place] > 1]
    if len(alike):
        shown = ", ".join(repr(one) for one in sorted(alike)[:4])
        findings.add(
            "I07", "warning", where,
            f"has ids that differ by case, space or Unicode form only: {shown}.",
            "Check whether they are the same deal; ids are compared as they are.",
            count=len(alike),
        )  # fmt: skip


def check_lengths(
    where: Where, labels: Array, known: Array, named: Array, findings: Findings
) -> None:
    """Add I08: ids of touches that another table has in 15 or 18 characters.

    Args:
        where: The column of touches.
        labels: The ids of all tables.
        known: bool, (labels,), which of them the other tables have.
        named: bool, (labels,), which of them touches name.
        findings: Where the issues go.
    """
    if labels.dtype != object or not known.any():
        return
    strangers = labels[named & ~known]
    odd = {one for one in strangers if len(one) in {SHORT, LONG} and one.isalnum()}
    if not odd:
        return
    shorts = {one[:SHORT] for one in labels[known] if len(one) in {SHORT, LONG}}
    mixed = sum(one[:SHORT] in shorts for one in odd)
    if mixed:
        findings.add(
            "I08", "warning", where,
            f"has {mixed} ids whose first 15 characters are those of another table: "
            "Salesforce ids of 15 and 18 characters are mixed.",
            'ids="salesforce" joins them on the first 15.', count=mixed,
        )  # fmt: skip

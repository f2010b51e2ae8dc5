"""Rules at work: which rows of an object they take, and what is told of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays.codes import texts
from attribution.intake.crm.descriptions import ANY, DELETED, YES, Rule, Test, folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attribution.arrays.ragged import Array, Bools
    from attribution.intake.checks.findings import Findings
    from attribution.intake.crm.rows import Rows

DELETION: Final = Rule(
    DELETED,
    "is deleted",
    drop=(
        Test("is_deleted", YES),
        Test("deleted_at", ANY),
        Test("active", "false|0|no|n|off|f"),
    ),
)


def folded_matching(labels: Array, pattern: str) -> Bools:
    """Return which labels, folded, are wholly the pattern."""
    compiled = re.compile(pattern)
    passed = (compiled.fullmatch(folded(one)) is not None for one in texts(labels))
    return np.fromiter(passed, np.bool_, len(labels))


def passing(rows: Rows, tests: Iterable[Test]) -> Bools:
    """Return which rows pass one of the tests at least."""
    found = np.zeros(len(rows), np.bool_)
    for test in tests:
        column = rows.column(test.column)
        if test.pattern == ANY:
            found |= column.codes >= 0
        else:
            passed = folded_matching(column.labels, test.pattern)
            found |= np.append(passed, False)[column.codes]
    return found


def ruled(rows: Rows, rule: Rule, findings: Findings) -> Rows:
    """Return the rows that a rule leaves; what it took is told under its name."""
    own = rows.object.name
    asked = [test for test in (*rule.keep, *rule.drop) if rows.has(test.column)]
    if not asked and rule.name != DELETED:
        theirs = dict.fromkeys(
            rows.object.columns[test.column][0] for test in (*rule.keep, *rule.drop)
        )
        findings.add(
            "C05", "note", (own, ""),
            f"has no column that rule {rule.name} asks for ({', '.join(theirs)}): "
            "the rule takes no row.", "Export it too.", count=len(rows),
        )  # fmt: skip
    taken = passing(rows, rule.drop)
    keep = [test for test in rule.keep if rows.has(test.column)]
    if keep:
        taken |= ~passing(rows, keep)
    return set_aside(rows, taken, rule.name, rule.what, findings)


def set_aside(
    rows: Rows, taken: Bools, rule: str, what: str, findings: Findings
) -> Rows:
    """Return the rows that are not ``taken``; those are told under the rule's name."""
    findings.add(
        rule, "set aside", (rows.object.name, ""), f"{what} (rule {rule}).",
        rows=rows.position[taken],
    )  # fmt: skip
    return rows.without(taken, rule)

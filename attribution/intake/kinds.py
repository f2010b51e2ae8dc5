"""Options whose value differs by team or channel, and rows named to be left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attribution.arrays import clock
from attribution.errors import InputError, Issue, issue, nearest
from attribution.journeys.words import MILESTONES

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.arrays.ragged import Array, Bools, Ints
    from attribution.intake.checks.findings import Findings
    from attribution.intake.touches import Touches

OTHERS: Final = "*"
"""The key that stands for every team and channel without a key of its own."""

NO_VALUE: Final = -1
"""The value of a kind that has none, whatever others have."""

LABELS: Final = ("channel", "team", "campaign")
"""The columns by whose labels ``exclude=`` leaves rows out."""


def read_kinds(
    given: Any, name: str, read: Callable[[Any, str], int], faults: list[Issue]
) -> dict[str, int]:
    """Return an option's value by team or channel, read by ``read``; {} for None.

    A single value stands under ``"*"``; -1 is a kind without one. What is wrong is
    added to ``faults``.
    """
    values = given if isinstance(given, Mapping) else {OTHERS: given}
    found: dict[str, int] = {}
    for kind, value in values.items():
        if not isinstance(kind, str):
            what = f"{name}= has the key {kind!r}, which is no team or channel."
            remedy = "Write its name as text."
            faults.append(issue("P04", "error", (name, ""), what, remedy=remedy))
            continue
        try:
            place = name if kind == OTHERS else f"{name}[{kind!r}]"
            found[kind] = NO_VALUE if value is None else read(value, place)
        except InputError as error:
            faults.extend(error.issues)
    return {} if set(found.values()) <= {NO_VALUE} else found


def milestone(value: Any, name: str) -> int:
    """Return the place of a milestone in their order.

    Raises:
        InputError: P04: it is none of them.

    Example:
        >>> milestone("mql", "after")
        1
    """
    if isinstance(value, str) and value in MILESTONES:
        return MILESTONES.index(value)
    what = f"{name}={value!r} is none of {', '.join(MILESTONES)}."
    remedy = nearest(str(value), MILESTONES)
    raise InputError([issue("P04", "error", (name, ""), what, remedy=remedy)])


def read_excluded(given: Any, faults: list[Issue]) -> dict[str, frozenset[str]]:
    """Return the labels to leave out by column; a plain list names channels."""
    if given is None:
        return {}
    named = given if isinstance(given, Mapping) else {"channel": given}
    found: dict[str, frozenset[str]] = {}
    for column, labels in named.items():
        several = {labels} if isinstance(labels, str) else labels
        if column not in LABELS:
            what = f"exclude= names the column {column!r}, none of {', '.join(LABELS)}."
            remedy = nearest(str(column), LABELS)
            faults.append(issue("P04", "error", ("exclude", ""), what, remedy=remedy))
        elif not isinstance(several, Collection) or not all(
            isinstance(one, str) for one in several
        ):
            what = f"exclude={labels!r} is no list of labels."
            faults.append(issue("P04", "error", ("exclude", ""), what))
        elif several:
            fold = str.casefold if column == "team" else str
            found[column] = frozenset(map(fold, several))
    return found


def _told(kinds: Mapping[str, int], text: Callable[[int], str]) -> Any:
    """Return an option as a JSON value: None, one text, or texts by kind."""
    texts = {
        kind: None if value == NO_VALUE else text(value)
        for kind, value in sorted(kinds.items())
    }
    return texts.get(OTHERS) if set(texts) <= {OTHERS} else texts


def told_durations(kinds: Mapping[str, int]) -> Any:
    """Return lengths of time by kind as a JSON value.

    Example:
        >>> told_durations({"*": clock.DAY}), told_durations({"call": clock.DAY})
        ('1d', {'call': '1d'})
    """
    return _told(kinds, clock.duration_text)


def told_milestones(kinds: Mapping[str, int]) -> Any:
    """Return milestones by kind as a JSON value.

    Example:
        >>> told_milestones({"sales": 4})
        {'sales': 'opportunity'}
    """
    return _told(kinds, lambda at: str(MILESTONES[at]))


def values_of(kinds: Mapping[str, int], touches: Touches, rows: Ints) -> Ints:
    """Return each row's value, int64 (rows,), -1 where none.

    A channel beats its team; teams compare without case.
    """
    team, channel = touches.columns["team"], touches.columns["channel"]
    named = set(channel.labels.tolist()) - set(team.labels.tolist())
    folded = {kind.casefold(): kinds[kind] for kind in kinds if kind not in named}
    rest = kinds.get(OTHERS, NO_VALUE)
    by_team = np.array([folded.get(one, rest) for one in team.labels], np.int64)
    unset = NO_VALUE - 1
    by_channel = np.array([kinds.get(one, unset) for one in channel.labels], np.int64)
    own = by_channel[channel.codes[rows]]
    return np.where(own == unset, by_team[team.codes[rows]], own)


def excluded(named: Mapping[str, frozenset[str]], touches: Touches) -> Bools:
    """Return the rows, (touches,), that bear a label to leave out."""
    found = np.zeros(len(touches), np.bool_)
    for name, labels in named.items():
        column = touches.columns[name]
        bears: Array = np.array([one in labels for one in column.labels], np.bool_)
        found |= bears[column.codes]
    return found


def check_names(
    option: str, names: Collection[str], columns: Collection[str],
    touches: Touches, findings: Findings,
) -> None:  # fmt: skip
    """Add P11: names in an option that no touch bears in these columns."""
    known = [one for name in columns for one in touches.columns[name].labels.tolist()]
    teams = set(known) if "team" in columns else set()
    for name in sorted(set(names) - {*known, OTHERS}):
        if name.casefold() in teams:
            continue
        findings.add(
            "P11", "warning", ("touches", " or ".join(columns)),
            f"{option}= names {name!r}, which no touch has.",
            nearest(name, known), count=1,
        )  # fmt: skip

"""Ids of Salesforce in their one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.arrays.codes import texts

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array

SHORT: Final = 15
LONG: Final = 18
GROUP: Final = 5
CHECKS: Final = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", np.uint8)
ALPHANUMERIC: Final = np.array([bytes([one]).isalnum() for one in range(256)])
"""Which bytes are ASCII letters and digits."""


def has_short(labels: Array) -> bool:
    """Return whether one of the labels has the length of a short id.

    Example:
        >>> has_short(np.array(["003Ec00000Cz310"], object))
        True
    """
    if labels.dtype.kind == "S":
        return len(labels) > 0 and labels.itemsize == SHORT
    return SHORT in set(map(len, labels))


def salesforce_ids(labels: Array) -> Array:
    """Return ids in their form of 18 characters; what is no such id stays as it is.

    The first 15 characters are the id, case and all; the last three say which of them
    are capitals, so that both forms of an id become one.

    Example:
        >>> salesforce_ids(np.array(["003Ec00000Cz310"], object)).tolist()
        ['003Ec00000Cz310IAB']
    """
    try:
        wide = labels if labels.dtype.kind == "S" else labels.astype("S")
    except UnicodeEncodeError:
        wide = np.array([one if one.isascii() else "" for one in labels]).astype("S")
    lengths = np.strings.str_len(wide)
    fit = np.flatnonzero((lengths == SHORT) | (lengths == LONG))
    if not len(fit):
        return labels
    chosen = wide if len(fit) == len(labels) else wide[fit]
    chars = chosen.astype(f"S{LONG}").view(np.uint8).reshape(-1, LONG)
    suffix = _suffix(chars)
    changed = _alphanumeric(chars[:, :SHORT])
    changed &= np.any(suffix != chars[:, SHORT:], axis=1)
    if not changed.any():
        return labels
    whole = np.concatenate([chars[changed, :SHORT], suffix[changed]], axis=1)
    found = texts(labels).copy()
    proper = np.ascontiguousarray(whole).view(f"S{LONG}").reshape(-1)
    found[fit[changed]] = texts(proper)
    return found


def _alphanumeric(chars: Array) -> Array:
    found: Array = np.all(ALPHANUMERIC[chars], axis=1)
    return found


def _suffix(chars: Array) -> Array:
    """Return the three check characters: a bit for each capital of five."""
    upper = (chars >= ord("A")) & (chars <= ord("Z"))
    suffix = np.empty((len(chars), LONG - SHORT), np.uint8)
    for at in range(LONG - SHORT):
        bits = np.zeros(len(chars), np.uint8)
        for place in range(GROUP):
            bits |= upper[:, at * GROUP + place].view(np.uint8) << place
        suffix[:, at] = CHECKS[bits]
    return suffix

"""Ids of Salesforce in their one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from attribution.arrays.ragged import Array

SHORT: Final = 15
LONG: Final = 18
GROUP: Final = 5
CHECKS: Final = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", np.uint8)


def salesforce_ids(labels: Array) -> Array:
    """Return ids in their form of 18 characters; what is no such id stays as it is.

    The first 15 characters are the id, case and all; the last three say which of them
    are capitals, so that both forms of an id become one.

    Example:
        >>> salesforce_ids(np.array(["003Ec00000Cz310"], object)).tolist()
        ['003Ec00000Cz310IAB']
    """
    lengths = np.fromiter(map(len, labels), np.int64, len(labels))
    ascii_only = np.fromiter(map(str.isascii, labels), np.bool_, len(labels))
    fit = np.flatnonzero(((lengths == SHORT) | (lengths == LONG)) & ascii_only)
    if not len(fit):
        return labels
    chars = labels[fit].astype(f"S{LONG}").view(np.uint8).reshape(-1, LONG)
    suffix = _suffix(chars)
    changed = _alphanumeric(chars[:, :SHORT])
    changed &= np.any(suffix != chars[:, SHORT:], axis=1)
    if not changed.any():
        return labels
    whole = np.concatenate([chars[changed, :SHORT], suffix[changed]], axis=1)
    found = labels.copy()
    texts = np.ascontiguousarray(whole).view(f"S{LONG}").reshape(-1)
    found[fit[changed]] = texts.astype(str).astype(object)
    return found


def _alphanumeric(chars: Array) -> Array:
    digit = (chars >= ord("0")) & (chars <= ord("9"))
    upper = (chars >= ord("A")) & (chars <= ord("Z"))
    lower = (chars >= ord("a")) & (chars <= ord("z"))
    found: Array = (digit | upper | lower).all(1)
    return found


def _suffix(chars: Array) -> Array:
    """Return the three check characters: a bit for each capital of five."""
    upper = (chars[:, :SHORT] >= ord("A")) & (chars[:, :SHORT] <= ord("Z"))
    bits = upper.reshape(len(chars), -1, GROUP) @ (1 << np.arange(GROUP))
    return CHECKS[bits]

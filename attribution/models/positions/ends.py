"""Shares of the first touch, the last, and those between."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from attribution.models.positions import shares
from attribution.models.positions.staged import Rule, Staged

Convention = Literal["adobe", "hubspot", "marketo", "dp6", "posthog"]


class Position(Staged):
    """The first touch, the last, and the touches between take fixed shares.

    One touch takes all. Two touches leave the middle empty: its share goes to first and
    last in proportion (``adobe``, ``hubspot``), a half to each (``marketo``, ``dp6``),
    or both take a half (``posthog``, which also gives every touch at the first or last
    instant that share). Shares are decimals or percentages.

    Example:
        >>> Position(first=0.4, middle=0.2, last=0.4).label
        'position:first=0.4,middle=0.2,last=0.4'
    """

    first: shares.Share
    middle: shares.Share
    last: shares.Share
    convention: Convention = "adobe"

    @model_validator(mode="after")
    def _whole(self) -> Position:
        given = [self.first, self.middle, self.last]
        shares.check_whole(self.model_name(), given)
        return self

    def rule(self) -> Rule:
        """Return the rule of these shares."""
        ends = {"first": self.first, "last": self.last}
        return Rule(ends, self.middle, self.convention)


class JShaped(Staged):
    """The first touch takes 20 %, the last 60 %, the touches between 20 %.

    Two touches: 25 % and 75 %, unless the ``convention`` is another; see
    :class:`Position`. As in Adobe Analytics and HubSpot.

    Example:
        >>> JShaped().label
        'j_shaped'
    """

    convention: Convention = "adobe"

    def rule(self) -> Rule:
        """Return the rule: 20, 20, 60."""
        return Rule({"first": 0.2, "last": 0.6}, 0.2, self.convention)


class InverseJ(Staged):
    """The first touch takes 60 %, the last 20 %, the touches between 20 %.

    Two touches: 75 % and 25 %, unless the ``convention`` is another; see
    :class:`Position`. As in Adobe Analytics.

    Example:
        >>> InverseJ().label
        'inverse_j'
    """

    convention: Convention = "adobe"

    def rule(self) -> Rule:
        """Return the rule: 60, 20, 20."""
        return Rule({"first": 0.6, "last": 0.2}, 0.2, self.convention)

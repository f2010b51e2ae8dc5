"""Salesforce ids of touches that are read in batches, each in one spelling."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attribution.doors.frames.columns import Column
from attribution.doors.frames.native import Table, read_table
from attribution.intake.checks.columns import LINKS, Source
from attribution.intake.spelling import respelled, shortened, spelled_once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from attribution.errors import Issue
    from attribution.intake.checks.findings import Findings


IDS: Final = ("I08", "touch_id")


class Spelling:
    """The ids by which touches link, met in a first pass, and how each is spelled.

    Every distinct id is held. Touch ids are not: those of one id lie in one block.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        """Begin with none; ``names``: our names of the touches' columns → theirs."""
        self.names = {name: names[name] for name in LINKS if name in names}
        self._met: dict[str, set[str]] = {name: set() for name in self.names}
        self._changed: dict[str, dict[str, str]] = {}
        self._place = 0

    def take(self, frame: Any) -> None:
        """Add the ids of a batch."""
        table = read_table(frame, "touches")
        for name, met in self._met.items():
            column = table.column(self.names[name])
            if column.kind == "text":
                met.update(column.text_labels().tolist())

    def sources(
        self, sources: Mapping[str, Source], findings: Findings
    ) -> dict[str, Source]:
        """Return the other tables in that spelling, which is settled here."""
        met = {n: np.array(sorted(own), object) for n, own in self._met.items() if own}
        columns = {
            name: Column("text", np.arange(len(own)), np.zeros(len(own), bool), own)
            for name, own in met.items()
        }
        names = {name: self.names[name] for name in met}
        ours = Source(Table("touches", (), 0, None), names, columns)
        found = spelled_once({**sources, "touches": ours}, findings)
        self._place = len(findings.issues)
        for name, labels in met.items():
            column = found["touches"].column(name)
            spelled = column.text_labels()[column.values].tolist()
            pairs = zip(labels.tolist(), spelled, strict=True)
            self._changed[name] = {own: one for own, one in pairs if own != one}
        return {**found, "touches": sources["touches"]}

    def tell(self, gathered: Sequence[Issue], findings: Findings) -> None:
        """Add what was found in the blocks; of touch ids I08 stands with the others."""
        own = [one for one in gathered if (one.code, one.column) == IDS]
        findings.issues[self._place : self._place] = own
        findings.issues += [one for one in gathered if one not in own]

    def of(self, name: str, column: Column) -> Column:
        """Return a batch's column of touches in that spelling."""
        changed = self._changed.get(name)
        if not changed or column.kind != "text":
            return column
        labels = column.text_labels().tolist()
        return respelled(
            column, np.array([changed.get(one, one) for one in labels], object)
        )


def as_one(touch_id: Column) -> Column:
    """Return touch ids of which the two forms of an id are equal.

    Example:
        >>> ids = np.array(["00T1t00000ABCDEEA4", "00T1t00000ABCDE"], object)
        >>> as_one(Column("text", np.arange(2), np.zeros(2, bool), ids)).values.tolist()
        [0, 0]
    """
    if touch_id.kind != "text":
        return touch_id
    labels = touch_id.text_labels().tolist()
    return respelled(touch_id, np.array([shortened(one) for one in labels], object))


def in_block(touches: Source, findings: Findings) -> Source:
    """Return a block's touches with each touch id in one spelling."""
    if not touches.has("touch_id"):
        return touches
    alone = replace(touches, names={"touch_id": touches.names["touch_id"]})
    column = spelled_once({"touches": alone}, findings)["touches"].column("touch_id")
    return replace(touches, read={**touches.read, "touch_id": column})

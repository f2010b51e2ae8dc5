"""From touches and deals that are read to journeys: link, judge, assemble."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.doors.frames.ids import as_texts
from attribution.intake import assembly, eligibility
from attribution.intake import touches as touch_table
from attribution.intake.links import check_links, link, places
from attribution.intake.repeats import rows_apart
from attribution.intake.rules import check_rules
from attribution.intake.unused import unused_touches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attribution.arrays.ragged import Array, Ints
    from attribution.intake.checks.findings import Findings
    from attribution.intake.deals import Deals
    from attribution.intake.eligibility import Windows
    from attribution.intake.options import Options
    from attribution.intake.touches import Touches
    from attribution.journeys.journeys import Journeys


class Names(NamedTuple):
    """Ids as Python's texts (or integers): label ``c`` is ``texts[place[c]]``.

    They stand in label order, in which journeys take them: one after another, since
    each object that is fetched from anywhere costs a miss of the cache.
    """

    texts: Array
    place: Ints

    @classmethod
    def of(cls, labels: Array, order: Ints, codes: Array) -> Names:
        """Return the labels that some rows have.

        Args:
            labels: The labels, texts packed or not.
            order: Their order.
            codes: The label of each row, or -1.
        """
        there = np.zeros(len(labels) + 1, np.bool_)
        there[codes] = True
        chosen = order[there[order]]
        place = np.full(len(labels), -1)
        place[chosen] = np.arange(len(chosen))
        return cls(as_texts(labels[chosen]), place)


class Seen(NamedTuple):
    """Deals as seen at ``as_of``, in journey order, with what belongs to them.

    ``committee``: the codes of deal and contact of its rows; ``sizes``: int32,
    (deals,), how many people each deal's committee has, None without that table;
    ``names``: the deals' ids, if they were made already.
    """

    deals: Deals
    window: Windows
    committee: tuple[Array, Array]
    sizes: NDArray[np.int32] | None
    as_of: int
    names: Names | None = None


def journeys_of(
    touches: Touches,
    seen: Seen,
    shared: Mapping[str, Array],
    options: Options,
    findings: Findings,
) -> Journeys:
    """Return the journeys of these deals, with the rows of touches set aside.

    Args:
        touches: The touches, as read.
        seen: The deals.
        shared: The labels of the ids of deals, contacts and accounts.
        options: The user's options.
        findings: Where the issues go; errors among them (J06) are not raised here.
    """
    deals, window, committee, sizes, as_of, names = seen
    again = touch_table.repeats(touches, findings)
    usable = ~(touches.lost | again)
    counts = {name: len(labels) for name, labels in shared.items()}
    pairs = link(touches, deals, committee, usable, counts, options.links)
    check_links(pairs, findings)
    apart = rows_apart(touches, pairs, deals, options, findings)
    time = eligibility.touch_times(pairs, touches.time, touches.day, deals, options.tz)
    rule = eligibility.rules_of(
        pairs, time, window, touches, deals, options, as_of, apart
    )
    barred, first = assembly.barred_rows(pairs, time, rule, touches)
    check_rules(touches, pairs, deals, first, findings)
    if names is None:
        deal_ids = as_texts(shared["deal_id"][deals.id])
    else:
        deal_ids = names.texts[names.place[deals.id]]
    labels = (deal_ids, shared["account_id"])
    journeys = assembly.assemble(
        touches, deals, pairs, time, rule, window, labels, sizes, options.record(as_of)
    )
    assembly.check_journeys(journeys, deals.row, findings)
    ends = assembly.day_anchors(deals, options.anchor)
    assembly.check_days(journeys, touches.day, ends, deals.row, findings)
    place = places(deals, counts["deal_id"])
    unused = unused_touches(touches, place, again, pairs, findings)
    aside = tuple(part for part in (unused, barred) if len(part.rows))
    return replace(journeys, aside=aside)

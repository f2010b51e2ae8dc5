"""Draw the pictures of the notebook as SVG, into ``build/pictures`` unless told.

Run it with ``.venv/bin/python docs/examples/make_pictures.py [FOLDER]``.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attribution as at
from attribution.doors.files import write_text
from attribution.show.plots.drawing import svg_of

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = (6.4, 4.0)


def pictures() -> dict[str, Callable[..., Any]]:
    """Return what draws each picture, by name."""
    touches, deals, contacts = at.sample()
    journeys = at.build_journeys(touches, deals, contacts=contacts, lookback="365d")
    credits = at.attribute(journeys, ["linear", "w_shaped", "last_touch"])
    agreement = at.agreement(credits, by=("team", "channel"))
    drawn = at.bootstrap(journeys, "linear", draws=50)
    fitted = at.fit(journeys, "shapley:worth=win_rate")
    plots, euro = at.plots, {"currency": "EUR"}
    apart = agreement.deals(1)["deal_id"][0]
    return {
        "ribbons": partial(plots.ribbons, journeys, **euro),
        "team_split": partial(plots.team_split, credits, **euro),
        "credit_bars": partial(plots.credit_bars, credits, "channel", top=8, **euro),
        "agreement": partial(plots.agreement, agreement, **euro),
        "timeline": partial(plots.timeline, credits, apart),
        "intervals": partial(plots.intervals, drawn, **euro),
        "joint_credit": partial(plots.joint_credit, fitted, top=6, **euro),
    }


def _whole(svg: str) -> str:
    """Return the element as a file of its own."""
    own = 'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif"'
    return svg.replace("<svg ", f"<svg {own} ", 1)


def draw(folder: Path) -> list[Path]:
    """Write every picture to ``folder``; return the files."""
    return [
        write_text(
            folder / f"{name}.svg",
            _whole(svg_of(lambda ax, one=one: one(ax=ax), name=name, size=SIZE)),
            parents=True,
        )
        for name, one in pictures().items()
    ]


if __name__ == "__main__":
    draw(Path(*sys.argv[1:2] or ["build/pictures"]))

"""The report as a file: sections in order, one template, written whole."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from attribution.credit.results import Credits
from attribution.doors.atomic import target_of
from attribution.doors.files import write_text
from attribution.doors.markup import escape_text
from attribution.errors import refuse
from attribution.show.pages.kinds import kinds
from attribution.show.pages.making import making
from attribution.show.pages.origins import origins
from attribution.show.pages.parts import Study
from attribution.show.pages.people import reps as people
from attribution.show.pages.spending import spending
from attribution.show.pages.splits import disagreement, teams
from attribution.show.pages.won import covered, won

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from attribution.analysis.outlays import Number
    from attribution.show.pages.parts import Section

TITLE: Final = "Revenue attribution"
DRAWS: Final = 50
POLICY: Final = (
    "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"
)


def report(
    credits: Credits,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    costs: object = None,
    margin: float = 1.0,
    rates: Mapping[str, Number] | None = None,
    reps: bool = False,
    personal: bool = False,
    draws: int = DRAWS,
    progress: bool | Callable[[int, int], None] | None = None,
) -> Path:
    """Write the one-page report of these credits as HTML; return the path.

    In order: what was won, how much of it has touches and why not the rest; the split
    between the teams under each model; where models disagree; sourced and influenced;
    channels and campaigns with ranges; credit beside costs; reps where asked for;
    coverage; how it was made. One file, with no script and nothing from outside. The
    same credits give the same bytes.

    Args:
        credits: From :func:`attribution.attribute`, best under several models.
        path: The file; it is written whole or not at all.
        title: The title.
        costs: As in :func:`attribution.returns`; left out unless given.
        margin: As in :func:`attribution.returns`.
        rates: As in :func:`attribution.returns`.
        reps: Whether to show reps: by name, never ranked, cells of fewer than ten deals
            merged.
        personal: Whether to show contact ids and mail addresses.
        draws: Draws of the ranges, 1 to 100,000.
        progress: True for a progress bar on long work, or a callable (done, total).

    Raises:
        InputError: F07 no such folder, P04 a choice that is none, S05 no credits, and
            what ``returns`` and ``bootstrap`` raise.

    Example:
        >>> import tempfile, attribution as at
        >>> journeys = at.journeys_from_paths(["ad > call"], wins=[9], revenue=[90])
        >>> credits = at.attribute(journeys, ["linear", "last_touch"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     at.report(credits, f"{folder}/report.html").name
        'report.html'
    """
    if not isinstance(credits, Credits):
        what = f"was given a {type(credits).__name__}, not credits."
        raise refuse("S05", what, "Make them: at.attribute(journeys, [...]).")
    if not isinstance(title, str | None):
        raise refuse("P04", f"title={title!r} is no text.", "Give a text.")
    target_of(path)
    study = Study(credits.whole(), personal)
    sections = [
        won(study),
        teams(study),
        disagreement(study),
        origins(study),
        kinds(study, draws, progress),
    ]
    if costs is not None:
        sections.append(spending(study, costs, margin, rates))
    if reps:
        sections.append(people(study))
    asked = {"draws": draws, "margin": margin, "reps": reps, "personal": personal}
    sections += [covered(study), making(study, asked)]
    return write_text(path, _page(study, title or TITLE, sections))


def _page(study: Study, title: str, sections: Sequence[Section]) -> str:
    """Return the page; every text in it is escaped, its control characters visible."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    def inert(value: Any) -> Any:
        if isinstance(value, Markup):
            return value
        return escape_text(study.shown(value))

    room = files("attribution.show.pages")
    style = Markup(room.joinpath("style.css").read_text("utf-8"))  # noqa: S704
    digest = hashlib.sha256(style.encode()).digest()
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=inert,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    template = environment.from_string(
        room.joinpath("template.html").read_text("utf-8")
    )
    return template.render(
        title=title,
        subtitle=study.journeys.coverage_line(),
        style=style,
        policy=Markup(POLICY.format(base64.b64encode(digest).decode())),  # noqa: S704
        sections=sections,
        closing=study.journeys.coverage_line(),
    )

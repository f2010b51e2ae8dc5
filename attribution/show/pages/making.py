"""How a report was made: options, models, the instant of the data, the version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attribution import __version__
from attribution.arrays import clock
from attribution.journeys.tables import option_text
from attribution.show.pages.parts import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.show.pages.parts import Study


def making(study: Study, asked: Mapping[str, Any]) -> Section:
    """Return the models, the options of journeys and what the report was asked for."""
    models = {
        "model": [one.title for one in study.credits.models.values()],
        "fingerprint": [one.fingerprint[:16] for one in study.credits.models.values()],
    }
    options = dict(study.journeys.options)
    if isinstance(options.get("as_of"), int):
        options["as_of"] = clock.iso(options["as_of"])
    shown = {
        "option": [*options, *asked],
        "value": [option_text(one) for one in (*options.values(), *asked.values())],
    }
    tables = [
        study.table(models, "Models, with a hash of what decides a split", words=2),
        study.table(shown, "Options", words=2),
    ]
    lines = [f"attribution {__version__}.", *_seen(study)]
    return Section("made", "How this report was made", lines, tables)


def _seen(study: Study) -> list[str]:
    """Return when the data is seen, where touches have times."""
    as_of = study.journeys.options.get("as_of")
    if study.journeys.time is None or not isinstance(as_of, int):
        return []
    seen = clock.local_text(as_of, study.journeys.tz)
    return [f"The data is seen as of {seen} ({study.journeys.tz})."]

"""The files that the library writes of its sample, byte for byte.

``python tests/golden/files_of_the_sample.py`` writes their hashes anew, for a change
that is meant to change them.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from importlib.metadata import version
from pathlib import Path

import attribution as at
from attribution.cli import main
from attribution.doors.files import write_json, write_table

HASHES = Path(__file__).parent / "hashes.json"

CHART = re.compile(r"<svg .*?</svg>", re.DOTALL)
CHARTS = "charts.svg"

MODELS = ["linear", "time_decay"]

Files = dict[str, bytes]


def of_results(folder: Path) -> Files:
    """Return tables, a model, a response and a report; its charts apart from it."""
    touches, deals, contacts = at.sample()
    journeys = at.build_journeys(touches, deals, contacts=contacts, lookback="180d")
    credits = at.attribute(journeys, MODELS)
    write_table(credits.by("team", "channel"), folder / "credits.csv")
    write_table(credits.lines(), folder / "lines.csv")
    at.fit(journeys, "markov").save(folder / "markov.json")
    write_json(folder / "response.json", at.split_deals(REQUEST).model_dump())
    page = at.report(credits, folder / "report.html", draws=5).read_text("utf-8")
    names = ("credits.csv", "lines.csv", "markov.json", "response.json")
    return {
        **{name: (folder / name).read_bytes() for name in names},
        "report.html": CHART.sub("", page).encode(),
        CHARTS: "\n".join(CHART.findall(page)).encode(),
    }


def of_the_demo(folder: Path) -> Files:
    """Return what ``attribution demo`` writes, but for the versions of packages."""
    main(["demo", "--out", str(folder)])
    record = json.loads((folder / "run.json").read_text("utf-8"))
    del record["versions"]
    found = {
        name: (folder / name).read_bytes() for name in ("credits.csv", "lines.csv")
    }
    found["run.json"] = json.dumps(record, indent=1).encode()
    return {f"demo/{name}": one for name, one in found.items()}


REQUEST = {
    "model": "time_decay",
    "explain": True,
    "deals": [
        {
            "deal_id": "D1",
            "amount_minor": 100_001,
            "currency": "EUR",
            "outcome": "won",
            "closed_at": "2026-03-31T12:00:00Z",
            "touches": [
                {"time": f"2026-0{month}-10T09:00:00Z", "team": team, "channel": name}
                for month, team, name in (
                    (1, "marketing", "ad"), (2, "sales", "call"), (4, "sales", "late"),
                    (3, "sales", "demo"),
                )
            ],
        }
    ],
}  # fmt: skip


def hashes(files: Files) -> dict[str, str]:
    """Return the SHA-256 of each file."""
    return {name: hashlib.sha256(one).hexdigest() for name, one in files.items()}


def write() -> None:
    """Write the hashes of this machine, and the matplotlib that drew the charts."""
    with tempfile.TemporaryDirectory() as folder:
        files = {**of_results(Path(folder)), **of_the_demo(Path(folder))}
    found = {"files": hashes(files), "matplotlib": version("matplotlib")}
    HASHES.write_text(f"{json.dumps(found, indent=1)}\n", encoding="utf-8")


if __name__ == "__main__":
    write()

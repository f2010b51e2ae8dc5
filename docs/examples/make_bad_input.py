"""Write docs/reference/bad-input.md from the catalogue that the tests hold.

Run it with ``.venv/bin/python docs/examples/make_bad_input.py``; ``tests/test_docs.py``
fails when the page is not what this script writes.
"""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "tests" / "bad_input" / "catalogue.py"
PAGE = ROOT / "docs" / "reference" / "bad-input.md"

HEAD = """\
# Bad input

All faults of a call are collected and raised at once, before any credit is computed,
as one `attribution.InputError`. It is a `ValueError`; its `issues` hold for each fault
the code, the table, the column, the rows, what is wrong and what to do. Rows that are
set aside, warnings and notes stand in `journeys.issues` after the call; no Python
warning is raised.

| result | meaning |
|---|---|
| error | the call raises |
| set aside | the row is left out and counted |
| warning, note | it is kept, and said |
| ok | it is accepted without a word |

This page is written by `docs/examples/make_bad_input.py` from
`tests/bad_input/catalogue.py`. Every row has at least one test that names its code.

"""

PARTS = {
    "S": "Tables and their columns",
    "I": "Ids",
    "T": "Times",
    "M": "Money",
    "L": "Labels",
    "J": "Journeys",
    "K": "Links",
    "C": "Exports of a CRM",
    "E": "Windows",
    "A": "Analyses",
    "X": "Path transforms",
    "H": "Leads and the funnel",
    "P": "Parameters",
    "G": "Coalition games",
    "W": "JSON",
    "F": "Files and labels in files",
}


def page() -> str:
    """Return the page as Markdown: a table for each first letter of the codes."""
    rows = runpy.run_path(str(CATALOGUE), run_name="catalogue")["CATALOGUE"]
    letters = dict.fromkeys(row.code[0] for row in rows)
    parts = []
    for letter in letters:
        own = [row for row in rows if row.code[0] == letter]
        lines = [_line(row.code, row.given, row.result, row.sentence) for row in own]
        head = "| code | given | result | what is said or done |\n|---|---|---|---|\n"
        parts.append(f"## {PARTS[letter]}\n\n{head}" + "\n".join(lines) + "\n")
    return HEAD + "\n".join(parts)


def _line(code: str, given: str, result: str, sentence: str) -> str:
    return f"| `{code}` | {_cell(given)} | {result} | {_cell(sentence)} |"


def _cell(text: str) -> str:
    """Return a sentence with what Markdown would read as markup escaped."""
    for mark in ("\\", "|", "<", "*", "_", "`", "[", "$"):
        text = text.replace(mark, f"\\{mark}")
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""A report in a real browser: nothing overflows, nothing is complained about."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

import attribution as at

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    "",
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--allow-file-access-from-files",
    "--enable-logging=stderr", "--window-size=1600,1200", "--virtual-time-budget=4000",
)  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="no chromium is installed"),
]

FRAME = """\
<!doctype html><meta charset="utf-8">
<iframe src="report.html" style="width: {width}px; height: 900px; border: 0"></iframe>
<pre id="found">nothing</pre>
<script>
document.querySelector("iframe").onload = (event) => {{
  const page = event.target.contentDocument;
  const root = page.documentElement;
  const wide = [...page.querySelectorAll("svg, h1, h2, h3, p, figure, .table")]
    .filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1);
  const charts = [...page.querySelectorAll("svg")].map((one) => {{
    const box = one.getBoundingClientRect();
    return [...one.querySelectorAll("text")].filter((text) => {{
      const own = text.getBoundingClientRect();
      return own.left < box.left - 1 || own.right > box.right + 1;
    }}).length;
  }});
  document.getElementById("found").textContent = JSON.stringify({{
    room: root.clientWidth, width: root.scrollWidth, wide: wide.length, charts,
    scrolled: [...page.querySelectorAll(".table")]
      .filter((one) => one.scrollWidth > one.clientWidth).length,
  }});
}};
</script>
"""


def seen(folder: Path, width: int) -> tuple[dict[str, object], list[str]]:
    """Return what a frame of ``width`` measures of report.html, and the console."""
    frame = folder / "frame.html"
    frame.write_text(FRAME.format(width=width), "utf-8")
    words = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    ended = subprocess.run(
        [*words, frame.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
        env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    found = re.search(r'<pre id="found">(.*?)</pre>', ended.stdout)
    assert found is not None
    told = [one for one in ended.stderr.splitlines() if "CONSOLE" in one]
    return json.loads(found[1]), told


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_overflows_and_the_console_is_silent(
    width: int, tmp_path: Path
) -> None:
    touches, deals, contacts = at.sample()
    journeys = at.build_journeys(touches, deals, contacts=contacts)
    credits = at.attribute(journeys, ["linear", "w_shaped", "shapley:worth=win_rate"])
    at.report(credits, tmp_path / "report.html", draws=10, reps=True, title="W" * 60)
    found, console = seen(tmp_path, width)
    assert console == []
    assert found["room"] == width or width - 20 <= int(str(found["room"])) < width
    assert found["width"] == found["room"]
    assert found["wide"] == 0
    assert found["charts"]
    assert not any(found["charts"])  # type: ignore[arg-type]
    assert width < 1280 or found["scrolled"] == 0


def test_an_overflow_or_a_refused_script_would_be_seen(tmp_path: Path) -> None:
    page = (
        "<!doctype html><meta http-equiv='Content-Security-Policy' "
        "content=\"default-src 'none'\"><p><svg width='2000'></svg></p>"
        "<script>1</script>"
    )
    (tmp_path / "report.html").write_text(page, "utf-8")
    found, console = seen(tmp_path, 390)
    assert int(str(found["width"])) > int(str(found["room"]))
    assert console

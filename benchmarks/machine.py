"""What a result was measured on: versions and the kind of machine, no names."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.measuring import processors

PACKAGES = (
    "revenue-attribution", "numpy", "pandas", "scipy", "pyarrow", "polars", "duckdb",
    "numba", "shapiq", "ChannelAttribution", "marketing-attribution-models", "mta",
    "do-attribution", "shapley-attribution",
)  # fmt: skip
"""The packages whose versions a result names."""

PROCESSOR = Path("/proc/cpuinfo")
MEMORY = Path("/proc/meminfo")


def machine() -> dict[str, Any]:
    """Return the versions and the kind of machine that results are measured on."""
    return {
        "versions": {"python": platform.python_version(), **_versions()},
        "processor": _field(PROCESSOR, "model name") or platform.machine(),
        "cores": processors(),
        "memory_gib": _gibibytes(),
        "system": platform.system(),
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _field(path: Path, name: str) -> str:
    if not path.exists():
        return ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return ""


def _gibibytes() -> int:
    words = _field(MEMORY, "MemTotal").split()
    return round(int(words[0]) / 2**20) if words else 0

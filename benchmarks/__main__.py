"""Runs the benchmarks, prints their figures and writes them to ``results``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import attribution as at
from attribution.doors.files import write_json
from benchmarks import blocks, games, generators, main_job, markov, shapley

RESULTS = Path(__file__).parent / "results"
JOBS = {
    "main_job": main_job.run,
    "games": games.run,
    "shapley": shapley.run,
    "markov": markov.run,
    "generators": generators.run,
    "blocks": blocks.run,
}


def main() -> None:
    """Run every benchmark, or those named, quick or full."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "names", nargs="*", choices=[*JOBS, []], help="all unless given"
    )
    parser.add_argument("--full", action="store_true", help="the large sizes")
    asked = parser.parse_args()
    for name in asked.names or JOBS:
        record: dict[str, Any] = {**machine(), "result": JOBS[name](full=asked.full)}
        size = "full" if asked.full else "quick"
        write_json(RESULTS / f"{name}_{size}.json", record, parents=True)
        sys.stdout.write(f"{name} ({size})\n{json.dumps(record['result'], indent=2)}\n")


def machine() -> dict[str, Any]:
    """Return the versions and the kind of machine that a result was measured on."""
    return {
        "versions": {
            "attribution": at.__version__,
            "numpy": np.__version__,
            "pandas": pd.__version__,
            "python": platform.python_version(),
        },
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
    }


if __name__ == "__main__":
    main()

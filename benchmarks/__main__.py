"""Runs the benchmarks, prints their figures and writes them to ``results``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import attribution as at
from attribution.doors.files import write_json
from benchmarks import main_job

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run every benchmark, quick or full."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--full", action="store_true", help="the large sizes")
    full = parser.parse_args().full
    record = {
        "versions": {
            "attribution": at.__version__,
            "numpy": np.__version__,
            "pandas": pd.__version__,
            "python": platform.python_version(),
        },
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
        "main_job": main_job.run(full=full),
    }
    name = "main_job_full.json" if full else "main_job.json"
    write_json(RESULTS / name, record, parents=True)
    for key, value in record["main_job"].items():
        sys.stdout.write(f"{key:22} {value}\n")
    sys.stdout.write(
        f"peak memory {record['main_job']['peak_over_input']} x the input\n"
    )


if __name__ == "__main__":
    main()

"""``python -m attribution``: the command line."""

from __future__ import annotations

from attribution.cli import main

raise SystemExit(main())

"""The command line: demo, import, validate, run, report, schema.

Results go to ``--out`` or stdout, all else to stderr. Nothing heavy is loaded before
the command line has been read.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from attribution.cli import endings

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

ROOMS = {"import": "crm"}
"""Commands whose room bears another name."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code.

    0 done, 1 the input is at fault, 2 the command line is, 3 the program is, 130
    interrupted (Ctrl-C or SIGTERM; no half-written file is left).

    Args:
        argv: The words after the program's name; those of this process unless given.

    Example:
        >>> main(["--version"])
        attribution 0.1.0
        0
    """
    debug = "--debug" in (sys.argv if argv is None else argv)
    try:
        with endings.stopped_by_signals() as stopped:
            try:
                _run(argv)
            except Exception as error:
                if stopped:
                    raise KeyboardInterrupt from error
                return endings.told(error, debug=debug)
    except KeyboardInterrupt:
        return endings.interrupted()
    except SystemExit as ending:
        return endings.code_of(ending)
    return endings.DONE


def _run(argv: Sequence[str] | None) -> None:
    from attribution.cli.parser import build_parser

    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit:
        sys.stdout.flush()
        raise
    room = ROOMS.get(arguments.command, arguments.command)
    import_module(f"attribution.cli.{room}").command(arguments)
    sys.stdout.flush()

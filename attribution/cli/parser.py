"""The words of the command line."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from attribution import __version__
from attribution.cli import options
from attribution.intake.links import COLUMNS as LINKS
from attribution.intake.options import CHOICES
from attribution.journeys.words import MILESTONES, Of

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMAS = ("models", *options.TABLES, "request", "response")
SYSTEMS = ("salesforce", "hubspot", "generic")
PERIODS = ("month", "quarter")

WHAT = (
    "Divides each deal, to the last cent, between the recorded touches of marketing "
    "and sales."
)
ENDS = """\
Results go to --out or stdout, all else to stderr. Exit codes: 0 done, 1 the input is at
fault, 2 the command line is, 3 the program is, 130 interrupted."""


class Parser(argparse.ArgumentParser):
    """A parser whose help may end with a text that is made when it is asked for."""

    ending: Callable[[], str] | None = None

    def __init__(self, **given: Any) -> None:
        """Take options only in full, and show texts as they are written."""
        form = argparse.RawDescriptionHelpFormatter
        super().__init__(allow_abbrev=False, formatter_class=form, **given)

    def format_help(self) -> str:
        """Return the help."""
        if self.ending is not None:
            self.epilog = self.ending()
        return super().format_help()


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands.

    Example:
        >>> build_parser().parse_args(["demo", "--out", "x"]).command
        'demo'
    """
    parser = Parser(prog="attribution", description=WHAT, epilog=ENDS)
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {__version__}"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, what, fill in (
        ("demo", "the main job on the data shipped in the package", _demo),
        (
            "validate",
            "what is wrong with two tables, and what would be used",
            _validate,
        ),
        ("import", "the export of a CRM as tables that run reads", _import),
        ("run", "the credit of two tables under one model or several", _run),
        ("report", "one page of HTML on the credit of two tables", _report),
        ("schema", "what models, tables and requests hold, as JSON", _schema),
    ):
        command = commands.add_parser(
            name, help=what, description=f"{what[0].upper()}{what[1:]}."
        )
        fill(command)
        command.add_argument(
            "--debug", action="store_true", help="show where the program failed"
        )
    return parser


def _demo(parser: Parser) -> None:
    parser.add_argument(
        "--out", metavar="DIR", type=options.folder_out, default=Path("build/demo"),
        help="where the files go (default: build/demo)",
    )  # fmt: skip


def _import(parser: Parser) -> None:
    add = parser.add_argument
    add("system", choices=SYSTEMS, help="what the export is of")
    add("folder", metavar="FOLDER", help="the folder with a file an object")
    add(
        "--out", metavar="DIR", type=options.folder_out, required=True,
        help="where touches.csv, deals.csv, contacts.csv, leads.csv, issues.csv and "
        "run.json go",
    )  # fmt: skip
    add("--mapping", metavar="FILE", help="the TOML mapping of a generic system")
    add(
        "--rule", metavar="NAME=BOOLEAN", type=options.rule, action=options.Collect,
        help="switch a rule: task.closed=false; repeatable",
    )  # fmt: skip
    add(
        "--raw", action="store_true",
        help="do not put ' before texts that a spreadsheet would run (=, +, -, @)",
    )  # fmt: skip


def _schema(parser: Parser) -> None:
    parser.add_argument("of", choices=SCHEMAS, help="what is to be described")


def _validate(parser: Parser) -> None:
    _tables(parser)
    _building(parser)


def _tables(parser: Parser) -> None:
    parser.usage = "%(prog)s TOUCHES DEALS [options]"
    parser.add_argument(
        "touches", metavar="TOUCHES",
        help="a table (.csv, .csv.gz, .parquet, .json, .jsonl), or -: CSV from stdin",
    )  # fmt: skip
    parser.add_argument("deals", metavar="DEALS", help="the same, one row a deal")
    parser.add_argument(
        "--contacts", metavar="FILE", help="the buying committee: deal_id, contact_id"
    )


def _run(parser: Parser) -> None:
    parser.ending = _models
    _tables(parser)
    group = parser.add_argument_group("credit")
    add = group.add_argument
    _model(add, "linear")
    add(
        "--by", metavar="NAMES", type=options.names, default=["team", "channel"],
        help="columns to sum by (default: team,channel)",
    )  # fmt: skip
    add("--of", choices=get_args(Of), default="won", help="which deals (default: won)")
    add("--period", choices=PERIODS, help="by month or quarter of the close, too")
    add("--minor", action="store_true", help="money in minor units (cents)")
    _threads(add)
    group = parser.add_argument_group("results")
    add = group.add_argument
    add(
        "--out", metavar="FILE", type=options.table_out,
        help="the credit, as .csv, .csv.gz, .parquet, .json or .jsonl (default: CSV on "
        "stdout); run.json beside it says how it was made",
    )  # fmt: skip
    add(
        "--lines", metavar="FILE", type=options.table_out,
        help="one row a model and touch, in the same kinds of file",
    )  # fmt: skip
    add(
        "--deal", metavar="ID", action="append", default=[],
        help="the ledger of one deal: a file beside --out, without --out its text "
        "in place of the table; repeatable",
    )  # fmt: skip
    add(
        "--raw", action="store_true",
        help="do not put ' before texts that a spreadsheet would run (=, +, -, @)",
    )  # fmt: skip
    _building(parser)


def _report(parser: Parser) -> None:
    parser.ending = _models
    _tables(parser)
    group = parser.add_argument_group("report")
    add = group.add_argument
    _model(add, "linear, first_touch and last_touch")
    add(
        "--out", metavar="FILE", type=options.page_out, required=True,
        help="the page, as .html; run.json beside it says how it was made",
    )  # fmt: skip
    add("--title", metavar="TEXT", help="its title")
    add(
        "--costs", metavar="FILE",
        help="a table of costs: cost, and any of currency, team, channel, campaign; or "
        "the word touches: the touches' own cost",
    )  # fmt: skip
    add(
        "--margin", metavar="PART", type=float, default=1.0,
        help="the part of revenue that is earned (default: 1)",
    )  # fmt: skip
    add(
        "--rate", metavar="CODE=RATE", type=options.rate, action=options.Collect,
        help="what one unit of a currency of costs is in that of the deals; repeatable",
    )  # fmt: skip
    add("--draws", metavar="N", type=int, default=50, help="of ranges (default: 50)")
    add("--reps", action="store_true", help="show reps, by name, small cells merged")
    add(
        "--personal", action="store_true", help="show contact ids and mail addresses"
    )  # fmt: skip
    _threads(add)
    _building(parser)


def _model(add: Callable[..., object], default: str) -> None:
    add(
        "--model", metavar="MODEL", action="append",
        help="a model, such as time_decay:half_life=30d; repeatable "
        f"(default: {default})",
    )  # fmt: skip


def _threads(add: Callable[..., object]) -> None:
    add("--threads", metavar="N", type=int, help="threads (default: all cores)")


def _building(parser: Parser) -> None:
    """Add the options of building journeys; those not given keep their defaults."""
    add = parser.add_argument_group("journeys").add_argument
    _by_kind(add, "--lookback", "TIME", "how far before the anchor touches count: 180d")
    add(
        "--anchor", choices=CHOICES["anchor"],
        help="where journeys end (default: closed)",
    )  # fmt: skip
    add(
        "--as-of", metavar="INSTANT",
        help="when the data is seen (default: the latest instant in it)",
    )  # fmt: skip
    add(
        "--tz", metavar="ZONE",
        help="zone of naive times, days and periods (default: UTC)",
    )  # fmt: skip
    _list(add, "--days", "time columns that hold days")
    add(
        "--start", choices=CHOICES["start"],
        help="what ends a journey's past (default: previous_won)",
    )  # fmt: skip
    add(
        "--sharing", choices=CHOICES["sharing"],
        help="which deals a touch counts in (default: each it reaches)",
    )  # fmt: skip
    _list(add, "--process", "channels that are process steps")
    _list(add, "--links", f"links to take, of {', '.join(LINKS)} (default: all)")
    add(
        "--ids", choices=[one for one in CHOICES["ids"] if one],
        help="join Salesforce ids of 15 and 18 characters",
    )  # fmt: skip
    add(
        "--unit", choices=CHOICES["unit"],
        help="what is one touch (default: each row)",
    )  # fmt: skip
    add(
        "--dedupe", metavar="TIME",
        help="set a touch aside this soon after one of its kind and contact: 30min",
    )  # fmt: skip
    stages = ", ".join(MILESTONES)
    _by_kind(add, "--after", "STAGE", f"touches count from it on: {stages}")
    _by_kind(add, "--before", "STAGE", "touches count up to it")
    _list(add, "--exclude", "channels to leave out, or team=NAME, campaign=NAME")
    _money(parser)
    _words(parser)


def _money(parser: Parser) -> None:
    add = parser.add_argument_group("money").add_argument
    add("--currency", metavar="CODE", help="the currency of deals that name none")
    add("--decimals", metavar="N", type=int, help="0 to 9, instead of ISO 4217's")
    add(
        "--rounding", choices=[one for one in CHOICES["rounding"] if one],
        help="for amounts with more decimals (default: an error)",
    )  # fmt: skip
    add(
        "--allow-negative", action="store_true", default=None,
        help="amounts may be negative (refunds)",
    )  # fmt: skip


def _words(parser: Parser) -> None:
    group = parser.add_argument_group("your words for ours")
    for name, kind, metavar, what in (
        ("--column", options.renamed, "OURS=THEIRS", "deals.deal_id=Id, or deal_id=Id"),
        (
            "--outcome",
            options.mapped,
            "THEIRS=OURS",
            "'Closed Won=won'; *=open: others",
        ),
        ("--team", options.team, "CHANNEL=TEAM", "or NAME alone: one more team"),
    ):
        group.add_argument(
            name, metavar=metavar, type=kind, action=options.Collect,
            help=f"{what}; repeatable",
        )  # fmt: skip
    _list(group.add_argument, "--keep", "further columns of touches to carry along")


def _by_kind(add: Callable[..., object], name: str, metavar: str, what: str) -> None:
    add(
        name, metavar=f"[KIND=]{metavar}", type=options.per_kind,
        action=options.Collect,
        help=f"{what}; for one team or channel: KIND={metavar}; repeatable",
    )  # fmt: skip


def _list(add: Callable[..., object], name: str, what: str) -> None:
    add(
        name, metavar="NAMES", type=options.names, action="extend",
        help=f"{what}: a,b",
    )  # fmt: skip


def _models() -> str:
    from attribution.models.registry import list_models

    lines = [
        textwrap.fill(
            str(one).replace("``", ""),
            88,
            initial_indent="  ",
            subsequent_indent="    ",
        )
        for one in list_models().values()
    ]
    return "\n".join(["models:", *lines, "", ENDS])

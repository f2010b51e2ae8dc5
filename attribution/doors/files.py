"""Tables, texts and JSON from files, and to files: whole, or not at all."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from attribution.doors.atomic import atomic
from attribution.doors.guards import CheckedCsv
from attribution.doors.markup import escape_text
from attribution.doors.parquet import read_parquet, write_parquet
from attribution.doors.records import read_records
from attribution.doors.streams import LIMITS, Limits, chunks, fault, opened, utf8

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection, Iterable, Sequence
    from io import BufferedReader

    import pandas as pd

    from attribution.doors.frames.native import Table

__all__ = [
    "ENDINGS",
    "Limits",
    "atomic",
    "ending_of",
    "read_columns",
    "read_table",
    "safe_name",
    "sha256",
    "write_json",
    "write_table",
    "write_text",
]

CSV = (".csv", ".csv.gz")
ENDINGS = (*CSV, ".parquet", ".pq", ".json", ".jsonl", ".ndjson")
"""The endings of the tables that are read and written."""

_SLUG_LENGTH, _HASH_LENGTH = 40, 8


def ending_of(path: Path) -> str:
    """Return which of :data:`ENDINGS` a file has.

    Raises:
        InputError: F05, none of them.

    Example:
        >>> ending_of(Path("deals.CSV"))
        '.csv'
    """
    name = path.name.lower()
    for ending in ENDINGS:
        if name.endswith(ending):
            return ending
    what = f"is no table that is read or written: those end in {', '.join(ENDINGS)}."
    remedy = "Save it as CSV (UTF-8), JSON or Parquet."
    raise fault("F05", escape_text(path.name), what, remedy)


def read_table(
    path: str | os.PathLike[str], *, limits: Limits = LIMITS
) -> pd.DataFrame:
    r"""Return the table in a file: CSV, Parquet, or flat JSON records.

    Every CSV column is text, an empty cell is missing. JSON integers stay integers,
    other JSON numbers are Decimals. The file's kind is told by its ending.

    Args:
        path: The file, with one of :data:`ENDINGS`.
        limits: How large the table may be.

    Raises:
        InputError: S02 column names twice; S08 nested JSON; S09 broken CSV or JSON;
            S10 not UTF-8; S11 beyond the limits; W01 JSON numbers out of bounds; F04
            a broken or exploding ``.gz``; F05 another kind of file, or none; F06
            damaged Parquet.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = write_text(Path(folder) / "deals.csv", "id,amount\n007,1.50\n")
        ...     read_table(path).to_dict("list")
        {'id': ['007'], 'amount': ['1.50']}
    """
    path = Path(path)
    table, ending = escape_text(path.name), ending_of(path)
    with opened(path) as handle:
        if ending in {".parquet", ".pq"}:
            return read_parquet(handle, table, limits)
        if ending in CSV:
            from attribution.doors.frames.csv import parse_csv

            checked = _checked(handle, path, limits)
            return parse_csv(checked, checked.labels)
        from attribution.doors.frames.records import frame_of

        source = utf8(chunks(handle, table, limits, packed=False), table)
        texts = codecs.iterdecode(source, "utf-8")
        lines = ending != ".json"
        return frame_of(*read_records(texts, table, limits, lines=lines))


def read_columns(
    path: str | os.PathLike[str],
    name: str,
    wanted: Callable[[Sequence[str]], tuple[Collection[str], Collection[str]]],
    *,
    limits: Limits = LIMITS,
) -> Table:
    r"""Return the table in a file as raw columns, those that are wanted.

    What :func:`read_table` reads; of CSV no frame is made.

    Args:
        path: The file, with one of :data:`ENDINGS`.
        name: The table's name.
        wanted: Gives of the column names those whose cells are compared, and those
            that are only passed on.
        limits: How large the table may be.

    Raises:
        InputError: As :func:`read_table`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = write_text(Path(folder) / "deals.csv", "id,amount\n007,1.50\n")
        ...     table = read_columns(path, "deals", lambda labels: ({"id"}, ()))
        >>> table.columns, table.column("id").text_labels().tolist()
        (('id', 'amount'), ['007'])
    """
    from attribution.doors.frames import csv, native

    path = Path(path)
    if ending_of(path) not in CSV or not csv.arrow_reads():
        return native.read_table(read_table(path, limits=limits), name)
    from attribution.doors.frames.wanted import read_wanted

    with opened(path) as handle:
        return read_wanted(_checked(handle, path, limits), name, wanted)


def _checked(handle: BufferedReader, path: Path, limits: Limits) -> CheckedCsv:
    """Return an opened CSV file as a checked stream."""
    table, packed = escape_text(path.name), ending_of(path).endswith(".gz")
    source = utf8(chunks(handle, table, limits, packed=packed), table)
    return CheckedCsv(source, table, limits)


def write_table(
    frame: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    raw: bool = False,
    parents: bool = False,
) -> Path:
    r"""Write a frame to a file of the kind that its ending names; return its path.

    The same frame gives the same bytes. In CSV, texts that a spreadsheet would run get
    a ``'`` before; JSON holds null where a cell is missing.

    Args:
        frame: The table; its index is left out.
        path: The file, with one of :data:`ENDINGS`.
        raw: Leave the texts of CSV as they are.
        parents: Create the folders above it.

    Raises:
        InputError: F05 another ending; F07 no such folder; S02 column names twice;
            S08, S10, M02 a cell that the kind of file cannot hold.

    Example:
        >>> import tempfile
        >>> import pandas as pd
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = write_table(pd.DataFrame({"a": [1]}), Path(folder) / "a.json")
        ...     path.read_text()
        '[\n{"a":1}\n]\n'
    """
    path = Path(path)
    table, ending = escape_text(path.name), ending_of(path)
    twice = [name for name, n in Counter(map(str, frame.columns)).items() if n > 1]
    if twice:
        what = f"would have columns twice: {', '.join(map(escape_text, twice))}."
        raise fault("S02", table, what, "Rename or drop one of each.", column=twice[0])
    with atomic(path, parents=parents) as handle:
        if ending in {".parquet", ".pq"}:
            write_parquet(frame, handle, table)
        elif ending == ".csv.gz":
            with gzip.GzipFile("", "wb", 6, handle, mtime=0) as archive:
                archive.writelines(_blocks(frame, ending, raw=raw))
        else:
            handle.writelines(_blocks(frame, ending, raw=raw))
    return path


def _blocks(frame: pd.DataFrame, ending: str, *, raw: bool) -> Iterable[bytes]:
    if ending in CSV:
        from attribution.doors.frames.csv import csv_blocks

        return csv_blocks(frame, raw=raw)
    from attribution.doors.frames.records import json_blocks

    return json_blocks(frame, lines=ending != ".json")


def write_text(
    path: str | os.PathLike[str], text: str, *, parents: bool = False
) -> Path:
    r"""Write ``text`` as UTF-8, its line ends as they are; return the path.

    Args:
        path: The file.
        text: Its whole content.
        parents: Create the folders above it.

    Raises:
        InputError: F07 no such folder.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_text(Path(folder) / "a.html", "<p>é</p>").read_bytes()
        b'<p>\xc3\xa9</p>'
    """
    content = text.encode()
    with atomic(path, parents=parents) as handle:
        handle.write(content)
    return Path(path)


def write_json(
    path: str | os.PathLike[str], value: object, *, parents: bool = False
) -> Path:
    r"""Write a JSON value with sorted keys, indented by two; return the path.

    Args:
        path: The file.
        value: Of dicts, lists, texts, finite numbers, booleans and None.
        parents: Create the folders above it.

    Raises:
        InputError: F07 no such folder.
        ValueError: A number is NaN or infinite.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_json(Path(folder) / "a.json", {"b": 1, "a": None}).read_text()
        '{\n  "a": null,\n  "b": 1\n}\n'
    """
    text = json.dumps(value, sort_keys=True, indent=2, allow_nan=False)
    return write_text(path, f"{text}\n", parents=parents)


def safe_name(label: str) -> str:
    """Return a harmless file name (without ending) for a label, another for each.

    It is the label's ASCII letters and digits and the first eight hexadecimal digits
    of its SHA-256.

    Example:
        >>> safe_name("../../etc/x"), safe_name("")
        ('etc-x-56da1a2e', 'label-e3b0c442')
    """
    ascii_only = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    words = re.findall("[a-z0-9]+", ascii_only.lower())
    slug = "-".join(words)[:_SLUG_LENGTH].strip("-") or "label"
    content = label.encode("utf-8", "surrogatepass")
    return f"{slug}-{hashlib.sha256(content).hexdigest()[:_HASH_LENGTH]}"


def sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits.

    Raises:
        InputError: F05, it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sha256(write_text(Path(folder) / "a", ""))[:8]
        'e3b0c442'
    """
    with opened(Path(path)) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()

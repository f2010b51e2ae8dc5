"""Plain-text and HTML tables, in which every label is inert."""

from __future__ import annotations

import html
import operator
import re
import unicodedata
from numbers import Number
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Cells = Sequence[object] | NDArray[Any]

Align = Literal["left", "right"]

ROWS_SHOWN = 30
"""How many rows a table shows unless told otherwise."""

ABSENT = "–"
"""The cell of a missing value."""

_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_BYTE, _PLANE = 0xFF, 0xFFFF


def _visible(found: re.Match[str]) -> str:
    character = found.group()
    point = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if point <= _BYTE:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= _PLANE else f"\\U{point:08x}"


def escape_text(label: object) -> str:
    r"""Return ``label`` as one line whose control and bidi characters can be seen.

    The joiners U+200C and U+200D stay: scripts and emoji need them.

    Example:
        >>> print(escape_text("a\nb\u202ec"))
        a\nb\u202ec
    """
    return _INVISIBLE.sub(_visible, str(label))


def escape_html(label: object) -> str:
    """Return ``label`` as HTML text, inert inside an element or a quoted attribute.

    Example:
        >>> escape_html("<script>")
        '&lt;script&gt;'
    """
    return html.escape(escape_text(label), quote=True)


def width(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes.

    East Asian wide characters take two, combining marks none.

    Example:
        >>> width("e\u0301"), width("東京")
        (1, 4)
    """
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _absent(cell: object) -> bool:
    """Return whether ``cell`` is None, NaN, NaT or pandas' NA."""
    if cell is None:
        return True
    try:
        return bool(operator.ne(cell, cell))
    except TypeError:  # NA refuses to be true or false
        return True


def _cell(cell: object) -> str:
    return ABSENT if _absent(cell) else escape_text(cell)


def _alignment(cells: Cells) -> Align:
    present = [cell for cell in cells if not _absent(cell)]
    numbers = all(isinstance(cell, Number) for cell in present)
    flags = any(isinstance(cell, bool) for cell in present)
    return "right" if present and numbers and not flags else "left"


def _shown(
    columns: Mapping[str, Cells], limit: int | None
) -> tuple[dict[str, list[object]], str]:
    """Return the first ``limit`` rows, and the line that counts the rest."""
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) > 1:
        raise ValueError(f"The columns have different lengths: {sorted(lengths)}.")
    count = max(lengths, default=0)
    kept = count if limit is None else min(count, max(limit, 0))
    left = count - kept
    more = f"… {left} more row{'s' if left > 1 else ''}" if left else ""
    return {str(name): list(cells[:kept]) for name, cells in columns.items()}, more


def _aligned(cells: Sequence[str], align: Align) -> list[str]:
    widths = [width(cell) for cell in cells]
    full = max(widths)
    pads = [" " * (full - one) for one in widths]
    if align == "right":
        return [pad + cell for pad, cell in zip(pads, cells, strict=True)]
    return [cell + pad for pad, cell in zip(pads, cells, strict=True)]


def text_table(
    columns: Mapping[str, Cells],
    *,
    align: Mapping[str, Align] | None = None,
    limit: int | None = ROWS_SHOWN,
    footer: str | None = None,
) -> str:
    """Return the columns as an aligned monospace table, without a final newline.

    Text cells are shown as they are but for :func:`escape_text`, numbers plainly,
    missing ones as "–"; columns of numbers stand to the right.

    Args:
        columns: Cells by name, all of one length.
        align: ``"left"`` or ``"right"`` for the columns that differ from that.
        limit: How many rows to show; None shows all.
        footer: A line below the table.

    Raises:
        ValueError: The columns differ in length.

    Example:
        >>> print(text_table({"team": ["sales", "marketing"], "wins": [12, 3.5]}))
        team       wins
        ---------  ----
        sales        12
        marketing   3.5
    """
    shown, more = _shown(columns, limit)
    sides = align or {}
    blocks: list[list[str]] = []
    for name, cells in shown.items():
        texts = [escape_text(name), *map(_cell, cells)]
        block = _aligned(texts, sides.get(name) or _alignment(cells))
        blocks.append([block[0], "-" * width(block[0]), *block[1:]])
    lines = ["  ".join(row).rstrip() for row in zip(*blocks, strict=True)]
    ends = [line for line in (more, escape_text(footer or "")) if line]
    return "\n".join(lines + ends)


def _row(cells: Sequence[str], sides: Sequence[Align], tag: str) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    marks = ["" if side == "left" else ' class="number"' for side in sides]
    inner = "".join(
        f"<{tag}{scope}{mark}>{cell}</{tag}>"
        for cell, mark in zip(cells, marks, strict=True)
    )
    return f"<tr>{inner}</tr>"


def html_table(
    columns: Mapping[str, Cells],
    *,
    caption: str | None = None,
    align: Mapping[str, Align] | None = None,
    limit: int | None = ROWS_SHOWN,
    footer: str | None = None,
) -> str:
    """Return the columns as an HTML ``<table>``, every text escaped.

    There is no id, no script, no style and no outside resource in it; cells of
    columns that stand to the right have the class ``number``.

    Args:
        columns: Cells by name, all of one length.
        caption: The table's caption.
        align: ``"left"`` or ``"right"`` for the columns that differ from that of
            :func:`text_table`.
        limit: How many rows to show; None shows all.
        footer: A line in the table's foot.

    Raises:
        ValueError: The columns differ in length.

    Example:
        >>> print(html_table({"team": ["<b>"]}))
        <table>
        <thead><tr><th scope="col">team</th></tr></thead>
        <tbody>
        <tr><td>&lt;b&gt;</td></tr>
        </tbody>
        </table>
    """
    shown, more = _shown(columns, limit)
    given = align or {}
    sides = [given.get(name) or _alignment(cells) for name, cells in shown.items()]
    head = _row([escape_html(name) for name in shown], sides, "th")
    rows = zip(*shown.values(), strict=True)
    body = [_row([html.escape(_cell(one)) for one in row], sides, "td") for row in rows]
    span = f'<tr><td colspan="{max(len(shown), 1)}">'
    ends = [escape_html(line) for line in (more, footer) if line]
    foot = "".join(f"{span}{end}</td></tr>" for end in ends)
    lines = ["<table>", f"<thead>{head}</thead>", "<tbody>", *body, "</tbody>"]
    if caption:
        lines.insert(1, f"<caption>{escape_html(caption)}</caption>")
    if foot:
        lines.append(f"<tfoot>{foot}</tfoot>")
    return "\n".join([*lines, "</table>"])

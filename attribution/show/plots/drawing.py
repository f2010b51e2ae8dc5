"""A chart as SVG of its own: the same bytes each time, nothing outside, no style."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

LINK: Final = "{http://www.w3.org/1999/xlink}"


def svg_of(
    draw: Callable[[Axes], object], *, name: str, size: tuple[float, float]
) -> str:
    """Return what ``draw`` draws as an ``<svg>`` element, its texts as text.

    The settings of matplotlib are its defaults while it is drawn, whatever the
    program's are, and as they were afterwards.

    Args:
        draw: Draws on the axes that it is given.
        name: Sets the ids of this chart apart from those of others in the page.
        size: Width and height in inches.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update({"svg.hashsalt": name, "svg.fonttype": "none"})
        # The browser has the glyphs that matplotlib's own font has not.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=size, layout="constrained")
        canvas = FigureCanvasSVG(figure)
        draw(figure.subplots())
        text = io.StringIO()
        canvas.print_svg(text, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return _bare(text.getvalue())


def _bare(text: str) -> str:
    """Return matplotlib's SVG without declaration, metadata, styles and spare ids."""
    root = ET.fromstring(text)  # noqa: S314 - matplotlib wrote it a moment ago
    used = set(re.findall(r"#([\w-]+)", text))
    _strip(root, used)
    for size in ("width", "height"):
        del root.attrib[size]
    root.set("aria-hidden", "true")
    return ET.tostring(root, encoding="unicode")


def _strip(element: ET.Element, used: set[str]) -> None:
    """Turn styles into attributes, links into plain ones; drop what is not drawn."""
    element.tag = element.tag.rpartition("}")[2]
    for name, value in list(element.attrib.items()):
        if name.startswith(LINK):
            element.set("href", element.attrib.pop(name))
        elif name == "style":
            del element.attrib[name]
            _styled(element, value)
        elif name == "id" and value not in used:
            del element.attrib[name]
    for child in list(element):
        if child.tag.rpartition("}")[2] in {"metadata", "style"}:
            element.remove(child)
        else:
            _strip(child, used)


def _styled(element: ET.Element, style: str) -> None:
    for part in style.split(";"):
        name, colon, value = (one.strip() for one in part.partition(":"))
        if name == "font-size":
            element.set(name, value.removesuffix("px"))
        elif colon and name != "font-family":  # the page's own
            element.set(name, value)

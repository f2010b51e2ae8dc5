"""How Sphinx builds these pages."""

import runpy
from pathlib import Path

project = "attribution"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_numpy_docstring = False
html_theme = "furo"
html_title = "attribution"
exclude_patterns = ["build"]

# The pictures of the how-to pages, drawn anew so that none is kept in the repository.
_here = Path(__file__).parent
_script = runpy.run_path(str(_here / "examples" / "make_pictures.py"))
_script["draw"](_here / "build" / "pictures")

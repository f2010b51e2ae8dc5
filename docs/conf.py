"""How Sphinx builds these pages."""

project = "attribution"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_numpy_docstring = False
html_theme = "furo"
html_title = "attribution"
exclude_patterns = ["build"]

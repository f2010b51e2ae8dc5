"""How Sphinx builds these pages."""

project = "attribution"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "attribution"
exclude_patterns = ["build"]

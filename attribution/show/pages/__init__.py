"""The one-page report: one file of HTML, for two departments to read together."""

from attribution.show.pages.writing import report

__all__ = ["report"]

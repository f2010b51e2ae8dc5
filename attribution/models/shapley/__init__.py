"""Shapley: the exact value of a named game, deal by deal."""

from attribution.models.shapley.model import Shapley

__all__ = ["Shapley"]

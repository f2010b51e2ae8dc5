"""Markov: removal effects of a chain over the last steps, exact by sparse solve."""

from attribution.models.markov.model import Markov

__all__ = ["Markov"]

"""Coalition games on value tables, and how their worth is divided.

A game of ``n`` players is a float64 table ``v`` of ``2**n`` worths: index = bit mask
of the coalition, player ``i`` = bit ``i``. Leading axes hold further games. Start
with :func:`shapley`, or with :func:`shapley_values` for a game written with labels.

Example:
    >>> from attribution import games
    >>> games.shapley([0.0, 60.0, 30.0, 120.0])
    array([75., 45.])
"""

from attribution.games.pairs import interactions
from attribution.games.sampling import Coalition, Sample, sample_shapley
from attribution.games.sparse import sparse_shapley, sparse_winter
from attribution.games.textbook import shapley_values
from attribution.games.transforms import dividends, from_dividends
from attribution.games.unions import owen, owen_banzhaf, winter
from attribution.games.values import banzhaf, shapley, weighted_shapley

__all__ = [
    "Coalition",
    "Sample",
    "banzhaf",
    "dividends",
    "from_dividends",
    "interactions",
    "owen",
    "owen_banzhaf",
    "sample_shapley",
    "shapley",
    "shapley_values",
    "sparse_shapley",
    "sparse_winter",
    "weighted_shapley",
    "winter",
]

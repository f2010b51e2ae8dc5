"""Charts of credit; each takes ``ax=`` and returns the axes it drew on.

They can be read in grey and by the colour-blind: every colour has a hatch, a marker or
a figure beside it. Money stands on its axis in one currency. No setting of matplotlib
is changed. Without ``ax=`` a new figure of pyplot is made, which a notebook shows.

Example:
    >>> import attribution as at
    >>> from matplotlib.figure import Figure
    >>> journeys = at.journeys_from_paths(["a > b"], wins=[1], revenue=[10])
    >>> axes = Figure().subplots()
    >>> credits = at.attribute(journeys, "linear")
    >>> at.plots.credit_bars(credits, "channel", ax=axes) is axes
    True
"""

from attribution.show.plots.bars import credit_bars, team_split
from attribution.show.plots.matrices import agreement, joint_credit
from attribution.show.plots.ranges import intervals
from attribution.show.plots.ribbons import ribbons
from attribution.show.plots.touches import timeline

__all__ = [
    "agreement",
    "credit_bars",
    "intervals",
    "joint_credit",
    "ribbons",
    "team_split",
    "timeline",
]

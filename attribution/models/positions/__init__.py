"""Shares of the first and last touch, of milestones, and of those between."""

from attribution.models.positions.custom import Custom
from attribution.models.positions.ends import InverseJ, JShaped, Position
from attribution.models.positions.stages import FullPath, Milestone, UShaped, WShaped

__all__ = [
    "Custom",
    "FullPath",
    "InverseJ",
    "JShaped",
    "Milestone",
    "Position",
    "UShaped",
    "WShaped",
]

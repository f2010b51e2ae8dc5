"""The data shipped in the package: a made-up B2B seller's Salesforce export."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from attribution.intake import crm

if TYPE_CHECKING:
    import pandas as pd

    from attribution.intake.crm.imported import Imported


def sample() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the shipped ``touches``, ``deals`` and ``contacts``, pandas frames.

    A made-up software seller over eighteen months: both teams, five reps, campaigns,
    milestones, process steps, two currencies; some deals have no touch and some rows
    are to be set aside. They are what ``at.crm.salesforce`` reads from the export
    that the package ships: times are text, as instants in UTC and, where Salesforce
    keeps days, as days; amounts are float64 major units.

    Example:
        >>> import attribution as at
        >>> touches, deals, contacts = at.sample()
        >>> sorted(touches["team"].unique())
        ['marketing', 'sales']
    """
    touches, deals, contacts, _, _ = sample_export()
    return touches, deals.assign(amount=deals["amount"].astype(float)), contacts


def sample_export() -> Imported:
    """Return all that is read from the shipped export, with what became of its rows.

    Example:
        >>> len(sample_export().leads)
        73
    """
    with as_file(files("attribution").joinpath("data")) as folder:
        return crm.salesforce(folder)

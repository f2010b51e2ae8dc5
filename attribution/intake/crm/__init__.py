"""Exports of a CRM as touches, deals, contacts and leads.

Each system is described in a file of its own; one reader reads them all.

Example:
    >>> import pandas as pd
    >>> found = salesforce(
    ...     {
    ...         "Opportunity": pd.DataFrame(
    ...             {
    ...                 "Id": ["006Ec00000AieKGIAZ"], "Amount": ["1651993.36"],
    ...                 "IsClosed": ["1"], "IsWon": ["1"], "CloseDate": ["2023-06-17"],
    ...             }
    ...         )
    ...     }
    ... )
    >>> found.deals["outcome"].tolist()
    ['won']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attribution.intake.crm.generic_objects import read_mapping
from attribution.intake.crm.hubspot_objects import HUBSPOT
from attribution.intake.crm.importing import import_tables
from attribution.intake.crm.salesforce_objects import SALESFORCE

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from attribution.intake.crm.imported import Imported

__all__ = ["generic", "hubspot", "salesforce"]


def salesforce(
    source: str | os.PathLike[str] | Mapping[str, object],
    *,
    rules: Mapping[str, bool] | None = None,
) -> Imported:
    """Return what a Salesforce export holds.

    Args:
        source: A folder with a file an object (CSV, Parquet or JSON, API or warehouse
            names), or a dict of frames by object.
        rules: Rules to switch off, ``{"task.closed": False}``; those not named are on.

    Returns:
        Touches, deals, contacts, leads and issues: pandas frames, as attributes and in
        this order.

    Raises:
        InputError: C01 an export of another system; C02, S01 a needed object or column
            is missing; F05 no folder or no table; P03 an unknown rule; T09, T10, T11,
            M09 times and amounts that are none; what reading the files finds.

    Example:
        >>> import pandas as pd
        >>> deal = {"Id": ["006"], "Amount": ["1"], "StageName": ["Closed Won"]}
        >>> deals = pd.DataFrame({**deal, "CloseDate": ["2026-03-31"]})
        >>> touches, deals, contacts, leads, issues = salesforce({"Opportunity": deals})
        >>> deals["closed_at"].tolist()
        ['2026-03-31']
    """
    return import_tables(source, SALESFORCE, (HUBSPOT,), rules)


def hubspot(
    source: str | os.PathLike[str] | Mapping[str, object],
    *,
    rules: Mapping[str, bool] | None = None,
) -> Imported:
    """Return what a HubSpot export holds: as :func:`salesforce` in all else.

    Args:
        source: A folder with a file an object (CSV, Parquet or JSON, API or warehouse
            names), or a dict of frames by object.
        rules: Rules to switch off, ``{"meeting.completed": False}``.

    Returns:
        Touches, deals, contacts, leads and issues: pandas frames, as attributes and in
        this order.

    Raises:
        InputError: As :func:`salesforce`.

    Example:
        >>> import pandas as pd
        >>> deal = {"id": ["1"], "amount": ["5"], "dealstage": ["closedwon"]}
        >>> deals = pd.DataFrame({**deal, "closedate": ["1704878130234"]})
        >>> hubspot({"deals": deals}).deals["closed_at"].tolist()
        ['2024-01-10T09:15:30.234000Z']
    """
    return import_tables(source, HUBSPOT, (SALESFORCE,), rules)


def generic(
    source: str | os.PathLike[str] | Mapping[str, object],
    mapping: str | os.PathLike[str] | Mapping[str, Any],
    *,
    rules: Mapping[str, bool] | None = None,
) -> Imported:
    """Return what the export of any system holds, by a mapping of its columns.

    Args:
        source: A folder with a file an object (CSV, Parquet or JSON), or a dict of
            frames by object.
        mapping: A TOML file, or a dict of what such a file holds.
        rules: Rules of the mapping to switch off.

    Returns:
        Touches, deals, contacts, leads and issues: pandas frames, as attributes and in
        this order.

    Raises:
        InputError: P14 a mapping that cannot be used; else as :func:`salesforce`.

    Example:
        >>> import pandas as pd
        >>> calls = {"id": [1], "completedAt": ["2026-03-31T09:00:00Z"], "deal": [7]}
        >>> columns = {"touch_id": "id", "time": "completedAt", "deal_id": "deal"}
        >>> one = {"name": "calls", "as": "touches", "team": "sales", "channel": "call"}
        >>> mapping = {"objects": [{**one, "columns": columns}]}
        >>> generic({"calls": pd.DataFrame(calls)}, mapping).touches["deal_id"].tolist()
        ['7']
    """
    return import_tables(source, read_mapping(mapping), (), rules)

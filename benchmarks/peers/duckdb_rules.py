"""The four rules by channel, written by hand in DuckDB's SQL.

Text ids are met once, in the join with the deals; from there on a deal is a number.
Times differ within a deal, so that the first touch is the one at the first time. Of the
ways tried (window functions, arg_min and arg_max) this was the fastest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.measuring import peer

if TYPE_CHECKING:
    from benchmarks.peers.results import Rules

QUERY = """
WITH won AS (
    SELECT row_number() OVER () AS deal, deal_id, amount, closed_at
    FROM deals WHERE outcome = 'won'
), joined AS MATERIALIZED (
    SELECT deal, time, channel, amount,
           exp(epoch_us(closed_at - time) * (ln(2) / -604800e6)) AS weight
    FROM touches JOIN won USING (deal_id)
    WHERE time <= closed_at
), whole AS (
    SELECT deal, count(*) AS touches, sum(weight) AS weights,
           min(time) AS first, max(time) AS last
    FROM joined GROUP BY deal
)
SELECT channel,
       sum(amount) FILTER (time = first), count(*) FILTER (time = first),
       sum(amount) FILTER (time = last), count(*) FILTER (time = last),
       sum(amount / touches), sum(1 / touches),
       sum(amount * weight / weights), sum(weight / weights)
FROM joined JOIN whole USING (deal) GROUP BY channel
"""

RULES = {"first_touch": 1, "last_touch": 3, "linear": 5, "time_decay": 7}
"""Where a rule's revenue stands in a row; its wins stand behind it."""


def four_rules(touches: Any, deals: Any) -> Rules:
    """Return revenue and wins by rule and channel.

    Args:
        touches: A pandas frame or an Arrow table with deal_id, time and channel.
        deals: The same with deal_id, amount, outcome and closed_at.
    """
    duckdb = peer("duckdb")
    with duckdb.connect() as connection:
        connection.register("touches", touches)
        connection.register("deals", deals)
        rows = connection.execute(QUERY).fetchall()
    return {
        rule: {
            str(row[0]): (float(row[at]), float(row[at + 1]))
            for row in rows
            if row[at + 1]
        }
        for rule, at in RULES.items()
    }

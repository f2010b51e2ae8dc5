"""The four rules by channel, written by hand in DuckDB's SQL.

Text ids are met once, in the join with the deals; from there on a deal is a number.
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
), whole AS MATERIALIZED (
    SELECT deal, count(*) AS touches, sum(weight) AS weights,
           any_value(amount) AS amount,
           arg_min(channel, time) AS first, arg_max(channel, time) AS last
    FROM joined GROUP BY deal
), between AS MATERIALIZED (
    SELECT channel,
           sum(joined.amount / touches) AS linear_revenue, sum(1 / touches) AS linear,
           sum(joined.amount * weight / weights) AS decay_revenue,
           sum(weight / weights) AS decay
    FROM joined JOIN whole USING (deal) GROUP BY channel
)
SELECT 'first_touch', first, sum(amount), count(*) FROM whole GROUP BY first
UNION ALL
SELECT 'last_touch', last, sum(amount), count(*) FROM whole GROUP BY last
UNION ALL
SELECT 'linear', channel, linear_revenue, linear FROM between
UNION ALL
SELECT 'time_decay', channel, decay_revenue, decay FROM between
"""


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
    found: Rules = {}
    for rule, channel, revenue, wins in rows:
        found.setdefault(rule, {})[str(channel)] = (float(revenue), float(wins))
    return found

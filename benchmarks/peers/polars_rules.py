"""The four rules by channel, written by hand in Polars, lazy.

Text ids are met once, in the join with the deals; from there on a deal is a number. Of
the ways tried (window functions, a second join, lists that are exploded again; each
also streaming) this was the fastest or near it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.measuring import peer

if TYPE_CHECKING:
    from benchmarks.peers.results import Rules

WEEK = 7 * 86_400 * 1e6


def four_rules(touches: Any, deals: Any) -> Rules:
    """Return revenue and wins by rule and channel.

    Args:
        touches: A pandas frame or an Arrow table with deal_id, time and channel.
        deals: The same with deal_id, amount, outcome and closed_at.
    """
    pl = peer("polars")
    lazy_touches, lazy_deals = _lazy(pl, touches), _lazy(pl, deals)
    won = (
        lazy_deals.filter(pl.col("outcome") == "won")
        .select("deal_id", "amount", "closed_at")
        .with_row_index("deal")
    )
    age = (pl.col("closed_at") - pl.col("time")).dt.total_microseconds()
    joined = (
        lazy_touches.select("deal_id", "time", "channel")
        .join(won, on="deal_id")
        .filter(pl.col("time") <= pl.col("closed_at"))
        .select("deal", "time", "channel", "amount", weight=(age / -WEEK * LN2).exp())
    )
    whole = joined.group_by("deal").agg(
        "channel",
        "weight",
        touches=pl.len(),
        weights=pl.col("weight").sum(),
        amount=pl.col("amount").first(),
        first=pl.col("channel").get(pl.col("time").arg_min()),
        last=pl.col("channel").get(pl.col("time").arg_max()),
    )
    shares = {
        "linear": 1 / pl.col("touches"),
        "time_decay": pl.col("weight") / pl.col("weights"),
    }
    ends = [
        whole.group_by(pl.col(end).alias("channel")).agg(
            revenue=pl.col("amount").sum(), wins=pl.len()
        )
        for end in ("first", "last")
    ]
    spread = whole.drop("first", "last").explode("channel", "weight")
    between = spread.group_by("channel").agg(
        **{f"{name}_wins": share.sum() for name, share in shares.items()},
        **{
            f"{name}_revenue": (share * pl.col("amount")).sum()
            for name, share in shares.items()
        },
    )
    first, last, both = pl.collect_all([*ends, between])
    return {
        "first_touch": _pairs(first, "revenue", "wins"),
        "last_touch": _pairs(last, "revenue", "wins"),
        **{name: _pairs(both, f"{name}_revenue", f"{name}_wins") for name in shares},
    }


LN2 = 0.6931471805599453


def _lazy(pl: Any, table: Any) -> Any:
    """Return a table as a lazy frame, without a copy where the form allows it."""
    frame = pl.from_pandas(table) if hasattr(table, "iloc") else pl.from_arrow(table)
    return frame.lazy()


def _pairs(frame: Any, revenue: str, wins: str) -> dict[str, tuple[float, float]]:
    columns = (frame[name].to_list() for name in ("channel", revenue, wins))
    return {
        str(channel): (float(money), float(won))
        for channel, money, won in zip(*columns, strict=True)
    }

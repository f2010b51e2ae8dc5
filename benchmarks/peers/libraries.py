"""Other libraries of attribution, each called as its own documentation shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.measuring import peer

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

MAM_CAP = 4
"""Channels of a journey that marketing-attribution-models' Shapley looks at."""


def heuristics(paths: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return ChannelAttribution's first, last and linear revenue by channel."""
    table = peer("ChannelAttribution").heuristic_models(
        paths,
        "path",
        "total_conversions",
        var_value="total_conversion_value",
        sep=">",
        flg_pro=False,
    )
    ours = {"first": "first_touch", "last": "last_touch", "linear": "linear"}
    return {
        ours[rule]: dict(
            zip(table["channel_name"], table[f"{rule}_touch_value"], strict=True)
        )
        for rule in ours
    }


def simulated_markov(paths: pd.DataFrame) -> dict[str, float]:
    """Return ChannelAttribution's Markov conversions of order 1, by simulation."""
    found = peer("ChannelAttribution").markov_model(
        paths,
        "path",
        "total_conversions",
        var_null="total_null",
        order=1,
        sep=">",
        seed=1,
        verbose=False,
        flg_pro=False,
    )
    table = found["result"] if isinstance(found, dict) else found
    return dict(zip(table["channel_name"], table["total_conversions"], strict=True))


def mam(paths: pd.DataFrame) -> Any:
    """Return marketing-attribution-models' own frame of the journeys."""
    return peer("mam").MAM(
        paths,
        format_type="journey",
        channels_colname="path",
        journey_with_conv_colname="total_conversions",
        user_id_colname="journey_id",
        time_till_conv_colname="hours",
        conversion_value_colname="total_conversion_value",
    )


def mam_rules(model: Any) -> dict[str, Callable[[], dict[str, float]]]:
    """Return its four rules, each giving revenue by channel."""
    calls = {
        "first_touch": model.run_first_click,
        "last_touch": model.run_last_click,
        "linear": model.run_linear,
        "time_decay": model.run_time_decay,
    }
    return {name: _mam_call(call) for name, call in calls.items()}


def _mam_call(call: Callable[[], Any]) -> Callable[[], dict[str, float]]:
    def run() -> dict[str, float]:
        table = call().to_polars()
        pairs = zip(table["channels"], table["attribution"], strict=True)
        return {str(channel): float(revenue) for channel, revenue in pairs}

    return run


def mam_shapley(model: Any) -> Any:
    """Return its Shapley values by channel, of at most four channels a journey."""
    return model.run_shapley(max_size=MAM_CAP, value_column="conv_rate").to_polars()


def mta_shapley(paths: pd.DataFrame) -> dict[str, float]:
    """Return mta's Shapley values, not normalised: conversions by channel."""
    model = peer("mta").MTA(
        paths[["path", "total_conversions", "total_null"]],
        allow_loops=True,
        add_timepoints=False,
    )
    found: dict[str, float] = model.shapley(normalize=False).attribution["shapley"]
    return found


def do_shapley(paths: pd.DataFrame) -> dict[str, Any]:
    """Return do-attribution's Shapley values and the value function they are of."""
    model = peer("do_attribution").ShapleyAttribution(separator=" > ")
    found: dict[str, Any] = model.fit(paths["path"], paths["total_conversions"])
    return found


def simplified_shapley(journeys: list[list[str]]) -> dict[str, float]:
    """Return shapley-attribution's set-based values of won journeys, unnormalised."""
    model = peer("shapley_attribution").SimplifiedShapleyAttribution(normalize=False)
    found: dict[str, float] = model.fit(journeys).get_attribution()
    return found

"""Charts: what they show, on which axes, and what they leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

import attribution as at
from attribution.show.plots import canvas
from attribution.show.plots.drawing import svg_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

mpl.use("Agg")

LINE = "Credit is a division by rule, not a measured effect"


def drawn(name: str, journeys: at.Journeys, **options: Any) -> Axes:
    """Return the axes of the chart called ``name``."""
    credits = at.attribute(journeys, ["linear", "first_touch", "last_touch"])
    charts: dict[str, Callable[[], Axes]] = {
        "credit_bars": lambda: at.plots.credit_bars(credits, "channel", **options),
        "team_split": lambda: at.plots.team_split(credits, **options),
        "ribbons": lambda: at.plots.ribbons(journeys, **options),
        "intervals": lambda: at.plots.intervals(
            at.bootstrap(journeys, ["linear", "last_touch"], draws=20), **options
        ),
        "agreement": lambda: at.plots.agreement(at.agreement(credits), **options),
        "joint_credit": lambda: at.plots.joint_credit(
            at.fit(journeys, "shapley"), **options
        ),
    }
    return charts[name]()


NAMES = (
    "credit_bars", "team_split", "ribbons", "intervals", "agreement", "joint_credit",
)  # fmt: skip


def texts(axes: Axes) -> str:
    """Return all that is written on a figure, on one line."""
    found = [one.get_text() for one in axes.figure.findobj(mpl.text.Text)]
    return " ".join(" ".join(found).split())


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_chart_is_drawn_on_the_axes_given_and_leaves_pyplot_alone(
    name: str, journeys: at.Journeys
) -> None:
    before = dict(mpl.rcParams)
    figure = Figure()
    axes = figure.subplots()
    assert drawn(name, journeys, ax=axes, currency="EUR") is axes
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before
    figure.savefig("/dev/null", format="svg")


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_without_axes_is_a_figure_of_pyplot_that_ends_with_the_line(
    name: str, journeys: at.Journeys
) -> None:
    axes = drawn(name, journeys, currency="EUR")
    assert len(plt.get_fignums()) == 1
    assert LINE in texts(axes)


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_of_several_currencies_asks_for_one(
    name: str, journeys: at.Journeys
) -> None:
    with pytest.raises(at.InputError, match=r"currency='EUR'") as caught:
        drawn(name, journeys)
    assert caught.value.issues[0].code == "P04"
    with pytest.raises(at.InputError, match="none of EUR, USD"):
        drawn(name, journeys, currency="GBP")


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_of_something_else_is_refused(name: str) -> None:
    with pytest.raises(at.InputError) as caught:
        getattr(at.plots, name)(3)
    assert caught.value.issues[0].code == "S05"


def test_the_timeline_of_something_else_is_refused() -> None:
    with pytest.raises(at.InputError, match="not credits"):
        at.plots.timeline(3, "D1")  # type: ignore[arg-type]


def test_bars_are_the_credit_and_the_money_without_touches(
    credits: at.Credits,
) -> None:
    axes = at.plots.credit_bars(
        credits, "channel", currency="EUR", ax=Figure().subplots()
    )
    frame = credits.by("channel")
    frame = frame[frame["currency"] == "EUR"]
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels[-1] == "(unattributed: no touch linked)"
    widths = [bar.get_width() for bars in axes.containers for bar in bars]
    expected = {
        (model, label): revenue
        for model, label, revenue in zip(
            frame["model"], frame["channel"], frame["revenue"], strict=True
        )
    }
    keys = [(model, label) for model in credits.models for label in labels]
    assert widths == pytest.approx([expected[key] for key in keys])
    assert axes.get_xlabel() == "EUR"


def test_labels_beyond_the_top_are_one_bar(credits: at.Credits) -> None:
    axes = at.plots.credit_bars(
        credits, "channel", currency="EUR", top=1, ax=Figure().subplots()
    )
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels[1:] == ["(2 others)", "(unattributed: no touch linked)"]
    whole = credits.journeys.deals()
    won = whole[(whole["outcome"] == "won") & (whole["currency"] == "EUR")]
    total = sum(bar.get_width() for bar in axes.containers[0])
    assert total == pytest.approx(won["amount"].sum())


def test_bars_without_colour_differ_in_their_hatch(credits: at.Credits) -> None:
    axes = at.plots.credit_bars(credits, currency="EUR", ax=Figure().subplots())
    hatches = {bars[0].get_hatch() for bars in axes.containers}
    assert len(hatches) == len(credits.models)


def test_no_two_of_seventy_series_look_alike() -> None:
    from attribution.show.plots.bars import look

    seen = {(look(at)["color"], look(at)["hatch"]) for at in range(49)}
    assert len(seen) == 49


def test_the_rows_of_a_split_are_equally_long(credits: at.Credits) -> None:
    axes = at.plots.team_split(credits, currency="EUR", ax=Figure().subplots())
    ends = np.sum([[bar.get_width() for bar in row] for row in axes.containers], axis=0)
    assert ends == pytest.approx([ends[0]] * 3)
    assert "%" in texts(axes)


def test_ribbons_are_the_most_frequent_paths(journeys: at.Journeys) -> None:
    axes = at.plots.ribbons(journeys, currency="EUR", ax=Figure().subplots())
    written = [text.get_text() for text in axes.texts]
    assert written[0] == "call"
    assert written[1].startswith("4 deals, ")
    assert written[2:5] == ["ad", "demo", "call"]
    legend = axes.get_legend()
    assert legend is not None
    named = {text.get_text() for text in legend.get_texts()}
    assert named == {"marketing", "sales"}


def test_a_long_path_says_how_many_steps_are_left_out() -> None:
    path = " > ".join(f"c{at % 3}" for at in range(9))
    journeys = at.journeys_from_paths([path], wins=[2])
    axes = at.plots.ribbons(journeys, ax=Figure().subplots())
    assert axes.texts[-2].get_text() == "+2 steps, 2 deals"


def test_intervals_are_those_of_the_bootstrap(journeys: at.Journeys) -> None:
    found = at.bootstrap(journeys, "linear", draws=20)
    axes = at.plots.intervals(found, currency="EUR", ax=Figure().subplots())
    frame = found.intervals()
    frame = frame[frame["currency"] == "EUR"]
    assert axes.lines[0].get_xdata() == pytest.approx(frame["revenue"])
    lines = axes.collections[0]
    assert isinstance(lines, LineCollection)
    edges = [line[:, 0].tolist() for line in lines.get_segments()]
    assert np.array(edges) == pytest.approx(frame[["low", "high"]].to_numpy())
    assert "says nothing about whether the model is right" in texts(axes)


def test_a_currency_without_money_is_drawn_in_deals() -> None:
    journeys = at.journeys_from_paths(["a > b", "b"], wins=[3, 5])
    credits = at.attribute(journeys, "linear")
    axes = at.plots.credit_bars(credits, "channel", ax=Figure().subplots())
    assert axes.get_xlabel() == "deals won"
    assert [bar.get_width() for bar in axes.containers[0]] == [6.5, 1.5]
    drawn = at.bootstrap(journeys, "linear", draws=20)
    axes = at.plots.intervals(drawn, ax=Figure().subplots())
    assert axes.get_xlabel() == "share of deals won"


@pytest.mark.parametrize("measure", ["total_variation", "spearman", "kendall"])
def test_the_heatmap_is_symmetric(credits: at.Credits, measure: str) -> None:
    found = at.agreement(credits)
    axes = at.plots.agreement(
        found, currency="EUR", measure=measure, ax=Figure().subplots()
    )
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    cells = {key: cells[key] for key in cells if isinstance(key[0], np.integer)}
    assert cells == {key[::-1]: text for key, text in cells.items()}


def test_an_unknown_measure_is_refused(credits: at.Credits) -> None:
    with pytest.raises(at.InputError, match="Did you mean 'kendall'"):
        at.plots.agreement(at.agreement(credits), measure="kendal")


def test_joint_credit_adds_up_to_the_money_of_deals_with_players(
    journeys: at.Journeys,
) -> None:
    fitted = at.fit(journeys, "shapley")
    axes = at.plots.joint_credit(fitted, currency="EUR", ax=Figure().subplots())
    frame = fitted.table("joint:channel")
    frame = frame[frame["currency"] == "EUR"]
    written = sorted(text.get_text() for text in axes.texts[: len(frame)])
    assert all(one.replace(",", "").lstrip("-").isdigit() for one in written)
    with pytest.raises(at.InputError, match="no table"):
        at.plots.joint_credit(at.fit(journeys, "linear"))


def test_a_timeline_shows_each_touch_with_its_day_and_credit(
    credits: at.Credits,
) -> None:
    axes = at.plots.timeline(credits, "D1", ax=Figure().subplots())
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == [
        "2026-01-01 ad (marketing)",
        "2026-01-02 demo (sales)",
        "2026-01-03 call (sales)",
    ]
    widths = [[bar.get_width() for bar in bars] for bars in axes.containers]
    assert np.sum(widths, axis=1) == pytest.approx([101.10] * 3)
    one = at.plots.timeline(credits, "D1", model="linear", ax=Figure().subplots())
    assert len(one.containers) == 1


def test_a_timeline_needs_a_deal_with_touches(credits: at.Credits) -> None:
    with pytest.raises(at.InputError, match="no touch that counts"):
        at.plots.timeline(credits, "D15")
    with pytest.raises(at.InputError, match="P10"):
        at.plots.timeline(credits, "D99")


def test_a_deal_without_money_is_drawn_in_shares() -> None:
    journeys = at.journeys_from_paths(["a > b"], wins=[3])
    axes = at.plots.timeline(
        at.attribute(journeys, "linear"), 0, ax=Figure().subplots()
    )
    assert axes.get_xlabel() == "share of the deal"


def test_nothing_won_is_told(journeys: at.Journeys) -> None:
    lost = journeys.select(journeys.deals()["outcome"].to_numpy() == "lost")
    with pytest.raises(at.InputError, match="no credit to draw") as caught:
        at.plots.credit_bars(at.attribute(lost, "linear"))
    assert caught.value.issues[0].code == "P07"


@pytest.mark.parametrize(
    ("largest", "label"),
    [(9.0, "EUR"), (2e4, "EUR thousand"), (3e6, "EUR million"), (2e9, "EUR billion")],
)
def test_money_is_counted_in_readable_units(largest: float, label: str) -> None:
    axes = Figure().subplots()
    canvas.value_axis(axes.xaxis, "EUR", largest)
    assert axes.get_xlabel() == label


def test_hostile_labels_are_drawn_as_they_are_and_on_one_line() -> None:
    hostile = ["<script>alert(1)</script>", "$\\frac{1}{0}$ a$", "a\nb\u202ec", "=1+1"]
    journeys = at.journeys_from_paths([[label] for label in hostile], wins=[1] * 4)
    credits = at.attribute(journeys, "linear")
    svg = svg_of(
        lambda ax: at.plots.credit_bars(credits, "channel", ax=ax),
        name="x",
        size=(5, 3),
    )
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
    assert "\u202e" not in svg
    assert "$\\frac{1}{0}$ a$" in svg
    assert "a\\nb\\u202ec" in svg


def test_a_svg_has_the_same_bytes_whatever_the_settings(credits: at.Credits) -> None:
    def one() -> str:
        def draw(ax: Axes) -> None:
            at.plots.team_split(credits, ax=ax, currency="EUR")

        return svg_of(draw, name="split", size=(5, 3))

    first = one()
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert one() == first
        assert mpl.rcParams["font.size"] == 30
    for outside in (
        "http",
        "<style",
        "style=",
        "<?xml",
        "<image",
        "data:",
        "<metadata",
    ):
        assert outside not in first


def test_letters_that_the_font_lacks_are_left_to_the_browser() -> None:
    journeys = at.journeys_from_paths([["展示会"]], wins=[1])
    credits = at.attribute(journeys, "linear")
    svg = svg_of(
        lambda ax: at.plots.credit_bars(credits, "channel", ax=ax),
        name="x",
        size=(5, 3),
    )
    assert "展示会" in svg

"""Forest plots: each arm against the control, in the unit a product manager reads."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from sim.charts.differences import plot_differences, plot_headline_differences
from sim.metrics.catalogue import METRICS
from tests.charts.comparisons import EIGHT, GAIN, NO_GAIN, make_comparison, small_print


def markers(ax: Axes) -> list[tuple[float, bool]]:
    """Where each arm stands on the axis, and whether its marker is filled."""
    points = [line for line in ax.lines if line.get_linestyle() == "None"]
    return [(float(line.get_xdata()[0]), line.get_markerfacecolor() != "white") for line in points]


def reaches(ax: Axes) -> list[tuple[float, float]]:
    solid = [line for line in ax.lines if line.get_linestyle() == "-"]
    return [tuple(line.get_xdata()) for line in solid if line.get_ydata()[0] == line.get_ydata()[1]]


def test_an_interval_is_drawn_in_percentage_points_with_its_numbers_above() -> None:
    ax = plot_differences(make_comparison({"wecasa_2025": GAIN}))
    # mean .03; t(.975, 2 degrees) = 4.30265 times .0057735 = .024841
    assert markers(ax) == [(pytest.approx(3.0), True)]
    assert reaches(ax) == [(pytest.approx(3.0 - 2.4841, abs=1e-3), pytest.approx(3.0 + 2.4841, abs=1e-3))]
    assert "wecasa_2025  +3.00 [+0.52, +5.48]" in small_print(ax)
    assert "difference to uniform, 95 % intervals, 3 replications" in small_print(ax)
    assert ax.get_xlabel() == "percentage points, right is better"


def test_an_arm_that_cannot_be_told_apart_has_a_hollow_marker() -> None:
    ax = plot_differences(make_comparison({"clear": GAIN, "unclear": NO_GAIN}))
    # with two arms read together t(.9875, 2) = 6.2053: .03 +- .0358 holds zero as well
    assert [filled for _, filled in markers(ax)] == [False, False]
    ax = plot_differences(make_comparison({"clear": (0.03, 0.03, 0.031), "unclear": NO_GAIN}))
    assert [filled for _, filled in markers(ax)] == [True, False]


def test_another_metric_comes_in_its_own_unit_and_direction() -> None:
    days = {"uniform": {"new_pro_days_to_30_sessions": (130, 130, 130)}, "slow": {"new_pro_days_to_30_sessions": (140, 150, 160)}}
    ax = plot_differences(make_comparison({"slow": GAIN}, metrics=days), metric_name="new_pro_days_to_30_sessions")
    assert markers(ax) == [(pytest.approx(20.0), False)]
    assert ax.get_xlabel() == "days, left is better"
    assert ax.get_title(loc="left") == "Days until a new pro has 30 sessions"


def test_one_replication_has_points_but_no_intervals() -> None:
    ax = plot_differences(make_comparison({"wecasa_2025": GAIN}, n_replications=1))
    assert markers(ax) == [(pytest.approx(2.0), False)]
    assert np.isnan(reaches(ax)).all()
    assert "no interval, 1 replication" in small_print(ax)


def test_an_undefined_difference_is_said_and_not_drawn() -> None:
    nothing = {"wecasa_2025": {"months_to_break_even": (np.nan,) * 3}}
    ax = plot_differences(make_comparison({"wecasa_2025": GAIN}, metrics=nothing), metric_name="months_to_break_even")
    assert markers(ax) == []
    assert "wecasa_2025  not defined" in small_print(ax)


def test_without_another_arm_the_chart_says_so() -> None:
    assert "no other arm" in small_print(plot_differences(make_comparison({})))


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(KeyError, match="return_rate"):
        plot_differences(make_comparison({"wecasa_2025": GAIN}), metric_name="return_rate")


def test_the_sheet_of_headline_numbers_has_one_panel_for_each() -> None:
    figure = plot_headline_differences(make_comparison(EIGHT))
    shown = [metric.label for metric in METRICS if metric.headline]
    assert [ax.get_title(loc="left").replace("\n", " ") for ax in figure.axes] == shown
    assert all("oracle" in small_print(ax) for ax in figure.axes)

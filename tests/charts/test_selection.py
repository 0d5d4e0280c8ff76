"""The chart of a selection: lines of differences to the best that end where arms left."""

import math

import numpy as np
import pytest
from matplotlib.axes import Axes

from sim.charts.selection import plot_selection
from sim.charts.style import policy_style
from sim.statistics.selection import Selected
from tests.charts.comparisons import small_print

ARMS = ("uniform", "rating", "mine")
VALUES = (np.array([0.30, 0.32, 0.31, 0.33]), np.array([0.28, 0.28, 0.30, 0.29]), np.array([0.20, 0.22]))
# n0 = 2: the third arm left at the first look, the second two rounds later
FOUND = Selected(0, (4, 4, 2), ((0, 1), (0, 1), (0,)), (0.315, 0.2875, 0.21), "", True)


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_lines_are_running_means_of_differences_to_the_best_and_end_where_the_arm_left() -> None:
    ax = plot_selection(ARMS, VALUES, FOUND, "return_rate_6m", 0.003)
    # in points: -2, then (-2 - 4) / 2, (-2 - 4 - 1) / 3 and (-2 - 4 - 1 - 4) / 4
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [-2, -3, -7 / 3, -11 / 4])
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 0)
    np.testing.assert_allclose(ax.lines[2].get_xdata(), [1, 2])
    np.testing.assert_allclose(ax.lines[2].get_ydata(), [-10, -10])
    assert ax.lines[2].get_markevery() == [1]
    assert legend(ax) == ["uniform: best, 4", "rating: left at 4", "mine: left at 2", "less than delta, 0.30 points"]
    # the first look, after n0 replications
    assert list(ax.lines[3].get_xdata()) == [2, 2]
    assert "first look" in small_print(ax)
    assert ax.get_ylabel() == "difference to the best, points"
    assert "higher is better" in small_print(ax).replace("\n", " ")


def test_every_arm_has_the_look_that_its_place_has_among_policies() -> None:
    ax = plot_selection(ARMS, VALUES, FOUND, "return_rate_6m", 0.003)
    assert [line.get_color() for line in ax.lines[:3]] == [policy_style(i).colour for i in range(3)]
    assert len({line.get_marker() for line in ax.lines[:3]}) == 3


def test_without_common_random_numbers_the_lines_are_means_of_the_arms_themselves() -> None:
    found = Selected(0, (4, 4, 2), ((0, 1, 2), (0, 1, 2)), (0.315, 0.2875, 0.21), "", True)
    ax = plot_selection(ARMS, VALUES, found, "return_rate_6m")
    np.testing.assert_allclose(ax.lines[2].get_ydata(), [20, 21])
    assert legend(ax) == ["uniform: best, 4", "rating: 4", "mine: 2"]
    assert ax.get_ylabel() == "mean, %"
    assert len(ax.lines) == 3


@pytest.mark.parametrize("name", ["hours_to_assign", "exposure_gini"])
def test_a_race_stopped_early_says_so_and_which_side_is_better(name: str) -> None:
    found = Selected(0, (4, 4, 2), ((0, 1), (0, 1), (0, 1)), (0.315, 0.2875, 0.21), "", False)
    ax = plot_selection(ARMS, VALUES, found, name, 0.1)
    assert "lower is better; stopped early, no guarantee" in small_print(ax).replace("\n", " ")
    assert "rating: stayed, 4" in legend(ax)


def test_values_that_are_all_equal_and_a_single_replication_can_be_drawn() -> None:
    found = Selected(1, (1, 1), ((1,),), (1.0, 1.0), "", True)
    ax = plot_selection(ARMS[:2], (np.ones(1), np.ones(1)), found, "hours_to_assign", 0.1)
    assert all(math.isfinite(limit) for limit in (*ax.get_xlim(), *ax.get_ylim()))
    assert ax.get_ylim()[0] < ax.get_ylim()[1]
    own = Axes.get_figure(ax)
    assert plot_selection(ARMS[:2], (np.ones(1), np.ones(1)), found, "hours_to_assign", None, ax) is ax
    assert ax.get_figure() is own

"""Scores against the truth: the right arm, the right pros, and the line from which a score counts."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from sim.charts.score_truth import plot_score_error, plot_score_truth, score_points
from tests.charts.comparisons import EIGHT, GAIN, make_comparison, small_print, with_curve

TWO = make_comparison({"wecasa_2025": GAIN})
NOTHING = np.full((3, 12), np.nan)


def dots(ax: Axes) -> list[np.ndarray]:
    """Positions of the filled and of the hollow dots."""
    return [np.asarray(cloud.get_offsets()) for cloud in ax.collections]


def test_the_first_arm_that_is_neither_control_nor_reference_is_shown() -> None:
    points = score_points(make_comparison({"oracle": GAIN, "wecasa_2022": GAIN, "wecasa_2025": GAIN}))
    assert points is not None
    assert points.arm == "wecasa_2022"
    assert points.is_share


def test_an_arm_without_scores_or_with_a_score_out_of_100_is_passed_over() -> None:
    comparison = make_comparison({"silent": GAIN, "cleaning_score": GAIN, "wecasa_2025": GAIN})
    comparison = with_curve(comparison, "silent", "score_value", NOTHING)
    comparison = with_curve(comparison, "cleaning_score", "score_value", np.full((3, 12), 70.0))
    points = score_points(comparison)
    assert points is not None
    assert points.arm == "wecasa_2025"


def test_alone_the_control_shows_its_own_scores() -> None:
    points = score_points(make_comparison({}))
    assert points is not None
    assert points.arm == "uniform"


def test_an_arm_can_be_chosen() -> None:
    points = score_points(make_comparison(EIGHT), "ranked")
    assert points is not None
    assert points.arm == "ranked"


def test_pros_without_a_score_are_left_out() -> None:
    values = TWO.curves["wecasa_2025"]["score_value"].copy()
    values[0, :4] = np.nan
    points = score_points(with_curve(TWO, "wecasa_2025", "score_value", values))
    assert points is not None
    assert list(points.sessions) == [50, 60, 70, 80, 90, 100, 110, 120]


def test_score_stands_against_truth_in_percent_with_the_diagonal() -> None:
    ax = plot_score_truth(TWO)
    filled, hollow = dots(ax)
    # pros with 10 and 20 sessions do not count; the first is true at 20 % and scored 10 points above
    assert len(filled) == 10
    assert hollow[0] == pytest.approx([20.0, 30.0])
    assert ax.lines[0].get_slope() == 1
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "score counts (10 pros)",
        "hollow: too few sessions or clients yet (2)",
    ]
    assert "wecasa_2025: 12 pros at the last refresh of one replication" in small_print(ax).replace("\n", " ")


def test_the_error_stands_against_sessions_with_the_line_from_which_scores_count() -> None:
    ax = plot_score_error(TWO, min_sessions=30)
    filled, hollow = dots(ax)
    assert [list(dot) for dot in hollow] == [[10, pytest.approx(10)], [20, pytest.approx(-10)]]
    assert filled[:, 0].min() == 30
    verticals = [line for line in ax.lines if list(line.get_xdata()) == [30, 30]]
    assert len(verticals) == 1
    assert "counts from 30 sessions" in small_print(ax)


def test_without_a_threshold_there_is_no_line() -> None:
    ax = plot_score_error(TWO, min_sessions=0)
    assert "counts from" not in small_print(ax)
    assert len(ax.lines) == 1  # zero


def test_a_score_out_of_100_has_no_diagonal_and_no_distance_to_the_truth() -> None:
    comparison = with_curve(TWO, "wecasa_2025", "score_value", np.full((3, 12), 70.0))
    truth = plot_score_truth(comparison, arm="wecasa_2025")
    assert len(truth.lines) == 0
    assert dots(truth)[0][:, 1] == pytest.approx(70.0)
    assert truth.get_ylabel() == "score"
    assert "no share of clients" in small_print(plot_score_error(comparison, arm="wecasa_2025")).replace("\n", " ")


def test_without_any_score_both_charts_say_so() -> None:
    comparison = with_curve(make_comparison({}), "uniform", "score_value", NOTHING)
    assert score_points(comparison) is None
    for plot in (plot_score_truth, plot_score_error):
        assert "No pro has a score." in small_print(plot(comparison))

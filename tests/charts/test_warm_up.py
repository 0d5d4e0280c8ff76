"""The chart of the warm-up: its lines stand where the numbers say."""

import numpy as np
import pytest

from sim.charts.warm_up import plot_warm_up
from sim.statistics.warm_up import judge_warm_up
from tests.charts.comparisons import small_print

STEP = np.where(np.arange(100) < 13, 5.0, 1.0) + np.tile([0.1, -0.1], 50)


def words(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize(
    ("days", "title"), [(14, "The warm-up is too short"), (105, "The warm-up is long enough"), (700, "The warm-up is long enough")]
)
def test_the_line_the_shade_and_the_title_are_those_of_the_result(days, title):
    ax = plot_warm_up(judge_warm_up(np.vstack([STEP, STEP + 0.2]), days), label="requests")
    series, rule = ax.lines
    assert series.get_ydata()[0] == pytest.approx(5.2)
    assert list(rule.get_xdata()) == [15, 15]
    (shade,) = ax.patches
    assert shade.get_width() == pytest.approx(days / 7)
    assert ax.get_title(loc="left") == title
    assert words(ax) == ["mean", f"configured warm-up: {days / 7:.1f} weeks", "MSER-5: leave out 15 weeks"]
    assert ax.get_xlim() == (0, max(100, days / 7))


def test_a_series_that_has_not_settled_gets_no_promise():
    ax = plot_warm_up(judge_warm_up(np.linspace(0, 1, 100)[None], 366))
    assert ax.get_title(loc="left").replace("\n", " ") == "It cannot be told whether the warm-up is long enough"
    assert words(ax)[2].endswith("not settled")


def test_without_an_answer_there_is_no_line_and_without_a_series_no_chart():
    ax = plot_warm_up(judge_warm_up(np.ones((3, 20)), 366))
    assert len(words(ax)) == 2
    (line, rule) = plot_warm_up(judge_warm_up(np.where(np.arange(100) == 71, np.nan, STEP)[None], 366)).lines
    assert np.flatnonzero(np.isnan(line.get_ydata())).tolist() == [71]
    assert not rule.get_visible()
    nothing = plot_warm_up(judge_warm_up(np.full((2, 60), np.nan), 366))
    assert "not defined in any week" in small_print(nothing).replace("\n", " ")

"""The chart of what experiments are worth."""

import numpy as np

from sim.charts.learning import plot_worth
from tests.report.test_learning import worth


def test_each_design_has_a_line_over_lengths_and_zero_is_drawn() -> None:
    ax = plot_worth([worth("client", 800.0), worth("zone", -1200.0)], np.array([11.0, 12.0, 13.0]))
    np.testing.assert_allclose(ax.lines[0].get_xdata(), [11, 12, 13])
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [-1201, -1200, -1202])
    assert list(ax.lines[2].get_ydata()) == [0, 0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["client", "zone"]

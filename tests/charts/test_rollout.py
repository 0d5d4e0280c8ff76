"""The chart of a rollout."""

import numpy as np

from sim.charts.rollout import plot_stopped


def test_lines_start_at_nothing_and_stages_lie_behind_them() -> None:
    ax = plot_stopped({"worst": [0.0, 0.5, 1.0], "same": [0.0, 0.0, 0.1]}, [0.1, 0.1, 0.5], 64)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [0, 0, 50, 100])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["worst", "same"]
    (steps,) = ax.patches
    np.testing.assert_allclose(steps.get_data().values, [10, 10, 50])

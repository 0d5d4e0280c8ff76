"""Charts of what groups do to one another."""

import numpy as np

from sim.charts.interference import plot_loads, plot_shares
from tests.charts.lab import exactly
from tests.report.test_interference import LOADS, SHARES


def test_the_treated_end_at_the_truth_and_the_others_begin_at_nothing() -> None:
    treated, control, *_ = plot_shares(SHARES, exactly(0.006), "share").lines
    assert np.allclose(treated.get_xydata(), [[10, 0.9], [50, 0.8], [100, 0.6]])
    assert np.allclose(control.get_xydata(), [[0, 0], [10, -0.1], [50, -0.4]])


def test_bias_is_drawn_beside_the_effect_itself() -> None:
    ax = plot_loads(LOADS, "share")
    lines = {line.get_linestyle(): line for line in ax.lines if len(line.get_xydata()) == 2 and line.get_marker() != "_"}
    assert np.allclose(lines["--"].get_xydata(), [[50, 0.6], [100, 0.6]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["client", "the effect itself"]

"""Charts of the study: right numbers, readable words."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.charts.break_even import plot_balance, plot_break_even
from sim.charts.by_level import Panel, plot_by_level, plot_panels
from sim.charts.ladder import DOWN, UNCLEAR, UP, Rung, plot_ladder
from sim.charts.reliability import Signal, plot_reliability
from sim.charts.rows import Row, plot_rows
from sim.charts.trade_off import Line, plot_trade_off
from sim.statistics.intervals import Interval
from tests.charts.comparisons import small_print
from tests.charts.words import unreadable

RUNGS = [
    Rung("captured by today's score", 0.01, 0.008, 0.012, True),
    Rung("noise: a score is read from few clients", -0.002, -0.004, -0.001, True),
    Rung("the session threshold", 0.001, -0.001, 0.003, False),
    Rung("proportional instead of strict order", 0.04, 0.038, 0.042, True),
]
ROWS = [
    Row(f"assumption number {i}", 0.01 * (i - 2), 0.01 * (i - 2) - 0.004, 0.01 * (i - 2) + 0.004, i != 2, i // 3) for i in range(9)
]
LINES = [
    Line(
        f"threshold {t}",
        ["0", "1", "4"],
        np.array([[0.30] * 4, [0.33] * 4, [0.4] * 4]),
        np.array([[0.0, 0, 0, 0], [0.01, 0.02, 0, 0], [0.03] * 4]),
    )
    for t in (0, 30, 120)
]
POINTS = {"ladder": (np.array([0.28, 0.33]), np.array([5.0, 6.0])), "surface": (np.array([0.29, 0.30]), np.array([5.2, 5.4]))}
PANEL = Panel(
    "Pros learn from their sessions",
    "gain sd",
    ["0", "0.5", "1"],
    {arm: [Interval(i + j, i + j - 0.4, i + j + 0.4, 8) for j in range(3)] for i, arm in enumerate(["today", "rival", "oracle"])},
)
BALANCE = -30 + 2.0 * np.arange(25) + np.linspace(-1, 1, 8)[:, None]
CHARTS = {
    "ladder": lambda ax=None: plot_ladder(RUNGS, "return_rate_6m", "uniform", "oracle", 24, ax),
    "rows": lambda ax=None: plot_rows(ROWS, "return_rate_6m", "Gain by assumption", "difference to uniform, 8 replications", ax),
    "long names": lambda ax=None: plot_rows(
        [Row("a long name of an arm, to another long name of one", 0.01, 0.0, 0.02, True)] * 2, "return_rate_6m", "Gain", "n", ax
    ),
    "one row": lambda ax=None: plot_rows(ROWS[:1], "new_client_growth", "Gain", "1 replication", ax),
    "trade-off": lambda ax=None: plot_trade_off(LINES, "exposure_gini", "return_rate_6m", "uniform", ax),
    "break-even": lambda ax=None: plot_break_even(POINTS, (2, 3, 4, 5), ax=ax),
    "balance": lambda ax=None: plot_balance({f"K = {k}": BALANCE - k for k in (2, 3, 4, 5)}, "When a new client pays back", ax),
    "by level": lambda ax=None: plot_by_level(PANEL, "net_contribution_per_client_24m_eur", ax),
    "reliability": lambda ax=None: plot_reliability([Signal(12, 0.2, 0.1, 0.3, 400), Signal(30, 0.4, 0.3, 0.5, 90)], 0.02, ax),
}
every_chart = pytest.mark.parametrize("plot", CHARTS.values(), ids=CHARTS)


@every_chart
def test_a_chart_takes_the_axes_it_is_given_and_its_words_can_be_read(plot) -> None:
    ax = Figure(layout="constrained").add_subplot()
    assert plot(ax) is ax
    assert ax.get_title(loc="left")
    assert ax.get_xlabel()
    assert unreadable(plot()) == []


def test_each_bar_of_a_ladder_begins_where_the_one_above_ends() -> None:
    ax = plot_ladder(RUNGS, "return_rate_6m", "uniform", "oracle", 24)
    bars = [(round(bar.get_x(), 6), round(bar.get_width(), 6)) for bar in ax.patches]
    # in points: +1, -.2, +.1, +4, and all of them from zero
    assert bars == [(0, 1), (1, -0.2), (0.8, 0.1), (0.9, 4), (0, 4.9)]
    colours = [Figure().add_subplot().barh(0, 1, color=colour)[0].get_facecolor() for colour in (UP, DOWN, UNCLEAR, UP)]
    assert [bar.get_facecolor() for bar in ax.patches[:4]] == colours
    assert "24 replications" in small_print(ax).replace("\n", " ")


def test_only_rows_that_can_be_told_from_zero_are_filled() -> None:
    ax = plot_rows(ROWS, "return_rate_6m", "Gain", "note")
    marks = [line for line in ax.lines if line.get_marker() not in ("None", None, "")]
    assert [line.get_markerfacecolor() == "white" for line in marks] == [i == 2 for i in range(9)]
    assert marks[4].get_xdata()[0] == pytest.approx(2.0)
    assert "There is nothing to show." in small_print(plot_rows([], "return_rate_6m", "Gain", "note"))


def test_break_even_lines_are_theory() -> None:
    ax = plot_break_even(POINTS, (2, 3))
    for line, k in zip(ax.lines[:2], (2, 3), strict=True):
        r, m = line.get_xdata() / 100, line.get_ydata()
        np.testing.assert_allclose(1 + r * m, k)
    assert list(ax.lines[2].get_xdata()) == pytest.approx([28, 33])


def test_reliability_is_a_half_where_clients_equal_one_over_rho_less_one() -> None:
    # n rho / (1 + (n - 1) rho) = 1/2 at n = (1 - rho) / rho = 49
    line = plot_reliability([], 0.02).lines[0]
    assert np.interp(49, line.get_xdata(), line.get_ydata()) == pytest.approx(50, abs=0.05)


def test_a_trade_off_stands_at_mean_cost_and_mean_gain() -> None:
    line = plot_trade_off(LINES, "exposure_gini", "return_rate_6m", "uniform").lines[0]
    assert list(line.get_xdata()) == pytest.approx([0.30, 0.33, 0.40])
    # (.01 + .02) / 4 = .75 points
    assert list(line.get_ydata()) == pytest.approx([0, 0.75, 3])


def test_a_panel_has_a_line_for_each_policy_with_its_gain_at_each_level() -> None:
    ax = plot_by_level(PANEL, "net_contribution_per_client_24m_eur")
    assert [line.get_label() for line in ax.get_lines() if line.get_label() in PANEL.gains] == ["today", "rival", "oracle"]
    rival = next(line for line in ax.get_lines() if line.get_label() == "rival")
    assert list(rival.get_ydata()) == [1, 2, 3]
    # the middle one of three stands at its level, where its neighbours do not
    assert list(rival.get_xdata()) == [0, 1, 2]


def test_panels_share_one_scale_and_one_legend() -> None:
    figure = plot_panels([PANEL, PANEL, PANEL], "net_contribution_per_client_24m_eur", "gain over uniform")
    assert len(figure.axes) == 3
    assert len({ax.get_ylim() for ax in figure.axes}) == 1
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["today", "rival", "oracle"]

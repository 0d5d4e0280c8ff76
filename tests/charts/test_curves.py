"""Charts of curves over weeks, months and pros: means, bands and marks at the right places."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from sim.charts.curves import mean_and_band, runs
from sim.charts.exposure import plot_exposure
from sim.charts.new_pro import plot_new_pro
from sim.charts.payback import plot_payback
from sim.charts.second_booking import plot_second_booking
from tests.charts.comparisons import EIGHT, GAIN, make_comparison, small_print, with_curve

TWO = make_comparison({"wecasa_2025": GAIN})


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def n_bands(ax: Axes) -> int:
    return sum(bool(np.isfinite(path.vertices).all()) for band in ax.collections for path in band.get_paths() if len(path.vertices))


def test_mean_and_band_are_those_of_the_t_interval() -> None:
    # 1, 2, 3: mean 2, error 1 / sqrt(3) = .57735, t(.975, 2) = 4.30265
    mean, low, high = mean_and_band(TWO, np.array([[1.0], [2.0], [3.0]]))
    assert (mean, low, high) == ([2.0], [pytest.approx(2 - 2.48414, abs=1e-4)], [pytest.approx(2 + 2.48414, abs=1e-4)])


def test_an_absent_or_empty_curve_is_none() -> None:
    assert runs(TWO, "uniform", "no_such_curve") is None
    assert runs(TWO, "nobody", "payback") is None
    assert runs(with_curve(TWO, "uniform", "payback", np.full((3, 25), np.nan)), "uniform", "payback") is None


def test_second_bookings_rise_to_the_mean_share_at_26_weeks() -> None:
    ax = plot_second_booking(TWO)
    control, arm, mark = ax.lines
    assert control.get_ydata()[26] == pytest.approx(28.0)
    assert arm.get_ydata()[26] == pytest.approx(31.0)
    assert list(mark.get_xdata()) == [26, 26]
    assert legend(ax) == ["uniform", "wecasa_2025"]
    assert n_bands(ax) == 2
    assert "6 months" in small_print(ax)


@pytest.mark.parametrize("plot", [plot_second_booking, plot_payback, plot_exposure, plot_new_pro])
def test_a_single_replication_has_lines_but_no_band(plot) -> None:
    ax = plot(make_comparison({"wecasa_2025": GAIN}, n_replications=1))
    assert n_bands(ax) == 0
    assert "1 replication: no interval can be given" in small_print(ax)
    assert any("wecasa_2025" in label for label in legend(ax))


@pytest.mark.parametrize(
    ("plot", "curve", "n_points"),
    [
        (plot_second_booking, "time_to_second_booking", 53),
        (plot_payback, "payback", 25),
        (plot_exposure, "exposure_lorenz", 101),
        (plot_new_pro, "new_pro_visibility", 53),
    ],
)
def test_an_arm_without_data_is_left_out_and_nothing_at_all_is_said(plot, curve: str, n_points: int) -> None:
    empty = np.full((3, n_points), np.nan)
    one = with_curve(TWO, "wecasa_2025", curve, empty)
    assert not any("wecasa_2025" in label for label in legend(plot(one)))
    none = plot(with_curve(one, "uniform", curve, empty))
    assert none.get_legend() is None
    assert "No " in small_print(none)


def test_a_week_that_is_nan_in_one_replication_is_the_mean_of_the_others() -> None:
    values = TWO.curves["uniform"]["new_pro_visibility"].copy()
    values[0, 52] = np.nan
    ax = plot_new_pro(with_curve(TWO, "uniform", "new_pro_visibility", values))
    # at week 52 the replications stand at 1 + .28 and 1 + .29
    assert ax.lines[1].get_ydata()[52] == pytest.approx(1.285)


def test_payback_marks_the_month_or_says_that_there_is_none() -> None:
    # uniform gains 25 EUR a month from -30: 1.2 months; at a rate of .255 nothing is gained
    months = {"never": {"months_to_break_even": (24.0,) * 3}, "uniform": {"months_to_break_even": (1.0, 1.2, 1.4)}}
    comparison = make_comparison({"never": (-0.025, -0.025, -0.025)}, metrics=months)
    ax = plot_payback(comparison)
    assert legend(ax) == ["uniform: 1.2 months, restricted mean", "never: not within 24 months"]
    rings = [line for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata()) == 1]
    assert [(float(ring.get_xdata()[0]), float(ring.get_ydata()[0])) for ring in rings] == [(pytest.approx(1.2), 0.0)]


def test_exposure_shows_the_line_of_equality_and_each_gini() -> None:
    ginis = {"uniform": {"exposure_gini": (0.2, 0.3, 0.4)}, "wecasa_2025": {"exposure_gini": (np.nan,) * 3}}
    ax = plot_exposure(make_comparison({"wecasa_2025": GAIN}, metrics=ginis))
    # sd .1, error .057735, t 4.30265: half-width .248
    assert legend(ax) == ["uniform: Gini 0.30 ± 0.25", "wecasa_2025: Gini not defined", "thin line: all pros get the same"]
    # the lower half of the pros has .5 squared, a quarter
    assert ax.lines[0].get_ydata()[50] == pytest.approx(25.0)
    assert list(ax.lines[-1].get_ydata()) == [0, 100]


def test_new_pros_are_compared_with_everyone() -> None:
    ax = plot_new_pro(make_comparison(EIGHT))
    assert list(ax.lines[0].get_ydata()) == [1, 1]
    assert legend(ax)[0] == "1: mean of all pros"
    assert len(legend(ax)) == 9
    # arm rating: 1 + .28 + .03 after 52 weeks
    assert ax.lines[2].get_ydata()[52] == pytest.approx(1.31)

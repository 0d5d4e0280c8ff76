"""Curves of many replications: their mean, with a band for what luck could still change."""

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.arrays import Floats
from sim.charts.style import arm_style
from sim.statistics.comparison import Comparison
from sim.statistics.intervals import mean_interval
from sim.words.language import t, tn
from sim.words.units import percent

MANY_ARMS = 5
"""From so many arms on, bands are drawn fainter, since they lie on top of one another."""


def replications(comparison: Comparison) -> str:
    """The small print of a chart of means: over how many replications, and what the band is."""
    n = comparison.n_replications
    if n < 2:
        return tn("{n} replication: no interval can be given", "{n} replications: no interval can be given", n)
    return t("mean of {n} replications, band: {level} interval", n=n, level=percent(comparison.level))


def runs(comparison: Comparison, arm: str, curve: str) -> Floats | None:
    """A curve of an arm, (n_replications, n_points); None when it is absent or nan throughout."""
    found = comparison.curves.get(arm, {}).get(curve)
    return found if found is not None and bool((found == found).any()) else None


def mean_and_band(comparison: Comparison, curves: Floats) -> tuple[list[float], list[float], list[float]]:
    """Mean, low and high at each point of curves (n_replications, n_points); low and high are nan for a single replication."""
    intervals = [mean_interval(column, comparison.level) for column in curves.T]
    return [i.estimate for i in intervals], [i.low for i in intervals], [i.high for i in intervals]


def draw_curve(ax: Axes, comparison: Comparison, arm: str, x: Floats, curves: Floats) -> Line2D:
    """Draw the mean over replications, at x (n_points,), with its band; returns the line, for a legend."""
    look = arm_style(comparison, arm)
    mean, low, high = mean_and_band(comparison, curves)
    # stagger the markers, so that lines on top of one another all show theirs
    every = max(len(x) // 6, 1)
    start = comparison.arms.index(arm) * every // max(len(comparison.arms), 1)
    (line,) = ax.plot(x, mean, color=look.colour, linestyle=look.dashes, linewidth=1.8)
    line.set(marker=look.marker, markersize=5, markevery=(start, every))
    ax.fill_between(x, low, high, color=look.colour, alpha=0.13 if len(comparison.arms) < MANY_ARMS else 0.07, linewidth=0)
    return line

"""Small finished comparisons, made up so that every mean and interval can be worked out by hand."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from sim.arrays import Floats
from sim.metrics.catalogue import METRICS, RETURN_RATE
from sim.statistics.comparison import Comparison, compare

CONTROL = "uniform"
RATES = (0.27, 0.28, 0.29)
"""The primary metric of the control by replication; mean .28."""
GAIN = (0.02, 0.03, 0.04)
"""A gain of .03 on average, with standard deviation .01: error .01 / sqrt(3) = .0057735."""
NO_GAIN = (-0.01, 0.0, 0.01)
TYPICAL = {
    "share": 0.5,
    "eur": 23.0,
    "months": 20.0,
    "days": 130.0,
    "hours": 0.5,
    "stars": 4.0,
    "ratio": 0.8,
    "number": 0.3,
    "count": 400.0,
}
EIGHT = {
    "rating": GAIN,
    "wecasa_2022": NO_GAIN,
    "wecasa_2025": (0.03, 0.03, 0.04),
    "cleaning_score": (0.05, 0.06, 0.07),
    "oracle": (0.08, 0.09, 0.09),
    "oracle_proportional": (0.03, 0.02, 0.03),
    "ranked": (-0.05, -0.06, -0.05),
}
ORACLES = ("oracle", "oracle_proportional")


def make_curves(rates: Floats) -> dict[str, Floats]:
    """Curves of an arm with these primary rates by replication.

    The payback rises in a straight line from -30 EUR, by 1000 times what the rate exceeds .255 EUR a month: at a rate of .28 it
    crosses zero after 30 / 25 = 1.2 months. Of 12 pros, pro i has 10 (i + 1) sessions, and a score that counts from 30 sessions on.
    """
    n, rate = len(rates), np.asarray(rates)[:, None]
    truth = np.linspace(0.2, 0.4, 12)
    sessions = 10.0 * np.arange(1, 13)
    return {
        "time_to_second_booking": rate * np.minimum(np.arange(53) / 26, 1.0),
        "payback": -30 + 1000 * (rate - 0.255) * np.arange(25),
        "exposure_lorenz": np.repeat((np.linspace(0, 1, 101) ** 2)[None], n, axis=0),
        "new_pro_visibility": 1 + rate * np.linspace(0, 1, 53),
        "score_value": np.repeat((truth + 0.1 * (-1.0) ** np.arange(12))[None], n, axis=0),
        "score_truth": np.repeat(truth[None], n, axis=0),
        "score_sessions": np.repeat(sessions[None], n, axis=0),
        "score_counted": np.repeat((sessions >= 30).astype(float)[None], n, axis=0),
    }


def make_comparison(
    gains: Mapping[str, Sequence[float]],
    control: str = CONTROL,
    n_replications: int = 3,
    references: Collection[str] = ORACLES,
    metrics: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
) -> Comparison:
    """A comparison of arms with these gains over the control's primary metric, by replication.

    Parameters
    ----------
    metrics
        By arm and metric: values that replace the typical ones, which are the same for every arm and replication.
    """
    values, curves = {}, {}
    for arm, gain in {control: (0.0, 0.0, 0.0), **gains}.items():
        rates = (np.array(RATES) + np.array(gain))[:n_replications]
        values[arm] = {metric.name: np.full(n_replications, TYPICAL[metric.unit]) for metric in METRICS} | {RETURN_RATE: rates}
        for name, column in (metrics or {}).get(arm, {}).items():
            values[arm][name] = np.array(column, float)
        curves[arm] = make_curves(rates)
    return compare(values, control, {metric.name: metric.better for metric in METRICS}, curves, references=references)


def with_curve(comparison: Comparison, arm: str, name: str, values: Floats) -> Comparison:
    """The same comparison with one curve of one arm replaced."""
    curves = {**comparison.curves, arm: {**comparison.curves[arm], name: values}}
    metrics = {row.metric for row in comparison.summaries}
    better = {metric.name: metric.better for metric in METRICS if metric.name in metrics}
    return compare(comparison.values, comparison.control, better, curves, references=comparison.references)


def small_print(ax: Axes) -> str:
    """All words on the axes but for title, labels and legend."""
    return " ".join(text.get_text() for text in ax.texts)

"""Comparing arms: paired differences to a control, with simultaneous intervals and one-word verdicts."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import scipy

from sim.arrays import Floats
from sim.statistics.bootstrap import bca_interval
from sim.statistics.intervals import Interval, fieller, mean_interval
from sim.statistics.pairing import MIN_PAIRS, variance_reduction

Better = Literal["higher", "lower"] | None
DEFINED_SHARE = 0.9
"""Of the pairs must be known: what is undefined in more of them, such as for want of anybody to count, may be so for a reason that
has to do with the arm."""
ROUNDING = 1e-12
"""Differences that differ by less than this share of the largest are the same."""

Verdict = Literal["better", "worse", "higher", "lower", "practically equal", "not distinguishable", "identical", "not defined"]


@dataclass(frozen=True)
class Summary:
    """Mean of a metric in an arm, with the half-width of its own 95 % interval."""

    arm: str
    metric: str
    mean: float
    half_width: float
    n: int


@dataclass(frozen=True)
class Difference:
    """Arm minus control in a metric, over replications with common random numbers."""

    arm: str
    control: str
    metric: str
    difference: float
    low: float
    high: float
    """Simultaneous interval: all arms of a metric are covered together."""
    p_value: float
    """Two-sided, adjusted for the number of arms (Bonferroni), so that p < 1 - level exactly when the interval excludes 0."""
    n: int
    verdict: Verdict
    boot_low: float
    boot_high: float
    """BCa bootstrap interval of the same simultaneous level, from 30 replications on, else nan; the verdict does not use it."""
    correlation: float
    """Between arm and control over replications, -1..1; nan when either is constant or known in fewer than 3."""
    variance_ratio: float
    """Variance of the paired difference over that with independent random numbers: .1 means that pairing is worth ten times the
    replications; above 1 it hurts; nan as for the correlation, but for one constant side, which makes it 1."""


@dataclass(frozen=True)
class Comparison:
    """Everything that charts and a report need to know of a finished comparison."""

    arms: tuple[str, ...]
    control: str
    values: Mapping[str, Mapping[str, Floats]]
    """By arm and metric: (n_replications,)."""
    summaries: tuple[Summary, ...]
    differences: tuple[Difference, ...]
    curves: Mapping[str, Mapping[str, Floats]]
    """By arm and name of the curve: (n_replications, n_points)."""
    level: float = 0.95
    references: frozenset[str] = frozenset()
    """Arms that see the truth: something to measure policies by, never a winner."""
    equivalence_margin: Mapping[str, float] = field(default_factory=dict)
    """By metric, in its own unit: a difference surely within ± this is too small to matter. Metrics not named have none."""

    @property
    def n_replications(self) -> int:
        """Replications of each arm."""
        return max((len(column) for metrics in self.values.values() for column in metrics.values()), default=0)

    def summary(self, arm: str, metric: str) -> Summary:
        """The summary of a metric in an arm."""
        return next(row for row in self.summaries if row.arm == arm and row.metric == metric)

    def difference(self, arm: str, metric: str) -> Difference | None:
        """The difference of an arm to the control; None for the control itself."""
        return next((row for row in self.differences if row.arm == arm and row.metric == metric), None)


def paired_difference(values: Floats, control: Floats, n_comparisons: int, level: float = 0.95) -> tuple[Interval, float]:
    """Mean paired difference with its Bonferroni-t interval and adjusted p-value.

    Parameters
    ----------
    values, control
        (n,) each, paired by replication; a pair with a nan is left out.
    n_comparisons
        How many such differences are read together, >= 1.

    Returns
    -------
    Interval, float
        The interval has level 1 - (1 - level) / n_comparisons; the p-value is multiplied by n_comparisons, at most 1. Both are nan,
        beside the estimate, with fewer than ``MIN_PAIRS`` known pairs, when less than ``DEFINED_SHARE`` of the pairs are known, or
        when all differences are the same and not zero: equal luck in a few runs is no certainty. All zero is a point, with p = 1.
    """
    differences = np.asarray(values, float) - np.asarray(control, float)
    interval = mean_interval(differences, 1 - (1 - level) / n_comparisons)
    known = differences[np.isfinite(differences)]
    if interval.n < MIN_PAIRS or interval.n < DEFINED_SHARE * len(differences):
        return replace(interval, low=math.nan, high=math.nan), math.nan
    # up to rounding
    if np.ptp(known) <= ROUNDING * np.abs(known).max():
        if interval.estimate == 0:
            return interval, 1.0
        return replace(interval, low=math.nan, high=math.nan), math.nan
    error = float(known.std(ddof=1)) / math.sqrt(interval.n)
    p_value = 2 * float(scipy.stats.t.sf(abs(interval.estimate) / error, interval.n - 1))
    return interval, min(1.0, p_value * n_comparisons)


def verdict(interval: Interval, identical: bool, better: Better, margin: float | None = None) -> Verdict:
    """What to say about a difference to the control, the first that holds.

    *identical*, all differences are zero; *not defined*, there is no interval (``paired_difference`` says when); *practically
    equal*, the whole interval lies within ± margin, even if it excludes 0: such a difference is real, and too small to matter; *not
    distinguishable*, the interval holds 0; else better or worse (or higher or lower, when neither direction is good).

    Notes
    -----
    Being within the margin by a 95 % interval is stricter than two one-sided tests at 5 %, which need a 90 % interval only
    (Schuirmann 1987, J. Pharmacokinetics and Biopharmaceutics 15): one interval answers all questions, at one level.
    """
    if identical:
        return "identical"
    if not math.isfinite(interval.low):
        return "not defined"
    if margin is not None and -margin <= interval.low and interval.high <= margin:
        return "practically equal"
    if not interval.excludes(0.0):
        return "not distinguishable"
    upwards = interval.estimate > 0
    if better is None:
        return "higher" if upwards else "lower"
    return "better" if upwards == (better == "higher") else "worse"


def _checked(margins: Mapping[str, float | None], metrics: Collection[str]) -> dict[str, float]:
    """The margins that are on."""
    for metric, margin in margins.items():
        if metric not in metrics:
            raise ValueError(f"equivalence_margin.{metric}: unknown metric, must be one of: {', '.join(metrics)}")
        if margin is not None and not 0 <= margin < math.inf:
            raise ValueError(f"equivalence_margin.{metric} = {margin}, must be >= 0 and finite")
    return {metric: margin for metric, margin in margins.items() if margin is not None}


def compare(
    values: Mapping[str, Mapping[str, Floats]],
    control: str,
    better: Mapping[str, Better],
    curves: Mapping[str, Mapping[str, Floats]] | None = None,
    level: float = 0.95,
    references: Collection[str] = (),
    equivalence_margin: Mapping[str, float | None] | None = None,
) -> Comparison:
    """Summaries of all arms and their differences to the control.

    Parameters
    ----------
    values
        By arm and metric: (n_replications,), replication r of every arm run with the same random numbers.
    control
        The arm the others are compared with.
    better
        By metric, which direction is good; None when neither is.
    curves, references
        Carried along for charts and report.
    equivalence_margin
        By metric, in its own unit: the largest difference that does not matter, >= 0; None or no entry for none.

    Raises
    ------
    ValueError
        The control is not among the arms; a margin is negative or of an unknown metric.
    """
    if control not in values:
        raise ValueError(f"control = {control!r}, must be one of the arms: {', '.join(values)}")
    margins = _checked(equivalence_margin or {}, better)
    others = [arm for arm in values if arm != control]
    simultaneous = 1 - (1 - level) / max(len(others), 1)
    summaries, differences = [], []
    for metric, good in better.items():
        for arm, metrics in values.items():
            interval = mean_interval(metrics[metric], level)
            summaries.append(Summary(arm, metric, interval.estimate, interval.half_width, interval.n))
        for arm in others:
            ours, theirs = values[arm][metric], values[control][metric]
            interval, p_value = paired_difference(ours, theirs, len(others), level)
            both = np.isfinite(ours) & np.isfinite(theirs)
            identical = bool(both.any()) and bool(np.array_equal(ours, theirs, equal_nan=True))
            boot = bca_interval(np.asarray(ours, float) - np.asarray(theirs, float), simultaneous)
            correlation, ratio = variance_reduction(ours, theirs)
            differences.append(
                Difference(
                    arm=arm,
                    control=control,
                    metric=metric,
                    difference=interval.estimate,
                    low=interval.low,
                    high=interval.high,
                    p_value=p_value,
                    n=interval.n,
                    verdict=verdict(interval, identical, good, margins.get(metric)),
                    boot_low=boot.low,
                    boot_high=boot.high,
                    correlation=correlation,
                    variance_ratio=ratio,
                )
            )
    return Comparison(
        arms=tuple(values),
        control=control,
        values=values,
        summaries=tuple(summaries),
        differences=tuple(differences),
        curves=curves or {},
        level=level,
        references=frozenset(references),
        equivalence_margin=margins,
    )


def share_of_gain(values: Mapping[str, Floats], baseline: str, reference: str, level: float = 0.95) -> dict[str, Interval]:
    """(arm - baseline) / (reference - baseline) of the means, by arm, with Fieller intervals.

    Nan for every arm when baseline or reference is absent, or when the interval of the denominator holds 0.
    """
    arms: Sequence[str] = list(values)
    if baseline not in values or reference not in values:
        return {arm: Interval(math.nan, math.nan, math.nan, 0) for arm in arms}
    gain = np.asarray(values[reference]) - np.asarray(values[baseline])
    return {arm: fieller(np.asarray(values[arm]) - np.asarray(values[baseline]), gain, level) for arm in arms}

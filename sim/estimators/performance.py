"""How well an experiment tells the effect on the whole market: bias, spread, coverage, power and how long it would take."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats
from sim.estimators.estimate import Estimate
from sim.estimators.power import power, smallest_effect
from sim.statistics.intervals import Interval, mean_interval, wilson


@dataclass(frozen=True)
class Performance:
    """What one design says about an effect, over many runs of the same experiment with other luck and another split each."""

    truth: Interval
    """Effect of treating everybody instead of nobody while the experiment lasts."""
    estimate: Interval
    """Mean over experiments."""
    bias: Interval
    """Mean estimate less the truth."""
    sd: float
    """Standard deviation of the estimates: what one experiment is off by luck and split."""
    error: float
    """Root mean squared difference from the truth."""
    coverage: Interval
    """Share of the experiments whose own 95 % interval holds the truth."""
    power: Interval
    """Share that find the effect: their interval lies on the side of 0 on which the truth is."""
    wrong_sign: Interval
    """Share whose interval lies on the other side."""
    wrong_decision: Interval
    """Share that decide against the truth: whose whole interval is better than what matters though the effect is not, or the other
    way round."""
    days: float
    """How long each lasted."""
    n: int
    """Experiments."""
    df: float = math.inf
    """Degrees of freedom of their intervals that time does not add to; inf where it does."""

    @property
    def bias_error(self) -> float:
        """Standard error of the bias."""
        return self.bias.half_width / float(scipy.stats.t.ppf(0.975, self.n - 1))

    @property
    def signal(self) -> float:
        """What an experiment shows in the long run, bias included; below 0: the wrong sign.

        A bias that makes the effect look larger makes it easier to find, too.
        """
        return (self.truth.estimate + self.bias.estimate) * math.copysign(1.0, self.truth.estimate)

    @property
    def days_needed(self) -> float:
        """How long it must last to find the effect with 80 %, if errors fall with the square root of time; inf: never."""
        return math.inf if self.signal <= 0 else self.days * (smallest_effect(self.sd, self.df) / self.signal) ** 2

    def error_after(self, days: float) -> float:
        """Root mean squared difference from the truth after so many days: luck falls with time, bias does not."""
        return math.hypot(self.sd * math.sqrt(self.days / days), self.bias.estimate)

    def detectable(self, days: float) -> float:
        """The smallest effect that an experiment of this design finds with 80 % in so many days."""
        return smallest_effect(self.sd * math.sqrt(self.days / days), self.df)

    def power_after(self, days: float) -> float:
        """Probability that an experiment of so many days finds the effect."""
        return power(self.signal, self.sd * math.sqrt(self.days / days), self.df) if self.signal > 0 else 0.0


def performance(
    estimates: Sequence[Estimate],
    undisturbed: Floats,
    truths: Floats,
    days: float,
    matters: float = 0.0,
    randomised: bool = True,
    is_fixed: bool = False,
) -> Performance:
    """Judge a design.

    Parameters
    ----------
    estimates
        Of each experiment, n.
    undisturbed
        (n,) what the same comparison of the same units finds when each is looked at in a market of its own kind, all treated or
        none: an estimate less this is what the groups of one market did to one another, with the luck of the split taken out.
    truths
        (n,) effect of treating everybody, with the luck of the same run.
    days
        How long each experiment lasted.
    matters
        The smallest effect that does; more is better.
    randomised
        Whether the comparison by itself has no bias; if not, what ``undisturbed`` is off is a part of it.
    is_fixed
        Whether a longer experiment has no more units, such as zones: its intervals then stay as wide for their error.

    Raises
    ------
    ValueError
        Fewer than 2 experiments.
    """
    n = len(estimates)
    if n < 2:
        raise ValueError(f"{n} experiments, must be >= 2: without, there is no spread")
    found = np.array([one.estimate for one in estimates])
    truth = mean_interval(truths)
    disturbed = found - (undisturbed if randomised else truths)
    sign = math.copysign(1.0, truth.estimate)
    right = sum(one.excludes(0.0) and one.estimate * sign > 0 for one in estimates)
    wrong = sum(one.excludes(0.0) and one.estimate * sign < 0 for one in estimates)
    misled = sum(one.high <= matters if truth.estimate > matters else one.low > matters for one in estimates)
    covered = sum(not one.excludes(truth.estimate) for one in estimates)
    return Performance(
        truth=truth,
        estimate=mean_interval(found),
        bias=mean_interval(disturbed),
        sd=float(found.std(ddof=1)),
        error=math.sqrt(float(((found - truth.estimate) ** 2).mean())),
        coverage=wilson(covered / n, n),
        power=wilson(right / n, n),
        wrong_sign=wilson(wrong / n, n),
        wrong_decision=wilson(misled / n, n),
        days=days,
        n=n,
        df=float(np.mean([one.df for one in estimates])) if is_fixed else math.inf,
    )

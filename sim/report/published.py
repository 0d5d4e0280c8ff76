"""Is the market real? Simulated figures beside published and measured ones."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.arrays import Floats
from sim.said import Said, say
from sim.statistics.intervals import Interval, mean_interval


@dataclass(frozen=True)
class Target:
    """A band that a realistic market must meet on average."""

    metric: str
    low: float
    high: float
    source: Said


TARGETS = (
    Target("return_rate_6m", 0.28, 0.32, say("published: 30 % of new clients book again within 6 months")),
    Target("reach_3_in_12m", 0.22, 0.26, say("0.72-0.79 of the six-month return in CDNOW and a barber shop")),
    Target("same_pro_return_share", 0.60, 0.75, say("hair salon: 66-73 % of returners went to the same person")),
    Target("late_first_session_relative_risk", 0.5, 0.9, say("Olist, late first delivery: 0.68 [0.52, 0.89]")),
    Target("one_star_relative_risk", 0.78, 1.0, say("Olist, one star against five: 0.88 [0.78, 1.00]")),
    Target("true_propensity_sd", 0.05, 0.07, say("beta-binomial spread between pros: Freelancer, Olist")),
    Target("score_signal_share", 0.15, 0.45, say("a raw rate from 15-30 clients, of pros who differ by 5-7 points")),
)


@dataclass(frozen=True)
class TargetLine:
    """A target and what the simulation gives."""

    target: Target
    interval: Interval

    @property
    def passed(self) -> bool:
        """Whether the mean lies within the band; an undefined mean does not."""
        return math.isfinite(self.interval.estimate) and self.target.low <= self.interval.estimate <= self.target.high

    @property
    def missed(self) -> bool:
        """Whether the whole interval lies outside the band."""
        return self.interval.excludes(self.target.low) and self.interval.excludes(self.target.high) and not self.passed

    @property
    def verdict(self) -> Literal["within the band", "outside the band", "not clear yet", "not defined"]:
        """Of the mean and its interval: *not clear yet* is a mean outside whose interval reaches into the band."""
        if not math.isfinite(self.interval.estimate):
            return "not defined"
        if self.passed:
            return "within the band"
        return "outside the band" if self.missed else "not clear yet"


def scorecard(values: Mapping[str, Floats]) -> list[TargetLine]:
    """Compare metrics, (n_replications,) each, with all targets; one that was not measured is not defined."""
    nothing = Interval(math.nan, math.nan, math.nan, 0)
    return [TargetLine(target, mean_interval(values[target.metric]) if target.metric in values else nothing) for target in TARGETS]

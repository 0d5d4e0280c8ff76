"""Is the market real? Simulated figures beside published and measured ones."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.arrays import Floats
from sim.metrics.catalogue import metric
from sim.said import Said, say
from sim.statistics.intervals import Interval, mean_interval
from sim.words.language import t
from sim.words.levels import level
from sim.words.units import WRITINGS, amounts, with_unit

Band = tuple[float, float]
"""Low and high, in the metric's own unit."""
Standing = Literal["within", "outside", "not clear yet", "not defined"]


@dataclass(frozen=True)
class Target:
    """What was published of a figure, and the band that a realistic market must meet on average: two different things."""

    metric: str
    published: Band
    """What was published or measured; of a figure published as one number, what rounds to it."""
    tolerance: Band
    """The project's own: what is near enough, since markets differ, and no source is of this one."""
    source: Said


TARGETS = (
    Target("return_rate_6m", (0.295, 0.305), (0.28, 0.32), say("published: 30 % of new clients book again within 6 months")),
    # .72 and .79 of 30 %
    Target("reach_3_in_12m", (0.216, 0.237), (0.22, 0.26), say("0.72-0.79 of the six-month return in CDNOW and a barber shop")),
    Target("same_pro_return_share", (0.66, 0.73), (0.60, 0.75), say("hair salon: 66-73 % of returners went to the same person")),
    Target("late_first_session_relative_risk", (0.52, 0.89), (0.5, 0.9), say("Olist, late first delivery: 0.68 [0.52, 0.89]")),
    Target("one_star_relative_risk", (0.78, 1.0), (0.78, 1.0), say("Olist, one star against five: 0.88 [0.78, 1.00]")),
    # sqrt(.3 * .7 * rho) for rho = .013 (Freelancer) and .025 (Olist)
    Target("true_propensity_sd", (0.0523, 0.0725), (0.05, 0.07), say("beta-binomial spread between pros: Freelancer, Olist")),
    # n rho / (1 + (n - 1) rho) for 15 clients at rho = .013 and 30 at .025
    Target(
        "score_signal_share", (0.165, 0.435), (0.15, 0.45), say("a raw rate from 15-30 clients, of pros who differ by 5-7 points")
    ),
)


@dataclass(frozen=True)
class TargetLine:
    """A target and what the simulation gives."""

    target: Target
    interval: Interval

    @property
    def passed(self) -> bool:
        """Whether the mean lies within the tolerance; an undefined mean does not."""
        return self.against_tolerance == "within"

    @property
    def against_published(self) -> Standing:
        """The mean and its interval against what was published: *not clear yet* is a mean outside whose interval reaches in."""
        return self._standing(*self.target.published)

    @property
    def against_tolerance(self) -> Standing:
        """The same against the project's own tolerance."""
        return self._standing(*self.target.tolerance)

    def _standing(self, low: float, high: float) -> Standing:
        interval = self.interval
        if not math.isfinite(interval.estimate):
            return "not defined"
        if low <= interval.estimate <= high:
            return "within"
        return "outside" if interval.excludes(low) and interval.excludes(high) else "not clear yet"


def scorecard(values: Mapping[str, Floats]) -> list[TargetLine]:
    """Compare metrics, (n_replications,) each, with all targets; one that was not measured is not defined."""
    nothing = Interval(math.nan, math.nan, math.nan, 0)
    return [TargetLine(target, mean_interval(values[target.metric]) if target.metric in values else nothing) for target in TARGETS]


def bands_of(line: TargetLine) -> tuple[str, str, str]:
    """What was published of a figure, the project's tolerance, and what was simulated."""
    shown = metric(line.target.metric)
    unit, interval = WRITINGS[shown.unit].name, line.interval
    bands = [amounts(shown.unit, *band) for band in (line.target.published, line.target.tolerance)]
    published, tolerance = (with_unit(t("{low} to {high}", low=low, high=high), unit) for low, high in bands)
    return published, tolerance, level(line.target.metric, interval.estimate, interval.half_width)

"""Is the market real? A scorecard of simulated figures against published and measured ones.

Prints, for each target, its band, its source, the mean over replications with its 95 % interval, and whether the mean lies
within the band; exit code 1 if any does not.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.cli import run_command
from experiments.plan import Options, make_plan
from experiments.runner import run_all
from sim.statistics.intervals import Floats, Interval, mean_interval

MIN_REPLICATIONS = 5


@dataclass(frozen=True)
class Target:
    """A band that a realistic market must meet on average."""

    metric: str
    low: float
    high: float
    source: str


TARGETS = (
    Target("return_rate_6m", 0.28, 0.32, "published: 30 % of new clients book again within 6 months"),
    Target("reach_3_in_12m", 0.22, 0.26, "0.72-0.79 of the six-month return in CDNOW and a barber shop"),
    Target("same_pro_return_share", 0.60, 0.75, "hair salon: 66-73 % of returners went to the same person"),
    Target("late_first_session_relative_risk", 0.5, 0.9, "Olist, late first delivery: 0.68 [0.52, 0.89]"),
    Target("one_star_relative_risk", 0.78, 1.0, "Olist, one star against five: 0.88 [0.78, 1.00]"),
    Target("true_propensity_sd", 0.05, 0.07, "beta-binomial spread between pros: Freelancer, Olist"),
    Target("score_signal_share", 0.15, 0.45, "a raw rate from 15-30 clients, of pros who differ by 5-7 points"),
)


@dataclass(frozen=True)
class Line:
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


def scorecard(values: Mapping[str, Floats]) -> list[Line]:
    """Compare metrics, (n_replications,) each, with all targets."""
    return [Line(target, mean_interval(values[target.metric])) for target in TARGETS]


def as_text(lines: Sequence[Line]) -> str:
    """The scorecard as a table."""
    rows = [("target", "band", "mean", "95 % interval", "n", "", "source")]
    for line in lines:
        target, interval = line.target, line.interval
        rows.append(
            (
                target.metric,
                f"{target.low:g}-{target.high:g}",
                f"{interval.estimate:.3f}",
                f"[{interval.low:.3f}, {interval.high:.3f}]",
                str(interval.n),
                "pass" if line.passed else "FAIL",
                target.source,
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _body(settings: dict[str, object], _command: str) -> int:
    plan = make_plan(settings, Options)
    arm = plan.arms[plan.options.control]
    outcome = run_all(
        plan.market,
        {arm.name: arm},
        plan.options.replications,
        plan.options.seed,
        plan.store,
        plan.options.executor,
        plan.options.engine,
    )
    lines = scorecard(outcome.values(arm.name))
    print(f"Market {plan.market.name}, arm {arm.name}, {plan.options.replications} replications, seed {plan.options.seed}")
    print(as_text(lines))
    if plan.options.replications < MIN_REPLICATIONS:
        print(f"Fewer than {MIN_REPLICATIONS} replications: the intervals are wide, do not conclude from this.")
    return 0 if all(line.passed for line in lines) else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("realism", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    sys.exit(main())

"""Does supply answer as it did in two published natural experiments? Differences over all of a run, with 95 % intervals.

In the default market with ``pros.entering`` on, by common random numbers; nothing is fitted to what was published.

- A stricter badge: a premium in visibility for the best share of the counted pros. Everybody else is alike, newcomers too, since
  a badge has to be earned. The premium stays what it is when the badge becomes harder to get.
- A boost for new pros, against the same score without it; and again with all pros joining, which is what it costs before supply
  answers.

A third comparison is that of pros who leave out new clients to keep their score with pros who do not.

References
----------
Hui, Saeedi, Spagnolo & Tadelis (2023), Raising the bar: certification thresholds and market outcomes. AEJ: Microeconomics 15(2).
Ye, Zhang, Zhang, Zhang, Chen & Xu (2023), Cold start to improve market thickness on online advertising platforms. Management
Science 69(7).
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import compose_settings
from sim.allocators.base import Allocator, Proportional
from sim.allocators.new_pro_boost import NewProBoost
from sim.allocators.tiers import Tiers
from sim.arrays import Flags, Floats
from sim.calendar import TICKS_PER_DAY
from sim.config import Market
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.log import RunLog
from sim.metrics.catalogue import metric
from sim.metrics.cohort import Cohort
from sim.population import draw_population
from sim.statistics.intervals import mean_interval
from sim.views import ProView

SEED = 20_260_102
PREMIUM = 3.0
"""How much more visible a badge makes a pro, whoever has it."""
LENIENT, STRICTER, STRICT = 0.5, 0.75, 0.9
"""Share of the counted pros who do not get the badge."""
BOOST, HALF_LIFE_DAYS = 3.0, 60.0
TAIL = 0.2
"""Share of the pros in each tail of quality."""


@dataclass(frozen=True)
class Badge:
    """Counted pros better than a share ``harder`` of them are ``PREMIUM`` times as visible as all others, newcomers too."""

    harder: float
    neutral: ClassVar[bool] = False

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        heard = pros.score.counted & pros.active
        if not heard.any():
            return np.ones(pros.n_pros)
        bar = np.sort(pros.score.value[heard])[int(self.harder * heard.sum())]
        return np.where(pros.score.counted & (pros.score.value >= bar), PREMIUM, 1.0)


def neutral_badge(harder: float) -> Tiers:
    """The same premium where newcomers get the mean weight, as under all of the product's scores."""
    top = PREMIUM * (1 - harder) / (harder + PREMIUM * (1 - harder))
    return Tiers("rank", (harder,), (1 - top, top))


Measure = Callable[[Market, RunLog, int], dict[str, float]]
Side = tuple[Market, Arm]


def share(rows: Flags, among: Flags) -> float:
    """Share of ``among`` that are ``rows``, in per cent; nan of none."""
    return 100 * float((rows & among).sum() / among.sum()) if among.any() else np.nan


def entry(market: Market, log: RunLog, replication: int) -> dict[str, float]:
    """Who of the pros who could have joined after the warm-up did, how many pros there are, and what clients get."""
    begin, end = log.facts["warmup_days"], log.facts["horizon_days"]
    could = draw_population(market, SEED, replication).pros["joined_tick"] >= begin * TICKS_PER_DAY
    truth, here = log.truth_pros["return_propensity"], np.isfinite(log.pros["joined_days"])
    joined = here & could
    rank = truth.argsort().argsort() / len(truth)
    bookings = log.bookings
    first, last = bookings["request_days"] < 365, bookings["request_days"] >= end - 365
    return {
        "later pros who join, %": share(joined, could),
        "of the lowest fifth in quality, %": share(joined, could & (rank < TAIL)),
        "of the three fifths between, %": share(joined, could & (rank >= TAIL) & (rank < 1 - TAIL)),
        "of the highest fifth, %": share(joined, could & (rank >= 1 - TAIL)),
        "spread of entrants in quality, % of that of all": 100 * float(truth[joined].std() / truth.std())
        if joined.any()
        else np.nan,
        "pros at the end": float((here & ~np.isfinite(log.pros["left_days"])).sum()),
        "requests filled in the last year, %": share(np.isfinite(bookings["assigned_days"]), last),
        "contribution of the first year, EUR": float(np.nansum(bookings["contribution_eur"][first])),
        "contribution of the last year, EUR": float(np.nansum(bookings["contribution_eur"][last])),
    }


def selection(market: Market, log: RunLog, replication: int) -> dict[str, float]:
    """How new clients are served and how well the score orders pros, after the warm-up."""
    bookings = log.bookings
    later = bookings["request_days"] >= log.facts["warmup_days"]
    first = bookings["stage"] == 0
    filled, cancelled = np.isfinite(bookings["assigned_days"]), bookings["cancellations_by_pros"] > 0
    chosen = [metric(name) for name in ("score_rank_correlation", "return_rate_6m", "net_contribution_per_client_24m_eur")]
    return {
        "first bookings filled, %": share(filled, later & first),
        "first bookings cancelled by the pro, %": share(cancelled, later & first & filled),
        "later bookings filled, %": share(filled, later & ~first),
        **{one.label: one.compute(Cohort(log)) for one in chosen},
    }


def compare(title: str, this: Side, other: Side, measure: Measure, n: int) -> dict[str, tuple[float, float]]:
    """Print what this side has more than the other; returns (low, high) of each difference."""
    columns: dict[str, list[tuple[float, float]]] = {}
    for replication in range(n):
        mine, theirs = (measure(market, simulate(market, arm, SEED, replication), replication) for market, arm in (this, other))
        for name, value in mine.items():
            columns.setdefault(name, []).append((value, theirs[name]))
    print(f"{title} (n = {n})")
    intervals = {}
    for name, pairs in columns.items():
        values = np.array(pairs)
        interval = mean_interval(values[:, 0] - values[:, 1])
        intervals[name] = (interval.low, interval.high)
        print(
            f"  {name:<52} {np.nanmean(values[:, 1]):12.3f} {interval.estimate:+11.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
        )
    print(flush=True)
    return intervals


def comparisons(market: Market, arm: Arm) -> dict[str, tuple[Side, Side, Measure]]:
    """What is compared with what in this market under this arm's score, by title."""

    def where(**sections: dict[str, bool]) -> Market:
        pros = {name: {**getattr(market.pros, name).model_dump(), **values} for name, values in sections.items()}
        return Market.model_validate({**market.model_dump(), "pros": {**market.pros.model_dump(), **pros}})

    def under(allocator: Allocator) -> Arm:
        return Arm("test", arm.score, allocator)

    answering, selecting = where(entering={"enabled": True}), where(selecting={"enabled": True})
    same = cast(Proportional, arm.allocator)
    boosted = under(NewProBoost(same.strength, same.floor, same.cap, BOOST, HALF_LIFE_DAYS))
    lenient, stricter, strict = (under(Badge(harder)) for harder in (LENIENT, STRICTER, STRICT))
    neutral_strict, neutral_lenient = under(neutral_badge(STRICT)), under(neutral_badge(LENIENT))
    return {
        "a badge for a quarter instead of half": ((answering, stricter), (answering, lenient), entry),
        "a badge for a tenth instead of half": ((answering, strict), (answering, lenient), entry),
        "the same, newcomers neutral": ((answering, neutral_strict), (answering, neutral_lenient), entry),
        "a boost for new pros": ((answering, boosted), (answering, arm), entry),
        "a boost for new pros, and all join": ((market, boosted), (market, arm), entry),
        "pros who select": ((selecting, arm), (market, arm), selection),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.supply", description=__doc__, allow_abbrev=False)
    parser.add_argument("--replications", type=int, default=24, metavar="N", help="pairs of runs (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.replications < 2:
        parser.error(f"--replications = {options.replications}, must be >= 2")
    settings = compose_settings("compare", ["arm=[wecasa_2025]"])
    for title, (this, other, measure) in comparisons(load_market(settings), load_arms(settings)["wecasa_2025"]).items():
        compare(title, this, other, measure, options.replications)
    return 0


if __name__ == "__main__":
    sys.exit(main())

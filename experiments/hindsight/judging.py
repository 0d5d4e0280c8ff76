"""What logs say about each policy: estimates with and without clients whose time is not over, or why there are none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.hindsight.logged import Clients
from sim.arrays import Flags, Floats
from sim.offpolicy.exploration import Exploration, decisions_needed, mixed
from sim.offpolicy.judging import NOT_DEFINED, Judged, judge
from sim.offpolicy.overlap import EXPLORED, unsupported_share
from sim.report.offpolicy_record import MOST_UNSUPPORTED, EstimatorSays, Outcomes, PolicyJudged, Refused
from sim.statistics.intervals import Interval

LEVEL = 0.95
BASE = 0
"""Seed of resampling: not the experiment's, so that the same log gives the same intervals."""
NAN = float("nan")
NOTHING = np.zeros(0)


@dataclass(frozen=True)
class Target:
    """One policy, and how it would have chosen."""

    arm: str
    sees_truth: bool
    propensities: Floats
    """(m,) among the candidates."""
    offered: Floats | None
    """(n_offers,); None: offers are not known."""


@dataclass(frozen=True)
class Wanted:
    """How a judgement is made."""

    window_days: float
    effective_n: float
    is_strict: bool
    """Whether the log left nothing to chance."""
    policies: int = 1
    """Judged by the same log: the error of a verdict is shared among them."""

    @property
    def level(self) -> float:
        """Of the intervals that decide (Bonferroni): with nothing to find, one log in twenty has a wrong verdict about a policy."""
        return 1 - (1 - LEVEL) / self.policies


def judged(
    clients: Clients,
    target: Target,
    wanted: Wanted,
    explorations: Callable[[], Sequence[Exploration]],
    truth: tuple[Interval, Interval] | None = None,
) -> PolicyJudged:
    """What a log says about one policy.

    Parameters
    ----------
    explorations
        Makes what exploring would give and cost.
    truth
        Simulated: the share under the policy, and what it changes.
    """
    mature = clients.mature(wanted.window_days)
    decisions = clients.decisions.rows(mature)
    propensities = target.propensities[np.repeat(mature, clients.decisions.counts)]
    candidates = decisions.candidates(propensities)
    unsupported = NAN if decisions.support_unknown else unsupported_share(candidates)
    refused: Refused = (
        "alone" if (decisions.counts == 1).all() else _why_not(wanted, candidates.of_chosen(propensities), unsupported)
    )
    says: list[EstimatorSays] = []
    found: Judged | None = None
    if not refused:
        found = judge(decisions, propensities, _of(target.offered, mature, clients), BASE, wanted.level)
        says += _says(found, "mature")
        everybody = clients.decisions.followed_by(clients.weights(wanted.window_days))
        says += _says(judge(everybody, target.propensities, target.offered, BASE), "weighted")
    clip = None if found is None else found.clipping
    needed = NAN
    # chance gives a choice of others only where there are others
    if refused and refused != "alone":
        some = mixed(decisions.counts, decisions.logged, EXPLORED)
        needed = decisions_needed(decisions.counts, some, propensities, wanted.effective_n)
    return PolicyJudged(
        arm=target.arm,
        sees_truth=target.sees_truth,
        refused=refused,
        says=tuple(says),
        decides=NOT_DEFINED if found is None else found.decides,
        decides_other_pros=NOT_DEFINED if found is None else found.decides_other_pros,
        level=wanted.level,
        unsupported_share=unsupported,
        wanted=wanted.effective_n,
        needed=needed,
        tried=NOTHING if clip is None else clip.thresholds.tried,
        clipped=NOTHING if clip is None else clip.estimates,
        error=NOTHING if clip is None else clip.thresholds.standard_error,
        bias_bound=NOTHING if clip is None else clip.thresholds.bias_bound,
        threshold=NAN if clip is None else clip.thresholds.best,
        quantiles=NOTHING if found is None else np.quantile(found.ratio, np.linspace(0, 1, 101)),
        moved_share=NAN if found is None else found.moved_share,
        busiest_times=NAN if found is None else found.busiest_times,
        explorations=tuple(explorations()),
        truth=None if truth is None else truth[0],
        true_difference=None if truth is None else truth[1],
    )


def _why_not(wanted: Wanted, of_chosen: Floats, unsupported: float) -> Refused:
    """Why a log says nothing about a policy; empty when it does."""
    if wanted.is_strict:
        return "strict"
    if unsupported > MOST_UNSUPPORTED:
        return "support"
    return "" if of_chosen.any() else "weights"


def _of(offered: Floats | None, chosen: Flags, clients: Clients) -> Floats | None:
    """Offers of some clients."""
    offers = clients.decisions.offers
    return None if offered is None or offers is None else offered[np.repeat(chosen, offers.counts)]


def _says(found: Judged, outcomes: Outcomes) -> list[EstimatorSays]:
    return [
        EstimatorSays(
            estimator=name,
            outcomes=outcomes,
            value=one.value,
            difference=one.difference,
            other_pros=one.other_pros,
            bernstein=one.bernstein,
            effective_n=one.overlap.effective_n,
            largest_weight=one.overlap.largest_weight,
            largest_share=one.overlap.largest_share,
            unsupported_share=one.overlap.unsupported_share,
        )
        for name, one in found.estimates.items()
    ]

"""Everything that a log says about one new policy: each estimator with its intervals, and how far the log reaches."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Floats
from sim.offpolicy.choices import Choices
from sim.offpolicy.decisions import NOBODY, Decisions
from sim.offpolicy.intervals import cluster_bootstrap, empirical_bernstein
from sim.offpolicy.modelling import Predicted, direct, doubly_robust, predicted, switched, switching
from sim.offpolicy.overlap import Overlap, largest_possible_weight, overlap
from sim.offpolicy.returns import cross_fitted
from sim.offpolicy.terms import Terms
from sim.offpolicy.thresholds import Thresholds
from sim.offpolicy.weighting import clipped, clipping, inverse_propensity, self_normalised
from sim.statistics.intervals import Interval

DECIDES = "doubly_robust"
"""The estimator that is read first: right when propensities are, and less noisy than weights alone."""
MOST_GROUPS = 1_000
"""Groups of clients that are resampled: with more clients, some share one, which changes nothing but the work."""
NOT_DEFINED = Interval(math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True)
class Estimated:
    """What one estimator says."""

    value: Interval
    """Mean outcome under the new policy, for these pros and other clients such as these; n: groups that were resampled.
    Low and high are nan for the model alone, whose own error is not known."""
    difference: Interval
    """That, less what the same estimator says about the log's own choices: what decides."""
    other_pros: Interval
    """The difference, for other pros such as these, too: clients who share a pro are resampled as wholes."""
    bernstein: Interval
    """The difference of weights (IPS) and the doubly robust one with the bound of ``empirical_bernstein``: it holds whatever
    outcomes of 0 to 1 these clients have, if propensities are right (doubly robust: and the model is taken as given).

    All nan for estimators that cut weights or set the model in their place, whose bias it does not cover; where not all
    propensities are known, or the new policy chooses pros without support, however few; and where clients count for others whose
    outcome is not known."""
    overlap: Overlap


@dataclass(frozen=True)
class Clipping:
    """What clipping at each of several weights would say."""

    thresholds: Thresholds
    estimates: Floats
    """(n_tried,) mean outcome under the new policy."""


@dataclass(frozen=True)
class Judged:
    """What a log says about one new policy."""

    estimates: Mapping[str, Estimated]
    decides: Interval
    """The difference by ``DECIDES`` at the level asked for, for these pros and other clients."""
    decides_other_pros: Interval
    """The same for other pros, too."""
    logged: Interval
    """Mean outcome in the log."""
    clipping: Clipping
    ratio: Floats
    """(n,) weights of the decisions."""
    moved_share: float
    """Of the new policy's first sessions, those that go to other pros than in the log, 0 to 1: half the sum of differences."""
    busiest_times: float
    """Times as many new clients as in the log for the pro who gains most; who has hardly any in the log is left out."""
    n: int
    """Decisions."""


def judge(decisions: Decisions, target: Floats, offered: Floats | None = None, seed: int = 0, level: float = 0.95) -> Judged:
    """Estimate the outcome of a new policy in every way.

    Parameters
    ----------
    target
        (m,) propensities of the new policy among the candidates.
    offered
        (n_offers,) likewise of each offer; None: sequences are not looked at.
    seed
        Of the resampling.
    level
        Of the two intervals that decide; all others are at 95 %.

    Raises
    ------
    ValueError
        Propensities that cannot be, or all weights are 0.
    """
    candidates = decisions.candidates(target)
    choices = candidates.choices(decisions.outcome, decisions.followed)
    expected = cross_fitted(decisions.asked)
    model = predicted(candidates, expected)
    clip, switch = clipping(choices), switching(choices, model)
    reach = overlap(choices, None if decisions.support_unknown else candidates)
    # nan, too, is no support
    bounded = reach.unsupported_share == 0 and bool((decisions.followed == 1).all())
    weight = max(largest_possible_weight(candidates), 1.0) if bounded else math.nan
    bases = _of_the_log(choices, model, predicted(decisions.candidates(decisions.logged), expected))
    found: dict[str, tuple[Terms, float, Overlap]] = {
        "ips": (inverse_propensity(choices), weight, reach),
        "self_normalised": (self_normalised(choices), math.nan, reach),
        "clipped": (clipped(choices, clip.best), math.nan, reach),
        "direct": (direct(model), math.nan, reach),
        "doubly_robust": (doubly_robust(choices, model), 1 + weight, reach),
        "switched": (switched(choices, model, switch.best), math.nan, reach),
    }
    asked = None if offered is None else decisions.offered(offered)
    if asked is not None and asked.ratio.any():
        own = overlap(asked)
        found["offers_ips"] = (inverse_propensity(asked), math.nan, own)
        found["offers_self_normalised"] = (self_normalised(asked), math.nan, own)
        found["offers_clipped"] = (clipped(asked, clipping(asked).best), math.nan, own)
    moved, n = _moved(decisions, target), len(decisions.outcome)
    clients = np.arange(n) % MOST_GROUPS
    cuts = np.array([clipped(choices, cut).estimate for cut in clip.tried])
    read = Terms(found[DECIDES][0].linear - bases[DECIDES].linear)
    return Judged(
        estimates={
            name: _without_interval(terms, bases[name], own, n)
            if name == "direct"
            else Estimated(
                cluster_bootstrap(terms, clients, seed),
                cluster_bootstrap(gap := Terms(terms.linear - bases[name].linear), clients, seed),
                cluster_bootstrap(gap, decisions.clusters, seed),
                # of outcomes 0 to 1
                NOT_DEFINED if math.isnan(most) else empirical_bernstein(gap, -(1 + most), 1 + most),
                own,
            )
            for name, (terms, most, own) in found.items()
        },
        decides=cluster_bootstrap(read, clients, seed, level),
        decides_other_pros=cluster_bootstrap(read, decisions.clusters, seed, level),
        logged=cluster_bootstrap(bases["ips"], clients, seed),
        clipping=Clipping(clip, cuts),
        ratio=choices.ratio,
        moved_share=moved[0],
        busiest_times=moved[1],
        n=n,
    )


def _of_the_log(choices: Choices, model: Predicted, logged: Predicted) -> dict[str, Terms]:
    """What each estimator says about the log's own choices: all the same where every outcome is known, but for the model alone."""
    own = replace(choices, target=choices.logged)
    plain, normalised = inverse_propensity(own), self_normalised(own)
    corrected = doubly_robust(own, Predicted(model.chosen, model.chosen))
    single = {"ips": plain, "self_normalised": normalised, "clipped": plain, "doubly_robust": corrected, "switched": corrected}
    offers = {"offers_ips": plain, "offers_self_normalised": normalised, "offers_clipped": plain}
    return {**single, **offers, "direct": direct(logged)}


def _without_interval(terms: Terms, base: Terms, reach: Overlap, n: int) -> Estimated:
    """An estimate of which only the scatter of decisions is known, not that of the model behind it."""
    value, gap = (Interval(one, math.nan, math.nan, n) for one in (terms.estimate, terms.estimate - base.estimate))
    return Estimated(value, gap, gap, NOT_DEFINED, reach)


def _moved(decisions: Decisions, target: Floats) -> tuple[float, float]:
    """Half the sum of absolute differences between pros' shares, and the largest ratio of a pro's shares."""
    served = decisions.pros != NOBODY
    n_pros = int(decisions.pros.max(initial=0)) + 1
    now, then = (np.bincount(decisions.pros[served], column[served], n_pros) for column in (decisions.logged, target))
    if not now.sum() > 0 or not then.sum() > 0:
        return math.nan, math.nan
    now, then = now / now.sum(), then / then.sum()
    known = now > 0.01 / max(int((now > 0).sum()), 1)
    return float(np.abs(now - then).sum() / 2), float((then[known] / now[known]).max())

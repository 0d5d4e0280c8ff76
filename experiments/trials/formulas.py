"""Power as a team would work it out before its test: by formulas, from how clients, zones and weeks of the control vary."""

import math
from collections.abc import Sequence

import numpy as np

from experiments.trials.estimating import NOT_RANDOMISED, Newcomers, lay
from sim.designs.base import Design, Split
from sim.estimators.power import clustered_error, error_of_means, intracluster_correlation, power, switched_error


def power_by_formula(design: Design, splits: Sequence[Split], control: Sequence[Newcomers], effect: float) -> float:
    """Probability of finding an effect without bias; nan for designs without a formula.

    Parameters
    ----------
    splits, control
        Of each experiment, and the clients of a market in which nobody is treated.
    """
    laid = [lay(design, split, who) for split, who in zip(splits, control, strict=True)]
    in_stages = design.unit == "client" and splits[0].groups.shares.shape[1] > 1
    if design.estimator in NOT_RANDOMISED or design.unit == "pro" or splits[0].randomises_pros or in_stages:
        return math.nan
    values = np.concatenate([one.who.outcome for one in laid])
    n, share = len(values) / len(laid), float(np.concatenate([one.treated for one in laid]).mean())
    spread = float(values.std())
    if not (0 < share < 1 and spread > 0):
        return math.nan
    if design.unit == "client":
        return power(abs(effect), error_of_means(n, spread, spread, share))
    clusters = [one.clusters for one in laid if one.clusters is not None]
    alike = [intracluster_correlation(one.who.outcome, each) for one, each in zip(laid, clusters, strict=True)]
    n_clusters = float(np.mean([len(np.unique(each)) for each in clusters]))
    correlation = min(max(float(np.mean(alike)), 0.0), 1.0)
    if design.unit == "period":
        error, df = switched_error(n / n_clusters, n_clusters, 0, spread, spread, correlation, share)
    else:
        error, df = clustered_error(n, n_clusters, spread, spread, correlation, share)
    return power(abs(effect), error, df)

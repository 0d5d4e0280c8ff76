"""What simulated experiments of the same design and length say, beside what the real one says."""

import math
from collections.abc import Mapping
from typing import Any

import scipy

from experiments.execution.keys import refuse_edited
from experiments.execution.runner import Runner
from experiments.outputs.folder import check_writable
from experiments.plans.settings import Settings
from experiments.trials.curves import Runs
from experiments.trials.judging import judge, simulate_lab
from experiments.trials.learning import effects_in_worlds, with_worlds
from experiments.trials.observed_plan import Observed
from experiments.trials.plan import Lab, arms_of, make_lab
from sim.estimators.performance import Performance
from sim.metrics.cohort import SIX_MONTHS_DAYS
from sim.report.observed_record import Beside, Line
from sim.worlds.learning import Learned, known_from_worlds, learned


def lab_beside(settings: Settings, observed: Observed) -> Lab:
    """Simulated experiments of the design and length of the real one, checked.

    Raises
    ------
    ConfigError
        They cannot be simulated in this market.
    """
    # nothing is wanted but the design, followed to the end
    only: dict[str, Any] = {"shares": [], "loads": [], "bolder": None, "delay_days": SIX_MONTHS_DAYS}
    if isinstance(rollout := settings["rollout"], Mapping):
        only |= {"rollout": {**rollout, "bad": None}}
    lab = make_lab({**settings, "days": float(observed.days), **only})
    check_writable("store", lab.plan.store)
    refuse_edited(lab.plan.arms.values())
    return lab


def simulated(lab: Lab, own: Line, n_clients: int) -> tuple[Lab, Beside, int]:
    """The lab with its plausible worlds, what it says, and how many runs were simulated now.

    Parameters
    ----------
    own
        The estimate of the real experiment.
    n_clients
        Clients behind it.

    Raises
    ------
    ConfigError
        No world meets the targets.
    RunError
        Some runs failed.
    """
    with Runner(lab.plan.store, lab.plan.options.executor) as runner:
        lab = with_worlds(lab, runner)
        runs = simulate_lab(lab, runner)
        now = runner.simulated
    one, *_ = judge(lab, runs)
    control, treated = arms_of(lab.plan)
    found = one.found
    # errors fall with the square root of the number of clients
    sd = found.sd * math.sqrt(one.clients * _with_a_part(lab) / n_clients)
    mean_error = found.sd / math.sqrt(found.n)
    return (
        lab,
        Beside(
            market=lab.plan.market.name,
            control=control,
            treated=treated,
            mean=found.estimate.estimate,
            mean_error=mean_error,
            sd=sd,
            truth=found.truth.estimate,
            bias=found.bias.estimate,
            n=found.n,
            p_value=agreement(own.estimate, own.standard_error, found.estimate.estimate, mean_error),
            learned=_learned(lab, runs, own, found),
        ),
        now,
    )


def _learned(lab: Lab, runs: Mapping[str, Runs], own: Line, found: Performance) -> Learned | None:
    """What the real experiment adds to what plausible worlds say; None without worlds, or without a standard error."""
    effects = effects_in_worlds(lab, runs)
    if effects is None or not own.standard_error > 0:
        return None
    bias = found.bias.estimate
    # as of what an experiment is worth: the bias was found in one market, and is trusted to its size
    unsure = math.hypot(found.bias_error, bias)
    return learned(known_from_worlds(*effects), own.estimate, own.standard_error, bias, unsure, lab.plan.options.smallest_effect)


def _with_a_part(lab: Lab) -> float:
    """Share of the simulated clients who have a part in the experiment."""
    options, zones = lab.plan.options, lab.plan.market.zones
    return float(options.eligible_share) * (1.0 if options.zones is None else len(options.zones) / zones)


def agreement(estimate: float, standard_error: float, mean: float, mean_error: float) -> float:
    """P-value of the hypothesis that an estimate and a prediction are of the same effect, by the errors of both.

    Intervals that overlap say less: two estimates can differ surely though they do.

    Examples
    --------
    >>> round(agreement(5.0, 3.0, 0.0, 4.0), 3)  # one standard error of the difference, (9 + 16)^.5 = 5
    0.317
    """
    error = math.hypot(standard_error, mean_error)
    return 2 * float(scipy.stats.norm.sf(abs(estimate - mean) / error)) if error > 0 else math.nan

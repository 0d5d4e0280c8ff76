"""From experiments that are planned to all that a report of them is made of."""

from collections.abc import Mapping

from experiments.execution.keys import RESULT_DIGEST, runs_digest, versions
from experiments.execution.runner import Runner
from experiments.trials.curves import BOLDER, Runs, effect_of_bolder, loads_found, shares_found
from experiments.trials.judging import judge, signs_of, simulate_lab
from experiments.trials.learning import learn, with_worlds
from experiments.trials.plan import Lab, LabOptions, arms_of
from experiments.trials.watching import judge_rollout
from sim.metrics.cohort import SIX_MONTHS_DAYS
from sim.report.instead import Bolder
from sim.report.lab import WEEK_DAYS, LabRecord
from sim.report.page import HASHES
from sim.statistics.intervals import mean_interval


def run_keys(lab: Lab) -> dict[str, str]:
    """Names in the store of all that is simulated, by ``name/replication``."""
    return {f"{name}/{r}": job.key for (name, r), job in lab.jobs().items()}


def experimented(lab: Lab, runner: Runner, command: str) -> tuple[Lab, LabRecord]:
    """Simulate experiments, in plausible worlds beside them where there are some, and judge the designs.

    Returns
    -------
    tuple
        The lab with its worlds, and what was found.

    Raises
    ------
    ConfigError
        Fewer clusters than an estimator can bear, or no world meets the targets.
    RunError
        Some runs failed; all others were completed and stored first.
    """
    lab = with_worlds(lab, runner)
    options = lab.plan.options
    runs = simulate_lab(lab, runner)
    designs = judge(lab, runs)
    control, treated = arms_of(lab.plan)
    return lab, LabRecord(
        market=lab.plan.market.name,
        control=control,
        treated=treated,
        outcome=options.outcome,
        designs=designs,
        days=options.days,
        within_weeks=options.within_weeks,
        scores=options.scores,
        command=command,
        seed=options.seed,
        versions=versions(),
        hashes=dict(zip(HASHES, (RESULT_DIGEST[:16], runs_digest(run_keys(lab).values())), strict=True)),
        shares=shares_found(options.shares, runs, lab.tried, options.outcome),
        loads=loads_found(options.loads, runs, lab.trials, lab.plan.market, options.outcome),
        signs=signs_of(lab, runs),
        bolder=_bolder(lab, runs),
        conditions=_conditions(options),
        sees_truth=lab.plan.arms[treated].is_reference,
        short=tuple(name for name, design in lab.designs.items() if 0 < getattr(design, "period_days", 0.0) < WEEK_DAYS),
        learning=learn(lab, runs, designs),
        rollout=judge_rollout(lab, runs),
    )


def _bolder(lab: Lab, runs: Mapping[str, Runs]) -> Bolder | None:
    if BOLDER not in lab.beside:
        return None
    effect = mean_interval(effect_of_bolder(runs, lab.plan.options.outcome))
    return Bolder(lab.beside[BOLDER].trial.treated.name, effect, len(lab.plan.options.zones or range(lab.plan.market.zones)))


def _conditions(options: LabOptions) -> tuple[str, ...]:
    """Keys about who, where and when that are not as usual."""
    usual = {"delay_days": SIX_MONTHS_DAYS, "zones": None, "eligible_share": 1, "novelty": None}
    said = options.model_dump()
    return tuple(f"{name}={said[name]}" for name, value in usual.items() if said[name] != value)

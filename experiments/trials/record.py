"""From experiments that are planned to all that a report of them is made of."""

from experiments.execution.keys import RESULT_DIGEST, runs_digest, versions
from experiments.execution.runner import Runner
from experiments.trials.judging import judge, simulate_lab
from experiments.trials.learning import learn, with_worlds
from experiments.trials.plan import Lab, arms_of
from sim.report.lab import LabRecord
from sim.report.page import HASHES


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
        learning=learn(lab, runs, designs),
    )

"""One run from Python, in this process."""

from pathlib import Path

from experiments.api.results import Run
from experiments.api.settings import Arms, Overrides, Policy, ask
from experiments.execution.jobs import Job, measured, why
from experiments.execution.runner import RunError
from experiments.execution.store import RunResult
from experiments.plans.arms import load_arms, load_market
from experiments.plans.plan import NOT_OPTIONS, CompareOptions
from sim.config import ConfigError
from sim.config import load as load_options
from sim.engine.platform import PolicyError
from sim.engine.run import refuse_unless_runs
from sim.log import RunLog


def simulate(
    arm: Policy = "wecasa_2025",
    market: str = "personal_care",
    *,
    seed: int = 1,
    replication: int = 0,
    overrides: Overrides = (),
    config_dir: str | Path | None = None,
) -> Run:
    """Simulate a market under one arm, once, in this process; nothing is written.

    Parameters
    ----------
    arm
        A name of ``arms()``; changes to one, ``{"like": "wecasa_2025", "score.min_sessions": 0}``; or a policy: an allocator, or an
        ``Arm`` with a score of its own.
    market
        A name of ``markets()``.
    seed, replication
        The random numbers, both >= 0: the same pair gives the same people and the same luck under every arm.
    overrides
        As on the command line: ``["market.pros.n=200"]``, or as a mapping: ``{"market.pros.n": 200}``.
    config_dir
        A further folder of configurations, such as the one that ``calibrate`` writes.

    Returns
    -------
    Run
        Tables of all that happened, and its metrics.

    Raises
    ------
    ConfigError
        Anything that cannot be simulated, with the message of the command line.
    RunError
        The policy answered something unusable.

    Examples
    --------
    >>> run = simulate("uniform", "minimal", overrides=["market.horizon_days=60"])
    >>> run.bookings.column_names[:3]
    ['booking', 'client', 'need']
    """
    if isinstance(arm, str):
        arms_: Arms = [arm]
    else:
        arms_ = {getattr(arm, "name", None) or "own": arm}
    asked = ask("compare", arms_, overrides, config_dir, market=market, seed=seed, control=next(iter(arms_)))
    if isinstance(replication, bool) or not isinstance(replication, int) or replication < 0:
        raise ConfigError(f"replication = {replication!r}, must be a whole number >= 0")
    settings = asked.settings
    # one run may be as short as it likes: metrics that need clients followed for longer are nan
    options = load_options(CompareOptions, {key: settings[key] for key in settings if key not in NOT_OPTIONS})
    (chosen,) = (load_arms(settings) | asked.own).values()
    try:
        refuse_unless_runs(chosen, options.engine)
    except PolicyError as error:
        raise ConfigError(f"arm {chosen.name}: {error}") from None
    log, result = simulate_here(Job(load_market(settings), chosen, options.seed, replication, options.engine))
    return Run(chosen.name, str(settings["market"]["name"]), options.seed, replication, log, result.metrics, result.curves)


def simulate_here(job: Job) -> tuple[RunLog, RunResult]:
    """One run in this process, which nothing is kept of.

    Raises
    ------
    RunError
        The policy answered something unusable.
    """
    try:
        return measured(job)
    except PolicyError as error:
        # all that is to be known of it: day, value and rule
        raise RunError(f"{job.where} failed: {why(error)}") from None
    except Exception as error:
        raise RunError(f"{job.where} failed: {why(error)}") from error

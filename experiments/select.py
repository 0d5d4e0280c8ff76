"""Choose the best of several policies, with as few runs as a guarantee allows: a race in which arms that fall behind drop out.

Simulates all arms with common random numbers, a replication at a time, until one is left; prints who won, when the others left
and what is guaranteed, and writes tables and a chart to the out folder. To learn by how much arms differ, use compare instead.
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence

from experiments.cli import run_command
from experiments.finish import ROUNDS, SELECTION, as_text, finish_rows, in_words, round_rows, selection_rows, sentences
from experiments.jobs import Job
from experiments.keys import RESULT_DIGEST, versions
from experiments.plan import Plan, SelectOptions, make_plan
from experiments.race import Race, UndefinedError, run_race
from experiments.results import as_csv, check_out, check_writable, runs_digest, write_folder
from experiments.runner import RunError, Runner
from sim.config import ConfigError
from sim.metrics.catalogue import Metric
from sim.report.page import HASHES
from sim.report.sheet import SelectionRecord, Sheet
from sim.statistics.selection import Selection, Task

INTERVAL_NOTE = "± is the 95 % interval of the arm alone, as if its number of replications had been fixed beforehand."
CLUSTER_RUNS = 64
"""Runs in a batch for a cluster, whose size is not known beforehand."""


def check_race(plan: Plan[SelectOptions]) -> tuple[Metric, Selection]:
    """The metric that decides, and the selection; everything that can be refused is, before anything is simulated.

    Raises
    ------
    ConfigError
        The metric is unknown or has no good direction, an arm is a reference, there are fewer than two, or a number of the
        procedure is out of its range.
    """
    options = plan.options
    shown = plan.check_metric("metric", options.metric)
    if shown.better is None:
        names = ", ".join(known.name for known in plan.metrics if known.better)
        raise ConfigError(f"metric = {shown.name!r}, has no direction that is good for everybody; must be one of: {names}")
    policies = [name for name in plan.arms if name not in plan.references]
    if plan.references:
        names = " and ".join(sorted(plan.references))
        raise ConfigError(
            f"arm = {names}, must be a policy that can be chosen, not a reference that knows the truth;"
            f" without it: arm=[{','.join(policies)}]"
        )
    if len(policies) < 2:
        raise ConfigError(f"arm = [{policies[0]}], must be two arms or more to choose from")
    if shown.unit == "share" and options.delta >= 1:
        raise ConfigError(f"delta = {options.delta:g}, must be < 1: {shown.name} is a share, so that .003 is 0.3 points")
    try:
        selection = Selection(
            len(policies),
            options.delta,
            options.alpha,
            options.n0,
            options.seed,
            options.procedure,
            shown.better == "higher",
            options.budget,
        )
    except ValueError as error:
        raise ConfigError(str(error).replace("n_systems", "the number of arms")) from None
    return shown, selection


def race_arms(plan: Plan[SelectOptions], shown: Metric, selection: Selection) -> tuple[Race, Mapping[Task, Job], int]:
    """Simulate until the search is over.

    Returns
    -------
    Race, Mapping, int
        The race; the run behind each of its values; how many runs were simulated now, the others were in the store.

    Raises
    ------
    RunError
        Runs failed, or the metric is undefined in a run that the race needs.
    """
    options, arms = plan.options, list(plan.arms.values())
    jobs: dict[Task, Job] = {}

    with Runner(plan.store, options.executor, keep_logs=False) as runner:

        def simulate(tasks: Sequence[Task]) -> dict[Task, float]:
            jobs.update({(s, r): Job(plan.market, arms[s], options.seed, r, options.engine) for s, r in tasks})
            results = runner.run([jobs[task] for task in tasks])
            return {task: results[jobs[task].key].metrics[shown.name] for task in tasks}

        try:
            race = run_race(selection, len(arms), simulate, _workers(plan), options.procedure != "ocba", options.budget)
        except UndefinedError as error:
            raise RunError(
                f"{jobs[error.task].where}: {shown.name} is not defined in this run, so the race cannot go on: nobody to count."
                " Choose another metric, or a larger market: market.clients.arrivals_per_day, market.horizon_days"
            ) from None
        return race, jobs, runner.simulated


def _workers(plan: Plan[SelectOptions]) -> int:
    """Runs that are simulated side by side, about."""
    executor = plan.options.executor
    return {"serial": 1, "local": executor.workers or os.cpu_count() or 1}.get(executor.name, CLUSTER_RUNS)


def write_results(
    plan: Plan[SelectOptions],
    settings: dict[str, object],
    command: str,
    shown: Metric,
    race: Race,
    jobs: Mapping[Task, Job],
    simulated: int,
) -> None:
    """Everything that goes to the out folder, but for the time it took."""
    options, arms = plan.options, list(plan.arms)
    tables = {
        "selection.csv": as_csv(SELECTION, selection_rows(race, arms, shown)),
        "rounds.csv": as_csv(ROUNDS, round_rows(race, arms)),
    }

    keys = {f"{arms[s]}/{r}": jobs[s, r].key for tasks in race.tasks for s, r in tasks}
    header, *rows = finish_rows(race, arms, shown)
    numbers = "the same" if race.common else "its own"
    sheet = Sheet(
        title=f"Which policy is best in: {shown.label}?",
        about=f"Market {plan.market.name}: {len(arms)} arms, each on {numbers} random numbers; {shown.better} is better.",
        sentences=sentences(options, race, arms, shown),
        caption=f"{shown.label}. {INTERVAL_NOTE}",
        header=[name.capitalize() for name in header[:-1]] + ["Finish"],
        rows=rows,
        notes=(),
        command=command,
        seed=options.seed,
        versions=versions(),
        hashes=dict(zip(HASHES, (RESULT_DIGEST[:16], runs_digest(keys.values())), strict=True)),
    )
    delta = options.delta if race.common else None
    record = SelectionRecord(sheet, tuple(arms), race.values, race.found, shown.name, delta)
    about = {
        "command": command,
        "seed": options.seed,
        "best": arms[race.found.best],
        "complete": race.found.complete,
        "guarantee": race.found.guarantee,
        "replications": dict(zip(arms, race.found.replications, strict=True)),
        "engine": options.engine,
        "store": str(plan.store.absolute()),
        "runs": keys,
        "simulated_now": simulated,
    }
    write_folder("select", plan.out, settings, tables, record, options.report.lang, about)


def _body(settings: dict[str, object], command: str) -> int:
    started = time.perf_counter()
    plan = make_plan(settings, SelectOptions)
    shown, selection = check_race(plan)
    check_out(plan.out, "select")
    check_writable("store", plan.store)
    race, jobs, simulated = race_arms(plan, shown, selection)
    write_results(plan, settings, command, shown, race, jobs, simulated)
    numbers = "same random numbers" if race.common else "independent random numbers"
    print(f"\nMarket {plan.market.name}: {len(plan.arms)} arms, {numbers}, seed {plan.options.seed}")
    print(f"{shown.label} ({shown.name}), {shown.better} is better\n")
    print(as_text(race, list(plan.arms), shown))
    print(f"{INTERVAL_NOTE}\n")
    print(in_words(plan.options, race, list(plan.arms), shown))
    seconds, unused = time.perf_counter() - started, race.asked - sum(race.found.replications)
    ahead = f", {unused} of them ahead of time and not needed" if unused else ""
    print(
        f"\n{simulated} of {race.asked} runs simulated now{ahead}, {race.asked - simulated} were in the store ({plan.store});"
        f" {seconds:.0f} s"
    )
    print(f"Tables:  {plan.out / 'selection.csv'}, {plan.out / 'rounds.csv'}")
    print(f"Report:  {plan.out / 'report.html'}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("select", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    sys.exit(main())

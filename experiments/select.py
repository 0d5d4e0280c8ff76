"""Choose the best of several policies, with as few runs as a guarantee allows: a race in which arms that fall behind drop out.

Simulates all arms with common random numbers, a replication at a time, until one is left; prints who won, when the others left
and what is guaranteed, and writes tables and a chart to the out folder. To learn by how much arms differ, use compare instead.
"""

import os
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cli import run_command
from experiments.jobs import Job
from experiments.plan import Plan, SelectOptions, make_plan
from experiments.race import Race, UndefinedError, run_race
from experiments.results import as_csv, check_out, check_writable, write_folder
from experiments.runner import RunError, Runner
from sim.charts.selection import plot_selection
from sim.charts.style import figure_of, save
from sim.charts.units import WRITINGS, rounded, signed
from sim.config import ConfigError
from sim.metrics.catalogue import Metric
from sim.report.format import TABLE_COLUMNS, count
from sim.statistics.intervals import mean_interval
from sim.statistics.selection import Selection, Task

SELECTION = ("arm", "metric", "mean", "half_width", "n", "behind_best", "left_after", "best")
ROUNDS = ("round", "arm", "replications", "mean", "in_race")
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


def selection_rows(race: Race, arms: Sequence[str], shown: Metric) -> list[tuple[Any, ...]]:
    """One row an arm, in the order of the finish; the half-width is that of the arm's own 95 % interval."""
    found, rows = race.found, []
    for i in race.finish():
        interval = mean_interval(race.values[i])
        left_after = "" if i in found.survivors[-1] else found.replications[i]
        rows.append(
            (arms[i], shown.name, interval.estimate, interval.half_width, interval.n, race.behind(i), left_after, i == found.best)
        )
    return rows


def round_rows(race: Race, arms: Sequence[str]) -> list[tuple[Any, ...]]:
    """One row a round and arm: replications used by then, their mean, and whether the arm is still in the race."""
    running = [np.cumsum(column) / np.arange(1, len(column) + 1) for column in race.values]
    return [
        (number, arm, n, float(running[i][n - 1]), i in stand.left)
        for number, stand in enumerate(race.rounds, 1)
        for i, (arm, n) in enumerate(zip(arms, stand.replications, strict=True))
    ]


def as_text(race: Race, arms: Sequence[str], shown: Metric) -> str:
    """The finish as a table."""
    found, writing = race.found, WRITINGS[shown.unit]
    rows = [("arm", f"mean{f' ({writing.name})' if writing.name else ''}", "behind the best", "replications", "")]
    for i in race.finish():
        interval = mean_interval(race.values[i])
        mean, half = (rounded(writing.factor * x, writing.decimals + 1) for x in (interval.estimate, interval.half_width))
        gap, end = f"{signed(race.behind(i), shown.unit)} {writing.difference_name}".rstrip(), f"left after {interval.n}"
        if i == found.best:
            gap, end = "", "best" if found.complete else "best so far"
        elif i in found.survivors[-1]:
            end = "stayed to the end" if race.common else ""
        rows.append((arms[i], f"{mean} ± {half}", gap, str(interval.n), end))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    rows.insert(1, (*("-" * width for width in widths), ""))
    table = [
        (row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:4], widths[1:], strict=True)), row[4]) for row in rows
    ]
    return "\n".join("  ".join(row).rstrip() for row in table)


def in_words(plan: Plan[SelectOptions], race: Race, shown: Metric) -> str:
    """Who won, what that is worth, and what it took."""
    options, found = plan.options, race.found
    best, n = list(plan.arms)[found.best], sum(found.replications)
    rivals = [name for i, name in enumerate(plan.arms) if i in found.survivors[-1] and i != found.best]
    if not found.complete:
        verdict = f"Stopped: no guarantee. The budget of {options.budget:,} runs is spent; {best} is the best so far"
        verdict += f", {' and '.join(rivals)} could still be."
    elif options.procedure == "ocba":
        verdict = f"Best: {best}. No guarantee: the best mean after a budget divided so that a right choice is likely."
    else:
        promise = found.guarantee.replace("the system", "the arm")
        if shown.unit == "share":
            promise = promise.replace(f"delta = {options.delta:g}", f"delta = {options.delta:g} ({100 * options.delta:g} points)")
        verdict = f"Best: {best}.\nGuarantee ({options.procedure.upper()}): {promise}."
        near = [name for i, name in enumerate(plan.arms) if i != found.best and abs(race.behind(i)) < options.delta]
        if near:
            verdict += (
                f"\nLess than delta behind in these runs: {', '.join(near)}. Whether {best} is ahead of them is not guaranteed;"
            )
            verdict += " to find out, lower delta."
    longest = len(plan.arms) * max(found.replications)
    if len(race.rounds) == 1:
        took = f"It took {count(n, 'run')}: the first look, after n0 = {options.n0} replications, decided."
    else:
        saved = f", {100 * (1 - n / longest):.0f} % saved" if n < longest else ""
        took = f"It took {count(n, 'run')}; all arms for as long as the longest would be {longest:,}{saved}."
    return "\n".join(textwrap.fill(line, TABLE_COLUMNS, subsequent_indent="  ") for line in [*verdict.split("\n"), took])


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

    def draw(folder: Path) -> None:
        delta = options.delta if race.common else None
        save(figure_of(plot_selection(arms, race.values, race.found, shown.name, delta)), folder, "selection")

    about = {
        "command": command,
        "seed": options.seed,
        "best": arms[race.found.best],
        "complete": race.found.complete,
        "guarantee": race.found.guarantee,
        "replications": dict(zip(arms, race.found.replications, strict=True)),
        "engine": options.engine,
        "store": str(plan.store.absolute()),
        "runs": {f"{arms[s]}/{r}": jobs[s, r].key for tasks in race.tasks for s, r in tasks},
        "simulated_now": simulated,
    }
    write_folder(plan.out, settings, tables, draw, about)


def _body(settings: dict[str, object], command: str) -> int:
    started = time.perf_counter()
    plan = make_plan(settings, SelectOptions)
    shown, selection = check_race(plan)
    check_out(plan.out)
    check_writable("store", plan.store)
    race, jobs, simulated = race_arms(plan, shown, selection)
    write_results(plan, settings, command, shown, race, jobs, simulated)
    numbers = "same random numbers" if race.common else "independent random numbers"
    print(f"\nMarket {plan.market.name}: {len(plan.arms)} arms, {numbers}, seed {plan.options.seed}")
    print(f"{shown.label} ({shown.name}), {shown.better} is better\n")
    print(as_text(race, list(plan.arms), shown))
    print("± is the 95 % interval of the arm alone, as if its number of replications had been fixed beforehand.\n")
    print(in_words(plan, race, shown))
    seconds, unused = time.perf_counter() - started, race.asked - sum(race.found.replications)
    ahead = f", {unused} of them ahead of time and not needed" if unused else ""
    print(
        f"\n{simulated} of {race.asked} runs simulated now{ahead}, {race.asked - simulated} were in the store ({plan.store});"
        f" {seconds:.0f} s"
    )
    print(f"Tables:  {plan.out / 'selection.csv'}, {plan.out / 'rounds.csv'}")
    print(f"Chart:   {plan.out / 'charts' / 'selection.png'}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("select", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    sys.exit(main())

"""A comparison from Python: simulated, or read from its out folder.

Arms that a configuration names, changed or not, are simulated by worker processes and kept in the store, as on the command line.
A policy that is passed as an object is simulated in this process and never kept: the store finds runs by a digest of their source,
and that of a class made in a notebook, or reloaded since, cannot be told for certain.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.api.results import Result
from experiments.api.settings import Arms, Overrides, ask
from experiments.api.simulation import simulate_here
from experiments.comparison.analysis import Compared, analyse
from experiments.comparison.exported import export_tables
from experiments.comparison.report import measured
from experiments.comparison.simulation import simulate_plan
from experiments.comparison.worlds import check_worlds, look
from experiments.execution.keys import refuse_edited
from experiments.execution.progress import progress
from experiments.execution.run_set import RunSet
from experiments.execution.runner import Runner
from experiments.outputs.export import check_export, write_export
from experiments.outputs.finished import read_finished, read_folder
from experiments.outputs.folder import MARKER, check_writable
from experiments.outputs.rebuild import worlds_in
from experiments.plans.decide import decision_rule
from experiments.plans.plan import CompareOptions, ComparisonOptions, Plan, make_plan
from experiments.uncertain.matching import choose_worlds
from sim.config import ConfigError
from sim.report.settling import WantedPrecision


def compare(
    arms: Arms = ("uniform", "rating", "wecasa_2022", "wecasa_2025", "cleaning_score", "oracle"),
    market: str = "personal_care",
    *,
    replications: int = 8,
    control: str | None = None,
    seed: int = 1,
    worlds: int = 16,
    overrides: Overrides = (),
    config_dir: str | Path | None = None,
    store: str | Path = "results",
    workers: int = 0,
    quiet: bool = False,
) -> Result:
    """Compare arms over replications with common random numbers.

    Parameters
    ----------
    arms
        Names, or a mapping from names of your own to what they stand for: see ``simulate``.
    replications
        Runs of each arm, >= 1; at least 2 for intervals.
    control
        The arm that the others are compared with; None: ``uniform`` when it is among them, else the first.
    worlds
        Plausible worlds in which the decision is looked at: 0, or at least 8; up to 16 the recommended arm, once in each. Not with
        policies passed as objects.
    store
        Folder of finished runs: those that are there are not simulated again. Policies passed as objects are never put there.
    workers
        Processes; 0: one per core.
    quiet
        No progress bar.

    Returns
    -------
    Result
        Tables, charts and a decision; a notebook shows it by itself.

    Raises
    ------
    ConfigError, RunError, KeyboardInterrupt
        As ``simulate``; what was finished is in the store.

    Examples
    --------
    >>> small = ["market.horizon_days=200", "longest_window_months=6", "executor=serial"]
    >>> compared = compare({"uniform": "uniform", "first": {"like": "uniform", "score.min_sessions": 0}}, "minimal",
    ...     replications=2, overrides=small, store=getfixture("tmp_path"), quiet=True)
    >>> compared.summary.column_names
    ['arm', 'metric', 'mean', 'half_width', 'n']
    """
    given = {"market": market, "replications": replications, "seed": seed, "store": str(store), "workers": workers}
    given["worlds"] = worlds
    names = [arms] if isinstance(arms, str) else list(arms)
    given["control"] = control if control is not None else "uniform" if "uniform" in names else next(iter(names), None)
    asked = ask("compare", arms, overrides, config_dir, **given)
    plan = make_plan(asked.settings, CompareOptions, asked.own)
    plan = replace(plan, arms={name: plan.arms[name] for name in asked.order})
    plan.check_margins()
    decision_rule(plan.options.decision, plan.metrics)
    check_worlds(plan)
    if asked.own and plan.options.precision is not None:
        own = ", ".join(asked.own)
        raise ConfigError(f"precision = {plan.options.precision:g}, must be null with policies passed as objects: {own}")
    if asked.own and plan.options.lab:
        raise ConfigError(f"lab = true, must be false with policies passed as objects: {', '.join(asked.own)}")
    check_export(plan.options.export, plan.store)
    bar = progress(quiet)
    with Runner(plan.store, plan.options.executor, progress=bar) as runner:
        sample = choose_worlds(plan, runner)
        runs, wanted = _stored(plan, frozenset(asked.own), runner)
        if asked.own:
            runs = _with_own(plan, tuple(asked.own), runs, bar)
        found = analyse(plan, runs, wanted)
        if not asked.own:
            found = measured(replace(found, over=look(found, sample, runner)), runner)
    write_export(plan.options.export, export_tables(found))
    return _result(found)


def _result(found: Compared) -> Result:
    return Result(**found.parts)


def _stored(plan: Plan[ComparisonOptions], own: frozenset[str], runner: Runner) -> tuple[RunSet, WantedPrecision | None]:
    """Runs of the arms that configurations name."""
    named = {name: arm for name, arm in plan.arms.items() if name not in own}
    if not named:
        return RunSet({}, {}, 0), None
    refuse_edited(named.values())
    check_writable("store", plan.store)
    return simulate_plan(replace(plan, arms=named), runner)


def _with_own(plan: Plan[ComparisonOptions], own: Sequence[str], stored: RunSet, bar: Callable[..., Any]) -> RunSet:
    """Beside the stored runs, those of policies passed as objects, simulated here."""
    results = dict(stored.results)
    todo = {where: job for where, job in plan.jobs(plan.options.replications).items() if where[0] in own}
    with bar(total=len(todo), desc="In this process", unit="run") as drawn:
        for where, job in todo.items():
            results[where] = simulate_here(job)[1]
            drawn.update()
    return RunSet(results, stored.keys, stored.simulated + len(todo))


def load(folder: str | Path) -> Result:
    """A finished comparison, read from its out folder and the store it names; nothing is simulated.

    Raises
    ------
    ConfigError
        The folder holds no finished comparison, or its runs are no longer in the store.
    """
    out = Path(folder)
    written_by = (out / MARKER).read_text(encoding="utf-8").strip() if (out / MARKER).is_file() else ""
    if written_by != "compare":
        what = f"the results of {written_by}" if written_by else "no results"
        more = " Its tables are the CSV files there." if written_by else " For a store of runs there is runs(folder)."
        raise ConfigError(f"{out} holds {what}, must be the out folder of a comparison.{more}")
    plan, runs = read_finished(out, read_folder(out))
    return _result(replace(analyse(plan, runs), over=worlds_in(out)))

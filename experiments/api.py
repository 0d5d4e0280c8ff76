"""The simulator from Python: what a notebook, a script or a dashboard calls, and nothing else.

``from sim import simulate, compare, load`` fetches these functions from here. They take what the command line takes, refuse what
it refuses with the same message, and give back Arrow tables (``.to_pandas()`` makes them data frames).

Arms that a configuration names, changed or not, are simulated by worker processes and kept in the store, as on the command line.
A policy that is passed as an object is simulated in this process and never kept: the store finds runs by a digest of their source,
and that of a class made in a notebook, or reloaded since, cannot be told for certain.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from omegaconf import OmegaConf

from experiments.api_results import Calibrated, Chart, Result, Run, table_of
from experiments.api_settings import Arms, Overrides, Policy, ask, lines_of
from experiments.calibrate_fit import calibrate as fit_market
from experiments.calibrate_market import check_market_path, write_market
from experiments.calibrate_plan import make_calibration, renamed
from experiments.calibrate_results import FORECASTS, QUALITY, REALISM, record_of, write_calibration
from experiments.compare import analyse, simulate_plan
from experiments.decide import decision_rule
from experiments.finished import read_finished, read_folder
from experiments.inventory import metrics_table
from experiments.jobs import Job, why
from experiments.keys import refuse_edited
from experiments.plan import CompareOptions, Plan, make_plan
from experiments.progress import progress
from experiments.results import MARKER, check_out, check_writable, command_line
from experiments.runner import Outcome, RunError, Runner
from experiments.settings import CONFIGS, compose_settings, load_arms, load_market
from experiments.store import RunResult
from sim.config import ConfigError
from sim.config import load as load_options
from sim.engine.platform import Arm, PolicyError
from sim.engine.run import refuse_unless_runs
from sim.engine.run import simulate as run_once
from sim.metrics.catalogue import METRICS, measure
from sim.metrics.cohort import Cohort
from sim.metrics.curves import curves
from sim.report.calibration import draw_calibration
from sim.report.calibration import summary as calibration_summary
from sim.report.settling import WantedPrecision, precision_sentence

__all__ = [
    "Arm",
    "ConfigError",
    "Policy",
    "Result",
    "Run",
    "RunError",
    "arms",
    "calibrate",
    "compare",
    "load",
    "markets",
    "measures",
    "runs",
    "simulate",
]


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
    options = load_options(CompareOptions, {key: settings[key] for key in settings if key not in ("market", "arm", "arms")})
    (chosen,) = (load_arms(settings) | asked.own).values()
    try:
        refuse_unless_runs(chosen, options.engine)
    except PolicyError as error:
        raise ConfigError(f"arm {chosen.name}: {error}") from None
    return _run_here(Job(load_market(settings), chosen, options.seed, replication, options.engine))


def compare(
    arms: Arms = ("uniform", "rating", "wecasa_2022", "wecasa_2025", "cleaning_score", "oracle"),
    market: str = "personal_care",
    *,
    replications: int = 8,
    control: str | None = None,
    seed: int = 1,
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
    names = [arms] if isinstance(arms, str) else list(arms)
    given["control"] = control if control is not None else "uniform" if "uniform" in names else next(iter(names), None)
    asked = ask("compare", arms, overrides, config_dir, **given)
    plan = make_plan(asked.settings, CompareOptions, asked.own)
    plan = replace(plan, arms={name: plan.arms[name] for name in asked.order})
    plan.check_margins()
    rule = decision_rule(plan.options.decision, plan)
    if asked.own and plan.options.precision is not None:
        own = ", ".join(asked.own)
        raise ConfigError(f"precision = {plan.options.precision:g}, must be null with policies passed as objects: {own}")
    bar = progress(quiet)
    outcome, precision = _stored(plan, frozenset(asked.own), bar)
    if asked.own:
        outcome = _with_own(plan, tuple(asked.own), outcome, bar)
    comparison, gains = analyse(plan, outcome)
    return Result(plan, outcome, comparison, gains, rule, precision_sentence(precision) if precision else "")


def _run_here(job: Job) -> Run:
    try:
        log = run_once(job.market, job.arm, job.seed, job.replication, job.engine)
    except PolicyError as error:
        # all that is to be known of it: day, value and rule
        raise RunError(f"{job.where} failed: {why(error)}") from None
    except Exception as error:
        raise RunError(f"{job.where} failed: {why(error)}") from error
    cohort = Cohort(log)
    return Run(job.arm.name, job.market.name, job.seed, job.replication, log, measure(cohort), curves(cohort))


def _stored(plan: Plan[CompareOptions], own: frozenset[str], bar: Callable[..., Any]) -> tuple[Outcome, WantedPrecision | None]:
    """Runs of the arms that configurations name."""
    named = {name: arm for name, arm in plan.arms.items() if name not in own}
    if not named:
        return Outcome({}, {}, 0), None
    refuse_edited(named.values())
    check_writable("store", plan.store)
    runner = Runner(plan.store, plan.options.executor, keep_logs=False, progress=bar)
    return simulate_plan(replace(plan, arms=named), runner)


def _with_own(plan: Plan[CompareOptions], own: Sequence[str], outcome: Outcome, bar: Callable[..., Any]) -> Outcome:
    """Beside the stored runs, those of policies passed as objects, simulated here."""
    results = dict(outcome.results)
    todo = [(name, replication) for name in own for replication in range(plan.options.replications)]
    with bar(total=len(todo), desc="In this process", unit="run") as drawn:
        for name, replication in todo:
            run = _run_here(Job(plan.market, plan.arms[name], plan.options.seed, replication, plan.options.engine))
            results[name, replication] = RunResult(dict(run.metrics), dict(run.curves))
            drawn.update()
    return Outcome(results, outcome.keys, outcome.simulated + len(todo))


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
    plan, outcome = read_finished(out, read_folder(out))
    comparison, gains = analyse(plan, outcome)
    return Result(plan, outcome, comparison, gains, decision_rule(plan.options.decision, plan))


def runs(store: str | Path = "results") -> pa.Table:
    """Metrics of all runs in a store: one row a run, with its arm, market, seed and replication, and one column a metric.

    Raises
    ------
    ConfigError
        There is no such folder.
    """
    if not Path(store).is_dir():
        raise ConfigError(f"{store}, must be a folder of results")
    return metrics_table(Path(store))


def calibrate(
    data: str | Path,
    columns: str | Mapping[str, Any] = "bookings",
    *,
    name: str = "fitted",
    holdout_from: str | None = None,
    market: str = "personal_care",
    replications: int = 8,
    seed: int = 1,
    overrides: Overrides = (),
    config_dir: str | Path | None = None,
    out: str | Path = "out/calibrate",
    quiet: bool = False,
) -> Calibrated:
    """Fit a market to a file of bookings, and write it with a page to a folder.

    Parameters
    ----------
    data
        CSV or Parquet, a row a booking.
    columns
        Which column is what: a name of ``configs/data``, or a mapping such as ``{"client": "customer_id", "date": "start"}`` with
        the keys of ``configs/data/bookings.yaml``.
    name
        Of the market that comes out.
    holdout_from
        Fit before this day (``2024-01-31``), and forecast from it on.
    market
        Whose numbers hold where the file says nothing.
    replications
        Runs of the fitted market that are shown beside the file, >= 2.
    out
        Where it goes: a new folder, or that of an earlier calibration.

    Raises
    ------
    ConfigError
        A file or a setting that the command line would refuse, with the same message.
    """
    given = {"file": str(data), "name": name, "market": market, "replications": replications, "seed": seed, "out": str(out)}
    given |= {"holdout_from": holdout_from}
    lines = renamed([f"columns={columns if isinstance(columns, str) else 'bookings'}", *lines_of(overrides, given)])
    folders = [] if config_dir is None else [Path(config_dir)]
    settings = compose_settings("calibrate", lines, folders)
    command = command_line("calibrate", lines, folders)
    if not isinstance(columns, str):
        settings["columns"] |= {str(key): dict(value) if isinstance(value, Mapping) else value for key, value in columns.items()}
        command = f"sim.calibrate({str(data)!r}, {dict(columns)!r}, overrides={lines[1:]!r})"
    job = make_calibration(settings)
    check_out(job.out, "calibrate")
    check_market_path(job.market_path)
    n_runs = job.options.replications + (job.options.forecast_runs if job.holdout_day is not None else 0)
    bar = progress(quiet)
    with bar(total=n_runs, desc="Calibrating", unit="run") as drawn:
        result = fit_market(job, drawn.update)
    record = record_of(job, result, "")
    write_calibration(job, result, settings, command)
    path = write_market(job, result)
    held = result.holdout.lines if result.holdout is not None else ()
    forecasts = [(line.name, *(getattr(line.accuracy, key) for key in FORECASTS)) for line in held]
    findings = [(found.key, str(OmegaConf.create({"x": found.value}).x), found.source) for found in result.findings.found]
    return Calibrated(
        name=job.options.name,
        config_dir=path.parent.parent,
        report=job.out / "report.html",
        sentences=tuple(calibration_summary(record.page)),
        quality=table_of(QUALITY, [tuple(getattr(issue, key) for key in QUALITY) for issue in job.issues]),
        findings=table_of(("key", "value", "source"), findings),
        realism=table_of(REALISM, [tuple(getattr(check, key) for key in REALISM) for check in result.checks]),
        forecasts=table_of(("forecast", *FORECASTS), forecasts),
        figures={known.name: Chart(known.figure, known.caption, known.alt) for known in draw_calibration(record)},
    )


def _choices(groups: Mapping[str, Path]) -> pa.Table:
    rows: dict[str, tuple[str, str, str]] = {}
    for kind, folder in groups.items():
        for path in sorted(folder.glob("*.yaml")):
            first = path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("#").strip()
            rows.setdefault(path.stem, (path.stem, kind, first))
    return table_of(("name", "kind", "when"), list(rows.values()))


def arms() -> pa.Table:
    """Ready-made arms: name, kind (``arm``, or ``allocator``, which goes with the default score), and when to choose it."""
    return _choices({"arm": CONFIGS / "arm", "allocator": CONFIGS / "allocator"})


def markets() -> pa.Table:
    """Ready-made markets: name, kind (``market``), and when to choose it."""
    return _choices({"market": CONFIGS / "market"})


def measures() -> pa.Table:
    """What is measured: name, label, unit, which direction is better, days that clients are followed, and the definition."""
    columns = ("name", "label", "unit", "better", "window_days", "meaning")
    return table_of(columns, [tuple(getattr(known, column) for column in columns) for known in METRICS])

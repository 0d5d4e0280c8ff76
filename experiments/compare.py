"""Compare allocation policies: which one brings more new clients back, by how much, how sure we are, and what it does to pros.

Simulates the market under each arm with common random numbers, prints a table and a verdict per arm, and writes tables,
charts and a report to the out folder.
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from experiments.cli import run_command
from experiments.keys import versions
from experiments.plan import CompareOptions, Plan, make_plan
from experiments.results import DIFFERENCES, SUMMARY, as_csv, check_out, check_writable, difference_rows, summary_rows, write_folder
from experiments.runner import Outcome, Runner, run_arms
from sim.charts.differences import plot_headline_differences
from sim.charts.style import figure_of, save
from sim.charts.warm_up import plot_warm_up
from sim.config import ConfigError
from sim.metrics.catalogue import PRIMARY, Metric
from sim.report.figures import ReportFigure, draw_figures
from sim.report.format import reach, text_table, verdict_line
from sim.report.page import Replayed, ReportExtras, render_report
from sim.statistics.comparison import Comparison, compare, share_of_gain
from sim.statistics.intervals import Interval
from sim.statistics.precision import MIN_FIRST, NOTE, PrecisionRule
from sim.statistics.warm_up import WarmUp, judge_warm_up

BASELINE, REFERENCE = "uniform", "oracle"
"""The arms between which the share of the oracle's gain is measured."""

ASSUMPTIONS = (
    "No public data set joins home services, the pro's identity, minutes late and a six-month return. Effects of lateness come"
    " from other trades and are observational.",
    "That a better score means more visibility is published; that visibility is proportional to the score, with a floor and a"
    " cap, is an assumption.",
    "Prices, commission and costs are assumptions: read euros as a comparison between policies, not as a forecast.",
    "Three bookings pay back the acquisition by definition: winning a client costs three times the expected contribution of a"
    " completed booking.",
    "Clients do not talk to each other. Unless the market says so (leakage, competitors), they do not compare with other platforms"
    " and do not leave the platform with their pro.",
    "Every number of the market is in config.yaml beside this page; the files in configs/ give the source of each, or say that"
    " it is an assumption.",
)


@dataclass(frozen=True)
class Wording:
    """What a comparison says of itself: on the page, and in the terminal."""

    job: str = "compare"
    title: str = "Which policy brings more clients back?"
    question: str = "Which of these policies makes more new clients book again, and what does it do to the pros?"
    assumptions: tuple[str, ...] = ASSUMPTIONS
    n_clients: int | None = None
    """New clients in a run; None: as many as the market expects."""
    replayed: Replayed | None = None
    no_warm_up: str = "Whether the warm-up is long enough was not judged: there are weeks without new clients."
    about: Mapping[str, object] = field(default_factory=dict)
    """What else the manifest says."""


WORDING = Wording()


def simulate_plan(plan: Plan[CompareOptions]) -> tuple[Outcome, str]:
    """All arms of a plan, with as many replications as were asked for or as the wanted precision takes.

    Returns
    -------
    Outcome, str
        The runs that count, and a sentence on why there are that many; empty when their number was given.
    """
    options = plan.options
    # checked before anything is simulated
    shown = plan.check_metric("precision_metric", options.precision_metric)
    if options.precision is not None and len(plan.arms) < 2:
        raise ConfigError(f"precision = {options.precision:g}, needs two arms: it is that of the differences to the control")

    with Runner(plan.store, options.executor, keep_logs=True) as runner:
        if options.precision is None:
            return run_arms(runner, plan.market, plan.arms, options.replications, options.seed, options.engine, plan.stream), ""
        return _to_precision(plan, runner, options.precision, shown)


def _to_precision(plan: Plan[CompareOptions], runner: Runner, precision: float, shown: Metric) -> tuple[Outcome, str]:
    """Replications in rounds until the differences in a metric are known to a precision."""
    options = plan.options
    first = max(options.replications, MIN_FIRST)
    rule = PrecisionRule(precision, options.max_replications, min(first, options.max_replications))
    others = [name for name in plan.arms if name != options.control]
    differences = np.empty((len(others), 0))
    outcome, n = Outcome({}, {}, 0), 0
    while more := rule.next_n(differences, options.workers or os.cpu_count() or 1):
        n += more
        outcome = run_arms(runner, plan.market, plan.arms, n, options.seed, options.engine, plan.stream)
        values = {name: outcome.values(name)[shown.name] for name in plan.arms}
        differences = np.stack([values[name] - values[options.control] for name in others])
    found = rule.result(differences)
    sentence = (
        f"Replications were added until the half-width of every difference in {shown.name} is at most"
        f" {reach(precision, shown.unit)}: {found.reason}, with {found.n} replications (half-width"
        f" {reach(found.half_width, shown.unit)}). {NOTE}"
    )
    return outcome.first(found.n), sentence


def judged_warm_up(plan: Plan[CompareOptions], outcome: Outcome) -> tuple[str, WarmUp]:
    """MSER-5 on a weekly series of each arm, beside the configured warm-up: the arm that takes longest to settle.

    The series is the difference to the control in the return rate of each week's new clients: the effect that is compared, free
    of the seasons and the luck that all arms share. Without another arm it is the return rate itself.
    """
    control = plan.options.control
    level = outcome.curves(control)["weekly_return_rate_6m"]
    others = [name for name in plan.arms if name != control]
    series = {name: outcome.curves(name)["weekly_return_rate_6m"] - level for name in others} or {control: level}
    judged = {name: judge_warm_up(column, plan.market.warmup_days) for name, column in series.items()}
    return max(judged.items(), key=lambda item: (item[1].too_short, item[1].verdict == "cannot tell", item[1].truncation_weeks))


def analyse(plan: Plan[CompareOptions], outcome: Outcome) -> tuple[Comparison, dict[str, Interval]]:
    """The comparison of all arms with the control, and each arm's share of the oracle's gain."""
    values = {name: outcome.values(name) for name in plan.arms}
    comparison = compare(
        values,
        plan.options.control,
        {metric.name: metric.better for metric in plan.metrics},
        {name: outcome.curves(name) for name in plan.arms},
        references=plan.references,
        equivalence_margin=plan.options.equivalence_margin,
        primary=plan.primary,
    )
    if plan.primary != PRIMARY:
        return comparison, {}
    return comparison, share_of_gain({name: metrics[PRIMARY] for name, metrics in values.items()}, BASELINE, REFERENCE)


def warm_up_figure(warm_up: WarmUp, label: str, settled: str) -> ReportFigure:
    """The series that the warm-up is judged by, and what it is."""
    return ReportFigure(
        "warm_up",
        figure_of(plot_warm_up(warm_up, label=label)),
        "Weeks of first requests; left of the broken line is what MSER-5 would leave out, shaded is what is left out.",
        settled,
    )


def warm_up_of(plan: Plan[CompareOptions], outcome: Outcome) -> tuple[ReportFigure | None, str]:
    """The chart of the warm-up, and a sentence when it is too short; no chart when a week has no new client in any replication."""
    weeks = np.isfinite(outcome.curves(plan.options.control)["weekly_return_rate_6m"]).any(axis=0)
    if not weeks[: int(np.flatnonzero(weeks).max(initial=-1)) + 1].all():
        return None, ""
    slowest, warm_up = judged_warm_up(plan, outcome)
    is_difference = slowest != plan.options.control
    what = f"Difference of {slowest}, which takes longest to settle, in the" if is_difference else "The"
    settled = f"{what} return rate of each week's new clients: {warm_up.message}."
    drawn = warm_up_figure(warm_up, "difference in return rate" if is_difference else "return rate", settled)
    return drawn, settled if warm_up.too_short else ""


def write_report(
    plan: Plan[CompareOptions],
    settings: dict[str, object],
    command: str,
    comparison: Comparison,
    gains: dict[str, Interval],
    outcome: Outcome,
    precision: str,
    drawn_warm_up: ReportFigure | None,
    wording: Wording,
) -> None:
    """Everything that goes to the out folder, but for the time it took."""
    market, options = plan.market, plan.options
    score = plan.arms[plan.studied].score if plan.studied else None
    min_sessions = int(getattr(score, "min_sessions", 0))
    figures = draw_figures(comparison, min_sessions, plan.studied) + ((drawn_warm_up,) if drawn_warm_up else ())
    extras = ReportExtras(
        title=wording.title,
        question=wording.question,
        market=market.name,
        arm_descriptions={name: arm.description for name, arm in plan.arms.items()},
        min_sessions=min_sessions,
        share_of_oracle_gain=gains,
        assumptions=wording.assumptions,
        command=command,
        seed=options.seed,
        versions=versions(),
        n_clients=round(market.clients.arrivals_per_day * market.horizon_days) if wording.n_clients is None else wording.n_clients,
        n_pros=market.pros.n,
        horizon_days=market.horizon_days,
        warmup_days=market.warmup_days,
        precision=precision,
        warm_up=drawn_warm_up.alt if drawn_warm_up else wording.no_warm_up,
        pays_for_growth=market.acquisition.mode == "reinvest",
        score_arm=plan.studied,
        replayed=wording.replayed,
    )
    tables = {
        "summary.csv": as_csv(SUMMARY, summary_rows(comparison, gains)),
        "differences.csv": as_csv(DIFFERENCES, difference_rows(comparison)),
        "report.html": render_report(comparison, extras, figures),
    }

    def draw(folder: Path) -> None:
        for figure in figures:
            save(figure.figure, folder, figure.name)
        save(plot_headline_differences(comparison), folder, "headline_differences")

    about = {
        "command": extras.command,
        "seed": options.seed,
        "replications": comparison.n_replications,
        "engine": options.engine,
        "store": str(plan.store.absolute()),
        "runs": {f"{arm}/{replication}": key for (arm, replication), key in outcome.keys.items()},
        "simulated_now": outcome.simulated,
        **wording.about,
    }
    write_folder(wording.job, plan.out, settings, tables, draw, about)


def _body(settings: dict[str, object], command: str) -> int:
    return run_comparison(make_plan(settings, CompareOptions), settings, command)


def check_comparison(plan: Plan[CompareOptions], job: str) -> None:
    """What can be wrong with a comparison before anything is simulated.

    Raises
    ------
    ConfigError
        A metric that is not measured, or a folder that cannot be written to.
    """
    for name in plan.options.equivalence_margin or {}:
        plan.check_metric("equivalence_margin", name)
    check_out(plan.out, job)
    check_writable("store", plan.store)


def run_comparison(plan: Plan[CompareOptions], settings: dict[str, object], command: str, wording: Wording = WORDING) -> int:
    """Simulate a plan, print what came of it and write the out folder; returns the exit code."""
    started = time.perf_counter()
    check_comparison(plan, wording.job)
    outcome, precision = simulate_plan(plan)
    comparison, gains = analyse(plan, outcome)
    drawn, warning = warm_up_of(plan, outcome) if plan.primary == PRIMARY else (None, "")
    write_report(plan, settings, command, comparison, gains, outcome, precision, drawn, wording)
    # a wanted precision may have simulated a few more than count
    n_runs = max(len(outcome.keys), outcome.simulated)
    print(
        f"\nMarket {plan.market.name}: {len(plan.arms)} arms x {comparison.n_replications} replications, seed {plan.options.seed}\n"
    )
    print(text_table(comparison))
    print()
    for name in plan.arms:
        print(f"- {verdict_line(comparison, name)}")
    if precision:
        print(f"\n{precision}")
    if warning:
        print(f"\nWarning: {warning}")
    seconds = time.perf_counter() - started
    stored = n_runs - outcome.simulated
    print(f"\n{outcome.simulated} of {n_runs} runs simulated now, {stored} were in the store ({plan.store}); {seconds:.0f} s")
    print(f"Report:  {plan.out / 'report.html'}")
    print(f"Tables:  {plan.out / 'summary.csv'}, {plan.out / 'differences.csv'}; charts in {plan.out / 'charts'}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("compare", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    sys.exit(main())

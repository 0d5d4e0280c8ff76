"""Compare allocation policies: which one brings more new clients back, by how much, how sure we are, and what it does to pros.

Simulates the market under each arm with common random numbers, prints a table and a verdict per arm, and writes tables,
charts and a report to the out folder.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from experiments.cli import run_command
from experiments.keys import versions
from experiments.plan import Plan, make_plan
from experiments.results import DIFFERENCES, SUMMARY, as_csv, check_out, check_writable, difference_rows, summary_rows, write_folder
from experiments.runner import Outcome, run_all
from sim.charts.differences import plot_headline_differences
from sim.charts.style import save
from sim.metrics.catalogue import PRIMARY
from sim.report.figures import draw_figures
from sim.report.format import text_table, verdict_line
from sim.report.page import ReportExtras, render_report
from sim.statistics.comparison import Comparison, compare, share_of_gain
from sim.statistics.intervals import Interval

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
    "Clients do not talk to each other, do not compare with other platforms, and do not leave the platform with their pro.",
    "Every number of the market is in config.yaml beside this page; the files in configs/ give the source of each, or say that"
    " it is an assumption.",
)


def analyse(plan: Plan, outcome: Outcome) -> tuple[Comparison, dict[str, Interval]]:
    """The comparison of all arms with the control, and each arm's share of the oracle's gain."""
    values = {name: outcome.values(name) for name in plan.arms}
    comparison = compare(
        values,
        plan.options.control,
        {metric.name: metric.better for metric in plan.metrics},
        {name: outcome.curves(name) for name in plan.arms},
        references=plan.references,
    )
    gains = share_of_gain({name: metrics[PRIMARY] for name, metrics in values.items()}, BASELINE, REFERENCE)
    return comparison, gains


def write_report(
    plan: Plan,
    settings: dict[str, object],
    command: str,
    comparison: Comparison,
    gains: dict[str, Interval],
    outcome: Outcome,
) -> None:
    """Everything that goes to the out folder, but for the time it took."""
    market, options = plan.market, plan.options
    score = plan.arms[plan.studied].score if plan.studied else None
    min_sessions = int(getattr(score, "min_sessions", 0))
    figures = draw_figures(comparison, min_sessions, plan.studied)
    extras = ReportExtras(
        title="Which policy brings more clients back?",
        question="Which of these policies makes more new clients book again, and what does it do to the pros?",
        market=market.name,
        arm_descriptions={name: arm.description for name, arm in plan.arms.items()},
        min_sessions=min_sessions,
        share_of_oracle_gain=gains,
        assumptions=ASSUMPTIONS,
        command=command,
        seed=options.seed,
        versions=versions(),
        n_clients=round(market.clients.arrivals_per_day * market.horizon_days),
        n_pros=market.pros.n,
        horizon_days=market.horizon_days,
        warmup_days=market.warmup_days,
        score_arm=plan.studied,
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
        "replications": options.replications,
        "engine": options.engine,
        "store": str(plan.store.absolute()),
        "runs": {f"{arm}/{replication}": key for (arm, replication), key in outcome.keys.items()},
        "simulated_now": outcome.simulated,
    }
    write_folder(plan.out, settings, tables, draw, about)


def _body(settings: dict[str, object], command: str) -> int:
    started = time.perf_counter()
    plan = make_plan(settings)
    check_out(plan.out)
    check_writable("store", plan.store)
    options = plan.options
    outcome = run_all(plan.market, plan.arms, options.replications, options.seed, plan.store, options.executor, options.engine)
    comparison, gains = analyse(plan, outcome)
    write_report(plan, settings, command, comparison, gains, outcome)
    n_runs = len(plan.arms) * options.replications
    print(f"\nMarket {plan.market.name}: {len(plan.arms)} arms x {options.replications} replications, seed {options.seed}\n")
    print(text_table(comparison))
    print()
    for name in plan.arms:
        print(f"- {verdict_line(comparison, name)}")
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

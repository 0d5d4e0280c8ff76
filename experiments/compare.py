"""Compare allocation policies: which one brings more new clients back, by how much, how sure we are, and what it does to pros.

Simulates the market under each arm with common random numbers, prints a table and a verdict per arm, and writes tables,
charts and a report to the out folder.
"""

import os
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from experiments.cli import run_command
from experiments.decide import decision_rule
from experiments.keys import RESULT_DIGEST, versions
from experiments.plan import CompareOptions, Plan, make_plan
from experiments.points_tables import FILES as POINTS_FILES
from experiments.points_tables import has_points, points_tables
from experiments.results import (
    DIFFERENCES,
    FIGURES,
    SUMMARY,
    as_csv,
    check_out,
    check_writable,
    difference_rows,
    runs_digest,
    summary_rows,
    write_folder,
)
from experiments.runner import Outcome, Runner, run_arms
from sim.config import ConfigError
from sim.metrics.catalogue import PRIMARY, Metric
from sim.report.assumptions import OF_A_COMPARISON
from sim.report.decision import NAMES, DecisionRule, arm_sentence, decide
from sim.report.format import TABLE_COLUMNS, text_table
from sim.report.page import HASHES, ComparisonRecord, ReportExtras, decision_text
from sim.report.replayed import Replayed
from sim.report.settling import Settling, WantedPrecision, precision_sentence, warm_up_sentence
from sim.statistics.comparison import Comparison, compare, share_of_gain
from sim.statistics.intervals import Interval
from sim.statistics.precision import MIN_FIRST, PrecisionRule
from sim.statistics.warm_up import judge_warm_up

BASELINE, REFERENCE = "uniform", "oracle"
"""The arms between which the share of the oracle's gain is measured."""


@dataclass(frozen=True)
class Occasion:
    """On what occasion arms are compared, which page and manifest say."""

    job: str = "compare"
    replayed: Replayed | None = None
    n_clients: int | None = None
    """New clients in a run; None: as many as the market expects."""
    about: Mapping[str, object] = field(default_factory=dict)
    """What else the manifest says."""


COMPARED = Occasion()


def simulate_plan(plan: Plan[CompareOptions], runner: Runner | None = None) -> tuple[Outcome, WantedPrecision | None]:
    """All arms of a plan, with as many replications as were asked for or as the wanted precision takes.

    Parameters
    ----------
    runner
        Who simulates; None: workers of its own, and the tables of each run are kept. It is closed in the end.

    Returns
    -------
    Outcome, WantedPrecision or None
        The runs that count, and why there are that many; None when their number was given.
    """
    options = plan.options
    # checked before anything is simulated
    shown = plan.check_metric("precision_metric", options.precision_metric)
    if options.precision is not None and len(plan.arms) < 2:
        raise ConfigError(f"precision = {options.precision:g}, needs two arms: it is that of the differences to the control")

    with runner or Runner(plan.store, options.executor, keep_logs=True) as runner:
        if options.precision is None:
            return run_arms(runner, plan.market, plan.arms, options.replications, options.seed, options.engine, plan.stream), None
        return _to_precision(plan, runner, options.precision, shown)


def _to_precision(plan: Plan[CompareOptions], runner: Runner, precision: float, shown: Metric) -> tuple[Outcome, WantedPrecision]:
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
    return outcome.first(found.n), WantedPrecision(shown.name, precision, found)


def _follows_returns(plan: Plan[CompareOptions]) -> bool:
    """Whether it is measured who comes back."""
    return any(known.name == PRIMARY for known in plan.metrics)


def judged_warm_up(plan: Plan[CompareOptions], outcome: Outcome) -> Settling | None:
    """MSER-5 on a weekly series of each arm, beside the configured warm-up: the arm that takes longest to settle.

    None when returns are not measured.

    The series is the difference to the control in the return rate of each week's new clients: the effect that is compared, free
    of the seasons and the luck that all arms share. Without another arm it is the return rate itself.
    """
    if not _follows_returns(plan):
        return None
    control = plan.options.control
    level = outcome.curves(control)["weekly_return_rate_6m"]
    others = [name for name in plan.arms if name != control]
    series = {name: outcome.curves(name)["weekly_return_rate_6m"] - level for name in others} or {control: level}
    judged = {name: judge_warm_up(column, plan.market.warmup_days) for name, column in series.items()}
    slowest = max(
        judged, key=lambda arm: (judged[arm].too_short, judged[arm].verdict == "cannot tell", judged[arm].truncation_weeks)
    )
    return Settling(judged[slowest], slowest, bool(others))


def analyse(plan: Plan[CompareOptions], outcome: Outcome) -> tuple[Comparison, dict[str, Interval]]:
    """The comparison of all arms with the control, and each arm's share of the oracle's gain; no shares without returns."""
    values = {name: outcome.values(name) for name in plan.arms}
    comparison = compare(
        values,
        plan.options.control,
        {metric.name: metric.better for metric in plan.metrics},
        {name: outcome.curves(name) for name in plan.arms},
        references=plan.references,
        equivalence_margin=plan.options.equivalence_margin,
    )
    if not _follows_returns(plan):
        return comparison, {}
    gains = share_of_gain({name: metrics[PRIMARY] for name, metrics in values.items()}, BASELINE, REFERENCE)
    return comparison, gains


def make_record(
    plan: Plan[CompareOptions],
    rule: DecisionRule,
    command: str,
    comparison: Comparison,
    gains: dict[str, Interval],
    outcome: Outcome,
    precision: WantedPrecision | None,
    settling: Settling | None,
    occasion: Occasion = COMPARED,
) -> ComparisonRecord:
    """All that the report is made of."""
    market, options = plan.market, plan.options
    expected = round(market.clients.arrivals_per_day * market.horizon_days)
    score = plan.arms[plan.studied].score if plan.studied else None
    extras = ReportExtras(
        market=market.name,
        arm_descriptions={name: arm.description for name, arm in plan.arms.items()},
        min_sessions=int(getattr(score, "min_sessions", 0)),
        share_of_oracle_gain=gains,
        assumptions=OF_A_COMPARISON,
        command=command,
        seed=options.seed,
        versions=versions(),
        n_clients=expected if occasion.n_clients is None else occasion.n_clients,
        n_pros=market.pros.n,
        horizon_days=market.horizon_days,
        warmup_days=market.warmup_days,
        rule=rule,
        strict=plan.strict,
        realism_arm=(plan.studied or options.control) if _follows_returns(plan) else "",
        hashes=dict(zip(HASHES, (RESULT_DIGEST[:16], runs_digest(outcome.keys.values())), strict=True)),
        precision=precision,
        settling=settling,
        pays_for_growth=market.acquisition.mode == "reinvest",
        score_arm=plan.studied,
        replayed=occasion.replayed,
    )
    return ComparisonRecord(comparison, extras)


def write_report(
    plan: Plan[CompareOptions],
    settings: dict[str, object],
    record: ComparisonRecord,
    gains: dict[str, Interval],
    outcome: Outcome,
    occasion: Occasion = COMPARED,
) -> None:
    """Everything that goes to the out folder, but for the time it took."""
    options, comparison = plan.options, record.comparison
    tables: dict[str, str | bytes] = {
        "summary.csv": as_csv(SUMMARY, summary_rows(comparison, gains)),
        "differences.csv": as_csv(DIFFERENCES, difference_rows(comparison)),
        **points_tables(plan.market, plan.arms, outcome, plan.store),
    }
    about = {
        "command": record.extras.command,
        "seed": options.seed,
        "replications": comparison.n_replications,
        "engine": options.engine,
        "store": str(plan.store.absolute()),
        "runs": {f"{arm}/{replication}": key for (arm, replication), key in outcome.keys.items()},
        "simulated_now": outcome.simulated,
        **occasion.about,
    }
    write_folder(occasion.job, plan.out, settings, tables, record, options.report.lang, about)
    for stale in set(POINTS_FILES) - set(tables):
        (plan.out / stale).unlink(missing_ok=True)


def check_comparison(plan: Plan[CompareOptions], job: str) -> DecisionRule:
    """What decides, once nothing is found wrong with a comparison that could be before anything is simulated.

    Raises
    ------
    ConfigError
        A metric that is not measured, a rule that cannot be, or a folder that cannot be written to.
    """
    plan.check_margins()
    rule = decision_rule(plan.options.decision, plan)
    check_out(plan.out, job)
    check_writable("store", plan.store)
    return rule


def _body(settings: dict[str, object], command: str) -> int:
    return run_comparison(make_plan(settings, CompareOptions), settings, command)


def run_comparison(plan: Plan[CompareOptions], settings: dict[str, object], command: str, occasion: Occasion = COMPARED) -> int:
    """Simulate a plan, print what came of it and write the out folder; returns the exit code."""
    started = time.perf_counter()
    rule = check_comparison(plan, occasion.job)
    options = plan.options
    outcome, precision = simulate_plan(plan)
    comparison, gains = analyse(plan, outcome)
    settling = judged_warm_up(plan, outcome)
    record = make_record(plan, rule, command, comparison, gains, outcome, precision, settling, occasion)
    write_report(plan, settings, record, gains, outcome, occasion)
    # a wanted precision may have simulated a few more than count
    n_runs = max(len(outcome.keys), outcome.simulated)
    print(f"\nMarket {plan.market.name}: {len(plan.arms)} arms x {comparison.n_replications} replications, seed {options.seed}\n")
    print(text_table(comparison))
    print()
    decision = decide(comparison, rule)
    print(f"Decision: {NAMES[decision.outcome]}")
    for sentence in [
        *decision_text(comparison, record.extras, decision),
        *(arm_sentence(decision, one) for one in decision.arms.values()),
    ]:
        print(textwrap.fill(f"- {sentence}", TABLE_COLUMNS, subsequent_indent="  "))
    if precision:
        print(f"\n{precision_sentence(precision)}")
    if settling and settling.warm_up.too_short:
        print(f"\nWarning: {warm_up_sentence(settling)}")
    seconds = time.perf_counter() - started
    stored = n_runs - outcome.simulated
    print(f"\n{outcome.simulated} of {n_runs} runs simulated now, {stored} were in the store ({plan.store}); {seconds:.0f} s")
    print(f"Report:  {plan.out / 'report.html'}")
    print(f"Tables:  {plan.out / 'summary.csv'}, {plan.out / 'differences.csv'}; scorecard.json; figures in {plan.out / FIGURES}")
    if any(has_points(arm) for arm in plan.arms.values()):
        print(f"Points:  {', '.join(str(plan.out / name) for name in POINTS_FILES)}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("compare", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    sys.exit(main())

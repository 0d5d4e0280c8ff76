"""What a comparison leaves in its out folder, and what it prints."""

import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.comparison.analysis import analyse, follows_returns, judged_warm_up
from experiments.comparison.points_tables import FILES as POINTS_FILES
from experiments.comparison.points_tables import has_points, points_tables
from experiments.comparison.simulation import simulate_plan
from experiments.comparison.tables import DIFFERENCES, SUMMARY, difference_rows, summary_rows
from experiments.execution.keys import RESULT_DIGEST, runs_digest, versions
from experiments.execution.runner import Outcome
from experiments.outputs.documents import FIGURES
from experiments.outputs.folder import check_out, check_writable, write_folder
from experiments.outputs.tables import as_csv
from experiments.plans.decide import decision_rule
from experiments.plans.plan import CompareOptions, Plan
from sim.report.assumptions import OF_A_COMPARISON
from sim.report.decision import NAMES, DecisionRule, arm_sentence, decide
from sim.report.format import TABLE_COLUMNS, text_table
from sim.report.page import HASHES, ComparisonRecord, ReportExtras, decision_text
from sim.report.replayed import Replayed
from sim.report.settling import Settling, WantedPrecision, precision_sentence, warm_up_sentence
from sim.statistics.comparison import Comparison
from sim.statistics.intervals import Interval


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
        realism_arm=(plan.studied or options.control) if follows_returns(plan) else "",
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

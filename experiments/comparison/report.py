"""What a comparison leaves in its out folder, and what it prints."""

import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from experiments.comparison.analysis import Compared, analyse, follows_returns, judged_warm_up
from experiments.comparison.exported import export_tables
from experiments.comparison.points_tables import FILES as POINTS_FILES
from experiments.comparison.points_tables import has_points, points_tables
from experiments.comparison.simulation import simulate_plan
from experiments.comparison.tables import BASE, DIFFERENCES, PEOPLE, SUMMARY, base_rows, difference_rows, people_rows, summary_rows
from experiments.comparison.within import search_within
from experiments.comparison.worlds import check_worlds, look
from experiments.execution.keys import RESULT_DIGEST, runs_digest, versions
from experiments.execution.run_set import RunSet
from experiments.execution.runner import Runner
from experiments.outputs.documents import FIGURES
from experiments.outputs.export import check_export, print_export, write_export
from experiments.outputs.folder import check_out, check_writable, write_folder
from experiments.outputs.manifest import Manifest
from experiments.outputs.tables import as_csv
from experiments.plans.decide import decision_rule
from experiments.plans.plan import ComparisonOptions, Plan
from experiments.plans.settings import Settings
from experiments.uncertain.matching import choose_worlds
from experiments.uncertain.tables import world_tables
from sim.calibration.base_fit import BaseFit
from sim.report.assumptions import OF_A_COMPARISON
from sim.report.base import base_sentences, text_lines
from sim.report.decision import NAMES, arm_sentence, follows, power_sentence
from sim.report.extras import ComparisonRecord, ReportExtras
from sim.report.format import TABLE_COLUMNS, text_table
from sim.report.page import HASHES, decision_text
from sim.report.replayed import Replayed
from sim.report.settling import precision_sentence, warm_up_sentence
from sim.scores.base import traits


@dataclass(frozen=True)
class Occasion:
    """On what occasion arms are compared, which page and manifest say."""

    job: str = "compare"
    replayed: Replayed | None = None
    n_clients: int | None = None
    """New clients in a run; None: as many as the market expects."""
    about: Mapping[str, object] = field(default_factory=dict)
    """What else the manifest says."""
    tables: Mapping[str, str] = field(default_factory=dict)
    """Further files of the out folder, by name."""
    judge_base: Callable[[RunSet], BaseFit] | None = None
    """Holds the runs of the control against the file; None where requests are drawn."""


COMPARED = Occasion()


def make_record(found: Compared, command: str, occasion: Occasion = COMPARED) -> ComparisonRecord:
    """All that the report is made of."""
    plan = found.plan
    market, options = plan.market, plan.options
    expected = round(market.clients.arrivals_per_day * market.horizon_days)
    score = plan.arms[plan.studied].score if plan.studied else None
    extras = ReportExtras(
        market=market.name,
        arm_descriptions={name: arm.description for name, arm in plan.arms.items()},
        min_sessions=traits(score).min_sessions or 0,
        share_of_oracle_gain=dict(found.gains),
        gain_reference=found.reference,
        assumptions=OF_A_COMPARISON,
        command=command,
        seed=options.seed,
        versions=versions(),
        n_clients=expected if occasion.n_clients is None else occasion.n_clients,
        n_pros=market.pros.n,
        horizon_days=market.horizon_days,
        warmup_days=market.warmup_days,
        rule=found.rule,
        strict=plan.strict,
        realism_arm=(plan.studied or options.control) if follows_returns(plan) else "",
        hashes=dict(zip(HASHES, (RESULT_DIGEST[:16], runs_digest(found.runs.keys.values())), strict=True)),
        precision=found.wanted,
        settling=judged_warm_up(plan, found.runs),
        pays_for_growth=market.acquisition.mode == "reinvest",
        score_arm=plan.studied,
        services=tuple(service.name for service in market.services),
        within=found.within,
        over=found.over,
        replayed=occasion.replayed,
        base=found.base,
        measurable=found.measurable,
    )
    return ComparisonRecord(found.comparison, extras)


def write_report(found: Compared, settings: Settings, record: ComparisonRecord, occasion: Occasion = COMPARED) -> None:
    """Everything that goes to the out folder, but for the time it took."""
    plan, comparison = found.plan, found.comparison
    tables: dict[str, str | bytes] = {
        "summary.csv": as_csv(SUMMARY, summary_rows(comparison, found.gains)),
        "differences.csv": as_csv(DIFFERENCES, difference_rows(comparison)),
        "people.csv": as_csv(PEOPLE, people_rows(comparison, record.extras.services)),
        **({"base.csv": as_csv(BASE, base_rows(found.base))} if found.base else {}),
        **(world_tables(found.over, found.decided.arm) if found.over else {}),
        **occasion.tables,
        **points_tables(plan.market, plan.arms, found.runs, plan.store),
    }
    manifest = Manifest.of(plan, record.extras.command, comparison.n_replications, found.runs, occasion.about)
    write_folder(occasion.job, plan.out, settings, tables, record, manifest, plan.options.report.lang)


def check_comparison(plan: Plan[ComparisonOptions], job: str) -> None:
    """Find what is wrong with a comparison before anything is simulated.

    Raises
    ------
    ConfigError
        A metric that is not measured, a rule that cannot be, or a folder that cannot be written to.
    """
    plan.check_margins()
    decision_rule(plan.options.decision, plan.metrics)
    check_worlds(plan)
    check_out(plan.out, job)
    check_writable("store", plan.store)
    check_export(plan.options.export, plan.out, plan.store)


def print_comparison(found: Compared, record: ComparisonRecord, seconds: float, occasion: Occasion = COMPARED) -> None:
    """Whether the base holds, the table, what follows by the rule, and where everything is."""
    plan, comparison, runs = found.plan, found.comparison, found.runs
    extras, decision = record.extras, found.decided
    if found.base:
        print()
        for sentence in base_sentences(found.base):
            print(textwrap.fill(sentence, TABLE_COLUMNS))
        print("\n".join(f"  {line}" for line in text_lines(found.base)))
    print(
        f"\nMarket {plan.market.name}: {len(plan.arms)} arms x {comparison.n_replications} replications, seed {plan.options.seed}\n"
    )
    print(text_table(comparison))
    print()
    print(f"Decision: {NAMES[decision.outcome]}")
    # why nothing is ranked stands above
    text = decision_text(comparison, extras, decision) if extras.ranks else [follows(decision)]
    for sentence in [
        *text,
        *(arm_sentence(decision, one) for one in decision.arms.values()),
    ]:
        print(textwrap.fill(f"- {sentence}", TABLE_COLUMNS, subsequent_indent="  "))
    if power := power_sentence(decision, comparison.n_replications):
        print(textwrap.fill(f"- {power}", TABLE_COLUMNS, subsequent_indent="  "))
    if found.wanted:
        print(f"\n{precision_sentence(found.wanted)}")
    if extras.settling and extras.settling.warm_up.too_short:
        print(f"\nWarning: {warm_up_sentence(extras.settling)}")
    # a wanted precision may have simulated a few more than count
    n_runs = max(len(runs.keys), runs.simulated)
    stored = n_runs - runs.simulated
    print(f"\n{runs.simulated} of {n_runs} runs simulated now, {stored} were in the store ({plan.store}); {seconds:.0f} s")
    print(f"Report:  {plan.out / 'report.html'}")
    tables = ", ".join(str(plan.out / name) for name in ("summary.csv", "differences.csv", "people.csv"))
    print(f"Tables:  {tables}; scorecard.json; figures in {plan.out / FIGURES}")
    if found.base:
        print(f"Base:    {', '.join(str(plan.out / name) for name in ('base.csv', *occasion.tables))}")
    if found.over:
        print(f"Worlds:  {', '.join(str(plan.out / name) for name in world_tables(found.over, found.decided.arm))}")
    if any(has_points(arm) for arm in plan.arms.values()):
        print(f"Points:  {', '.join(str(plan.out / name) for name in POINTS_FILES)}")


def measured(found: Compared, runner: Runner) -> Compared:
    """With experiments of the policy to be rolled out, where they are asked for; as it is otherwise."""
    if not found.plan.options.lab or found.decided.outcome == "not_ranked":
        return found
    from experiments.trials.measurable import measurable

    arm = found.decided.arm if found.decided.outcome == "roll_out" else None
    return replace(found, measurable=measurable(found.plan, arm, runner))


def run_comparison(plan: Plan[ComparisonOptions], settings: Settings, command: str, occasion: Occasion = COMPARED) -> int:
    """Simulate a plan, print what came of it and write the out folder; returns the exit code."""
    started = time.perf_counter()
    check_comparison(plan, occasion.job)
    with Runner(plan.store, plan.options.executor, keep_logs=False) as runner:
        sample = choose_worlds(plan, runner)
        runner.keep_logs = True
        found = analyse(plan, *simulate_plan(plan, runner))
        runner.keep_logs = False
        if occasion.judge_base:
            found = replace(found, base=occasion.judge_base(found.runs))
        found = replace(found, over=look(found, sample, runner))
        if plan.options.decision.search_within and found.decided.outcome != "not_ranked":
            found = replace(found, within=search_within(found, runner))
        found = measured(found, runner)
    record = make_record(found, command, occasion)
    write_report(found, settings, record, occasion)
    exported = write_export(plan.options.export, export_tables(found))
    print_comparison(found, record, time.perf_counter() - started, occasion)
    print_export(plan.options.export, exported)
    return 0

"""A market beside published and measured figures: simulated, judged and written to its out folder."""

from collections.abc import Sequence

from experiments.execution.keys import RESULT_DIGEST, runs_digest, versions
from experiments.execution.run_set import run_set
from experiments.execution.runner import Runner
from experiments.outputs.folder import check_out, check_writable, write_folder
from experiments.outputs.manifest import Manifest
from experiments.outputs.tables import as_csv
from experiments.plans.plan import RealismOptions, make_plan
from experiments.plans.settings import Settings
from sim.report.page import HASHES
from sim.report.published import TargetLine, scorecard
from sim.report.sheet import RealismRecord
from sim.words.aligned import aligned

REALISM = (
    *("metric", "low", "high", "mean", "interval_low", "interval_high", "n", "verdict"),
    *("published_low", "published_high", "published_verdict"),
)
"""Low, high and verdict are those of the project's own tolerance."""

MIN_REPLICATIONS = 5


def as_text(lines: Sequence[TargetLine]) -> str:
    """The scorecard as a table."""
    rows = [("target", "mean", "95 % interval", "n", "published", "", "tolerance", "", "source")]
    for line in lines:
        target, interval = line.target, line.interval
        rows.append(
            (
                target.metric,
                f"{interval.estimate:.3f}",
                f"[{interval.low:.3f}, {interval.high:.3f}]",
                str(interval.n),
                "-".join(f"{end:g}" for end in target.published),
                line.against_published,
                "-".join(f"{end:g}" for end in target.tolerance),
                "pass" if line.passed else "FAIL",
                str(target.source),
            )
        )
    return "\n".join(aligned(rows))


def _row(line: TargetLine) -> tuple[object, ...]:
    target, interval = line.target, line.interval
    found = (interval.estimate, interval.low, interval.high, interval.n)
    return (target.metric, *target.tolerance, *found, line.against_tolerance, *target.published, line.against_published)


def run_realism(settings: Settings, command: str) -> int:
    """Simulate one arm, print the scorecard and write the out folder; returns the exit code, 1 if a figure is off."""
    plan = make_plan(settings, RealismOptions)
    options = plan.options
    check_out(plan.out, "realism")
    check_writable("store", plan.store)
    arm = plan.arms[plan.options.control]
    jobs = {where: job for where, job in plan.jobs(options.replications).items() if where[0] == arm.name}
    with Runner(plan.store, options.executor, keep_logs=True) as runner:
        runs = run_set(runner, jobs)
    lines = scorecard(runs.values(arm.name))
    hashes = dict(zip(HASHES, (RESULT_DIGEST[:16], runs_digest(runs.keys.values())), strict=True))
    record = RealismRecord(plan.market.name, arm.name, tuple(lines), command, options.seed, versions(), hashes)
    rows = [_row(line) for line in lines]
    manifest = Manifest.of(plan, command, options.replications, runs)
    tables = {"realism.csv": as_csv(REALISM, rows)}
    write_folder("realism", plan.out, settings, tables, record, manifest, options.report.lang)
    print(f"Market {plan.market.name}, arm {arm.name}, {plan.options.replications} replications, seed {plan.options.seed}")
    print(as_text(lines))
    if plan.options.replications < MIN_REPLICATIONS:
        print(f"Fewer than {MIN_REPLICATIONS} replications: the intervals are wide, do not conclude from this.")
    print(f"Report:  {plan.out / 'report.html'}")
    return 0 if all(line.passed for line in lines) else 1

"""What a judgement by logs leaves in its out folder, and what it prints."""

import shlex
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.execution.keys import RESULT_DIGEST, refuse_edited, runs_digest, versions
from experiments.execution.runner import Runner
from experiments.hindsight.plan import FILE_KEYS, Hindsight, make_hindsight
from experiments.hindsight.simulated import found_in, run_keys
from experiments.outputs.folder import check_out, check_writable, write_folder
from experiments.outputs.manifest import Manifest
from experiments.outputs.tables import as_csv
from experiments.plans.settings import Settings
from sim.report.format import TABLE_COLUMNS
from sim.report.offpolicy import offpolicy_sheet
from sim.report.offpolicy_record import OffpolicyRecord
from sim.report.page import HASHES
from sim.words.aligned import aligned
from sim.words.language import speaking, told

TABLE = "offpolicy.csv"
COLUMNS = (
    *("arm", "estimator", "outcomes", "estimate", "low", "high", "difference", "difference_low", "difference_high"),
    *("other_pros_low", "other_pros_high", "bernstein_low", "bernstein_high", "effective_n", "largest_weight", "unsupported_share"),
    *("simulated_truth", "simulated_difference", "refused"),
)
"""Shares of new clients; difference: to the policy of the log; ``low`` and ``high`` for these pros and other clients,
``other_pros`` for other pros, too, ``bernstein`` for any outcomes if propensities are right; empty or
nan where there is none."""


def estimate_rows(record: OffpolicyRecord) -> list[tuple[Any, ...]]:
    """A row a policy, estimator and way of treating outcomes that are not known; a refused policy has one row without estimates."""
    rows: list[tuple[Any, ...]] = []
    for one in record.policies:
        truth = ("", "") if one.truth is None or one.true_difference is None else (one.truth.estimate, one.true_difference.estimate)
        if one.refused:
            rows.append((one.arm, *[""] * 14, one.unsupported_share, *truth, one.refused))
        rows += [
            (
                *(one.arm, says.estimator, says.outcomes),
                *(end for part in (says.value, says.difference) for end in (part.estimate, part.low, part.high)),
                *(end for part in (says.other_pros, says.bernstein) for end in (part.low, part.high)),
                *(says.effective_n, says.largest_weight, says.unsupported_share, *truth, ""),
            )
            for says in one.says
        ]
    return rows


def compared(hindsight: Hindsight) -> str:
    """The command that simulates the same policies."""
    arms = ",".join(hindsight.plan.arms)
    options = hindsight.plan.options
    market = "" if hindsight.plan.market.name == "personal_care" else f" market={shlex.quote(hindsight.plan.market.name)}"
    return f"python -m experiments.compare 'arm=[{arms}]' control={options.control}{market} seed={options.seed}"


def run_simulated(settings: Settings, command: str) -> int:
    """Simulate logs, judge policies by them, print what they say and write the out folder; returns the exit code."""
    started = time.perf_counter()
    hindsight = make_hindsight(settings)
    plan, options = hindsight.plan, hindsight.plan.options
    check_out(plan.out, "offpolicy")
    check_writable("store", plan.store)
    refuse_edited(plan.arms.values())
    with Runner(plan.store, options.executor, keep_logs=True) as runner:
        found = found_in(hindsight, runner)
        simulated = runner.simulated
    keys = run_keys(hindsight)
    record = OffpolicyRecord(
        source="",
        market=plan.market.name,
        control=options.control,
        logs=options.replications,
        clients=len(found.clients.followed_days),
        mature=int(found.clients.mature(options.outcome_days).sum()),
        outcome_days=float(options.outcome_days),
        effective_n=float(options.effective_n),
        logged=found.logged,
        policies=found.policies,
        estimated=False,
        only_chosen=False,
        left_out={},
        period=("", ""),
        weekly=found.weekly,
        replay="",
        simulate=compared(hindsight),
        command=command,
        seed=options.seed,
        versions=versions(),
        hashes=dict(zip(HASHES, (RESULT_DIGEST[:16], runs_digest(keys.values())), strict=True)),
    )
    manifest = Manifest(command, options.seed, options.replications, options.engine, plan.store, keys, simulated)
    kept = {key: value for key, value in settings.items() if key not in FILE_KEYS}
    write(record, kept, manifest, plan.out, options.report.lang)
    print_record(record, plan.out)
    print(f"\n{simulated} of {len(keys)} runs simulated now, the others were in the store; {time.perf_counter() - started:.0f} s")
    print_places(plan.out)
    return 0


def write(record: OffpolicyRecord, settings: Mapping[str, Any], manifest: Manifest, out: Path, lang: str) -> None:
    """Table, page and figures."""
    write_folder("offpolicy", out, settings, {TABLE: as_csv(COLUMNS, estimate_rows(record))}, record, manifest, lang)


def print_record(record: OffpolicyRecord, out: Path) -> None:
    """The table and what follows."""
    with speaking("en"):
        sheet = offpolicy_sheet(record)
    print("\n" + "\n".join(aligned([tuple(map(str, row)) for row in (sheet.header, *sheet.rows)])) + "\n")
    for sentence in sheet.sentences:
        print(textwrap.fill(f"- {told(sentence)}", TABLE_COLUMNS, subsequent_indent="  "))


def print_places(out: Path) -> None:
    """Where everything is."""
    print(f"Report:  {out / 'report.html'}")
    print(f"Table:   {out / TABLE}")

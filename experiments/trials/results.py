"""What the lab leaves in its out folder, and what it prints."""

import json
import math
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.execution.keys import refuse_edited
from experiments.execution.runner import Runner
from experiments.outputs.folder import check_out, check_writable, write_folder
from experiments.outputs.manifest import Manifest
from experiments.outputs.tables import as_csv
from experiments.plans.settings import Settings
from experiments.trials.export import export_tables
from experiments.trials.learning import VALUE, value_rows
from experiments.trials.plan import Lab, make_lab
from experiments.trials.record import experimented, run_keys
from experiments.trials.rollout_tables import ROLLOUT, rollout_rows, stages_of
from sim.report.format import TABLE_COLUMNS
from sim.report.lab import LabRecord, lab_sheet
from sim.words.aligned import aligned
from sim.words.language import speaking, told

WORTH = "value.csv"
DESIGNS = (
    *("design", "estimator", "truth", "truth_low", "truth_high", "estimate", "bias", "bias_low", "bias_high", "bias_se", "sd"),
    *("coverage", "power", "power_by_formula", "wrong_sign", "wrong_decision", "weeks_needed", "clients", "clients_exposed"),
    *("eur_exposed", "experiments"),
)
"""Estimate: mean over experiments; bias_se: standard error of the bias; power_by_formula: without bias, as planned beforehand;
weeks_needed: for a power of 80 %; eur_exposed: contribution within 6 months of the clients who were shown the treated arm."""


def design_rows(record: LabRecord) -> list[tuple[Any, ...]]:
    """One row a design and estimator."""
    return [
        (
            *(one.design, one.estimator),
            *(one.found.truth.estimate, one.found.truth.low, one.found.truth.high, one.found.estimate.estimate),
            *(one.found.bias.estimate, one.found.bias.low, one.found.bias.high, one.found.bias_error),
            *(one.found.sd, one.found.coverage.estimate, one.found.power.estimate, one.by_formula),
            *(one.found.wrong_sign.estimate, one.found.wrong_decision.estimate),
            *(one.weeks, one.clients, one.exposed, one.at_stake_eur, one.found.n),
        )
        for one in record.designs
    ]


def plan_json(lab: Lab, record: LabRecord, settings: Settings) -> str:
    """The recommended experiment, and what was assumed, for programs."""
    best, options = record.recommended, lab.plan.options
    recommended: Mapping[str, Any] | None = None
    if best is not None:
        recommended = {
            "design": best.design,
            "estimator": best.estimator,
            "settings": {key: value for key, value in settings["designs"][best.design].items() if key != "_target_"},
            "weeks": math.ceil(best.weeks),
            "in_time": record.is_in_time,
            "clients_exposed": round(best.exposed_until_found),
        }
    assumed = {
        "market": record.market,
        "control": record.control,
        "treated": record.treated,
        "outcome": options.outcome,
        "effect": record.designs[0].found.truth.estimate,
        "smallest_effect": options.smallest_effect,
        "within_weeks": options.within_weeks,
        "scores": options.scores,
        "power": 0.8,
        "level": 0.95,
        "followed_days": 183,
    }
    return json.dumps({"recommended": recommended, "stages": stages_of(record.rollout), "assumed": assumed}, indent=2) + "\n"


def run_lab(settings: Settings, command: str) -> int:
    """Simulate experiments of every design, print what they would have said and write the out folder; returns the exit code."""
    started = time.perf_counter()
    lab = make_lab(settings)
    plan, options = lab.plan, lab.plan.options
    check_out(plan.out, "lab")
    check_writable("store", plan.store)
    refuse_edited([*plan.arms.values(), *(one.trial.treated for one in lab.beside.values())])
    with Runner(plan.store, options.executor) as runner:
        lab, record = experimented(lab, runner, command)
        simulated = runner.simulated
    keys = run_keys(lab)
    tables = {"designs.csv": as_csv(DESIGNS, design_rows(record)), "plan.json": plan_json(lab, record, settings)}
    if record.learning is not None:
        tables[WORTH] = as_csv(VALUE, value_rows(record.learning))
    if record.rollout is not None:
        tables["rollout.csv"] = as_csv(ROLLOUT, rollout_rows(record.rollout))
    tables |= export_tables(lab, record)
    replications = {name: one.replications for name, one in lab.tried.items()}
    manifest = Manifest(command, options.seed, replications, options.engine, plan.store, keys, simulated, {})
    write_folder("lab", plan.out, settings, tables, record, manifest, options.report.lang)
    print_lab(record, len(keys), simulated, plan.out, time.perf_counter() - started)
    return 0


def print_lab(record: LabRecord, n_runs: int, simulated: int, out: Path, seconds: float) -> None:
    """The table and what follows."""
    with speaking("en"):
        sheet = lab_sheet(record)
    print("\n" + "\n".join(aligned([tuple(map(str, row)) for row in (sheet.header, *sheet.rows)])) + "\n")
    for sentence in sheet.sentences:
        print(textwrap.fill(f"- {sentence}", TABLE_COLUMNS, subsequent_indent="  "))
    for section in sheet.sections:
        print("\n" + told(section.title))
        for sentence in section.sentences:
            print(textwrap.fill(f"- {told(sentence)}", TABLE_COLUMNS, subsequent_indent="  "))
    print(f"\n{simulated} of {n_runs} runs simulated now, the others were in the store; {seconds:.0f} s")
    print(f"Report:  {out / 'report.html'}")
    worth = f"; {out / WORTH}" if record.learning is not None else ""
    print(f"Tables:  {out / 'designs.csv'}; {out / 'plan.json'}{worth}")

"""What a search leaves in its out folder, and what it prints."""

import shlex
import textwrap
import time
from pathlib import Path

from experiments.execution.keys import refuse_edited
from experiments.execution.runner import Runner
from experiments.execution.store import write_text
from experiments.outputs.folder import MARKER, check_out, check_writable, write_folder
from experiments.outputs.manifest import Manifest
from experiments.plans.settings import Settings
from experiments.search.finals import run_finals
from experiments.search.loop import run_search
from experiments.search.plan import Tuning, make_tuning
from experiments.search.record import TUNED, record_of, run_keys
from experiments.search.storage import resume
from experiments.search.tables import front_csv, trials_parquet
from sim.report.format import TABLE_COLUMNS
from sim.report.tune import TuneRecord
from sim.report.tune_page import tune_sheet
from sim.words.aligned import aligned
from sim.words.language import speaking

STATE = "search.json"
"""File of the out folder from which a search goes on."""
BEST = "best.yaml"
ARM = f"arm/{TUNED}.yaml"
"""The same where --config-dir OUT finds it."""
KEPT = ("market", "arms.", "longest_window_months=", "plausible=", "worlds=", "decision.", "engine=")
"""Beginnings of what a comparison is told, too."""


def run_tune(settings: Settings, command: str) -> int:
    """Search, confirm, print what was found and write the out folder; returns the exit code."""
    started = time.perf_counter()
    tuning = make_tuning(settings)
    plan = tuning.plan
    check_out(plan.out, "tune")
    check_writable("store", plan.store)
    refuse_edited(plan.arms.values())
    state = plan.out / STATE
    # another search's file is refused before anything is simulated, and before the folder is touched
    resume(state, tuning.begun(), tuning.about)
    plan.out.mkdir(parents=True, exist_ok=True)
    write_text(plan.out / MARKER, "tune\n")
    with Runner(plan.store, plan.options.executor) as runner:
        searched = run_search(tuning, runner, state)
        finals = run_finals(tuning, runner, searched)
        simulated = runner.simulated
    record = record_of(tuning, searched, finals, command, compare_command(tuning, command))
    tables: dict[str, str | bytes] = {"trials.parquet": trials_parquet(tuning, searched, finals), "front.csv": front_csv(record)}
    if record.yaml:
        tables |= {BEST: record.yaml, ARM: record.yaml}
    keys = run_keys(searched, finals)
    names = [arm.name for arm in searched.runs.arms]
    replications = dict(zip(names, map(int, searched.runs.counts), strict=True))
    manifest = Manifest(command, plan.options.seed, replications, plan.options.engine, plan.store, keys, simulated, {})
    write_folder("tune", plan.out, settings, tables, record, manifest, plan.options.report.lang)
    print_tune(record, len(keys), simulated, plan.out, time.perf_counter() - started)
    return 0


def compare_command(tuning: Tuning, command: str) -> str:
    """What compares the recommended setting with the control and the rule as it is, on other random numbers.

    Parameters
    ----------
    command
        That of the search: what it says about market, arms and decision holds for the comparison, too.
    """
    before, _, after = command.partition("experiments.tune")
    words = shlex.split(after)
    kept = [word for word in words if word.startswith(KEPT)]
    folders = [part for i, word in enumerate(words) if word == "--config-dir" for part in words[i : i + 2]]
    arms = ",".join(dict.fromkeys([tuning.options.control, tuning.varied, TUNED]))
    own = ["--config-dir", str(tuning.plan.out), f"arm=[{arms}]", f"control={tuning.options.control}"]
    return f"{before}experiments.compare {shlex.join([*folders, *own, *kept, f'seed={tuning.options.seed + 1}'])}"


def print_tune(record: TuneRecord, n_runs: int, simulated: int, out: Path, seconds: float) -> None:
    """The table and what follows."""
    with speaking("en"):
        sheet = tune_sheet(record)
        # settings are long: a line each below the table
        rows = [tuple(map(str, row[:-1])) for row in (sheet.header, *sheet.rows)]
        print("\n" + "\n".join(aligned(rows)) + "\n")
        for row in sheet.rows:
            if row[-1]:
                print(textwrap.fill(f"{row[0]}: {row[-1]}", TABLE_COLUMNS, subsequent_indent="  "))
        print()
        for sentence in sheet.sentences:
            print(textwrap.fill(f"- {sentence}", TABLE_COLUMNS, subsequent_indent="  "))
    print(f"\n{simulated} of {n_runs} runs simulated now, the others were in the store; {seconds:.0f} s")
    print(f"Report:  {out / 'report.html'}")
    print(f"Tables:  {out / 'front.csv'}; {out / 'trials.parquet'}")
    if record.yaml:
        print(f"Setting: {out / BEST}")
        print(f"Compare: {record.commands[1]}")

"""What a selection leaves in its out folder, and what it prints."""

import time
from collections.abc import Mapping

from experiments.execution.jobs import Job
from experiments.execution.keys import RESULT_DIGEST, runs_digest, versions
from experiments.outputs.folder import check_out, check_writable, write_folder
from experiments.outputs.manifest import Manifest
from experiments.outputs.tables import as_csv
from experiments.plans.plan import Plan, SelectOptions, make_plan
from experiments.plans.settings import Settings
from experiments.selection.arms import check_race, race_arms
from experiments.selection.finish import (
    ROUNDS,
    SELECTION,
    as_text,
    finish_header,
    finish_rows,
    in_words,
    round_rows,
    selection_rows,
    sentences,
)
from experiments.selection.race import Race
from sim.metrics.catalogue import Metric
from sim.report.page import HASHES
from sim.report.sheet import SelectionRecord, Sheet
from sim.said import Said, say
from sim.statistics.selection import Task
from sim.words.units import label_said

INTERVAL_NOTE = say("± is the 95 % interval of the arm alone, as if its number of replications had been fixed beforehand.")


def about(plan: Plan[SelectOptions], shown: Metric, common: bool) -> Said:
    """Market, arms and the side that is better, in one line."""
    if shown.better == "lower":
        said = say("Market {market}: {n} arms, each on its own random numbers; lower is better.")
        if common:
            said = say("Market {market}: {n} arms, each on the same random numbers; lower is better.")
    else:
        said = say("Market {market}: {n} arms, each on its own random numbers; higher is better.")
        if common:
            said = say("Market {market}: {n} arms, each on the same random numbers; higher is better.")
    return said.having(market=plan.market.name, n=len(plan.arms))


def write_results(
    plan: Plan[SelectOptions],
    settings: Settings,
    command: str,
    shown: Metric,
    race: Race,
    jobs: Mapping[Task, Job],
    simulated: int,
) -> None:
    """Everything that goes to the out folder, but for the time it took."""
    options, arms = plan.options, list(plan.arms)
    tables = {
        "selection.csv": as_csv(SELECTION, selection_rows(race, arms, shown)),
        "rounds.csv": as_csv(ROUNDS, round_rows(race, arms)),
    }

    keys = {f"{arms[s]}/{r}": jobs[s, r].key for tasks in race.tasks for s, r in tasks}
    sheet = Sheet(
        title=say("Which policy is best in: {metric}?", metric=label_said(shown)),
        about=about(plan, shown, race.common),
        sentences=sentences(options, race, arms, shown),
        caption=say("{metric}. {note}", metric=label_said(shown), note=INTERVAL_NOTE),
        header=finish_header(shown),
        rows=finish_rows(race, arms, shown),
        notes=(),
        command=command,
        seed=options.seed,
        versions=versions(),
        hashes=dict(zip(HASHES, (RESULT_DIGEST[:16], runs_digest(keys.values())), strict=True)),
    )
    delta = options.delta if race.common else None
    record = SelectionRecord(sheet, tuple(arms), race.values, race.found, shown.name, delta)
    more = {"best": arms[race.found.best], "complete": race.found.complete, "guarantee": str(race.found.guarantee)}
    replications = dict(zip(arms, race.found.replications, strict=True))
    manifest = Manifest(command, options.seed, replications, options.engine, plan.store, keys, simulated, more)
    write_folder("select", plan.out, settings, tables, record, manifest, options.report.lang)


def run_selection(settings: Settings, command: str) -> int:
    """Race the arms of composed settings, print what came of it and write the out folder; returns the exit code."""
    started = time.perf_counter()
    plan = make_plan(settings, SelectOptions)
    shown, selection = check_race(plan)
    check_out(plan.out, "select")
    check_writable("store", plan.store)
    race, jobs, simulated = race_arms(plan, shown, selection)
    write_results(plan, settings, command, shown, race, jobs, simulated)
    numbers = "same random numbers" if race.common else "independent random numbers"
    print(f"\nMarket {plan.market.name}: {len(plan.arms)} arms, {numbers}, seed {plan.options.seed}")
    print(f"{shown.label} ({shown.name}), {shown.better} is better\n")
    print(as_text(race, list(plan.arms), shown))
    print(f"{INTERVAL_NOTE}\n")
    print(in_words(plan.options, race, list(plan.arms), shown))
    seconds, unused = time.perf_counter() - started, race.asked - sum(race.found.replications)
    ahead = f", {unused} of them ahead of time and not needed" if unused else ""
    print(
        f"\n{simulated} of {race.asked} runs simulated now{ahead}, {race.asked - simulated} were in the store ({plan.store});"
        f" {seconds:.0f} s"
    )
    print(f"Tables:  {plan.out / 'selection.csv'}, {plan.out / 'rounds.csv'}")
    print(f"Report:  {plan.out / 'report.html'}")
    return 0

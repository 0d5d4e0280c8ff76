"""A real experiment analysed: read, checked, estimated, set beside simulated ones, written and printed."""

import math
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.bookings.opened import open_or_ask
from experiments.execution.keys import RESULT_DIGEST, runs_digest, versions
from experiments.outputs.folder import write_folder
from experiments.outputs.manifest import Manifest
from experiments.outputs.tables import as_csv
from experiments.plans.arms import load_market
from experiments.plans.settings import Settings
from experiments.trials.observed_beside import lab_beside, simulated
from experiments.trials.observed_checks import checks_of
from experiments.trials.observed_clients import WINDOWS, Clients, clients_of, refuse_unless_held
from experiments.trials.observed_estimates import estimates_of
from experiments.trials.observed_plan import Observed, make_observed
from experiments.trials.observed_rows import without_assignments
from experiments.trials.observed_split import Taken, taken_from
from sim.bookings.rows import date_of
from sim.config import Economics
from sim.report.format import TABLE_COLUMNS
from sim.report.observed import observed_sheet
from sim.report.observed_record import Line, ObservedRecord
from sim.report.page import HASHES
from sim.words.aligned import aligned
from sim.words.language import speaking
from sim.worlds.learning import OUTCOME

LINE = ("name", "estimate", "low", "high", "standard_error", "n_treated", "n_control", "p_value", "verdict")
EXPERIMENT = (*LINE, "probability")
"""Columns of ``experiment.csv``: in the outcome's own unit; nan as an empty cell; probability: that it is better than what
matters."""


@dataclass(frozen=True)
class Analysed:
    """What a file says about an experiment."""

    source: str
    clients: Clients
    taken: Taken
    estimates: tuple[Line, ...]
    checks: tuple[Line, ...]


def analyse(observed: Observed, economics: Economics) -> Analysed:
    """Read the file, and check and estimate the experiment that is in it.

    Raises
    ------
    ConfigError
        The file, or the experiment in it, cannot be read as it was said.
    """
    bookings = open_or_ask(observed.source, "lab")
    refuse_unless_held(bookings, observed.options.outcome)
    bookings, added = without_assignments(bookings, observed)
    clients = clients_of(bookings, observed.options.outcome, economics)
    taken = taken_from(bookings, added, clients, observed)
    return Analysed(bookings.name, clients, taken, estimates_of(taken, clients, observed), checks_of(taken, clients, observed))


def run_observed(settings: Settings, command: str) -> int:
    """Analyse the experiment that the settings name; returns the exit code.

    Raises
    ------
    ConfigError
        Bad input, before anything is simulated or written.
    """
    started = time.perf_counter()
    observed = make_observed(settings)
    options, market = observed.options, load_market(settings)
    lab = lab_beside(settings, observed) if options.simulate else None
    found = analyse(observed, market.economics)
    taken, clients = found.taken, found.clients
    n_clients = int(taken.followed.sum())
    beside, now, keys = None, 0, {}
    if lab is not None:
        lab, beside, now = simulated(lab, found.estimates[0], n_clients)
        keys = {f"{name}/{r}": job.key for (name, r), job in lab.jobs().items()}
    record = ObservedRecord(
        source=found.source,
        design=observed.name,
        unit=observed.design.unit,
        outcome=options.outcome,
        control=taken.control,
        treated=taken.treated,
        start=date_of(observed.start),
        end=date_of(observed.end - 1),
        last=date_of(int(clients.last)),
        known_on=date_of(observed.end + int(WINDOWS[options.outcome])),
        window_days=WINDOWS[options.outcome],
        lookback_days=observed.start - float(int(clients.day.min())),
        by_visit=found.clients.by_visit,
        clients=n_clients,
        unfollowed=int((~taken.followed).sum()),
        had_booked=taken.had_booked,
        ungrouped=taken.ungrouped,
        early=taken.early,
        checks=found.checks,
        estimates=found.estimates,
        beside=beside,
        command=command,
        seed=int(settings["seed"]),
        versions=versions(),
        hashes=dict(zip(HASHES, (RESULT_DIGEST[:16], runs_digest(keys.values())), strict=True)),
    )
    manifest = Manifest(command, record.seed, 0)
    if lab is not None:
        replications = {name: one.replications for name, one in lab.tried.items()}
        manifest = Manifest(command, record.seed, replications, lab.plan.options.engine, lab.plan.store, keys, now)
    tables = {"experiment.csv": as_csv(EXPERIMENT, experiment_rows(record))}
    write_folder("lab", observed.out, settings, tables, record, manifest, options.report.lang)
    print_observed(record, observed.out, time.perf_counter() - started)
    return 0


def experiment_rows(record: ObservedRecord) -> list[tuple[Any, ...]]:
    """A row a check, an estimator, the simulated experiments, and what is known before and after the real one.

    The p-value of simulated experiments is that of agreement with the estimate.
    """
    rows = [(*(getattr(line, name) for name in LINE), "") for line in (*record.checks, *record.estimates)]
    if (beside := record.beside) is not None:
        rows.append(("simulated", beside.mean, beside.low, beside.high, beside.sd, "", "", beside.p_value, beside.verdict, ""))
    if (found := record.learned) is not None:
        for name, known, p in zip(("before", "after"), (found.before, found.after), found.probabilities, strict=True):
            effect, sd = known.interval(OUTCOME), math.sqrt(known.covariance[OUTCOME, OUTCOME])
            rows.append((name, effect.estimate, effect.low, effect.high, sd, "", "", "", "", p))
    return rows


def print_observed(record: ObservedRecord, out: Path, seconds: float) -> None:
    """The table and what follows."""
    with speaking("en"):
        sheet = observed_sheet(record)
    print("\n" + "\n".join(aligned([tuple(map(str, row)) for row in (sheet.header, *sheet.rows)])) + "\n")
    for sentence in sheet.sentences:
        print(textwrap.fill(f"- {sentence}", TABLE_COLUMNS, subsequent_indent="  "))
    print(f"\n{seconds:.0f} s")
    print(f"Report:  {out / 'report.html'}")
    print(f"Table:   {out / 'experiment.csv'}")

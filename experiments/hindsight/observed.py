"""A team's own log judged: read, its past rebuilt, policies weighed by it, written and printed."""

import math
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from experiments.bookings.opened import Bookings, open_or_ask
from experiments.execution.keys import RESULT_DIGEST, versions
from experiments.hindsight.exploring import TYPICAL, by_softmax, explorations, shares
from experiments.hindsight.judging import Target, Wanted, judged
from experiments.hindsight.logged import Clients
from experiments.hindsight.observed_past import Booked, booked_of, past_of_file
from experiments.hindsight.plan import Hindsight, make_hindsight
from experiments.hindsight.propensities import Propensities, estimated
from experiments.hindsight.results import compared, print_places, print_record, write
from experiments.outputs.folder import check_out
from experiments.outputs.manifest import Manifest
from experiments.plans.settings import Settings
from sim.arrays import Flags, Floats, Ints
from sim.bookings.candidates import Candidates, candidates_of
from sim.bookings.rows import date_of
from sim.config import ConfigError, Market
from sim.engine.platform import Arm
from sim.offpolicy.decisions import Decisions
from sim.offpolicy.exploration import Exploration
from sim.offpolicy.returns import cross_fitted
from sim.report.offpolicy_record import OffpolicyRecord
from sim.report.page import HASHES
from sim.shadow.past import Past
from sim.shadow.shown import shown
from sim.shadow.weights import refresh_of
from sim.statistics.intervals import wilson

WEEK_DAYS = 7.0
NEEDED = {
    "pro": "columns.pro is missing: who served the client; {source} has no such column, and says nothing about choices",
    "candidates": "columns.candidates is missing: of each booking, the pros who could have been chosen, such as ann|bea|cem;"
    " without them nothing can be weighed again. Log them from now on, best with the chance of each (columns.propensity)",
}


@dataclass(frozen=True)
class Observed:
    """What a file holds about choices."""

    source: str
    clients: Clients
    candidates: Candidates
    past: Past
    refresh: Ints
    """(n,) the refresh before each decision."""
    propensities: Propensities
    left_out: dict[str, int]
    booked: Booked

    def weights(self, arm: Arm, market: Market) -> Floats:
        """(m,) what an arm would have given to the candidates, by what was known then."""
        tables = shown(self.past, arm, market.economics.payback_bookings + 1)
        return tables[np.repeat(self.refresh, self.candidates.counts), 0, self.candidates.pros]


def read(settings: Settings, hindsight: Hindsight) -> Observed:
    """The new clients of a file, with who could have served them.

    Raises
    ------
    ConfigError
        The file does not say who was chosen or could have been, or no client's time is over.
    """
    bookings = open_or_ask(settings, "offpolicy")
    for name, message in NEEDED.items():
        if getattr(bookings.columns, name) is None:
            raise ConfigError(message.format(source=bookings.name))
    booked = booked_of(bookings)
    new, left_out = _new_first(bookings, booked)
    wanted = np.zeros(len(bookings.rows.client), bool)
    wanted[booked.row[new]] = True
    found = candidates_of(bookings.sheet, bookings.columns, wanted)
    left_out["no_candidates"] = int(new.sum()) - len(found.rows)
    at = np.flatnonzero(np.isin(booked.row, found.rows))
    at = at[np.argsort(booked.row[at])]
    asked, window = booked.asked[at], float(hindsight.plan.options.outcome_days)
    again = booked.next_days()[at] - asked
    followed = booked.last - asked
    if not (followed >= window).any():
        raise ConfigError(
            f"outcome_days = {window:g}, must be <= {followed.max():.0f}, the days from the first new client with candidates to the"
            f" last booking of {bookings.name}: no client's time to come back is over"
        )
    past = past_of_file(bookings, booked, found, hindsight.plan.market)
    refresh = refresh_of(past.refresh_days, asked, np.zeros(len(asked), np.int64))
    logged = estimated(found, past, refresh) if found.propensities is None else Propensities(found.propensities, False, False)
    decisions = Decisions(
        outcome=(again <= window).astype(float),
        followed=np.ones(len(at)),
        features=_features(bookings, found.rows),
        counts=found.counts,
        chosen=found.chosen,
        pros=found.pros,
        logged=logged.values,
        support_unknown=found.only_chosen or logged.estimated,
    )
    return Observed(bookings.name, Clients(decisions, again, followed), found, past, refresh, logged, left_out, booked)


def _new_first(bookings: Bookings, booked: Booked) -> tuple[Flags, dict[str, int]]:
    """(b,) first bookings with a pro of clients who are not older than the file, and how many are left out."""
    rows, columns = bookings.rows, bookings.columns
    if columns.left_censored is not None:
        old = np.isin(booked.client, rows.client[rows.old])
    else:
        old = booked.asked < booked.asked.min() + columns.left_censored_days
    served = booked.pro >= 0
    counts = {"older": int((booked.first & old).sum()), "no_pro": int((booked.first & ~old & ~served).sum())}
    return booked.first & ~old & served, counts


def _features(bookings: Bookings, rows: Ints) -> Ints:
    """What kind of client: the labels that the file has."""
    labels = [bookings.rows.labels[name][rows] for name in ("service", "zone", "channel") if name in bookings.rows.labels]
    return np.column_stack(labels) if labels else np.zeros((len(rows), 0), np.int64)


def run_observed(settings: Settings, command: str) -> int:
    """Judge policies by the file that the settings name; returns the exit code.

    Raises
    ------
    ConfigError
        Bad input, before anything is written.
    """
    started = time.perf_counter()
    hindsight = make_hindsight(settings)
    plan, options = hindsight.plan, hindsight.plan.options
    check_out(plan.out, "offpolicy")
    found = read(settings, hindsight)
    clients, booked = found.clients, found.booked
    days = float(np.ptp(booked.asked[np.isin(booked.row, found.candidates.rows)])) or 1.0
    weekly = len(clients.followed_days) / days * WEEK_DAYS
    wanted = Wanted(
        float(options.outcome_days),
        float(options.effective_n),
        clients.decisions.is_strict or found.propensities.is_strict,
        len(hindsight.judged),
    )
    policies = []
    for name, arm in hindsight.judged.items():
        weights = found.weights(arm, plan.market)
        target = Target(name, False, shares(weights, found.candidates.counts, name in plan.strict), None)
        explored = partial(_explored, found, arm, target.propensities, hindsight, weekly)
        policies.append(judged(clients, target, wanted, explored))
    mature = clients.mature(float(options.outcome_days))
    came = int(clients.decisions.outcome[mature].sum())
    record = OffpolicyRecord(
        source=found.source,
        market=plan.market.name,
        control="",
        logs=1,
        clients=len(mature),
        mature=int(mature.sum()),
        outcome_days=float(options.outcome_days),
        effective_n=float(options.effective_n),
        logged=wilson(came / int(mature.sum()), int(mature.sum())),
        policies=tuple(policies),
        estimated=found.propensities.estimated,
        only_chosen=found.candidates.only_chosen,
        left_out=found.left_out,
        period=(date_of(booked.zero + math.floor(booked.asked.min())), date_of(booked.zero + math.floor(booked.last))),
        weekly=weekly,
        replay=replayed(command, list(plan.arms)),
        simulate=compared(hindsight),
        command=command,
        seed=options.seed,
        versions=versions(),
        hashes=dict(zip(HASHES, (RESULT_DIGEST[:16], ""), strict=True)),
    )
    write(record, settings, Manifest(command, options.seed, 0), plan.out, options.report.lang)
    print_record(record, plan.out)
    print(f"\n{time.perf_counter() - started:.0f} s")
    print_places(plan.out)
    return 0


def replayed(command: str, arms: Sequence[str]) -> str:
    """The command that replays the file that another one read, under some arms.

    Examples
    --------
    >>> replayed("python -m experiments.offpolicy data=a.csv columns.pro=who outcome_days=90", ["uniform", "rating"])
    "python -m experiments.replay data=a.csv columns.pro=who 'arm=[uniform,rating]' control=uniform"
    """
    kept = [word for word in shlex.split(command) if word.startswith(("data=", "columns", "table=", "query=", "sheet="))]
    words = [*kept, f"arm=[{','.join(arms)}]", f"control={arms[0]}"]
    return " ".join(["python -m experiments.replay", *map(shlex.quote, words)])


def _explored(found: Observed, arm: Arm, target: Floats, hindsight: Hindsight, weekly: float) -> Sequence[Exploration]:
    """What exploring by the score of an arm would give, by the latest choices of the file."""
    decisions, options = found.clients.decisions, hindsight.plan.options
    late = np.arange(len(decisions.counts)) >= len(decisions.counts) - TYPICAL
    of = np.repeat(late, decisions.counts)
    counts = decisions.counts[late]

    def softmax(temperature: float) -> Floats:
        return shares(found.weights(by_softmax(arm, temperature), hindsight.plan.market)[of], counts)

    expected = cross_fitted(decisions.asked)[of]
    return explorations(
        counts, decisions.logged[of], target[of], expected, softmax, options.temperatures, weekly, float(options.effective_n)
    )

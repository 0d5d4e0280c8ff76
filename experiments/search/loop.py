"""The search itself: generations of settings, each raced as far as it is worth, told, and kept in a file.

What a setting reached depends on the seed and on what was asked for before it, not on when it ran: a search that was stopped asks
for the same settings again, finds their runs in the store, and goes on.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.execution.runner import RunError, Runner
from experiments.search.plan import FIRST_TWICE, Tuning, first_runs
from experiments.search.runs import Runs
from experiments.search.space import Candidate
from experiments.search.storage import resume, save
from experiments.search.told import Told
from sim.arrays import Floats, Ints
from sim.config import ConfigError
from sim.statistics.fronts import oriented
from sim.statistics.racing import Race
from sim.statistics.standing import Standing, standing

CONTROL = 0
"""Number of the arm that guardrails compare with, in the runs of a search."""
SEARCHING = "Searching"
SHORT_LIST, SHORT_RUNS, SHORT_SHARE = 4, 10, 0.15
"""Settings that may be recommended, runs of each before one is, and the part of a search's budget that is kept for them."""
MAY = 0.5
"""Probability to keep all guardrails from which a setting may be one of them."""


@dataclass(frozen=True)
class Stand:
    """How all that ran stands, without settings for which an objective was never defined."""

    found: Standing
    who: Ints
    """(n,) numbers of the arms in ``found``."""

    def further(self, race: Race, budget: int, seed: int, n_arms: int) -> Ints:
        """As ``Race.further``, by number of arm."""
        more = np.zeros(n_arms, dtype=np.int64)
        more[self.who] = race.further(self.found, budget, seed)
        return more


@dataclass(frozen=True)
class Searched:
    """A search that has ended."""

    runs: Runs
    candidates: tuple[Candidate, ...]
    """Arm i + 1 of the runs has the settings of candidate i; arm 0 is the control."""
    generations: tuple[int, ...]
    """Of each candidate, from 0."""
    stand: Stand
    told: Mapping[int, Told]
    """By number of arm."""

    def candidate(self, arm: int) -> Candidate:
        """The settings of an arm."""
        return self.candidates[arm - 1]


def stand_of(runs: Runs) -> Stand:
    """How arms stand.

    Raises
    ------
    RunError
        A metric is not defined in the control's runs, or in so many that nothing can be compared.
    """
    values = runs.values
    who = np.flatnonzero(np.any(np.isfinite(values).all(axis=2), axis=1))
    if CONTROL not in who:
        raise RunError(
            f"arm={runs.arms[CONTROL].name}: an objective or a guardrail is not defined in any of its runs: nobody to count. Choose"
            " other metrics, or a larger market: market.clients.arrivals_per_day, market.horizon_days"
        )
    try:
        return Stand(standing(values[who]), who)
    except ValueError as error:
        raise RunError(f"settings cannot be compared: {error}. Choose other metrics, or a larger market") from None


def run_search(tuning: Tuning, runner: Runner, path: Path) -> Searched:
    """Search until the part of the budget that is for it is spent.

    Parameters
    ----------
    path
        File from which the search goes on, and to which it is written after each generation.

    Raises
    ------
    ConfigError
        The file is that of another search.
    RunError
        Some runs failed, or nothing can be compared.
    """
    search, race, options = tuning.begun(), tuning.race, tuning.options
    known = resume(path, search, tuning.about)
    runs = Runs(tuning, runner)
    runs.add(tuning.plan.arms[options.control])
    candidates: list[Candidate] = []
    generations: list[int] = []
    told: dict[int, Told] = {}
    batches: list[list[Told]] = []
    whole = options.budget - tuning.fresh_runs
    first = first_runs(tuning)
    budget = max(whole - round(SHORT_SHARE * whole), first)
    while True:
        n = options.generation
        # room for its race, too: what a generation reaches does not depend on the budget, so that a larger one goes on from here
        if budget - int(runs.counts.sum()) < (2 * n if batches else first):
            break
        is_known = len(batches) < len(known)
        asked = [one.candidate for one in known[len(batches)]] if is_known else search.ask(n)
        if not asked:
            break
        new = [runs.add(tuning.arm(one, f"setting_{len(candidates) + i + 1}")) for i, one in enumerate(asked)]
        candidates += asked
        generations += [len(batches)] * len(asked)
        tasks = [(i, 0) for i in new]
        if not batches:
            tasks += [(CONTROL, 0), (CONTROL, 1), *((i, 1) for i in new[:FIRST_TWICE])]
        runs.run(tasks, SEARCHING)
        # as many further runs as there were settings; the rest waits for the end
        _race(runs, race, n, options.seed)
        batch = _told(tuning, stand_of(runs), asked, new)
        if is_known:
            _check_same(path, known[len(batches)], batch)
        else:
            search.tell(batch)
        batches.append(batch)
        told |= dict(zip(new, batch, strict=True))
        if not is_known:
            save(path, search, tuning.about, batches)
    _race(runs, race, budget - int(runs.counts.sum()), options.seed)
    _short_list(tuning, runs, whole - int(runs.counts.sum()))
    return Searched(runs, tuple(candidates), tuple(generations), stand_of(runs), told)


def _race(runs: Runs, race: Race, budget: int, seed: int) -> None:
    """Spend runs where places are least certain, until they are known or the runs are gone."""
    while budget > 0:
        more = stand_of(runs).further(race, budget, seed, len(runs.arms))
        if not more.any():
            return
        runs.more(more, SEARCHING)
        budget -= int(more.sum())


def _short_list(tuning: Tuning, runs: Runs, budget: int) -> None:
    """Run those that may be recommended, and the control, more often: one run says little about a guardrail."""
    while budget > 0:
        stand, n = stand_of(runs), len(runs.arms)
        within = tuning.race_within.within(stand.found)
        better = oriented(stand.found.means, tuning.aims.column_directions)[:, 0]
        order = [k for k in np.argsort(-better, kind="stable") if within[k] >= MAY and stand.who[k] != CONTROL][:SHORT_LIST]
        who = [i for i in [CONTROL, *(int(stand.who[k]) for k in order)] if runs.counts[i] < SHORT_RUNS][:budget]
        if not order or not who:
            return
        more = np.zeros(n, dtype=np.int64)
        more[who] = 1
        runs.more(more, SEARCHING)
        budget -= len(who)


def _told(tuning: Tuning, stand: Stand, asked: Sequence[Candidate], new: Sequence[int]) -> list[Told]:
    """What a batch reached so far."""
    aims, means = tuning.aims, stand.found.means
    better = oriented(means, aims.column_directions)
    place = {int(i): k for k, i in enumerate(stand.who)}
    reference, n = place[CONTROL], len(aims.objectives)
    batch = []
    for candidate, i in zip(asked, new, strict=True):
        if i not in place:
            batch.append(Told(candidate, (math.nan,) * n, (math.nan,) * len(aims.front_limits)))
            continue
        k = place[i]
        excess = tuple(
            float(better[reference, limit.objective] - better[k, limit.objective] - limit.at_most) for limit in aims.front_limits
        )
        batch.append(Told(candidate, tuple(map(float, means[k, :n])), excess))
    return batch


def _check_same(path: Path, known: Sequence[Told], now: Sequence[Told]) -> None:
    """Refuse a file whose settings reached something else than they do now."""
    for one, other in zip(known, now, strict=True):
        pairs = zip((*one.values, *one.excess), (*other.values, *other.excess), strict=True)
        if not all(math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12) or (a != a and b != b) for a, b in pairs):
            raise ConfigError(f"{path}, says what settings reached, and they do not reach it now; delete the file to begin anew")


def differences(values: Floats, arm: int, column: int, control: int = CONTROL) -> Floats:
    """An arm minus the control in one metric, over the replications that both have, (n,)."""
    found = values[arm, :, column] - values[control, :, column]
    return np.asarray(found[np.isfinite(found)], float)

"""The finalists of a search on random numbers that it has not used: who is chosen, and how good they really are.

Whoever is chosen for a value is on average worse than that value. So with one objective the best finalist is chosen on fresh
replications, with the guarantee of a selection procedure, and confirmed on others; with several the recommended one is picked by
what the search knows, and everybody is confirmed afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.execution.runner import RunError, Runner
from experiments.search.loop import CONTROL, Searched
from experiments.search.plan import FEWEST_FINALISTS, FEWEST_FRESH, Tuning
from experiments.search.runs import CHOOSING, CONFIRMING, Runs
from experiments.selection.race import Race as Selecting
from experiments.selection.race import UndefinedError, run_race
from sim.arrays import Floats
from sim.statistics.fronts import front_probability, oriented
from sim.statistics.limits import against_limit
from sim.statistics.selection import Selection, Task
from sim.statistics.standing import own_luck

SURE = 0.95
"""Probability to keep all guardrails, from which a setting may be recommended."""
BY_FAR = 0.999
"""The same for one that is run again in case that those nearer to a guardrail turn out to be beyond it."""
TRIED = 5
"""Runs from which one is, as long as there is anybody with so many."""
FIRST_LOOK = 10
"""Runs of each finalist before the selection looks at them, where the budget allows it."""
SIDE_BY_SIDE = 2
"""Workers that the selection counts on; fixed, so that the same runs are asked for on every machine."""
DRAWS = 10_000
CHOICE = "Choosing"


@dataclass(frozen=True)
class Chosen:
    """How the best finalist in one objective was chosen."""

    best: int | None
    """Number in the search; None: nobody is within the guardrails, not even on average."""
    raced: int
    """Finalists within the guardrails after the first look, among which it was chosen."""
    sure: bool
    """Whether they are surely within; otherwise on average."""
    first_look: int
    """Runs of each finalist before that."""
    selecting: Selecting | None
    """None where fewer than two are left to choose from."""
    keys: Mapping[str, str]
    """Names in the store of all runs for it."""


@dataclass(frozen=True)
class Finals:
    """What fresh runs say."""

    runs: Runs
    """Policies first, in their order, then the finalists."""
    finalists: tuple[int, ...]
    """Their numbers in the search."""
    chosen: int | None
    """Number in the search of the recommended one; None: nobody keeps the guardrails."""
    choice: Chosen | None
    """With one objective, how it was chosen among the finalists; None: not on fresh runs."""
    chosen_runs: Mapping[str, str]
    """Names in the store of the runs for it."""
    chances: Floats
    """(n_arms,) probability of each arm of ``runs`` to be on the front of them all; 0 for those that know the truth."""


def run_finals(tuning: Tuning, runner: Runner, searched: Searched) -> Finals:
    """Run the finalists on fresh random numbers.

    Raises
    ------
    RunError
        Some runs failed, or an objective is not defined in one of them.
    """
    finalists, picked = _finalists(tuning, searched)
    left = tuning.fresh_runs
    choice: Chosen | None = None
    if tuning.is_one and len(finalists) > 1:
        choice = _select(tuning, runner, searched, finalists)
        picked = choice.best
        left -= len(choice.keys)
    runs = Runs(tuning, runner, CONFIRMING)
    for name in tuning.policies:
        runs.add(tuning.plan.arms[name])
    for i in finalists:
        runs.add(searched.runs.arms[i])
    n = max(left // len(runs.arms), FEWEST_FRESH)
    runs.run([(i, r) for r in range(n) for i in range(len(runs.arms))], "Confirming")
    return Finals(runs, finalists, picked, choice, choice.keys if choice else {}, _chances(tuning, runs))


def _finalists(tuning: Tuning, searched: Searched) -> tuple[tuple[int, ...], int | None]:
    """Who is run again, and with several objectives who is recommended; by what the search knows."""
    stand, options = searched.stand, tuning.options
    n = min(options.finalists, max(tuning.fresh_runs // FEWEST_FRESH - len(tuning.policies), FEWEST_FINALISTS))
    if tuning.is_one:
        # a quarter of the fresh runs choose with a first look at each, and another quarter after it; the other half confirms
        confirmed = (tuning.fresh_runs - tuning.fresh_runs // 2) // FEWEST_FRESH - len(tuning.policies)
        n = max(min(n, tuning.fresh_runs // 4 // FIRST_LOOK, confirmed), FEWEST_FINALISTS)
    sure = _sure(tuning, searched)
    picked = sure[0] if sure else None
    places = [int(stand.who[k]) for k in tuning.race.finalists(stand.found, n + 1, options.seed)]
    chances = dict(zip(map(int, stand.who), tuning.race.chances(stand.found, options.seed), strict=True))
    first = sure[:1]
    if tuning.is_one:
        # the likeliest lie at a guardrail, and may turn out to be beyond it: some that surely are within, one by far, too
        first = list(dict.fromkeys([*_sure(tuning, searched, BY_FAR)[:1], *sure]))[: (n + 1) // 2]
    likely = sorted((i for i in places if i not in (CONTROL, *first)), key=lambda i: (-chances[i], i))
    return tuple(sorted([*first, *likely[: n - len(first)]])), picked


def _sure(tuning: Tuning, searched: Searched, level: float = SURE) -> list[int]:
    """Settings that surely enough keep all guardrails, the best in the first objective first."""
    stand = searched.stand
    allowed = tuning.race_within.within(stand.found) >= level
    allowed[np.flatnonzero(stand.who == CONTROL)] = False
    tried = allowed & (np.array(stand.found.n) >= TRIED)
    pool = np.flatnonzero(tried if tried.any() else allowed)
    better = oriented(stand.found.means, tuning.aims.column_directions)[:, 0]
    return [int(stand.who[k]) for k in pool[np.argsort(-better[pool], kind="stable")]]


def _select(tuning: Tuning, runner: Runner, searched: Searched, finalists: Sequence[int]) -> Chosen:
    """The best finalist in the one objective, of those that are within all guardrails after a first look."""
    options, budget = tuning.options, tuning.fresh_runs // 2
    runs = Runs(tuning, runner, CHOOSING)
    runs.add(searched.runs.arms[CONTROL])
    for i in finalists:
        runs.add(searched.runs.arms[i])
    n0 = max(min(FIRST_LOOK, budget // len(runs.arms)), 2)
    runs.run([(i, r) for r in range(n0) for i in range(len(runs.arms))], CHOICE)
    within, sure = _within(tuning, runs)
    if len(within) < 2:
        return Chosen(finalists[within[0] - 1] if within else None, len(within), sure, n0, None, runs.keys)
    # a round that has begun is ended: less by what that may take
    left = max(budget - (len(runs.arms) - len(within)) * n0 - (len(within) - 1), n0 * len(within))
    higher = tuning.aims.directions[0] == "higher"
    selection = Selection(len(within), tuning.delta, options.alpha, n0, options.seed, "kn++", higher, left)

    def simulate(tasks: Sequence[Task]) -> dict[Task, float]:
        runs.run([(within[i], r) for i, r in tasks], CHOICE)
        values = runs.values
        return {(i, r): float(values[within[i], r, 0]) for i, r in tasks}

    try:
        found = run_race(selection, len(within), simulate, SIDE_BY_SIDE, True, left)
    except UndefinedError as error:
        raise RunError(
            f"{runs.arms[within[error.task[0]]].name}: {tuning.aims.objectives[0]} is not defined in a run, so nobody can be chosen"
            " by it. Choose another metric, or a larger market: market.clients.arrivals_per_day, market.horizon_days"
        ) from None
    return Chosen(finalists[within[found.found.best] - 1], len(within), sure, n0, found, runs.keys)


def _within(tuning: Tuning, runs: Runs) -> tuple[list[int], bool]:
    """Arms that are surely within all guardrails, or where there are none, those that are on average; and whether surely."""
    values, columns = runs.values, tuning.aims.columns
    sure, likely = [], []
    for i in range(1, len(runs.arms)):
        tests = [
            against_limit(
                values[i, :, columns.index(one.metric)], values[CONTROL, :, columns.index(one.metric)], one.limit, one.side, 1
            )
            for one in tuning.aims.guardrails
        ]
        signs = [1.0 if one.side == "up" else -1.0 for one in tuning.aims.guardrails]
        ends = [
            sign * test.interval.estimate <= one.limit for sign, test, one in zip(signs, tests, tuning.aims.guardrails, strict=True)
        ]
        sure += [i] if all(one.verdict == "within limit" for one in tests) else []
        likely += [i] if all(ends) else []
    return sure or likely, bool(sure)


def _chances(tuning: Tuning, runs: Runs) -> Floats:
    """Probability of each arm to be on the true front, by the fresh runs."""
    n = len(tuning.aims.objectives)
    values = runs.values[:, :, :n]
    known = np.array([not arm.is_reference for arm in runs.arms]) & np.any(np.isfinite(values).all(axis=2), axis=1)
    chances = np.zeros(len(runs.arms))
    try:
        means, covariance, degrees = own_luck(values[known])
    except ValueError as error:
        raise RunError(f"finalists cannot be compared: {error}. Choose other metrics, or a larger market") from None
    chances[known] = front_probability(means, covariance, tuning.aims.directions, DRAWS, tuning.options.seed, degrees)
    return chances

"""From a search and its finals to all that a report of them is made of."""

from collections.abc import Mapping

import numpy as np

from experiments.execution.keys import RESULT_DIGEST, runs_digest, versions
from experiments.plans.compose import as_yaml
from experiments.search.finals import Chosen, Finals
from experiments.search.importance import importance
from experiments.search.loop import CONTROL, Searched, differences
from experiments.search.plan import Tuning
from experiments.studies.factors import lookup
from sim.arrays import Floats
from sim.config import ConfigError
from sim.report.page import HASHES
from sim.report.tune import (
    Setting,
    TunedChoice,
    TunedKind,
    TunedPoint,
    TunedPrice,
    TunedShare,
    TunedTried,
    TuneRecord,
    step_of,
)
from sim.statistics.fronts import front_slope, on_front

TUNED = "tuned"
"""Name of the arm that is recommended."""


def run_keys(searched: Searched, finals: Finals) -> dict[str, str]:
    """Names in the store of all that was simulated, by ``name/replication``."""
    return {**searched.runs.keys, **finals.chosen_runs, **finals.runs.keys}


def record_of(tuning: Tuning, searched: Searched, finals: Finals, command: str, compare: str) -> TuneRecord:
    """What was found."""
    aims, options = tuning.aims, tuning.options
    tried = _tried(tuning, searched)
    points = _points(tuning, searched, finals)
    chosen = finals.chosen
    keys = run_keys(searched, finals)
    return TuneRecord(
        market=tuning.plan.market.name,
        varied=tuning.varied,
        control=options.control,
        metrics=aims.columns,
        objectives=aims.objectives,
        directions=aims.directions,
        guardrails=aims.guardrails,
        points=points,
        tried=tried,
        recommended=None if chosen is None else searched.runs.arms[chosen].name,
        prices=_prices(tuning, searched, finals),
        shares=tuple(
            TunedShare(key, objective, share)
            for column, objective in enumerate(aims.objectives)
            for key, share in importance(tuning.space, searched.candidates, tried.means[:, column], options.seed).items()
        ),
        choice=None if finals.choice is None else _choice(tuning, finals, finals.choice),
        yaml="" if chosen is None else best_yaml(tuning, searched, chosen),
        n_search_runs=int(searched.runs.counts.sum()),
        n_fresh_runs=len(finals.chosen_runs) + int(finals.runs.counts.sum()),
        n_worlds=options.worlds,
        sampler=options.sampler,
        commands=(command, "" if chosen is None else compare),
        seed=options.seed,
        versions=versions(),
        hashes=dict(zip(HASHES, (RESULT_DIGEST[:16], runs_digest(keys.values())), strict=True)),
    )


def best_yaml(tuning: Tuning, searched: Searched, chosen: int) -> str:
    """The recommended setting as an arm of a folder of configurations."""
    changed = tuning.space.applied(tuning.settings, searched.candidate(chosen))["arms"][tuning.varied]
    said = ", ".join(f"{key.removeprefix('arm.')} = {value}" for key, value in searched.candidate(chosen).values)
    head = f"# {tuning.varied} with settings found by a search; {searched.runs.arms[chosen].name} there.\n"
    return head + as_yaml(changed | {"description": f"{tuning.varied} with {said}."[:300]})


def _choice(tuning: Tuning, finals: Finals, choice: Chosen) -> TunedChoice:
    found = None if choice.selecting is None else choice.selecting.found
    return TunedChoice(
        n_finalists=len(finals.finalists),
        raced=choice.raced,
        sure=choice.sure,
        first_look=choice.first_look,
        runs=len(choice.keys),
        guarantee=None if found is None else found.guarantee,
        complete=found is None or found.complete,
        delta=tuning.delta,
        alpha=tuning.options.alpha,
    )


def _tried(tuning: Tuning, searched: Searched) -> TunedTried:
    stand = searched.stand
    place = {int(i): k for k, i in enumerate(stand.who)}
    means = np.full((len(searched.candidates), len(tuning.aims.columns)), np.nan)
    for i in range(len(searched.candidates)):
        if i + 1 in place:
            means[i] = stand.found.means[place[i + 1]] - stand.found.means[place[CONTROL]]
    return TunedTried(tuple(map(dict, _values(searched))), means, tuple(int(n) for n in searched.runs.counts[1:]))


def _values(searched: Searched) -> list[Mapping[str, Setting]]:
    return [dict(one.values) for one in searched.candidates]


def _points(tuning: Tuning, searched: Searched, finals: Finals) -> tuple[TunedPoint, ...]:
    fresh, before = finals.runs.values, searched.runs.values
    columns = range(len(tuning.aims.columns))
    points = []
    for i, arm in enumerate(finals.runs.arms):
        n_policies = len(tuning.policies)
        inside = tuple(np.array(fresh[i, :, column]) for column in columns)
        if i >= n_policies:
            number = finals.finalists[i - n_policies]
            searched_for = tuple(differences(before, number, column) for column in columns)
            settings: Mapping[str, Setting] = dict(searched.candidate(number).values)
            points.append(TunedPoint(arm.name, "setting", False, settings, inside, searched_for, float(finals.chances[i])))
            continue
        kind: TunedKind = "control" if i == 0 else "today" if arm.name == tuning.varied else "landmark"
        settings = _own(tuning, arm.name)
        points.append(TunedPoint(arm.name, kind, arm.is_reference, settings, inside, (), float(finals.chances[i])))
    return tuple(points)


def _own(tuning: Tuning, name: str) -> dict[str, Setting]:
    """The keys that are searched, as a named policy has them; without those that it has not."""
    named = {**tuning.settings.get("named_arms", {}), **tuning.settings["arms"]}
    found: dict[str, Setting] = {}
    for one in tuning.space.dimensions:
        try:
            value = lookup({"arms": {tuning.varied: named[name]}}, one.name, one.factor.path)
        except ConfigError:
            continue
        found[one.name] = str(value["_target_"]).split(".")[-2] if isinstance(value, Mapping) else value
    return found


def _prices(tuning: Tuning, searched: Searched, finals: Finals) -> tuple[TunedPrice, ...]:
    """Slopes of the first objective by each other, over finalists on the front of the two, chosen by what the search knows."""
    aims, values = tuning.aims, finals.runs.values
    first, prices = len(tuning.policies), []
    before = searched.runs.values
    for column in range(1, len(aims.objectives)):
        pair = [0, column]
        found = np.array([[float(differences(before, i, k).mean()) for k in pair] for i in finals.finalists]).reshape(-1, 2)
        chosen = np.flatnonzero(on_front(found, [aims.directions[k] for k in pair]))
        if len(chosen) < 2:
            chosen = np.arange(len(finals.finalists))
        runs: list[Floats] = [values[first + chosen, :, k] for k in pair]
        known = np.isfinite(runs[0]).all(axis=0) & np.isfinite(runs[1]).all(axis=0)
        if len(chosen) < 2 or known.sum() < 2:
            continue
        step = step_of(aims.objectives[column])
        signed = step if aims.directions[column] == "higher" else -step
        try:
            slope = front_slope(signed * runs[0][:, known], runs[1][:, known])
        except ValueError:
            # all points alike in what is paid for
            continue
        prices.append(TunedPrice(aims.objectives[0], aims.objectives[column], step, slope, len(chosen)))
    return tuple(prices)

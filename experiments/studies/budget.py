"""Spending the same on each of several things: the intensity at which a programme, or acquisition, costs a given budget a year.

What an intensity costs is known only by simulation. So each is searched for by false position on a few replications, those with the
smallest numbers, whose random numbers the study shares: the same settings give the same intensities, on every machine. The study
then reports what was spent over all its replications.
"""

import copy
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import Field, StrictInt

from experiments.execution.jobs import Job
from experiments.execution.runner import Runner
from experiments.studies.parts import PartPlan, make_parts
from sim.config import ConfigError, Positive, Real, Section, load
from sim.said import Said, number, say

SPENT = ("programme_cost_per_year_eur", "acquisition_cost_per_year_eur")
MOST_STEPS = 12
SEARCH_DIGITS = 4
"""Intensities are rounded to so many significant digits: what a reader can type."""


class Intensity(Section):
    """What is turned up or down until it costs the budget."""

    key: Annotated[str, Field(min_length=1)]
    """Of the arm, such as ``programmes.points.per_eur``; one that begins with ``market.`` is a key of the parts' market."""
    low: Real
    high: Real
    """Between these the budget is met; cost must rise or fall all the way."""
    arms: Annotated[tuple[str, ...], Field(min_length=1)]
    """Whose key it is, in whatever part they stand; cost is read from the first."""
    part: str
    """Where cost is read; a key of the market is one of this part only."""


class Budget(Section):
    """What every way of spending spends a year, more than the control."""

    eur_per_year: Positive
    tolerance_eur: Positive
    """The search ends this close to the budget."""
    replications: Annotated[StrictInt, Field(ge=1, le=100)]
    control: str
    """The arm that spends nothing more; cost is the difference to it in the part ``control_part``."""
    control_part: str
    intensities: Annotated[dict[str, Intensity], Field(min_length=1)]


def with_intensity(settings: Mapping[str, Any], intensity: Intensity, value: float) -> dict[str, Any]:
    """The settings with a value of the intensity in every part that has one of its arms.

    Raises
    ------
    ConfigError
        No part has such an arm.
    """
    changed = copy.deepcopy(dict(settings))
    found = False
    for name, part in changed["parts"].items():
        if intensity.key.startswith("market."):
            if name == intensity.part:
                part.setdefault("market", {})[intensity.key.removeprefix("market.")] = value
                found = True
            continue
        for arm in intensity.arms:
            if arm in part.get("arms", {}):
                part["arms"][arm][intensity.key] = value
                found = True
    if not found:
        raise ConfigError(f"budget.intensities: no part has {intensity.key} of {', '.join(intensity.arms)}")
    return changed


def false_position(cost: Callable[[float], float], low: float, high: float, target: float, tolerance: float) -> tuple[float, float]:
    """Where a monotone function meets a target, and its value there: false position with the Illinois weight.

    Values are rounded to ``SEARCH_DIGITS`` significant digits, and the search ends within the tolerance, or when rounding leaves
    nothing between the two sides, or after ``MOST_STEPS``.

    Raises
    ------
    ValueError
        The target is not between the values at both ends.

    References
    ----------
    Dowell & Jarratt (1971), A modified regula falsi method for computing the root of an equation. BIT 11(2), 168-174.
    """
    a, b = low, high
    at_a, at_b = cost(a) - target, cost(b) - target
    best = min(((a, at_a), (b, at_b)), key=lambda found: abs(found[1]))
    if at_a * at_b > 0:
        raise ValueError(f"costs {at_a + target:,.0f} EUR at {a:g} and {at_b + target:,.0f} EUR at {b:g}")
    weight_a, weight_b = at_a, at_b
    for _ in range(MOST_STEPS):
        if abs(best[1]) <= tolerance or weight_a == weight_b:
            break
        x = _rounded(b - weight_b * (b - a) / (weight_b - weight_a))
        if x in (a, b):
            break
        at_x = cost(x) - target
        best = min((best, (x, at_x)), key=lambda found: abs(found[1]))
        if at_x * weight_b < 0:
            a, weight_a = b, weight_b
        else:
            weight_a /= 2
        b, weight_b = x, at_x
    return best[0], best[1] + target


def _rounded(value: float) -> float:
    return float(f"{value:.{SEARCH_DIGITS}g}") if math.isfinite(value) else value


def spend(part: PartPlan, arm: str, replications: int, runner: Runner, what: str) -> float:
    """What an arm of a part spends a year on clients, programmes and acquisition, over the first replications, in EUR."""
    options = part.plan.options
    jobs = [Job(part.plan.market, part.plan.arms[arm], options.seed, r, options.engine, what) for r in range(replications)]
    results = runner.run(jobs, f"Budget of {what}")
    return float(np.mean([sum(results[job.key].metrics[name] for name in SPENT) for job in jobs]))


def at_equal_budget(settings: Mapping[str, Any], runner: Runner) -> tuple[dict[str, Any], dict[str, Said]]:
    """Settings in which every intensity of ``budget`` costs the budget, and what each was set to, in words.

    Raises
    ------
    ConfigError
        The budget is not within reach of an intensity, or a part or an arm is unknown.
    """
    budget = load(Budget, settings["budget"], "budget")

    def part_of(changed: Mapping[str, Any], name: str, arm: str, where: str) -> PartPlan:
        found = next((part for part in make_parts(changed).parts if part.name == name), None)
        if found is None or arm not in found.plan.arms:
            raise ConfigError(f"{where} = {name}: {arm}, must be a part and an arm of it")
        return found

    control = part_of(settings, budget.control_part, budget.control, "budget.control")
    base = spend(control, budget.control, budget.replications, runner, budget.control)
    solved = dict(settings)
    words: dict[str, Said] = {}
    for name, intensity in budget.intensities.items():
        where = f"budget.intensities.{name}"

        def cost(value: float, intensity: Intensity = intensity, name: str = name, where: str = where) -> float:
            changed = with_intensity(settings, intensity, value)
            part = part_of(changed, intensity.part, intensity.arms[0], f"{where}.part")
            return spend(part, intensity.arms[0], budget.replications, runner, f"{name} at {value:g}") - base

        try:
            value, found = false_position(cost, intensity.low, intensity.high, budget.eur_per_year, budget.tolerance_eur)
        except ValueError as error:
            raise ConfigError(
                f"{where}: {intensity.key} {error} a year, must reach {budget.eur_per_year:,.0f} in between"
            ) from None
        solved = with_intensity(solved, intensity, value)
        words[name] = say(
            "{key} = {value} ({eur} EUR a year in the search)",
            key=intensity.key,
            value=number(value),
            eur=number(found, ",.0f"),
        )
    return solved, words

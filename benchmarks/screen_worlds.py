"""Which assumed numbers can any figure feel? Each is moved from low to high alone, with common random numbers.

  python -m benchmarks.screen_worlds > docs/findings/worlds_screen.md

That is some twenty minutes of one core; runs are kept in results/.

A number matters when, from its low to its high value, a target of realism moves by more than a tenth of its band, or the effect
of today's rule by more than half of what matters: .25 EUR a new client, .15 points of return, or a fifth of what it brings a year;
and when that is more than two standard errors. Then: what do those left out of ``configs/worlds/personal_care.yaml`` do together,
and how many worlds of that yaml look real?
"""

import argparse
import datetime
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.assumed import ASSUMED, Assumed
from experiments.execution.executors import ExecutorSettings
from experiments.execution.jobs import Job
from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, Plan, make_plan
from experiments.uncertain.runs import WorldRuns, run_worlds
from sim.arrays import Floats
from sim.config import Market, load
from sim.metrics.catalogue import RETURN_RATE, VALUES
from sim.report.published import TARGETS
from sim.report.rule import YEARLY
from sim.statistics.intervals import Interval
from sim.worlds.effects import Luck, over_worlds
from sim.worlds.prior import Prior, changed

REPLICATIONS = 12
CONTROL, STUDIED = "uniform", "wecasa_2025"
BAND_SHARE, EUR, POINTS, YEARLY_SHARE = 0.1, 0.25, 0.0015, 0.2
N_DRAWN, N_BASE, N_TOGETHER = 300, 100, 64
EFFECTS = ((VALUES[0], "EUR a new client", 1.0), (RETURN_RATE, "points of return", 100.0), (YEARLY, "EUR a year", 1.0))
"""Metric, unit, and what its own unit is multiplied by."""


@dataclass(frozen=True)
class Moved:
    """A figure at high less at low."""

    figure: str
    change: float
    error: float
    scale: float
    """The change that matters."""

    @property
    def size(self) -> float:
        """In changes that matter."""
        return abs(self.change) / self.scale

    @property
    def matters(self) -> bool:
        """Whether it is more than what matters, and more than luck."""
        return self.size > 1 and abs(self.change) > 2 * self.error


@dataclass(frozen=True)
class Realism:
    """How many runs, each of a world, meet the targets."""

    met: Mapping[str, float]
    """Share of runs by target."""
    all_met: float
    spread: Mapping[str, Interval]
    """By metric, standard deviation of today's rule's effect between worlds, beyond luck."""


def moved(runs: Mapping[str, Mapping[str, Mapping[str, Floats]]], base_yearly: float) -> list[Moved]:
    """Every figure between the two ends, the largest first.

    Parameters
    ----------
    runs
        By end (low, high), arm and metric: (n_replications,).
    base_yearly
        What the rule brings a year in the default market, EUR.
    """
    found = []

    def add(figure: str, low: Floats, high: Floats, scale: float) -> None:
        change = high - low
        change = change[np.isfinite(change)]
        found.append(Moved(figure, float(change.mean()), float(change.std(ddof=1) / np.sqrt(len(change))), float(scale)))

    for target in TARGETS:
        width = target.tolerance[1] - target.tolerance[0]
        add(target.metric, *(runs[end][STUDIED][target.metric] for end in ("low", "high")), BAND_SHARE * width)
    for name, scale in ((VALUES[0], EUR), (RETURN_RATE, POINTS), (YEARLY, YEARLY_SHARE * abs(base_yearly))):
        ends = [runs[end][STUDIED][name] - runs[end][CONTROL][name] for end in ("low", "high")]
        add(f"effect on {name}", *ends, scale)
    return sorted(found, key=lambda one: -one.size)


def market_at(base: Market, changes: Mapping[str, Any], name: str) -> Market:
    """The default market with other values."""
    return load(Market, changed(base.model_dump(mode="json"), changes), name)


def screen(plan: Plan[CompareOptions], runner: Runner) -> dict[str, list[Moved]]:
    """All assumed numbers, each with what it moves."""
    markets = {("base", "low"): plan.market}
    for number in ASSUMED:
        for end, changes in (("low", number.low), ("high", number.high)):
            markets[number.name, end] = market_at(plan.market, changes, number.name)
    jobs = {
        (name, end, arm, r): Job(market, plan.arms[arm], 1, r, label=name)
        for (name, end), market in markets.items()
        for arm in plan.arms
        for r in range(REPLICATIONS)
    }
    results = runner.run(list(jobs.values()))

    def values(name: str, end: str, arm: str) -> dict[str, Floats]:
        runs = [results[jobs[name, end, arm, r].key].metrics for r in range(REPLICATIONS)]
        return {metric: np.array([run[metric] for run in runs]) for metric in runs[0]}

    at_base = {arm: values("base", "low", arm) for arm in plan.arms}
    yearly = float((at_base[STUDIED][YEARLY] - at_base[CONTROL][YEARLY]).mean())
    return {
        number.name: moved({end: {arm: values(number.name, end, arm) for arm in plan.arms} for end in ("low", "high")}, yearly)
        for number in ASSUMED
    }


def is_written(number: Assumed, prior: Prior) -> bool:
    """Whether the yaml of worlds changes a key of it."""
    touched = {key for one in prior.numbers for key in (*one.keys, *(key for level in one.levels for key in level.changes))}
    return bool(touched & {*number.low, *number.high})


def together(base: Market, left_out: Sequence[Assumed], n: int) -> list[Market]:
    """Markets in which each number left out is low or high, a quarter of them each, and else as it is."""
    generator = np.random.default_rng(1)
    ends = generator.choice(3, size=(n, len(left_out)), p=[0.25, 0.5, 0.25])
    nothing: Mapping[str, Any] = {}
    return [
        market_at(
            base,
            {
                key: value
                for end, one in zip(row, left_out, strict=True)
                for key, value in (one.low, nothing, one.high)[end].items()
            },
            f"together {i}",
        )
        for i, row in enumerate(ends)
    ]


def realism(runs: WorldRuns, luck: Mapping[str, Luck]) -> Realism:
    """Which share of runs looks real, and how much the effect differs between their worlds."""
    figures = runs.values[STUDIED]
    met = {one.metric: (figures[one.metric] >= one.tolerance[0]) & (figures[one.metric] <= one.tolerance[1]) for one in TARGETS}
    return Realism(
        {name: float(one.mean()) for name, one in met.items()},
        float(np.all(list(met.values()), axis=0).mean()),
        {name: over_worlds(runs.differences(STUDIED, CONTROL, name), None, luck[name]).between_sd for name, *_ in EFFECTS},
    )


def look(plan: Plan[CompareOptions], prior: Prior, runner: Runner) -> dict[str, Realism]:
    """The default market, worlds of the yaml before and after matching, and what is left out of it: how real their runs look."""
    arms = [CONTROL, STUDIED]
    base = run_worlds(plan, runner, [plan.market] * N_BASE, arms, 1, "Default market")
    luck = {name: Luck(float(np.nanvar(base.differences(STUDIED, CONTROL, name), ddof=1)), N_BASE - 1) for name, *_ in EFFECTS}
    drawn = [prior.market(world) for world in prior.values(prior.points(N_DRAWN, 1))]
    left_out = together(plan.market, [number for number in ASSUMED if not is_written(number, prior)], N_TOGETHER)
    looks = {
        "default": realism(base, luck),
        "left out": realism(run_worlds(plan, runner, left_out, arms, 4, "What is left out"), luck),
        "drawn": realism(run_worlds(plan, runner, drawn, arms, 1, "Drawn worlds"), luck),
    }
    if prior.n_draws:
        matched = [prior.market(world) for world in prior.drawn(prior.n_draws, 1)]
        looks["matched"] = realism(run_worlds(plan, runner, matched, arms, 1, "Matched worlds", N_DRAWN), luck)
    return looks


def written(value: Mapping[str, Any]) -> str:
    """The values of an end."""
    return ", ".join(dict.fromkeys(str(one) for one in value.values())) or "as it is"


def table(found: Mapping[str, list[Moved]], names: Sequence[str]) -> list[str]:
    """Numbers, those that move most first."""
    known = {number.name: number for number in ASSUMED}
    lines = ["| number | low | high | moves most: change ± two standard errors (in changes that matter) |", "|---|---|---|---|"]
    for name in sorted(names, key=lambda name: -found[name][0].size):
        rows = [one for one in found[name] if one.matters][:3] or found[name][:1]
        told = "; ".join(
            f"{one.figure} {round(one.change, 9):+.3g} ± {round(2 * one.error, 9):.2g} ({one.size:.1f})" for one in rows
        )
        lines.append(f"| {name} | {written(known[name].low)} | {written(known[name].high)} | {told} |")
    return lines


COLUMNS = {
    "default": f"default, {N_BASE} runs",
    "left out": f"left out, {N_TOGETHER} markets of 4 runs",
    "drawn": f"the yaml's prior, {N_DRAWN} worlds",
    "matched": "the yaml's matched worlds",
}


def page(found: Mapping[str, list[Moved]], looks: Mapping[str, Realism], prior: Prior, date: str) -> str:
    """The finding as a page."""
    matter = {name for name, rows in found.items() if any(one.matters for one in rows)}
    inside = {number.name for number in ASSUMED if is_written(number, prior)}
    shown = {COLUMNS[name]: one for name, one in looks.items()}
    head, rule = f"| {' | '.join(shown)} |", "---|" * len(shown)
    lines = [
        "# Which assumed numbers matter",
        "",
        f"As of {date}, default market. Each number that is marked as an assumption or comes from a prototype, and each",
        f"mechanism that is off, moved alone from low to high: {REPLICATIONS} replications of `{CONTROL}` and `{STUDIED}` at each",
        "end, common random numbers. The command:",
        "",
        "```",
        "python -m benchmarks.screen_worlds",
        "```",
        "",
        f"A number matters when a target of realism moves by more than {BAND_SHARE:.0%} of its band, or the effect of today's",
        f"rule by more than {EUR:.2f} EUR a new client, {100 * POINTS:.2f} points of return or {YEARLY_SHARE:.0%} of what it",
        "brings a year (half of what the decision asks for), and by more than two standard errors. Lows and highs are judgements:",
        "about the range that holds 19 of 20 plausible markets. A number moved alone does not show what it does with others.",
        "",
        f"{len(matter)} of {len(found)} matter; `configs/worlds/personal_care.yaml` has {len(matter & inside)} of these.",
        "",
        "## Uncertain in the yaml",
        "",
        *table(found, [name for name in found if name in inside]),
    ]
    if matter - inside:
        lines += ["", "## Matters, and stays as it is", "", *table(found, [name for name in found if name in matter - inside])]
    lines += [
        "",
        "## Does not matter, and stays as it is",
        "",
        *table(found, [name for name in found if name not in matter | inside]),
        "",
        "## All that stays as it is, together",
        "",
        f"Left out: {N_TOGETHER} markets in which each number that stays as it is, is low with probability 1/4 and high with 1/4.",
        "Standard deviation of the effect of today's rule between markets, beyond luck, with 95 % interval:",
        "",
        f"| effect of today's rule {head}",
        f"|---|{rule}",
    ]
    for name, unit, times in EFFECTS:
        told = [_told(one.spread[name], times) for one in shown.values()]
        lines.append(f"| {unit} | {' | '.join(told)} |")
    lines += [
        "",
        "## How many worlds look real",
        "",
        f"Share of single runs of `{STUDIED}` that meet each band. In the default market luck alone keeps some out.",
        "",
        f"| target | band {head}",
        f"|---|---|{rule}",
    ]
    for target in TARGETS:
        shares = " | ".join(f"{one.met[target.metric]:.0%}" for one in shown.values())
        lines.append(f"| {target.metric} | {target.tolerance[0]:g} to {target.tolerance[1]:g} | {shares} |")
    lines.append(f"| all seven | | {' | '.join(f'{one.all_met:.1%}' for one in shown.values())} |")
    return "\n".join(lines) + "\n"


def _told(one: Interval, times: float) -> str:
    """A standard deviation with its interval, in round numbers."""
    digits = 0 if times * one.high > 100 else 2
    return f"{times * one.estimate:,.{digits}f} [{times * one.low:,.{digits}f}, {times * one.high:,.{digits}f}]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Screen, and print the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--store", type=Path, default=Path("results"), help="where runs are kept")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one per core")
    options = parser.parse_args(arguments)
    plan = make_plan(compose_settings("compare", [f"arm=[{CONTROL},{STUDIED}]", "worlds=16"]), CompareOptions)
    if plan.prior is None:
        raise ValueError("configs/worlds/personal_care.yaml is missing")
    with Runner(options.store, ExecutorSettings(workers=options.workers)) as runner:
        found = screen(plan, runner)
        looks = look(plan, plan.prior, runner)
    sys.stdout.write(page(found, looks, plan.prior, datetime.datetime.now(tz=datetime.UTC).date().isoformat()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

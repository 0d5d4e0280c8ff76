"""What a race found, as tables and in words."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.plans.plan import SelectOptions
from experiments.selection.race import Race
from sim.metrics.catalogue import Metric
from sim.report.format import TABLE_COLUMNS, count
from sim.statistics.intervals import mean_interval
from sim.words.units import WRITINGS, amounts, signed

SELECTION = ("arm", "metric", "mean", "half_width", "n", "behind_best", "left_after", "best")
ROUNDS = ("round", "arm", "replications", "mean", "in_race")


def selection_rows(race: Race, arms: Sequence[str], shown: Metric) -> list[tuple[Any, ...]]:
    """One row an arm, in the order of the finish; the half-width is that of the arm's own 95 % interval."""
    found, rows = race.found, []
    for i in race.finish():
        interval = mean_interval(race.values[i])
        left_after = "" if i in found.survivors[-1] else found.replications[i]
        rows.append(
            (arms[i], shown.name, interval.estimate, interval.half_width, interval.n, race.behind(i), left_after, i == found.best)
        )
    return rows


def round_rows(race: Race, arms: Sequence[str]) -> list[tuple[Any, ...]]:
    """One row a round and arm: replications used by then, their mean, and whether the arm is still in the race."""
    running = [np.cumsum(column) / np.arange(1, len(column) + 1) for column in race.values]
    return [
        (number, arm, n, float(running[i][n - 1]), i in stand.left)
        for number, stand in enumerate(race.rounds, 1)
        for i, (arm, n) in enumerate(zip(arms, stand.replications, strict=True))
    ]


def finish_rows(race: Race, arms: Sequence[str], shown: Metric) -> list[tuple[str, ...]]:
    """The finish as rows of a table, the header first."""
    found, writing = race.found, WRITINGS[shown.unit]
    rows = [("arm", f"mean{f' ({writing.name})' if writing.name else ''}", "behind the best", "replications", "")]
    for i in race.finish():
        interval = mean_interval(race.values[i])
        mean, half = amounts(shown.unit, interval.estimate, interval.half_width, more=1)
        gap, end = f"{signed(race.behind(i), shown.unit)} {writing.difference_name}".rstrip(), f"left after {interval.n}"
        if i == found.best:
            gap, end = "", "best" if found.complete else "best so far"
        elif i in found.survivors[-1]:
            end = "stayed to the end" if race.common else ""
        rows.append((arms[i], f"{mean} ± {half}", gap, str(interval.n), end))
    return rows


def as_text(race: Race, arms: Sequence[str], shown: Metric) -> str:
    """The finish as a table."""
    rows = finish_rows(race, arms, shown)
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    rows.insert(1, (*("-" * width for width in widths), ""))
    table = [
        (row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:4], widths[1:], strict=True)), row[4]) for row in rows
    ]
    return "\n".join("  ".join(row).rstrip() for row in table)


def sentences(options: SelectOptions, race: Race, arms: Sequence[str], shown: Metric) -> list[str]:
    """Who won, what that is worth, and what it took."""
    return [_verdict(options, race, arms, shown), *_ties(options, race, arms), _cost(options, race)]


def in_words(options: SelectOptions, race: Race, arms: Sequence[str], shown: Metric) -> str:
    """The sentences, for a terminal."""
    lines = sentences(options, race, arms, shown)
    return "\n".join(textwrap.fill(line, TABLE_COLUMNS, subsequent_indent="  ") for line in lines)


def _verdict(options: SelectOptions, race: Race, arms: Sequence[str], shown: Metric) -> str:
    found = race.found
    best = arms[found.best]
    if not found.complete:
        rivals = " and ".join(arm for i, arm in enumerate(arms) if i in found.survivors[-1] and i != found.best)
        spent = f"The budget of {options.budget:,} runs is spent"
        return f"Stopped: no guarantee. {spent}; {best} is the best so far, {rivals} could still be."
    if options.procedure == "ocba":
        return f"Best: {best}. No guarantee: the best mean after a budget divided so that a right choice is likely."
    promise = found.guarantee.replace("the system", "the arm")
    if shown.unit == "share":
        promise = promise.replace(f"delta = {options.delta:g}", f"delta = {options.delta:g} ({100 * options.delta:g} points)")
    return f"Best: {best}. Guarantee ({options.procedure.upper()}): {promise}."


def _ties(options: SelectOptions, race: Race, arms: Sequence[str]) -> list[str]:
    """Arms that the guarantee cannot tell from the best."""
    if not race.found.complete or not race.common:
        return []
    best, lines = race.found.best, []
    others = [i for i in range(len(arms)) if i != best]
    same = [i for i in others if np.array_equal(race.values[i], race.values[best][: len(race.values[i])])]
    if same:
        lines.append(f"The same as {arms[best]} in every run: {', '.join(arms[i] for i in same)}. The seed chose between them.")
    near = [arms[i] for i in others if i not in same and abs(race.behind(i)) < options.delta]
    if near:
        lines.append(
            f"Less than delta behind in these runs: {', '.join(near)}. Whether {arms[best]} is ahead of them is not guaranteed;"
            " to find out, lower delta."
        )
    return lines


def _cost(options: SelectOptions, race: Race) -> str:
    used = race.found.replications
    n, longest = sum(used), len(used) * max(used)
    if race.found.complete and len(race.rounds) == 1:
        return f"It took {count(n, 'run')}: the first look, after n0 = {options.n0} replications, decided."
    saved = f"all arms for as long as the longest would be {longest:,}, {100 * (1 - n / longest):.0f} % saved"
    return f"It took {count(n, 'run')}; {saved if n < longest else 'no arm left before the others'}."

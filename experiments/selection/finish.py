"""What a race found, as tables and in words."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.plans.plan import SelectOptions
from experiments.selection.race import Race
from sim.metrics.catalogue import Metric
from sim.report.format import TABLE_COLUMNS
from sim.said import Said, Value, number, say
from sim.statistics.intervals import mean_interval
from sim.words.language import within_sentence
from sim.words.units import WRITINGS, figures, gap, unit_said

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


def finish_header(shown: Metric) -> tuple[Said, ...]:
    """What the cells of ``finish_rows`` are."""
    unit = WRITINGS[shown.unit].name
    mean = say("Mean ({unit})", unit=unit_said(shown.unit)) if unit else say("Mean")
    return (say("Arm"), mean, say("Behind the best"), say("Replications"), say("Finish"))


def finish_rows(race: Race, arms: Sequence[str], shown: Metric) -> list[tuple[Value, ...]]:
    """The finish as rows of a table."""
    found = race.found
    rows: list[tuple[Value, ...]] = []
    for i in race.finish():
        interval = mean_interval(race.values[i])
        mean, half = figures(shown.unit, interval.estimate, interval.half_width, more=1)
        behind: Value = gap(race.behind(i), shown.unit)
        end: Value = say("left after {n}", n=interval.n)
        if i == found.best:
            behind, end = "", say("best") if found.complete else say("best so far")
        elif i in found.survivors[-1]:
            end = say("stayed to the end") if race.common else ""
        rows.append((arms[i], say("{mean} ± {half}", mean=mean, half=half), behind, interval.n, end))
    return rows


def as_text(race: Race, arms: Sequence[str], shown: Metric) -> str:
    """The finish as a table."""
    header = [within_sentence(str(name)) for name in finish_header(shown)[:4]]
    rows = [(*header, ""), *(tuple(map(str, row)) for row in finish_rows(race, arms, shown))]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    rows.insert(1, (*("-" * width for width in widths), ""))
    table = [
        (row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:4], widths[1:], strict=True)), row[4]) for row in rows
    ]
    return "\n".join("  ".join(row).rstrip() for row in table)


def sentences(options: SelectOptions, race: Race, arms: Sequence[str], shown: Metric) -> list[Said]:
    """Who won, what that is worth, and what it took."""
    plain = [_plainly(options, race, arms, shown)] if race.found.complete and options.procedure != "ocba" else []
    return [*plain, _verdict(options, race, arms, shown), *_ties(options, race, arms), _cost(options, race)]


def _plainly(options: SelectOptions, race: Race, arms: Sequence[str], shown: Metric) -> Said:
    """What the selection means for who must choose."""
    return say(
        "Choose {best}. If one of the {n} policies truly leads all others by {delta} or more, a selection like this names it in at"
        " least {share} of 100 cases; if none does, the choice hardly matters.",
        best=arms[race.found.best],
        n=len(arms),
        delta=reach_said(options.delta, shown),
        share=number(100 * (1 - options.alpha)),
    )


def reach_said(size: float, shown: Metric) -> Said:
    """The size of a difference with its unit, to be told later."""
    if shown.unit == "share":
        return say("{number} {unit}", number=number(100 * size), unit=unit_said("share", difference=True))
    return say("{number} {unit}", number=number(size), unit=unit_said(shown.unit, difference=True))


def in_words(options: SelectOptions, race: Race, arms: Sequence[str], shown: Metric) -> str:
    """The sentences, for a terminal."""
    lines = sentences(options, race, arms, shown)
    return "\n".join(textwrap.fill(str(line), TABLE_COLUMNS, subsequent_indent="  ") for line in lines)


def _verdict(options: SelectOptions, race: Race, arms: Sequence[str], shown: Metric) -> Said:
    found = race.found
    best = arms[found.best]
    if not found.complete:
        return say(
            "Stopped: no guarantee. The budget of {budget} runs is spent; {best} is the best so far, {rivals} could still be.",
            budget=number(options.budget or 0, ","),
            best=best,
            rivals=_and([arm for i, arm in enumerate(arms) if i in found.survivors[-1] and i != found.best]),
        )
    if options.procedure == "ocba":
        return say("Best: {best}. No guarantee: the best mean after a budget divided so that a right choice is likely.", best=best)
    promise = found.guarantee
    if shown.unit == "share":
        points = reach_said(options.delta, shown)
        promise = promise.having(delta=say("{delta} ({points})", delta=number(options.delta), points=points))
    return say("Best: {best}. Guarantee ({procedure}): {promise}.", best=best, procedure=options.procedure.upper(), promise=promise)


def _and(names: Sequence[str]) -> Value:
    """``a and b and c``."""
    first, *others = names
    so_far: Value = first
    for name in others:
        so_far = say("{names} and {last}", names=so_far, last=name)
    return so_far


def _ties(options: SelectOptions, race: Race, arms: Sequence[str]) -> list[Said]:
    """Arms that the guarantee cannot tell from the best."""
    if not race.found.complete or not race.common:
        return []
    best, lines = race.found.best, []
    others = [i for i in range(len(arms)) if i != best]
    same = [i for i in others if np.array_equal(race.values[i], race.values[best][: len(race.values[i])])]
    if same:
        alike = ", ".join(arms[i] for i in same)
        lines.append(say("The same as {best} in every run: {arms}. The seed chose between them.", best=arms[best], arms=alike))
    near = [arms[i] for i in others if i not in same and abs(race.behind(i)) < options.delta]
    if near:
        lines.append(
            say(
                "Less than delta behind in these runs: {arms}. Whether {best} is ahead of them is not guaranteed; to find out,"
                " lower delta.",
                arms=", ".join(near),
                best=arms[best],
            )
        )
    return lines


def _cost(options: SelectOptions, race: Race) -> Said:
    used = race.found.replications
    n, longest = sum(used), len(used) * max(used)
    runs = number(n, ",")
    if race.found.complete and len(race.rounds) == 1:
        return say("It took {n} runs: the first look, after n0 = {n0} replications, decided.", n=runs, n0=options.n0)
    if n == longest:
        return say("It took {n} runs; no arm left before the others.", n=runs)
    return say(
        "It took {n} runs; all arms for as long as the longest would be {all}, {share} % saved.",
        n=runs,
        all=number(longest, ","),
        share=number(100 * (1 - n / longest), ".0f"),
    )

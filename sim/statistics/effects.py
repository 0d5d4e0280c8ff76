"""How factors act on a metric: main effects and two-way interactions, with intervals that hold for all of them together."""

import itertools
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.arrays import Floats
from sim.statistics.comparison import Better, Verdict, paired_difference, verdict
from sim.statistics.designs import Design

ROUNDING = 1e-12
"""An effect smaller than this part of the largest response is a rounding error, and 0."""


EffectVerdict = Verdict | Literal["aliased", "more than the sum of both", "less than the sum of both"]
TOGETHER: dict[str, EffectVerdict] = {"higher": "more than the sum of both", "lower": "less than the sum of both"}
"""What to say about an interaction that is clearly there."""


@dataclass(frozen=True)
class Effect:
    """What a level of a factor, or a pair of levels of two factors, does to a metric; one row of ``effects.csv``."""

    metric: str
    effect: Literal["main", "interaction"]
    factor_a: str
    level_a: Any
    factor_b: str
    """Empty for a main effect, as is level_b."""
    level_b: Any
    estimate: float
    """Main: mean at the level minus the grand mean. Interaction: mean at both levels minus what the two main effects add up to."""
    low: float
    high: float
    """Simultaneous over all effects of the metric."""
    p_value: float
    """Two-sided, adjusted in the same way."""
    n: int
    """Replications."""
    verdict: EffectVerdict
    """``identical``: exactly 0 in every replication. ``aliased``: the design cannot tell the interaction from another one. What two
    levels do together is neither good nor bad by itself: it is more or less than the sum of both."""


def cell_values(design: Design, responses: Floats, a: int, b: int) -> Floats:
    """(n_levels_a, n_levels_b, n_replications) means over the points of each cell.

    Raises
    ------
    ValueError
        Some pair of levels has more points than another: main effects would be mixed with one another.
    """
    sizes = [len(levels) for levels in design.levels.values()]
    cell = design.index[:, a] * sizes[b] + design.index[:, b]
    counts = np.bincount(cell, minlength=sizes[a] * sizes[b])
    if counts.min() != counts.max():
        raise ValueError(
            f"design has {counts.min()} to {counts.max()} points at a pair of levels of {design.factors[a]} and"
            f" {design.factors[b]}, must be as many at each"
        )
    # a sort that keeps the order of points, so that sums do not depend on anything else
    order = np.argsort(cell, kind="stable")
    grouped = responses[order].reshape(sizes[a], sizes[b], int(counts[0]), responses.shape[1])
    return grouped.mean(axis=2)


def checked_responses(design: Design, responses: Floats) -> Floats:
    """The responses as (n_points, n_replications), or a ValueError."""
    responses = np.asarray(responses, float)
    if responses.ndim != 2 or len(responses) != len(design.index):
        raise ValueError(f"responses have shape {responses.shape}, must be ({len(design.index)} points, n_replications)")
    return responses


def effects(
    metric: str,
    design: Design,
    responses: Floats,
    better: Better = None,
    level: float = 0.95,
    margin: float | None = None,
) -> list[Effect]:
    """All main effects and two-way interactions of a design, with simultaneous intervals.

    Each replication, run with the same random numbers at all points, gives one value of each effect; these are independent over
    replications, so a t interval of their mean is right whatever the correlation between points. Intervals share 1 - level evenly
    (Bonferroni) over the effects that differ by more than their sign: a factor of two levels has one main effect, not two.

    Parameters
    ----------
    metric
        Carried into the rows.
    design
        Every pair of levels of two factors must have as many points as any other.
    responses
        (n_points, n_replications), in the order of the design's points; a replication with a nan at any point of an effect is left
        out of it.
    better
        Which direction of the metric is good, for the verdicts.
    margin
        Effects surely within ± margin are *practically equal* to none.

    Returns
    -------
    list of Effect
        Main effects by factor and level, then interactions by pair of factors and of levels.

    Raises
    ------
    ValueError
        The responses do not fit the design, or the design is not balanced.

    References
    ----------
    Law (2015), Simulation Modeling and Analysis, 5th ed., section 12.2. Box, Hunter & Hunter (2005), Statistics for Experimenters,
    2nd ed., chapter 5.
    """
    responses = checked_responses(design, responses)
    known = np.abs(responses[np.isfinite(responses)])
    scale = ROUNDING * float(known.max(initial=0.0))
    contrasts = _contrasts(design, responses)
    sizes = {name: 1 if len(levels) == 2 else len(levels) for name, levels in design.levels.items()}
    n_distinct = sum(sizes.values()) + sum(sizes[a] * sizes[b] for a, b in itertools.combinations(design.factors, 2))
    aliased = {pair for group in design.aliases for pair in group}
    rows = []
    for (factor_a, level_a, factor_b, level_b), values in contrasts:
        values = np.where(np.abs(values) <= scale, 0.0, values)
        interval, p_value = paired_difference(values, np.zeros_like(values), n_distinct, level)
        found = values[np.isfinite(values)]
        word: EffectVerdict = verdict(interval, len(found) > 0 and not found.any(), None if factor_b else better, margin)
        if factor_b:
            word = TOGETHER.get(word, word)
        rows.append(
            Effect(
                metric=metric,
                effect="interaction" if factor_b else "main",
                factor_a=factor_a,
                level_a=level_a,
                factor_b=factor_b,
                level_b=level_b,
                estimate=interval.estimate,
                low=interval.low,
                high=interval.high,
                p_value=p_value,
                n=interval.n,
                verdict="aliased" if (factor_a, factor_b) in aliased else word,
            )
        )
    return rows


def _contrasts(design: Design, responses: Floats) -> list[tuple[tuple[str, Any, str, Any], Floats]]:
    """Which effect, and its value in each replication (n_replications,)."""
    names = design.factors
    grand = responses.mean(axis=0)
    found: list[tuple[tuple[str, Any, str, Any], Floats]] = []
    for a, name in enumerate(names):
        for i, one in enumerate(design.levels[name]):
            found.append(((name, one, "", ""), responses[design.index[:, a] == i].mean(axis=0) - grand))
    for a, b in itertools.combinations(range(len(names)), 2):
        cells = cell_values(design, responses, a, b)
        rows, columns = cells.mean(axis=1), cells.mean(axis=0)
        for i, one in enumerate(design.levels[names[a]]):
            for j, other in enumerate(design.levels[names[b]]):
                found.append(((names[a], one, names[b], other), cells[i, j] - rows[i] - columns[j] + grand))
    return found

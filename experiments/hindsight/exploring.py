"""What choosing by softmax on a policy's own score would give, and cost, from a sample of logged choices."""

from collections.abc import Callable, Sequence

import numpy as np

from sim.allocators.softmax import Softmax
from sim.arrays import Floats, Ints
from sim.engine.platform import Arm
from sim.offpolicy.choices import summed
from sim.offpolicy.exploration import Exploration, decisions_needed

TYPICAL = 2_000
"""Latest decisions that stand for all: scores count by then."""


def by_softmax(arm: Arm, temperature: float) -> Arm:
    """The score of an arm, shown by softmax."""
    return Arm(f"{arm.name}, softmax {temperature:g}", arm.score, Softmax(temperature))


def explorations(
    counts: Ints,
    present: Floats,
    target: Floats,
    expected: Floats,
    softmax: Callable[[float], Floats],
    temperatures: Sequence[float],
    weekly: float,
    effective_n: float,
) -> tuple[Exploration, ...]:
    """One a temperature.

    Parameters
    ----------
    counts
        (n,) candidates of each decision, >= 1.
    present, target
        (m,) chance of each to be asked first, by the policy of the log and by the new one.
    expected
        (m,) outcome expected with each.
    softmax
        Gives the same (m,) at a temperature.
    weekly
        Decisions a week.
    effective_n
        Wanted.
    """
    found = []
    for temperature in temperatures:
        chance = softmax(temperature)
        needed = decisions_needed(counts, chance, target, effective_n)
        less = float(summed((present - chance) * expected, counts).mean())
        found.append(Exploration(temperature, needed, needed / weekly, less))
    return tuple(found)


def shares(weights: Floats, counts: Ints, is_strict: bool = False) -> Floats:
    """Chance (m,) of each candidate to be asked first; alike where no weight is > 0.

    Parameters
    ----------
    is_strict
        Whether the largest weight is asked, those equal to it at random.

    Examples
    --------
    >>> shares(np.array([1.0, 3.0, 0.0]), np.array([2, 1])), shares(np.array([1.0, 3.0]), np.array([2]), is_strict=True)
    (array([0.25, 0.75, 1.  ]), array([0., 1.]))
    """
    start = np.cumsum(counts) - counts
    if is_strict:
        weights = (weights == np.repeat(np.maximum.reduceat(weights, start), counts)).astype(float)
    total = np.repeat(summed(weights, counts), counts)
    return np.divide(weights, total, out=1.0 / np.repeat(counts, counts), where=total > 0)

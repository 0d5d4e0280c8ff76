"""Parts of a study written by hand: means that are known, with luck that all arms and points share."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.metrics.catalogue import METRICS
from sim.report.part import Part
from sim.statistics.designs import full_factorial

N = 8
LUCK = np.linspace(-0.01, 0.01, N)
OWN = np.array([1, -1, 1, -1, 1, -1, 1, -1])
"""Luck of an arm's own, with mean 0."""
FAINT = 2.0**-20
"""Luck of a mean, as a share of it: equal means have equal luck, and no difference between others is without any."""
NUMBERS = {
    "share": 0.3,
    "eur": 30.0,
    "months": 20.0,
    "days": 200.0,
    "hours": 1.0,
    "stars": 4.3,
    "ratio": 1.0,
    "number": 0.3,
    "count": 400.0,
}


def made(
    rates: Mapping[str, float | Sequence[float]],
    *,
    name: str = "part",
    control: str = "uniform",
    studied: str = "today",
    factors: Mapping[str, Sequence[Any]] | None = None,
    noise: Mapping[str, float] | None = None,
    metrics: Mapping[str, Mapping[str, float | Sequence[float]]] | None = None,
    **more: Any,
) -> Part:
    """A part with these means of the return rate by arm, one number or one a point.

    Parameters
    ----------
    noise
        By arm: size of luck of its own, which pairing does not take away.
    metrics
        By metric and arm, other means than the usual ones; they have no luck but the arm's own.
    """
    design = full_factorial(factors) if factors else None
    n_points = len(design.index) if design else 1
    values: dict[str, dict[str, np.ndarray]] = {}
    for arm, rate in rates.items():
        own = OWN * (noise or {}).get(arm, 0.0)
        columns = {one.name: np.full((n_points, N), NUMBERS[one.unit]) for one in METRICS}
        columns["return_rate_6m"] = np.broadcast_to(np.reshape(rate, (-1, 1)), (n_points, 1)) * (1 + FAINT * OWN) + LUCK + own
        for metric, by_arm in (metrics or {}).items():
            if arm in by_arm:
                columns[metric] = np.broadcast_to(np.reshape(by_arm[arm], (-1, 1)), (n_points, 1)) * (1 + FAINT * OWN) + own
        values[arm] = columns
    # a cost of 30, and 2 a month: 15 months to break even at K = 3, 10 at K = 2, 20 at K = 4
    curve = -30.0 + 2.0 * np.arange(25)
    return Part(
        name=name,
        question="Which?",
        arms=tuple(rates),
        studied=studied,
        control=control,
        values=values,
        payback={arm: np.broadcast_to(curve, (n_points, N, 25)) for arm in rates},
        design=design,
        **more,
    )

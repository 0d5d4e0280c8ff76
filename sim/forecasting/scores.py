"""How good a forecast of counts is: proper scores of its distribution, errors of its mean, and how often its intervals hold."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints

LEVELS = (0.5, 0.8, 0.95)
MOST_COUNT = 400
"""Visits of one client in the time ahead above which forecasts are no longer told apart."""


@dataclass(frozen=True)
class Distributions:
    """Distribution of a count for each client, as many of each form as it has runs."""

    below: Floats
    """(n, most) probability of at most 0, 1, ..., visits."""

    def mixed_with(self, others: "list[Distributions]", weights: Floats) -> "Distributions":
        """The mixture with further ones of the same shape; ``weights`` begins with the own."""
        return Distributions(
            sum((w * one.below for w, one in zip(weights, (self, *others), strict=True)), np.zeros_like(self.below))
        )

    def crps(self, true: Floats) -> float:
        """Continuous ranked probability score, a mean over clients; in visits, the smaller the better.

        References
        ----------
        Gneiting & Raftery (2007), Strictly proper scoring rules, prediction, and estimation, JASA 102(477).
        """
        return float((((self.below - reached(true, self.below.shape[1])) ** 2).sum(axis=1)).mean())

    def log_score(self, true: Floats, n_runs: int) -> float:
        """Minus the mean log probability of what happened; of runs, half a run is shared by all that never happened in them."""
        at = np.minimum(true.astype(np.int64), self.below.shape[1] - 1)
        rows = np.arange(len(true))
        mass = self.below[rows, at] - np.where(at > 0, self.below[rows, np.maximum(at - 1, 0)], 0.0)
        share = 0.5 / n_runs / self.below.shape[1]
        return -float(np.log(np.maximum(mass, 0.0) * (1 - 0.5 / n_runs) + share).mean())

    def coverage(self, true: Floats) -> dict[float, float]:
        """Share of clients within central intervals of each level.

        Counts are whole, so an interval of whole numbers holds more than its level. What happened is therefore spread over the
        probabilities it stands for: a client counts by the part of them that lies within the level.

        References
        ----------
        Czado, Gneiting & Held (2009), Predictive model assessment for count data, Biometrics 65(4): the non-randomised PIT.
        """
        at = np.minimum(true.astype(np.int64), self.below.shape[1] - 1)
        rows = np.arange(len(true))
        high = self.below[rows, at]
        low = np.where(at > 0, self.below[rows, np.maximum(at - 1, 0)], 0.0)
        found = {}
        for level in LEVELS:
            tail = (1 - level) / 2
            width = high - low
            inside = np.minimum(high, 1 - tail) - np.maximum(low, tail)
            share = np.where(width > 0, np.maximum(inside, 0.0) / np.where(width > 0, width, 1.0), (low > tail) & (low < 1 - tail))
            found[level] = float(share.mean())
        return found


@dataclass(frozen=True)
class Judged:
    """How good a forecast of some clients was."""

    crps: float
    mae: float
    rmse: float
    bias: float
    """Forecast less true, a client."""
    coverage: dict[float, float]
    """By level: share of clients within their central intervals."""


def judge(said: Distributions, means: Floats, true: Floats) -> Judged:
    """All scores of a forecast: its distributions, and its means (n,)."""
    error = means - true
    return Judged(
        said.crps(true),
        float(np.abs(error).mean()),
        float(np.sqrt((error**2).mean())),
        float(error.mean()),
        said.coverage(true),
    )


def distributions(counts: Ints, most: int) -> Distributions:
    """Distribution of each client's visits over runs (n, n_runs)."""
    n, n_runs = counts.shape
    cell = np.minimum(counts, most) + (most + 1) * np.arange(n)[:, None]
    tally = np.bincount(cell.ravel(), minlength=n * (most + 1)).reshape(n, most + 1)
    return Distributions(np.cumsum(tally[:, :most], axis=1) / n_runs)


def reached(true: Floats, most: int) -> Floats:
    """(n, most) 1 where a client had at most 0, 1, ..., visits, else 0."""
    return np.asarray(true[:, None] <= np.arange(most), np.float64)


def most_of(true: Floats, counts: list[Ints]) -> int:
    """How many visits distributions of some forms must reach."""
    return int(min(max(true.max(initial=0), *(one.max(initial=0) for one in counts)) + 1, MOST_COUNT))

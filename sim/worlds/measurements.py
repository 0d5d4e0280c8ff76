"""What a team could measure, and how far data scatter about the truth of a world."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats


@dataclass(frozen=True)
class Share:
    """A share of cases that are counted."""

    def observe(self, truth: Floats, n: int, generator: np.random.Generator) -> Floats:
        """The share among ``n`` cases in each world, (n_worlds,)."""
        return np.asarray(generator.binomial(n, np.clip(truth, 0, 1)) / n, float)


@dataclass(frozen=True)
class Mean:
    """A mean of cases that are measured."""

    sd: float
    """Standard deviation of one case."""

    def observe(self, truth: Floats, n: int, generator: np.random.Generator) -> Floats:
        """The mean of ``n`` cases in each world, (n_worlds,)."""
        return np.asarray(truth + generator.normal(0, self.sd / np.sqrt(n), len(truth)), float)


@dataclass(frozen=True)
class Experiment:
    """A randomised test with two groups of clients, of whom those who come back are counted."""

    base: float
    """Share who come back in the control group, 0 to 1."""

    def observe(self, truth: Floats, n: int, generator: np.random.Generator) -> Floats:
        """The difference of two shares among ``n`` clients each, in each world, (n_worlds,)."""
        sd = np.sqrt(2 * self.base * (1 - self.base) / n)
        return np.asarray(truth + generator.normal(0, sd, len(truth)), float)

"""What each decision adds to an estimate: the common form of all estimators, from which intervals are made."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats


@dataclass(frozen=True)
class Terms:
    """The estimate is the sum of ``values`` over the sum of ``per``."""

    values: Floats
    """(n,) one a decision."""
    per: Floats | None = None
    """(n,) what a decision counts, >= 0; 1 for each without it. Only a self-normalised estimate has another."""

    @property
    def weight(self) -> Floats:
        """(n,) ``per``, or ones."""
        return np.ones(len(self.values)) if self.per is None else self.per

    @property
    def estimate(self) -> float:
        """Mean outcome under the new policy."""
        return float(self.values.sum() / self.weight.sum())

    @property
    def linear(self) -> Floats:
        """(n,) values whose plain mean is the estimate and whose scatter is its error, to first order (delta method).

        Examples
        --------
        >>> Terms(np.array([2.0, 0.0]), np.array([2.0, 1.0])).linear  # 2/3 + (value - 2/3 per) / 1.5
        array([1.11111111, 0.22222222])
        """
        if self.per is None:
            return self.values
        return self.estimate + (self.values - self.estimate * self.per) / self.per.mean()

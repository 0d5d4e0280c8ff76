"""An effect as an experiment of one market estimates it."""

import math
from dataclasses import dataclass

import scipy


@dataclass(frozen=True)
class Estimate:
    """Treated less control, with its interval; what it is an estimate of, its estimator says."""

    estimate: float
    standard_error: float
    """>= 0; nan where undefined."""
    low: float
    high: float
    n_treated: int
    n_control: int
    """Units of observation behind each side."""
    df: float
    """Degrees of freedom of the interval; infinite for a normal one. Few say that few clusters carry the estimate."""

    def excludes(self, value: float) -> bool:
        """Whether the interval is defined and does not hold ``value``."""
        return self.high < value or self.low > value

    @property
    def p_value(self) -> float:
        """Two-sided, of no effect; nan without a standard error."""
        if not self.standard_error > 0:
            return math.nan
        return 2 * float(scipy.stats.t.sf(abs(self.estimate) / self.standard_error, self.df))


def student(estimate: float, standard_error: float, df: float, n_treated: int, n_control: int, level: float = 0.95) -> Estimate:
    """An estimate with its t interval.

    Parameters
    ----------
    df
        Degrees of freedom, > 0; math.inf for a normal interval.
    level
        Confidence level, within (0, 1).

    Examples
    --------
    >>> round(student(1.0, 0.5, math.inf, 10, 10).low, 2)  # 1 - 1.96 * .5
    0.02
    """
    reach = float(scipy.stats.t.ppf((1 + level) / 2, df)) * standard_error
    return Estimate(estimate, standard_error, estimate - reach, estimate + reach, n_treated, n_control, df)

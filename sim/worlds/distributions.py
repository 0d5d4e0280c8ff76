"""Distributions of an uncertain number, each by its quantile function: a point of the unit interval becomes a value."""

import math
from typing import Annotated, Any, Self

import numpy as np
import scipy
from pydantic import Field, model_validator
from scipy import special

from sim.arrays import Floats
from sim.config import NonNegative, OpenShare, Positive, Real, Section, Share

TAIL = 1e-6
"""Left out at both ends of a distribution that has none, when its range is named."""
DIGITS = 6
"""Significant digits that a drawn number keeps: quantile functions may differ in the last bits between machines."""


class Distribution(Section):
    """What a number may be."""

    def quantiles(self, u: Floats) -> Floats:
        """Values at points of the unit interval, the shape of ``u``."""
        raise NotImplementedError

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest value; of an endless distribution, those that all but two in a million lie between."""
        low, high = self.quantiles(np.array([TAIL, 1 - TAIL]))
        return float(low), float(high)


class Uniform(Distribution):
    """As likely anywhere between two ends."""

    low: Real
    high: Real

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low = {self.low:g}, must be <= high = {self.high:g}")
        return self

    def quantiles(self, u: Floats) -> Floats:
        """Values at points of the unit interval."""
        return self.low + (self.high - self.low) * u

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return self.low, self.high


class Normal(Distribution):
    """Normal, cut off at ``low`` and ``high`` where they are given."""

    mean: Real
    sd: NonNegative
    low: Real | None = None
    high: Real | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if not low <= self.mean <= high:
            raise ValueError(f"mean = {self.mean:g}, must lie within low and high")
        return self

    def quantiles(self, u: Floats) -> Floats:
        """Values at points of the unit interval."""
        if self.sd == 0:
            return np.full(np.shape(u), float(self.mean))
        below = 0.0 if self.low is None else float(special.ndtr((self.low - self.mean) / self.sd))
        above = 1.0 if self.high is None else float(special.ndtr((self.high - self.mean) / self.sd))
        found = self.mean + self.sd * special.ndtri(below + (above - below) * np.asarray(u, float))
        return np.asarray(np.clip(found, self.low, self.high), float)

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest value."""
        low, high = super().ends
        return low if self.low is None else self.low, high if self.high is None else self.high


class LogNormal(Distribution):
    """The logarithm is normal."""

    median: Positive
    log_sd: NonNegative

    def quantiles(self, u: Floats) -> Floats:
        """Values at points of the unit interval."""
        return np.asarray(self.median * np.exp(self.log_sd * special.ndtri(u)), float)


class LogitNormal(Distribution):
    """A share whose log odds are normal."""

    median: OpenShare
    logit_sd: NonNegative

    def quantiles(self, u: Floats) -> Floats:
        """Values at points of the unit interval."""
        return np.asarray(special.expit(special.logit(self.median) + self.logit_sd * special.ndtri(u)), float)


class Beta(Distribution):
    """A share, known as well as from ``size`` cases."""

    mean: OpenShare
    size: Positive
    """Sum of the two parameters."""

    def quantiles(self, u: Floats) -> Floats:
        """Values at points of the unit interval."""
        return np.asarray(special.betaincinv(self.mean * self.size, (1 - self.mean) * self.size, u), float)


class Triangular(Distribution):
    """Most likely at the mode, and never beyond the ends."""

    low: Real
    mode: Real
    high: Real

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low <= self.mode <= self.high:
            raise ValueError(f"low, mode, high = {self.low:g}, {self.mode:g}, {self.high:g}, must not fall")
        return self

    def quantiles(self, u: Floats) -> Floats:
        """Values at points of the unit interval."""
        width = self.high - self.low
        if width == 0:
            return np.full(np.shape(u), float(self.low))
        return np.asarray(scipy.stats.triang.ppf(u, (self.mode - self.low) / width, self.low, width), float)

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return self.low, self.high


class Choice(Section):
    """One of several values."""

    values: Annotated[tuple[Any, ...], Field(min_length=1)]
    probabilities: Annotated[tuple[Share, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.values) != len(self.probabilities):
            raise ValueError(f"{len(self.values)} values and {len(self.probabilities)} probabilities, must be as many")
        sum_to_one("probabilities", self.probabilities)
        return self


KINDS: dict[str, type[Distribution]] = {
    "uniform": Uniform,
    "normal": Normal,
    "log_normal": LogNormal,
    "logit_normal": LogitNormal,
    "beta": Beta,
    "triangular": Triangular,
}
"""By the name that a yaml gives them."""


def sum_to_one(what: str, probabilities: tuple[float, ...]) -> None:
    """Raise ValueError unless probabilities do."""
    total = sum(probabilities)
    if abs(total - 1) > 1e-9:
        raise ValueError(f"{what} = {list(probabilities)}, sum to {total:g}, must sum to 1")


def rounded(value: float) -> float:
    """A drawn number as it is used and written."""
    return float(f"{value:.{DIGITS}g}")

"""What is known of a real experiment: its checks, its estimates, and simulated experiments beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.report.lab import Outcome
from sim.statistics.intervals import Interval
from sim.worlds.learning import Learned

Verdict = Literal["fine", "doubtful", "broken", "unknown", "seen", "not_seen", "consistent", "not_consistent"]
AGREED = 0.05
"""P-value below which an estimate is not what a simulated market predicts."""
LOOK_BACK_DAYS = 183
"""A client who did not ask for so long before the experiment counts as new with reason."""


@dataclass(frozen=True)
class Line:
    """A check or an estimator: what it found; nan where it has no such number."""

    name: str
    estimate: float
    low: float
    high: float
    standard_error: float
    n_treated: int
    n_control: int
    p_value: float
    verdict: Verdict
    about: str = ""
    """What is special to it: the share meant, the covariate that differs most, the day on which an effect was first seen."""

    @property
    def interval(self) -> Interval:
        """The estimate with its interval."""
        return Interval(self.estimate, self.low, self.high, self.n_treated + self.n_control)


@dataclass(frozen=True)
class Beside:
    """Simulated experiments of the same design and length, and whether the real one is like them."""

    market: str
    control: str
    treated: str
    mean: float
    """Of their estimates."""
    mean_error: float
    """Its standard error."""
    sd: float
    """What one of them would be off by with as many clients as the real one has."""
    truth: float
    """Effect of treating everybody in that market."""
    bias: float
    n: int
    """How many."""
    p_value: float
    """Of the hypothesis that the real one is of the same effect."""
    learned: Learned | None = None
    """What the real one adds to what plausible worlds say about the effect; None without any."""

    @property
    def interval(self) -> Interval:
        """The mean with its 95 % interval."""
        reach = 1.96 * self.mean_error
        return Interval(self.mean, self.mean - reach, self.mean + reach, self.n)

    @property
    def low(self) -> float:
        """Where 19 of 20 with as many clients end: the lower bound."""
        return self.mean - 1.96 * self.sd

    @property
    def high(self) -> float:
        """The upper bound."""
        return self.mean + 1.96 * self.sd

    @property
    def verdict(self) -> Verdict:
        """Whether the real one is as predicted."""
        return "consistent" if self.p_value >= AGREED else "not_consistent"


@dataclass(frozen=True)
class ObservedRecord:
    """All that the report of a real experiment is made of."""

    source: str
    design: str
    unit: str
    outcome: Outcome
    control: str
    """What the file calls it; empty where nothing was assigned."""
    treated: str
    start: str
    end: str
    last: str
    """Last day of the file."""
    known_on: str
    """Day on which the last client of the experiment has been followed."""
    window_days: float
    lookback_days: float
    """From the first day of the file to the experiment."""
    by_visit: bool
    """The file does not say when bookings were made."""
    clients: int
    unfollowed: int
    had_booked: int
    ungrouped: int
    early: int
    """New clients who asked before they were assigned."""
    checks: tuple[Line, ...]
    estimates: tuple[Line, ...]
    """The design's own first."""
    beside: Beside | None
    command: str
    seed: int
    versions: Mapping[str, str]
    hashes: Mapping[str, str]

    @property
    def is_broken(self) -> bool:
        """Whether groups are not what was meant, so that no estimate is to be trusted."""
        return any(check.verdict == "broken" for check in self.checks)

    @property
    def learned(self) -> Learned | None:
        """What plausible worlds and the experiment say together; None where one of them has nothing to say."""
        return None if self.beside is None or self.is_broken else self.beside.learned

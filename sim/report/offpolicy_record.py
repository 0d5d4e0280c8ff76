"""What a log says about other policies than the one that made it, as a page needs it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.arrays import Floats
from sim.offpolicy.exploration import Exploration
from sim.offpolicy.judging import DECIDES
from sim.statistics.intervals import Interval

Outcomes = Literal["mature", "weighted"]
"""Only clients whose time to come back is over; or all, those known weighted for those who are not."""
Refused = Literal["", "alone", "strict", "support", "weights"]
"""Why a log says nothing: nobody else could have been chosen; it left nothing to chance; it could not have chosen many of whom the
new policy would; or none of its own choices would have been made."""
Lacks = Literal["", "size", "spread", "interval"]
"""Why it is not to be decided by an estimate: it weighs like too few choices; one client has too much of all weights; there are too
few clients for an interval."""
Verdict = Literal["better", "worse", "better_here", "worse_here", "unclear", "few", "refused"]
"""``here``: with these pros only; for other pros such as these it can be luck."""
MOST_UNSUPPORTED = 0.05
"""Share of the new policy's choices that the log could not have made, from which it is refused: so large a bias is possible."""
LARGE_SHARE = 0.05
"""Of a single client in all weights, from which the estimate hangs on that client."""
MUCH_MOVED = 0.1
"""Share of first sessions that go to other pros, from which their calendars would be filled in another way."""


@dataclass(frozen=True)
class EstimatorSays:
    """One estimator with one way of treating outcomes that are not known yet."""

    estimator: str
    outcomes: Outcomes
    value: Interval
    """Share of new clients who come back under the new policy."""
    difference: Interval
    """That less the same in the log, for these pros and other clients."""
    other_pros: Interval
    """The difference, for other pros, too."""
    bernstein: Interval
    effective_n: float
    largest_weight: float
    largest_share: float
    unsupported_share: float


@dataclass(frozen=True)
class PolicyJudged:
    """What the log says about one policy."""

    arm: str
    sees_truth: bool
    """A reference that nobody could run."""
    refused: Refused
    says: tuple[EstimatorSays, ...]
    """Empty when refused."""
    decides: Interval
    """Of the headline, the difference for these pros and other clients, at ``level``; nan when refused."""
    decides_other_pros: Interval
    """The same for other pros, too."""
    level: float
    """So that all verdicts of a page together are wrong as rarely as one alone at 95 %."""
    unsupported_share: float
    wanted: float
    """Effective size from which it is to be decided by."""
    needed: float
    """Decisions for the effective size wanted, had a tenth of them been made at random; nan unless refused."""
    tried: Floats
    """(n_tried,) thresholds of clipping; of clients whose time is over."""
    clipped: Floats
    """(n_tried,) the estimate clipped there."""
    error: Floats
    """(n_tried,) its standard error."""
    bias_bound: Floats
    """(n_tried,)."""
    threshold: float
    """The one chosen."""
    quantiles: Floats
    """(101,) of the weights of decisions, by percent."""
    moved_share: float
    busiest_times: float
    explorations: tuple[Exploration, ...]
    truth: Interval | None = None
    """Simulated: the share under the new policy, over pairs of runs; None where nobody knows."""
    true_difference: Interval | None = None
    """Simulated: what the new policy changes."""

    @property
    def headline(self) -> EstimatorSays | None:
        """What is read first; None when refused."""
        return self.line(DECIDES, "mature")

    def line(self, estimator: str, outcomes: Outcomes) -> EstimatorSays | None:
        """That of one estimator; None where there is none."""
        return next((one for one in self.says if (one.estimator, one.outcomes) == (estimator, outcomes)), None)

    @property
    def lacks(self) -> Lacks:
        """Why it is not to be decided by the headline; empty where it may be, or where there is none."""
        first = self.headline
        if first is None:
            return ""
        if first.effective_n < self.wanted:
            return "size"
        if not first.largest_share <= LARGE_SHARE:
            return "spread"
        return "" if math.isfinite(self.decides.low) else "interval"

    @property
    def verdict(self) -> Verdict:
        """What follows, before interference is thought of."""
        first = self.headline
        if first is None:
            return "refused"
        if self.lacks:
            return "few"
        if not self.decides.excludes(0.0):
            return "unclear"
        if self.decides_other_pros.excludes(0.0):
            return "better" if self.decides.estimate > 0 else "worse"
        return "better_here" if self.decides.estimate > 0 else "worse_here"


@dataclass(frozen=True)
class OffpolicyRecord:
    """All that the page of ``python -m experiments.offpolicy`` is made of."""

    source: str
    """Name of the file; empty for simulated logs."""
    market: str
    control: str
    """The policy that made the log; empty for a file."""
    logs: int
    clients: int
    """New clients of all logs after the warm-up."""
    mature: int
    """Of these, with the whole time to come back."""
    outcome_days: float
    effective_n: float
    """Wanted."""
    logged: Interval
    """Share who come back in the log; of clients whose time is over."""
    policies: tuple[PolicyJudged, ...]
    estimated: bool
    """Whether propensities are not in the log, and were estimated."""
    only_chosen: bool
    left_out: Mapping[str, int]
    """Clients of a file who could not be used, by reason."""
    period: tuple[str, str]
    """First and last day of a file; empty texts for simulated logs."""
    weekly: float
    """New clients a week in one log."""
    replay: str
    """The command that replays the file; empty for simulated logs."""
    simulate: str
    """The command that simulates the same policies."""
    command: str
    seed: int
    versions: Mapping[str, str]
    hashes: Mapping[str, str]

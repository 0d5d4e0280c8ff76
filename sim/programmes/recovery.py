"""Making good for a session that went wrong: an apology and a compensation, the sooner the better."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sim.calendar import TICKS_PER_DAY, TICKS_PER_HOUR
from sim.config import Market
from sim.jit import kernel
from sim.programmes.base import MOST_DAYS, check_within
from sim.rules import CANCELLED_BY_PRO, COMPLETED, UNFILLED

MOST_REPAIRED = 3
"""Apology and compensation together take back no more than three times the harm."""

PARAMETERS = np.dtype(
    [
        ("on", np.bool_),
        ("late_from_minutes", np.float64),
        ("rating_at_most", np.int64),
        ("after_cancelled", np.bool_),
        ("after_unfilled", np.bool_),
        ("apology_cost_eur", np.float64),
        ("voucher_eur", np.float64),
        ("voucher_ticks", np.int64),
        ("money_eur", np.float64),
        ("delay_ticks", np.int64),
        ("apology_share", np.float64),
        ("compensation_share", np.float64),
    ],
    align=True,
)
"""Both shares are what is left of them after the delay."""


@dataclass(frozen=True)
class Recovery:
    """After a failure the platform apologises and compensates; part of the harm to the relation is undone.

    A failure is a late or badly rated session, a cancellation by the pro, or a request that nobody took. Part of the shift that it
    gives to the decision to stay is taken back: ``apology_share`` by owning it, and more by compensation, in proportion to what it
    is worth over the price of the request (1 at most). Delay shrinks both. Where they add up to more than 1, a client whose failure
    was made good in full is likelier to stay than one without any, the recovery paradox. A meta-analysis finds the paradox in
    satisfaction but not in the intention to buy again (de Matos, Henrique & Rossi 2007).

    Apology, compensation and speed each raise satisfaction with a recovery, and compensation should be commensurate with the
    failure (Smith, Bolton & Wagner 1999). That is where the directions come from. Theirs differ in weight by type of failure, and
    concern satisfaction, not staying: sizes, the straight line and one weight for all failures are assumptions.

    References
    ----------
    Smith, Bolton & Wagner (1999), A model of customer satisfaction with service encounters involving failure and recovery. Journal
    of Marketing Research 36(3), 356-372.

    de Matos, Henrique & Rossi (2007), Service recovery paradox: a meta-analysis. Journal of Service Research 10(1), 60-77.
    """

    late_from_minutes: float
    """A completed session counts as a failure when its pro was later than this."""
    rating_at_most: int
    """It does so, too, with this rating or a worse one; 0: ratings do not matter."""
    after_cancelled: bool
    """Whether a session that a pro cancelled is one, redispatched or not."""
    after_unfilled: bool
    """Whether a request without a pro is one."""
    apology_cost_eur: float
    """Cost of one apology: somebody's time."""
    voucher_eur: float
    """Off the next session completed once it is given; it adds to one that is still unused."""
    voucher_days: float
    """How long the voucher is good for, from when it is given."""
    money_eur: float
    """Paid back at once."""
    hours: float
    """Time from the failure to the apology."""
    apology_share: float
    """Share of the failure's effect that an apology without delay takes back."""
    compensation_share: float
    """Share that a compensation worth the price of the request takes back besides, without delay; a smaller one in proportion."""
    half_life_hours: float
    """Delay that halves both shares."""

    kind: ClassVar[str] = "recovery"

    def __post_init__(self) -> None:
        for name in ("late_from_minutes", "apology_cost_eur", "voucher_eur", "money_eur"):
            check_within(name, getattr(self, name))
        check_within("voucher_days", self.voucher_days, 0, MOST_DAYS)
        check_within("hours", self.hours, 0, 24 * 365)
        check_within("rating_at_most", self.rating_at_most, 0, 4)
        check_within("apology_share", self.apology_share, 0, MOST_REPAIRED)
        check_within("compensation_share", self.compensation_share, 0, MOST_REPAIRED)
        both = self.apology_share + self.compensation_share
        if both > MOST_REPAIRED:
            raise ValueError(f"apology_share + compensation_share = {both:g}, must be <= {MOST_REPAIRED}")
        if not 0 < self.half_life_hours < math.inf:
            raise ValueError(f"half_life_hours = {self.half_life_hours:g}, must be > 0")

    def fill(self, record: Any, market: Market) -> None:
        """Write the parameters into a record of ``PARAMETERS``."""
        record["on"] = True
        for name in ("late_from_minutes", "rating_at_most", "after_cancelled", "after_unfilled"):
            record[name] = getattr(self, name)
        for name in ("apology_cost_eur", "voucher_eur", "money_eur"):
            record[name] = getattr(self, name)
        record["voucher_ticks"] = round(self.voucher_days * TICKS_PER_DAY)
        record["delay_ticks"] = round(self.hours * TICKS_PER_HOUR)
        left = math.exp(-math.log(2.0) * self.hours / self.half_life_hours)
        record["apology_share"] = self.apology_share * left
        record["compensation_share"] = self.compensation_share * left

    def warnings(self, market: Market) -> list[str]:
        """None."""
        return []


@kernel
def failed(outcome: int, minutes_late: float, rating: int, cancellations_by_pros: int, recovery: Any) -> bool:
    """Whether a closed request is a failure that the programme makes good for."""
    if outcome == UNFILLED:
        return recovery["after_unfilled"]
    if outcome == CANCELLED_BY_PRO:
        return recovery["after_cancelled"]
    if outcome != COMPLETED:
        return False
    if cancellations_by_pros > 0 and recovery["after_cancelled"]:
        return True
    return minutes_late > recovery["late_from_minutes"] or 0 < rating <= recovery["rating_at_most"]


@kernel
def failure_logit(outcome: int, effect: float, felt_late: bool, cancellations_by_pros: int, rules: Any) -> float:
    """The part of a request's effect on the decision to stay that is the failure's, <= 0.

    Without a session all of it; else what lateness and a cancelled first pro did, or, in a badly rated session without either,
    whatever made the effect negative.
    """
    harm = 0.0
    if outcome == COMPLETED:
        if felt_late:
            harm += rules["stay_late"]
        if cancellations_by_pros > 0:
            harm += rules["stay_redispatched"]
        if harm == 0.0:
            harm = effect
    else:
        harm = effect
    return min(harm, 0.0)


@kernel
def repaired_share(price_eur: float, recovery: Any) -> float:
    """Share of a failure's harm that is taken back, when a request at this price failed."""
    worth = recovery["voucher_eur"] + recovery["money_eur"]
    relative = min(worth / price_eur, 1.0) if price_eur > 0.0 else 1.0
    return recovery["apology_share"] + recovery["compensation_share"] * relative

"""What a first visit does to return, and what the market must say so that it does the same.

A file shows relative risks: how much rarer new clients return after a late visit, a booking that the pro cancelled, or one star
instead of five. The market's numbers are shifts on the logit scale of a decision that taste, the pro and luck move as well, made by
clients of whom only some felt the delay, with pros whose lateness goes with other traits. The relative risk that given numbers
imply is averaged over one fixed set of such first visits (a Sobol sequence), and the number is found whose risk is the file's:
indirect inference (Gouriéroux, Monfort & Renault 1993, J. of Applied Econometrics 8(S1)) without Monte Carlo noise. Chances that
have nothing to do with the visit, such as a second need within the time, cancel out of a relative risk.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import scipy
from scipy import special

from sim.arrays import Floats
from sim.config import Market
from sim.statistics.intervals import Interval

N_POINTS = 2**12
WIDEST = 8.0
"""Effects are sought within plus or minus this many logits; stars' weights up to this many times the base market's."""
WIDEST_ERROR = 0.35
"""Largest standard error of a log relative risk from which a number is taken."""
Risk = Callable[["FirstVisits", float], float]


@dataclass(frozen=True)
class FirstVisits:
    """Equally likely first visits of new clients of a market, (N_POINTS,) each."""

    market: Market
    taste_logit: Floats
    skill: Floats
    """Of the pro, as are the next three."""
    warmth: Floats
    advocacy: Floats
    late_share: Floats
    quality: Floats
    """Of the session: skill and the day's luck."""
    felt: Floats
    """Probability that the client feels it when the pro is late."""

    def stays(self, effect: float | Floats = 0.0) -> Floats:
        """Probability to stay after a completed visit, with an effect on top."""
        stay = self.market.stay
        at = self.taste_logit + stay.skill * self.quality + stay.warmth * self.warmth + stay.advocacy * self.advocacy
        return np.asarray(special.expit(at + effect))


def first_visits(market: Market) -> FirstVisits:
    """First visits of new clients with pros who are equally visible."""
    points = scipy.stats.qmc.Sobol(8, scramble=False).random(N_POINTS) + 0.5 / N_POINTS
    common, noise = special.ndtri(points[:, 0]), special.ndtri(points[:, 5])
    clients, pros, sessions = market.clients, market.pros, market.sessions
    traits = {}
    for i, name in enumerate(("punctuality", "skill", "warmth", "advocacy"), start=1):
        loading = pros.trait_loadings[name]
        traits[name] = loading * common + math.sqrt(1 - loading**2) * special.ndtri(points[:, i])
    if clients.taste_mean < 1:
        beta = scipy.stats.beta(clients.taste_mean * clients.taste_size, (1 - clients.taste_mean) * clients.taste_size)
        taste = np.clip(beta.ppf(points[:, 6]), 1e-12, 1 - 1e-12)
    else:
        taste = np.full(N_POINTS, 1 - 1e-12)
    tolerance = clients.tolerance_min_minutes - clients.tolerance_mean_minutes * np.log(points[:, 7])
    over = np.maximum(tolerance - sessions.late_from_minutes, 0.0)
    return FirstVisits(
        market=market,
        taste_logit=special.logit(taste),
        skill=traits["skill"],
        warmth=traits["warmth"],
        advocacy=traits["advocacy"],
        late_share=special.expit(special.logit(pros.late_share) - pros.late_logit_sd * traits["punctuality"]),
        quality=traits["skill"] + sessions.quality_noise_sd * noise,
        felt=np.exp(-over / sessions.late_extra_mean_minutes),
    )


def late_risk(visits: FirstVisits, effect: float) -> float:
    """Return after a late first visit over return after one on time, if lateness that is felt has this effect."""
    plain, late, felt = visits.stays(), visits.late_share, visits.felt
    after_late = felt * visits.stays(effect) + (1 - felt) * plain
    return float(np.average(after_late, weights=late) / np.average(plain, weights=1 - late))


def lost_risk(visits: FirstVisits, effect: float) -> float:
    """Return after a first booking without a visit over return after a completed one, if losing it has this effect."""
    late = visits.late_share * visits.felt
    completed = late * visits.stays(visits.market.stay.late) + (1 - late) * visits.stays()
    return float(special.expit(visits.taste_logit + effect).mean() / completed.mean())


def star_risk(visits: FirstVisits, scale: float) -> float:
    """Return after one star over return after five, if what stars tell of a session is scaled by this."""
    rating, stay = visits.market.rating, visits.market.stay
    late = visits.late_share * visits.felt
    sums = np.zeros((2, 2))
    for share, stays, shift in ((1 - late, visits.stays(), 0.0), (late, visits.stays(stay.late), rating.late)):
        told = scale * (rating.quality * visits.quality + rating.warmth * visits.warmth) + shift
        for i, stars in enumerate((special.expit(rating.cut_logits[0] - told), special.expit(told - rating.cut_logits[3]))):
            sums[i] += (share * stars * stays).sum(), (share * stars).sum()
    returns = sums[:, 0] / sums[:, 1]
    return float(returns[0] / returns[1])


RISKS: Mapping[str, tuple[Risk, float]] = {
    "stay.late": (late_risk, -WIDEST),
    "stay.cancelled_by_pro": (lost_risk, -WIDEST),
    "stay.cancelled_by_client": (lost_risk, -WIDEST),
    "stay.no_show": (lost_risk, -WIDEST),
    "rating": (star_risk, 0.0),
}
"""By key of the market (``rating``: the factor of ``rating.quality`` and ``rating.warmth``): the risk it implies, and its least
value. Stars tell less, not more, of who returns as the factor falls; the other risks rise with the number."""


def matched(key: str, target: float, visits: FirstVisits) -> float:
    """The number with which the market's relative risk is the target; nan where none gives it."""
    risk, low = RISKS[key]

    def miss(x: float) -> float:
        return risk(visits, x) - target

    if miss(low) * miss(WIDEST) > 0:
        return math.nan
    return float(scipy.optimize.brentq(miss, low, WIDEST, xtol=1e-6))


def relative_risk(exposed: np.ndarray, other: np.ndarray) -> tuple[Interval, float]:
    """Share that returns of the exposed over that of the others, with Katz's 95 % interval, and the standard error of its log.

    Parameters
    ----------
    exposed, other
        Whether each case returned. nan and inf if nobody returned on one side.

    References
    ----------
    Katz, Baptista, Azen & Pike (1978), Obtaining confidence intervals for the risk ratio in cohort studies, Biometrics 34(3).
    """
    n = len(exposed) + len(other)
    if not exposed.sum() or not other.sum():
        return Interval(math.nan, math.nan, math.nan, n), math.inf
    estimate = float(exposed.mean() / other.mean())
    error = math.sqrt(1 / exposed.sum() - 1 / len(exposed) + 1 / other.sum() - 1 / len(other))
    reach = math.exp(float(scipy.stats.norm.ppf(0.975)) * error)
    return Interval(estimate, estimate / reach, estimate * reach, n), error

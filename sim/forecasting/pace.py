r"""Times change: a clock that goes faster in the season and with the years, on which clients come at an even pace.

Calendar time is a covariate that is the same for all clients: the rate of each is multiplied by

.. math:: \exp(\kappa (y - y_1) + c \cos 2 \pi y + s \sin 2 \pi y)

at y years, up to the end y_1 of what is known; after it the season goes on and the trend stays where it is. Counted on the clock
that this drives, histories are those of clients whose rates do not move, and every form holds as it is. The parameters are those
for which MBG/NBD with regular gaps is most likely; each visit brings the rate of its day.

References
----------
Bachmann, Meierer & Näf (2021), The role of time-varying contextual factors in latent attrition models, Marketing Science 40(4).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats, Ints
from sim.bookings.visits import Visits
from sim.calibration.histories import histories
from sim.forecasting.fit import log_likelihoods
from sim.forecasting.forms import Form

YEAR_DAYS = 365.25
FORM = Form("mbg", "common")
SEASON, TREND = ("season_cos", "season_sin"), ("trend_per_year",)
SEASON_DAYS, TREND_DAYS = 730, 364
"""Of bookings from which a season, and a trend, can be told."""
MOST_CLIENTS = 2_000
LARGEST = 1.5
"""Of a logarithm: a rate that is 4.5 times another."""
CLEAR_GAIN = 10.0
"""AIC by which a pace must be better than an even one (Burnham & Anderson 2002: no support for the other)."""
AHEAD_DAYS = 4_000


@dataclass(frozen=True)
class Pace:
    """How fast clients live, by day."""

    first_day: int
    until_day: int
    """The last that is known."""
    values: tuple[tuple[str, float], ...] = ()
    """Parameters by name; none: an even pace."""
    gain: float = 0.0
    """AIC of an even pace less that of this one."""
    error: float = math.nan
    """Standard error of the trend."""

    @property
    def is_even(self) -> bool:
        """Whether clients live as fast on every day."""
        return not self.values

    def __call__(self, day: Ints) -> Ints | Floats:
        """Days on the clock at the end of some days."""
        if self.is_even:
            return day
        days = np.arange(self.first_day, self.until_day + AHEAD_DAYS)
        return np.cumsum(np.exp(log_rates(self, days)))[np.clip(day - self.first_day, 0, len(days) - 1)]


def log_rates(pace: Pace, day: Ints) -> Floats:
    """(n,) log of the pace on some days."""
    found = dict(pace.values)
    trend = found.get("trend_per_year", 0.0) * (np.minimum(day, pace.until_day) - pace.until_day) / YEAR_DAYS
    turn = 2 * math.pi * np.asarray(day, float) / YEAR_DAYS
    season = found.get("season_cos", 0.0) * np.cos(turn) + found.get("season_sin", 0.0) * np.sin(turn)
    return np.asarray(trend + season + found.get("step", 0.0) * (day >= found.get("step_day", math.inf)))


def find_pace(needs: Visits, until_day: int) -> Pace:
    """The pace that says most by its AIC, of those that the file is long enough for; even where none says clearly more.

    Parameters
    ----------
    needs
        By client and day; what lies after ``until_day`` is not looked at.
    """
    first = int(needs.day.min())
    even = Pace(first, until_day)
    known = until_day - first + 1
    kinds = [TREND] * (known >= TREND_DAYS) + [SEASON, SEASON + TREND] * (known >= SEASON_DAYS)
    if not kinds:
        return even
    step = math.ceil(needs.n_clients / MOST_CLIENTS)
    some = needs.rows((needs.client % step == 0) & (needs.day <= until_day))
    base = _fitted(some, even, ())
    found = [_with_gain(_fitted(some, even, kind), base) for kind in kinds]
    best = max(found, key=lambda pace: pace.gain)
    return best if best.gain > CLEAR_GAIN else even


def _fitted(needs: Visits, even: Pace, names: Sequence[str]) -> tuple[Pace, float]:
    """The most likely pace of a kind, and its AIC."""
    n = len(FORM.free)
    again = np.r_[False, np.diff(needs.client) == 0]
    days = needs.day[again]

    def pace_at(at: Floats) -> Pace:
        return Pace(even.first_day, even.until_day, tuple(zip(names, at[n:].tolist(), strict=True)))

    def loss(at: Floats) -> float:
        pace = pace_at(at)
        seen = histories(needs, even.until_day, pace)
        value = (
            -float(log_likelihoods(FORM, at[:n], seen).sum())
            - float(log_rates(pace, days).sum())
            + 0.5 * float((at[n:] ** 2).sum())
        )
        return value if math.isfinite(value) else 1e12

    bounds = [*FORM.bounds(), *[(-LARGEST, LARGEST)] * len(names)]
    best = scipy.optimize.minimize(loss, np.r_[FORM.start(), np.zeros(len(names))], method="L-BFGS-B", bounds=bounds)
    pace, error = pace_at(np.asarray(best.x)), math.nan
    if "trend_per_year" in names:
        step = np.zeros(len(best.x))
        step[n + list(names).index("trend_per_year")] = 0.02
        curve = (loss(best.x + step) + loss(best.x - step) - 2 * float(best.fun)) / 0.02**2
        error = 1 / math.sqrt(curve) if curve > 0 else math.nan
    return Pace(pace.first_day, pace.until_day, pace.values, 0.0, error), 2 * len(best.x) + 2 * float(best.fun)


def _with_gain(found: tuple[Pace, float], base: tuple[Pace, float]) -> Pace:
    pace, aic = found
    return Pace(pace.first_day, pace.until_day, pace.values, base[1] - aic, pace.error)

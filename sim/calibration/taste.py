"""From the fitted probability to stay to the taste that, with the market's experiences on top, gives the same.

The client model knows only that clients stay with some probability, different from client to client. The market splits that into
the client's own taste and what a session adds on the logit scale: the pro's skill, warmth and advocacy, which last as long as the
client keeps the pro, and the day's luck and lateness, which do not.
"""

import math
from functools import cache

import numpy as np
import scipy
from scipy import special

from sim.arrays import Floats
from sim.calibration.client_parameters import ClientModel
from sim.calibration.histories import WEEK_DAYS
from sim.config import Market
from sim.rules import pro_sd

N_TASTES, N_NODES = 240, 11


@cache
def _standard_normal() -> tuple[Floats, Floats]:
    x, w = np.polynomial.hermite_e.hermegauss(N_NODES)
    return x, w / w.sum()


def _normal(sd: float) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes and weights of a normal distribution around 0."""
    x, w = _standard_normal()
    return x * sd, w


def felt_late_share(market: Market) -> float:
    """Share of sessions so late that the client feels it: beyond a tolerance that is a minimum plus an exponential time."""
    z, w = _normal(market.pros.late_logit_sd)
    late = float(w @ special.expit(special.logit(market.pros.late_share) + z))
    return late * felt_share(market)


def felt_share(market: Market) -> float:
    """Share of late sessions of which the client feels it: the minutes beyond the tolerance, both exponential."""
    mean, extra = market.clients.tolerance_mean_minutes, market.sessions.late_extra_mean_minutes
    over = market.clients.tolerance_min_minutes - market.sessions.late_from_minutes
    return math.exp(-max(over, 0.0) / extra) * extra / (extra + mean)


def stay_moments(taste_mean: float, taste_size: float, market: Market) -> tuple[float, float]:
    """Mean and variance, over clients and their pros, of the probability to stay after a session; the pair's part lasts, too."""
    by_client, pro_weight = _stays(taste_mean, taste_size, pro_sd(market), 0.0, market)
    mean = float((by_client @ pro_weight).mean())
    return mean, float((by_client**2 @ pro_weight).mean()) - mean**2


def _stays(taste_mean: float, taste_size: float, lasting_sd: float, pair_sd: float, market: Market) -> tuple[Floats, Floats]:
    """Probability to stay (N_TASTES, N_NODES) by taste and what lasts of the pro, luck and lateness averaged out.

    ``pair_sd`` is what is averaged out with luck. Also gives weights (N_NODES,) of the pros.
    """
    quantiles = (np.arange(N_TASTES) + 0.5) / N_TASTES
    taste = scipy.stats.beta.ppf(quantiles, taste_mean * taste_size, (1 - taste_mean) * taste_size)
    return _stays_at(special.logit(np.clip(taste, 1e-12, 1 - 1e-12)), lasting_sd, pair_sd, market)


def _stays_at(taste_logit: Floats, lasting_sd: float, pair_sd: float, market: Market) -> tuple[Floats, Floats]:
    """The same at given tastes: (n, N_NODES) and weights (N_NODES,)."""
    pro, pro_weight = _normal(lasting_sd)
    luck, luck_weight = _normal(math.hypot(market.stay.skill * market.sessions.quality_noise_sd, pair_sd))
    late = felt_late_share(market)
    at = taste_logit[:, None, None] + pro[:, None] + luck
    stays = (1 - late) * special.expit(at) + late * special.expit(at + market.stay.late)
    return stays @ luck_weight, pro_weight


def model_of_market(market: Market) -> ClientModel:
    """The client model that clients of the market follow, with experiences as they are on average and without habit.

    It is what ``calibrate`` fitted, in a market that it wrote: ``matching_taste`` the other way round.
    """
    clients = market.clients
    mean, size = 1 - 1e-6, 1.0
    if clients.taste_mean < 1:
        mean, variance = stay_moments(clients.taste_mean, clients.taste_size, market)
        size = mean * (1 - mean) / variance - 1
    return ClientModel(
        rate_shape=clients.rate_shape,
        rate_weeks=1 / (WEEK_DAYS * clients.rate_scale_per_day),
        drop_a=(1 - mean) * size,
        drop_b=mean * size,
        gap_shape=clients.gap_shape,
        gap_shape_log_sd=clients.gap_shape_log_sd,
        one_time_share=clients.one_time_share,
        dropout_after_first=clients.dropout_after_first,
        lapse_share=clients.lapse_share,
        lapse_gaps=clients.lapse_gaps,
    )


def taste_logits(leave: Floats, market: Market) -> Floats:
    """Tastes (n,) on the logit scale with which clients leave with these probabilities (n,), experiences averaged out.

    Within -20..20, read off a curve of 401 points: to .001 of a probability.
    """
    at = np.linspace(-20.0, 20.0, 401)
    by_taste, pro_weight = _stays_at(at, pro_sd(market), 0.0, market)
    return np.interp(1 - leave, by_taste @ pro_weight, at)


def stay_by_pro(market: Market, factor: float = 1.0) -> tuple[float, float]:
    """Mean and standard deviation over pros of the probability that clients stay, with the effects of pros times a factor."""
    stay = market.stay
    scaled = {name: factor * getattr(stay, name) for name in ("skill", "warmth", "advocacy")}
    market = market.model_copy(update={"stay": stay.model_copy(update=scaled)})
    own, pair = (math.sqrt(share) * pro_sd(market) for share in (1 - market.sessions.pair_share, market.sessions.pair_share))
    by_pro, weights = _stays(market.clients.taste_mean, market.clients.taste_size, own, pair, market)
    by_pro = by_pro.mean(axis=0)
    mean = float(by_pro @ weights)
    return mean, math.sqrt(max(float(by_pro**2 @ weights) - mean**2, 0.0))


def matching_pros(variation: float, market: Market) -> float:
    """Factor on skill, warmth and advocacy with which the probability to stay varies between pros as the file's return does.

    Parameters
    ----------
    variation
        Standard deviation over mean of the return of new clients. What return needs beyond staying, such as a second need in time,
        lowers both alike.

    Returns
    -------
    float
        nan where no factor up to 20 gives it.
    """

    def miss(factor: float) -> float:
        mean, sd = stay_by_pro(market, factor)
        return sd / mean - variation

    if miss(0.0) >= 0:
        # pros who do not differ, but for rounding
        return 0.0
    return float(scipy.optimize.brentq(miss, 0.0, 20.0, xtol=1e-6)) if miss(20.0) >= 0 else math.nan


def matching_taste(stay_mean: float, stay_size: float, market: Market) -> tuple[float, float]:
    """Mean and size of the taste with which clients of the market stay as Beta(mean, size) says.

    Parameters
    ----------
    stay_mean, stay_size
        Mean and sum of the parameters of the fitted Beta distribution.

    Returns
    -------
    tuple of float
        Within .001..0.999 and .05..500: where pros alone make clients differ more than the fit says, the largest size.
    """
    target = stay_mean, stay_mean * (1 - stay_mean) / (stay_size + 1)

    def miss(at: Floats) -> Floats:
        mean, variance = stay_moments(float(special.expit(at[0])), math.exp(at[1]), market)
        return np.array([(mean - target[0]) / 0.001, (math.sqrt(max(variance, 0.0)) - math.sqrt(target[1])) / 0.01])

    bounds = ([float(special.logit(0.001)), math.log(0.05)], [float(special.logit(0.999)), math.log(500.0)])
    start = np.clip(
        [float(special.logit(stay_mean)), math.log(stay_size)],
        *(np.array(b) + d for b, d in zip(bounds, (0.01, -0.01), strict=True)),
    )
    found = scipy.optimize.least_squares(miss, start, bounds=bounds)
    return float(special.expit(found.x[0])), math.exp(float(found.x[1]))

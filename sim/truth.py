"""The truth about pros: how likely a new client of theirs is to book again.

Apart from the log, and only for metrics of score quality and for the oracle.
"""

import math
from typing import Any

import numpy as np
import scipy
from scipy import special

from sim import rules
from sim.arrays import Floats, Table
from sim.calendar import SLOTS_PER_DAY, TICKS_PER_DAY, TICKS_PER_SLOT
from sim.config import Market
from sim.draws import logit
from sim.jit import compiled
from sim.population import PRO

RETURN_DAYS = 183.0
"""Six months."""

TRUTH_DECIMALS = 12
"""Library quadrature differs in the last bits from processor to processor; rounded, it does not."""


def gap_within(days: Floats, market: Market) -> Floats:
    """P(gap between two needs <= days), over the rates and the regularity of returning clients.

    With gap = G_k / (k * rate), G_k ~ Gamma(k) and rate ~ Gamma(r, scale s), the ratio G_k / (G_k + G_r) is Beta(k, r), so the
    probability is the regularised incomplete beta function at x / (1 + x), x = days * k * s. A lapse, exponential with mean
    ``lapse_gaps`` / rate, is over in time with probability 1 - (1 + days * s / lapse_gaps) ** -r. Where k differs between clients
    it is averaged over ``rules.gap_shapes``.
    """
    clients = market.clients
    probability: Floats = np.zeros(np.shape(days))
    for k, weight in zip(*rules.gap_shapes(clients.gap_shape, clients.gap_shape_log_sd), strict=True):
        x = np.asarray(days, float) * k * clients.rate_scale_per_day
        probability = probability + weight * special.betainc(k, clients.rate_shape, x / (1.0 + x))
    if clients.lapse_share > 0:
        lapsed = 1 - (1 + np.asarray(days, float) * clients.rate_scale_per_day / clients.lapse_gaps) ** -clients.rate_shape
        probability = (1 - clients.lapse_share) * probability + clients.lapse_share * lapsed
    return probability


def need_to_session_end_days(market: Market) -> tuple[Floats, Floats]:
    """Quadrature nodes (n,) and weights (n,) for the time from a need to the end of its session, in days."""
    nodes, weights = np.polynomial.laguerre.laggauss(16)
    requests = market.requests
    lead = np.minimum(requests.lead_min_hours + requests.lead_mean_hours * nodes, 24 * requests.lead_max_days) / 24
    slot_days = TICKS_PER_SLOT / TICKS_PER_DAY
    if requests.start_hour_weights is None:
        rounding = slot_days / 2
    else:
        hours = np.asarray(requests.start_hour_weights, float)
        start_of_day = float(np.average(np.arange(SLOTS_PER_DAY) * slot_days, weights=np.repeat(hours, 2)))
        rounding = start_of_day - 0.5
    duration = sum(service.client_share * service.duration_minutes / 1440 for service in market.services)
    moved = rules.mean_days_sent_on(requests.start_weekday_weights)
    return np.maximum(lead + rounding, requests.lead_min_hours / 24) + moved + duration, weights


@compiled
def _stay_probabilities(
    pros: Any,
    record: Any,
    tastes: Floats,
    tolerances: Floats,
    noise: Floats,
    noise_weights: Floats,
    quality_sd: float,
    pair_sd: float,
) -> Floats:
    """P(stay | first session completed by the pro) (n_pros,): taste, tolerance and luck averaged over their nodes.

    Luck moves quality by ``quality_sd``, and the decision by ``pair_sd`` on the logit scale: one of them is 0.
    """
    rule = record[0]
    stay = np.zeros(len(pros))
    own = math.sqrt(1.0 - rule["pair_share"])
    for p in range(len(pros)):
        pro = pros[p]
        felt = 0.0
        for tolerance in tolerances:
            felt += rules.exceedance(tolerance, pro["late_share"], rule)
        felt /= len(tolerances)
        for i in range(len(noise)):
            quality = own * pro["skill"] + quality_sd * noise[i]
            on_time = rules.experience_logit(quality, own * pro["warmth"], own * pro["advocacy"], False, False, rule)
            late = rules.experience_logit(quality, own * pro["warmth"], own * pro["advocacy"], True, False, rule)
            on_time += pair_sd * noise[i]
            late += pair_sd * noise[i]
            for taste in tastes:
                stay[p] += (
                    noise_weights[i]
                    / len(tastes)
                    * (
                        (1.0 - felt) * rules.stay_probability(taste, on_time, 0, rule)
                        + felt * rules.stay_probability(taste, late, 0, rule)
                    )
                )
    return stay


class Propensity:
    """P(a new client books again within 183 days | first session completed by a pro), for any pros of a market.

    Averaged over the client population by fixed quadrature, and over how clients and pros get on; the second need is assumed
    filled. Clients who were disappointed before their first session are left aside.
    """

    def __init__(self, market: Market) -> None:
        clients = market.clients
        middle = (np.arange(64) + 0.5) / 64
        if clients.taste_mean < 1:
            shares = special.betaincinv(
                clients.taste_mean * clients.taste_size, (1 - clients.taste_mean) * clients.taste_size, middle
            )
            self.tastes = np.array([logit(float(share)) for share in shares])
        else:
            self.tastes = np.array([math.inf])
        self.tolerances = clients.tolerance_min_minutes - clients.tolerance_mean_minutes * np.log1p(-middle)
        self.noise, weights = np.polynomial.hermite_e.hermegauss(16)
        self.noise_weights = weights / weights.sum()
        self.record = rules.parameters(market, 0, 0)
        self.dropout = clients.dropout_after_first
        noise_sd, pair_share = float(market.sessions.quality_noise_sd), float(market.sessions.pair_share)
        self.luck = noise_sd, 0.0
        if pair_share > 0:
            # the day's luck and the pair's fit are one normal variate
            self.luck = 0.0, math.hypot(market.stay.skill * noise_sd, math.sqrt(pair_share) * rules.pro_sd(market))
        delay, delay_weights = need_to_session_end_days(market)
        in_time = float(gap_within(RETURN_DAYS + delay, market) @ (delay_weights / delay_weights.sum()))
        self.second_need = (1.0 - clients.one_time_share) * in_time

    def stay(self, pros: Table, record: Table, luck: tuple[float, float]) -> Floats:
        """P(stay) after a first session of each pro, (n_pros,), by these rules, with this luck in quality and in the decision."""
        return _stay_probabilities(pros, record, self.tastes, self.tolerances, self.noise, self.noise_weights, *luck)

    def __call__(self, pros: Table) -> Floats:
        """The propensity of each pro, (n_pros,) of ``population.PRO``."""
        stay = self.stay(pros, self.record, self.luck) if self.dropout else np.ones(len(pros))
        return np.round(self.second_need * stay, TRUTH_DECIMALS)


class PropensityAgain(Propensity):
    """The same for pros whose traits change every week: read off a curve, 70 times as fast and within 1e-6 of the quadrature.

    P(stay) is a curve in what the pro adds on the logit scale, with and without a session that is felt late; and how often that
    happens is a straight line in the share of late sessions. Beyond 12 on the logit scale the curve is taken as flat.
    """

    def __init__(self, market: Market) -> None:
        super().__init__(market)
        plain, at = self.record.copy(), np.linspace(-12.0, 12.0, 97)
        skill_luck = float(self.record[0]["stay_skill"]) * self.luck[0]
        plain["stay_warmth"], plain["stay_late"], plain["pair_share"] = 1.0, 0.0, 0.0
        points = np.zeros(len(at), PRO)
        points["warmth"] = at
        self.curve = scipy.interpolate.CubicSpline(at, self.stay(points, plain, (0.0, math.hypot(skill_luck, self.luck[1]))))
        felt = [np.mean([rules.exceedance(t, share, self.record[0]) for t in self.tolerances]) for share in (0.0, 1.0)]
        self.felt_least, self.felt_most = felt

    def __call__(self, pros: Table) -> Floats:
        """The propensity of each pro, (n_pros,)."""
        if not self.dropout:
            return super().__call__(pros)
        rule = self.record[0]
        adds = math.sqrt(1.0 - rule["pair_share"]) * sum(
            rule[f"stay_{name}"] * pros[name] for name in ("skill", "warmth", "advocacy")
        )
        felt = self.felt_least + (self.felt_most - self.felt_least) * pros["late_share"]
        on_time, late = (self.curve(np.clip(adds + shift, -12.0, 12.0)) for shift in (0.0, rule["stay_late"]))
        return np.round(self.second_need * ((1.0 - felt) * on_time + felt * late), TRUTH_DECIMALS)


def return_propensity(market: Market, pros: Table) -> Floats:
    """P(a new client books again within 183 days | first session completed by this pro), (n_pros,); see ``Propensity``.

    It depends on the traits it is given only, not on the policy: effort that a pro makes for the score, leakage and competitors are
    no part of it, so that it stays a measure of quality.

    Parameters
    ----------
    market
        The market, whose clients the average is over.
    pros
        (n_pros,) of ``population.PRO``.
    """
    return Propensity(market)(pros)


def mean_contribution_eur(market: Market) -> float:
    """Expected contribution of a completed booking of a market whose pros are equally visible, in EUR.

    List contribution averaged over the services that clients come for, less the expected refund, with lateness averaged over pros
    by quadrature. It is the basis of the acquisition cost, and does not depend on the policy: how often later needs are for another
    service does, and with it how much the mean of all bookings differs.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(32)
    record = rules.parameters(market, 0, 0)[0]
    centre, sd = logit(float(market.pros.late_share)), market.pros.late_logit_sd
    shares = special.expit(centre + sd * nodes)
    minutes = float(market.economics.refund_from_minutes)
    refunded = float(np.average([rules.exceedance(minutes, float(share), record) for share in shares], weights=weights))
    # the mean of a log-normal relative price, whose median is 1
    relative = math.exp(market.pros.price_log_sd**2 / 2)
    price = relative * sum(service.client_share * service.price_eur for service in market.services)
    economics = market.economics
    return price * (economics.commission_share - refunded * economics.refund_share) - economics.variable_cost_eur


def acquisition_cost_eur(market: Market) -> Floats:
    """Cost of acquiring a client by channel (n_channels,), in EUR: on average over arrivals, K mean contributions."""
    share = np.array([channel.share for channel in market.clients.channels], float)
    relative = np.array([channel.relative_cost for channel in market.clients.channels], float)
    cost = relative / float(share @ relative) * market.economics.payback_bookings * mean_contribution_eur(market)
    return np.round(cost, TRUTH_DECIMALS)

"""The default market's numbers worked out again from the figures they cite (facts in ``docs/model/facts.md``)."""

import math

import numpy as np
import pytest
from scipy import optimize, special

from sim.calibration.risks import first_visits, late_risk, matched, star_risk
from sim.config import Market
from sim.population import draw_pros
from sim.rules import pro_sd
from sim.truth import RETURN_DAYS, gap_within, return_propensity
from tests.markets import market


@pytest.fixture(scope="module")
def default() -> Market:
    return market(preset="personal_care")


@pytest.fixture(scope="module")
def propensities(default: Market) -> np.ndarray:
    """True return propensities of 4,000 pros."""
    pros, _, _ = draw_pros(default.pros.model_copy(update={"n": 4_000}), default, 1, 0)
    return return_propensity(default, pros)


def test_gaps_are_those_of_a_barber_shops_clients(default: Market) -> None:
    # fact C12, C13: k 4.2; F(30), F(60), F(90) of those back within 183 days .41, .78, .91; median gap 31 to 35 days
    assert default.clients.gap_shape == pytest.approx(4.2, rel=0.05)
    within = gap_within(np.array([30.0, 60.0, 90.0, RETURN_DAYS]), default)
    assert within[:3] / within[3] == pytest.approx([0.41, 0.78, 0.91], abs=0.04)
    median = optimize.brentq(lambda days: float(gap_within(np.array(days), default)) - 0.5, 1, 400)
    assert 31 <= median <= 35
    # the mean of 1 / rate over Gamma(shape, scale) is 1 / (scale (shape - 1)) = 50 days
    assert 1 / (default.clients.rate_scale_per_day * (default.clients.rate_shape - 1)) == pytest.approx(50)


def test_new_clients_return_as_often_as_published_and_pros_differ_as_measured(propensities: np.ndarray) -> None:
    # fact A4: 30 %; fact E21: 5 to 7 points between pros, which is rho .013 to .019 of a beta-binomial (here up to .02)
    assert propensities.mean() == pytest.approx(0.30, abs=0.02)
    assert 0.05 <= propensities.std() <= 0.07
    rho = propensities.var() / (propensities.mean() * (1 - propensities.mean()))
    assert 0.013 <= rho <= 0.020
    # fact E21: a raw rate read from 30 clients is 27 to 44 % signal
    assert 0.27 <= 30 * rho / (1 + 29 * rho) <= 0.44


def test_what_pros_add_is_the_spread_of_the_prototype(default: Market) -> None:
    # fact G: .88 on the logit scale, from three traits that correlate by .632 * .632
    assert pro_sd(default) == pytest.approx(0.88, rel=0.03)


def test_lateness_costs_returns_as_measured(default: Market) -> None:
    # fact D16: relative risk .68 [.52, .89]; the effect that gives .68 exactly would be -1.4, the default's -1 comes from fact G
    visits = first_visits(default)
    assert 0.52 < late_risk(visits, default.stay.late) < 0.89
    assert matched("stay.late", 0.52, visits) < default.stay.late < matched("stay.late", 0.89, visits)


def test_stars_tell_as_little_of_return_as_measured(default: Market) -> None:
    # fact D16: one star against five .88 [.78, 1.00]
    assert 0.78 <= star_risk(first_visits(default), 1.0) <= 1.0


def test_stars_spread_as_measured_on_time_and_late(default: Market) -> None:
    # fact D17: on time 6.6 % one star and a mean of 4.29; late 54 % and 2.30. The mean is 5 less the chances of at most 1, 2, 3, 4
    at_most = special.expit(np.array(default.rating.cut_logits))
    assert at_most[0] == pytest.approx(0.066, abs=0.001)
    assert 5 - at_most.sum() == pytest.approx(4.29, abs=0.01)
    late = special.expit(np.array(default.rating.cut_logits) - default.rating.late)
    assert late[0] == pytest.approx(0.54, abs=0.03)
    assert 5 - late.sum() == pytest.approx(2.30, abs=0.1)
    # fact D19: most five stars, and one more often than two
    shares = np.diff([0, *at_most, 1])
    assert shares.argmax() == 4
    assert shares[0] > shares[1]


def test_no_shows_rise_with_lead_time_as_measured(default: Market) -> None:
    # fact D20: 4.7 % on the same day, 33 % at 14 to 30 days; the slope over log(1 + days) averaged over those days
    rise = special.logit(0.33) - special.logit(0.047)
    slope = rise / np.mean(np.log1p(np.arange(14, 31)))
    assert default.sessions.no_show_logit_per_log_day == pytest.approx(slope, abs=0.02)
    # a tenth of the medical level
    assert default.sessions.no_show_share == pytest.approx(0.047 / 10, abs=0.001)


def test_rules_that_are_published_are_taken_as_they_are(default: Market) -> None:
    assert default.requests.lead_min_hours == 2
    assert default.sessions.late_from_minutes == default.clients.tolerance_min_minutes == 5
    assert default.economics.refund_from_minutes == 30
    assert default.economics.payback_bookings == 3
    assert default.refresh_weekday == 2
    assert math.isclose(default.pros.trait_loadings["skill"] ** 2, 0.4, abs_tol=0.001)

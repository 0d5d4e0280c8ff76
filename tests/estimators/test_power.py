"""How long an experiment must be."""

import math

import numpy as np
import pytest

from sim.estimators.means import difference
from sim.estimators.power import (
    clustered_error,
    design_effect,
    error_of_means,
    intracluster_correlation,
    power,
    rate_sds,
    smallest_effect,
    switched_error,
    switched_runs,
    units_needed,
    weeks_needed,
    years_of_clients,
)


@pytest.mark.parametrize(("effect", "clients", "years"), [(0.0065, 157_000, 32), (0.0136, 36_000, 7.4), (0.023, 12_700, 2.6)])
def test_a_rare_effect_takes_years_of_clients(effect, clients, years):
    # 2 (1.96 + .8416)^2 (.3 x .7 + p (1 - p)) / effect^2 with p = .3 + effect; 13.3 new clients a day
    assert units_needed(effect, *rate_sds(0.3, effect)) == pytest.approx(clients, rel=0.005)
    assert years_of_clients(effect, 0.3, 13.3) == pytest.approx(years, rel=0.02)


def test_the_smallest_effect_is_found_with_the_wanted_power():
    # (1.96 + .8416) errors; with 8 degrees of freedom more
    assert smallest_effect(2.0) == pytest.approx(5.603, abs=0.001)
    assert smallest_effect(2.0, 8) > 6.3
    assert power(smallest_effect(2.0, 8), 2.0, 8) == pytest.approx(0.8)
    assert power(0, 1.0) == pytest.approx(0.025)


def test_unequal_shares_cost():
    # 1 / (.2 x .8) = 6.25 instead of 4
    assert units_needed(0.1, 1, 1, 0.2) == pytest.approx(units_needed(0.1, 1, 1) * 6.25 / 4)
    assert units_needed(0, 1, 1) == math.inf
    with pytest.raises(ValueError, match=r"rate = 0.3 and with the effect 1.1"):
        rate_sds(0.3, 0.8)


def test_zones_have_a_floor_and_periods_do_not():
    # 10 zones, correlation .01: the variance falls to 4 x .01 / 10, error .0632, found from (2.306 + .9) errors on
    def zones(weeks):
        return clustered_error(100 * weeks, 10, 1, 1, 0.01)

    def periods(weeks):
        return clustered_error(100 * weeks, weeks, 1, 1, 0.01)

    assert weeks_needed(0.15, zones) == math.inf
    weeks = weeks_needed(0.15, periods)
    assert power(0.15, *periods(weeks)) == pytest.approx(0.8, abs=1e-4)
    # each week is 100 / (1 + .99) units worth: 4 x 7.85 / .0225 x 1.99 / 100 weeks, and a bit for 28 degrees of freedom
    assert 27.7 < weeks < 30
    with pytest.raises(ValueError, match="clusters = 2, must be > 2"):
        clustered_error(100, 2, 1, 1, 0.01)


def test_unequal_sizes_and_carry_over_cost():
    # 1 + ((1 + .25) 40 - 1) .1
    assert design_effect(0.1, 40, 0.5) == pytest.approx(5.9)
    # every period counts without carry-over; a quarter of 103 ends a run of two on either side with it, and some power more is lost
    assert switched_error(50, 104, 0, 1, 1, 0.02) == pytest.approx(clustered_error(5200, 104, 1, 1, 0.02))
    error, df = switched_error(50, 104, 1, 1, 1, 0.02)
    assert error > clustered_error(2575, 51.5, 1, 1, 0.02)[0]
    assert df < 49.5
    # of 26 periods 25 can end a run of two: half are equal; with a fifth treated, 1 and 16
    assert switched_runs(26, 1, 0.2) == pytest.approx((1, 16))
    assert sum(switched_runs(26, 1)) == pytest.approx(12.5)


def test_the_formula_is_what_simulated_experiments_find():
    generator = np.random.default_rng(1)
    zone = np.repeat(np.arange(12), 30)
    # correlation .04 / 1.04 between zones; error by the formula .143
    error, df = clustered_error(360, 12, 1.04**0.5, 1.04**0.5, 0.04 / 1.04)
    found = []
    for _ in range(250):
        treated = (generator.permutation(12) < 6)[zone]
        values = 0.5 * treated + generator.normal(0, 0.2, 12)[zone] + generator.normal(size=360)
        found.append(difference(values, treated, zone).low > 0)
    # standard error of the share .025
    assert np.mean(found) == pytest.approx(power(0.5, error, df), abs=0.07)
    assert error == pytest.approx(error_of_means(360, 1.04**0.5, 1.04**0.5) * (1 + 29 * 0.04 / 1.04) ** 0.5)


def test_the_share_of_variance_between_clusters_is_that_of_an_analysis_of_variance() -> None:
    # means 1 and 3 around 2: between 2 x (1 + 1) / 1 = 4, within (1 + 1 + 1 + 1) / 2 = 2, so (4 - 2) / (4 + 2) with two a cluster
    assert intracluster_correlation(np.array([0.0, 2.0, 2.0, 4.0]), np.array([7, 7, 9, 9])) == pytest.approx(1 / 3)
    # clusters alike: less than by chance, (0 - 2) / (0 + 2)
    assert intracluster_correlation(np.array([0.0, 2.0, 0.0, 2.0]), np.array([7, 7, 9, 9])) == pytest.approx(-1.0)

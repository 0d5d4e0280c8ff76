"""How sure an off-policy estimate is."""

import math

import numpy as np
import pytest

from sim.offpolicy.intervals import cluster_bootstrap, empirical_bernstein
from sim.offpolicy.overlap import largest_possible_weight
from sim.offpolicy.terms import Terms
from sim.offpolicy.weighting import inverse_propensity, self_normalised
from sim.statistics.intervals import mean_interval
from tests.offpolicy.bandit import HAND_CHOICES, TRUTH, drawn


def test_the_bernstein_interval_is_that_worked_by_hand():
    # terms 1.6, 0, 4 in 0..4: variance (18.56 - 5.6^2 / 3) / 2 = 4.05333; L = ln 80
    reach = math.sqrt(2 * (18.56 - 5.6**2 / 3) / 2 * math.log(80) / 3) + 7 * 4 * math.log(80) / (3 * 2)
    found = empirical_bernstein(inverse_propensity(HAND_CHOICES), 0.0, 4.0)
    assert (found.low, found.high) == pytest.approx((5.6 / 3 - reach, 5.6 / 3 + reach), abs=1e-9)


def test_the_bernstein_interval_holds_where_a_t_interval_does_not():
    # of 100 terms, each 1 in 100 is 1: .99^100 = 37 % of samples hold none, and a t interval from them is the point 0
    samples = [Terms((np.random.default_rng(seed).random(100) < 0.01).astype(float)) for seed in range(200)]
    assert sum(mean_interval(terms.values).excludes(0.01) for terms in samples) > 50
    assert not any(empirical_bernstein(terms, 0.0, 1.0).excludes(0.01) for terms in samples)


def test_the_bernstein_interval_shrinks_to_a_t_interval_times_a_constant():
    log = drawn(200_000, 1)
    terms = inverse_propensity(log.choices)
    found = empirical_bernstein(terms, 0.0, largest_possible_weight(log.candidates))
    # (2 ln 80)^.5 = 2.96 standard errors, against 1.96
    assert found.half_width / mean_interval(terms.values).half_width == pytest.approx(2.96 / 1.96, rel=0.05)
    assert not found.excludes(TRUTH)


def test_terms_beyond_their_range_are_refused():
    with pytest.raises(ValueError, match=r"terms = 0..4, must be within 0..1, the range that they can have"):
        empirical_bernstein(inverse_propensity(HAND_CHOICES), 0.0, 1.0)
    with pytest.raises(ValueError, match="terms are self-normalised, must be plain"):
        empirical_bernstein(self_normalised(HAND_CHOICES), 0.0, 4.0)


def test_one_decision_has_no_interval():
    assert math.isnan(empirical_bernstein(Terms(np.ones(1)), 0.0, 1.0).low)


def test_clusters_that_differ_make_the_interval_longer_than_decisions_do():
    generator = np.random.default_rng(5)
    clusters = np.repeat(np.arange(40), 25)
    terms = Terms(generator.normal(size=40)[clusters] + generator.normal(size=1_000))
    single, whole = mean_interval(terms.values), cluster_bootstrap(terms, clusters, seed=1)
    # variance of a mean of 25: 1 + 1/25, where single decisions see (1 + 1) / 25
    assert whole.half_width / single.half_width == pytest.approx((1.04 / 0.08) ** 0.5, rel=0.25)
    assert whole.n == 40
    assert {type(each) for each in (whole.low, whole.high)} == {float}


def test_the_interval_from_clusters_covers():
    covered = {"plain": 0, "ratio": 0}
    for seed in range(200):
        generator = np.random.default_rng(seed)
        clusters = np.repeat(np.arange(30), generator.integers(5, 15, 30))
        level = generator.gamma(1.0, size=30)  # skewed, with mean 1
        weight = generator.exponential(size=len(clusters))
        values = weight * (level[clusters] + generator.normal(size=len(clusters)))
        covered["plain"] += not cluster_bootstrap(Terms(values), clusters, seed).excludes(1.0)
        covered["ratio"] += not cluster_bootstrap(Terms(values, weight), clusters, seed).excludes(1.0)
    # standard error of a share of 200: 1.5 points
    assert all(0.91 <= count / 200 <= 0.985 for count in covered.values()), covered


def test_the_same_seed_gives_the_same_interval():
    log = drawn(200, 1)
    terms, clusters = self_normalised(log.choices), np.arange(200) % 20
    assert cluster_bootstrap(terms, clusters, 3) == cluster_bootstrap(terms, clusters, 3)
    assert cluster_bootstrap(terms, clusters, 3) != cluster_bootstrap(terms, clusters, 4)


def test_names_of_clusters_do_not_matter():
    log = drawn(200, 1)
    terms, clusters = inverse_propensity(log.choices), np.arange(200) % 20
    assert cluster_bootstrap(terms, clusters + 100, 3) == cluster_bootstrap(terms, clusters, 3)


def test_few_clusters_have_no_interval_and_equal_ones_a_point():
    few = cluster_bootstrap(Terms(np.arange(90.0)), np.arange(90) % 9, 1)
    assert (few.estimate, few.n) == (44.5, 9)
    assert math.isnan(few.low)
    alike = cluster_bootstrap(Terms(np.full(20, 0.3)), np.arange(20), 1)
    assert alike.low == alike.high == pytest.approx(0.3)
    with pytest.raises(ValueError, match="clusters has 3 rows, must be one a decision, 20"):
        cluster_bootstrap(Terms(np.ones(20)), np.arange(3), 1)

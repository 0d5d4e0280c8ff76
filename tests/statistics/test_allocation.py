import math

import numpy as np
import pytest
from scipy import optimize, stats

from sim.statistics.allocation import OCBA, shares


def test_shares_follow_the_theorem():
    means, variances = np.array([1.0, 2.0, 2.5, 4.0]), np.array([1.0, 4.0, 0.25, 2.0])
    # signal to noise: 1 / 9, 4 / 4, .25 / 2.25 = 1 / 9; the best: sqrt(2 (1/81 / 1 + 1 / 4 + 1/81 / .25))
    best = math.sqrt(2 * (1 / 81 + 1 / 4 + 4 / 81))
    expected = np.array([1 / 9, 1.0, 1 / 9, best])
    assert shares(means, variances) == pytest.approx(expected / expected.sum())


def test_shares_nearly_maximise_the_bound_on_the_probability_of_a_correct_selection():
    means, variances = np.array([0.0, 0.5, 1.5]), np.array([1.0, 1.0, 1.0])
    total = 200

    def wrong(logits):
        n = total * np.exp(logits) / np.exp(logits).sum()
        lead = means[2] - means[:2]
        return math.log(stats.norm.sf(lead / np.sqrt(variances[:2] / n[:2] + variances[2] / n[2])).sum())

    best = optimize.minimize(wrong, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 5000})
    optimum = np.exp(best.x) / np.exp(best.x).sum()
    # the theorem is asymptotic, and takes the best's share to be large: nearer to the optimum than even shares, in every system
    found = shares(means, variances)
    assert wrong(np.log(found)) < wrong(np.zeros(3)) - 1
    assert np.abs(found - optimum).max() < 0.1


def test_rivals_that_tie_with_the_best_get_everything_with_it():
    assert shares(np.array([1.0, 1.0, 0.0]), np.array([2.0, 2.0, 2.0])) == pytest.approx([0.5, 0.5, 0.0])


def test_a_system_that_never_varies_needs_no_more_and_none_that_vary_share_evenly():
    assert shares(np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.0, 1.0])) == pytest.approx([0.5, 0.0, 0.5])
    assert shares(np.array([0.0, 1.0, 2.0]), np.zeros(3)) == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("budget", [40, 41, 47, 153, 400])
def test_exactly_the_budget_is_spent_and_nothing_is_taken_back(budget):
    random = np.random.default_rng(budget)
    rule = OCBA(4, 10, budget)
    values = [[], [], [], []]
    before = (0, 0, 0, 0)
    while not rule.done():
        wanted = rule.wanted()
        assert all(new >= old for new, old in zip(wanted, before, strict=True))
        for column, n in zip(values, wanted, strict=True):
            column += list(random.normal(size=n - len(column)))
        rule.add(values)
        before = wanted
    assert sum(map(len, values)) == budget

"""What decisions add to an estimate."""

import numpy as np
import pytest

from sim.offpolicy.terms import Terms


def test_plain_terms_have_their_mean():
    terms = Terms(np.array([1.0, 2.0, 6.0]))
    assert terms.estimate == 3.0
    assert terms.linear is terms.values


def test_a_ratio_is_linear_to_first_order():
    generator = np.random.default_rng(1)
    terms = Terms(generator.random(50), generator.random(50) + 0.5)
    assert terms.linear.mean() == pytest.approx(terms.estimate, abs=1e-12)
    # what a little more of one decision does to the ratio is what its linear value says: d estimate = (linear - estimate) d / n
    step, first = 1e-6, np.zeros(50)
    first[0] = step
    moved = Terms(terms.values * (1 + first), terms.weight * (1 + first)).estimate - terms.estimate
    assert moved == pytest.approx((terms.linear[0] - terms.estimate) * step / 50, rel=1e-4)

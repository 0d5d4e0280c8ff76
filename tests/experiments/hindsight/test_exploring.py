"""What exploring would give, by hand."""

import numpy as np
import pytest

from experiments.hindsight.exploring import by_softmax, explorations, shares
from tests.markets import arms


def test_one_choice_among_two_by_hand() -> None:
    counts = np.array([2])
    present, target, expected = np.array([0.5, 0.5]), np.array([0.0, 1.0]), np.array([0.2, 0.4])
    chances = {1.0: np.array([0.25, 0.75]), 2.0: np.array([0.75, 0.25])}
    found = explorations(counts, present, target, expected, lambda t: chances[t], [1.0, 2.0], 10.0, 30.0)
    # 1 / .75 decisions for one; 1 / .25
    assert [one.decisions for one in found] == [pytest.approx(40), pytest.approx(120)]
    assert [one.weeks for one in found] == [pytest.approx(4), pytest.approx(12)]
    # (.5 - .25) * .2 + (.5 - .75) * .4: better than the present, and the other way round
    assert [one.less_per_decision for one in found] == [pytest.approx(-0.05), pytest.approx(0.05)]


def test_a_strict_order_shares_what_is_equal() -> None:
    np.testing.assert_allclose(shares(np.array([2.0, 2.0, 1.0]), np.array([3]), is_strict=True), [0.5, 0.5, 0])


def test_where_nobody_has_weight_all_are_alike() -> None:
    np.testing.assert_allclose(shares(np.zeros(2), np.array([2])), [0.5, 0.5])


def test_the_score_stays_and_the_allocator_is_softmax() -> None:
    arm = arms("wecasa_2025")["wecasa_2025"]
    found = by_softmax(arm, 0.3)
    assert found.score is arm.score
    assert found.allocator.temperature == 0.3

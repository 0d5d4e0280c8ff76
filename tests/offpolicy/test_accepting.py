"""Who accepts a request, of many at once."""

import numpy as np
import pytest

from sim.offpolicy.accepting import acceptance, first_acceptors, first_in_order, strict
from sim.offpolicy.cascade import acceptors


@pytest.mark.parametrize("offers", [1, 2, 5, 50])
def test_many_requests_at_once_give_what_each_alone_gives(offers: int) -> None:
    generator = np.random.default_rng(1)
    counts = np.array([3, 1, 6, 3, 9])
    weights = generator.gamma(0.5, 1.0, counts.sum())
    weights[0] = 0.0
    chances = generator.uniform(0, 1, counts.sum())
    chances[4:6] = 0.0, 1.0
    found = first_acceptors(weights, chances, counts, offers)
    for part in np.split(np.arange(counts.sum()), np.cumsum(counts)[:-1]):
        alone = acceptors(weights[part], chances[part], offers)[:-1]
        np.testing.assert_allclose(found[part], alone, atol=2e-8)


def test_the_best_is_asked_first_under_a_strict_order() -> None:
    # .8; refused .2, then .5 of it; the third is asked only after both, but two offers are all
    found = first_acceptors(strict(np.array([9.0, 4.0, 1.0]), np.array([3])), np.array([0.8, 0.5, 1.0]), np.array([3]), 2)
    np.testing.assert_allclose(found, [0.8, 0.1, 0.0], atol=1e-5)


def test_an_order_with_equals_is_the_limit_of_drawing_by_ever_steeper_weights() -> None:
    generator = np.random.default_rng(2)
    counts = np.array([3, 1, 5, 4])
    weights = generator.permutation(13.0 + np.arange(13))
    weights[[0, 2]] = 5.0
    weights[5] = 0.0
    chances = generator.uniform(0.2, 0.9, 13)
    limit = first_acceptors(strict(weights, counts), chances, counts, 3)
    np.testing.assert_allclose(first_in_order(weights, chances, counts, 3), limit, atol=2e-5)


def test_equal_weights_share_a_place_and_nobody_of_weight_0_has_one() -> None:
    found = strict(np.array([1.0, 1.0, 2.0, 0.0, 2.0]), np.array([2, 3]))
    np.testing.assert_allclose(found, [1.0, 1.0, 1.0, 0.0, 1.0])


def test_without_any_weight_nobody_accepts() -> None:
    assert first_acceptors(np.zeros(2), np.ones(2), np.array([2]), 3).tolist() == [0.0, 0.0]


def test_a_pro_who_was_never_asked_accepts_like_all() -> None:
    found = acceptance(np.array([0, 0, 0, 0]), np.array([True, True, True, False]), 2)
    np.testing.assert_allclose(found, [(3 + 7.5) / 14, 0.75])


@pytest.mark.parametrize(
    ("weights", "chances", "offers", "message"),
    [
        ([-1.0, 1.0], [0.5, 0.5], 2, "weight of decision 0 = -1, must be >= 0"),
        ([1.0, 1.0], [0.5, 1.5], 2, r"chance to accept of decision 0 = 1.5, must be within \[0, 1\]"),
        ([1.0, 1.0], [0.5, 0.5], 0, "offers = 0, must be >= 1"),
    ],
)
def test_numbers_outside_of_their_range_are_refused(weights: list[float], chances: list[float], offers: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        first_acceptors(np.array(weights), np.array(chances), np.array([2]), offers)


def test_a_log_without_offers_is_refused() -> None:
    with pytest.raises(ValueError, match="offers = 0, must be >= 1"):
        acceptance(np.zeros(0, np.int64), np.zeros(0, bool), 3)

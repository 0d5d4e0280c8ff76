"""Offers in an order drawn from weights are Plackett-Luce, through the whole engine.

References: Plackett (1975), The analysis of permutations; Luce (1959), Individual choice behavior.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.views import ProView
from tests.markets import arm, market

WEIGHTS = (1.0, 2.0, 3.0)
# P(first) is the weight over the sum. P(second) of the first pro: after the second, (2/6)(1/4) = 1/12, or after the third,
# (3/6)(1/3) = 1/6, so .25; likewise (1/6)(2/5) + (3/6)(2/3) = .4 and (1/6)(3/5) + (2/6)(3/4) = .35.
P_FIRST = np.array([1, 2, 3]) / 6
P_SECOND = np.array([0.25, 0.4, 0.35])
P_FIRST_TWO = P_FIRST + P_SECOND
EXPOSURE = P_FIRST + P_SECOND / np.log2(3) + (1 - P_FIRST_TWO) / 2
"""Expected 1 / log2(1 + rank)."""


@dataclass(frozen=True)
class Fixed:
    """Always the same weights."""

    values: tuple[float, ...]

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        return np.array(self.values)


@pytest.fixture(scope="module")
def orders() -> NDArray[np.int64]:
    """Pros in the order of their offers, (n_requests, 3).

    Nobody ever accepts, so all three are free for every request and get their offers at the same instant.
    """
    world = market(
        "horizon_days=400",
        "clients.arrivals_per_day=100",
        "clients.one_time_share=1",
        "pros.n=3",
        "pros.acceptance_share=1e-12",
        "requests.max_offers=3",
        "log_offers=true",
    )
    log = simulate(world, Arm("fixed", arm("uniform").score, Fixed(WEIGHTS)), seed=26)
    assert (log.bookings["offers"] == 3).all()
    assert (np.bincount(log.offers["booking"]) == 3).all()
    return log.offers["pro"].reshape(-1, 3)


def test_the_expected_values_are_those_published_for_weights_1_2_3() -> None:
    np.testing.assert_allclose(P_FIRST_TWO, [0.41667, 0.73333, 0.85], atol=5e-6)
    np.testing.assert_allclose(EXPOSURE, [0.61607, 0.71904, 0.79583], atol=5e-6)


@pytest.mark.parametrize("pro", [0, 1, 2])
def test_each_pro_is_first_and_among_the_first_two_as_often_as_plackett_luce_says(orders: NDArray[np.int64], pro: int) -> None:
    # about 40,000 requests: a bias of .56 to .75 points would be found
    for places, expected in ((1, P_FIRST[pro]), (2, P_FIRST_TWO[pro])):
        share = (orders[:, :places] == pro).any(axis=1).mean()
        assert abs(share - expected) < 3 * np.sqrt(expected * (1 - expected) / len(orders))


@pytest.mark.parametrize("pro", [0, 1, 2])
def test_each_pro_has_the_expected_exposure(orders: NDArray[np.int64], pro: int) -> None:
    rank = 1 + np.argmax(orders == pro, axis=1)
    exposure = 1 / np.log2(1 + rank)
    # standard deviation at most .21: a bias of .3 points would be found
    assert abs(exposure.mean() - EXPOSURE[pro]) < 3 * exposure.std(ddof=1) / np.sqrt(len(orders))


def test_all_six_orders_are_as_frequent_as_plackett_luce_says(orders: NDArray[np.int64]) -> None:
    chi_square = 0.0
    for order in permutations(range(3)):
        a, b, c = (WEIGHTS[pro] for pro in order)
        expected = len(orders) * a / (a + b + c) * b / (b + c)
        chi_square += ((orders == order).all(axis=1).sum() - expected) ** 2 / expected
    # chi-square with 5 degrees of freedom: mean 5, standard deviation sqrt(10)
    assert abs(chi_square - 5) < 3 * np.sqrt(10)


def test_the_logged_propensity_is_the_probability_of_the_choice_among_those_who_are_free() -> None:
    world = market("horizon_days=1000", "clients.arrivals_per_day=3", "clients.one_time_share=1", "pros.n=3")
    bookings = simulate(world, Arm("fixed", arm("uniform").score, Fixed(WEIGHTS)), seed=26).bookings
    # everybody accepts at once; the weights sum to 6 when all are free, and to 4, 3 or 1 for pro 0 when somebody is busy
    sums = {0: (6, 4, 3, 1), 1: (6, 5, 3, 2), 2: (6, 5, 4, 3)}
    for pro, possible in sums.items():
        propensity = bookings["propensity"][bookings["pro"] == pro]
        distance = np.abs(propensity[:, None] - WEIGHTS[pro] / np.array(possible))
        assert distance.min(axis=1).max() < 1e-12
        assert 0.5 < (distance.argmin(axis=1) == 0).mean() < 1

"""Propensities from races."""

import numpy as np

from sim.offpolicy.decisions import NOBODY
from sim.offpolicy.raced import Races

# Request 0: pros 5 and 6, 5 asked and accepts, cancels; then 6 alone, who accepts. Request 1: nobody there. Request 2: 5, 7 and 6,
# of whom 5 and 7 refuse, and two offers are all.
RACES = Races(
    request=np.array([0, 0, 0, 2, 2, 2]),
    attempt=np.array([0, 0, 1, 0, 0, 0]),
    pro=np.array([5, 6, 6, 5, 7, 6]),
    asked=np.array([True, False, True, True, True, False]),
    accepted=np.array([True, False, True, False, False, False]),
    n=3,
)
WEIGHTS = np.array([1.0, 3.0, 2.0, 1.0, 1.0, 2.0])


def test_candidates_are_those_of_the_first_race_and_nobody() -> None:
    assert RACES.counts.tolist() == [3, 1, 4]
    assert RACES.pros.tolist() == [5, 6, NOBODY, NOBODY, 5, 7, 6, NOBODY]
    assert RACES.chosen.tolist() == [0, 0, 3]


def test_propensities_of_acceptors_are_worked_out_by_hand() -> None:
    chances = np.zeros(8)
    chances[[5, 6, 7]] = 1.0, 0.5, 0.0
    found = RACES.acceptors(WEIGHTS, chances, 2)
    # 1/4 + 3/4 * 1/2; 3/4 * 1/2; nobody never, but for what rounding leaves
    np.testing.assert_allclose(found[:4], [0.625, 0.375, 0, 1], atol=1e-6)
    # request 2: pro 5 first 1/4, second after 7 (1/4 * 1/3) and after 6 refused (1/2 * 1/2 * 1/2); 6 first 1/2 * 1/2, after 7
    # 1/4 * 2/3 * 1/2; 5 never refuses
    five, six = 1 / 4 + 1 / 12 + 1 / 8, 1 / 4 + 1 / 12
    np.testing.assert_allclose(found[4:], [five, 0, six, 1 - five - six], atol=1e-6)


def test_offers_are_drawn_among_those_not_yet_asked() -> None:
    assert RACES.offer_counts.tolist() == [2, 1, 2]
    # 1 of 1 + 3; alone; no offer at all; 1 of 4; 1 of 1 + 2
    np.testing.assert_allclose(RACES.offered(WEIGHTS), [1 / 4, 1, 1, 1 / 4, 1 / 3])


def test_a_strict_order_leaves_next_to_nothing_to_chance() -> None:
    np.testing.assert_allclose(RACES.offered(WEIGHTS, is_strict=True), [0, 1, 1, 0, 0], atol=1e-5)
    chances = np.full(8, 0.5)
    np.testing.assert_allclose(RACES.acceptors(WEIGHTS, chances, 1, is_strict=True)[:3], [0, 0.5, 0.5], atol=1e-5)


def test_a_policy_that_would_ask_nobody_gives_every_offer_no_chance() -> None:
    weights = WEIGHTS * (RACES.request != 2)
    np.testing.assert_allclose(RACES.offered(weights)[3:], [0, 0])
    np.testing.assert_allclose(RACES.acceptors(weights, np.ones(8), 2)[4:], [0, 0, 0, 1])


def test_chances_to_accept_are_counted_over_all_offers() -> None:
    # 5: one of two, 6: one of one, 7: none of one; half of all, which counts ten offers
    np.testing.assert_allclose(RACES.chances(8)[[5, 6, 7]], [(1 + 5) / 12, (1 + 5) / 11, 5 / 11])

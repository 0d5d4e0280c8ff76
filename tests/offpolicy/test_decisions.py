"""New clients of a log, some of them chosen."""

import numpy as np

from sim.offpolicy.decisions import NOBODY, Decisions, Offers, pooled

THREE = Decisions(
    outcome=np.array([1.0, 0.0, 1.0]),
    followed=np.array([1.0, 0.0, 1.0]),
    features=np.array([[0], [1], [2]]),
    counts=np.array([2, 1, 3]),
    chosen=np.array([0, 0, 2]),
    pros=np.array([7, 8, NOBODY, 8, 9, NOBODY]),
    logged=np.array([0.5, 0.5, 1.0, 0.25, 0.5, 0.25]),
    offers=Offers(np.array([1, 1, 2]), np.array([0.5, 1.0, 0.25, 0.5])),
)


def test_a_subset_keeps_the_candidates_and_offers_of_its_own_decisions() -> None:
    found = THREE.rows(np.array([True, False, True]))
    assert found.pros.tolist() == [7, 8, 8, 9, NOBODY]
    assert found.pro.tolist() == [7, NOBODY]
    assert found.offers is not None
    assert found.offers.logged.tolist() == [0.5, 0.25, 0.5]


def test_clients_whom_nobody_served_share_no_pro() -> None:
    assert THREE.clusters.tolist() == [7, 11, 12]


def test_sequences_multiply_offers_and_keep_what_is_followed() -> None:
    offered = THREE.offered(np.array([1.0, 1.0, 0.5, 0.5]))
    assert offered is not None
    assert offered.ratio.tolist() == [2.0, 1.0, 2.0]
    assert offered.known.tolist() == [True, False, True]


def test_a_log_is_strict_when_nothing_was_left_to_chance() -> None:
    assert not THREE.is_strict
    assert THREE.rows(np.array([False, True, False])).is_strict


def test_pros_of_two_platforms_are_others() -> None:
    both = pooled([THREE, THREE], [10, 10])
    assert both.pro.tolist() == [7, NOBODY, NOBODY, 17, NOBODY, NOBODY]
    assert both.clusters.tolist()[0] != both.clusters.tolist()[3]
    assert both.offers is not None
    assert both.offers.counts.tolist() == [1, 1, 2, 1, 1, 2]

from dataclasses import replace

import numpy as np
import pytest

from sim.config import ConfigError
from sim.designs.base import CLOSED, NOT_ASKED, OUTSIDE, Groups, Split, Units, chosen, everybody, merges_orders
from sim.designs.client import Client
from sim.designs.counterfactual import Counterfactual

UNITS = Units(seed=7, replication=0, n_clients=4, n_pros=3, n_zones=2, days=20.0)

SPLIT = Split(
    Groups(
        places=np.array([0.1, 0.4, 0.6, 0.9]),
        shares=np.array([[0.0, 0.5, 1.0], [0.5, 0.5, 0.5]]),
        pros=np.array([True, False, True]),
        period_days=7.0,
    ),
    start_days=100.0,
    days=20.0,
)
"""Two zones, three periods from day 100 on, the last one of 6 days."""


def test_a_request_is_treated_if_its_client_stands_before_the_share_of_its_zone_and_period() -> None:
    client, zone = np.array([0, 1, 2, 3, 0, 2]), np.array([0, 0, 0, 0, 1, 1])
    in_second_week = np.full(6, 110.0)
    # zone 0 has the share .5 then: clients at .1 and .4; zone 1, too: the one at .1, not the one at .6
    assert SPLIT.of_requests(client, zone, in_second_week).tolist() == [1, 1, 0, 0, 1, 0]
    # in the first week nobody of zone 0, in the last everybody
    assert SPLIT.of_requests(client, zone, np.full(6, 103.0)).tolist() == [0, 0, 0, 0, 1, 0]
    assert SPLIT.of_requests(client, zone, np.full(6, 119.0)).tolist() == [1, 1, 1, 1, 1, 0]


def test_who_or_where_has_no_part_in_it_is_outside() -> None:
    groups = SPLIT.groups._replace(places=np.array([0.1, NOT_ASKED, 0.6, 0.9]), shares=np.array([[0.5] * 3, [CLOSED] * 3]))
    found = replace(SPLIT, groups=groups)
    assert found.of_requests(np.arange(4), np.zeros(4, int), np.full(4, 101.0)).tolist() == [1, OUTSIDE, 0, 0]
    assert found.of_requests(np.arange(4), np.ones(4, int), np.full(4, 101.0)).tolist() == [OUTSIDE] * 4
    alike = groups._replace(places=np.array([0.0, NOT_ASKED, 0.0, 0.0]))
    assert not replace(SPLIT, groups=alike).randomises_clients


def test_an_experiment_begins_with_its_first_second_and_is_over_at_its_end() -> None:
    second = 1 / 86_400
    days = np.array([100 - second, 100, 107 - second, 107, 120 - second, 120])
    assert SPLIT.periods(days).tolist() == [OUTSIDE, 0, 0, 1, 2, OUTSIDE]
    group = SPLIT.of_requests(np.zeros(6, int), np.ones(6, int), days)
    assert group.tolist() == [OUTSIDE, 1, 1, 1, 1, OUTSIDE]


def test_every_second_of_a_log_is_read_back_as_itself() -> None:
    seconds = np.arange(100 * 86_400, 100 * 86_400 + 14 * 86_400, 11)
    assert SPLIT.periods(seconds / 86_400).tolist() == ((seconds - 100 * 86_400) // (7 * 86_400)).tolist()


def test_clients_count_as_treated_if_they_are_at_some_time_and_sides_that_differ_are_known() -> None:
    half = Split(SPLIT.groups._replace(shares=np.full((2, 1), 0.5)), 0.0, 20.0)
    assert half.of_clients().tolist() == [1, 1, 0, 0]
    assert SPLIT.of_clients().tolist() == [1, 1, 1, 1]
    assert SPLIT.of_pros().tolist() == [1, 0, 1]
    assert SPLIT.randomises_clients
    assert SPLIT.randomises_pros
    nothing = Split(everybody(UNITS), 0.0, 20.0)
    assert not nothing.randomises_clients
    assert not nothing.randomises_pros
    assert nothing.of_requests(np.arange(4), np.array([0, 1, 0, 1]), np.full(4, 3.0)).tolist() == [1, 1, 1, 1]


def test_the_first_clients_are_in_the_same_group_whoever_comes_after_them() -> None:
    few, many = (Client(0.5).groups(replace(UNITS, n_clients=n)).places for n in (50, 5_000))
    assert few.tolist() == many[:50].tolist()


def test_another_seed_or_replication_is_another_split() -> None:
    places = [
        Client(0.5).groups(replace(UNITS, seed=s, replication=r)).places.tolist() for s, r in ((7, 0), (7, 1), (8, 0), (7, 0))
    ]
    assert places[0] == places[3]
    assert len({tuple(found) for found in places}) == 3


@pytest.mark.parametrize(("share", "n", "treated"), [(0.5, 10, 5), (0.25, 10, 2), (0.01, 10, 1), (0.99, 10, 9), (0.5, 2, 1)])
def test_a_balanced_choice_has_the_share_to_the_nearest_unit_and_somebody_on_each_side(share: float, n: int, treated: int) -> None:
    uniforms = np.linspace(0.9, 0.1, n)
    which = chosen(uniforms, share, "zones")
    assert which.sum() == treated
    # the lowest numbers, which are the last here
    assert which[n - treated :].all()


def test_one_unit_cannot_be_split() -> None:
    with pytest.raises(ConfigError, match=r"^zones = 1, must be >= 2 for this design"):
        chosen(np.array([0.3]), 0.5, "zones")


def test_only_some_designs_merge_orders() -> None:
    assert merges_orders(Counterfactual(0.5))
    assert not merges_orders(Client(0.5))

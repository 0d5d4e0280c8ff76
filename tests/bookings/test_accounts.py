from dataclasses import replace

import numpy as np
import pytest

from sim.bookings.accounts import shared_accounts
from sim.bookings.visits import Visits
from tests.calibration.worlds import cdnow

LENGTH = 365


def world(days_by_client: list[np.ndarray]) -> Visits:
    days = [np.unique(days) for days in days_by_client]
    client = np.repeat(np.arange(len(days)), [len(own) for own in days])
    zeros = np.zeros(len(client), np.int64)
    old = np.zeros(len(days), np.bool_)
    return Visits(client, np.concatenate(days), zeros, old, {}, {}, {}, zeros.astype(float), has_status=False)


def clients(n: int, rate_shape: float, per_year: float, seed: int) -> list[np.ndarray]:
    """Days of the visits of clients with Gamma-distributed rates, there all year."""
    luck = np.random.default_rng(seed)
    return [luck.integers(0, LENGTH, 1 + luck.poisson(rate)) for rate in luck.gamma(rate_shape, per_year / rate_shape, n)]


@pytest.mark.parametrize(("rate_shape", "per_year"), [(1.0, 5.0), (2.5, 12.0), (200.0, 52.0)])
def test_a_till_is_told_from_clients_whatever_their_rhythm(rate_shape: float, per_year: float) -> None:
    people = clients(400, rate_shape, per_year, 1)
    assert shared_accounts(world(people)).tolist() == []
    # a row every day, and 290 in the year
    tills = [np.arange(LENGTH), np.random.default_rng(2).choice(LENGTH, 290, replace=False)]
    assert shared_accounts(world([*people[:7], tills[0], *people[7:], tills[1]])).tolist() == [7, 401]


def test_hardly_any_file_without_a_till_holds_one() -> None:
    # 1 % of files by the rule, and fewer where rates are Gamma-distributed
    found = [len(shared_accounts(world(clients(150, 1.0 + seed % 3, 10.0, seed)))) for seed in range(100)]
    assert sum(found) <= 2


def test_a_client_who_comes_three_times_as_often_as_all_the_others_is_a_client() -> None:
    weekly = [np.arange(i % 7, LENGTH, 7) for i in range(60)]
    assert shared_accounts(world([*weekly, np.arange(0, LENGTH, 2)])).tolist() == []
    # 4 standard deviations of .4 for one in 6,100: five times as often is too much
    assert shared_accounts(world([*weekly, np.arange(LENGTH)])).tolist() == [60]


def test_a_real_file_of_clients_holds_none_until_a_till_is_added() -> None:
    visits = cdnow()
    assert len(shared_accounts(visits)) == 0
    days = int(visits.day.max()) - np.arange(290)[::-1]
    more = replace(
        visits,
        client=np.r_[visits.client, np.full(290, visits.n_clients)],
        day=np.r_[visits.day, days],
        left_censored=np.r_[visits.left_censored, False],
    )
    assert shared_accounts(more).tolist() == [visits.n_clients]


def test_few_clients_tell_no_account_from_another() -> None:
    assert len(shared_accounts(world([np.arange(LENGTH), *[np.arange(0, LENGTH, 30)] * 18]))) == 0
    assert len(shared_accounts(world([np.arange(LENGTH), *[np.arange(0, LENGTH, 30)] * 19]))) == 1

"""Ten pros, half-hour sessions and Poisson requests for each half hour: a loss system on the slot grid.

Clients want the next half hour, so those who arrive within one half hour compete for the same slot, and earlier ones do not matter.
With N requests for a slot and 10 pros, max(N - 10, 0) stay unfilled. N is exactly Poisson(8): arrivals are Poisson in continuous
time, cut to whole ticks, and the 1800 ticks that lead to one slot are half an hour.
"""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim import rules
from tests.engine.units import slots
from tests.markets import arm, market, run

PROS, LOAD, DAYS = 10, 8.0, 250


@pytest.fixture(scope="module")
def by_slot() -> NDArray[np.int64]:
    """Requests and unfilled requests of each half hour, (2, n_slots)."""
    world = market(
        f"horizon_days={DAYS}",
        f"pros.n={PROS}",
        "services.0.duration_minutes=30",
        f"clients.arrivals_per_day={48 * LOAD}",
        "clients.one_time_share=1",
        "requests.lead_min_hours=0",
        "requests.lead_mean_hours=0",
    )
    bookings = run(world, arm("uniform"), seed=27).bookings
    slot = slots(bookings["start_days"])
    unfilled = bookings["outcome"] == rules.UNFILLED
    counts = np.array([np.bincount(slot[rows], minlength=48 * DAYS + 1) for rows in (slice(None), unfilled)])
    # slot 0 can only be asked for at tick 0, and the last one lacks its last tick
    return counts[:, 1:-1]


def test_each_slot_turns_away_exactly_the_requests_beyond_its_pros(by_slot: NDArray[np.int64]) -> None:
    requests, unfilled = by_slot
    np.testing.assert_array_equal(unfilled, np.maximum(requests - PROS, 0))


def test_requests_a_slot_are_poisson_and_independent(by_slot: NDArray[np.int64]) -> None:
    requests, n = by_slot[0], by_slot.shape[1]
    assert abs(requests.mean() - LOAD) < 3 * np.sqrt(LOAD / n)
    # the sample variance of a Poisson has variance (lambda + 2 lambda ** 2) / n
    assert abs(requests.var() - LOAD) < 3 * np.sqrt((LOAD + 2 * LOAD**2) / n)
    assert abs(np.corrcoef(requests[1:], requests[:-1])[0, 1]) < 3 / np.sqrt(n)


def test_the_unfilled_share_is_the_expected_excess_over_the_expected_load(by_slot: NDArray[np.int64]) -> None:
    requests, unfilled = by_slot
    n = np.arange(200)
    expected = float(np.maximum(n - PROS, 0) @ stats.poisson(LOAD).pmf(n)) / LOAD
    # requests of one slot are turned away together, so the slot is the batch: standard error of a ratio of two sums over slots
    share = unfilled.sum() / requests.sum()
    error = (unfilled - expected * requests).std(ddof=1) / (LOAD * np.sqrt(len(requests)))
    # 12,000 slots, 96,000 requests: a bias of .35 points in 5.32 % would be found
    assert 3 * error < 0.0035
    assert abs(share - expected) < 3 * error, (share, expected, error)

"""The truth about a pro is what the engine does: how often new clients whose first session went well in time book again.

A pro's return propensity is worked out by quadrature from traits; here it is compared with the share of simulated clients who,
after a first request completed by this pro at the first attempt, have another need within 183 days of the end of that session.
"""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from sim import rules
from tests.markets import arm, market, run

BINS = 5
# everybody arrives in the first twelfth of a year, and is followed for 183 days after a session up to 45 days and a night later
ONE_MONTH = ("horizon_days=262", "warmup_days=0", "clients.yearly_shape=[1,0,0,0,0,0,0,0,0,0,0,0]", "pros.share_at_start=1")

WORLDS = {
    "minimal": ("minimal", "pros.n=200", "clients.arrivals_per_day=130", "clients.one_time_share=.2"),
    "minimal, one type of pro": (
        "minimal",
        "pros.n=200",
        "clients.arrivals_per_day=130",
        "clients.one_time_share=.2",
        "pros.late_logit_sd=0",
        "stay.skill=0",
        "stay.warmth=0",
        "stay.advocacy=0",
        "pros.late_share=.4",
        "clients.tolerance_mean_minutes=8",
    ),
    "no dropout after the first": ("minimal", "pros.n=200", "clients.arrivals_per_day=60", "clients.dropout_after_first=false"),
    # so many pros, who never leave, that few requests stay unfilled in the month of arrivals
    "personal_care": (
        "personal_care",
        "pros.n=700",
        "clients.arrivals_per_day=130",
        "pros.leaving.enabled=false",
        "pros.late_logit_sd=1.2",
    ),
}


@cache
def outcomes(name: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Propensity of the pro, and whether the client came again in time, for each client who counts."""
    preset, *overrides = WORLDS[name]
    log = run(market(*ONE_MONTH, *overrides, preset=preset), arm("uniform"), seed=21)
    bookings = log.bookings
    n = len(log.clients["client"])
    counts = (bookings["need"] == 0) & (bookings["outcome"] == rules.COMPLETED) & (bookings["cancellations_by_pros"] == 0)
    second_need = np.full(n, np.inf)
    again = bookings["need"] == 1
    second_need[bookings["client"][again]] = bookings["need_days"][again]
    client, end = bookings["client"][counts], bookings["closed_days"][counts]
    assert end.max() + 183 <= log.facts["horizon_days"], "everybody is followed for the full time"
    return log.truth_pros["return_propensity"][bookings["pro"][counts]], second_need[client] <= end + 183


@pytest.mark.parametrize("name", WORLDS)
def test_a_pros_return_propensity_is_the_simulated_frequency(name: str) -> None:
    propensity, returned = outcomes(name)
    # 40,000 clients (half of that without dropout): 3 errors are .7 points (1 point), and 1.6 points in a fifth of the pros
    assert len(returned) > 20_000
    error = np.sqrt((propensity * (1 - propensity)).sum()) / len(returned)
    assert abs(returned.mean() - propensity.mean()) < 3 * error, (returned.mean(), propensity.mean(), error)
    edges = np.quantile(propensity, np.arange(1, BINS) / BINS)
    group = np.searchsorted(edges, propensity)
    for i in range(BINS if np.ptp(propensity) > 1e-9 else 0):
        p, hits = propensity[group == i], returned[group == i]
        error = np.sqrt((p * (1 - p)).sum()) / len(p)
        assert abs(hits.mean() - p.mean()) < 3 * error, (i, hits.mean(), p.mean(), error)


@pytest.mark.parametrize("name", ["minimal", "personal_care"])
def test_the_truth_tells_good_pros_from_bad_ones_in_these_worlds(name: str) -> None:
    propensity, _ = outcomes(name)
    assert np.std(propensity) > 0.04, "otherwise bins would hold one and the same pro"

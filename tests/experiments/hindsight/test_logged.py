"""The choices of a simulated log: propensities against what the engine wrote down itself."""

import numpy as np

from sim.offpolicy.decisions import NOBODY
from tests.experiments.hindsight.small import hindsight, log_of

CANCELLING = ("market.pros.cancellation_share=.2", "market.requests.max_attempts=3")


def test_the_propensity_of_the_offer_accepted_is_that_of_the_log_bit_by_bit() -> None:
    found = log_of(*CANCELLING)
    log, offers = found.log, found.clients.decisions.offers
    assert offers is not None
    end = np.cumsum(offers.counts) - 1
    first = np.flatnonzero((log.bookings["need"] == 0) & (log.bookings["request_days"] >= 20))
    # a booking that nobody took on again keeps the propensity of the pro who cancelled
    known = log.bookings["outcome"][first] == log.names["outcomes"].index("completed")
    assert (log.bookings["cancellations_by_pros"][first][known] > 0).sum() > 50
    np.testing.assert_allclose(offers.logged[end][known], log.bookings["propensity"][first][known], rtol=1e-12)


def test_the_chosen_is_who_accepted_first() -> None:
    found = log_of()
    decisions, bookings = found.clients.decisions, found.log.bookings
    first = np.flatnonzero((bookings["need"] == 0) & (bookings["request_days"] >= 20))
    np.testing.assert_array_equal(decisions.pro, np.where(bookings["pro"][first] >= 0, bookings["pro"][first], NOBODY))


def test_each_candidate_is_chosen_as_often_as_its_propensity_says() -> None:
    decisions = log_of().clients.decisions
    chosen = np.zeros(len(decisions.pros))
    chosen[np.cumsum(decisions.counts) - decisions.counts + decisions.chosen] = 1.0
    for group in (decisions.pros == NOBODY, decisions.pros < 6, decisions.pros >= 6):
        error = np.sqrt((decisions.logged[group] * (1 - decisions.logged[group])).sum())
        assert abs(chosen[group].sum() - decisions.logged[group].sum()) < 3.5 * error


def test_the_logging_policy_seen_from_its_log_chooses_as_it_did() -> None:
    found = log_of()
    propensities, offered = found.targets(hindsight().control, False)
    offers = found.clients.decisions.offers
    assert offers is not None
    np.testing.assert_allclose(propensities, found.clients.decisions.logged, atol=1e-12)
    np.testing.assert_allclose(offered, offers.logged, atol=1e-12)


def test_a_log_in_strict_order_leaves_offers_to_no_chance() -> None:
    found = log_of("arm=[oracle,uniform]", "control=oracle")
    offers = found.clients.decisions.offers
    assert offers is not None
    # equal truths do not occur: the best who is free is always asked
    assert offers.logged.min() > 0.999


def test_clients_whose_time_is_over_are_those_that_the_metric_counts() -> None:
    found = log_of()
    log = found.log
    outcome = found.clients.decisions.outcome[found.clients.mature(90.0)]
    first = {
        int(c): d
        for c, d, n in zip(log.bookings["client"], log.bookings["request_days"], log.bookings["need"], strict=True)
        if not n
    }
    again: dict[int, int] = {}
    for client, days in zip(log.bookings["client"], log.bookings["assigned_days"], strict=True):
        if np.isfinite(days) and days - first[int(client)] <= 90:
            again[int(client)] = again.get(int(client), 0) + 1
    counted = [again.get(client, 0) >= 2 for client, day in first.items() if 20 <= day <= 300 - 90]
    assert len(outcome) == len(counted)
    assert outcome.mean() == np.mean(counted)

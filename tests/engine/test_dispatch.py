"""From a request to an assigned pro: nobody is booked twice, and offers follow the rules of the market.

The tests read the log of busy markets and reconstruct from it what the engine decided.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim import rules
from sim.arrays import Floats
from sim.calendar import SLOTS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_SLOT
from sim.config import Market
from sim.draws import logistic
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.log import RunLog
from sim.population import draw_population
from sim.views import ProView
from tests.engine.hand import people, play
from tests.engine.units import slots, ticks
from tests.markets import arm, market, run

SEED = 3


@dataclass(frozen=True)
class Fixed:
    """The same weights at every refresh."""

    values: tuple[float, ...]

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        return np.array(self.values)


@cache
def busy_market(*more: str) -> Market:
    """The default market, made small and short of pros, with many cancellations and pros who leave."""
    return market(
        "horizon_days=250",
        "warmup_days=0",
        "zones=3",
        "pros.n=45",
        "pros.zones_per_pro=2",
        "clients.arrivals_per_day=15",
        "pros.cancellation_share=.15",
        "sessions.client_cancellation_share=.15",
        "pros.leaving.patience_weeks_mean=2",
        "pros.leaving.min_sessions_per_week=2",
        "requests.lead_min_hours=2",
        "requests.offer_timeout_hours=2",
        "requests.favourite_asked_share=.85",
        "log_offers=true",
        *more,
        preset="personal_care",
    )


def busy(*more: str) -> RunLog:
    """A run of the busy market."""
    return run(busy_market(*more), arm("uniform"), SEED)


def fixed_slots() -> RunLog:
    """A run of the busy market in which answers take no time and a session is never moved: the offers tell every assignment."""
    return busy("pros.answer_minutes=0", "clients.flexible_share=0", "requests.propose_share=0")


def assigned(log: RunLog) -> NDArray[np.int64]:
    """Rows of the bookings that were ever assigned."""
    return np.flatnonzero(log.bookings["pro"] >= 0)


def dispatch_ticks(log: RunLog) -> dict[tuple[int, int], int]:
    """Tick of each (booking, attempt) that led to an offer: the first offer goes out when the request is sent, or sent again."""
    first: dict[tuple[int, int], int] = {}
    for row, attempt, when in zip(log.offers["booking"], log.offers["attempt"], ticks(log.offers["offered_days"]), strict=True):
        first.setdefault((int(row), int(attempt)), int(when))
    return first


def check_no_overlap(log: RunLog, assignments: list[tuple[int, int, int]]) -> int:
    """Assert that no half hour of a pro is given twice; returns how many were given again after the client had cancelled.

    ``assignments`` are (booking, tick at which the pro's time was taken, pro); all but the last one of a booking were cancelled
    by the pro, whose time stays blocked.
    """
    outcome, closed = log.bookings["outcome"], ticks(log.bookings["closed_days"])
    last = {row: taken for row, taken, _ in sorted(assignments)}
    begin, length = slots(log.bookings["start_days"]), np.rint(2 * log.bookings["duration_hours"]).astype(int)
    held: dict[tuple[int, int], float] = {}
    reused = 0
    for row, taken, pro in sorted(assignments, key=lambda item: item[1]):
        freed = outcome[row] == rules.CANCELLED_BY_CLIENT and last[row] == taken
        for slot in range(begin[row], begin[row] + length[row]):
            until = held.get((pro, slot))
            assert until is None or until <= taken, f"pro {pro} is booked twice at half hour {slot}, by booking {row}"
            reused += until is not None
            held[pro, slot] = closed[row] if freed else np.inf
    return reused


def test_no_pro_is_ever_in_two_places_cancelled_sessions_included() -> None:
    log = fixed_slots()
    accepted = log.offers["answer"] == rules.ACCEPTED
    columns = (log.offers["booking"], ticks(log.offers["offered_days"]), log.offers["pro"])
    assignments = [tuple(int(column[i]) for column in columns) for i in np.flatnonzero(accepted)]
    assert len(assignments) > 2000
    assert (log.bookings["cancellations_by_pros"] > 0).sum() > 100
    assert check_no_overlap(log, assignments) > 0, "time freed by a client is offered again"  # type: ignore[arg-type]


def test_no_pro_is_ever_in_two_places_when_sessions_are_moved_and_answers_take_time() -> None:
    # a session cancelled by its pro ends the request, so each row has one assignment
    log = busy("requests.max_attempts=1")
    asked, pro = ticks(log.bookings["request_days"]), log.bookings["pro"]
    assignments = [(int(row), int(asked[row]), int(pro[row])) for row in assigned(log)]
    assert len(assignments) > 1500
    check_no_overlap(log, assignments)


@pytest.mark.parametrize("world", [busy, fixed_slots])
def test_sessions_lie_in_the_pros_working_hours_zones_and_services(world: Any) -> None:
    log = world()
    who = draw_population(busy_market(), SEED, 0)
    bookings = log.bookings
    n_services = len(log.names["services"])
    for row in assigned(log):
        pro, begin = bookings["pro"][row], slots(bookings["start_days"][row])
        for slot in range(begin, begin + int(2 * bookings["duration_hours"][row])):
            assert who.work[pro, slot // SLOTS_PER_DAY % 7] >> (slot % SLOTS_PER_DAY) & 1, f"booking {row} lies outside work"
    for table, rows in ((bookings, np.arange(len(bookings["pro"]))), (log.offers, log.offers["booking"])):
        for pro, row in zip(table["pro"], rows, strict=True):
            pair = bookings["zone"][row] * n_services + bookings["service"][row]
            served = who.candidates[who.candidate_start[pair] : who.candidate_start[pair + 1]]
            assert pro == -1 or pro in served, f"booking {row} went to a pro who does not serve its zone and service"


def test_requests_only_go_to_pros_who_have_joined_and_not_left() -> None:
    log = busy()
    joined, left = ticks(log.pros["joined_days"]), ticks(log.pros["left_days"])
    gone = left >= 0
    assert gone.sum() >= 5
    assert (joined > 0).sum() >= 10
    # offers follow one another within hours, but who is asked is settled when the request is sent, or sent again
    sent = dispatch_ticks(log)
    when = np.array([sent[pair] for pair in zip(log.offers["booking"].tolist(), log.offers["attempt"].tolist(), strict=True)])
    pro = log.offers["pro"]
    assert (when >= joined[pro]).all()
    assert (when < left[pro])[gone[pro]].all()


def test_a_session_starts_at_least_the_minimum_lead_time_after_its_request() -> None:
    log = busy("clients.flexible_share=1", "requests.propose_share=1", "requests.lead_mean_hours=6")
    notice = slots(log.bookings["start_days"]) * TICKS_PER_SLOT - ticks(log.bookings["request_days"])
    assert notice.min() >= 2 * TICKS_PER_HOUR
    assert notice.min() < 3 * TICKS_PER_HOUR, "the limit binds"


def test_the_favourite_is_the_pro_of_the_last_session_that_made_the_client_stay_and_is_asked_first() -> None:
    log = busy()
    bookings, offers = log.bookings, log.offers
    who = draw_population(busy_market(), SEED, 0)
    own, n_services = log.clients["service"], len(log.names["services"])
    favourite: dict[int, int] = defaultdict(lambda: -1)
    cancelled_by: dict[int, set[int]] = defaultdict(set)
    last_attempt = bookings["cancellations_by_pros"]
    for row, attempt, pro, answer in zip(offers["booking"], offers["attempt"], offers["pro"], offers["answer"], strict=True):
        # a pro who took an attempt that is not the last one has cancelled; so has the one a cancelled request ended with
        if answer in (rules.ACCEPTED, rules.PROPOSED) and attempt < last_attempt[row]:
            cancelled_by[row].add(pro)
    asked, could_ask, unable = 0, 0, 0
    for row in range(len(bookings["client"])):
        client, service = bookings["client"][row], bookings["service"][row]
        pair = bookings["zone"][row] * n_services + service
        able = favourite[client] in who.candidates[who.candidate_start[pair] : who.candidate_start[pair + 1]]
        could_ask += able
        unable += favourite[client] >= 0 and not able
        if bookings["favourite"][row] >= 0:
            assert able, "a favourite is asked only for what they offer"
            assert bookings["favourite"][row] == favourite[client]
            asked += 1
        if favourite[client] in cancelled_by[row]:
            favourite[client] = -1
        # whoever came for another service leaves the favourite of the client's own service as it is
        if bookings["outcome"][row] == rules.COMPLETED and bookings["stays"][row] and service == own[client]:
            favourite[client] = bookings["pro"][row]
    assert unable > 20
    # asked for with probability .85, each request on its own
    assert could_ask > 500
    assert abs(asked / could_ask - 0.85) < 3 * np.sqrt(0.85 * 0.15 / could_ask), (asked, could_ask)

    to_favourite = offers["favourite"]
    assert (offers["position"][to_favourite] == 1).all()
    assert np.array_equal(offers["pro"][to_favourite], bookings["favourite"][offers["booking"][to_favourite]])
    again = ~to_favourite & (offers["attempt"] == 0) & (offers["pro"] == bookings["favourite"][offers["booking"]])
    assert not again.any(), "a favourite who said no is not offered the same request again"


def test_a_favourite_who_is_free_always_gets_the_first_offer() -> None:
    pair = market("horizon_days=2", "pros.n=3", "requests.lead_mean_hours=0", "requests.favourite_asked_share=1", "log_offers=true")
    who = people(pair, [{"one_time": False}], [{}, {}, {}])
    _, log = play(pair, who, arm("uniform"))
    # each request follows the session before: 2 h of notice and 1 h of session make 16 requests in two days, all by the first pro
    assert len(log.bookings["pro"]) == 16
    assert set(log.bookings["pro"]) == {log.bookings["pro"][0]}
    assert log.bookings["favourite"].tolist() == [-1] + 15 * [log.bookings["pro"][0]]
    assert log.bookings["favourite_booked"].tolist() == [False] + 15 * [True]
    assert log.bookings["offers"].tolist() == 16 * [1]


def test_a_busy_favourite_moves_a_flexible_client_to_the_nearest_free_slot_and_loses_the_others() -> None:
    pair = market("horizon_days=1", "pros.n=2", "requests.lead_mean_hours=0", "requests.favourite_asked_share=1", "zones=2")
    for flexible in (True, False):
        # the client's first session is from 2 h to 3 h with pro 0; pro 1 joins afterwards; another client books pro 0 for 4.5 h to
        # 5.5 h, which overlaps the 5 h that the favourite is asked for next
        clients = [{"one_time": False, "flexible": flexible}, {"arrival_tick": 2 * TICKS_PER_HOUR + TICKS_PER_SLOT}]
        who = people(pair, clients, [{}, {"joined_tick": 2 * TICKS_PER_HOUR + TICKS_PER_SLOT + 1}])
        _, log = play(pair, who, arm("uniform"))
        second = np.flatnonzero((log.bookings["client"] == 0) & (log.bookings["need"] == 1))[0]
        assert log.bookings["favourite"][second] == 0
        assert log.bookings["favourite_booked"][second] == flexible
        assert log.bookings["pro"][second] == (0 if flexible else 1)
        # at distance of one half hour, later comes before sooner, which would be less than 2 h ahead anyway
        assert slots(log.bookings["start_days"])[second] == (11 if flexible else 10)


def test_at_most_max_offers_go_out_an_attempt_besides_the_one_to_the_favourite() -> None:
    log = busy("requests.max_offers=3", "pros.acceptance_share=.4")
    key = log.offers["booking"] * 10 + log.offers["attempt"]
    _, n = np.unique(key[~log.offers["favourite"]], return_counts=True)
    assert n.max() == 3
    _, n = np.unique(key[log.offers["favourite"]], return_counts=True)
    assert n.max() == 1


def test_the_offers_of_a_booking_are_those_it_counts_in_order_and_one_after_another() -> None:
    log = busy()
    bookings, offers = log.bookings, log.offers
    assert np.array_equal(np.bincount(offers["booking"], minlength=len(bookings["offers"])), bookings["offers"])
    order = np.lexsort((offers["position"], offers["booking"]))
    row, attempt, position = (offers[name][order] for name in ("booking", "attempt", "position"))
    begins = np.r_[True, row[1:] != row[:-1]]
    assert (position[begins] == 1).all()
    same = ~begins[1:]
    assert (np.diff(position)[same] == 1).all()
    assert (np.diff(attempt)[same] >= 0).all()
    # within an attempt, each offer goes out at the instant the one before was answered
    offered = ticks(offers["offered_days"][order])
    answered = offered + np.rint(offers["answer_hours"][order] * TICKS_PER_HOUR).astype(np.int64)
    chained = same & (np.diff(attempt) == 0)
    assert chained.sum() > 500
    assert np.array_equal(offered[1:][chained], answered[:-1][chained])
    # the first offer leaves at the request, and the first assignment is the instant of an answer
    assert np.array_equal(offered[begins], ticks(bookings["request_days"])[row[begins]])
    taken = set(zip(row.tolist(), answered.tolist(), strict=True))
    assert all((int(i), int(ticks(bookings["assigned_days"][i]))) in taken for i in assigned(log))
    # the first answer that a booking notes is the one to the first offer that did not go to a favourite
    others = order[~offers["favourite"][order]]
    first = np.full(len(bookings["offers"]), -1)
    first[offers["booking"][others][::-1]] = offers["answer"][others][::-1]
    assert np.array_equal(first, bookings["first_answer"])
    # an offer without an answer lapses after 2 h, and no answer takes longer
    lapsed = offers["answer"] == rules.LAPSED
    assert (offers["answer_hours"][lapsed] == 2).all()
    assert offers["answer_hours"].max() <= 2


def test_keeping_the_offers_changes_nothing_else() -> None:
    with_offers, without = busy(), busy("log_offers=false")
    assert len(without.offers["booking"]) == 0
    for table in ("clients", "pros", "bookings", "scores", "truth_pros", "truth_clients"):
        for name, column in getattr(without, table).items():
            np.testing.assert_array_equal(column, getattr(with_offers, table)[name], err_msg=f"{table}.{name}")


def test_a_cancelled_session_goes_to_another_pro_exactly_when_there_is_time() -> None:
    market_ = market(
        "horizon_days=150",
        "pros.n=100",
        "clients.arrivals_per_day=20",
        "pros.cancellation_share=.4",
        "requests.max_attempts=3",
        "requests.redispatch_min_hours=24",
        "log_offers=true",
    )  # so many pros that somebody is always free, and everybody accepts at once
    log = run(market_, arm("uniform"), SEED)
    bookings, dispatched = log.bookings, dispatch_ticks(log)
    start = slots(bookings["start_days"]) * TICKS_PER_SLOT
    times = bookings["cancellations_by_pros"]
    assert set(times) == {0, 1, 2, 3}
    for (row, attempt), when in dispatched.items():
        assert attempt == 0 or start[row] - when >= 24 * TICKS_PER_HOUR
    lost = bookings["outcome"] == rules.CANCELLED_BY_PRO
    notice = start - ticks(bookings["closed_days"])
    too_late = notice < 24 * TICKS_PER_HOUR
    assert (lost & too_late).sum() > 100
    assert (lost & ~too_late).sum() > 10
    assert (too_late | (times == 3))[lost].all(), "otherwise there was time, and somebody was free"
    assert (times[~lost] < 3).all(), "after the third cancellation nobody is asked any more"
    pairs = set(zip(log.offers["booking"].tolist(), log.offers["pro"].tolist(), strict=True))
    assert len(pairs) == len(log.offers["pro"]), "who has cancelled a session is not asked for it again"


@pytest.mark.parametrize("share", [0.3, 0.75])
def test_the_share_of_accepted_offers_is_that_of_the_pros(share: float) -> None:
    log = run(
        market(
            "horizon_days=200",
            "clients.arrivals_per_day=40",
            f"pros.acceptance_share={share}",
            "pros.answer_minutes=20",
            "requests.offer_timeout_hours=1",
            "log_offers=true",
        ),
        arm("uniform"),
        SEED,
    )
    # an answer takes an exponential time of mean 20 min and lapses after 60: accepted in time with share * (1 - exp(-3));
    # the timeout is met up to a tick, 1 / 3600 of 1 - exp(-3): far below the error
    expected = share * (1 - np.exp(-3))
    n = len(log.offers["answer"])
    accepted = (log.offers["answer"] == rules.ACCEPTED).mean()
    assert abs(accepted - expected) < 3 * np.sqrt(expected * (1 - expected) / n), (accepted, expected, n)


def test_a_favourite_accepts_more_often_by_the_given_log_odds() -> None:
    log = run(
        market(
            "horizon_days=300",
            "clients.arrivals_per_day=30",
            "clients.one_time_share=0",
            "pros.acceptance_share=.5",
            "requests.favourite_asked_share=1",
            "requests.favourite_acceptance_logit=1.5",
            "log_offers=true",
        ),
        arm("uniform"),
        SEED,
    )
    accepted, favourite = log.offers["answer"] == rules.ACCEPTED, log.offers["favourite"]
    for group, expected in ((favourite, logistic(1.5)), (~favourite, 0.5)):
        n = int(group.sum())
        assert n > 3000
        assert abs(accepted[group].mean() - expected) < 3 * np.sqrt(expected * (1 - expected) / n)


def refusing(order: str, weights: tuple[float, ...], *more: str) -> RunLog:
    """A run in which nobody ever accepts, so that everybody is always free and each request shows its whole order of offers."""
    quiet = market(
        "horizon_days=60",
        "clients.arrivals_per_day=50",
        "clients.one_time_share=1",
        f"pros.n={len(weights)}",
        "pros.acceptance_share=1e-12",
        "requests.max_offers=3",
        f"requests.offer_order={order}",
        "log_offers=true",
        *more,
    )
    return simulate(quiet, Arm("fixed", arm("uniform").score, Fixed(weights)), SEED)


def orders(log: RunLog) -> NDArray[np.int64]:
    """Pros in the order of their offers, (n_requests, 3)."""
    n = len(log.bookings["client"])
    assert (log.bookings["offers"] == 3).all()
    return log.offers["pro"].reshape(n, 3)


def test_ranked_offers_follow_the_weights_and_break_ties_at_random() -> None:
    offered = orders(refusing("ranked", (1.0, 5.0, 2.0, 2.0, 0.0)))
    assert (offered[:, 0] == 1).all()
    assert (np.sort(offered[:, 1:]) == [2, 3]).all()
    n = len(offered)
    assert n > 2500
    # the tie is decided by the race, evenly: detects 3 points
    assert abs((offered[:, 1] == 2).mean() - 0.5) < 3 * np.sqrt(0.25 / n)


@pytest.mark.parametrize("order", ["sampled", "ranked", "broadcast"])
def test_a_pro_of_weight_zero_never_gets_an_offer(order: str) -> None:
    offered = orders(refusing(order, (1.0, 0.0, 3.0, 2.0)))
    assert set(offered.ravel()) == {0, 2, 3}


def test_fewer_offers_go_out_when_fewer_pros_have_weight() -> None:
    log = refusing("sampled", (1.0, 0.0, 3.0, 0.0))
    assert (log.bookings["offers"] == 2).all()
    assert (log.bookings["outcome"] == rules.UNFILLED).all()


def test_nearly_equal_weights_give_the_same_order_of_offers() -> None:
    # races are keyed by request and pro: weights apart by 1 % reorder two of four pros in well under 1 % of the pairs
    even, nearly = (orders(refusing("sampled", weights)) for weights in ((1.0, 1.0, 1.0, 1.0), (1.0, 1.01, 0.99, 1.0)))
    assert 0.97 < (even == nearly).all(axis=1).mean() < 1


def test_a_broadcast_goes_to_all_at_once_and_the_first_to_accept_gets_the_session() -> None:
    log = run(
        market(
            "horizon_days=120",
            "clients.arrivals_per_day=30",
            "pros.n=12",
            "pros.acceptance_share=.5",
            "pros.answer_minutes=30",
            "requests.offer_timeout_hours=1",
            "requests.offer_order=broadcast",
            "requests.max_offers=4",
            "log_offers=true",
        ),
        arm("uniform"),
        SEED,
    )
    bookings, offers = log.bookings, log.offers
    assert np.array_equal(ticks(offers["offered_days"]), ticks(bookings["request_days"])[offers["booking"]])
    assert bookings["offers"].max() == 4
    assert np.isnan(bookings["propensity"]).all(), "who answers first is not drawn from weights"
    # of two who answer in the same second, the one first in line
    fastest: dict[int, tuple[float, int, int]] = {}
    columns = (offers[name] for name in ("booking", "pro", "answer", "answer_hours", "position"))
    for row, pro, answer, hours, position in zip(*columns, strict=True):
        if answer == rules.ACCEPTED:
            fastest[row] = min(fastest.get(row, (np.inf, 0, -1)), (hours, position, pro))
    winner = np.array([fastest.get(row, (0.0, 0, -1))[2] for row in range(len(bookings["pro"]))])
    assert np.array_equal(winner, bookings["pro"])
    filled, unfilled = bookings["pro"] >= 0, bookings["outcome"] == rules.UNFILLED
    assert unfilled.sum() > 50
    waited = ticks(bookings["assigned_days"][filled]) - ticks(bookings["request_days"][filled])
    assert waited.tolist() == [round(fastest[row][0] * TICKS_PER_HOUR) for row in np.flatnonzero(filled)]
    assert (filled | unfilled).all()


def test_a_client_gives_up_when_answers_take_longer_than_the_patience() -> None:
    log = run(
        market(
            "horizon_days=60",
            "clients.arrivals_per_day=30",
            "pros.acceptance_share=.2",
            "pros.answer_minutes=60",
            "requests.offer_timeout_hours=2",
            "requests.patience_hours=3",
            "requests.max_offers=50",
            "log_offers=true",
            "requests.lead_min_hours=12",
        ),
        arm("uniform"),
        SEED,
    )
    bookings = log.bookings
    unfilled = bookings["outcome"] == rules.UNFILLED
    assert 0.1 < unfilled.mean() < 0.9
    waited = ticks(bookings["closed_days"]) - ticks(bookings["request_days"])
    assert (waited[unfilled] == 3 * TICKS_PER_HOUR).all(), "with 200 pros the offers never run out first"
    filled = bookings["pro"] >= 0
    assert (ticks(bookings["assigned_days"][filled]) - ticks(bookings["request_days"][filled])).max() <= 3 * TICKS_PER_HOUR


def test_a_flexible_client_takes_the_slot_a_pro_proposes_instead() -> None:
    pair = market(
        "horizon_days=1",
        "pros.n=1",
        "requests.lead_mean_hours=0",
        "requests.propose_share=1",
        "requests.proposal_acceptance_share=1",
        "log_offers=true",
    )
    for flexible in (True, False):
        who = people(pair, [{"flexible": flexible}], [{"acceptance_logit": -np.inf}])
        _, log = play(pair, who, arm("uniform"))
        assert log.offers["answer"].tolist() == [rules.PROPOSED]
        assert log.bookings["outcome"].tolist() == [rules.COMPLETED if flexible else rules.UNFILLED]
        # wanted: 2 h = half hour 4, for two half hours; the nearest other start that is 2 h ahead and misses them is 6, not 5
        assert slots(log.bookings["start_days"]).tolist() == [6 if flexible else 4]


# ---- another service than the client's own


def test_later_needs_go_to_another_service_with_the_given_share_and_the_others_in_proportion_to_their_clients() -> None:
    for share in (0.1, 0.4):
        log = busy(f"clients.other_service_share={share}")
        wanted, own = log.bookings["service"], log.clients["service"][log.bookings["client"]]
        later = log.bookings["need"] > 0
        assert (wanted[~later] == own[~later]).all(), "a client comes for the own service first"
        n, other = later.sum(), (wanted != own)[later]
        assert n > 1500
        assert abs(other.mean() - share) < 3 * np.sqrt(share * (1 - share) / n)
        # hair, massage, beauty and nails have .35, .3, .2, .15 of the clients: whose own is hair want massage with .3 / .65
        hair = wanted[later & (own == 0) & (wanted != 0)]
        expected = np.array([0.3, 0.2, 0.15]) / 0.65
        observed = np.bincount(hair, minlength=4)[1:] / len(hair)
        assert (abs(observed - expected) < 3 * np.sqrt(expected * (1 - expected) / len(hair))).all()


def test_price_and_duration_are_those_of_the_service_asked_for() -> None:
    log, services = busy("clients.other_service_share=.4"), busy_market().services
    wanted = log.bookings["service"]
    assert (wanted != log.clients["service"][log.bookings["client"]]).sum() > 500
    np.testing.assert_array_equal(log.bookings["price_eur"], np.array([each.price_eur for each in services])[wanted])
    np.testing.assert_array_equal(
        log.bookings["duration_hours"], np.array([each.duration_minutes for each in services])[wanted] / 60
    )


def test_the_more_needs_go_to_another_service_the_more_clients_use_several_and_the_fewer_meet_their_favourite() -> None:
    several, favourites = [], []
    for share in (0, 0.2, 0.6):
        log = busy(f"clients.other_service_share={share}")
        pairs = np.unique(np.stack([log.bookings["client"], log.bookings["service"]]), axis=1)[0]
        several.append((np.bincount(pairs) > 1).sum())
        favourites.append((log.bookings["favourite"] >= 0).sum() / (log.bookings["need"] > 0).sum())
    assert several[0] == 0 < several[1] < several[2]
    assert favourites[0] > favourites[1] > favourites[2]


def test_the_favourite_of_the_own_service_is_kept_over_a_session_of_another_one() -> None:
    # pro 0 offers the one service, pro 1 the other, in a market where half of the later needs are for the other one
    kinds = (
        "name: a, client_share: .5, duration_minutes: 30, price_eur: 50",
        "name: b, client_share: .5, duration_minutes: 60, price_eur: 80",
    )
    services = "services=[" + ",".join(f"{{{kind}}}" for kind in kinds) + "]"
    pair = market(
        "horizon_days=6",
        "pros.n=2",
        "requests.lead_mean_hours=0",
        "requests.favourite_asked_share=1",
        "clients.other_service_share=.5",
        services,
    )
    who = people(pair, [{"one_time": False}], [{"main_service": 0}, {"main_service": 1}])
    _, log = play(pair, who, arm("uniform"))
    wanted = log.bookings["service"]
    assert 10 < (wanted == 1).sum() < len(wanted) - 10
    assert log.bookings["pro"].tolist() == wanted.tolist()
    # from the second request on, pro 0 is asked exactly when it is for service 0
    assert log.bookings["favourite"][1:].tolist() == np.where(wanted[1:] == 0, 0, -1).tolist()

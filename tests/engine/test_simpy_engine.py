"""The reference engine: the exact events of tiny worlds, and policies that weigh every single request."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from sim import rules
from sim.allocators.base import Request
from sim.allocators.uniform import Uniform
from sim.arrays import Floats, Ints
from sim.calendar import TICKS_PER_DAY
from sim.engine.platform import Arm, PolicyError
from sim.engine.run import simulate
from sim.engine.world import JOIN, LEAVE, NOT_FILLED, PRO_CANCELS, REFRESH, REQUEST, SESSION_ENDS
from sim.views import ProView
from tests.engine.hand import people, play
from tests.markets import arm, market, run

HOUR = 3600


def with_allocator(allocator: Any) -> Arm:
    """The uniform arm's score with another allocator."""
    return Arm("test", arm("uniform").score, allocator)


def test_two_clients_and_one_pro_give_exactly_these_events() -> None:
    tiny = market("horizon_days=1", "refresh_weekday=0", "requests.lead_min_hours=8", "requests.lead_mean_hours=0", "pros.n=1")
    who = people(tiny, [{"arrival_tick": 1000, "one_time": False}, {"arrival_tick": 2000}], [{}])
    trace, log = play(tiny, who, arm("uniform"))
    # A start is the first half hour (1800 ticks) at least 8 h = 28800 ticks ahead; a session takes two half hours.
    # Client 0 asks at 1000: 29800 / 1800 = 16.6, so slot 17 = tick 30600, ends at 34200.
    # Client 1 asks at 2000: 30800 / 1800 = 17.1, so slot 18, which is the second half of that session: nobody is free.
    # Client 0 needs again at once, which waits for the end: asks at 34200 for 63000 = slot 35, ends at 66600; asks then for 95400 =
    # slot 53, which ends after the run, 86400.
    assert trace == [
        (0, REFRESH, 0),
        (1000, REQUEST, 0),
        (2000, REQUEST, 1),
        (2000, NOT_FILLED, 1),
        (34200, SESSION_ENDS, 0),
        (34200, REQUEST, 0),
        (66600, SESSION_ENDS, 0),
        (66600, REQUEST, 0),
    ]
    bookings = log.bookings
    assert bookings["client"].tolist() == [0, 1, 0, 0]
    assert bookings["need"].tolist() == [0, 0, 1, 2]
    assert (bookings["need_days"] * TICKS_PER_DAY).round().tolist() == [1000, 2000, 1000, 1000]
    assert (bookings["request_days"] * TICKS_PER_DAY).round().tolist() == [1000, 2000, 34200, 66600]
    assert (bookings["start_days"] * 48).round().tolist() == [17, 18, 35, 53]
    assert bookings["outcome"].tolist() == [rules.COMPLETED, rules.UNFILLED, rules.COMPLETED, rules.OPEN]
    assert bookings["pro"].tolist() == [0, -1, 0, 0]
    assert bookings["stage"].tolist() == [0, 0, 1, 2]


def test_at_equal_ticks_outcomes_come_first_then_refresh_joins_and_leaves_then_requests_by_client() -> None:
    stage = market(
        "horizon_days=10",
        "zones=2",
        "pros.n=3",
        "requests.lead_mean_hours=0",
        "requests.max_offers=1",
        "requests.offer_timeout_hours=1",
        "pros.leaving.enabled=true",
        "pros.leaving.min_sessions_per_week=100",
    )
    now = 9 * TICKS_PER_DAY  # the second Wednesday, the first with a full week to judge
    who = people(
        stage,
        [
            # asks for 2 h later, a slot of its own; the hour of session ends now
            {"arrival_tick": now - 3 * HOUR},
            # in zone 1, whose only pro never answers: the offer lapses after an hour, now
            {"arrival_tick": now - 1 * HOUR, "zone": 1},
            {"arrival_tick": now},
            {"arrival_tick": now},
        ],
        [
            {},
            {"home_zone": 1, "answer_minutes": 1e9},
            {"joined_tick": now, "patience_weeks": 1000},
        ],
    )
    trace, log = play(stage, who, arm("uniform"))
    # SimPy alone would take the requests first: they were scheduled on day 0
    assert [(kind, entity) for tick, kind, entity in trace if tick == now] == [
        (SESSION_ENDS, 0),
        (NOT_FILLED, 1),
        (REFRESH, 0),
        (JOIN, 2),
        (LEAVE, 0),
        (REQUEST, 2),
        (REQUEST, 3),
        (NOT_FILLED, 3),
    ]
    seen = log.scores["refresh_days"] == 9
    assert log.scores["pro"][seen].tolist() == [0, 1], "the refresh comes before the third pro joins and the others leave"
    assert log.scores["completed_sessions"][seen].tolist() == [1, 0], "the session that ended at this tick counts already"
    # everybody but the third pro has left, and one client takes the hour that the other one wanted too
    assert log.bookings["pro"].tolist() == [0, -1, 2, -1]


def test_a_session_cancelled_by_its_pro_passes_to_the_other_one_in_the_middle_of_the_request() -> None:
    pair = market("horizon_days=2", "pros.n=2", "requests.max_attempts=3", "requests.lead_mean_hours=0", "log_offers=true")
    # the first pro always cancels; the second joins one second after the request, so the first offer goes to the first
    who = people(pair, [{"arrival_tick": 0}], [{"cancellation_share": 1.0}, {"joined_tick": 1}])
    trace, log = play(pair, who, arm("uniform"))
    cancelled = [tick for tick, kind, _ in trace if kind == PRO_CANCELS]
    assert len(cancelled) == 1
    assert 0 <= cancelled[0] < 2 * HOUR, "between the assignment at once and the start 2 h later"
    assert trace[-1] == (3 * HOUR, SESSION_ENDS, 0), "start at 2 h, one hour long, unmoved by the cancellation"
    assert log.bookings["pro"].tolist() == [1]
    assert log.bookings["cancellations_by_pros"].tolist() == [1]
    assert log.offers["pro"].tolist() == [0, 1]
    assert log.offers["attempt"].tolist() == [0, 1]
    assert (log.offers["offered_days"] * TICKS_PER_DAY).round().tolist() == [0, cancelled[0]]


@dataclass(frozen=True)
class Favours:
    """Weighs one pro ``factor`` times as much as the others."""

    pro: int
    factor: float

    def weights(self, request: Request, candidates: Ints, pros: ProView) -> Floats:
        return np.where(candidates == self.pro, self.factor, 1.0)


@dataclass(frozen=True)
class Answers:
    """Answers every request with the result of a function of the candidates."""

    answer: Any

    def weights(self, request: Request, candidates: Ints, pros: ProView) -> Any:
        return self.answer(candidates)


def roomy(*more: str) -> Any:
    """Four pros who are practically always free: 10 clients a day who come once."""
    return market("horizon_days=400", "pros.n=4", "clients.arrivals_per_day=10", "clients.one_time_share=1", *more)


def test_a_per_request_policy_steers_in_proportion_to_its_weights() -> None:
    log = simulate(roomy(), with_allocator(Favours(pro=2, factor=4.0)), seed=5, engine="simpy")
    # with all four free the weights are 4, 1, 1, 1; these two propensities occur in no other case
    all_free = np.isin(log.bookings["propensity"], [4 / 7, 1 / 7])
    favoured = log.bookings["pro"][all_free] == 2
    n = int(all_free.sum())
    assert n > 2500
    error = np.sqrt(4 / 7 * 3 / 7 / n)
    assert abs(favoured.mean() - 4 / 7) < 3 * error, (favoured.mean(), n)  # detects a bias of 2.7 points
    assert np.array_equal(log.bookings["propensity"][all_free], np.where(favoured, 4 / 7, 1 / 7))


def test_equal_weights_a_request_are_the_uniform_policy_to_the_byte() -> None:
    for world in (
        roomy("clients.one_time_share=0"),
        roomy("clients.one_time_share=0", "requests.mode=list", "requests.list.position=1"),
    ):
        favours_nobody = simulate(world, with_allocator(Favours(pro=0, factor=1.0)), seed=2, engine="simpy")
        assert favours_nobody.digest() == run(world, with_allocator(Uniform()), seed=2).digest()


def test_a_per_request_policy_puts_the_list_in_order() -> None:
    world = roomy("requests.mode=list", "requests.offer_order=ranked", "requests.list.position=1", "horizon_days=30")
    log = simulate(world, with_allocator(Favours(pro=2, factor=4.0)), seed=5, engine="simpy")
    at = log.bookings["list_position"]
    # pro 2 is on top whenever free, which at 10 sessions a day shared by four is most of the time; without weights it would be .25
    assert (at[log.bookings["pro"] == 2] == 1).all()
    assert (log.bookings["pro"][at == 1] == 2).mean() > 0.8


def test_a_per_request_policy_that_gives_every_candidate_zero_leaves_the_request_unfilled() -> None:
    log = simulate(
        roomy("horizon_days=30"), with_allocator(Answers(lambda candidates: np.zeros(len(candidates)))), seed=1, engine="simpy"
    )
    assert set(log.bookings["outcome"]) == {rules.UNFILLED}
    assert not log.bookings["offers"].any()


def test_a_per_request_policy_sees_the_request_and_only_free_candidates() -> None:
    asked: list[tuple[Request, list[int]]] = []

    @dataclass(frozen=True)
    class Spy:
        def weights(self, request: Request, candidates: Ints, pros: ProView) -> Floats:
            asked.append((request, candidates.tolist()))
            return np.ones(len(candidates))

    two = market("horizon_days=1", "pros.n=2", "requests.lead_mean_hours=0", "economics.payback_bookings=1")
    # three clients want the same two half hours; the first one stays and asks again when the session of 2 h to 3 h is over
    who = people(two, [{"one_time": False}, {}, {}], [{}, {}])
    _, log = play(two, who, with_allocator(Spy()))
    first_pro = log.bookings["pro"][0]
    # the third client finds nobody free, which is no question to a policy
    assert [candidates for _, candidates in asked[:2]] == [[0, 1], [1 - first_pro]]
    again = asked[2][0]
    assert again == Request(request_days=3 / 24, start_days=5 / 24, zone=0, service=0, stage=1, attempt=0)
    assert asked[2][1] == [0, 1]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda candidates: np.ones(len(candidates) + 1), r"weights of the request at day \S+ have shape \(5,\), must be \(4,\)"),
        (lambda candidates: np.ones((1, len(candidates))), r"have shape \(1, 4\), must be \(4,\)"),
        (lambda candidates: 1.0, r"have shape \(\), must be \(4,\)"),
        (lambda candidates: np.full(len(candidates), np.nan), r"holds nan .*must be finite and >= 0"),
        (lambda candidates: np.full(len(candidates), np.inf), r"holds inf .*must be finite and >= 0"),
        (lambda candidates: -np.ones(len(candidates)), r"holds -1 .*must be finite and >= 0"),
    ],
)
def test_a_per_request_policy_with_unusable_weights_is_refused_with_the_day_and_the_rule(answer: Any, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        simulate(roomy("horizon_days=5"), with_allocator(Answers(answer)), seed=1, engine="simpy")


def test_a_per_request_policy_that_writes_into_its_candidates_changes_nothing() -> None:
    def scribble(candidates: Ints) -> Floats:
        candidates[:] = 0
        return np.ones(len(candidates))

    scribbled = simulate(roomy(), with_allocator(Answers(scribble)), seed=2, engine="simpy")
    assert scribbled.digest() == run(roomy(), with_allocator(Uniform()), seed=2).digest()


def test_a_field_named_weights_does_not_make_a_policy_per_request() -> None:
    @dataclass(frozen=True)
    class Listed:
        weights: tuple[float, ...]

        def visibility(self, pros: ProView, now_days: float) -> Floats:
            return np.array(self.weights)

    log = simulate(roomy("horizon_days=30", "pros.n=3"), with_allocator(Listed((1.0, 0.0, 0.0))), seed=1, engine="simpy")
    assert set(log.bookings["pro"]) <= {0, -1}
    assert (log.bookings["pro"] == 0).any()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda candidates: "all", "is str, must be an array of numbers"),
        (lambda candidates: np.where(candidates == candidates[-1], np.nan, 1.0), r"holds nan for pro \d+, must be finite"),
    ],
)
def test_unusable_weights_of_a_request_are_refused(answer: Any, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        simulate(roomy("horizon_days=30"), with_allocator(Answers(answer)), seed=1, engine="simpy")

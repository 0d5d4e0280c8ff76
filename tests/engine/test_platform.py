"""The platform clock: what a score may see, what an allocator may answer, who joins and who leaves."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import pytest
import simpy

from sim import rules
from sim.allocators.oracle import Oracle
from sim.arrays import Floats
from sim.calendar import TICKS_PER_DAY, TICKS_PER_HOUR
from sim.config import Market
from sim.engine.platform import Arm, Due, PolicyError
from sim.engine.run import simulate
from sim.engine.world import (
    BUDGET,
    CLIENT_CANCELS,
    EFFORT,
    JOIN,
    LEAVE,
    NOT_FILLED,
    PRO_CANCELS,
    REFRESH,
    REQUEST,
    SESSION_ENDS,
)
from sim.log import RunLog
from sim.population import draw_population
from sim.scores.base import Score
from sim.scores.case_mix import CaseMix
from sim.scores.cleaning import CleaningScore
from sim.scores.composite import Composite
from sim.scores.empirical_bayes import EmpiricalBayes
from sim.scores.fidelity import FidelityScore
from sim.views import History, ProView, ScoreTable
from tests.engine.hand import people, play
from tests.engine.units import ticks
from tests.markets import arm, market, run

SEED = 6
HISTORY = tuple(column.name for column in fields(History))


@dataclass(frozen=True)
class Fixed:
    """The same answer at every refresh."""

    answer: Any

    def visibility(self, pros: ProView, now_days: float) -> Any:
        return self.answer


@dataclass(frozen=True)
class Remembering:
    """A score that keeps a copy of everything it is shown."""

    score: Score
    seen: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    needs_clients = True

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        self.seen.append((now_days, {name: getattr(history, name).copy() for name in HISTORY}))
        return self.score(history, now_days)


def fidelity(**changes: Any) -> FidelityScore:
    """A quick fidelity score: rebook within 40 days, counted after three sessions and two clients."""
    return replace(FidelityScore(40, 60, 3, 2, "left_out", "platform"), **changes)


def slow_market() -> Market:
    """A market in which answers take hours to days, so that refreshes fall between a request and its one assignment."""
    return market(
        "horizon_days=200",
        "warmup_days=0",
        "zones=2",
        "pros.n=16",
        "pros.zones_per_pro=2",
        "clients.arrivals_per_day=6",
        "clients.rate_scale_per_day=.02",
        "pros.answer_minutes=600",
        "requests.offer_timeout_hours=48",
        "requests.patience_hours=150",
        "requests.lead_min_hours=150",
        "requests.max_attempts=1",
        "pros.cancellation_share=.1",
        "rating.given_share=.5",
        preset="personal_care",
    )


def happened(log: RunLog, now_days: float) -> dict[str, Any]:
    """The history at an instant, worked out from the log client by client."""
    bookings, n_pros = log.bookings, len(log.pros["pro"])
    closed = bookings["closed_days"] <= now_days
    done = closed & (bookings["outcome"] == rules.COMPLETED)
    rated = done & (bookings["rating"] > 0)

    def count(rows: Any, weights: Any = None) -> Any:
        return np.bincount(bookings["pro"][rows], weights, minlength=n_pros).astype(np.int64)

    firsts = []
    for client in np.unique(bookings["client"][done]):
        rows = np.flatnonzero(bookings["client"] == client)
        first = rows[done[rows]][0]
        later = rows[(rows > first) & (bookings["assigned_days"][rows] <= now_days)]
        pro = bookings["pro"][first]
        same = later[bookings["pro"][later] == pro]
        rebooked, rebooked_same = (min(bookings["assigned_days"][group], default=np.inf) for group in (later, same))
        firsts.append((bookings["closed_days"][first], client, pro, rebooked, rebooked_same))
    firsts.sort()
    return {
        "first_pro": np.array([row[2] for row in firsts], np.int64),
        "first_session_days": np.array([row[0] for row in firsts]),
        "rebooked_days": np.array([row[3] for row in firsts]),
        "rebooked_same_pro_days": np.array([row[4] for row in firsts]),
        "completed_sessions": count(done),
        "cancelled_sessions": count(closed & (bookings["outcome"] == rules.CANCELLED_BY_PRO)),
        "late_sessions": count(done & (bookings["minutes_late"] >= 5)),
        "n_ratings": count(rated),
        "rating_sum": count(rated, bookings["rating"][rated]),
        "first_service": np.array([log.clients["service"][row[1]] for row in firsts], np.int64),
        "first_channel": np.array([log.clients["channel"][row[1]] for row in firsts], np.int64),
    }


def test_a_score_sees_exactly_what_has_happened_by_then_and_nothing_of_what_is_already_settled() -> None:
    score = Remembering(fidelity())
    log = simulate(slow_market(), Arm("test", score, arm("uniform").allocator), SEED)
    bookings = log.bookings
    pending = 0
    for now_days, seen in score.seen:
        expected = happened(log, now_days)
        for name in HISTORY:
            np.testing.assert_array_equal(seen[name], expected[name], err_msg=f"{name} at day {now_days}")
        again = (bookings["need"] > 0) & (bookings["request_days"] < now_days) & (bookings["assigned_days"] > now_days)
        pending += int(again.sum())
    assert len(score.seen) == 1 + 29, "day 0 and the Wednesdays 2, 9, ..., 198"
    assert pending > 20, "assignments that the engine knew and the score must not"


@pytest.mark.parametrize(
    "score",
    [
        fidelity(),
        fidelity(immature="lost", credit="same_pro"),
        fidelity(immature="kaplan_meier"),
        CleaningScore(40, 60, 3, 2, "left_out", "platform", 0.5),
        Composite(40, 60, 3, 2, "left_out", "platform", 0.4, 0.2, 0.2, 0.2),
        CaseMix(40, 60, 3, 2, "left_out", "platform", 20),
        EmpiricalBayes(40, 60, 0, 0, "left_out", "platform", None),
    ],
)
def test_the_table_of_scores_follows_from_the_bookings_alone(score: Score) -> None:
    log = simulate(slow_market(), Arm("test", score, arm("uniform").allocator), SEED)
    counted = 0
    for now_days in np.unique(log.scores["refresh_days"])[::4]:
        table = score(History(**happened(log, now_days)), float(now_days))
        rows = log.scores["refresh_days"] == now_days
        pros = log.scores["pro"][rows]
        there = (log.pros["joined_days"] < now_days) | (log.pros["joined_days"] == 0)
        there &= ~(log.pros["left_days"] < now_days)
        assert pros.tolist() == np.flatnonzero(there).tolist()
        for name in ("value", "counted", "clients_behind", "standard_error"):
            np.testing.assert_array_equal(log.scores[name][rows], getattr(table, name)[pros])
        counted += int(table.counted[pros].sum())
    assert counted > 20


def test_declining_never_changes_a_score() -> None:
    world = market("horizon_days=200", "pros.n=4", "clients.arrivals_per_day=8", "clients.rate_scale_per_day=.03")
    who = draw_population(world, SEED, 0)
    who.pros["acceptance_logit"][1] = -np.inf
    for score in (fidelity(), CleaningScore(40, 60, 3, 2, "left_out", "platform", 0.5)):
        # pro 1 declines at once whatever is offered: nearly every request first, or, with weight 0, none at all
        asked, spared = (
            play(world, who, Arm("test", score, Fixed(np.array([1, weight, 1, 1.0]))), SEED)[1] for weight in (1000.0, 0.0)
        )
        refused = asked.bookings["first_answer"] == rules.DECLINED
        assert refused.mean() > 0.9
        assert not (spared.bookings["first_answer"] == rules.DECLINED).any()
        for name in ("refresh_days", "pro", "value", "counted", "clients_behind", "completed_sessions"):
            np.testing.assert_array_equal(asked.scores[name], spared.scores[name])
        assert asked.scores["counted"].any()


@pytest.mark.parametrize(("weekday", "expected"), [(2, [0, 2, 9, 16]), (0, [0, 7, 14]), (6, [0, 6, 13])])
def test_scores_are_refreshed_on_day_zero_and_on_one_day_of_each_week(weekday: int, expected: list[int]) -> None:
    log = run(market("horizon_days=20", f"refresh_weekday={weekday}", "clients.arrivals_per_day=1"), arm("uniform"), SEED)
    assert np.unique(log.scores["refresh_days"]).tolist() == expected
    assert len(log.scores["pro"]) == 200 * len(expected)


def test_visibility_is_logged_relative_to_the_mean_of_the_active_pros() -> None:
    three = market("horizon_days=2", "pros.n=3", "clients.arrivals_per_day=1")
    who = people(three, [], [{}, {}, {"joined_tick": 5}])
    _, log = play(three, who, Arm("test", arm("uniform").score, Fixed(np.array([1.0, 3.0, 100.0]))))
    # the third pro is not there yet: the mean of the others is 2
    assert log.scores["visibility"].tolist() == [0.5, 1.5]


def test_visibility_by_stage_treats_first_bookings_and_later_ones_apart() -> None:
    world = market("horizon_days=200", "pros.n=2", "clients.arrivals_per_day=2", "economics.payback_bookings=2")
    by_stage = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])  # first booking, second, all after payback
    log = simulate(world, Arm("test", arm("uniform").score, Fixed(by_stage)), SEED)
    filled = log.bookings["pro"] >= 0
    stage = log.bookings["stage"][filled]
    assert set(stage) == {0, 1, 2}
    assert np.array_equal(log.bookings["pro"][filled], np.where(stage == 1, 1, 0))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.ones(3), r"visibility at day 0 has shape \(3,\), must be \(4,\) or \(4, 4\)"),
        (np.ones((3, 4)), r"has shape \(3, 4\), must be \(4,\) or \(4, 4\)"),
        (1.0, r"has shape \(\), must be \(4,\)"),
        (None, r"has shape \(\), must be \(4,\)"),
        ("most visible", "is str, must be an array of numbers"),
        ([1.0, [2.0], 1.0, 1.0], "is list, must be an array of numbers"),
        ([1.0, 1.0, np.nan, 1.0], r"visibility at day 0 holds nan for pro 2, must be finite and >= 0"),
        ([1.0, np.inf, 1.0, 1.0], r"holds inf for pro 1, must be finite and >= 0"),
        ([1.0, 1.0, 1.0, -0.5], r"holds -0\.5 for pro 3, must be finite and >= 0"),
        (np.zeros(4), r"visibility at day 0 is all zero, must be > 0 for at least one pro"),
        (np.eye(4)[[0, 1, 2, 2]] * [1, 1, 0, 1], r"is all zero, must be > 0 for at least one pro"),
    ],
)
def test_an_allocator_with_unusable_weights_is_refused_with_the_day_and_the_rule(answer: Any, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        simulate(market("horizon_days=5", "pros.n=4"), Arm("test", arm("uniform").score, Fixed(answer)), SEED)


@dataclass(frozen=True)
class Claims:
    """A score that always gives this table."""

    table: Any

    def __call__(self, history: History, now_days: float) -> Any:
        return self.table


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (ScoreTable(np.ones(3), np.ones(4, bool), np.ones(4, int)), r"score\.value at day 0 has shape \(3,\), must be \(4,\)"),
        (ScoreTable(np.ones(4), np.ones((4, 1), bool), np.ones(4, int)), r"score\.counted at day 0 has shape \(4, 1\), must be"),
        (ScoreTable(np.ones(4), np.ones(4, bool), np.ones(5, int)), r"score\.clients_behind at day 0 has shape \(5,\)"),
        (
            ScoreTable(np.array([np.nan, np.nan, 1, 1]), np.array([False, True, True, True]), np.ones(4, int)),
            r"score\.value at day 0 of pro 1 = nan, must be finite where counted",
        ),
    ],
)
def test_a_score_of_the_wrong_shape_or_without_a_value_where_it_counts_is_refused(table: Any, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        simulate(market("horizon_days=5", "pros.n=4"), Arm("test", Claims(table), arm("uniform").allocator), SEED)


def test_a_policy_cannot_write_into_what_it_sees() -> None:
    refused: set[str] = set()
    table = tuple(column.name for column in fields(ScoreTable))

    def scribble(view: Any, columns: tuple[str, ...]) -> None:
        for name in columns:
            column = getattr(view, name)
            if isinstance(column, np.ndarray) and len(column):
                with pytest.raises(ValueError, match="read-only"):
                    column[0] = 1
                refused.add(name)

    @dataclass(frozen=True)
    class Scribbling:
        """As a score and as an allocator: tries to write into every column."""

        sees_truth = True
        needs_clients = True
        needs_uniforms = True

        def __call__(self, history: History, now_days: float) -> ScoreTable:
            scribble(history, HISTORY)
            return fidelity()(history, now_days)

        def visibility(self, pros: ProView, now_days: float) -> Floats:
            scribble(pros, tuple(column.name for column in fields(ProView)))
            scribble(pros.score, table)
            return np.ones(pros.n_pros)

    world = market("horizon_days=30", "pros.n=4", "clients.arrivals_per_day=10")
    log = simulate(world, Arm("test", Scribbling(), Scribbling()), SEED)
    view = {column.name for column in fields(ProView)} - {"score", "n_stages"}
    assert refused == {*HISTORY, *view, *table}
    assert log.digest() == run(world, Arm("test", fidelity(), arm("uniform").allocator), SEED).digest()


def test_what_a_policy_keeps_or_returns_cannot_reach_the_engine_afterwards() -> None:
    @dataclass(frozen=True)
    class Reusing:
        """Returns the same array each time, and spoils it before the next refresh."""

        weights_of_all: Any

        def visibility(self, pros: ProView, now_days: float) -> Floats:
            self.weights_of_all[:] = 1.0
            return self.weights_of_all  # type: ignore[no-any-return]

    world = market("horizon_days=30", "pros.n=4", "clients.arrivals_per_day=10")
    shared = np.ones(4)

    @dataclass(frozen=True)
    class Spoiling:
        def __call__(self, history: History, now_days: float) -> ScoreTable:
            shared[:] = np.nan
            return fidelity()(history, now_days)

    log = simulate(world, Arm("test", Spoiling(), Reusing(shared)), SEED)
    assert log.digest() == run(world, Arm("test", fidelity(), arm("uniform").allocator), SEED).digest()


def test_only_a_policy_that_declares_it_is_shown_the_truth() -> None:
    shown: list[Any] = []

    @dataclass(frozen=True)
    class Blind:
        def visibility(self, pros: ProView, now_days: float) -> Floats:
            shown.append(pros.true_return_propensity)
            return np.ones(pros.n_pros)

    @dataclass(frozen=True)
    class Seeing(Oracle):
        def visibility(self, pros: ProView, now_days: float) -> Floats:
            shown.append(pros.true_return_propensity)
            return super().visibility(pros, now_days)

    world = market("horizon_days=1", "refresh_weekday=0", "pros.n=4")
    simulate(world, Arm("test", fidelity(), Blind()), SEED)
    log = simulate(world, Arm("test", fidelity(), Seeing()), SEED)
    assert shown[0] is None
    np.testing.assert_array_equal(shown[1], log.truth_pros["return_propensity"])


def test_events_at_one_tick_happen_in_the_documented_order_whatever_was_scheduled_first() -> None:
    documented = [SESSION_ENDS, PRO_CANCELS, CLIENT_CANCELS, NOT_FILLED, REFRESH, JOIN, LEAVE, EFFORT, BUDGET, REQUEST]
    env = simpy.Environment()
    happened_in: list[tuple[int, int]] = []
    for entity in (2, 0, 10**6, 1):
        for kind in reversed(documented):
            event = Due(env, 7, kind, entity)
            assert event.callbacks is not None
            event.callbacks.append(lambda _, kind=kind, entity=entity: happened_in.append((kind, entity)))
    env.run()
    assert env.now == 7
    assert happened_in == [(kind, entity) for kind in documented for entity in (0, 1, 2, 10**6)]


def leaving_market(*more: str) -> Market:
    """Pros leave when they have had less than one session a week, without smoothing, for too many weeks in a row."""
    return market(
        "horizon_days=40",
        "pros.n=4",
        "pros.leaving.enabled=true",
        "pros.leaving.min_sessions_per_week=1",
        *more,
    )


def test_a_pro_without_work_leaves_once_the_scarce_weeks_exceed_the_patience() -> None:
    world = leaving_market()
    patience = [0.5, 1.0, 2.5, 100.0]
    _, log = play(world, people(world, [], [{"patience_weeks": weeks} for weeks in patience]), arm("uniform"))
    # full weeks are judged on days 9, 16, 23, ...: the first, second and third scarce one; one must exceed the patience
    np.testing.assert_array_equal(log.pros["left_days"], [9, 16, 23, np.nan])


def test_a_pro_who_joined_within_the_week_is_not_judged_yet() -> None:
    world = leaving_market()
    joins = [day * TICKS_PER_DAY + 1 for day in (1, 2, 5)]
    pros = [{"patience_weeks": 0.5, "joined_tick": tick} for tick in joins]
    _, log = play(world, people(world, [], pros), arm("uniform"))
    # judgements on days 9 and 16: on day 9 only the first has been there for seven days
    np.testing.assert_array_equal(log.pros["left_days"], [9, 16, 16])


def test_a_pro_with_enough_work_stays_and_one_whose_work_dries_up_leaves() -> None:
    # a week around the clock asks for 168 / 40 = 4.2 sessions; a client who asks again at once gives one every 3 h
    world = leaving_market("zones=3", "requests.lead_mean_hours=0")
    no_work_after = 8 * TICKS_PER_DAY
    clients = [{"one_time": False}, *({"zone": 1, "arrival_tick": tick} for tick in range(0, no_work_after, 6 * TICKS_PER_HOUR))]
    pros = [{"home_zone": zone, "patience_weeks": 0.5} for zone in range(3)]
    _, log = play(world, people(world, clients, pros), arm("uniform"))
    # the second pro has four sessions a day until shortly before the first judgement, then none; the third never has any
    np.testing.assert_array_equal(log.pros["left_days"], [np.nan, 16, 9])


def test_sessions_accepted_before_a_pro_leaves_still_take_place_and_later_requests_go_elsewhere() -> None:
    world = leaving_market("requests.lead_min_hours=72", "requests.lead_mean_hours=0")
    clients = [{"arrival_tick": 8 * TICKS_PER_DAY}, {"arrival_tick": 9 * TICKS_PER_DAY + 1}]
    _, log = play(world, people(world, clients, [{"patience_weeks": 0.5}]), arm("uniform"))
    assert log.pros["left_days"].tolist() == [9]
    assert log.bookings["outcome"].tolist() == [rules.COMPLETED, rules.UNFILLED]
    assert log.bookings["closed_days"][0] > 11


def test_nobody_leaves_when_leaving_is_switched_off() -> None:
    scarce = ("horizon_days=300", "pros.n=60", "clients.arrivals_per_day=1", "pros.leaving.min_sessions_per_week=3")
    on, off = (
        run(market(*scarce, f"pros.leaving.enabled={switch}", "warmup_days=0", preset="personal_care"), arm("uniform"), SEED)
        for switch in ("true", "false")
    )
    assert np.isfinite(on.pros["left_days"]).sum() > 5
    assert np.isnan(off.pros["left_days"]).all()


@pytest.mark.parametrize(
    "keys",
    [
        # less work to share, higher demands, less patience, quicker judgement of a bad spell
        ("clients.arrivals_per_day=9", "clients.arrivals_per_day=3", "clients.arrivals_per_day=1"),
        ("pros.n=15", "pros.n=30", "pros.n=60"),
        *(
            tuple(f"pros.leaving.{key}={value}" for value in values)
            for key, values in (
                ("min_sessions_per_week", (0.2, 0.8, 2.5)),
                ("patience_weeks_mean", (60, 15, 1)),
                ("patience_weeks_min", (50, 10, 0)),
            )
        ),
    ],
)
def test_more_pros_leave_or_sooner_when_work_is_scarcer_or_less_of_that_is_borne(keys: tuple[str, ...]) -> None:
    common = ("horizon_days=400", "warmup_days=0", "zones=2", "pros.zones_per_pro=2", "pros.n=30", "clients.arrivals_per_day=3")
    lost = []
    for key in keys:
        log = run(market(*common, key, preset="personal_care"), arm("uniform"), SEED)
        lost.append(np.nansum(400 - log.pros["left_days"]) / len(log.pros["pro"]))
    assert lost[0] < lost[1] < lost[2]


def test_a_policy_that_gives_all_work_to_a_few_makes_more_pros_leave() -> None:
    world = market(
        "horizon_days=400", "warmup_days=0", "zones=2", "pros.zones_per_pro=2", "pros.n=30", "clients.arrivals_per_day=5",
        preset="personal_care",
    )  # fmt: skip
    uniform, oracle = (np.isfinite(run(world, arm(name), SEED).pros["left_days"]).sum() for name in ("uniform", "oracle"))
    assert oracle > uniform + 2


def test_a_pro_who_joins_takes_requests_from_that_tick_on() -> None:
    world = market("horizon_days=10", "pros.n=1", "requests.lead_mean_hours=0")
    joins = 4 * TICKS_PER_DAY + 77  # between two refreshes
    clients = [{"arrival_tick": joins - 1}, {"arrival_tick": joins}]
    _, log = play(world, people(world, clients, [{"joined_tick": joins}]), arm("uniform"))
    assert log.bookings["outcome"].tolist() == [rules.UNFILLED, rules.COMPLETED]
    assert ticks(log.pros["joined_days"]).tolist() == [joins]

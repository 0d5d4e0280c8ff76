"""Pros who answer to the incentive of their score: by how much, how soon, and what it does to clients."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from sim.arrays import Floats
from sim.config import Market
from sim.draws import logistic, logit
from sim.engine.adapting import show_effort
from sim.engine.platform import Arm
from sim.population import PRO
from sim.views import History, ProView, ScoreTable
from tests.engine.hand import people, play
from tests.worlds import arm, market, run

SEED = 9


@dataclass(frozen=True)
class Known:
    """The same score at every refresh, counted for some."""

    counted: tuple[bool, ...]

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        n = len(self.counted)
        return ScoreTable(np.ones(n), np.array(self.counted), np.full(n, 10))


@dataclass(frozen=True)
class Fixed:
    """The same weights at every refresh."""

    weights_of_all: tuple[float, ...]

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        return np.array(self.weights_of_all)


def adapting(strength: float, lag: float, sd: float, *more: str, preset: str = "minimal") -> Market:
    """A market whose pros adapt."""
    keys = f"pros.adapting={{enabled: true, incentive_strength: {strength}, lag_weeks: {lag}, full_effort_sd: {sd}}}"
    return market(keys, *more, preset=preset)


def small(*more: str) -> tuple[str, ...]:
    return (
        "horizon_days=700",
        "warmup_days=300",
        "zones=3",
        "pros.zones_per_pro=2",
        "pros.n=30",
        "clients.arrivals_per_day=7",
        *more,
    )


QUICK = ("score.min_sessions=5", "score.rebook_days=60", "score.lookback_days=120", "allocator.strength=2")


def test_effort_approaches_what_the_visibility_calls_for_week_by_week() -> None:
    # refreshes on days 2 and 9; weights 1, 2, 3, 2: visibility .5, 1, 1.5, 1 of a mean of 2
    world = adapting(1.0, 2.0, 1.0, "horizon_days=10", "pros.n=4")
    policy = Arm("test", Known((True, True, True, False)), Fixed((1.0, 2.0, 3.0, 2.0)))
    _, log = play(world, people(world, [], [{}] * 4), policy)
    # the first lacks .5: half of the way in a week of two, then half of the rest, .25 + .125
    assert log.truth_pros["effort"].tolist() == [0.375, 0, 0, 0]
    # at strength 3 the shortfall of .5 calls for 1.5, of which 1 is possible
    strong = adapting(3.0, 1.0, 1.0, "horizon_days=10", "pros.n=4")
    assert play(strong, people(strong, [], [{}] * 4), policy)[1].truth_pros["effort"].tolist() == [1, 0, 0, 0]


def test_only_a_counted_score_of_a_pro_who_is_there_makes_an_effort() -> None:
    world = adapting(1.0, 1.0, 1.0, "horizon_days=10", "pros.n=4")
    policy = Arm("test", Known((False, True, True, True)), Fixed((1.0, 1.0, 3.0, 1.0)))
    # the last joins after the run: the mean of the others is 5 / 3, of which 1 is .6
    _, log = play(world, people(world, [], [{}, {}, {}, {"joined_tick": 10**8}]), policy)
    np.testing.assert_allclose(log.truth_pros["effort"], [0, 0.4, 0, 0])


def test_effort_relaxes_once_the_visibility_is_back() -> None:
    @dataclass(frozen=True)
    class Forgiving:
        def visibility(self, pros: ProView, now_days: float) -> Floats:
            return np.array([1.0, 3.0]) if now_days < 8 else np.ones(2)

    world = adapting(1.0, 2.0, 1.0, "horizon_days=17", "pros.n=2")
    _, log = play(world, people(world, [], [{}, {}]), Arm("test", Known((True, True)), Forgiving()))
    # .25 on day 2; nothing is missing on days 9 and 16: half of it, half again
    assert log.truth_pros["effort"].tolist() == [0.0625, 0.0]


def test_full_effort_moves_traits_by_its_standard_deviations_and_leaves_skill_alone() -> None:
    rest, shown = np.zeros(3, PRO), np.zeros(3, PRO)
    for table in (rest, shown):
        table["late_share"], table["cancellation_share"], table["warmth"], table["skill"] = 0.2, 0.1, -1.0, 0.3
    rest["cancellation_share"][2] = 0.0
    show_effort(shown, rest, np.array([0.0, 0.5, 1.0]), 2.0, 0.7, 0.4)
    # half the effort is one standard deviation: .7 and .4 on the logit scale, 1 in warmth and advocacy
    np.testing.assert_allclose(shown["late_share"], [0.2, logistic(logit(0.2) - 0.7), logistic(logit(0.2) - 1.4)])
    np.testing.assert_allclose(shown["cancellation_share"], [0.1, logistic(logit(0.1) - 0.4), 0])
    np.testing.assert_allclose(shown["warmth"], [-1, 0, 1])
    np.testing.assert_allclose(shown["advocacy"], [0, 1, 2])
    assert (shown["skill"] == 0.3).all()
    assert shown["late_share"][0] == 0.2, "to the bit"


def digest(log: Any) -> str:
    log.truth_pros.pop("effort", None)
    return str(log.digest())


def test_without_an_incentive_nothing_changes() -> None:
    keys = ("horizon_days=250", "warmup_days=50", "pros.n=12", "clients.arrivals_per_day=4")
    for name, world in (
        ("uniform", adapting(5.0, 1.0, 1.0, *keys, preset="personal_care")),
        ("wecasa_2025", adapting(0.0, 1.0, 1.0, *keys, preset="personal_care")),
        ("wecasa_2025", adapting(5.0, 1.0, 0.0, *keys, preset="personal_care")),
    ):
        policy = arm(name, "score.min_sessions=2", "score.rebook_days=30", "score.lookback_days=60", "score.min_clients_behind=1")
        off = run(market(*keys, preset="personal_care"), policy, SEED)
        on = run(world, policy, SEED)
        assert "effort" not in off.truth_pros
        assert (on.truth_pros["effort"].max() > 0.5) == (name != "uniform" and world.pros.adapting.incentive_strength > 0)
        assert digest(on) == digest(off)


def test_the_truth_is_of_traits_at_rest_and_the_people_stay_as_they_were() -> None:
    world = adapting(3.0, 2.0, 2.0, "horizon_days=60", "pros.n=2", "pros.late_share=.3")
    who = people(
        world, [{"arrival_tick": 1000 * i, "one_time": False} for i in range(20)], [{"late_share": 0.3}, {"late_share": 0.3}]
    )
    policy = Arm("test", Known((True, True)), Fixed((1.0, 3.0)))
    logs = [play(world, who, policy)[1] for _ in range(2)]
    assert logs[0].digest() == logs[1].digest()
    assert logs[0].truth_pros["late_share"].tolist() == [0.3, 0.3]
    assert logs[0].truth_pros["effort"][0] > 0.5
    np.testing.assert_array_equal(*logs[0].truth_pros["return_propensity"].reshape(2, 1))


@pytest.mark.parametrize("seed", [1, 2])
def test_more_effort_makes_fewer_sessions_late_and_more_clients_stay(seed: int) -> None:
    late, stays = [], []
    for sd in (0.0, 1.0, 3.0):
        log = run(adapting(3.0, 2.0, sd, *small(), preset="personal_care"), arm("wecasa_2025", *QUICK), seed)
        later = (log.bookings["request_days"] > 300) & np.isfinite(log.bookings["minutes_late"])
        late.append((log.bookings["minutes_late"][later] >= 5).mean())
        stays.append(log.bookings["stays"][later].mean())
    assert late[0] > late[1] + 0.005 > late[2] + 0.01
    assert stays[0] < stays[2] - 0.01


def test_a_longer_lag_makes_the_effort_come_later() -> None:
    efforts = []
    for lag in (1, 8, 40):
        world = adapting(1.0, lag, 1.0, "horizon_days=52", "pros.n=2")
        log = play(world, people(world, [], [{}, {}]), Arm("test", Known((True, True)), Fixed((1.0, 3.0))))[1]
        efforts.append(log.truth_pros["effort"][0])
    # eight weeks towards .5: all of the way, 1 - (7 / 8)^8 = .656 of it, 1 - (39 / 40)^8 = .183 of it
    assert efforts == pytest.approx([0.5, 0.328, 0.0917], abs=1e-3)

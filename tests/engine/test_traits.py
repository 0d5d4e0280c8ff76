"""How good pros are now: practice, drift, load, and the effort made for a score; by how much, how soon, what it does to clients."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from sim.arrays import Floats, Table
from sim.config import Market
from sim.draws import logistic, logit
from sim.engine.platform import Arm
from sim.engine.traits import Traits, show_effort
from sim.engine.world import open_world
from sim.metrics.cohort import Cohort
from sim.metrics.score_quality import score_rank_correlation
from sim.population import PRO, draw_population
from sim.views import History, ProView, ScoreTable
from tests.engine.hand import people, play
from tests.markets import arm, market, run

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


def moving(*lines: str, n_pros: int = 3, preset: str = "minimal", seed: int = SEED) -> Traits:
    """The traits of a market's pros on day 0, before anything has happened."""
    world = market(f"pros.n={n_pros}", *lines, preset=preset)
    return Traits(world, open_world(world, draw_population(world, seed, 0), seed, 0))


def late_logits(pros: Table) -> Floats:
    return np.log(pros["late_share"] / (1 - pros["late_share"]))


def test_practice_adds_to_skill_and_punctuality_along_an_exponential_curve() -> None:
    traits = moving("pros.learning={enabled: true, gain_sd: 0.8, sessions: 30}", "pros.late_logit_sd=0.5")
    shown, rest = traits.world.pros, traits.world.pros_at_rest
    assert shown.tobytes() == rest.tobytes()
    before = traits.propensity.copy()
    traits.world.pro_state["completed"] = [0, 30, 10**9]
    traits.next_week()
    # nothing, 63 % (1 - 1 / e), all of it
    gain = 0.8 * np.array([0, 1 - np.exp(-1), 1])
    np.testing.assert_allclose(shown["skill"] - rest["skill"], gain)
    np.testing.assert_allclose(late_logits(shown) - late_logits(rest), -0.5 * gain, atol=1e-12)
    for name in ("warmth", "advocacy", "cancellation_share"):
        assert shown[name].tolist() == rest[name].tolist()
    assert (np.sign(traits.propensity - before) == [0, 1, 1]).all()
    # what the log calls a pro at rest stays
    assert traits.propensity_at_rest == pytest.approx(before, abs=1e-7)


def test_load_tires_in_proportion_to_hours_with_a_lag_up_to_the_full_load_and_wears_off() -> None:
    traits = moving("pros.tiring={enabled: true, loss_sd: 1, full_sessions_per_week: 8, lag_weeks: 2}", "pros.late_logit_sd=0.5")
    shown, rest = traits.world.pros, traits.world.pros_at_rest
    # weeks of 40, 20 and 0 hours
    traits.world.pros["weekly_slots"] = [80, 40, 0]
    traits.world.pro_state["completed"] = [4, 4, 0]
    traits.next_week()
    # half of 4 sessions is felt: 2 of 8, 2 of 4, nothing
    lost = np.array([0.25, 0.5, 0])
    np.testing.assert_allclose(rest["skill"] - shown["skill"], lost)
    np.testing.assert_allclose(rest["warmth"] - shown["warmth"], lost)
    np.testing.assert_allclose(late_logits(shown) - late_logits(rest), 0.5 * lost, atol=1e-12)
    assert shown["advocacy"].tolist() == rest["advocacy"].tolist()
    traits.next_week()
    # a week of rest: half of it is left
    np.testing.assert_allclose(rest["skill"] - shown["skill"], lost / 2)
    traits.world.pro_state["completed"] += 1000
    traits.next_week()
    np.testing.assert_allclose(rest["skill"] - shown["skill"], [1, 1, 0])


def test_drift_keeps_the_spread_between_pros_at_every_instant_and_forgets_by_its_half_life() -> None:
    n = 4000
    keys = ("pros.drift={enabled: true, share: 0.6, half_life_weeks: 10}", "pros.cancellation_share=.1")
    traits = moving(*keys, "pros.cancellation_logit_sd=.6", "pros.late_logit_sd=.7", n_pros=n)
    shown, rest = traits.world.pros, traits.world.pros_at_rest
    skills, late, truths = [], [], []
    for week in range(21):
        if week % 10 == 0:
            skills.append(shown["skill"].copy())
            late.append(late_logits(shown))
            truths.append(traits.propensity)
            # a standard error of a standard deviation is 1 / sqrt(2 n) = .011, of a correlation .016 at most
            for name in ("skill", "warmth", "advocacy"):
                assert shown[name].std() == pytest.approx(1, abs=0.035)
                assert abs(shown[name].mean()) < 0.05
            assert late[-1].std() == pytest.approx(0.7, abs=0.025)
            # loadings of .632: the traits of quality correlate by .4, whatever has moved
            assert np.corrcoef(shown["skill"], shown["warmth"])[0, 1] == pytest.approx(0.4, abs=0.05)
            assert np.corrcoef(shown["skill"], late[-1])[0, 1] == pytest.approx(-0.4, abs=0.05)
            assert truths[-1].std() == pytest.approx(traits.propensity_at_rest.std(), rel=0.04)
            assert truths[-1].mean() == pytest.approx(traits.propensity_at_rest.mean(), rel=0.01)
        traits.next_week()
    # .4 is for good; of the .6 a half is left after ten weeks, a quarter after twenty
    assert np.corrcoef(skills[0], skills[1])[0, 1] == pytest.approx(0.7, abs=0.03)
    assert np.corrcoef(skills[0], skills[2])[0, 1] == pytest.approx(0.55, abs=0.035)
    assert np.corrcoef(late[0], late[2])[0, 1] == pytest.approx(0.55, abs=0.035)
    # with what is at rest each has sqrt(.4) in common
    assert np.corrcoef(skills[2], rest["skill"])[0, 1] == pytest.approx(np.sqrt(0.4), abs=0.035)


def test_who_never_cancels_or_is_always_late_stays_so_while_quality_drifts() -> None:
    traits = moving("pros.drift={enabled: true, share: 0.9, half_life_weeks: 2}")
    traits.world.pros_at_rest["late_share"] = [0.0, 1.0, 0.3]
    traits.next_week()
    assert traits.world.pros["late_share"][:2].tolist() == [0, 1]
    assert traits.world.pros["late_share"][2] != 0.3
    assert (traits.world.pros["cancellation_share"] == 0).all()


def test_effort_comes_on_top_of_what_moves_and_is_no_part_of_the_truth() -> None:
    traits = moving(
        "pros.learning={enabled: true, gain_sd: 1, sessions: 1}",
        "pros.adapting={enabled: true, incentive_strength: 9, lag_weeks: 1, full_effort_sd: 0.5}",
    )
    traits.world.pro_state["completed"] = 10**6
    traits.next_week()
    skilled = traits.propensity
    traits.world.visibility[:] = [1.0, 2.0, 6.0]
    traits.answer(np.ones(3, bool))
    shown, rest = traits.world.pros, traits.world.pros_at_rest
    np.testing.assert_allclose(shown["skill"] - rest["skill"], 1)
    # 9 times what is missing to the mean of 3 is more than full effort; the last misses nothing
    np.testing.assert_allclose(shown["warmth"] - rest["warmth"], [0.5, 0.5, 0])
    assert traits.propensity.tolist() == skilled.tolist()


OFF = (
    "pros.learning={enabled: true, gain_sd: 0, sessions: 30}",
    "pros.drift={enabled: true, share: 0, half_life_weeks: 5}",
    "pros.tiring={enabled: true, loss_sd: 0, full_sessions_per_week: 5, lag_weeks: 4}",
)


def test_quality_that_moves_by_nothing_changes_nothing() -> None:
    keys = ("horizon_days=250", "warmup_days=50", "pros.n=12", "clients.arrivals_per_day=4")
    policy = arm("wecasa_2025", "score.min_sessions=2", "score.rebook_days=30", "score.lookback_days=60")
    off, on = (run(market(*keys, *lines, preset="personal_care"), policy, SEED) for lines in ((), OFF))
    assert not off.truth_refreshes
    assert off.digest() == replace(on, truth_refreshes={}).digest()
    # the truth is read off a curve then
    np.testing.assert_allclose(on.truth_of_scores(), off.truth_of_scores(), atol=1e-7)


DRIFTING = "pros.drift={enabled: true, share: 0.8, half_life_weeks: 8}"


def test_a_reference_sees_how_good_pros_are_now() -> None:
    log = run(market(*small(DRIFTING), preset="personal_care"), arm("oracle_proportional", "allocator.strength=1"), 2)
    scores, truth = log.scores, log.truth_refreshes
    for name in ("refresh_days", "pro"):
        assert truth[name].tolist() == scores[name].tolist()
    now, rest = log.truth_of_scores(), log.truth_pros["return_propensity"][scores["pro"]]
    late = scores["refresh_days"] > 300
    assert np.corrcoef(now[late], rest[late])[0, 1] < 0.7
    week = scores["refresh_days"] == scores["refresh_days"].max()
    assert log.latest_truth()[scores["pro"][week]].tolist() == now[week].tolist()
    np.testing.assert_allclose(scores["visibility"][week], now[week] / now[week].mean())


@pytest.mark.parametrize("seed", [1, 2])
def test_practice_makes_more_clients_stay_and_load_fewer(seed: int) -> None:
    def stays(*lines: str) -> float:
        log = run(market(*small(*lines), preset="personal_care"), arm("uniform"), seed)
        return float(log.bookings["stays"][log.bookings["request_days"] > 300].mean())

    plain = stays()
    assert stays("pros.learning={enabled: true, gain_sd: 1.5, sessions: 30}") > plain + 0.01
    assert stays("pros.tiring={enabled: true, loss_sd: 1.5, full_sessions_per_week: 2, lag_weeks: 4}") < plain - 0.01


@pytest.mark.parametrize("seed", [1, 2])
def test_a_score_knows_less_of_pros_who_drift(seed: int) -> None:
    logs = [run(market(*small(*lines), preset="personal_care"), arm("wecasa_2025", *QUICK), seed) for lines in ((), (DRIFTING,))]
    still, drifts = (score_rank_correlation(Cohort(log)) for log in logs)
    assert drifts < still - 0.05

from functools import cache

import numpy as np
import pytest

from sim.config import Market
from sim.designs.client import Client
from sim.engine.run import simulate
from sim.engine.trial import Trial
from sim.log import RunLog
from sim.shadow.logged import past_of
from sim.shadow.shown import shown
from sim.shadow.weights import refresh_of, target_weights
from sim.views import ordered_mean
from tests.markets import arm, market, run

SEED = 7
QUICK = ("score.min_sessions=2", "score.rebook_days=40", "score.lookback_days=90", "score.min_clients_behind=1")
ARMS: dict[str, tuple[str, ...]] = {
    "uniform": (),
    "rating": (),
    "wecasa_2022": (QUICK[0],),
    "wecasa_2025": QUICK,
    "cleaning_score": (),
    "softmax": (),
    "tiers": (),
    "thompson": (),
    "least_loaded": (),
    "proportional_fair": (),
    "value_of_information": (),
    "new_pro_boost": (),
    "payback_aware": (),
    "fidelity_composite": (),
    "fidelity_case_mix": (),
    "oracle": (),
}


def small(*more: str) -> Market:
    """Ten months of 20 pros who often refuse or cancel, some of whom join and leave."""
    lines = ("horizon_days=300", "warmup_days=100", "zones=2", "pros.zones_per_pro=2", "pros.n=20", "clients.arrivals_per_day=5")
    habits = ("pros.cancellation_share=.2", "pros.acceptance_share=.7", "pros.leaving.patience_weeks_mean=6")
    return market(*lines, *habits, "log_choices=true", *more, preset="personal_care")


@cache
def logged(name: str, *more: str) -> RunLog:
    return run(small(*more), arm(name, *ARMS[name]), SEED, 1)


def relative(log: RunLog, tables: np.ndarray, refresh_days: np.ndarray) -> np.ndarray:
    """Visibility at a first booking of each row of ``scores``, over the mean of that refresh's rows."""
    refresh, found = np.searchsorted(refresh_days, log.scores["refresh_days"]), np.empty(len(log.scores["pro"]))
    for i in range(len(refresh_days)):
        rows = refresh == i
        mine = tables[i, 0, log.scores["pro"][rows]]
        found[rows] = mine / ordered_mean(mine) if (mine > 0).any() else mine
    return found


@pytest.mark.parametrize("name", ARMS)
def test_the_shadow_of_the_arm_that_made_the_log_is_what_it_showed_bit_by_bit(name: str) -> None:
    log, world, policy = logged(name), small(), arm(name, *ARMS[name])
    past = past_of(log, world)
    np.testing.assert_array_equal(
        relative(log, shown(past, policy, world.economics.payback_bookings + 1, (SEED, 1)), past.refresh_days),
        log.scores["visibility"],
    )
    # every stage, every race and attempt
    np.testing.assert_array_equal(target_weights(log, world, policy, (SEED, 1), past), log.choices["weight"])
    assert len(set(log.choices["attempt"])) > 1
    assert len(set(log.bookings["stage"])) == world.economics.payback_bookings + 1


@pytest.mark.parametrize(("control", "treated"), [("uniform", "wecasa_2025"), ("wecasa_2025", "rating"), ("rating", "softmax")])
def test_the_shadow_of_another_arm_is_what_an_experiment_would_show_to_the_treated_of_whom_there_are_none(
    control: str, treated: str
) -> None:
    world, other = small(), arm(treated, *ARMS[treated])
    trial = Trial(other, Client(1e-9), 100.0, 150.0)
    log = simulate(world, arm(control, *ARMS[control]), SEED, 1, trial=trial)
    assert not (log.bookings["group"] == 1).any()
    past = past_of(log, world)
    tables = shown(past, other, world.economics.payback_bookings + 1)
    np.testing.assert_array_equal(relative(log, tables, past.refresh_days), log.scores["treated_visibility"])
    assert (log.scores["treated_visibility"] != log.scores["visibility"]).mean() > 0.3


MOVING = (
    "pros.adapting={enabled: true, incentive_strength: 2, lag_weeks: 4, full_effort_sd: 1}",
    "pros.entering.enabled=true",
    "pros.drift={enabled: true, share: 0.5, half_life_weeks: 10}",
    "clients.competitors.hazard_per_idle_month=.1",
    "acquisition.mode=reinvest",
    "acquisition.launch_months=6",
    "acquisition.launch_share=1",
    "refresh_weekday=0",
)


@pytest.mark.parametrize("name", ["wecasa_2025", "new_pro_boost", "oracle"])
def test_it_is_so_when_pros_and_clients_react_too(name: str) -> None:
    log, world, policy = logged(name, *MOVING), small(*MOVING), arm(name, *ARMS[name])
    weights, logged_weights = target_weights(log, world, policy), log.choices["weight"]
    # with a moving quality the truth about a pro who joins within the week was noted by nobody
    unknown = joined_since(log, past_of(log, world).refresh_days) if name == "oracle" else np.zeros(len(weights), bool)
    np.testing.assert_array_equal(weights[~unknown], logged_weights[~unknown])
    assert unknown.mean() < 0.02


def joined_since(log: RunLog, refresh_days: np.ndarray) -> np.ndarray:
    """Rows of candidates who joined after the refresh whose visibility their race saw."""
    refresh = refresh_of(refresh_days, log.choices["race_days"], log.choices["attempt"])
    return log.pros["joined_days"][log.choices["pro"]] > refresh_days[refresh]


def test_at_the_instant_of_a_refresh_requests_see_it_and_races_after_a_cancellation_do_not() -> None:
    days = np.array([0.0, 2.0, 9.0])
    when, attempt = np.array([0.0, 2.0, 2.0, 8.9, 9.0, 9.0]), np.array([0, 0, 1, 2, 0, 3])
    assert refresh_of(days, when, attempt).tolist() == [0, 1, 0, 1, 2, 1]

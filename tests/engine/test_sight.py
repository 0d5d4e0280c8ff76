"""What the platform works out for views: recent work, new clients, clients behind first sessions, randomness."""

from dataclasses import dataclass, field, replace
from typing import get_args

import numpy as np
import pytest
from omegaconf import OmegaConf

from experiments.plans.compose import CONFIGS
from sim import rules
from sim.arrays import Floats
from sim.engine.platform import Arm
from sim.engine.run import Engine, simulate
from sim.engine.sight import clients_of_firsts
from sim.engine.world import open_world
from sim.plugins import build
from sim.scores.base import Score
from sim.scores.case_mix import CaseMix
from sim.scores.empirical_bayes import EmpiricalBayes
from sim.views import History, ProView, ScoreTable
from tests.engine.hand import people
from tests.markets import arm, market

SEED = 6
WORLD = (
    "horizon_days=100",
    "warmup_days=0",
    "pros.n=12",
    "clients.arrivals_per_day=6",
    "log_offers=true",
    # one assignment a request, so that the log has every acceptance
    "requests.max_attempts=1",
)


@dataclass(frozen=True)
class Watching:
    """A policy that keeps every view it is shown."""

    seen: list[tuple[float, ProView]] = field(default_factory=list)

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        self.seen.append((now_days, pros))
        return np.ones(pros.n_pros)


@dataclass(frozen=True)
class WatchingDice(Watching):
    needs_uniforms = True


@dataclass(frozen=True)
class WatchingScore:
    """A score that keeps every history it is shown."""

    score: Score
    seen: list[History] = field(default_factory=list)

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        self.seen.append(history)
        return self.score(history, now_days)


def test_recent_work_is_that_of_the_last_four_weeks() -> None:
    watching = Watching()
    log = simulate(market(*WORLD, preset="personal_care"), Arm("test", arm("uniform").score, watching), SEED)
    bookings, offers = log.bookings, log.offers
    asked = bookings["request_days"]
    done = bookings["outcome"] == rules.COMPLETED
    client, first = np.unique(bookings["client"][done], return_index=True)
    first = np.flatnonzero(done)[first]
    assert len(client) > 100
    for now_days, view in watching.seen:
        # refreshes are a week apart but for the first two, on days 0 and 2: before day 30 everything is recent
        since = now_days - 28 if now_days >= 30 else 0.0
        recent = (asked >= since) & (asked < now_days)
        accepted = recent & (bookings["pro"] >= 0)
        np.testing.assert_array_equal(view.recent_bookings, np.bincount(bookings["pro"][accepted], minlength=12))
        np.testing.assert_array_equal(view.recent_offers, np.bincount(offers["pro"][recent[offers["booking"]]], minlength=12))
        met = bookings["pro"][first][bookings["closed_days"][first] <= now_days]
        np.testing.assert_array_equal(view.new_clients, np.bincount(met, minlength=12))
    assert watching.seen[-1][1].recent_bookings.sum() < 0.6 * (bookings["pro"] >= 0).sum()


def test_uniforms_are_for_those_who_ask_and_the_same_under_every_policy() -> None:
    world = market(*WORLD, preset="personal_care")
    blind, dice, again, other = Watching(), WatchingDice(), WatchingDice(), WatchingDice()
    simulate(world, Arm("test", arm("uniform").score, blind), SEED)
    assert all(view.uniforms is None for _, view in blind.seen)
    simulate(world, Arm("test", arm("uniform").score, dice), SEED)
    simulate(world, Arm("test", arm("wecasa_2022").score, again), SEED)
    simulate(world, Arm("test", arm("uniform").score, other), SEED, replication=1)
    drawn, repeated, elsewhere = (np.array([view.uniforms for _, view in kept.seen]) for kept in (dice, again, other))
    assert drawn.tobytes() == repeated.tobytes()
    assert drawn.shape == (15, 12)
    # a new number for each pro, refresh and replication
    assert len(np.unique([drawn, elsewhere])) == 2 * drawn.size
    assert drawn.min() > 0
    assert drawn.max() < 1
    # 180 uniforms: 3 errors of the mean are .065
    assert abs(drawn.mean() - 0.5) < 3 / np.sqrt(12 * drawn.size)


@pytest.mark.parametrize("needed", [True, False])
def test_services_and_channels_are_for_scores_that_ask(needed: bool) -> None:
    class Asking(WatchingScore):
        needs_clients = needed

    score = Asking(arm("uniform").score)
    simulate(market(*WORLD, preset="personal_care"), Arm("test", score, arm("uniform").allocator), SEED)
    last = score.seen[-1]
    assert (last.first_service is not None) == (last.first_channel is not None) == needed
    if needed:
        assert last.first_service is not None
        assert len(last.first_service) == len(last.first_pro) > 100


def test_friends_whom_nobody_has_brought_yet_are_behind_no_first_session() -> None:
    one = market("pros.n=1")
    referral = build(OmegaConf.to_container(OmegaConf.load(CONFIGS / "programme" / "referral.yaml")), "programme", "referral")
    world = open_world(one, people(one, [{}, {}], [{}]), 1, 0, programmes=(referral,))
    # of the two clients the second has had a session
    world.client_state["first"][1], world.client_state["completed"][1] = 0, 1
    assert len(world.client_state) > 2
    assert clients_of_firsts(world, 1).tolist() == [1]


def test_both_engines_show_policies_the_same() -> None:
    world = market(*WORLD, "clients.rate_scale_per_day=.04", preset="personal_care")
    for policy in (
        replace(arm("thompson"), score=CaseMix(20, 60, 0, 1, "left_out", "platform", 5)),
        replace(arm("proportional_fair"), score=EmpiricalBayes(20, 60, 0, 0, "left_out", "platform", None)),
    ):
        logs = [simulate(world, policy, SEED, engine=engine) for engine in get_args(Engine)]
        assert logs[0].digest() == logs[1].digest()
        assert logs[0].scores["counted"].any()
        assert len(np.unique(logs[0].scores["visibility"])) > 20

"""How good each pro is now: traits at rest, moved by practice, drift and load, and by the effort made for a score.

Everything moves once a week. Practice, drift and load move before the refresh, so that the truth that a reference sees is that of
the week to come; effort answers to the visibility of the refresh and moves after it. Effort follows visibility, which is what a pro
feels of a score: nobody makes one where the score is shown to nobody, and where a policy weighs every single request.

The truth about a pro counts practice, drift and load, which are part of how good the pro is, and leaves out effort.
"""

import math
from typing import Any

import numpy as np

from sim import draws, rules
from sim.arrays import Flags, Floats, Ints
from sim.calendar import FULL_TIME_SLOTS
from sim.config import TRAITS, Market
from sim.engine.sight import relative_visibility
from sim.engine.world import World
from sim.jit import compiled
from sim.population import correlated_normals, loadings
from sim.truth import PropensityAgain, return_propensity

PUNCTUALITY, RELIABILITY, SKILL, WARMTH, ADVOCACY = (
    TRAITS.index(name) for name in ("punctuality", "reliability", "skill", "warmth", "advocacy")
)


@compiled
def follow_visibility(level: Floats, visibility: Floats, counted: Flags, incentive_strength: float, lag_weeks: float) -> None:
    """Move each pro's effort or reluctance, (n_pros,), by one week; ``visibility`` is relative to the mean of the active pros."""
    for p in range(len(level)):
        level[p] = rules.next_effort(level[p], visibility[p], counted[p], incentive_strength, lag_weeks)


@compiled
def show_effort(pros: Any, at_rest: Any, effort: Floats, full_effort_sd: float, late_sd: float, cancellation_sd: float) -> None:
    """Set the traits that follow effort; the spreads of lateness and cancellation are on the logit scale."""
    for p in range(len(pros)):
        gain = full_effort_sd * effort[p]
        pros[p]["late_share"] = rules.shifted_share(at_rest[p]["late_share"], -gain * late_sd)
        pros[p]["cancellation_share"] = rules.shifted_share(at_rest[p]["cancellation_share"], -gain * cancellation_sd)
        pros[p]["skill"] = at_rest[p]["skill"]
        pros[p]["warmth"] = at_rest[p]["warmth"] + gain
        pros[p]["advocacy"] = at_rest[p]["advocacy"] + gain


@compiled
def wander(drift: Floats, innovations: Floats, persistence: float) -> None:
    """Move what drifts of each trait, (n_pros, n_traits), by one week."""
    for p in range(drift.shape[0]):
        for j in range(drift.shape[1]):
            drift[p, j] = rules.next_drift(drift[p, j], innovations[p, j], persistence)


@compiled
def move(
    now: Any, at_rest: Any, drift: Floats, learned: Floats, tired: Floats, drift_share: float, late: Any, cancels: Any
) -> None:
    """Set the traits that practice, drift and load move; ``late`` and ``cancels``: logit of the median share, and spread."""
    for p in range(len(now)):
        rest, better = at_rest[p], learned[p] - tired[p]
        now[p]["late_share"] = rules.mixed_share(rest["late_share"], late[0], late[1], drift[p, PUNCTUALITY], drift_share, better)
        now[p]["cancellation_share"] = rules.mixed_share(
            rest["cancellation_share"], cancels[0], cancels[1], drift[p, RELIABILITY], drift_share, 0.0
        )
        now[p]["skill"] = rules.mixed(rest["skill"], drift[p, SKILL], drift_share) + better
        now[p]["warmth"] = rules.mixed(rest["warmth"], drift[p, WARMTH], drift_share) - tired[p]
        now[p]["advocacy"] = rules.mixed(rest["advocacy"], drift[p, ADVOCACY], drift_share)


@compiled
def practised(completed: Ints, gain_sd: float, sessions: float) -> Floats:
    """What each pro has gained by practice, (n_pros,)."""
    gained = np.empty(len(completed))
    for p in range(len(completed)):
        gained[p] = rules.learned_sd(completed[p], gain_sd, sessions)
    return gained


@compiled
def wearied(load: Floats, full_load: Floats, loss_sd: float) -> Floats:
    """What the load takes off each pro, (n_pros,); both loads are completed sessions a week."""
    lost = np.zeros(len(load))
    for p in range(len(load)):
        if full_load[p] > 0.0:
            lost[p] = rules.tired_sd(load[p], full_load[p], loss_sd)
    return lost


class Traits:
    """The traits of all pros in one run: ``World.pros`` as they show, and the truth about them."""

    def __init__(self, market: Market, world: World) -> None:
        self.pros = market.pros
        self.world = world
        self.propensity_at_rest = return_propensity(market, world.pros_at_rest)
        self.propensity = self.propensity_at_rest
        """(n_pros,) of the traits as they are now, without effort."""
        pros, n_pros = market.pros, len(world.pros)
        self.moves = pros.learning.enabled or pros.drift.enabled or pros.tiring.enabled
        self.now = world.pros_at_rest
        self.drift = np.zeros((n_pros, len(TRAITS)))
        self.load = np.zeros(n_pros)
        self.completed_before = np.zeros(n_pros, np.int64)
        self.week = 0
        if self.moves:
            self.now = self.now.copy()
            self.truth = PropensityAgain(market)
            if pros.drift.enabled:
                # a drift that has gone on for ever
                self.drift = self.innovations()
            self.show()

    def innovations(self) -> Floats:
        """What moves each trait in this week, (n_pros, n_traits) standard normal, correlated as the traits are."""
        rule = self.world.rules[0]
        return correlated_normals(
            int(rule["seed"]), int(rule["replication"]), draws.DRIFT, loadings(self.pros), len(self.drift), self.week
        )

    def next_week(self) -> None:
        """A week of practice, drift and load has passed."""
        if not self.moves:
            return
        self.week += 1
        completed = self.world.pro_state["completed"].copy()
        self.load += (completed - self.completed_before - self.load) / self.pros.tiring.lag_weeks
        self.completed_before = completed
        if self.pros.drift.enabled:
            wander(self.drift, self.innovations(), math.exp(-math.log(2.0) / self.pros.drift.half_life_weeks))
        self.show()

    def show(self) -> None:
        """Work out the traits as they are now, the truth about them, and how they show at present effort."""
        world, learning, drift, tiring = self.world, self.pros.learning, self.pros.drift, self.pros.tiring
        spreads = float(self.pros.late_logit_sd), float(self.pros.cancellation_logit_sd)
        if self.moves:
            medians = draws.logit(float(self.pros.late_share)), draws.logit(float(self.pros.cancellation_share))
            move(
                self.now,
                world.pros_at_rest,
                self.drift,
                practised(self.completed_before, float(learning.gain_sd) if learning.enabled else 0.0, float(learning.sessions)),
                wearied(
                    self.load,
                    tiring.full_sessions_per_week * world.pros["weekly_slots"] / FULL_TIME_SLOTS,
                    float(tiring.loss_sd) if tiring.enabled else 0.0,
                ),
                float(drift.share) if drift.enabled else 0.0,
                *zip(medians, spreads, strict=True),
            )
            self.propensity = self.truth(self.now)
        show_effort(world.pros, self.now, world.effort, float(self.pros.adapting.full_effort_sd), *spreads)

    def answer(self, counted: Flags) -> None:
        """Everybody's effort moves towards what visibility calls for; ``counted``: (n_pros,) active, with a score that counts."""
        world, adapting = self.world, self.pros.adapting
        if (world.visibility[0][world.active] > 0.0).any():
            follow_visibility(
                world.effort,
                relative_visibility(world),
                counted,
                float(adapting.incentive_strength),
                float(adapting.lag_weeks),
            )
            self.show()

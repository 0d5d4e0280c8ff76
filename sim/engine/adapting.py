"""Pros who answer to the incentive of their score: those who are shown less than others make an effort, week by week.

Effort follows visibility, which is what a pro feels of a score. So nobody adapts where the score is shown to nobody, and where a
policy weighs every single request. Skill does not follow effort; the truth about pros is of their traits at rest.
"""

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from sim import rules
from sim.arrays import Flags, Floats
from sim.config import Adapting, Pros
from sim.engine.platform import Due, Platform
from sim.engine.world import EFFORT
from sim.jit import compiled
from sim.views import ordered_mean


@compiled
def try_harder(effort: Floats, visibility: Floats, counted: Flags, incentive_strength: float, lag_weeks: float) -> None:
    """Move each pro's effort, (n_pros,), by one week; ``visibility`` is relative to the mean of the active pros."""
    for p in range(len(effort)):
        effort[p] = rules.next_effort(effort[p], visibility[p], counted[p], incentive_strength, lag_weeks)


@compiled
def show_effort(pros: Any, at_rest: Any, effort: Floats, full_effort_sd: float, late_sd: float, cancellation_sd: float) -> None:
    """Set the traits that follow effort; the spreads of lateness and cancellation are on the logit scale."""
    for p in range(len(pros)):
        gain = full_effort_sd * effort[p]
        pros[p]["late_share"] = rules.shifted_share(at_rest[p]["late_share"], -gain * late_sd)
        pros[p]["cancellation_share"] = rules.shifted_share(at_rest[p]["cancellation_share"], -gain * cancellation_sd)
        pros[p]["warmth"] = at_rest[p]["warmth"] + gain
        pros[p]["advocacy"] = at_rest[p]["advocacy"] + gain


class Effort:
    """The effort of all pros in one run."""

    def __init__(self, env: simpy.Environment, platform: Platform, pros: Pros) -> None:
        self.env = env
        self.platform = platform
        self.pros = pros

    def start(self) -> None:
        """Schedule the weekly change of effort, if pros adapt."""
        if self.pros.adapting.enabled:
            self.env.process(self.weeks(self.pros.adapting))

    def weeks(self, adapting: Adapting) -> Generator[Due, None, None]:
        """On each refresh day, once the new visibility is known."""
        for event in self.platform.weekly(EFFORT):
            yield event
            self.react(adapting)

    def react(self, adapting: Adapting) -> None:
        """Everybody's effort moves towards what the current visibility calls for."""
        world, view = self.platform.world, self.platform.view
        shown = world.visibility[0]
        mean = ordered_mean(shown[world.active]) if world.active.any() else 0.0
        if view is None or not mean > 0.0:
            return
        try_harder(
            world.effort,
            shown / mean,
            np.asarray(view.score.counted & world.active),
            float(adapting.incentive_strength),
            float(adapting.lag_weeks),
        )
        show_effort(
            world.pros,
            world.pros_at_rest,
            world.effort,
            float(adapting.full_effort_sd),
            float(self.pros.late_logit_sd),
            float(self.pros.cancellation_logit_sd),
        )

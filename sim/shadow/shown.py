"""What an arm would have shown at each refresh of a past that another arm made."""

from dataclasses import replace
from typing import cast

import numpy as np

from sim import draws
from sim.allocators.base import Allocator, traits, weighs_requests
from sim.arrays import Floats
from sim.calendar import TICKS_PER_DAY
from sim.config import ConfigError
from sim.engine.platform import Arm, check_scores, check_visibility
from sim.scores.base import traits as score_traits
from sim.shadow.past import Past
from sim.views import frozen


def refuse_unless_follows(arm: Arm, past: Past) -> None:
    """Raise ConfigError for an arm whose visibility does not follow from what was seen: it needs more than a past holds."""
    if weighs_requests(arm.allocator):
        raise ConfigError(
            f"arm {arm.name}: {type(arm.allocator).__name__} weighs every single request, which a log does not show:"
            " give it a method visibility(pros, now_days) that is called once a refresh"
        )
    if traits(arm.allocator).sees_truth and past.truth is None:
        raise ConfigError(
            f"arm {arm.name}: {type(arm.allocator).__name__} sees the truth about pros, which no log of a platform has"
        )


def shown(past: Past, arm: Arm, n_stages: int, luck: tuple[int, int] = (0, 0)) -> Floats:
    """Visibility that the arm's score and allocator would have given at each refresh, had they been asked.

    Parameters
    ----------
    past
        What happened, under whatever arm.
    arm
        Whose visibility is asked for; nothing of it is simulated.
    n_stages
        Rows of a visibility table by stage: the payback bookings and one.
    luck
        Seed and replication, each >= 0, of an allocator that draws numbers: those of a simulated run give the numbers of that run.

    Returns
    -------
    Floats
        Weights (n_refreshes, n_stages, n_pros), >= 0, in the arm's own unit; of pros not active at a refresh those that they have
        when they join before the next one.

    Raises
    ------
    ConfigError
        The arm weighs single requests, or sees a truth that the past does not have.
    PolicyError
        The score or the allocator answered something unusable.
    """
    refuse_unless_follows(arm, past)
    known, n_pros = traits(arm.allocator), past.n_pros
    needs_clients = score_traits(arm.score).needs_clients
    allocator = cast(Allocator, arm.allocator)
    tables = np.empty((len(past.refresh_days), n_stages, n_pros))
    for i, day in enumerate(past.refresh_days.tolist()):
        counts = past.counts(i)
        score = check_scores(arm.score(past.history(i, counts, needs_clients), day), n_pros, day)
        view = past.view(i, counts, score, n_stages)
        if known.needs_uniforms:
            # as the platform draws them: keyed by the day
            drawn = draws.uniforms(*luck, draws.POLICY, n_pros, round(day * TICKS_PER_DAY) // TICKS_PER_DAY)
            view = replace(view, uniforms=frozen(drawn))  # type: ignore[arg-type]
        if known.sees_truth and past.truth is not None:
            view = replace(view, true_return_propensity=frozen(past.truth[i]))  # type: ignore[arg-type]
        tables[i] = check_visibility(allocator.visibility(view, day), n_stages, n_pros, day)
    return tables

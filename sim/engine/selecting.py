"""Pros who leave out new clients to keep their score, as providers do whose results are published.

A score made of who books a second time can be kept up by serving well, or by serving those who are easy to keep. Pros who are
shown less than the mean take the second way here, and as with effort, week by week: they refuse more of the new clients who are
unlikely to come back whoever serves them, or cancel their sessions. After a first session, which is all that such a score counts,
clients are served as ever.

References
----------
Dranove, Kessler, McClellan & Satterthwaite (2003), Is more information better? The effects of "report cards" on health care
providers. Journal of Political Economy 111(3).
"""

from sim import rules
from sim.arrays import Flags, Floats
from sim.config import Selecting
from sim.engine.traits import follow_visibility
from sim.engine.world import World
from sim.jit import kernel


@kernel
def left_out(world: World, client: int, pro: int) -> float:
    """How much this pro would rather not serve this client, 0 to 1: 0 after the client's first session."""
    reluctance = world.reluctance[pro]
    if reluctance == 0.0 or world.client_state[client]["completed"] > 0:
        return 0.0
    traits = world.clients[client]
    return reluctance * rules.bad_prospect(traits["one_time"], traits["taste_logit"], world.rules[0])


def select(reluctance: Floats, visibility: Floats, counted: Flags, selecting: Selecting) -> None:
    """Move each pro's reluctance, (n_pros,), by one week; ``visibility`` is relative to the mean of the active pros."""
    follow_visibility(reluctance, visibility, counted, float(selecting.incentive_strength), float(selecting.lag_weeks))

"""Groups of an experiment: which one a request is in, and what it is shown.

Without an experiment every request reads the one row of visibility that there is.
"""

import numpy as np

from sim import draws, rules
from sim.arrays import Flags, Floats, Ints
from sim.calendar import TICKS_PER_DAY, TICKS_PER_HOUR
from sim.designs.base import OUTSIDE
from sim.draws import block
from sim.engine.world import World
from sim.jit import kernel
from sim.views import ordered_mean

CONTROL, TREATED = range(2)
"""Groups of requests, and of pros."""


@kernel
def group_of(world: World, client: int, need: int, zone: int, tick: int) -> int:
    """Group of a request: CONTROL, TREATED, or OUTSIDE before and after the experiment and without a part in it.

    Of requests that are to be treated only those on which the treatment still works are.
    """
    trial = world.trial[0]
    if tick < trial["start_tick"] or tick >= trial["end_tick"]:
        return OUTSIDE
    place = world.client_state[client]["place"]
    share = world.shares[zone, (tick - trial["start_tick"]) // trial["period_ticks"]]
    if place > 1.0 or share < 0.0:
        return OUTSIDE
    if place >= share:
        return CONTROL
    if trial["lasting_share"] == 1.0:
        return TREATED
    u, _, _, _ = block(world.rules[0]["seed"], world.rules[0]["replication"], draws.NOVELTY, client, need, 0)
    return TREATED if u < works_on(world, tick) else CONTROL


@kernel
def works_on(world: World, tick: int) -> float:
    """Share of treated requests on which the treatment still works."""
    trial = world.trial[0]
    lasting, half_life = trial["lasting_share"], trial["half_life_ticks"]
    if half_life == 0.0:
        return float(lasting)
    return float(lasting + (1.0 - lasting) * 0.5 ** ((tick - trial["start_tick"]) / half_life))


@kernel
def arm_of(world: World, row: int, pro: int) -> int:
    """The arm that weighs this pro for the request: TREATED if both are treated, else CONTROL, or OUTSIDE the experiment."""
    group = world.bookings[row]["group"]
    return world.pro_state[pro]["group"] if group == TREATED else group


@kernel
def is_merged(world: World, row: int) -> bool:
    """Whether the request is offered in both arms' orders merged."""
    return world.bookings[row]["group"] == TREATED and world.trial[0]["merges"]


@kernel
def order_of(world: World, row: int) -> int:
    """How the request is offered."""
    if world.bookings[row]["group"] == TREATED:
        return rules.RANKED if world.trial[0]["merges"] else world.trial[0]["treated_order"]
    return world.rules[0]["offer_order"]


@kernel
def is_ahead(world: World, arm: int, i: int, j: int) -> bool:
    """Whether candidate i stands before candidate j in an arm's order."""
    behind = (1 + arm) * len(world.shortlist)
    ours, theirs = world.weights[behind + i], world.weights[behind + j]
    return ours < theirs if ours != theirs else world.lots[i] > world.lots[j]


@kernel
def merge(world: World, row: int, n: int) -> None:
    """Weigh the n candidates, whose race is run, by the position that each has in the order made by the own arm alone.

    Those with a position get 1 / (1 + position), where position 0 is the first; a coin says who goes first where two have the same
    one. A candidate whom the own arm does not show keeps the weight 0.
    """
    rule, booking = world.rules[0], world.bookings[row]
    room = len(world.shortlist)
    for arm in range(2):
        behind = (1 + arm) * room
        ranked = (rule["offer_order"] if arm == 0 else world.trial[0]["treated_order"]) == rules.RANKED
        for i in range(n):
            weight = world.visibility[arm * rule["n_stages"] + booking["stage"], world.shortlist[i]]
            rings = rules.race_time(world.lots[i], weight)
            world.weights[behind + i] = -weight if ranked and weight > 0.0 else rings
    u, _, _, _ = block(rule["seed"], rule["replication"], draws.MERGE, booking["client"], booking["need"], booking["attempts"])
    waits = int(u < 0.5)
    for i in range(n):
        arm = world.pro_state[world.shortlist[i]]["group"]
        world.weights[i] = 0.0
        if world.weights[(1 + arm) * room + i] < np.inf:
            position = 0
            for j in range(n):
                position += j != i and is_ahead(world, arm, j, i)
            world.weights[i] = 1.0 / (1.0 + position + (0.5 if arm == waits else 0.0))


def mixed(control: Floats, treated: Floats, pro_group: Ints, active: Flags) -> Floats:
    """What treated requests are shown when pros have groups, too: each pro by the own arm.

    Parameters
    ----------
    control, treated
        Weights of the two arms, (n_stages, n_pros).
    pro_group
        (n_pros,) 1 for treated pros.
    active
        (n_pros,) over whom the treated arm's weights are brought to the mean of the control's, stage by stage, if both have one.

    Returns
    -------
    Floats
        Weights (n_stages, n_pros). Two equal arms give exactly their weights, and so does a group that is everybody.
    """
    if pro_group.all():
        return treated
    rows = []
    for ours, theirs in zip(control, treated, strict=True):
        means = [ordered_mean(weights[active]) if active.any() else 0.0 for weights in (ours, theirs)]
        scale = means[0] / means[1] if min(means) > 0.0 else 1.0
        rows.append(np.where(pro_group == TREATED, theirs * scale, ours))
    return np.array(rows)


def share_treated(world: World, tick: int) -> float:
    """Share of clients who are treated if they ask in the week from ``tick`` on, over its hours and all zones alike."""
    trial = world.trial[0]
    hours = tick + TICKS_PER_HOUR * np.arange(7 * TICKS_PER_DAY // TICKS_PER_HOUR)
    within = hours[(hours >= trial["start_tick"]) & (hours < trial["end_tick"])]
    if len(within) == 0:
        return 0.0
    share = np.maximum(world.shares, 0.0).mean(axis=0) * (world.client_state["place"] <= 1.0).mean()
    fresh = works_on(world, tick) if trial["lasting_share"] < 1.0 else 1.0
    return float(fresh * share[(within - trial["start_tick"]) // trial["period_ticks"]].sum() / len(hours))

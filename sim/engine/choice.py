"""A client chooses from a list of pros: who is on it, and whom the client asks.

Two exponential races, one after the other. The first, by visibility, puts candidates in the same order as dispatch does (drawn by
weight also where an arm asks several pros at once: a client asks one at a time). The second, by exp(utility), is a multinomial
logit: the first of the list to ring is asked, and after a refusal the next one to ring, which is the same model among those left.
Going without a pro takes part in it.
"""

import math

from sim import draws, rules
from sim.draws import block
from sim.engine.groups import order_of
from sim.engine.offers import ATTEMPT, next_in_line, offer_in_turn, race
from sim.engine.world import NOT_FILLED, World
from sim.jit import kernel
from sim.rules import NEVER

LEFT = 0
"""Instead of a position on the list: the client went without a pro."""

OUTSIDE = ATTEMPT - 1
"""Sub-ordinal of the draw for going without a pro; blocks of pros have far smaller numbers."""


@kernel
def chooses(world: World, client: int) -> bool:
    """Whether the client picks from a list: all do, none, or a share of them, each for good."""
    rule = world.rules[0]
    if rule["choice_share"] <= 0.0 or rule["choice_share"] >= 1.0:
        return rule["choice_share"] > 0.0
    u, _, _, _ = block(rule["seed"], rule["replication"], draws.LISTS, client, 0, 0)
    return u < rule["choice_share"]


@kernel
def put_in_list(world: World, row: int, n: int) -> int:
    """Move the first of the race among n candidates to the front of the scratch lists, in order; returns how many are listed."""
    rule = world.rules[0]
    ranked = order_of(world, row) == rules.RANKED
    for k in range(min(n, rule["choice_size"])):
        i = next_in_line(world, n, ranked)
        if i < 0:
            return k
        world.shortlist[k], world.shortlist[i] = world.shortlist[i], world.shortlist[k]
        world.lots[i] = world.lots[k]
        world.weights[i] = world.weights[k]
        world.weights[k] = -1.0
    return min(n, rule["choice_size"])


@kernel
def weigh_list(world: World, n: int) -> None:
    """Give each of the n listed the weight of the client's choice."""
    for i in range(n):
        pro = world.shortlist[i]
        counts = world.pro_state[pro]
        stars = rules.stars_shown(counts["ratings"], counts["stars"], world.rules[0])
        utility = rules.listed_utility(stars, world.pros[pro]["log_price"], i + 1, world.rules[0])
        world.weights[i] = rules.choice_weight(utility)


@kernel
def position_of(world: World, pro: int, n: int) -> int:
    """Position of a pro on the list of n, from 1."""
    for i in range(n):
        if world.shortlist[i] == pro:
            return i + 1
    return NEVER


@kernel
def choose_in_turn(world: World, row: int, n: int, tick: int, wait: int) -> tuple[int, int]:
    """Show a list of the n candidates, whose race is run, and let the client ask one after another; what ends it, and when.

    The platform draws no pro, so the propensity is nan; the row has the probability of the client's last choice instead.
    """
    rule, booking = world.rules[0], world.bookings[row]
    n = put_in_list(world, row, n)
    sub = booking["attempts"] * ATTEMPT
    race(world, row, n, draws.CHOICE, sub)
    weigh_list(world, n)
    outside, leaves = rule["choice_outside_weight"], math.inf
    if outside > 0.0:
        u, _, _, _ = block(rule["seed"], rule["replication"], draws.CHOICE, booking["client"], booking["need"], sub + OUTSIDE)
        leaves = rules.race_time(u, outside)
    booking["propensity"] = math.nan
    kind, when = offer_in_turn(world, row, n, tick, wait, False, outside, leaves, NEVER)
    booking["list_length"] = n
    booking["list_position"] = NEVER
    if kind != NOT_FILLED:
        booking["list_position"] = position_of(world, booking["pro"], n)
    elif not math.isnan(booking["propensity"]):
        booking["list_position"] = LEFT
    booking["choice_probability"] = booking["propensity"]
    booking["propensity"] = math.nan
    return kind, when

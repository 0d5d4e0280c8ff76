"""Requests that are given instead of drawn, such as those of real bookings."""

from sim import rules
from sim.engine.world import World
from sim.jit import kernel
from sim.rules import NEVER


@kernel
def asked_row(world: World, client: int, need: int) -> int:
    """Row of the client's request in ``World.asked``, or NEVER if it is not given."""
    row = world.asked_begin[client] + need
    return row if row < world.asked_end[client] else NEVER


@kernel
def follow(world: World, client: int, row: int) -> None:
    """Give a new row of the log the start, service and zone that are given for it, if they are."""
    booking = world.bookings[row]
    given = asked_row(world, client, booking["need"])
    if given < 0:
        return
    asked = world.asked[given]
    booking["slot"] = asked["slot"]
    if asked["service"] >= 0:
        booking["service"] = asked["service"]
        booking["slots"] = world.services[asked["service"]]["slots"]
        booking["price_eur"] = world.services[asked["service"]]["price_eur"]
    if asked["zone"] >= 0:
        booking["zone"] = asked["zone"]


@kernel
def next_asked(world: World, client: int, row: int, tick: int) -> int:
    """Tick of the next request of a client whose requests are all given, or NEVER; what happened does not change it."""
    booking, state = world.bookings[row], world.client_state[client]
    state["need"] += 1
    following = asked_row(world, client, state["need"])
    if following < 0:
        return NEVER
    booking["stays"] = True
    if booking["outcome"] == rules.COMPLETED and booking["service"] == world.clients[client]["service"]:
        state["favourite"] = booking["pro"]
    state["need_tick"] = world.asked[following]["tick"]
    return max(state["need_tick"], tick)

"""Run one market under one policy, once."""

import gc

import simpy

from sim.calendar import TICKS_PER_DAY
from sim.config import Market
from sim.engine.platform import Arm, Platform
from sim.engine.record import make_log
from sim.engine.simpy_engine import ClientProcesses
from sim.engine.world import open_world
from sim.log import RunLog
from sim.population import draw_population
from sim.truth import return_propensity


def simulate(market: Market, arm: Arm, seed: int, replication: int = 0) -> RunLog:
    """Simulate a market under one arm and return the log of what happened.

    Parameters
    ----------
    market
        The validated market.
    arm
        The policy.
    seed, replication
        The key of every random number, both >= 0: the same pair gives the same people and the same luck under every arm.

    Returns
    -------
    RunLog
        The log, the same to the byte for the same arguments.

    Raises
    ------
    PolicyError
        The arm's score or allocator answered something unusable.
    """
    people = draw_population(market, seed, replication)
    world = open_world(market, people, seed, replication, getattr(arm.allocator, "offer_order", None))
    env = simpy.Environment(initial_time=0)
    platform = Platform(env, market, arm, world, return_propensity(market, people.pros))
    clients = ClientProcesses(env, platform, world, arm)
    platform.start()
    clients.start()
    collecting = gc.isenabled()
    # thousands of live generators and no cycles: the collector would only walk them again and again
    gc.disable()
    try:
        env.run(until=market.horizon_days * TICKS_PER_DAY)
    finally:
        if collecting:
            gc.enable()
    return make_log(market, clients.world, platform)

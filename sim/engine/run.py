"""Run one market under one policy, once."""

import gc
from typing import Literal

import simpy

from sim.allocators.base import traits, weighs_requests
from sim.calendar import TICKS_PER_DAY
from sim.config import Market
from sim.designs.base import merges_orders
from sim.engine.compiled_engine import run_compiled
from sim.engine.marketing import Marketing
from sim.engine.platform import Arm, Platform, PolicyError
from sim.engine.record import make_log
from sim.engine.simpy_engine import run_processes
from sim.engine.traits import Traits
from sim.engine.trial import Trial, refuse_unless_fits
from sim.engine.world import World, open_world, with_groups
from sim.log import RunLog
from sim.population import Population, draw_population

Engine = Literal["compiled", "simpy"]
"""``compiled`` is fast; ``simpy`` reads like prose, runs per-request policies and can be stepped through. Same log, same bytes."""


def refuse_unless_runs(arm: Arm, engine: str) -> None:
    """Raise PolicyError for a per-request policy on an engine that never calls user code between refreshes."""
    if engine != "simpy" and weighs_requests(arm.allocator):
        raise PolicyError(
            f"engine = {engine!r}, must be simpy for {type(arm.allocator).__name__}, which weighs every single request:"
            " set engine=simpy, or give it a method visibility(pros, now_days) that is called once a refresh"
        )


def simulate(
    market: Market,
    arm: Arm,
    seed: int,
    replication: int = 0,
    engine: Engine = "compiled",
    people: Population | None = None,
    trial: Trial | None = None,
) -> RunLog:
    """Simulate a market under one arm, or an experiment of it with another, and return the log of what happened.

    Parameters
    ----------
    market
        The validated market.
    arm
        The policy; in an experiment that of the control.
    seed, replication
        The key of every random number, both >= 0: the same pair gives the same people and the same luck under every arm.
    engine
        How to run it; the log is the same to the byte.
    people
        Who takes part, for clients and arrivals of one's own, such as those of real bookings; None: drawn from the market.
    trial
        An experiment; None: every request is shown what the arm shows.

    Returns
    -------
    RunLog
        The log, the same to the byte for the same arguments.

    Raises
    ------
    PolicyError
        The arm's score or allocator answered something unusable, its allocator needs the other engine, or its programmes do not
        fit the market.
    ConfigError
        The experiment does not fit the market or the arms.
    """
    if trial is not None:
        refuse_unless_fits(trial, market, arm)
    refuse_unless_runs(arm, engine)
    if people is None:
        people = draw_population(market, seed, replication)
    try:
        world = open_world(market, people, seed, replication, traits(arm.allocator).offer_order, arm.programmes)
    except ValueError as error:
        raise PolicyError(f"arm {arm.name}: {error}") from None
    collecting = gc.isenabled()
    # thousands of live generators: the collector would only walk them again and again
    gc.disable()
    try:
        return _run(market, arm, world, engine, replication, trial)
    finally:
        # processes and the clock hold one another, and through them the whole state; all of it is still in the youngest generation
        gc.collect(0)
        if collecting:
            gc.enable()


def _run(market: Market, arm: Arm, world: World, engine: Engine, replication: int, trial: Trial | None) -> RunLog:
    split = None
    if trial is not None:
        split = trial.split(market, len(world.clients), replication)
        order = traits(trial.treated.allocator).offer_order or market.requests.offer_order
        world = with_groups(world, split, order, merges_orders(trial.design), trial.scores == "separate", trial.lasting)
    env = simpy.Environment(initial_time=0)
    platform = Platform(env, market, arm, world, Traits(market, world), None if trial is None else trial.treated)
    platform.start()
    marketing = Marketing(env, market, world)
    marketing.start()
    run_clients = run_compiled if engine == "compiled" else run_processes
    world = run_clients(env, platform, world, market.horizon_days * TICKS_PER_DAY)
    return make_log(market, world, platform, marketing.table(), split)

"""What groups of one market do to one another, by the share treated and by how scarce pros are; and what would be seen sooner."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from experiments.trials.estimating import Newcomers, estimates, lay, newcomers_of, undisturbed
from experiments.trials.tried import ALL_CONTROL, ALL_TREATED, Tried
from sim.arrays import Floats
from sim.config import Market
from sim.designs.client import Client
from sim.engine.platform import Arm
from sim.engine.trial import Trial
from sim.metrics.newcomers import LOAD
from sim.report.interference import LoadFound, ShareFound
from sim.statistics.intervals import mean_interval

Runs = Sequence[Mapping[str, Floats]]
"""Columns of each replication."""

BOLDER = "bolder"
LOAD_REPLICATIONS = 16
LOADED, LOADED_UNITS, LOADED_ESTIMATORS = 2, ("client", "period"), ("means", "switchback")
"""How many designs are looked at by load: those of the lab that come first, and are randomised among clients or in time."""


def _share(share: float) -> str:
    return f"share {share:g}"


def _load(load: float, name: str) -> str:
    return f"load {load:g} {name}"


def shares_tried(shares: Sequence[float], whole: Trial, market: Market, replications: int) -> dict[str, Tried]:
    """Clients treated in other shares; the clients of a smaller one are among those of a larger one."""
    return {_share(share): Tried(market, replace(whole, design=Client(share)), replications) for share in shares}


def loads_tried(loads: Sequence[float], trials: Mapping[str, Trial], market: Market) -> dict[str, Tried]:
    """Some designs, and the two worlds that they stand for, with other numbers of clients a day."""
    found = {}
    for load in loads:
        clients = market.clients.model_copy(update={"arrivals_per_day": market.clients.arrivals_per_day * load})
        busy = market.model_copy(update={"clients": clients})
        for name in (ALL_CONTROL, ALL_TREATED, *_loaded(trials)):
            found[_load(load, name)] = Tried(busy, trials[name], LOAD_REPLICATIONS)
    return found


def _loaded(trials: Mapping[str, Trial]) -> list[str]:
    usual = [name for name, one in trials.items() if one.design.estimator in LOADED_ESTIMATORS and one.design.unit in LOADED_UNITS]
    return [name for name in usual if name not in (ALL_CONTROL, ALL_TREATED)][:LOADED]


def bolder_tried(arm: Arm, whole: Trial, market: Market, replications: int) -> dict[str, Tried]:
    """Everybody treated by an arm that changes more."""
    return {BOLDER: Tried(market, replace(whole, treated=arm), replications)}


def shares_found(
    shares: Sequence[float], runs: Mapping[str, Runs], tried: Mapping[str, Tried], outcome: str
) -> tuple[ShareFound, ...]:
    """How clients of both groups fare by the share treated, each against themselves in a market in which nobody is."""
    found = []
    for share in sorted(shares):
        name = _share(share)
        by_group: tuple[list[float], list[float]] = ([], [])
        for r, (run, control) in enumerate(zip(runs[name], runs[ALL_CONTROL], strict=True)):
            one = tried[name]
            who, before = newcomers_of(run, outcome), newcomers_of(control, outcome)
            split = one.trial.split(one.market, 1 + int(max(who.client.max(initial=0), before.client.max(initial=0))), r)
            now, then = (lay(one.trial.design, split, each) for each in (who, before))
            for group, changes in zip((False, True), by_group, strict=True):
                changes.append(_mean(now.who, now.treated == group) - _mean(then.who, then.treated == group))
        found.append(ShareFound(share, *(mean_interval(np.array(changes)) for changes in by_group)))
    return tuple(found)


def _mean(who: Newcomers, keep: np.ndarray) -> float:
    return float(who.outcome[keep].mean())


def loads_found(
    loads: Sequence[float], runs: Mapping[str, Runs], trials: Mapping[str, Trial], market: Market, outcome: str
) -> tuple[LoadFound, ...]:
    """Bias of some designs by how scarce pros are, that of the market itself among them."""
    named = [({name: name for name in trials}, market)]
    for load in loads:
        clients = market.clients.model_copy(update={"arrivals_per_day": market.clients.arrivals_per_day * load})
        named.append(({name: _load(load, name) for name in trials}, market.model_copy(update={"clients": clients})))
    found = [_at_load(names, busy, runs, trials, outcome) for names, busy in named] if loads else []
    return tuple(sorted(found, key=lambda one: one.load))


def _at_load(
    names: Mapping[str, str], market: Market, runs: Mapping[str, Runs], trials: Mapping[str, Trial], outcome: str
) -> LoadFound:
    worlds = [[newcomers_of(run, outcome) for run in runs[names[name]]] for name in (ALL_CONTROL, ALL_TREATED)]
    loads = [float(run[LOAD][0]) for run in runs[names[ALL_CONTROL]]]
    biases: dict[str, list[float]] = {name: [] for name in _loaded(trials)}
    for name, found in biases.items():
        for r, (run, *pair, load) in enumerate(zip(runs[names[name]], *worlds, loads, strict=True)):
            who = newcomers_of(run, outcome)
            last = max(int(each.client.max(initial=0)) for each in (who, *pair))
            split, design = trials[name].split(market, 1 + last, r), trials[name].design
            estimate = next(iter(estimates(design, split, who, load).values()))
            found.append(estimate.estimate - undisturbed(design, split, *pair))
    effects = np.array([treated.outcome.mean() - control.outcome.mean() for control, treated in zip(*worlds, strict=True)])
    return LoadFound(
        load=float(np.mean(loads)),
        clients_per_day=market.clients.arrivals_per_day,
        truth=mean_interval(effects),
        bias={name: mean_interval(np.array(found)) for name, found in biases.items()},
    )


def effect_of_bolder(runs: Mapping[str, Runs], outcome: str) -> Floats:
    """Effect of treating everybody by the bolder arm, (n_replications,)."""
    means = [np.array([newcomers_of(run, outcome).outcome.mean() for run in runs[name]]) for name in (ALL_CONTROL, BOLDER)]
    return means[1] - means[0]

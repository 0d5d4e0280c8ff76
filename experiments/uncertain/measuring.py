"""What a team could measure, as ``measurements`` of a yaml of worlds says, and what each would show in each world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import Field, StrictInt

from experiments.plans.metrics import find_metric
from experiments.plans.plan import Plan, WorldsOptions
from experiments.uncertain.judging import Judged
from experiments.uncertain.runs import WorldRuns
from experiments.uncertain.sample import Sample
from sim.arrays import Floats
from sim.config import ConfigError, Positive, Section, load
from sim.metrics.catalogue import METRICS, RETURN_RATE
from sim.worlds.measurements import Experiment, Mean, Share
from sim.worlds.prior import at

Name = Annotated[str, Field(min_length=1, max_length=200)]


class MeasurementOptions(Section):
    """Keys of a measurement: what is measured, and by how many cases."""

    what: Name
    share: str | None = None
    """A share that is counted: a key of the market, or a metric."""
    mean: str | None = None
    """A mean that is estimated: likewise."""
    sd: Positive | None = None
    """Of one case of that mean."""
    experiment: str | None = None
    """A randomised test of the recommended policy, read in this metric: that of clients who come back."""
    n: Annotated[StrictInt, Field(ge=1, le=10_000_000)] | None = None
    """Cases; of an experiment, days are given instead."""
    days: Positive | None = None
    """Of an experiment in which half of the new clients are treated."""
    source: str | None = None


Observe = Callable[[int, np.random.Generator], Floats]
"""From a number of cases, what data would show in each world, (n_worlds,)."""
Truth = Callable[[Sample, WorldRuns, Judged], Floats]


@dataclass(frozen=True)
class Measurement:
    """A measurement ready to be made in every world."""

    name: str
    what: str
    n: int
    """Cases; clients of each arm of an experiment."""
    truth: Truth
    """What it would show with endless data, (n_worlds,)."""
    kind: Callable[[WorldRuns], Share | Mean | Experiment]
    """How data scatter about it."""

    def observe(self, truth: Floats, runs: WorldRuns) -> Observe:
        """What data would show."""
        kind = self.kind(runs)
        return lambda n, generator: kind.observe(truth, n, generator)


def measurements_of(plan: Plan[WorldsOptions], recommended: str | None = None) -> list[Measurement]:
    """The measurements of the yaml, checked.

    Parameters
    ----------
    recommended
        The policy that a randomised test would be of; without one, tests are left out.

    Raises
    ------
    ConfigError
        A key or metric that is not there, or a kind that is not given whole.
    """
    said: Mapping[str, Any] = plan.prior.measurements if plan.prior else {}
    found = [_measurement(name, one, plan, recommended) for name, one in said.items()]
    return [one for one in found if one is not None]


def _measurement(name: str, said: Mapping[str, Any], plan: Plan[WorldsOptions], recommended: str | None) -> Measurement | None:
    where = f"worlds.measurements.{name}"
    options = load(MeasurementOptions, said, where)
    given = [kind for kind in ("share", "mean", "experiment") if getattr(options, kind) is not None]
    if len(given) != 1:
        raise ConfigError(f"{where}, must have one of share, mean and experiment; has {len(given)}")
    if given == ["experiment"]:
        if options.experiment != RETURN_RATE:
            raise ConfigError(
                f"{where}.experiment = {options.experiment!r}, must be {RETURN_RATE}: clients who come back are counted"
            )
        if options.days is None:
            raise ConfigError(f"{where}.days is missing")
        if recommended is None:
            return None
        per_arm = max(round(options.days * plan.market.clients.arrivals_per_day / 2), 1)
        control = plan.options.control

        def test(runs: WorldRuns) -> Experiment:
            return Experiment(base=float(np.nanmean(runs.values[control][RETURN_RATE])))

        return Measurement(name, options.what, per_arm, _effect_of(recommended), test)
    key = options.share or options.mean or ""
    if options.n is None or (options.mean is not None and options.sd is None):
        raise ConfigError(f"{where}, must have n{'' if options.mean is None else ' and sd'}")
    if key in {one.name for one in METRICS} - {one.name for one in plan.metrics}:
        # clients are not followed for long enough, or come back as in a file
        return None
    truth = _truth_of(key, where, plan)
    sd = options.sd
    return Measurement(name, options.what, options.n, truth, lambda _: Share() if sd is None else Mean(sd))


def _effect_of(arm: str) -> Truth:
    """The effect of an arm on the share of clients who come back."""

    def truth(sample: Sample, runs: WorldRuns, judged: Judged) -> Floats:
        one = judged.arms[arm].returned
        return np.full(len(sample), np.nan) if one is None else one.worlds

    return truth


def _truth_of(key: str, where: str, plan: Plan[WorldsOptions]) -> Truth:
    try:
        at(plan.market.model_dump(mode="json"), key)
    except KeyError:
        control, name = plan.options.control, find_metric(plan.metrics, where, key).name
        return lambda sample, runs, judged: np.nanmean(runs.values[control][name], axis=1)
    return lambda sample, runs, judged: np.array([float(at(market.model_dump(mode="json"), key)) for market in sample.markets])

"""Which worlds are looked at: rows of a written posterior, what history matching leaves of the prior, or the prior itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from experiments.plans.plan import Plan, WorldsOptions
from sim.arrays import Floats
from sim.config import Market
from sim.worlds.found import Origin, UncertainNumber
from sim.worlds.prior import Number, Prior, Value

UNIFORM_SD = 12**-0.5


@dataclass(frozen=True)
class Sample:
    """Some worlds around a market."""

    prior: Prior
    worlds: tuple[tuple[Value, ...], ...]
    """(n_worlds,) a value a number each."""
    origin: Origin
    population: Floats
    """(m, d) coded points of many plausible worlds, of which these are some."""
    survived: tuple[float, ...] = ()
    n_matching: int = 0

    def __len__(self) -> int:
        return len(self.worlds)

    @property
    def weights(self) -> Floats:
        """(n_worlds,) all the same: worlds that fit better were drawn more often."""
        return np.full(len(self), 1 / len(self))

    @property
    def about(self) -> str:
        """Where a written posterior comes from."""
        return self.prior.posterior.from_ if self.prior.posterior and self.origin == "posterior" else ""

    @cached_property
    def markets(self) -> tuple[Market, ...]:
        """(n_worlds,) the market of each."""
        return tuple(self.prior.market(world) for world in self.worlds)

    @cached_property
    def coded(self) -> Floats:
        """(n_worlds, d) the worlds as points of the unit cube."""
        return self.prior.coded(self.worlds)

    @property
    def numbers(self) -> tuple[UncertainNumber, ...]:
        """What differs between them."""
        narrowed = self.population.std(axis=0) / UNIFORM_SD if self.origin != "prior" else np.full(len(self.prior.names), np.nan)
        return tuple(
            UncertainNumber(
                number.name,
                number.source,
                number.distribution is None and not number.keys,
                tuple(world[i] for world in self.worlds),
                self.coded[:, i],
                prior_quantiles(number),
                float(narrowed[i]) if number.distribution is not None else float("nan"),
            )
            for i, number in enumerate(self.prior.numbers)
        )


def prior_quantiles(number: Number) -> tuple[float, float, float]:
    """Quantiles .05, .5 and .95; nan for one with levels."""
    if number.distribution is None:
        return (float("nan"),) * 3
    low, middle, high = number.distribution.quantiles(np.array([0.05, 0.5, 0.95]))
    return float(low), float(middle), float(high)


N_POPULATION = 1_024
"""Points of the prior over which shares of variance are worked out."""


def first_sample(plan: Plan[WorldsOptions]) -> Sample | None:
    """The worlds that need no runs to be chosen: of the written posterior, or where no target rules any out; None: match first."""
    prior, options = plan.prior, plan.options
    if prior is None or prior.is_one_market or not options.worlds:
        return None
    if prior.draws:
        written = prior.drawn(prior.n_draws, options.seed)
        survived = prior.posterior.survived if prior.posterior else ()
        n_matching = prior.posterior.simulated if prior.posterior else 0
        worlds = tuple(prior.drawn(options.worlds, options.seed))
        return Sample(prior, worlds, "posterior", prior.coded(written), tuple(survived), n_matching)
    if prior.targets == {}:
        points = prior.points(max(N_POPULATION, options.worlds), options.seed)
        return Sample(prior, tuple(prior.values(points[: options.worlds])), "prior", prior.correlated(points))
    return None


def sample_of(
    prior: Prior, worlds: Sequence[tuple[Value, ...]], plausible: Sequence[int], n: int, survived: Sequence[float], n_matching: int
) -> Sample:
    """The first ``n`` of many plausible worlds, after matching."""
    many = [worlds[i] for i in plausible]
    return Sample(prior, tuple(many[:n]), "matched", prior.coded(many), tuple(survived), n_matching)

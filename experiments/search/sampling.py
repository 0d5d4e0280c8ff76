"""Which candidates to try next: asked for by the batch, told what they reached.

A batch is told whole before the next is asked for, so that candidates depend on the seed and on what was told, and on nothing
else: not on which run ended first, nor on how many workers ran.

References
----------
Deb, Pratap, Agarwal & Meyarivan (2002), A fast and elitist multiobjective genetic algorithm: NSGA-II, and its rule for limits.
Ozaki, Tanigaki, Watanabe & Onishi (2020), Multiobjective tree-structured Parzen estimator: TPE for several objectives.
"""

from collections.abc import Sequence
from typing import Any, Literal

from experiments.search.space import Candidate, Dimension, Space
from experiments.search.surrogate import Surrogate
from experiments.search.told import Source, Told
from experiments.studies.factors import Level
from sim.config import ConfigError
from sim.statistics.fronts import Direction

Method = Literal["nsga2", "tpe", "gp"]
TRIES = 20
"""Proposals for one candidate that was not tried before, on average over a batch."""


class Search:
    """Candidates never tried before, by the batch.

    Parameters
    ----------
    space
        What may vary.
    directions
        Of the objectives, one at least.
    seed
        Of all that is drawn, >= 0.
    method
        ``nsga2``: a population that evolves, for many runs and several objectives. ``tpe``: densities of good and bad candidates,
        for fewer runs and many lists. ``gp``: a Gaussian process, for few runs and mostly ranges.
    n_limits
        Guardrails that each candidate is told with.
    population
        Candidates of a generation of ``nsga2``, >= 2.

    Raises
    ------
    ConfigError
        An unknown method, no objective, a number out of range, or optuna is not installed.
    """

    def __init__(
        self,
        space: Space,
        directions: Sequence[Direction],
        seed: int,
        method: Method = "nsga2",
        n_limits: int = 0,
        population: int = 24,
    ) -> None:
        if method not in ("nsga2", "tpe", "gp"):
            raise ConfigError(f"method = {method!r}, must be nsga2, tpe or gp")
        if not directions or any(one not in ("higher", "lower") for one in directions):
            raise ConfigError(f"directions = {list(directions)}, must be higher or lower, one at least")
        for name, value, least in (("seed", seed, 0), ("n_limits", n_limits, 0), ("population", population, 2)):
            if value < least:
                raise ConfigError(f"{name} = {value}, must be >= {least}")
        self.space, self.directions, self.n_limits = space, tuple(directions), n_limits
        self.described: dict[str, Any] = {
            "space": space.described,
            "directions": list(directions),
            "seed": seed,
            "method": method,
            "n_limits": n_limits,
            "population": population if method == "nsga2" else None,
        }
        """What it is, as plain values: two searches that go the same way have the same."""
        self._source = _source(space, self.directions, seed, method, n_limits, population)
        self._tried: set[str] = set()
        self._pending: list[Candidate] = []

    def ask(self, n: int) -> list[Candidate]:
        """The next ``n`` candidates; fewer, or none, where all that is proposed was tried before.

        Raises
        ------
        ValueError
            n < 1, or the batch before was not told yet.
        """
        if n < 1:
            raise ValueError(f"n = {n}, must be >= 1")
        if self._pending:
            raise ValueError(f"{len(self._pending)} candidates were asked for and not told, must be told first")
        tries = 0
        while len(self._pending) < n and tries < TRIES * n:
            tries += 1
            candidate = self._source.propose()
            if candidate.identity not in self._tried:
                self._tried.add(candidate.identity)
                self._pending.append(candidate)
        return list(self._pending)

    def tell(self, told: Sequence[Told]) -> None:
        """Take in the batch that was asked for, in any order.

        Raises
        ------
        ValueError
            Not exactly that batch, or other numbers of values and limits than the search has.
        """
        found = {one.candidate.identity: one for one in told}
        wanted = [candidate.identity for candidate in self._pending]
        if len(told) != len(wanted) or set(found) != set(wanted):
            raise ValueError(f"{len(told)} candidates told, must be the {len(wanted)} that were asked for")
        for one in told:
            if len(one.values) != len(self.directions) or len(one.excess) != self.n_limits:
                raise ValueError(
                    f"{len(one.values)} values and {len(one.excess)} limits, must be {len(self.directions)} and {self.n_limits}"
                )
        self._source.learn([found[identity] for identity in wanted])
        self._pending = []


def _source(space: Space, directions: tuple[Direction, ...], seed: int, method: Method, n_limits: int, population: int) -> Source:
    if method == "gp":
        return Surrogate(space, directions, seed)
    try:
        import optuna
    except ImportError:
        raise ConfigError(f"method = {method!r}, needs optuna: pip install 'mission-dispatch-sim[tune]'") from None
    # it logs every study to stderr, where progress is shown
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = (
        optuna.samplers.NSGAIISampler(seed=seed, population_size=population)
        if method == "nsga2"
        else optuna.samplers.TPESampler(seed=seed)
    )
    words: list[Literal["maximize", "minimize"]] = ["maximize" if one == "higher" else "minimize" for one in directions]
    return OptunaSource(space, optuna.create_study(sampler=sampler, directions=words))


class OptunaSource:
    """Proposals of a study of optuna, held in memory: what was told is stored elsewhere, and told again."""

    def __init__(self, space: Space, study: Any) -> None:
        self._space, self._study = space, study
        self._known: dict[str, Told] = {}
        self._open: list[tuple[Any, str]] = []

    def propose(self) -> Candidate:
        """As the sampler suggests; one whose value is known is told at once, so that the sampler goes on from there."""
        trial = self._study.ask()
        candidate = self._space.candidate(lambda dimension: _suggested(trial, dimension))
        if candidate.identity in self._known:
            self._tell(trial, self._known[candidate.identity])
        else:
            self._open.append((trial, candidate.identity))
        return candidate

    def learn(self, told: Sequence[Told]) -> None:
        """Tell all trials since the last batch, those that proposed a candidate twice as well."""
        self._known |= {one.candidate.identity: one for one in told}
        for trial, identity in self._open:
            self._tell(trial, self._known[identity])
        self._open = []

    def _tell(self, trial: Any, told: Told) -> None:
        from optuna.trial import TrialState

        if told.failed:
            self._study.tell(trial, state=TrialState.FAIL)
            return
        for i, excess in enumerate(told.excess):
            trial.set_constraint(str(i), excess)
        self._study.tell(trial, told.values)


def _suggested(trial: Any, dimension: Dimension) -> Level:
    """The value of a key that a trial suggests."""
    if dimension.levels:
        # by number: categories of mixed types compare as text otherwise
        return dimension.levels[int(trial.suggest_categorical(dimension.name, list(range(len(dimension.levels)))))]
    if dimension.step is not None:
        steps = round((dimension.high - dimension.low) / dimension.step)
        return dimension.low + int(trial.suggest_int(dimension.name, 0, steps)) * dimension.step
    return float(trial.suggest_float(dimension.name, dimension.low, dimension.high, log=dimension.log))

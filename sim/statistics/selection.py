"""Which of several systems is best, with as few replications as a guarantee allows."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from sim.said import Said, say
from sim.statistics.allocation import OCBA
from sim.statistics.screening import KN, KNPlusPlus

Procedure = Literal["kn", "kn++", "ocba"]
Task = tuple[int, int]
"""A system and the number of its replication, both from 0."""


class Rule(Protocol):
    """How a procedure spends replications; larger is better."""

    common: bool
    """Whether replication r of all systems may (and should) share its random numbers."""
    guarantee: Said
    """What is promised when it ends by itself."""

    def wanted(self) -> tuple[int, ...]:
        """Replications that each system should have in all; what they are now once it has ended."""

    def add(self, values: list[list[float]]) -> None:
        """Take in the values of all systems, as many of each as were wanted."""

    def survivors(self) -> tuple[int, ...]:
        """Systems that may still be named the best."""

    def done(self) -> bool:
        """Whether the search has ended."""


@dataclass(frozen=True)
class Selected:
    """The outcome of a selection."""

    best: int
    """The system named best, from 0."""
    replications: tuple[int, ...]
    """That the procedure used, by system."""
    survivors: tuple[tuple[int, ...], ...]
    """By round: the systems left after it."""
    means: tuple[float, ...]
    """Sample mean of each system over its own replications."""
    guarantee: Said
    """What is promised, and on what condition; or that nothing is."""
    complete: bool
    """False when the budget ended the search early."""


def _check(n_systems: int, delta: float, alpha: float, n0: int, procedure: str, budget: int | None) -> None:
    if procedure not in ("kn", "kn++", "ocba"):
        raise ValueError(f"procedure = {procedure!r}, must be kn, kn++ or ocba")
    if n_systems < 2:
        raise ValueError(f"n_systems = {n_systems}, must be >= 2")
    if procedure != "ocba" and not 0 < delta < math.inf:
        raise ValueError(f"delta = {delta}, must be > 0 and finite")
    if procedure != "ocba" and not 0 < alpha < 1 - 1 / n_systems:
        raise ValueError(f"alpha = {alpha}, must be within (0, 1 - 1 / n_systems): naming one at random does as well")
    if n0 < 2:
        raise ValueError(f"n0 = {n0}, must be >= 2")
    if procedure == "ocba" and budget is None:
        raise ValueError("budget = None, must be given for ocba: it spends what it is given")
    if budget is not None and budget < n0 * n_systems:
        raise ValueError(f"budget = {budget}, must be >= n0 * n_systems = {n0 * n_systems}")


class Selection:
    """A selection that asks for replications and is told their values, so that a driver can simulate them side by side.

    Parameters
    ----------
    n_systems
        How many are compared, >= 2.
    delta
        Smallest lead of the best over the second best that is worth finding (the indifference zone), > 0. Not used by ``ocba``.
    alpha
        Allowed probability of a wrong selection, within (0, 1 - 1 / n_systems). Not used by ``ocba``.
    n0
        First replications of each system, >= 2; 10 or more are advisable.
    seed
        Decides between systems whose means are equal to the last digit, so that no place in the list is favoured.
    procedure
        ``kn``: Kim & Nelson (2001), a finite-sample guarantee. ``kn++``: Kim & Nelson (2006), variances renewed at each round:
        fewer replications, a guarantee in the limit of small delta. ``ocba``: Chen et al. (2000), the best use of a fixed
        ``budget``, no guarantee.
    maximise
        Whether larger values are better.
    budget
        Most replications over all systems, >= n0 * n_systems; needed by ``ocba``. The others stop there with no guarantee.

    Raises
    ------
    ValueError
        A value out of its range.

    Examples
    --------
    >>> selection = Selection(n_systems=2, delta=1.0, alpha=0.05, n0=2, seed=1)
    >>> selection.ask()
    [(0, 0), (1, 0), (0, 1), (1, 1)]
    >>> selection.tell({(0, 0): 1.0, (1, 0): 5.0, (0, 1): 2.0, (1, 1): 6.0})
    >>> selection.ask(), selection.result().best  # equal differences have no variance: nothing more to learn
    ([], 1)
    """

    def __init__(
        self,
        n_systems: int,
        delta: float,
        alpha: float,
        n0: int,
        seed: int,
        procedure: Procedure = "kn",
        maximise: bool = True,
        budget: int | None = None,
    ) -> None:
        _check(n_systems, delta, alpha, n0, procedure, budget)
        if procedure == "ocba":
            self._rule: Rule = OCBA(n_systems, n0, budget or 0)
        else:
            self._rule = (KN if procedure == "kn" else KNPlusPlus)(n_systems, delta, alpha, n0)
        self._n_systems, self._n0, self._seed, self._budget = n_systems, n0, seed, budget
        self._sign = 1.0 if maximise else -1.0
        self._values: list[list[float]] = [[] for _ in range(n_systems)]
        self._told: dict[Task, float] = {}
        self._rounds: list[tuple[int, ...]] = []
        self._exhausted = False

    def ask(self, ahead: int = 1) -> list[Task]:
        """What to simulate next, in the order of the replications; empty when the search is over.

        Under ``kn`` and ``kn++``, replication r of every system is meant to use the same random numbers. Under ``ocba`` no two
        systems ever share a number of replication, so that a simulator keyed by it gives independent streams.

        Parameters
        ----------
        ahead
            Rounds to simulate at once, >= 1. What a round beyond the first turns out not to need is left unused: the result does
            not depend on it. ``ocba`` asks for many at once anyway, and no more than it uses.
        """
        if self._over():
            return []
        wanted = self._rule.wanted()
        more = max(ahead, 1) - 1 if self._rule.common else 0
        left = self._rule.survivors()
        goals = [goal + (more if system in left else 0) for system, goal in enumerate(wanted)]
        tasks = [
            self._task(s, r) for r in range(max(goals)) for s in range(self._n_systems) if len(self._values[s]) <= r < goals[s]
        ]
        return [task for task in tasks if task not in self._told]

    def tell(self, values: Mapping[Task, float]) -> None:
        """Take in simulated values, in any order, and go as far as they reach.

        Raises
        ------
        ValueError
            A value is nan or infinite, or of a task that is never asked for.
        """
        for (system, replication), value in values.items():
            k = self._n_systems
            if not 0 <= system < k or replication < 0 or not (self._rule.common or replication % k == system):
                raise ValueError(f"({system}, {replication}) is not a task of this selection, must be one that ask() gives")
            if not math.isfinite(value):
                raise ValueError(f"simulate({system}, {replication}) = {value}, must be finite")
            self._told[system, replication] = self._sign * float(value)
        while not self._over():
            wanted = self._rule.wanted()
            missing = [self._task(s, r) for s in range(self._n_systems) for r in range(len(self._values[s]), wanted[s])]
            if not all(task in self._told for task in missing):
                return
            for system in range(self._n_systems):
                column = self._values[system]
                column += [self._told.pop(self._task(system, r)) for r in range(len(column), wanted[system])]
            self._rule.add(self._values)
            self._rounds.append(self._rule.survivors())

    def result(self) -> Selected:
        """The outcome; before the search is over, the best so far, without a guarantee.

        Raises
        ------
        ValueError
            The first n0 replications of all systems have not been told yet.
        """
        if not self._rounds:
            raise ValueError(f"no round is complete, must be told {self._n0} replications of each system first")
        means = tuple(math.fsum(column) / len(column) for column in self._values)
        left = self._rounds[-1]
        highest = max(means[system] for system in left)
        tied = [system for system in left if means[system] == highest]
        best = tied[0] if len(tied) == 1 else tied[int(np.random.default_rng(self._seed).integers(len(tied)))]
        complete = self._rule.done()
        used = tuple(map(len, self._values))
        unfinished = say("stopped after {n} replications, before the search was over: the best so far, no guarantee", n=sum(used))
        means = tuple(self._sign * mean for mean in means)
        return Selected(best, used, tuple(self._rounds), means, self._rule.guarantee if complete else unfinished, complete)

    def _task(self, system: int, replication: int) -> Task:
        return (system, replication) if self._rule.common else (system, replication * self._n_systems + system)

    def _over(self) -> bool:
        return self._rule.done() or (self._budget is not None and sum(self._rule.wanted()) > self._budget)


def select_best(selection: Selection, simulate: Callable[[int, int], float]) -> Selected:
    """Find the best of several systems, simulating one replication after another.

    Parameters
    ----------
    simulate
        ``simulate(system, replication)`` gives one value, the same for the same arguments. Replication r of all systems should
        share its random numbers.

    Raises
    ------
    ValueError
        A simulated value that is not finite.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(size=(1000,))
    >>> found = select_best(Selection(3, 0.5, 0.05, 10, seed=1), lambda system, r: system + noise[r] + 0.1 * noise[2 * r + system])
    >>> found.best, found.replications
    (2, (10, 10, 10))
    """
    while tasks := selection.ask():
        selection.tell({task: simulate(*task) for task in tasks})
    return selection.result()

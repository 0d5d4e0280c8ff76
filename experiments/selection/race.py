"""Running a selection: several rounds at a time, so that no worker waits, and with the same outcome however many."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.statistics.selection import Selected, Selection, Task

RUNS_PER_WORKER = 4
"""Runs in a batch for each worker, at least."""
FORESIGHT = 8
"""Rounds ahead are at most this part of the rounds so far, once there are many: so much may turn out not to be needed."""


class UndefinedError(ValueError):
    """A value that the race needs is not a number; ``task`` says which one."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"simulate{task} is undefined")
        self.task = task


@dataclass(frozen=True)
class Round:
    """How things stand after a round."""

    replications: tuple[int, ...]
    """That each system has used by then."""
    left: tuple[int, ...]
    """Systems still in the race."""


@dataclass(frozen=True)
class Race:
    """A finished selection, with the values that it rests on."""

    found: Selected
    values: tuple[Floats, ...]
    """By system, (n_replications,) each, in the order of use."""
    tasks: tuple[tuple[Task, ...], ...]
    """Where these values are from."""
    rounds: tuple[Round, ...]
    asked: int
    """Values asked for, those that turned out not to be needed included."""
    common: bool
    """Whether replication r of all systems shares its random numbers."""

    def behind(self, system: int) -> float:
        """Mean of a system minus that of the best, over the same replications when they share their random numbers."""
        mine, best = self.values[system], self.values[self.found.best]
        return float(mine.mean() - (best[: len(mine)] if self.common else best).mean())

    def finish(self) -> list[int]:
        """Systems in the order of the finish: the best, those that stayed to the end, then the last to leave first.

        Ties, and all systems when none leaves early, by their mean.
        """
        found, stayed = self.found, self.found.survivors[-1]

        def place(i: int) -> tuple[bool, bool, int, float]:
            return i != found.best, i not in stayed, -found.replications[i] if self.common else 0, abs(self.behind(i))

        return sorted(range(len(self.values)), key=place)


def run_race(
    selection: Selection,
    n_systems: int,
    simulate: Callable[[Sequence[Task]], Mapping[Task, float]],
    n_workers: int,
    common: bool,
    budget: int | None = None,
) -> Race:
    """Ask for values until the search is over.

    Parameters
    ----------
    simulate
        Values of several tasks; nan where undefined, which matters only when the value turns out to be needed.
    n_workers
        How many values are worked out at the same time, >= 1. The outcome does not depend on it, ``asked`` does.
    common
        Whether replication r of all systems shares its random numbers: not with ``ocba``.
    budget
        That of the selection, so that nothing is simulated ahead which it cannot pay for.

    Raises
    ------
    UndefinedError
        A value that is needed is nan or infinite.
    """
    values: dict[Task, float] = {}
    counts: list[tuple[int, ...]] = []
    used, left, ahead = 0, n_systems, math.ceil(RUNS_PER_WORKER * n_workers / n_systems)
    while needed := selection.ask():
        undefined = [task for task in needed if task in values]
        if undefined:
            raise UndefinedError(undefined[0])
        if budget is not None:
            ahead = min(ahead, max((budget - used) // left, 1)) if used else 1
        tasks = [task for task in selection.ask(ahead) if task not in values]
        new = simulate(tasks)
        values.update(new)
        selection.tell({task: value for task, value in new.items() if math.isfinite(value)})
        if any(not math.isfinite(new[task]) for task in needed):
            continue
        found = selection.result()
        counts.append(found.replications)
        used, left = sum(found.replications), len(found.survivors[-1])
        ahead = max(math.ceil(RUNS_PER_WORKER * n_workers / left), len(found.survivors) // FORESIGHT)
    found = selection.result()
    tasks_used = [[(s, r if common else r * n_systems + s) for r in range(n)] for s, n in enumerate(found.replications)]
    if common:
        # the first round is as long as it has to be, each later one a replication of those still in the race
        first = max(found.replications) - len(found.survivors) + 1
        counts = [tuple(min(first + i, n) for n in found.replications) for i in range(len(found.survivors))]
    return Race(
        found,
        tuple(np.array([values[task] for task in column]) for column in tasks_used),
        tuple(map(tuple, tasks_used)),
        tuple(Round(*both) for both in zip(counts, found.survivors, strict=True)),
        len(values),
        common,
    )

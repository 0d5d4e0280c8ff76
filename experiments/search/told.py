"""What a search is given about its candidates, and what proposes them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from experiments.search.space import Candidate


@dataclass(frozen=True)
class Told:
    """What a candidate reached."""

    candidate: Candidate
    values: tuple[float, ...]
    """By objective; a nan where one was not defined, which makes the candidate a failure."""
    excess: tuple[float, ...] = ()
    """By limit: how far beyond it, in the unit of its metric; 0 or less keeps it."""

    @property
    def failed(self) -> bool:
        """Whether there is nothing to learn from it."""
        return not all(map(math.isfinite, (*self.values, *self.excess)))


class Source(Protocol):
    """Where proposals come from; it may propose the same candidate again."""

    def propose(self) -> Candidate:
        """A candidate, given all that was learnt, and what was proposed since then."""

    def learn(self, told: Sequence[Told]) -> None:
        """Take in the candidates of a batch, in the order in which they were first proposed."""

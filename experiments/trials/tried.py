"""One thing that a lab simulates again and again."""

from dataclasses import dataclass

from sim.config import Market
from sim.engine.trial import Trial

ALL_CONTROL, ALL_TREATED = "all_control", "all_treated"
"""The two worlds that every experiment stands for."""


@dataclass(frozen=True)
class Tried:
    """A market under the control with an experiment in it, so many times."""

    market: Market
    trial: Trial
    replications: int
    first: int = 0
    """Of the replications."""

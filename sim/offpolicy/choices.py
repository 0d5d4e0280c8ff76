"""What was chosen, how likely that was, and how likely the new policy would have made it."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from sim.arrays import Flags, Floats, Ints

SUM_TOLERANCE = 1e-6
"""By how much the propensities of a decision may miss 1: files round them."""


@dataclass(frozen=True)
class Choices:
    """Logged decisions, one a row; decisions are independent of one another given who could be chosen.

    Raises
    ------
    ValueError
        No decision; arrays of different lengths; a logged propensity outside (0, 1] or a target propensity outside [0, 1]; a
        followed weight that is not >= 0 and finite; an outcome that is not finite where it counts.
    """

    outcome: Floats
    """(n,) what came of the decision, such as 1 for a client who returned; read only where ``followed`` > 0."""
    logged: Floats
    """(n,) with which probability the logging policy chose what it chose, within (0, 1]."""
    target: Floats
    """(n,) with which probability the new policy would have chosen the same, within [0, 1]."""
    followed: Floats | None = None
    """(n,) inverse probability that the outcome is known, 0 where it is not (``censoring``); all are known without it."""

    def __post_init__(self) -> None:
        if not len(self.outcome):
            raise ValueError("decisions = 0, must be >= 1: the log is empty")
        for name in ("logged", "target", "followed"):
            column = getattr(self, name)
            if column is not None and np.shape(column) != np.shape(self.outcome):
                raise ValueError(f"{name} has the shape {np.shape(column)}, must be that of the outcomes, {np.shape(self.outcome)}")
        refuse("logged propensity", self.logged, (self.logged > 0) & (self.logged <= 1), "must be within (0, 1]")
        refuse("target propensity", self.target, (self.target >= 0) & (self.target <= 1), "must be within [0, 1]")
        if self.followed is not None:
            refuse("followed weight", self.followed, (self.followed >= 0) & np.isfinite(self.followed), "must be >= 0 and finite")
        refuse("outcome", self.outcome, np.isfinite(self.outcome) | ~self.known, "must be finite")

    @property
    def known(self) -> Flags:
        """(n,) whether the outcome counts."""
        return np.ones(len(self.outcome), bool) if self.followed is None else self.followed > 0

    @property
    def ratio(self) -> Floats:
        """(n,) target over logged propensity, >= 0: how many logged decisions this one stands for."""
        return self.target / self.logged

    def weighted(self, ratio: Floats, less: Floats | float = 0.0) -> Floats:
        """``ratio`` times followed weight times (outcome - ``less``), (n,); 0 where the outcome is not known."""
        gap = np.where(self.known, self.outcome, less) - less
        return ratio * gap * (1.0 if self.followed is None else self.followed)


@dataclass(frozen=True)
class Candidates:
    """All who could be chosen: one row a candidate, decision after decision; n decisions with m candidates in all.

    Raises
    ------
    ValueError
        No decision; one without candidates; a chosen position that is none; propensities outside [0, 1], that do not sum to 1 over
        a decision's candidates, or 0 for the chosen.
    """

    counts: Ints
    """(n,) candidates of each decision, >= 1."""
    chosen: Ints
    """(n,) position of the chosen among the decision's own candidates, 0 for the first."""
    logged: Floats
    """(m,) propensities of the logging policy, within [0, 1]; those of a decision sum to 1."""
    target: Floats
    """(m,) propensities of the new policy, likewise."""

    def __post_init__(self) -> None:
        check_counts(self.counts)
        if len(self.chosen) != len(self.counts):
            raise ValueError(f"chosen has {len(self.chosen)} rows, must be one a decision, {len(self.counts)}")
        refuse("chosen position", self.chosen, (self.chosen >= 0) & (self.chosen < self.counts), "must be one of the candidates")
        for name in ("logged", "target"):
            column = getattr(self, name)
            check_rows(name, column, self.counts)
            inside = (column >= 0) & (column <= 1)
            refuse(f"{name} propensity", column, inside, "must be within [0, 1]", self.decision)
            sums = summed(column, self.counts)
            refuse(f"sum of {name} propensities", sums, np.abs(sums - 1) <= SUM_TOLERANCE, "must be 1 over all candidates")
        of_chosen = self.of_chosen(self.logged)
        refuse("logged propensity of the chosen", of_chosen, of_chosen > 0, "must be within (0, 1]")

    @classmethod
    def from_table(cls, chosen: Ints, logged: Floats, target: Floats) -> Self:
        """Of decisions that all have k candidates: propensities (n, k), the chosen (n,) a column."""
        n, k = logged.shape
        return cls(np.full(n, k), chosen, logged.ravel(), target.ravel())

    @property
    def decision(self) -> Ints:
        """(m,) the decision that each row belongs to."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def of_chosen(self, column: Floats) -> Floats:
        """(n,) what a column (m,) says about the chosen."""
        return column[np.cumsum(self.counts) - self.counts + self.chosen]

    def expected(self, column: Floats) -> Floats:
        """(n,) mean of a column (m,) over what the new policy would choose."""
        return summed(self.target * column, self.counts)

    def choices(self, outcome: Floats, followed: Floats | None = None) -> Choices:
        """The decisions with their outcomes (n,)."""
        return Choices(outcome, self.of_chosen(self.logged), np.minimum(self.of_chosen(self.target), 1.0), followed)


def summed(column: Floats, counts: Ints) -> Floats:
    """Sums (n,) of a column (m,) over each decision's rows.

    Examples
    --------
    >>> summed(np.array([1.0, 2.0, 4.0]), np.array([1, 2]))
    array([1., 6.])
    """
    return np.add.reduceat(column, np.cumsum(counts) - counts)


def check_counts(counts: Ints) -> None:
    """Raise ValueError without decisions, or for one without candidates."""
    if not len(counts):
        raise ValueError("decisions = 0, must be >= 1: the log is empty")
    refuse("candidates", counts, counts >= 1, "must be >= 1")


def check_rows(name: str, column: Floats, counts: Ints) -> None:
    """Raise ValueError unless a column has one row a candidate."""
    if len(column) != counts.sum():
        raise ValueError(f"{name} has {len(column)} rows, must have one a candidate, {counts.sum()}")


def refuse(what: str, values: Floats | Ints, allowed: Flags, rule: str, decision: Ints | None = None) -> None:
    """Raise ValueError for the first value that is not allowed: what it is, its value, its decision, the rule."""
    if not allowed.all():
        row = int(np.argmin(allowed))
        raise ValueError(f"{what} of decision {row if decision is None else decision[row]} = {values[row]:g}, {rule}")

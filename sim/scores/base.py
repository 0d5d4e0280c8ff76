"""What a score definition is."""

from typing import Protocol, runtime_checkable

from sim.views import History, ScoreTable


@runtime_checkable
class Score(Protocol):
    """Says how good each pro is, from what has happened so far.

    A score is a frozen dataclass: its fields are its parameters, checked in ``__post_init__`` with a ``ValueError`` that names
    field, value and rule. It holds no state, and gives the same result for the same history. With the class attribute
    ``needs_clients = True`` it is also told ``History.first_service`` and ``first_channel``.
    """

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``."""
        ...

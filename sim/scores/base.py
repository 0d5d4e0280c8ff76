"""What a score definition is."""

from dataclasses import dataclass, fields
from typing import Any, Protocol, runtime_checkable

from sim.views import History, ScoreTable


@runtime_checkable
class Score(Protocol):
    """Says how good each pro is, from what has happened so far.

    A score is a frozen dataclass: its fields are its parameters, checked in ``__post_init__`` with a ``ValueError`` that names
    field, value and rule. It holds no state, and gives the same result for the same history. It may carry the attributes of
    ``Traits``.
    """

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``."""
        ...


@dataclass(frozen=True)
class Traits:
    """What a score may say about itself, by attributes of these names; here is what holds when it does not."""

    needs_clients: bool = False
    """Whether it asks for ``History.first_service`` and ``History.first_channel``."""
    min_sessions: int | None = None
    """Completed sessions from which on it counts; None: it has no such threshold."""
    min_clients_behind: int | None = None
    """New clients behind it from which on it counts; None: it has no such threshold."""


def traits(score: object) -> Traits:
    """What a score says about itself; it need not inherit from anything to say it."""
    said: dict[str, Any] = {field.name: getattr(score, field.name, field.default) for field in fields(Traits)}
    return Traits(**said)

"""What a score and an allocator may see: what has happened so far, on read-only columns, never latent traits."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Flags, Floats, Ints

Column = TypeVar("Column", bound=NDArray[Any])

RECENT_DAYS = 28.0
"""How far back the recent work of a pro is counted."""


def frozen(column: NDArray[np.generic]) -> NDArray[np.generic]:
    """The same column, not writable through this view."""
    view = column.view()
    view.flags.writeable = False
    return view


def sealed(column: Column) -> Column:
    """The column itself, from now on not writable; for one that nobody else keeps."""
    column.flags.writeable = False
    return column


def ordered_mean(values: Floats) -> float:
    """Mean of (n,) numbers, n >= 1, summed from first to last: the same bits on every processor, unlike a blocked sum."""
    return float(np.cumsum(values)[-1] / len(values))


@dataclass(frozen=True)
class History:
    """What has happened on the platform until now: the columns a score is computed from.

    The first four have one entry a client with a completed first session, in order of that session's end.
    """

    first_pro: Ints
    """(n_firsts,) the pro of the client's first completed session."""
    first_session_days: Floats
    """(n_firsts,) when it ended, in days from the start of the run; increasing."""
    rebooked_days: Floats
    """(n_firsts,) when the client's next booking was made, with any pro; inf if not until now."""
    rebooked_same_pro_days: Floats
    """(n_firsts,) when the client's next booking with that same pro was made; inf if not until now."""
    completed_sessions: Ints
    """(n_pros,) sessions completed ever."""
    cancelled_sessions: Ints
    """(n_pros,) sessions that the pro had accepted and then cancelled."""
    late_sessions: Ints
    """(n_pros,) completed sessions for which the pro came late enough to be reported."""
    n_ratings: Ints
    """(n_pros,) ratings received."""
    rating_sum: Ints
    """(n_pros,) sum of their stars."""
    first_service: Ints | None = None
    """(n_firsts,) the service of that first session, 0, 1, ...; only for a score that declares ``needs_clients = True``."""
    first_channel: Ints | None = None
    """(n_firsts,) the channel by which the client came, 0, 1, ...; likewise."""

    @property
    def n_pros(self) -> int:
        """Number of pros, those yet to join included."""
        return len(self.completed_sessions)


@dataclass(frozen=True)
class ScoreTable:
    """A score at one refresh, one entry a pro."""

    value: Floats
    """(n_pros,) the score; nan for a pro about whom nothing is known."""
    counted: Flags
    """(n_pros,) whether it counts yet. A pro who is not counted is neutral."""
    clients_behind: Ints
    """(n_pros,) new clients behind the score; ratings, for a score made of ratings."""
    standard_error: Floats = field(default=None)  # type: ignore[arg-type]
    """(n_pros,) standard error of the value, in its unit, >= 0; nan where unknown, which is everywhere when it is not given."""

    def __post_init__(self) -> None:
        if self.standard_error is None:
            object.__setattr__(self, "standard_error", np.full(np.shape(self.value), np.nan))


@dataclass(frozen=True)
class ProView:
    """What an allocator sees of the pros at a refresh. Every column is (n_pros,) and read-only."""

    score: ScoreTable
    active: Flags
    """On the platform now: joined and not left. Weights of the others are used from the instant they join."""
    joined_days: Floats
    """When the pro joins, in days from the start of the run."""
    weekly_hours: Floats
    completed_sessions: Ints
    cancelled_sessions: Ints
    late_sessions: Ints
    n_ratings: Ints
    rating_sum: Ints
    new_clients: Ints
    """Clients whose first completed session on the platform was with this pro, ever; their time to return may not be over."""
    recent_offers: Ints
    """Offers received within ``RECENT_DAYS``, those of requests under way included."""
    recent_bookings: Ints
    """Requests accepted within ``RECENT_DAYS``, whatever became of them."""
    n_stages: int
    """Rows of a visibility table by stage: first booking, second, ..., all after payback."""
    uniforms: Floats | None = None
    """An independent number within (0, 1) for each pro and refresh; only for an allocator with ``needs_uniforms = True``."""
    true_return_propensity: Floats | None = None
    """The truth; only for an allocator that declares ``sees_truth = True``."""

    @property
    def n_pros(self) -> int:
        """Number of pros, those yet to join included."""
        return len(self.active)

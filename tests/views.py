"""What scores and allocators see, built by hand from the few columns a test is about; every column is read-only."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.views import History, ProView, ScoreTable, frozen

NOT_YET = np.inf


def column(values: Any, dtype: type) -> Any:
    return frozen(np.array(values, dtype))


def history(
    firsts: Sequence[tuple[int, float, float, float]],
    n_pros: int = 1,
    completed: Sequence[int] | int = 100,
    cancelled: Sequence[int] | int = 0,
    late: Sequence[int] | int = 0,
    stars: Sequence[tuple[int, int]] | None = None,
    service: Sequence[int] | int = 0,
    channel: Sequence[int] | int = 0,
) -> History:
    """A history from (pro, end of the first session, next booking, next booking with that pro) of each client, in days.

    ``stars`` are (number of ratings, their sum) by pro; ``service`` and ``channel`` those of each client, in the same order.
    """
    order = sorted(range(len(firsts)), key=lambda i: firsts[i][1])
    rows = [firsts[i] for i in order]
    pro, first, rebooked, same = zip(*rows, strict=True) if rows else ((), (), (), ())
    ratings = np.zeros((n_pros, 2)) if stars is None else np.array(stars)
    return History(
        first_pro=column(pro, np.int64),
        first_session_days=column(first, np.float64),
        rebooked_days=column(rebooked, np.float64),
        rebooked_same_pro_days=column(same, np.float64),
        completed_sessions=column(np.broadcast_to(completed, n_pros), np.int64),
        cancelled_sessions=column(np.broadcast_to(cancelled, n_pros), np.int64),
        late_sessions=column(np.broadcast_to(late, n_pros), np.int64),
        n_ratings=column(ratings[:, 0], np.int64),
        rating_sum=column(ratings[:, 1], np.int64),
        first_service=column(np.broadcast_to(service, len(rows))[order], np.int64),
        first_channel=column(np.broadcast_to(channel, len(rows))[order], np.int64),
    )


def pro_view(value: Sequence[float], counted: Sequence[bool] | None = None, **columns: Any) -> ProView:
    """A view of as many pros as there are scores; all counted, active and there since day 0 unless a column says otherwise."""
    n = len(value)
    zeros = np.zeros(n)
    table = ScoreTable(
        column(value, np.float64),
        column(np.ones(n) if counted is None else counted, np.bool_),
        column(zeros + 10, np.int64),
        column(columns.pop("standard_error", zeros + 0.1), np.float64),
    )
    given = {
        "active": column(np.ones(n), np.bool_),
        "joined_days": column(zeros, np.float64),
        "weekly_hours": column(zeros + 40, np.float64),
        **{
            name: column(zeros, np.int64)
            for name in (
                *("completed_sessions", "cancelled_sessions", "late_sessions", "n_ratings", "rating_sum"),
                *("new_clients", "recent_offers", "recent_bookings"),
            )
        },
        "n_stages": 4,
    }
    for name, values in columns.items():
        kind = np.float64 if name in ("true_return_propensity", "uniforms") else getattr(given[name], "dtype", None)
        given[name] = values if kind is None else column(values, kind)
    return ProView(score=table, **given)

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
) -> History:
    """A history from (pro, end of the first session, next booking, next booking with that pro) of each client, in days."""
    rows = sorted(firsts, key=lambda row: row[1])
    pro, first, rebooked, same = zip(*rows, strict=True) if rows else ((), (), (), ())
    none = np.zeros(n_pros)
    return History(
        first_pro=column(pro, np.int64),
        first_session_days=column(first, np.float64),
        rebooked_days=column(rebooked, np.float64),
        rebooked_same_pro_days=column(same, np.float64),
        completed_sessions=column(np.broadcast_to(completed, n_pros), np.int64),
        cancelled_sessions=column(np.broadcast_to(cancelled, n_pros), np.int64),
        late_sessions=column(none, np.int64),
        n_ratings=column(none, np.int64),
        rating_sum=column(none, np.int64),
    )


def pro_view(value: Sequence[float], counted: Sequence[bool] | None = None, **columns: Any) -> ProView:
    """A view of as many pros as there are scores; all counted, active and there since day 0 unless a column says otherwise."""
    n = len(value)
    zeros = np.zeros(n)
    table = ScoreTable(
        column(value, np.float64), column(np.ones(n) if counted is None else counted, np.bool_), column(zeros + 10, np.int64)
    )
    given = {
        "active": column(np.ones(n), np.bool_),
        "joined_days": column(zeros, np.float64),
        "weekly_hours": column(zeros + 40, np.float64),
        **{
            name: column(zeros, np.int64)
            for name in ("completed_sessions", "cancelled_sessions", "late_sessions", "n_ratings", "rating_sum")
        },
        "n_stages": 4,
    }
    for name, values in columns.items():
        kind = np.float64 if name == "true_return_propensity" else getattr(given[name], "dtype", None)
        given[name] = values if kind is None else column(values, kind)
    return ProView(score=table, **given)

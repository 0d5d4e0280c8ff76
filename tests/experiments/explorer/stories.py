"""A run of five clients and two pros, small enough to know everybody.

Client 0 needs it once: completed with pro 0 on time. Client 1: late first session with pro 0, left. Client 2: pro 0 on day 100,
pro 1 on day 150, nobody on day 200, left. Client 3: pro 1 cancelled, left. Client 4: not yet over.
"""

from dataclasses import replace

import numpy as np

from sim.log import RunLog
from tests.metrics.logs import booking, log, unfilled

ROWS = [
    booking(0, 10, contribution=10),
    booking(1, 20, late=12, rating=1, contribution=10),
    booking(2, 100, late=3, rating=5, contribution=10),
    booking(2, 150, need=1, pro=1, contribution=10),
    unfilled(2, 200, need=2),
    booking(3, 210, outcome="cancelled_by_pro", pro=1, contribution=-5),
    booking(4, 395, assigned=0.5, closed=None, outcome="open"),
]
STAYS = [False, False, True, True, False, False, False]


def story_log() -> RunLog:
    """The run, 400 days without a warm-up."""
    scores = {
        "refresh_days": np.repeat(7.0 * np.arange(30), 2),
        "pro": np.tile([0, 1], 30),
        "value": np.tile([0.5, 0.1], 30),
        "counted": np.repeat(np.arange(30) >= 10, 2),
        "completed_sessions": np.repeat(np.arange(30), 2),
        # pro 0 rises from 1 to 1.5, pro 1 falls to .5 once scores count
        "visibility": np.where(np.repeat(np.arange(30) >= 10, 2), np.tile([1.5, 0.5], 30), 1.0),
    }
    made = log(ROWS, scores=scores, truth=(0.2, 0.4), horizon=400.0, cost=15.0)
    n = len(ROWS)
    bookings = dict(made.bookings) | {
        "start_days": made.bookings["request_days"] + 1,
        "service": np.zeros(n, np.int64),
        "favourite": np.array([-1, -1, -1, 0, -1, -1, -1]),
        "cancellations_by_pros": np.array([0, 0, 0, 0, 0, 1, 0]),
        "stays": np.array(STAYS),
    }
    clients = dict(made.clients) | {
        "service": np.zeros(5, np.int64),
        "channel": np.zeros(5, np.int64),
        "arrival_days": np.arange(5.0),
    }
    truth = {"client": np.arange(5), "one_time": np.array([True, False, False, False, False]), "tolerance_minutes": np.full(5, 8.0)}
    return replace(
        made,
        bookings=bookings,
        clients=clients,
        pros=dict(made.pros) | {"main_service": np.array([0, 0])},
        truth_clients=truth,
        names=dict(made.names) | {"services": ("hair",), "channels": ("tv",)},
        facts=dict(made.facts) | {"min_sessions": 10.0},
    )

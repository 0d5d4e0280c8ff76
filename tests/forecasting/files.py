"""Small files of visits of clients who come at a rate and leave after visits, for tests of what is done with whole files."""

import numpy as np

from sim.bookings.visits import Visits


def visits_from(client: np.ndarray, day: np.ndarray) -> Visits:
    """One visit a client and day."""
    rows = np.unique(np.stack([client, day], axis=1), axis=0)
    who, code = np.unique(rows[:, 0], return_inverse=True)
    n = len(rows)
    nothing = np.full(n, np.nan)
    return Visits(code, rows[:, 1], np.zeros(n, np.int64), np.zeros(len(who), np.bool_), {}, {}, {}, nothing, False)


def file(n: int, days: int, seed: int, leave: float = 0.15, faster_from: int = 10**6, by: float = 1.0) -> Visits:
    """Clients who begin evenly over two thirds of the days; gaps Gamma(3) of 20 days or so, shorter by a factor from a day on."""
    random = np.random.default_rng(seed)
    client, day = [], []
    for i in range(n):
        at, own = random.uniform(0, days * 2 / 3), random.gamma(4.0) / 4
        while at < days:
            client.append(i)
            day.append(int(at))
            if random.random() < leave:
                break
            gap = random.gamma(3) / 3 * 20 / own
            at += gap / (by if at >= faster_from else 1.0)
    return visits_from(np.array(client), np.array(day))

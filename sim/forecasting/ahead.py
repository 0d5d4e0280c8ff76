"""What known clients will do under one fitted form: runs, each with parameters and clients drawn anew from the past."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.calibration.histories import Histories
from sim.forecasting import lapsing
from sim.forecasting.baselines import closed_means, has_closed_mean
from sim.forecasting.fit import FittedForm, terms
from sim.forecasting.kernels import count_visits, draw_clients

N_COLUMNS = 7
"""Of a drawn client: rate a week, regularity, weeks to the next visit, probability to leave after a visit, weeks of lifetime left,
share of lapses, and their mean in gaps."""


@dataclass(frozen=True)
class Ahead:
    """Runs of the time after the histories."""

    counts: Ints
    """(n, n_runs) visits of each client, who may live faster or slower than before."""
    means: Floats
    """(n,) expected visits of each client who lives as before."""
    weekly: Floats
    """(n_runs, n_weeks) visits of all in each week."""


def clients_drawn(found: FittedForm, at: Floats, seen: Histories, random: np.random.Generator, n: int = 1) -> list[Floats]:
    """``n`` draws of who each client is, (n_clients, 7) each, at a point of the parameters."""
    form = found.form
    if form.ending == "lapsing":
        return lapsing.drawn(form.values(at), seen, random, n)
    said = terms(form, at, seen)
    results = []
    for _ in range(n):
        drawn = np.zeros((len(seen), N_COLUMNS))
        draw_clients(
            random,
            seen.repeats,
            seen.recency,
            seen.age,
            said.values["rate_shape"],
            said.rate_weeks,
            said.gap_shapes,
            form.dropout,
            said.end_shape,
            said.end_weeks,
            said.values.get("ageing_per_week", 0.0),
            said.stays,
            said.left,
            drawn,
        )
        results.append(drawn)
    return results


def look_ahead(
    found: FittedForm,
    seen: Histories,
    ends: Floats,
    n_runs: int,
    n_points: int,
    random: np.random.Generator,
    client_sd: float,
) -> Ahead:
    """Runs of the time after the histories.

    Parameters
    ----------
    ends
        (n_weeks,) when each week ends, in weeks of the histories' clock from their end on.
    n_runs, n_points
        Runs in all, and from how many points of the parameters; equally many runs each.
    client_sd
        Standard deviation of the log of how much faster or slower than in the past each client lives from now on.
    """
    n = len(seen)
    counts, weekly = np.zeros((n, n_runs), np.int64), np.zeros((n_runs, len(ends)))
    points = found.drawn(n_points, random)
    means, column, even, nowhere = np.zeros(n), np.zeros(n, np.int64), np.ones(n), np.zeros(len(ends))
    run = 0
    closed = has_closed_mean(found.form)
    for point in range(n_points):
        if closed:
            means += closed_means(found.form, points[point], seen, ends[-1:])[0] / n_points
        share = n_runs * (point + 1) // n_points - run
        for drawn in clients_drawn(found, points[point], seen, random, share):
            count_visits(random, drawn, ends, even, column, weekly[run])
            if not closed:
                means += column / n_runs
            speed = np.exp(client_sd * random.standard_normal(n) - client_sd**2 / 2)
            count_visits(random, drawn, ends, speed, column, nowhere)
            counts[:, run] = column
            run += 1
    return Ahead(counts, means, weekly)

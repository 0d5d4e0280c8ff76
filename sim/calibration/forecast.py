"""Who each client is, drawn from what the history leaves possible; and what simple rules forecast."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from sim.arrays import Floats, Ints
from sim.bookings.visits import Visits
from sim.calibration.client_model import log_terms_by_shape, share_alive
from sim.calibration.client_parameters import ClientModel
from sim.calibration.histories import WEEK_DAYS, Histories
from sim.calibration.lapses import TINY, RatePosterior
from sim.rules import gap_shapes


@dataclass(frozen=True)
class Drawn:
    """One draw of the clients behind some histories: those who are still there, in the order of the histories."""

    index: Ints
    """(n,) positions in the histories."""
    rate_per_day: Floats
    gap_shape: Floats
    lapse_share: Floats
    """(n,) share of gaps without rhythm."""
    leave: Floats
    """(n,) own probability to leave after a visit."""
    next_days: Floats
    """(n,) days from the end of the observation to the next need."""


class Posterior:
    """What the histories leave possible of (rate, regularity, dropout, alive) of each client, and of when the next need arises."""

    def __init__(self, model: ClientModel, seen: Histories) -> None:
        self.model, self.seen = model, seen
        self.alive = share_alive(model, seen)
        self.rates = RatePosterior(model, seen) if model.lapse_share else None
        self.shapes, _ = gap_shapes(model.gap_shape, model.gap_shape_log_sd)
        stays, _ = log_terms_by_shape(model, seen)
        # somebody who cannot have stayed is likely with none, and is not drawn
        sums = np.cumsum(np.exp(stays - np.maximum(stays.max(axis=1, keepdims=True), np.log(TINY))), axis=1)
        self.cumulative = sums / np.maximum(sums[:, -1:], TINY)

    def draw(self, generator: np.random.Generator) -> Drawn:
        """One draw of all clients."""
        model, seen = self.model, self.seen
        alive = np.flatnonzero(generator.random(len(seen)) < self.alive)
        x, idle = seen.repeats[alive], (seen.age - seen.recency)[alive]
        k = self._gap_shapes(alive, generator)
        if self.rates is None:
            rate, wait = _regular_draw(model, k, seen.taken(alive), generator)
        else:
            rate, wait = self.rates.draw(alive, idle, generator)
        leave = generator.beta(model.drop_a, model.drop_b + x + float(model.dropout_after_first))
        return Drawn(alive, np.maximum(rate, 1e-12) / WEEK_DAYS, k, np.full(len(alive), model.lapse_share), leave, wait * WEEK_DAYS)

    def _gap_shapes(self, clients: Ints, generator: np.random.Generator) -> Floats:
        """Regularity (n,) of some clients who stay."""
        if len(self.shapes) == 1:
            return np.full(len(clients), self.shapes[0])
        which = (self.cumulative[clients] < generator.random(len(clients))[:, None]).sum(axis=1)
        return np.asarray(self.shapes[np.minimum(which, len(self.shapes) - 1)])


def _regular_draw(model: ClientModel, k: Floats, seen: Histories, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Rate a week (n,) of clients who stay, of gap shapes k (n,), and weeks (n,) until the next need.

    That no visit came since the last one makes long gaps and low rates likelier: with L ~ Gamma(s) and G ~ Gamma(k), the rate is
    L / (alpha + k t) and the running gap G / (k rate). L / (L + G) is Beta(s, k), cut where the gap would have ended by now, and
    L + G is Gamma(s + k), independent of it: an exact draw, without rejection.
    """
    x, recency, age = seen.repeats, seen.recency, seen.age
    s, rest = model.rate_shape + k * x, model.rate_weeks + k * recency
    most = special.betainc(s, k, rest / (rest + k * (age - recency)))
    part = special.betaincinv(s, k, most * generator.random(len(seen)))
    total = generator.gamma(s + k)
    rate = np.maximum(part * total / rest, 1e-12)
    gap = (1 - part) * total / (k * rate)
    return rate, np.maximum(gap - (age - recency), 0.0)


def past_rate(seen: Histories, weeks: float) -> Floats:
    """Visits (n,) in the next weeks if everybody went on at the rate of the past."""
    return seen.repeats * weeks / np.maximum(seen.age, 1.0)


def visits_after(visits: Visits, seen: Histories, from_day: int, until_day: int) -> Floats:
    """Visits (n,) that each client of the histories made from one day to another, both included."""
    within = (visits.day >= from_day) & (visits.day <= until_day)
    return np.bincount(visits.client[within], minlength=visits.n_clients)[seen.client].astype(float)


def weekly(days: Floats, n_weeks: int) -> Floats:
    """Cumulative number (n_weeks,) of events by the end of each week, from days since the start."""
    counts = np.bincount(np.minimum(np.asarray(days, float) // WEEK_DAYS, n_weeks).astype(np.int64), minlength=n_weeks + 1)
    return np.cumsum(counts[:n_weeks]).astype(float)


@dataclass(frozen=True)
class Accuracy:
    """How well a forecast of each client did."""

    total_error: float
    """Forecast total over the true one, minus 1."""
    mean_absolute_error: float
    root_mean_square_error: float
    correlation: float


def accuracy(forecast: Floats, true: Floats) -> Accuracy:
    """Errors of a forecast (n,) against what happened (n,); the total error is nan if nothing happened."""
    total = float(true.sum())
    both = forecast.std() > 0 and true.std() > 0
    return Accuracy(
        float(forecast.sum()) / total - 1 if total > 0 else np.nan,
        float(np.abs(forecast - true).mean()),
        float(np.sqrt(((forecast - true) ** 2).mean())),
        float(np.corrcoef(forecast, true)[0, 1]) if both else np.nan,
    )

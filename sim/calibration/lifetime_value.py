r"""What a new client pays in the first months: what the file has seen, and a forecast of what lies after its end.

Few clients of a file are followed for as long as one wants to know. Of each new client the value over a horizon is what was paid
within it by the end of the file, plus what will be: a history of which the end is missing. The missing end is drawn from the client
model given the client's own history (rate, dropout and presence as in ``forecast.py``, then need by need), many times over, each
time with other parameters: multiple imputation. With the mean :math:`Q_d` over n clients of draw d, its variance :math:`W_d` (that
of the clients over n) and the variance B of the :math:`Q_d` over m draws,

.. math:: \hat Q = \bar Q, \qquad T = \bar W + (1 + 1/m) B, \qquad \nu = (m - 1) \left(1 + \frac{\bar W}{(1 + 1/m) B}\right)^2

give an interval of Student's t with :math:`\nu` degrees of freedom. It is over who came (clients drawn anew), what they will do,
and what the parameters are; not over whether the form of the model holds for as long.

A coming need is a visit as often as those of the file after the first were, and costs the client's own mean price: value is what
clients pay, before costs, and not discounted for time.

References
----------
Rubin (1987), Multiple imputation for nonresponse in surveys, equations 3.1.2 to 3.1.6.
Fader, Hardie & Lee (2005), RFM and CLV: using iso-value curves for customer base analysis, Journal of Marketing Research 42(4).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.bookings.columns import DONE
from sim.bookings.visits import Visits
from sim.calibration.client_parameters import ClientModel
from sim.calibration.fit import Fit
from sim.calibration.forecast import Posterior
from sim.calibration.histories import WEEK_DAYS, Histories
from sim.calibration.reader import ENOUGH, plain_names
from sim.statistics.intervals import Interval

HORIZONS = {12: 365, 24: 730}
"""Days by months."""
N_DRAWS = 50
FEWEST_CLIENTS = 100
"""New clients below which a channel has no value: a few who come often would decide it."""


@dataclass(frozen=True)
class NewClientValue:
    """What new clients pay in the months from their first booking on."""

    channel: str
    """Empty: all of them."""
    months: int
    value_eur: Interval
    """Mean a client, over n clients; nan of too few, without ends where the parameters have no interval."""
    paid_share: float
    """How much of the mean was paid by the end of the file, 0 to 1; the rest is a forecast."""
    visit_eur: float
    """Mean price of a visit within the file."""


@dataclass(frozen=True)
class Paid:
    """New clients, and what they paid within the file."""

    seen: Histories
    client: Ints
    """(n_visits,) positions in ``seen``."""
    age_days: Floats
    """(n_visits,) since the client's first booking."""
    price_eur: Floats
    """(n_visits,) where the file has none: the mean of the client, or of all."""
    visit_share: float
    """Needs after the first that became visits, 0 to 1."""
    channel: Ints
    """(n,) of the first booking; -1 where it is not known."""
    channels: tuple[str, ...]

    @property
    def per_visit_eur(self) -> Floats:
        """Mean price (n,) of each client's visits; of all visits for a client without one."""
        n = len(self.seen)
        count = np.bincount(self.client, minlength=n).astype(float)
        total = np.bincount(self.client, self.price_eur, minlength=n)
        return np.where(count > 0, total / np.maximum(count, 1), self.price_eur.mean())

    def within(self, days: float) -> Floats:
        """What each client (n,) paid in so many days from the first booking on."""
        early = self.age_days < days
        return np.bincount(self.client[early], self.price_eur[early], minlength=len(self.seen)).astype(float)


def paid_histories(needs: Visits, seen: Histories) -> Paid | None:
    """New clients and what they paid; None if fewer than 200 of their visits have a price.

    Parameters
    ----------
    needs
        Of the file, up to the day on which the histories end.
    seen
        Histories of new clients in those needs.
    """
    if "price" not in needs.numbers:
        return None
    position = np.full(needs.n_clients, -1)
    position[seen.client] = np.arange(len(seen))
    new = needs.rows(position[needs.client] >= 0)
    who = position[new.client]
    is_first = np.r_[True, np.diff(who) != 0]
    first_day = new.day[is_first]
    visit = new.status == DONE
    price = new.numbers["price"][visit]
    known = np.isfinite(price)
    if known.sum() < ENOUGH:
        return None
    client, n = who[visit], len(seen)
    count = np.bincount(client[known], minlength=n)
    own = np.bincount(client[known], price[known], minlength=n) / np.maximum(count, 1)
    mean = np.where(count > 0, own, price[known].mean())
    again = visit[~is_first]
    return Paid(
        seen=seen,
        client=client,
        age_days=(new.day[visit] - first_day[client]).astype(float),
        price_eur=np.where(known, price, mean[client]),
        visit_share=float(again.mean()) if len(again) else 1.0,
        channel=new.labels["channel"][is_first] if "channel" in new.labels else np.full(n, -1),
        channels=tuple(plain_names(new.names["channel"])) if "channel" in new.labels else (),
    )


def coming_needs(model: ClientModel, seen: Histories, until_days: Floats, generator: np.random.Generator) -> tuple[Ints, Floats]:
    """One draw of the needs of clients after the end of their histories: whose each is, and days since that end.

    Parameters
    ----------
    until_days
        (n,) how far to look ahead for each client; not above 0: not at all.
    """
    known = Posterior(model, seen).draw(generator)
    who, when = known.index, known.next_days
    rate, k, leave, until = known.rate_per_day, known.gap_shape, known.leave, until_days[known.index]
    found: list[tuple[Ints, Floats]] = []
    there = when < until
    while there.any():
        who, when, until = who[there], when[there], until[there]
        rate, k, leave = rate[there], k[there], leave[there]
        found.append((who, when))
        gap = generator.gamma(k, 1 / (k * rate))
        if model.lapse_share:
            lapse = generator.random(len(who)) < model.lapse_share
            gap = np.where(lapse, generator.exponential(model.lapse_gaps / rate), gap)
        when = when + gap
        there = (generator.random(len(who)) >= leave) & (when < until)
    if not found:
        return np.zeros(0, np.int64), np.zeros(0)
    return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])


def combined(means: Floats, variances: Floats, n: int, level: float = 0.95) -> Interval:
    """Interval of a mean over n cases of which parts were imputed, by Rubin's rules.

    Parameters
    ----------
    means, variances
        (n_draws,) the mean of each completed sample, and the variance of that mean.

    Examples
    --------
    Nothing was missing, so all draws are alike and the interval is that of the mean (1.96 standard errors of 2):

    >>> found = combined(np.full(5, 10.0), np.full(5, 4.0), 100)
    >>> round(found.low, 2), found.estimate, round(found.high, 2)
    (6.08, 10.0, 13.92)
    """
    m = len(means)
    within, between = float(variances.mean()), (1 + 1 / m) * float(means.var(ddof=1))
    freedom = (m - 1) * (1 + within / between) ** 2 if between > 0 else math.inf
    reach = float(scipy.stats.t.ppf((1 + level) / 2, freedom)) * math.sqrt(within + between)
    estimate = float(means.mean())
    return Interval(estimate, estimate - reach, estimate + reach, n)


def new_client_values(fitted: Fit, paid: Paid, generator: np.random.Generator) -> list[NewClientValue]:
    """What new clients are worth: all of them, then those of each channel, most clients first, over each horizon.

    Parameters
    ----------
    fitted
        The client model of the histories, in which channels do not differ: what is forecast of a client depends on the history
        alone.
    """
    models = fitted.drawn_models(N_DRAWS, generator)
    seen, price = paid.seen, paid.per_visit_eur
    age = seen.age * WEEK_DAYS
    so_far = {months: paid.within(days) for months, days in HORIZONS.items()}
    coming = {months: np.zeros((N_DRAWS, len(seen))) for months in HORIZONS}
    for draw in range(N_DRAWS):
        model = models[draw] if models else fitted.model
        who, when = coming_needs(model, seen, max(HORIZONS.values()) - age, generator)
        visit = generator.random(len(who)) < paid.visit_share
        who, when = who[visit], when[visit]
        for months, days in HORIZONS.items():
            count = np.bincount(who[when < days - age[who]], minlength=len(seen))
            coming[months][draw] = count * price
    groups = [("", np.ones(len(seen), np.bool_))] + [(paid.channels[code], paid.channel == code) for code in _by_size(paid.channel)]
    return [
        _value(channel, months, rows, paid, so_far[months], coming[months], bool(models))
        for channel, rows in groups
        for months in HORIZONS
    ]


def _by_size(channel: Ints) -> Sequence[int]:
    """Codes that occur, the most frequent first."""
    count = np.bincount(channel[channel >= 0])
    order = np.argsort(-count, kind="stable")
    return [int(code) for code in order if count[code]]


def _value(
    channel: str, months: int, rows: NDArray[np.bool_], paid: Paid, so_far: Floats, coming: Floats, has_ends: bool
) -> NewClientValue:
    n = int(rows.sum())
    visits = paid.price_eur[rows[paid.client]]
    visit_eur = float(visits.mean()) if len(visits) else math.nan
    if n < FEWEST_CLIENTS:
        return NewClientValue(channel, months, Interval(math.nan, math.nan, math.nan, n), math.nan, visit_eur)
    whole = so_far[rows] + coming[:, rows]
    value = combined(whole.mean(axis=1), whole.var(axis=1, ddof=1) / n, n)
    if not has_ends:
        value = Interval(value.estimate, math.nan, math.nan, n)
    paid_share = float(so_far[rows].mean()) / value.estimate if value.estimate > 0 else math.nan
    return NewClientValue(channel, months, value, paid_share, visit_eur)

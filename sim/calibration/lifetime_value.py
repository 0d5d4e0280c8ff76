r"""What each client will still bring: BG/NBD x spend, given the client's own history.

The forecast of a client's value in the coming weeks is the expected number of visits, given how often and how recently the client
came (Fader, Hardie & Lee 2005, equation 10), times what a visit of this client has brought on average. It takes the size of a
client's spend to be independent of its frequency, and steady: where a visit costs what the service costs, that is so of what
clients pay, and nearly so of the contribution, from which refunds are taken.

It lives with the client model, and takes bare arrays rather than a log: fitting takes seconds, longer than the run itself, so it is
asked for and not measured in each run.

References
----------
Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2).
Fader, Hardie & Lee (2005), RFM and CLV: using iso-value curves for customer base analysis, Journal of Marketing Research 42(4).
"""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.calibration.client_model import expected_visits
from sim.calibration.client_parameters import ClientModel
from sim.calibration.histories import WEEK_DAYS, Histories
from sim.config import ConfigError


@dataclass(frozen=True)
class Paid:
    """Histories of clients, and what their visits brought."""

    seen: Histories
    value_eur: Floats
    """(n,) total of each client's visits so far."""

    @property
    def per_visit_eur(self) -> Floats:
        """Mean of each client's visits so far, (n,)."""
        return self.value_eur / (self.seen.repeats + 1)


def paid_histories(client: Ints, days: Floats, value_eur: Floats, until_days: float) -> Paid:
    """Histories from visits as they stand in a log, one entry a client with a visit by then, by client.

    Parameters
    ----------
    client, days, value_eur
        (n_visits,) whose, when (days from any origin) and what it brought, in any order.
    until_days
        End of the observation; later visits are not seen.

    Raises
    ------
    ConfigError
        A client visits twice at the same instant: a gap of 0 has no logarithm.
    """
    order = np.lexsort((days, client))
    order = order[days[order] <= until_days]
    who, when, value = client[order], days[order], value_eur[order]
    clients, start, count = np.unique(who, return_index=True, return_counts=True)
    gaps = np.diff(when)[np.diff(who) == 0] / WEEK_DAYS
    if not (gaps > 0).all():
        raise ConfigError("visits: a client visits twice at the same instant, must be at different ones")
    owner = np.repeat(np.arange(len(clients)), count - 1)
    last = start + count - 1
    return Paid(
        Histories(
            client=clients.astype(np.int64),
            repeats=(count - 1).astype(float),
            recency=(when[last] - when[start]) / WEEK_DAYS,
            age=(until_days - when[start]) / WEEK_DAYS,
            sum_log_gaps=np.bincount(owner, np.log(gaps), minlength=len(clients)).astype(float),
            left_censored=np.zeros(len(clients), np.bool_),
            gaps=gaps.astype(float),
        ),
        np.bincount(np.repeat(np.arange(len(clients)), count), value, minlength=len(clients)).astype(float),
    )


def predicted_value_eur(model: ClientModel, paid: Paid, weeks: float) -> Floats:
    """Expected value (n,) of each client's visits in the coming weeks, given the history, in EUR; not discounted for time.

    Parameters
    ----------
    model
        A fitted client model with Poisson gaps (``fit(seen, regular=False)``), for which there is a closed form.
    weeks
        How far to look ahead, > 0.

    Raises
    ------
    ValueError
        The gaps of the model are regular.

    Examples
    --------
    A CDNOW customer with two repeats, the last in week 30.43 of 38.86, is expected to make 1.226 purchases in the next 39:

    >>> cdnow = ClientModel(rate_shape=0.243, rate_weeks=4.414, drop_a=0.793, drop_b=2.426)
    >>> gaps = np.full(2, 30.43 / 2)  # which do not matter here: only their sum does
    >>> one = np.ones(1)
    >>> seen = Histories(np.array([0]), 2 * one, 30.43 * one, 38.86 * one, 0 * one, np.array([False]), gaps)
    >>> round(float(predicted_value_eur(cdnow, Paid(seen, np.array([30.0])), 39.0)[0]), 2)  # 10 EUR a visit
    12.26
    """
    return np.asarray(expected_visits(model, paid.seen, weeks) * paid.per_visit_eur)


def lifetime_value_eur(model: ClientModel, paid: Paid, weeks: float) -> Floats:
    """Value (n,) of each client: what the visits so far have brought, and what those of the coming weeks are expected to."""
    return paid.value_eur + predicted_value_eur(model, paid, weeks)

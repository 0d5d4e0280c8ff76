"""Ids that are nobody's: the account of a till or of all walk-ins comes far more often than any client of the file does.

Those with more than a twentieth of all rows are left out as rows are read (``identity.py``); in a large file a till has fewer.
"""

import numpy as np
import scipy

from sim.arrays import Ints
from sim.bookings.visits import Visits

FEWEST_VISITS, FEWEST_CLIENTS, ACCOUNT_VISITS = 5, 20, 20
"""Clients with so many visits say how often clients come, where there are so many of them; an account has so many visits."""
SHORTEST_DAYS = 90
"""Of which visits are a rate: a client who is new comes often at first."""
NORMAL_MAD = 1.4826
"""Standard deviation of a normal variable, in median absolute deviations."""
LEAST_SD = 0.4
"""Of the log rate between clients, choice: where all have one rhythm nobody is an account for coming three times as often."""
CHANCE = 0.01
"""That a client is taken for an account in a file without any, if log rates above the median are as those of a normal variable;
those of Gamma-distributed rates have a shorter tail."""


def shared_accounts(visits: Visits) -> Ints:
    """Codes of the ids that come so often that they cannot be one client's, in order.

    Parameters
    ----------
    visits
        Those that took place, one a client and day.

    Notes
    -----
    A client's rate is that of all visits over the days from the first one to the end of the file. Of the clients with
    ``FEWEST_VISITS`` or more, those above the median say by the median of their distances how far log rates spread; the accounts
    themselves hardly widen it. An id with ``ACCOUNT_VISITS`` is an account if its log rate is further above the median than the
    highest of as many normal ones would be with probability ``CHANCE``.

    References
    ----------
    Davies & Gather (1993), The identification of multiple outliers. JASA 88(423): median and MAD, with a limit that grows with n.
    """
    n = np.bincount(visits.client, minlength=visits.n_clients)
    end = int(visits.day.max(initial=0))
    first = np.full(len(n), end)
    np.minimum.at(first, visits.client, visits.day)
    often = np.flatnonzero(n >= FEWEST_VISITS)
    if len(often) < FEWEST_CLIENTS:
        return np.empty(0, np.int64)
    log_rate = np.log(n[often] / np.maximum(end - first[often] + 1, SHORTEST_DAYS))
    above = log_rate - np.median(log_rate)
    sd = NORMAL_MAD * float(np.median(above[above >= 0]))
    limit = max(sd, LEAST_SD) * float(scipy.stats.norm.isf(CHANCE / len(often)))
    return often[(above > limit) & (n[often] >= ACCOUNT_VISITS)].astype(np.int64)

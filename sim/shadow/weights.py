"""What weight another arm would have given to each candidate of a log."""

import numpy as np

from sim.arrays import Floats, Ints
from sim.config import Market
from sim.engine.platform import Arm
from sim.log import RunLog
from sim.shadow.logged import past_of
from sim.shadow.past import Past
from sim.shadow.shown import shown


def refresh_of(refresh_days: Floats, race_days: Floats, attempt: Ints) -> Ints:
    """The refresh whose visibility each race saw, (m,): the last one before it.

    At the very instant of a refresh, requests come after it, and races after a cancellation before it.
    """
    after = np.searchsorted(refresh_days, race_days, side="right")
    return np.where(attempt > 0, np.searchsorted(refresh_days, race_days, side="left"), after) - 1


def target_weights(log: RunLog, market: Market, arm: Arm, luck: tuple[int, int] = (0, 0), past: Past | None = None) -> Floats:
    """Weights that ``arm`` would have given to the candidates of a log that another arm made.

    The arm's score and allocator see what had happened until each refresh, and nothing is simulated: calendars, and with them who
    could be chosen, are those that the logging arm filled. Pros who joined between two refreshes have the weight that the refresh
    before gave them.

    Parameters
    ----------
    log
        Of a run with ``log_choices``.
    market
        That was simulated.
    arm
        The new policy. Where it offers in strict order (``offer_order``), these are the weights that the order follows.
    luck
        Seed and replication of the run, for an allocator that draws numbers.
    past
        ``past_of(log, market)``, to be used again for several arms.

    Returns
    -------
    Floats
        (m,) >= 0, one a row of ``log.choices``, in the arm's own unit: only ratios within a race mean something.

    Raises
    ------
    ConfigError
        As ``past_of`` and ``shown``.
    PolicyError
        The arm's score or allocator answered something unusable.
    """
    past = past_of(log, market) if past is None else past
    tables = shown(past, arm, market.economics.payback_bookings + 1, luck)
    choices = log.choices
    refresh = refresh_of(past.refresh_days, choices["race_days"], choices["attempt"])
    return tables[refresh, log.bookings["stage"][choices["booking"]], choices["pro"]]

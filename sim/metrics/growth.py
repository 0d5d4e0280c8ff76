"""Whether the platform grows and what it earns over the measured horizon: what reinvested contribution makes of a policy."""

import numpy as np

from sim.arrays import Floats
from sim.metrics.cohort import MONTH_DAYS, Cohort, per_year

QUARTER_DAYS = 90.0


def _last_over_first(cohort: Cohort, days: Floats, amounts: Floats | None = None) -> float:
    """Sum in the last 90 days of the run over the sum in the first 90 after the warm-up; amounts default to 1 each."""
    first, end = cohort.log.facts["warmup_days"], cohort.log.facts["horizon_days"]
    if end - first < 2 * QUARTER_DAYS:
        return float("nan")
    weights = np.ones(len(days)) if amounts is None else amounts
    with np.errstate(invalid="ignore"):
        before = float(weights[(days >= first) & (days < first + QUARTER_DAYS)].sum())
        after = float(weights[(days >= end - QUARTER_DAYS) & (days < end)].sum())
    return after / before if before > 0 else float("nan")


def new_clients_per_month(cohort: Cohort) -> float:
    """New clients in the last 90 days of the run, per month of 30.4 days.

    The same for all arms when acquisition is fixed. Nan when less than 90 days are left after the warm-up, or in a run without
    requests.
    """
    facts, first = cohort.log.facts, cohort.first_request_days
    if facts["horizon_days"] - facts["warmup_days"] < QUARTER_DAYS or len(first) == 0:
        return float("nan")
    return float((first >= facts["horizon_days"] - QUARTER_DAYS).sum()) * MONTH_DAYS / QUARTER_DAYS


def new_client_growth(cohort: Cohort) -> float:
    """New clients in the last 90 days of the run, relative to the first 90 days after the warm-up.

    The season is part of it. An arm that has grown within the first quarter already, and then reaches the limit of who is within
    reach, shows less than one that grows later: read it beside ``new_clients_per_month``. Nan when the two quarters overlap or
    nobody arrived in the first.
    """
    return _last_over_first(cohort, cohort.first_request_days)


def contribution_growth(cohort: Cohort) -> float:
    """Contribution of requests closed in the last 90 days of the run, relative to the first 90 days after the warm-up.

    Before acquisition cost, less what programmes spent.

    The season is part of it, and so is repeat business that was still building up in the first quarter.
    Nan when the two quarters overlap or the first brought nothing.
    """
    return _last_over_first(cohort, cohort.money.days, cohort.money.eur)


def net_contribution_eur(cohort: Cohort) -> float:
    """Contribution of all requests closed after the warm-up, less programmes and the acquisition cost of who came then, in EUR.

    Until the end of the run, however long that is (``net_contribution_per_year_eur`` is comparable between horizons): the cost of
    late clients is in it, what they will bring is not. Clients from before the warm-up go on contributing, and their cost is left
    out. A platform that reinvests everything earns next to nothing as long as it grows: read ``new_clients_per_month`` beside it.
    Nan in a run without requests.
    """
    start = cohort.log.facts["warmup_days"]
    money, clients = cohort.money, cohort.log.clients
    if len(cohort.client) == 0:
        return float("nan")
    with np.errstate(invalid="ignore"):
        earned = float(money.eur[money.days >= start].sum())
    return earned - float(clients["acquisition_cost_eur"][cohort.first_request_days >= start].sum())


def net_contribution_per_year_eur(cohort: Cohort) -> float:
    """Contribution of the platform after the warm-up, less programmes and acquisition cost, per year, in EUR.

    ``net_contribution_eur`` per 365 days of the run after the warm-up. Nan in a run without requests.
    """
    return per_year(cohort, net_contribution_eur(cohort))


def net_contribution_per_1000_clients_eur(cohort: Cohort) -> float:
    """Contribution of the platform after the warm-up, less programmes and acquisition cost, per 1,000 new clients, in EUR.

    ``net_contribution_eur`` over the clients whose first request came after the warm-up, times 1,000: what clients from before
    bring is in the numerator. Nan without new clients.
    """
    with np.errstate(invalid="ignore"):
        n_new = int((cohort.first_request_days >= cohort.log.facts["warmup_days"]).sum())
    return 1000 * net_contribution_eur(cohort) / n_new if n_new else float("nan")

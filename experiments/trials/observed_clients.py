"""Clients of a file of bookings by their first request: when, where, for what, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from experiments.bookings.opened import Bookings
from sim.arrays import Flags, Floats, Ints
from sim.bookings.columns import DONE, MEANINGS, UNFILLED
from sim.bookings.requests import Requests, requests_of
from sim.bookings.rows import DAY
from sim.bookings.visits import visits_of
from sim.config import ConfigError, Economics
from sim.metrics.cohort import SIX_MONTHS_DAYS, nth_by_client
from sim.metrics.newcomers import SURROGATE_DAYS

WINDOWS = {"returned_6m": SIX_MONTHS_DAYS, "returned_60d": SURROGATE_DAYS, "completed": 0.0, "contribution_6m_eur": SIX_MONTHS_DAYS}
"""Days for which a client is followed, by outcome."""
MOST_LEVELS, LEAST_SHARE = 20, 0.01
"""Of a column of services or zones: its most frequent values, each with so large a share of the clients."""
FULL_RANK = 1e-9


@dataclass(frozen=True)
class Clients:
    """All clients of a file, by first request; each column (n_clients,) unless said."""

    code: Ints
    """Among the rows of the file."""
    day: Floats
    """Of the first request, since 1970-01-01."""
    zone: Ints
    """Code, -1 for unknown."""
    pro: Ints
    service: Ints
    lead_days: Floats
    """nan where unknown."""
    hour: Floats
    """Of the day of the request; nan where the file gives days only."""
    older: Flags
    """The file says that the client may be older than it."""
    outcome: Floats
    asked_client: Ints
    """(n_requests,) position of the client of each request."""
    asked_day: Floats
    """(n_requests,)."""
    by_visit: bool
    """The file does not say when requests were made, and days are those of visits."""

    @property
    def last(self) -> float:
        """Last instant of a request."""
        return float(self.asked_day.max())

    def followed(self, window_days: float) -> Flags:
        """Clients whose window is over by the last day of the file."""
        return self.day + window_days <= self.last


def clients_of(bookings: Bookings, outcome: str, economics: Economics) -> Clients:
    """First requests and outcomes.

    Raises
    ------
    ConfigError
        The file does not hold the outcome.
    """
    rows = bookings.rows
    refuse_unless_held(bookings, outcome)
    requests, _ = requests_of(rows, drop_late=True)
    days = _days(requests)
    n = len(requests.code)
    order = np.lexsort((days, requests.client))
    first = order[np.searchsorted(requests.client[order], np.arange(n))]

    def label(name: str) -> Ints:
        # a column that was recognised as something else may be that of the groups
        is_group = getattr(rows.columns, name) == rows.columns.group
        codes = None if is_group else requests.labels.get(name)
        return np.full(n, -1) if codes is None else codes[first]

    start = np.where(requests.start >= 0, requests.start / DAY, requests.start_day)[first]
    return Clients(
        code=requests.code,
        day=days[first],
        zone=label("zone"),
        pro=label("pro"),
        service=label("service"),
        lead_days=np.where((start >= 0) & (requests.asked_day[first] >= 0), start - days[first], np.nan),
        hour=np.where(_timed(requests)[first], days[first] % 1 * 24, np.nan),
        older=requests.known if rows.columns.left_censored is not None else np.zeros(n, bool),
        outcome=_outcome(bookings, requests, days, first, outcome, economics),
        asked_client=requests.client,
        asked_day=days,
        by_visit=not (requests.asked_day >= 0).any(),
    )


def refuse_unless_held(bookings: Bookings, outcome: str) -> None:
    """Raise ConfigError unless the file has the columns that an outcome needs."""
    rows = bookings.rows
    missing = ""
    if outcome == "completed" and not rows.has_status:
        missing = "columns.status: what became of each booking"
    if outcome == "contribution_6m_eur" and "price" not in rows.numbers:
        missing = "columns.price: what was paid"
    if missing:
        raise ConfigError(f"outcome = {outcome}, needs {missing}; {bookings.name} has no such column")


def _days(requests: Requests) -> Floats:
    """When each request was made, as exactly as the file says; that of its start where it does not."""
    asked = np.where(requests.asked >= 0, requests.asked / DAY, requests.asked_day)
    start = np.where(requests.start >= 0, requests.start / DAY, requests.start_day)
    return np.asarray(np.where(requests.asked_day >= 0, asked, start), np.float64)


def _timed(requests: Requests) -> Flags:
    return np.where(requests.asked_day >= 0, requests.asked >= 0, requests.start >= 0)


def _outcome(bookings: Bookings, requests: Requests, days: Floats, first: Ints, outcome: str, economics: Economics) -> Floats:
    n = len(requests.code)
    if outcome == "completed":
        return (requests.status[first] == DONE).astype(float)
    if outcome == "contribution_6m_eur":
        return _contribution(bookings, requests.code, days[first], economics)
    booked = requests.status != MEANINGS.index(UNFILLED)
    second = nth_by_client(requests.client[booked], days[booked], 2, n)
    with np.errstate(invalid="ignore"):
        return (second - days[first] <= WINDOWS[outcome]).astype(float)


def _contribution(bookings: Bookings, code: Ints, first_day: Floats, economics: Economics) -> Floats:
    """Commission on the prices of visits within the window, less their variable cost."""
    visits, _ = visits_of(bookings.rows)
    visits = visits.done()
    position = np.full(int(max(code.max(), visits.code.max())) + 1, -1)
    position[code] = np.arange(len(code))
    client = position[visits.code[visits.client]]
    since = visits.day - first_day[client]
    counts = (client >= 0) & (since <= SIX_MONTHS_DAYS)
    earned = economics.commission_share * np.nan_to_num(visits.numbers["price"]) - economics.variable_cost_eur
    return np.asarray(np.bincount(client[counts], earned[counts], minlength=len(code)), np.float64)


@dataclass(frozen=True)
class Covariates:
    """What is known of clients before anything became of them."""

    names: Sequence[str]
    values: Floats
    """(n_clients, n_covariates) without nan, none of them a sum of others."""

    def first(self, n: int) -> "Covariates":
        """The first n of them."""
        return Covariates(self.names[:n], self.values[:, :n])


def covariates(clients: Clients, chosen: Ints, with_zones: bool) -> Covariates:
    """Lead time, hour, weekday, service and zone of the first request of some clients, the plainest first.

    Parameters
    ----------
    with_zones
        Whether zones are among them: not where they were assigned.
    """
    names: list[str] = []
    columns: list[Floats] = []
    for name, values in (("lead_days", np.log1p(clients.lead_days[chosen])), ("hour", clients.hour[chosen])):
        if np.isfinite(values).any():
            names.append(name)
            columns.append(np.where(np.isfinite(values), values, np.nanmean(values)))
    # 1970-01-01 was a Thursday
    weekday = (np.floor(clients.day[chosen]).astype(np.int64) + 3) % 7
    labels = {"weekday": weekday, "service": clients.service[chosen]}
    for name, codes in (labels | ({"zone": clients.zone[chosen]} if with_zones else {})).items():
        levels, counts = np.unique(codes, return_counts=True)
        common = levels[np.argsort(-counts, kind="stable")][:MOST_LEVELS]
        # without the most frequent one, which the others leave over
        for level in common[1:]:
            if (codes == level).mean() >= LEAST_SHARE:
                names.append(name)
                columns.append((codes == level).astype(float))
    values = np.column_stack(columns) if columns else np.zeros((len(chosen), 0))
    kept = _independent(values)
    return Covariates([names[i] for i in kept], values[:, kept])


def _independent(values: Floats) -> list[int]:
    """Columns that are no sum of earlier ones and a constant."""
    if not values.size:
        return []
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    kept: list[int] = []
    for i in np.flatnonzero(spread > 0):
        tried = centred[:, [*kept, int(i)]] / spread[[*kept, int(i)]]
        if len(tried) > tried.shape[1] and abs(qr(tried, mode="r")[0][len(kept), len(kept)]) > FULL_RANK * np.sqrt(len(tried)):
            kept.append(int(i))
    return kept

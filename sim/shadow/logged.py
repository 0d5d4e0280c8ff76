"""The past of a simulated run, from its log."""

import numpy as np

from sim import rules
from sim.arrays import Floats, Ints
from sim.config import ConfigError, Market
from sim.log import RunLog
from sim.shadow.past import Events, Firsts, Past, Sessions, in_time


def refresh_days_of(market: Market) -> Floats:
    """When the platform refreshes its scores: on day 0 and on each refresh day before the horizon, (n_refreshes,)."""
    weekly = np.arange(market.refresh_weekday, market.horizon_days, 7, dtype=float)
    return weekly if market.refresh_weekday == 0 else np.append(0.0, weekly)


def past_of(log: RunLog, market: Market) -> Past:
    """What had happened at each refresh of a run, whatever arm it was simulated under.

    Raises
    ------
    ConfigError
        The log has no choices, or the market is not one in which the platform asks pros one after another.
    """
    if not log.choices:
        raise ConfigError("market.log_choices = False, must be true: the log does not say who could have been chosen")
    if market.requests.mode != "dispatch":
        raise ConfigError(f"market.requests.mode = {market.requests.mode!r}, must be dispatch: clients choose, not the platform")
    if market.requests.offer_order == "broadcast":
        raise ConfigError("market.requests.offer_order = broadcast, must be sampled or ranked: all are asked at once")
    days, n_pros = refresh_days_of(market), len(log.pros["pro"])
    active, offers = np.zeros((len(days), n_pros), bool), np.zeros((len(days), n_pros), np.int64)
    truth = np.tile(log.truth_pros["return_propensity"], (len(days), 1))
    refresh, pro = np.searchsorted(days, log.scores["refresh_days"]), log.scores["pro"]
    active[refresh, pro] = True
    offers[refresh, pro] = log.scores["offers"]
    truth[refresh, pro] = log.truth_of_scores()
    joined = log.pros["joined_days"]
    pros, sent, cancelled = _assignments(log)
    return Past(
        refresh_days=days,
        active=active,
        # who found too little to join never does
        joined_days=np.where(np.isnan(joined), float(market.horizon_days), joined),
        weekly_hours=log.pros["weekly_hours"],
        firsts=_firsts(log, pros[:, 0]),
        sessions=_sessions(log),
        cancellations=_where(pros, cancelled),
        accepted=_where(pros, sent),
        offers=offers,
        truth=truth,
    )


def _where(pros: Ints, days: Floats) -> Events:
    """Events of assignments (n_bookings, n_attempts): those with a day."""
    there = np.isfinite(days)
    return in_time(pros[there], days[there])


def _assignments(log: RunLog) -> tuple[Ints, Floats, Floats]:
    """Of each booking and attempt: the pro assigned or -1, when it counts as accepted, when the pro cancelled; nan for never.

    (n_bookings, n_attempts) each. A request at the tick of a refresh comes after it, so that it counts from a little later on.
    """
    bookings, choices = log.bookings, log.choices
    cancellations = bookings["cancellations_by_pros"]
    n, n_attempts = len(cancellations), int(cancellations.max(initial=0)) + 1
    race_days, last = np.full((n, n_attempts), np.nan), np.full((n, n_attempts), rules.NEVER)
    booking, attempt = choices["booking"].astype(np.int64), choices["attempt"].astype(np.int64)
    race_days[booking, attempt] = choices["race_days"]
    asked = choices["asked"] > 0
    by_place = np.argsort(choices["asked"][asked], kind="stable")
    # rows by place: the last asked of a race is the last to be written
    last[booking[asked][by_place], attempt[asked][by_place]] = choices["pro"][asked][by_place]
    k, row = np.arange(n_attempts), np.arange(n)
    # without a race it was the favourite, who is asked before any
    by_favourite = (k == 0) & np.isnan(race_days)
    pros = np.where(by_favourite, np.where(cancellations > 0, bookings["favourite"], bookings["pro"])[:, None], last)
    was_cancelled = k < cancellations[:, None]
    # who is asked in the last race and has the booking has accepted it
    reached = (k == cancellations[:, None]) & (bookings["pro"] >= 0)[:, None] & (pros == bookings["pro"][:, None])
    assigned = was_cancelled | reached
    sent = np.where(k == 0, np.nextafter(bookings["request_days"], np.inf)[:, None], race_days)
    next_race = np.hstack([race_days[:, 1:], np.full((n, 1), np.nan)])
    gone = np.where(np.isnan(next_race), bookings["closed_days"][row][:, None], next_race)
    return np.where(assigned, pros, rules.NEVER), np.where(assigned, sent, np.nan), np.where(was_cancelled, gone, np.nan)


def _sessions(log: RunLog) -> Sessions:
    """Completed sessions by their end."""
    bookings = log.bookings
    done = np.flatnonzero(bookings["outcome"] == rules.COMPLETED)
    done = done[np.argsort(bookings["closed_days"][done], kind="stable")]
    late = bookings["minutes_late"][done] >= log.facts["late_from_minutes"]
    return Sessions(bookings["pro"][done], bookings["closed_days"][done], late, bookings["rating"][done])


def _firsts(log: RunLog, first_pros: Ints) -> Firsts:
    """First completed sessions of new clients; ``first_pros`` are the pros whom bookings were first assigned to."""
    bookings, clients = log.bookings, log.clients
    client, pro = bookings["client"], bookings["pro"]
    size = int(clients["client"].max(initial=-1)) + 1
    known, service, channel = np.zeros(size, bool), np.zeros(size, np.int64), np.zeros(size, np.int64)
    known[clients["client"]] = clients["known"] > 0 if "known" in clients else False
    service[clients["client"]], channel[clients["client"]] = clients["service"], clients["channel"]
    first = _first_of(client, bookings["outcome"] == rules.COMPLETED, size)
    first[known] = len(client)
    after = np.arange(len(client)) > first[client]
    assigned = np.isfinite(bookings["assigned_days"])
    again = _first_of(client, after & assigned, size)
    theirs = np.append(pro, rules.NEVER)[first]
    same = _first_of(client, after & assigned & (first_pros == theirs[client]), size)
    who = np.flatnonzero(first < len(client))
    who = who[np.lexsort((who, bookings["closed_days"][first[who]]))]
    days = {name: np.append(bookings[name], np.inf) for name in ("assigned_days", "request_days")}
    return Firsts(
        pro=pro[first[who]],
        days=bookings["closed_days"][first[who]],
        rebooked_days=days["assigned_days"][again[who]],
        rebooked_asked_days=days["request_days"][again[who]],
        same_pro_days=days["assigned_days"][same[who]],
        same_pro_asked_days=days["request_days"][same[who]],
        service=service[who],
        channel=channel[who],
    )


def _first_of(client: Ints, among: np.ndarray, size: int) -> Ints:
    """First row of each client among some rows, (size,); the number of rows for none."""
    first = np.full(size, len(client))
    rows = np.flatnonzero(among)[::-1]
    first[client[rows]] = rows
    return first

"""Who exists: clients and pros as tables of traits, drawn once per run and the same under every policy.

Nothing here depends on what happens later. A structured array keeps one person's traits on one cache line, which is how both
engines read them.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from sim import draws
from sim.arrays import Flags, Floats, Ints, Table
from sim.calendar import SLOTS_PER_DAY, TICKS_PER_DAY, Words, slot_mask
from sim.config import TRAITS, Clients, Market, Pros
from sim.jit import compiled, kernel

CLIENT = np.dtype(
    [
        ("arrival_tick", np.int64),
        ("rate_per_day", np.float64),
        ("gap_shape", np.float64),
        ("lapse_share", np.float64),
        ("taste_logit", np.float64),
        ("tolerance_minutes", np.float64),
        ("zone", np.int64),
        ("service", np.int64),
        ("channel", np.int64),
        ("one_time", np.bool_),
        ("flexible", np.bool_),
    ],
    align=True,
)
"""Traits of a client; ``rate_per_day`` is the inverse of the mean gap between needs, ``gap_shape`` the k of the Gamma gap,
``lapse_share`` the share of gaps without rhythm."""

PRO = np.dtype(
    [
        ("joined_tick", np.int64),
        ("late_share", np.float64),
        ("cancellation_share", np.float64),
        ("skill", np.float64),
        ("warmth", np.float64),
        ("advocacy", np.float64),
        ("acceptance_logit", np.float64),
        ("answer_minutes", np.float64),
        ("patience_weeks", np.float64),
        ("weekly_slots", np.int64),
        ("home_zone", np.int64),
        ("main_service", np.int64),
        ("log_price", np.float64),
    ],
    align=True,
)
"""Latent traits of a pro; skill, warmth and advocacy are standard normal, larger is better. ``log_price`` is the log of the pro's
price over the service's list price."""


ASKED = np.dtype([("tick", np.int64), ("slot", np.int64), ("service", np.int64), ("zone", np.int64)], align=True)
"""A request that is given instead of drawn: when it is made, for which start, service and zone; -1: the client's own."""

NOBODY = np.zeros(0, np.int64)


class Script(NamedTuple):
    """Requests that are given, such as those of real bookings, and who makes them."""

    asked: Table
    """(n_requests,) of ``ASKED``, by client and instant."""
    begin: Ints
    """(n_clients,) row of ``asked`` that need 0 would have: a known client begins with need 1."""
    end: Ints
    """(n_clients,) row after the client's last."""
    known: Flags
    """(n_clients,) clients of before the run: they have completed a session, and are nobody's new clients."""
    exogenous: Flags
    """(n_clients,) whose requests are all given; the others' later ones follow the client model."""


NO_SCRIPT = Script(np.zeros(0, ASKED), NOBODY, NOBODY, np.zeros(0, np.bool_), np.zeros(0, np.bool_))
"""Everything is drawn."""


class Population(NamedTuple):
    """Everybody who will ever take part in a run."""

    clients: Table
    """(n_clients,) of ``CLIENT``, by arrival."""
    pros: Table
    """(n_pros,) of ``PRO``, by joining."""
    work: Words
    """(n_pros, 7) half hours worked on each weekday."""
    candidate_start: Ints
    """(n_zones * n_services + 1,) where each (zone, service) begins in ``candidates``."""
    candidates: Ints
    """Pros who serve a zone and offer a service, in increasing order within each pair."""
    script: Script = NO_SCRIPT
    leave_ticks: Ints = NOBODY
    """(n_pros,) when each leaves whatever happens, -1 for never; empty for nobody."""


@compiled
def _arrivals(seed: int, replication: int, rate_per_day: float, weekly: Floats, yearly: Floats, horizon_days: float) -> Ints:
    """Arrival ticks of a non-homogeneous Poisson process, by thinning one master list (Lewis & Shedler 1979).

    ``weekly`` (7,) and ``yearly`` (12,) are relative to a mean of 1.
    """
    highest = rate_per_day * weekly.max() * yearly.max()
    ticks = np.empty(int(highest * horizon_days + 12.0 * math.sqrt(highest * horizon_days)) + 64, np.int64)
    n = 0
    now_days = 0.0
    i = 0
    while True:
        u, _, _, _ = draws.block(seed, replication, draws.ARRIVAL_GAP, 0, i, 0)
        now_days -= math.log(u) / highest
        if now_days >= horizon_days:
            return ticks[:n].copy()
        month = int(now_days % 365.25 / 365.25 * 12.0)
        rate = rate_per_day * weekly[int(now_days) % 7] * yearly[month]
        u, _, _, _ = draws.block(seed, replication, draws.ARRIVAL_KEPT, 0, i, 0)
        if u * highest < rate:
            if n == len(ticks):
                ticks = np.concatenate((ticks, np.empty(len(ticks), np.int64)))
            ticks[n] = int(now_days * TICKS_PER_DAY)
            n += 1
        i += 1


LAW = np.dtype(
    [
        ("one_time_share", np.float64),
        ("rate_shape", np.float64),
        ("rate_scale_per_day", np.float64),
        ("gap_shape", np.float64),
        ("gap_shape_log_sd", np.float64),
        ("lapse_share", np.float64),
        ("taste_mean", np.float64),
        ("taste_size", np.float64),
        ("tolerance_min_minutes", np.float64),
        ("tolerance_mean_minutes", np.float64),
        ("flexible_share", np.float64),
        ("zones", np.int64),
    ],
    align=True,
)
"""What the traits of clients are drawn from."""


def fill_law(law: Any, config: Clients, market: Market) -> None:
    """Write what clients are drawn from into a record of ``LAW``."""
    for name in LAW.names or ():
        law[name] = market.zones if name == "zones" else getattr(config, name)


@kernel
def draw_traits(client: Any, number: int, seed: int, replication: int, law: Any) -> tuple[float, float]:
    """Fill the traits of the client of that number, but for arrival, service and channel; returns the uniforms of the last two."""
    u, _, _, _ = draws.block(seed, replication, draws.CLIENT_KIND, number, 0, 0)
    client["one_time"] = u < law["one_time_share"]
    unit = draws.gamma(seed, replication, draws.CLIENT_RATE, number, 0, law["rate_shape"])
    client["rate_per_day"] = law["rate_scale_per_day"] * unit
    client["gap_shape"], client["lapse_share"] = law["gap_shape"], law["lapse_share"]
    if law["gap_shape_log_sd"] > 0.0:
        u, _, _, _ = draws.block(seed, replication, draws.GAP_SHAPE, number, 0, 0)
        client["gap_shape"] *= math.exp(law["gap_shape_log_sd"] * draws.normal_quantile(u))
    mean, size = law["taste_mean"], law["taste_size"]
    if mean < 1.0:
        stay = draws.gamma(seed, replication, draws.CLIENT_TASTE, number, 0, mean * size)
        leave = draws.gamma(seed, replication, draws.CLIENT_TASTE, number, 1, (1.0 - mean) * size)
        # log of the odds, so that a Beta variate next to 0 or 1 loses no digits
        client["taste_logit"] = math.log(max(stay, 1e-300)) - math.log(max(leave, 1e-300))
    else:
        client["taste_logit"] = math.inf
    u, _, _, _ = draws.block(seed, replication, draws.CLIENT_TOLERANCE, number, 0, 0)
    client["tolerance_minutes"] = law["tolerance_min_minutes"] - law["tolerance_mean_minutes"] * math.log(u)
    u_zone, u_service, u_channel, u_flexible = draws.block(seed, replication, draws.CLIENT_HOME, number, 0, 0)
    client["zone"] = int(u_zone * law["zones"])
    client["flexible"] = u_flexible < law["flexible_share"]
    return u_service, u_channel


@compiled
def _draw_clients(clients: Any, seed: int, replication: int, law: Any, services: Floats, channels: Floats) -> None:
    """Fill the traits of every client; ``services`` and ``channels`` are cumulative shares."""
    for i in range(len(clients)):
        u_service, u_channel = draw_traits(clients[i], i, seed, replication, law[0])
        clients[i]["service"] = draws.pick(services, u_service)
        clients[i]["channel"] = draws.pick(channels, u_channel)


@compiled
def correlated_normals(seed: int, replication: int, purpose: int, loadings: Floats, n_pros: int, sub: int) -> Floats:
    """Standard normals (n_pros, n_traits) of a one-factor Gaussian copula: corr(i, j) = loading i times loading j."""
    traits = np.empty((n_pros, len(loadings)))
    for pro in range(n_pros):
        u, _, _, _ = draws.block(seed, replication, purpose, pro, 0, sub)
        common = draws.normal_quantile(u)
        for j in range(len(loadings)):
            u, _, _, _ = draws.block(seed, replication, purpose, pro, 1 + j, sub)
            own = math.sqrt(max(0.0, 1.0 - loadings[j] * loadings[j]))
            traits[pro, j] = loadings[j] * common + own * draws.normal_quantile(u)
    return traits


@compiled
def _join_ticks(seed: int, replication: int, n_pros: int, share_at_start: float, horizon_ticks: int) -> Ints:
    """Joining ticks, increasing: the first share on day 0, the others uniformly over the horizon."""
    ticks = np.zeros(n_pros, np.int64)
    for pro in range(int(share_at_start * n_pros + 0.5), n_pros):
        u, _, _, _ = draws.block(seed, replication, draws.PRO_JOIN, pro, 0, 0)
        ticks[pro] = int(u * horizon_ticks)
    return np.sort(ticks)


@compiled
def _work_hours(
    seed: int,
    replication: int,
    n_pros: int,
    days: Ints,
    hours: Ints,
    starts: Ints,
    is_open: Flags,
) -> Words:
    """Weekly half hours (n_pros, 7): a uniform number of days, chosen at random of those ``is_open`` (7,), with the same hours."""
    work = np.zeros((n_pros, 7), np.int64)
    for pro in range(n_pros):
        u_days, u_hours, u_start, _ = draws.block(seed, replication, draws.PRO_HOURS, pro, 0, 0)
        n_days = days[0] + int(u_days * (days[1] - days[0] + 1))
        start = starts[0] + int(u_start * (starts[1] - starts[0] + 1))
        length = min(hours[0] + int(u_hours * (hours[1] - hours[0] + 1)), 24 - start)
        mask = slot_mask(2 * start, 2 * length)
        remaining = is_open.sum()
        left = min(n_days, remaining)
        for weekday in range(7):
            if not is_open[weekday]:
                continue
            # sequential sampling without replacement: each weekday with probability left / remaining
            u, _, _, _ = draws.block(seed, replication, draws.PRO_HOURS, pro, 1, weekday)
            if u * remaining < left:
                work[pro, weekday] = mask
                left -= 1
            remaining -= 1
    return work


@compiled
def _offered_services(seed: int, replication: int, n_pros: int, cumulative: Floats, extra_share: float) -> tuple[Ints, Flags]:
    """Main service of each pro (n_pros,) and all services offered (n_pros, n_services)."""
    main = np.empty(n_pros, np.int64)
    offered = np.zeros((n_pros, len(cumulative)), np.bool_)
    for pro in range(n_pros):
        u, _, _, _ = draws.block(seed, replication, draws.PRO_SERVICES, pro, 0, 0)
        main[pro] = draws.pick(cumulative, u)
        for service in range(len(cumulative)):
            u, _, _, _ = draws.block(seed, replication, draws.PRO_SERVICES, pro, 1, service)
            offered[pro, service] = service == main[pro] or u < extra_share
    return main, offered


@compiled
def _home_zones(seed: int, replication: int, n_pros: int, n_zones: int) -> Ints:
    zones = np.empty(n_pros, np.int64)
    for pro in range(n_pros):
        u, _, _, _ = draws.block(seed, replication, draws.PRO_ZONES, pro, 0, 0)
        zones[pro] = int(u * n_zones)
    return zones


@compiled
def _exponential(seed: int, replication: int, purpose: int, n: int) -> Floats:
    """Unit exponentials (n,), one an entity."""
    values = np.empty(n)
    for i in range(n):
        u, _, _, _ = draws.block(seed, replication, purpose, i, 0, 0)
        values[i] = -math.log(u)
    return values


@compiled
def _logit_normal(median: float, sd: float, z: Floats) -> Floats:
    """Shares whose logit is normal: the median shifted by sd * z."""
    centre = draws.logit(median)
    values = np.empty(len(z))
    for i in range(len(z)):
        values[i] = draws.logistic(centre + sd * z[i])
    return values


@compiled
def _log_normal(median: float, sd: float, z: Floats) -> Floats:
    values = np.empty(len(z))
    for i in range(len(z)):
        values[i] = median * math.exp(sd * z[i])
    return values


def cumulative(shares: list[float]) -> Floats:
    """Running sums of shares, (n,); the last is exactly 1."""
    sums = np.cumsum(np.asarray(shares, float))
    sums[-1] = 1.0
    return sums


def _relative(shape: tuple[float, ...]) -> Floats:
    return np.asarray(shape, float) * (len(shape) / sum(shape))


def draw_arrivals(config: Clients, market: Market, seed: int, replication: int) -> Ints:
    """Ticks at which clients arrive within the horizon, increasing."""
    return _arrivals(
        seed,
        replication,
        float(config.arrivals_per_day),
        _relative(config.weekly_shape),
        _relative(config.yearly_shape),
        float(market.horizon_days),
    )


def draw_clients(config: Clients, market: Market, seed: int, replication: int, arrivals: Ints) -> Table:
    """The clients who arrive at these increasing ticks (n,), by arrival."""
    clients = np.zeros(len(arrivals), CLIENT)
    clients["arrival_tick"] = arrivals
    law = np.zeros(1, LAW)
    fill_law(law[0], config, market)
    _draw_clients(
        clients,
        seed,
        replication,
        law,
        cumulative([service.client_share for service in market.services]),
        cumulative([channel.share for channel in config.channels]),
    )
    return clients


def with_friends(clients: Table, n_each: int) -> Table:
    """The clients and, after them, room for ``n_each`` friends of each: all first friends, then all second ones.

    Nothing is copied when there are none. A friend's traits are drawn when the friend is brought.
    """
    if n_each == 0:
        return clients
    everybody = np.zeros(len(clients) * (1 + n_each), CLIENT)
    everybody[: len(clients)] = clients
    return everybody


def with_blank_rows(script: Script, n_clients: int) -> Script:
    """The script for ``n_clients``: those it does not name, such as friends who are brought, make no given request.

    Nothing is copied when there are none, nor when everything is drawn.
    """
    n_more = n_clients - len(script.known)
    if not n_more or not len(script.known):
        return script
    columns = (np.concatenate([column, np.zeros(n_more, column.dtype)]) for column in script[1:])
    return Script(script.asked, *columns)


def loadings(config: Pros) -> Floats:
    """Loadings of ``TRAITS`` on their common factor, (n_traits,)."""
    return np.array([config.trait_loadings[name] for name in TRAITS], float)


def draw_pros(config: Pros, market: Market, seed: int, replication: int) -> tuple[Table, Words, Flags]:
    """Traits (n_pros,), weekly hours (n_pros, 7) and services offered (n_pros, n_services) of all pros, by joining."""
    n = config.n
    key = (seed, replication)
    pros = np.zeros(n, PRO)
    z = dict(zip(TRAITS, np.ascontiguousarray(correlated_normals(*key, draws.PRO_TRAIT, loadings(config), n, 0).T), strict=True))
    pros["joined_tick"] = _join_ticks(*key, n, float(config.share_at_start), market.horizon_days * TICKS_PER_DAY)
    pros["late_share"] = _logit_normal(float(config.late_share), float(config.late_logit_sd), -z["punctuality"])
    pros["cancellation_share"] = _logit_normal(
        float(config.cancellation_share), float(config.cancellation_logit_sd), -z["reliability"]
    )
    for name in ("skill", "warmth", "advocacy"):
        pros[name] = z[name]
    pros["acceptance_logit"] = draws.logit(float(config.acceptance_share)) + config.acceptance_logit_sd * z["acceptance"]
    pros["answer_minutes"] = _log_normal(float(config.answer_minutes), float(config.answer_log_sd), -z["responsiveness"])
    pros["patience_weeks"] = config.leaving.patience_weeks_min + config.leaving.patience_weeks_mean * _exponential(
        *key, draws.PRO_PATIENCE, n
    )
    if config.price_log_sd > 0:
        luck = draws.uniforms(*key, draws.PRO_PRICE, n, 0)
        pros["log_price"] = [config.price_log_sd * draws.normal_quantile(u) for u in luck]
    is_open = np.asarray(market.requests.start_weekday_weights or (1.0,) * 7, float) > 0
    if config.open_all_hours:
        work = np.where(is_open, slot_mask(0, SLOTS_PER_DAY), 0) * np.ones((n, 1), np.int64)
    else:
        work = _work_hours(
            *key,
            n,
            np.array(config.work_days, np.int64),
            np.array(config.work_hours, np.int64),
            np.array(config.start_hour, np.int64),
            is_open,
        )
    pros["weekly_slots"] = np.bitwise_count(work).sum(axis=1)
    pros["home_zone"] = _home_zones(*key, n, market.zones)
    main, offered = _offered_services(
        *key, n, cumulative([service.client_share for service in market.services]), float(config.extra_service_share)
    )
    pros["main_service"] = main
    return pros, work, offered


def index_candidates(home_zone: Ints, zones_per_pro: int, n_zones: int, offered: Flags) -> tuple[Ints, Ints]:
    """Pros by (zone, service), as starts (n_zones * n_services + 1,) and members.

    Zones lie on a ring; a pro serves the home zone and the next ``zones_per_pro`` - 1.
    """
    serves = (np.arange(n_zones) - home_zone[:, None]) % n_zones < zones_per_pro
    return index_served(serves, offered)


def index_served(serves: Flags, offered: Flags) -> tuple[Ints, Ints]:
    """Pros by (zone, service) from the zones (n_pros, n_zones) they serve and the services (n_pros, n_services) they offer."""
    pairs = [(zone, service) for zone in range(serves.shape[1]) for service in range(offered.shape[1])]
    members = [np.flatnonzero(serves[:, zone] & offered[:, service]) for zone, service in pairs]
    start = np.zeros(len(members) + 1, np.int64)
    np.cumsum([len(group) for group in members], out=start[1:])
    return start, np.concatenate(members).astype(np.int64)


def draw_population(market: Market, seed: int, replication: int) -> Population:
    """Clients and pros of one run.

    The same (market, seed, replication) always gives the same people, whatever the policy.
    """
    arrivals = draw_arrivals(market.clients, market, seed, replication)
    clients = draw_clients(market.clients, market, seed, replication, arrivals)
    pros, work, offered = draw_pros(market.pros, market, seed, replication)
    start, members = index_candidates(pros["home_zone"], market.pros.zones_per_pro, market.zones, offered)
    return Population(clients, pros, work, start, members)

"""What a replay was asked for, checked, and the file's requests in the terms of the market, before anything is simulated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from experiments.bookings.opened import Bookings, SourceKeys, open_or_ask, source_of
from experiments.calibration.plan import SHORTEST_DAYS
from experiments.plans.arms import load_market
from experiments.plans.plan import WINDOWS_DAYS, ComparisonOptions, Plan, make_plan
from experiments.replays.known import KnownBefore
from experiments.replays.stream import Resolved, resolve
from sim.arrays import Flags
from sim.bookings.requests import Requests, requests_of
from sim.bookings.rows import Issue, date_of, day_of
from sim.bookings.visits import visits_of
from sim.config import ConfigError, Count, Market, Section, load
from sim.engine.replay import KnownClients, Stream, replayed_population
from sim.metrics.catalogue import METRICS, RETURN_RATE
from sim.report.replayed import TeamSummary
from sim.said import say

FEWEST_NEW = 30
"""New clients who must be followed for the shortest window."""
EXOGENOUS_PRIMARY = "fill_rate"
EXOGENOUS_METRICS = (
    *("fill_rate", "first_offer_acceptance", "hours_to_assign", "late_share", "mean_rating"),
    *("net_promoter_score", "survey_response_rate", "spend_per_booking_eur"),
    *("exposure_gini", "exposure_gini_without_favourites", "earnings_gini"),
    *("new_pro_days_to_30_sessions", "new_pro_30_sessions_share_12m"),
    *("net_contribution_per_year_eur", "net_contribution_per_1000_clients_eur", "net_contribution_eur"),
)
"""What a policy can change when every request happens as in the file: who serves it, how soon, how well, and who earns."""


class ReplayKeys(Section):
    """Keys of a replay beside those of a comparison."""

    mode: Literal["first_requests", "all_requests"]
    pros: Literal["market", "file"]
    known_clients: Literal["drawn", "in_file"] | None
    since: str | None
    until: str | None
    services: dict[str, str] | None
    other_services: str | None
    slot_before_request: Literal["refuse", "left_out"]
    warmup_days: Count | None
    longest_window_months: Literal[6, 12, 24] | None
    precision_metric: str | None


class ReplayOptions(ComparisonOptions):
    """Keys of the comparison that a replay is."""


@dataclass(frozen=True)
class Replay:
    """A replay ready to run."""

    plan: Plan[ReplayOptions]
    keys: ReplayKeys
    bookings: Bookings
    requests: Requests
    """Those of the file that the stream is made of, row by row."""
    stream: Stream
    issues: tuple[Issue, ...]
    first_day: int
    """Day 0, a Monday, in days since 1970-01-01."""
    n_new: int
    """New clients in the whole stream."""
    known: tuple[KnownClients, ...]
    """Known clients who are drawn, by replication; empty: all make their requests of the file."""
    team: TeamSummary | None
    """The file's pros; None: the market's."""

    @property
    def period(self) -> tuple[str, str]:
        """First and last day replayed."""
        return date_of(self.first_day), date_of(self.first_day + self.plan.market.horizon_days - 1)


def _check_keys(settings: Mapping[str, Any]) -> ReplayKeys:
    keys = load(ReplayKeys, {name: settings[name] for name in ReplayKeys.model_fields if name in settings})
    if keys.since and keys.until and day_of(keys.until, "until") < day_of(keys.since, "since"):
        raise ConfigError(f"until = {keys.until}, must not be before since = {keys.since}")
    if keys.known_clients == "drawn":
        if keys.mode == "all_requests":
            raise ConfigError(
                "known_clients = 'drawn', must be in_file or null with mode=all_requests: clients come back as in the file"
            )
        if keys.since is None:
            raise ConfigError("known_clients = 'drawn', needs since=DATE: clients are known by what they did before that day")
    return keys


def _check_market(settings: Mapping[str, Any], market: Market, mode: str) -> None:
    if market.acquisition.mode != "fixed":
        raise ConfigError(
            f"market.acquisition.mode = {market.acquisition.mode!r}, must be fixed: in a replay the clients who come are the file's"
        )
    if mode == "all_requests":
        for key, value in (
            ("leakage.share_per_session", market.clients.leakage.share_per_session),
            ("competitors.hazard_per_idle_month", market.clients.competitors.hazard_per_idle_month),
        ):
            if value > 0:
                raise ConfigError(
                    f"market.clients.{key} = {value:g}, must be 0 with mode=all_requests: clients come back as in the file"
                )
        for arm, keys in settings["arms"].items():
            if keys.get("programmes"):
                raise ConfigError(
                    f"arms.{arm}.programmes = {', '.join(keys['programmes'])}, must be none with mode=all_requests: programmes"
                    " change who comes back, and clients come back as in the file"
                )


def _read(keys: ReplayKeys, bookings: Bookings) -> tuple[Requests, tuple[Issue, ...]]:
    """The requests of the days wanted."""
    since = None if keys.since is None else day_of(keys.since, "since")
    until = None if keys.until is None else day_of(keys.until, "until")
    requests, issues = requests_of(bookings.rows, since, until, keys.slot_before_request == "left_out")
    return requests, (*bookings.rows.lines, *issues)


def _warm_up(keys: ReplayKeys, market: Market, horizon: int) -> int:
    """As given; else the market's, and at most a third of the stream, in whole weeks."""
    if keys.warmup_days is not None:
        if keys.warmup_days >= horizon:
            raise ConfigError(f"warmup_days = {keys.warmup_days}, must be < {horizon}, the days of the stream")
        return int(keys.warmup_days)
    return min(market.warmup_days, horizon // 21 * 7)


def _window(keys: ReplayKeys, requests: Requests, first_day: int, horizon: int, warmup: int) -> int:
    """Months for which clients are followed: the longest for which enough new clients can be."""
    if keys.mode == "all_requests":
        if keys.longest_window_months is not None:
            raise ConfigError(
                f"longest_window_months = {keys.longest_window_months}, must be null with mode=all_requests: no return is measured"
            )
        return 0
    if requests.known.all():
        raise ConfigError(
            f"data, none of {len(requests.known)} clients is new: all may be older than the file. columns.left_censored_days=0 if"
            " nobody is, or mode=all_requests, which needs no new clients"
        )
    arrival = np.full(len(requests.known), horizon)
    np.minimum.at(arrival, requests.client, requests.day - first_day)
    arrival = arrival[~requests.known & (arrival >= warmup)]
    followed = {months: int((arrival + days <= horizon).sum()) for months, days in WINDOWS_DAYS.items()}
    wanted = (keys.longest_window_months,) if keys.longest_window_months is not None else (24, 12, 6)
    for months in wanted:
        if followed[months] >= FEWEST_NEW:
            return months
    raise ConfigError(
        f"data, {followed[wanted[-1]]} new clients can be followed for {wanted[-1]} months within {horizon} days of which the first"
        f" {warmup} are warm-up (warmup_days), must be at least {FEWEST_NEW}; mode=all_requests needs to follow nobody"
    )


def _check_metrics(settings: Mapping[str, Any], keys: ReplayKeys) -> None:
    """Refuse metrics of returns where clients come back as in the file."""
    if keys.mode != "all_requests":
        return
    named = [("precision_metric", keys.precision_metric)] if keys.precision_metric else []
    named += [("equivalence_margin", name) for name in settings.get("equivalence_margin") or {}]
    decision = settings["decision"]
    named += [("decision.primary", decision["primary"])] if decision["primary"] else []
    named += [("decision.guardrails", name) for name in decision["guardrails"] or {}]
    for key, name in named:
        if name not in EXOGENOUS_METRICS and any(name == known.name for known in METRICS):
            raise ConfigError(
                f"{key} = {name!r}, must not depend on who comes back: with mode=all_requests clients come back as in the file"
                f" under every policy; there are: {', '.join(EXOGENOUS_METRICS)}"
            )


def make_replay(settings: Mapping[str, Any]) -> Replay:
    """Validate composed settings, read the file and fit market and plan to it.

    Raises
    ------
    ConfigError
        Anything that cannot be replayed: see the message.
    """
    keys = _check_keys(settings)
    source_of(settings)
    base = load_market(settings)
    _check_market(settings, base, keys.mode)
    _check_metrics(settings, keys)
    bookings = open_or_ask(settings, "replay")
    requests, issues = _read(keys, bookings)
    last = int(requests.day.max())
    if last - int(requests.day.min()) + 1 < SHORTEST_DAYS:
        raise ConfigError(
            f"data = {bookings.rows.source!r}, spans {last - int(requests.day.min()) + 1} days, must span at least {SHORTEST_DAYS}"
        )
    # the Monday on or before the first request; 1970-01-01 was a Thursday
    first_day = int(requests.day.min())
    first_day -= (first_day + 3) % 7
    horizon = last - first_day + 1
    warmup = _warm_up(keys, base, horizon)
    months = _window(keys, requests, first_day, horizon, warmup)
    before = _known_before(keys, bookings, requests, base, horizon)
    drawn = None if before is None else requests.known & np.isin(requests.code, before.code)
    resolved = resolve(requests, bookings.columns, base, first_day, keys, drawn)
    by_file = keys.mode == "all_requests"
    changed = {
        "market": _market(settings["market"], horizon, warmup, resolved),
        "longest_window_months": months,
        "precision_metric": keys.precision_metric or (EXOGENOUS_PRIMARY if by_file else RETURN_RATE),
        "decision": settings["decision"]
        | ({"primary": EXOGENOUS_PRIMARY} if by_file and not settings["decision"]["primary"] else {}),
    }
    own = (*ReplayKeys.model_fields, *SourceKeys.model_fields, "columns")
    plan = make_plan({name: value for name, value in settings.items() if name not in own} | changed, ReplayOptions)
    if keys.mode == "all_requests":
        plan = replace(plan, metrics=tuple(known for known in METRICS if known.name in EXOGENOUS_METRICS))
    known: tuple[KnownClients, ...] = ()
    if before is not None:
        options = plan.options
        n = max(options.replications, options.max_replications if options.precision is not None else 0)
        known = tuple(before.drawn(first_day, resolved.codes, options.seed, r) for r in range(n))
    plan = replace(plan, stream=resolved.stream.digest(), known=tuple(one.digest() for one in known))
    n_new = int((~requests.known).sum())
    issues = (
        *issues,
        *_used(requests, keys.mode, resolved.stream.drawn, before),
        *resolved.issues,
        *_doubles(resolved.stream, plan),
    )
    return Replay(plan, keys, bookings, requests, resolved.stream, issues, first_day, n_new, known, resolved.team)


def _known_before(keys: ReplayKeys, bookings: Bookings, requests: Requests, market: Market, horizon: int) -> KnownBefore | None:
    """Clients with a history before the first day replayed, where they are to be drawn; None: nobody is."""
    if keys.since is None or keys.mode == "all_requests" or keys.known_clients == "in_file":
        return None
    try:
        visits, _ = visits_of(bookings.rows)
    except ConfigError:
        # requests that all came to nothing can be replayed as well
        return None
    before = KnownBefore(visits, int(requests.day.min()), market, horizon)
    return before if len(before.code) else None


def _used(requests: Requests, mode: str, drawn: Flags, before: KnownBefore | None) -> list[Issue]:
    """Which requests are replayed, and who is drawn instead."""
    new = ~requests.known
    unit, replayed = say("requests"), say("replayed")
    known, instead = int((requests.known & ~drawn)[requests.client].sum()), int(drawn[requests.client].sum())
    lines = [Issue(say("requests of known clients"), known, unit, replayed)] if known else []
    if before is not None:
        done = say("drawn from their histories in each replication: whether they still come, and when")
        lines.append(Issue(say("clients who came before the first day replayed"), len(before.code), say("clients"), done))
        lines.append(Issue(say("requests of these clients"), instead, unit, say("not used: simulated under each policy")))
    known += instead
    later = len(requests.client) - known - int(new.sum())
    if mode == "all_requests":
        return [*lines, Issue(say("requests of new clients"), later + int(new.sum()), unit, replayed)]
    return [
        *lines,
        Issue(say("first requests of new clients"), int(new.sum()), unit, replayed),
        Issue(say("later requests of new clients"), later, unit, say("not used: simulated under each policy")),
    ]


def _doubles(stream: Stream, plan: Plan[ReplayOptions]) -> list[Issue]:
    """Who stands in for clients with overlapping requests in the first replication; where instants are drawn, others differ."""
    n = len(replayed_population(stream, plan.market, plan.options.seed, 0).clients) - int((~stream.drawn).sum())
    if not n:
        return []
    return [
        Issue(
            say("asked for before the client's earlier request can be over"),
            n,
            say("doubles"),
            say("they have the client's traits and no favourite"),
        )
    ]


def _market(market: Mapping[str, Any], horizon: int, warmup: int, resolved: Resolved) -> dict[str, Any]:
    """The market's keys with the calendar and the team of the file."""
    changed = {**market, "horizon_days": horizon, "warmup_days": warmup}
    supply = resolved.stream.supply
    if supply is not None:
        leaving = {**market["pros"]["leaving"], "enabled": False}
        changed["pros"] = {**market["pros"], "n": len(supply.joined_tick), "leaving": leaving}
    return changed


def in_force(settings: Mapping[str, Any], replay: Replay) -> dict[str, Any]:
    """The settings with what the file decided: what is written to ``config.yaml``."""
    plan = replay.plan
    return {
        **settings,
        "market": plan.market.model_dump(mode="json"),
        "warmup_days": plan.market.warmup_days,
        "known_clients": "drawn" if replay.known else "in_file",
        "longest_window_months": plan.options.longest_window_months or None,
        "precision_metric": plan.options.precision_metric,
        "decision": plan.options.decision.model_dump(mode="json"),
    }


def left_out(replay: Replay) -> Sequence[str]:
    """Names of the metrics that this mode has no meaning for."""
    return [known.name for known in METRICS if replay.keys.mode == "all_requests" and known.name not in EXOGENOUS_METRICS]

"""The requests of a file in the terms of a market: its clock, services, zones, channels and pros."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sim.arrays import Flags, Ints
from sim.bookings.columns import Columns
from sim.bookings.requests import Requests
from sim.bookings.rows import ROWS, Issue
from sim.calendar import TICKS_PER_DAY, TICKS_PER_SLOT
from sim.calibration.supply import read_team
from sim.config import SLOT_MINUTES, ConfigError, Market
from sim.engine.replay import UNKNOWN, Stream, Supply
from sim.report.replayed import TeamSummary
from sim.said import number, say

BY_SHARES = say("drawn by the market's shares")


class Mapped(Protocol):
    """The options that say how the file's names become the market's."""

    @property
    def mode(self) -> str:
        """``first_requests`` or ``all_requests``."""

    @property
    def pros(self) -> str:
        """``market`` or ``file``."""

    @property
    def services(self) -> Mapping[str, str] | None:
        """By name in the file: name in the market."""

    @property
    def other_services(self) -> str | None:
        """The market's service of all names that are neither mapped nor the market's own."""


@dataclass(frozen=True)
class Resolved:
    """A stream, what was done to get it, and what is known of the file's pros."""

    stream: Stream
    issues: tuple[Issue, ...]
    team: TeamSummary | None
    codes: Mapping[str, Ints]
    """By ``service``, ``zone`` and ``channel``: what each label of the file is in the market, -1 where it is nothing."""


def service_codes(requests: Requests, market: Market, options: Mapped, issues: list[Issue]) -> Ints:
    """Position in the market of each service of the file, (n_names,).

    Raises
    ------
    ConfigError
        A service that is neither the market's nor mapped; a mapping from or to something unknown.
    """
    ours = {service.name: i for i, service in enumerate(market.services)}
    names = requests.names.get("service", ())
    there = ", ".join(ours)
    mapping = options.services or {}
    for label, service in mapping.items():
        if label not in names:
            raise ConfigError(
                f"services.{label} = {service}, must map a service of the file: {', '.join(sorted(filter(None, names)))}"
            )
        if service not in ours:
            raise ConfigError(f"services.{label} = {service}, must be a service of the market: {there}")
    if options.other_services is not None and options.other_services not in ours:
        raise ConfigError(f"other_services = {options.other_services}, must be a service of the market: {there}")
    codes = np.full(len(names), UNKNOWN)
    rows = np.bincount(requests.labels["service"][requests.labels["service"] >= 0], minlength=len(names)) if names else codes
    for i, name in enumerate(names):
        meant = mapping.get(name, name)
        if meant in ours:
            codes[i] = ours[meant]
        elif name and rows[i]:
            if options.other_services is None:
                raise ConfigError(
                    f"columns.service: {name!r} ({rows[i]} rows) is no service of the market, must be one of {there};"
                    f" 'services={{{name}: {next(iter(ours))}}}' maps it, other_services={next(iter(ours))} all that are unknown"
                )
            codes[i] = ours[options.other_services]
            what = say("service {name}, not of the market", name=name)
            issues.append(Issue(what, int(rows[i]), ROWS, say("taken as {service}", service=options.other_services)))
    return codes


def zone_codes(requests: Requests, market: Market) -> Ints:
    """Zone in the market of each zone of the file, (n_names,): its number if all are such numbers, else in order of the names."""
    names = requests.names.get("zone", ())
    used = np.zeros(len(names), np.bool_)
    labels = requests.labels.get("zone", np.zeros(0, np.int64))
    used[labels[labels >= 0]] = True
    if all(name.isdecimal() and int(name) < market.zones for name, is_used in zip(names, used, strict=True) if is_used):
        return np.array([int(name) if is_used else UNKNOWN for name, is_used in zip(names, used, strict=True)], np.int64)
    if used.sum() > market.zones:
        raise ConfigError(f"market.zones = {market.zones}, must be >= {int(used.sum())}, the zones of the file")
    codes = np.full(len(names), UNKNOWN)
    for i, zone in enumerate(sorted(np.flatnonzero(used), key=lambda i: names[i])):
        codes[zone] = i
    return codes


def _looked_up(requests: Requests, name: str, codes: Ints) -> Ints:
    if name not in requests.labels:
        return np.full(len(requests.client), UNKNOWN)
    labels = requests.labels[name]
    return np.where(labels >= 0, np.r_[codes, UNKNOWN][labels], UNKNOWN)


def channel_codes(requests: Requests, market: Market) -> Ints:
    """Position in the market of each channel of the file, (n_names,)."""
    ours = {channel.name: i for i, channel in enumerate(market.clients.channels)}
    return np.array([ours.get(name, UNKNOWN) for name in requests.names.get("channel", ())], np.int64)


def _channels(requests: Requests, codes: Ints, issues: list[Issue]) -> Ints:
    found = _looked_up(requests, "channel", codes)
    if "channel" in requests.labels:
        other = int(((found < 0) & (requests.labels["channel"] >= 0)).sum())
        if other:
            issues.append(Issue(say("channel that is none of the market's"), other, ROWS, BY_SHARES))
    return found


def _starts(requests: Requests, tick: Ints, zero: int, issues: list[Issue]) -> Ints:
    """Half hours of the wanted starts; others move to the half hour before, or after if that was over when it was asked for."""
    timed = requests.start >= 0
    second = requests.start - zero
    slot = np.where(timed, second // TICKS_PER_SLOT, UNKNOWN)
    odd = timed & (second % TICKS_PER_SLOT != 0)
    if odd.any():
        what, done = say("start that is not on a half hour"), say("moved to the half hour")
        issues.append(Issue(what, int(odd.sum()), ROWS, done))
    return np.where(timed & (slot * TICKS_PER_SLOT < tick), slot + 1, slot)


def _supply(requests: Requests, market: Market, services: Ints, zones: Ints, codes: Ints, first_day: int) -> Supply:
    if "pro" not in requests.labels:
        raise ConfigError("pros = 'file', needs a column of pros: columns.pro=NAME")
    slots = np.array([service.duration_minutes // SLOT_MINUTES for service in market.services])
    team = read_team(requests, np.where(services >= 0, slots[services], slots.min()))
    if not len(team.pro):
        raise ConfigError("pros = 'file', needs rows with a pro: there are none in columns.pro")
    return Supply(
        joined_tick=np.where(team.first_day < 0, 0, (team.first_day - first_day) * TICKS_PER_DAY),
        leave_tick=np.where(team.last_day < 0, UNKNOWN, (team.last_day + 1 - first_day) * TICKS_PER_DAY),
        days=team.days,
        work=team.work,
        offered=_in_market(team.services, codes, len(market.services)),
        serves=_in_market(team.zones, zones, market.zones),
    )


def _in_market(met: Flags, codes: Ints, n: int) -> Flags:
    """Labels of the file (n_pros, n_names) as those of the market (n_pros, n); every one of them if the file has none."""
    if not met.shape[1]:
        return np.ones((len(met), n), np.bool_)
    found = np.zeros((len(met), n), np.bool_)
    for name, code in enumerate(codes):
        if code >= 0:
            found[:, code] |= met[:, name]
    return found


def resolve(
    requests: Requests, columns: Columns, market: Market, first_day: int, options: Mapped, drawn: Flags | None = None
) -> Resolved:
    """The stream of a market that begins on a Monday, ``first_day`` days after 1970-01-01.

    Parameters
    ----------
    drawn
        (n_clients,) whose requests are drawn instead; None: nobody's.

    Raises
    ------
    ConfigError
        A service or zone that the market does not have; pros of the file that it does not have.
    """
    issues: list[Issue] = []
    zero = first_day * TICKS_PER_DAY
    tick = np.where(requests.asked >= 0, requests.asked - zero, UNKNOWN)
    timed = requests.start >= 0
    services = service_codes(requests, market, options, issues)
    service = _looked_up(requests, "service", services)
    zones, channels = zone_codes(requests, market), channel_codes(requests, market)
    stream = Stream(
        client=requests.client,
        tick=tick,
        request_day=np.where((tick < 0) & (requests.asked_day >= 0), requests.asked_day - first_day, UNKNOWN),
        slot=_starts(requests, tick, zero, issues),
        start_day=np.where(~timed & (requests.start_day >= 0), requests.start_day - first_day, UNKNOWN),
        service=service,
        zone=_looked_up(requests, "zone", zones),
        channel=_channels(requests, channels, issues),
        known=requests.known,
        drawn=np.zeros(len(requests.known), np.bool_) if drawn is None else drawn,
        all_requests=options.mode == "all_requests",
        supply=_supply(requests, market, service, zones, services, first_day) if options.pros == "file" else None,
    )
    codes = {"service": services, "zone": zones, "channel": channels}
    return Resolved(stream, (*issues, *_gaps(stream)), _team(stream, columns), codes)


def _gaps(stream: Stream) -> list[Issue]:
    """What is drawn anew in each replication because the file does not say it."""
    day_only = _count(stream.start_day >= 0)
    of_all = say("rows of {n}", n=number(len(stream.client), ","))
    timeless = _count((stream.tick < 0) & (stream.request_day < 0))
    startless = _count((stream.slot < 0) & (stream.start_day < 0))
    lines = [
        Issue(say("no time of the request, nor its day"), timeless, of_all, say("the market's lead time before the start")),
        Issue(say("the day of the request only"), _count(stream.request_day >= 0), of_all, say("the time of day is drawn")),
        Issue(say("no start"), startless, of_all, say("the market's lead time after the request")),
        Issue(say("the day of the start only"), day_only, of_all, say("the hour from the market's demand")),
        Issue(say("no service"), _count(stream.service < 0), of_all, BY_SHARES),
        Issue(say("no zone"), _count(stream.zone < 0), of_all, say("drawn, all alike")),
        Issue(say("no channel"), _count(stream.channel < 0), of_all, BY_SHARES),
    ]
    return [line for line in lines if line.count]


def _count(rows: Flags) -> int:
    return int(rows.sum())


def _team(stream: Stream, columns: Columns) -> TeamSummary | None:
    """What the page says about the file's pros; None when they are the market's."""
    if stream.supply is None:
        return None
    alike = [what for what, column in (("zones", columns.zone), ("services", columns.service)) if column is None]
    return TeamSummary(len(stream.supply.joined_tick), bool(stream.supply.work.any()), alike)

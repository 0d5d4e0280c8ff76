"""What can be fitted to a file of bookings, and what it is too small for or does not say."""

from dataclasses import dataclass

import numpy as np

from sim.bookings.visits import FEWEST_CLIENTS, RETURN_DAYS, Visits
from sim.calibration.observed import FEWEST
from sim.calibration.reader import ENOUGH
from sim.said import Said, number, say

YEAR_DAYS = 365


@dataclass(frozen=True)
class Fitness:
    """One thing that a file may be good for."""

    what: Said
    can: bool
    why: Said
    """What there is, or what is missing."""


def fitness_of(visits: Visits) -> tuple[Fitness, ...]:
    """What can be fitted to a file, and what cannot."""
    done = visits.done()
    new = done.new_first()
    n_new = int(new.sum())
    span = int(done.day.max() - done.day.min()) + 1 if len(done.day) else 0
    followed = int((new & (done.day <= done.day.max(initial=0) - RETURN_DAYS)).sum())
    if len(done.day) and not n_new:
        hint = say("all clients may be older than the file; columns.left_censored_days=0 if nobody is")
        old = [Fitness(say("who returns, and how often (the client model)"), False, hint)]
    else:
        old = [_cases(say("who returns, and how often (the client model)"), n_new, FEWEST_CLIENTS, say("new clients"))]
    found = [
        *old,
        _cases(say("return within six months, file beside simulation"), followed, FEWEST, say("new clients followed so long")),
        _cases(say("seasons of new clients"), span, YEAR_DAYS, say("days from the first visit to the last")),
        _cases(say("hours of demand"), int(np.isfinite(done.hour).sum()), ENOUGH, say("visits with a time of day")),
    ]
    for name, what in (
        ("price", say("prices, and what a new client is worth")),
        ("rating", say("stars")),
        ("minutes_late", say("lateness")),
        ("lead_days", say("lead times")),
    ):
        values = done.numbers.get(name)
        found.append(_cases(what, 0 if values is None else int(np.isfinite(values).sum()), ENOUGH, say("visits with a value")))
    for name, what in (
        ("pro", say("pros, their hours, and how much they differ")),
        ("service", say("services")),
        ("zone", say("zones")),
        ("channel", say("channels")),
    ):
        n = len(np.unique(done.labels[name][done.labels[name] >= 0])) if name in done.labels else 0
        found.append(Fitness(what, n > 0, say("{n} in the file", n=n) if n else say("no column")))
    ended = say("cancellations and clients who are not there")
    n_ended = len(visits.day) - len(done.day)
    found.append(Fitness(ended, n_ended > 0, say("{n} bookings without a visit", n=number(n_ended, ","))))
    return tuple(found)


def _cases(what: Said, n: int, needed: int, unit: Said) -> Fitness:
    if not n:
        return Fitness(what, False, say("the file has none: {unit}", unit=unit))
    if n < needed:
        return Fitness(what, False, say("{n} {unit}, fewer than {needed}", n=number(n, ","), unit=unit, needed=needed))
    return Fitness(what, True, say("{n} {unit}", n=number(n, ","), unit=unit))

"""What the design of an experiment is, and the split that it makes of a market.

Every design answers in one form. A request is treated if its client's place in the queue lies below the share of clients treated
in its zone at that time. A treated request is shown treated pros by the treated arm and the other pros by the control's; every
other request is shown all pros by the control's. Where a side is not randomised, its places are all 0, its shares 0 or 1, or its
pros all treated.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np

from sim import draws
from sim.arrays import Flags, Floats, Ints
from sim.calendar import TICKS_PER_DAY
from sim.config import ConfigError

Unit = Literal["client", "pro", "zone", "period", "zone_period"]
"""What is assigned as a whole: the cluster of the analysis."""

CLIENTS, PROS, ZONES, PERIODS, CELLS, ELIGIBLE = range(6)
"""What draws are for: the ordinal of ``draws.SPLIT``."""

OUTSIDE = -1
"""Instead of a group: the request was made before the experiment or after it, or has no part in it."""

NOT_ASKED = 2.0
"""Place of a client who has no part in the experiment."""
CLOSED = -1.0
"""Share of clients treated in a zone that has no part in it."""


@dataclass(frozen=True)
class Units:
    """Who, where and how long: what a design may assign, and the key of its draws."""

    seed: int
    replication: int
    n_clients: int
    n_pros: int
    n_zones: int
    days: float
    """How long the experiment lasts, > 0."""

    def uniforms(self, kind: int, n: int) -> Floats:
        """A number within (0, 1) for each of n units of a kind (CLIENTS, PROS, ...); the first ones are the same for any n."""
        return draws.uniforms(self.seed, self.replication, draws.SPLIT, n, kind)

    def n_periods(self, period_days: float) -> int:
        """Periods of this length that the experiment begins; the last one may be cut short."""
        return math.ceil(self.days / period_days)


class Groups(NamedTuple):
    """What a design has assigned."""

    places: Floats
    """(n_clients,) each client's place in the queue for treatment, within [0, 1)."""
    shares: Floats
    """(n_zones, n_periods) share of clients treated, 0 to 1."""
    pros: Flags
    """(n_pros,) whom treated requests see by the treated arm."""
    period_days: float
    """Length of a period; the first begins with the experiment."""


@runtime_checkable
class Design(Protocol):
    """Says who is treated, and when.

    A design is a frozen dataclass: its fields are its parameters, checked in ``__post_init__`` with a ``ValueError`` that names
    field, value and rule. It may carry ``merges_orders``, see ``merges_orders``.
    """

    @property
    def unit(self) -> Unit:
        """The cluster of the analysis."""
        ...

    @property
    def estimator(self) -> str:
        """The module of ``sim.estimators`` that estimates the effect under this design."""
        ...

    def groups(self, units: Units) -> Groups:
        """The assignment: the same for the same units.

        Raises
        ------
        ConfigError
            There are too few units to have a treated and a control one.
        """
        ...


def merges_orders(design: object) -> bool:
    """Whether a treated request is offered in two orders merged, instead of in one order by mixed weights."""
    return bool(getattr(design, "merges_orders", False))


def check_share(share: float) -> None:
    """Raise ValueError unless a share treated lies within (0, 1)."""
    if not 0 < share < 1:
        raise ValueError(f"share = {share:g}, must be > 0 and < 1")


def check_period(period_days: float) -> None:
    """Raise ValueError unless a period lasts an hour at least."""
    if not 1 / 24 <= period_days < math.inf:
        raise ValueError(f"period_days = {period_days:g}, must be >= 1/24 (an hour) and finite")


def everybody(units: Units) -> Groups:
    """All treated, from the first day to the last: what a design replaces a part of."""
    return Groups(np.zeros(units.n_clients), np.ones((units.n_zones, 1)), np.ones(units.n_pros, bool), float(units.days))


def chosen(uniforms: Floats, share: float, what: str, balanced: bool = True) -> Flags:
    """Which of (n,) units are treated.

    Parameters
    ----------
    uniforms
        The number drawn for each.
    share
        Treated share, within (0, 1).
    what
        What they are, for the message.
    balanced
        Exactly this share of them, to the nearest unit, and at least one in each group; else each by itself.

    Raises
    ------
    ConfigError
        Fewer than two units.
    """
    if len(uniforms) < 2:
        raise ConfigError(f"{what} = {len(uniforms)}, must be >= 2 for this design: one treated and one control")
    if not balanced:
        return uniforms < share
    n_treated = min(max(round(share * len(uniforms)), 1), len(uniforms) - 1)
    treated = np.zeros(len(uniforms), bool)
    treated[np.argsort(uniforms, kind="stable")[:n_treated]] = True
    return treated


def ticks(days: Any) -> Ints:
    """Days as the whole ticks that they were made of."""
    return np.rint(np.asarray(days, float) * TICKS_PER_DAY).astype(np.int64)


@dataclass(frozen=True)
class Split:
    """One market split in two by a design: who is in which group, whatever was simulated.

    It can be laid over the run of an experiment and over plain runs of one arm alike.
    """

    groups: Groups
    start_days: float
    days: float

    @cached_property
    def bounds(self) -> tuple[int, int, int]:
        """Ticks at which the experiment begins and ends, and of a period."""
        start, end, period = ticks([self.start_days, self.start_days + self.days, self.groups.period_days]).tolist()
        return start, end, period

    def periods(self, request_days: Floats) -> Ints:
        """Period, 0, 1, ..., in which each of (n,) requests was made; OUTSIDE before and after the experiment."""
        start, end, period = self.bounds
        tick = ticks(request_days)
        return np.where((tick >= start) & (tick < end), (tick - start) // period, OUTSIDE)

    def of_requests(self, client: Ints, zone: Ints, request_days: Floats) -> Ints:
        """Group of each of (n,) requests: 1 treated, 0 control, OUTSIDE before and after the experiment, and without a part."""
        period = self.periods(request_days)
        place, share = self.groups.places[client], self.groups.shares[zone, period]
        return np.where((period == OUTSIDE) | (place > 1) | (share < 0), OUTSIDE, place < share)

    def of_clients(self) -> Ints:
        """Group of each client, (n_clients,): 1 if treated in some zone at some time. All alike if clients are not randomised."""
        return (self.groups.places < self.groups.shares.max()).astype(np.int64)

    def of_pros(self) -> Ints:
        """Group of each pro, (n_pros,): all 1 if pros are not randomised."""
        return self.groups.pros.astype(np.int64)

    @property
    def randomises_clients(self) -> bool:
        """Whether clients who have a part in it differ in their place."""
        places = self.groups.places[self.groups.places <= 1]
        return bool((places != places[:1]).any())

    @property
    def randomises_pros(self) -> bool:
        """Whether pros differ in their group."""
        return not self.groups.pros.all()

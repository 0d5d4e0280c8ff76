"""What had happened on a platform at each of its refreshes, as a score and an allocator would have seen it."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.views import RECENT_DAYS, History, ProView, ScoreTable, frozen

RECENT_REFRESHES = int(RECENT_DAYS / 7)


@dataclass(frozen=True)
class Firsts:
    """First completed sessions of clients who were new, by the instant of their end; (n_firsts,) each.

    A later booking is known once it was asked for before a refresh and made until then.
    """

    pro: Ints
    days: Floats
    """When the session ended; increasing."""
    rebooked_days: Floats
    """When the client's next booking was made; inf for none."""
    rebooked_asked_days: Floats
    """When it was asked for, <= ``rebooked_days``; the same where only one instant is known."""
    same_pro_days: Floats
    """When the next booking with that same pro was made; inf for none."""
    same_pro_asked_days: Floats
    service: Ints
    """0, 1, ...; read by scores that look at the mix of clients only, as is ``channel``."""
    channel: Ints


@dataclass(frozen=True)
class Events:
    """Something that happened to pros, by instant: (n,) each. What is known at a refresh are those with ``days`` <= its day."""

    pro: Ints
    days: Floats
    """Increasing."""

    def until(self, now_days: float) -> int:
        """How many are known."""
        return int(np.searchsorted(self.days, now_days, side="right"))

    def count(self, now_days: float, n_pros: int) -> Ints:
        """Those known, by pro, (n_pros,)."""
        return np.bincount(self.pro[: self.until(now_days)], minlength=n_pros)


@dataclass(frozen=True)
class Sessions(Events):
    """Completed sessions, by the instant of their end."""

    is_late: Flags
    """The pro came late enough to be reported."""
    stars: Ints
    """1 to 5; 0: not rated."""


def in_time(pro: Ints, days: Floats) -> Events:
    """Events in any order."""
    order = np.argsort(days, kind="stable")
    return Events(pro[order], days[order])


@dataclass(frozen=True)
class Past:
    """The history of a platform, with a refresh about every week."""

    refresh_days: Floats
    """(n_refreshes,) increasing, in days from the start."""
    active: Flags
    """(n_refreshes, n_pros) who was on the platform."""
    joined_days: Floats
    """(n_pros,)."""
    weekly_hours: Floats
    """(n_pros,)."""
    firsts: Firsts
    sessions: Sessions
    cancellations: Events
    """Sessions that a pro had accepted and then cancelled."""
    accepted: Events
    """Requests accepted; known as soon as they were sent out, as a platform that works answers out at once knows them."""
    offers: Ints
    """(n_refreshes, n_pros) offers received until the refresh, ever."""
    truth: Floats | None = None
    """(n_refreshes, n_pros) true return propensity, for references; None where nobody knows it."""

    @property
    def n_pros(self) -> int:
        """Number of pros, those yet to join included."""
        return self.active.shape[1]

    def counts(self, refresh: int) -> dict[str, Ints]:
        """Counts that everybody may know at a refresh, (n_pros,) each, by their names in ``History`` and ``ProView``."""
        now, n = float(self.refresh_days[refresh]), self.n_pros
        known = slice(self.sessions.until(now))
        pro, stars, late = self.sessions.pro[known], self.sessions.stars[known], self.sessions.is_late[known]
        return {
            "completed_sessions": np.bincount(pro, minlength=n),
            "cancelled_sessions": self.cancellations.count(now, n),
            "late_sessions": np.bincount(pro[late], minlength=n),
            "n_ratings": np.bincount(pro[stars > 0], minlength=n),
            "rating_sum": np.bincount(pro, stars, n).astype(np.int64),
        }

    def history(self, refresh: int, counts: dict[str, Ints], needs_clients: bool = False) -> History:
        """What a score would have seen at a refresh; ``counts`` are those of it, ``needs_clients`` asks for the mix of clients."""
        now, firsts = float(self.refresh_days[refresh]), self.firsts
        known = slice(int(np.searchsorted(firsts.days, now, side="right")))

        def seen(days: Floats, asked: Floats) -> Floats:
            return np.where((asked[known] < now) & (days[known] <= now), days[known], np.inf)

        mix = {"first_service": firsts.service[known], "first_channel": firsts.channel[known]} if needs_clients else {}
        columns = {
            "first_pro": firsts.pro[known],
            "first_session_days": firsts.days[known],
            "rebooked_days": seen(firsts.rebooked_days, firsts.rebooked_asked_days),
            "rebooked_same_pro_days": seen(firsts.same_pro_days, firsts.same_pro_asked_days),
            **counts,
            **mix,
        }
        return History(**{name: frozen(column) for name, column in columns.items()})  # type: ignore[arg-type]

    def view(self, refresh: int, counts: dict[str, Ints], score: ScoreTable, n_stages: int) -> ProView:
        """What an allocator would have seen at a refresh, but uniforms and the truth."""
        now, n = float(self.refresh_days[refresh]), self.n_pros
        before = refresh - RECENT_REFRESHES
        earlier = (self.offers[before], self.accepted.count(self.refresh_days[before], n)) if before >= 0 else (0, 0)
        columns = {
            "active": self.active[refresh],
            "joined_days": self.joined_days,
            "weekly_hours": self.weekly_hours,
            "new_clients": np.bincount(self.firsts.pro[: np.searchsorted(self.firsts.days, now, side="right")], minlength=n),
            "recent_offers": self.offers[refresh] - earlier[0],
            "recent_bookings": self.accepted.count(now, n) - earlier[1],
            **counts,
        }
        return ProView(score=score, n_stages=n_stages, **{name: frozen(column) for name, column in columns.items()})  # type: ignore[arg-type]

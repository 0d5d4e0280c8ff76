"""The minimal market as a straightforward SimPy program: an object for each pro and each client, ``random``, plain Python.

The yardstick of ``benchmarks/engine.py``: what a competent programmer writes in an afternoon with nothing but SimPy. It imports
nothing of ``sim``, yet simulates the market of ``configs/market/minimal.yaml`` under the arm ``wecasa_2025``: the same rules and
distributions, other random numbers. Times are days from the start of the run.

Its style: each pro keeps a list of the sessions ahead and says whether a time is free; each request asks all pros and draws from
those who are. ``SmartMarketplace`` is the same program with one better idea, so that the benchmark shows what the style costs.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from statistics import fmean

import simpy

SLOTS_PER_DAY = 48
"""A session takes two half-hour slots."""


@dataclass(frozen=True)
class Settings:
    """The parameters of the market, with the values of ``market=minimal`` and of the arm ``wecasa_2025``."""

    horizon_days: float = 730
    n_pros: int = 200
    arrivals_per_day: float = 27.4
    one_time_share: float = 0.5
    rate_shape: float = 3
    rate_scale_per_day: float = 0.0085
    taste_mean: float = 0.71
    taste_size: float = 3
    lead_min_hours: float = 2
    lead_mean_hours: float = 48
    lead_max_days: float = 45
    trait_loading: float = 0.632
    late_share: float = 0.14
    late_logit_sd: float = 0.7
    late_from_minutes: float = 5
    late_extra_mean_minutes: float = 15
    tolerance_minutes: float = 5
    quality_noise_sd: float = 1
    stay_skill: float = 0.45
    stay_warmth: float = 0.4
    stay_advocacy: float = 0.3
    stay_late: float = -1.0
    refresh_weekday: int = 2
    rebook_days: float = 183
    lookback_days: float = 183
    min_sessions: int = 30
    min_clients_behind: int = 5
    strength: float = 1
    floor: float = 0.2
    cap: float = 5


@dataclass(slots=True, eq=False)
class Client:
    """Somebody with needs, and when the platform saw the first session and the booking after it."""

    one_time: bool
    rate_per_day: float
    taste_logit: float
    first_session_day: float = math.inf
    rebooked_day: float = math.inf


@dataclass(slots=True, eq=False)
class Pro:
    """Somebody who works round the clock and takes every session offered."""

    late_share: float
    skill: float
    warmth: float
    advocacy: float
    weight: float = 1.0
    n_completed: int = 0
    sessions: list[tuple[int, int]] = field(default_factory=list)
    """Sessions ahead: first slot, and the slot after the last."""
    new_clients: list[Client] = field(default_factory=list)

    def is_free(self, start: int, end: int) -> bool:
        """Whether no session ahead overlaps the slots from ``start`` up to ``end``."""
        return all(end <= other_start or other_end <= start for other_start, other_end in self.sessions)


@dataclass(slots=True, eq=False)
class Booking:
    """One request and what became of it; ``pro`` is None when everybody was taken."""

    client: Client
    pro: Pro | None
    request_day: float
    slot: int
    minutes_late: float = math.nan
    stays: bool = False


def logistic(x: float) -> float:
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def logit(p: float) -> float:
    """log(p / (1 - p)), for 0 < p < 1."""
    return math.log(p / (1.0 - p))


class Marketplace:
    """One run: pros, clients, bookings, and the SimPy processes that connect them."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self.settings = settings
        self.random = Random(seed)
        self.env = simpy.Environment()
        self.pros = [self.new_pro() for _ in range(settings.n_pros)]
        self.clients: list[Client] = []
        self.bookings: list[Booking] = []
        self.env.process(self.arrivals())
        self.env.process(self.refreshes())

    def new_pro(self) -> Pro:
        """A pro whose traits share a common factor."""
        loading = self.settings.trait_loading
        own = math.sqrt(1.0 - loading * loading)
        common = self.random.gauss()
        punctuality, skill, warmth, advocacy = (loading * common + own * self.random.gauss() for _ in range(4))
        late_share = logistic(logit(self.settings.late_share) - self.settings.late_logit_sd * punctuality)
        return Pro(late_share, skill, warmth, advocacy)

    def new_client(self) -> Client:
        """A client with an own rate of needs and taste for staying."""
        settings = self.settings
        taste = self.random.betavariate(settings.taste_mean * settings.taste_size, (1 - settings.taste_mean) * settings.taste_size)
        return Client(
            one_time=self.random.random() < settings.one_time_share,
            rate_per_day=self.random.gammavariate(settings.rate_shape, settings.rate_scale_per_day),
            taste_logit=logit(min(max(taste, 1e-15), 1 - 1e-15)),
        )

    def arrivals(self) -> Generator[simpy.Event, None, None]:
        """New clients, as a Poisson process."""
        while True:
            yield self.env.timeout(self.random.expovariate(self.settings.arrivals_per_day))
            client = self.new_client()
            self.clients.append(client)
            self.env.process(self.life(client))

    def life(self, client: Client) -> Generator[simpy.Event, None, None]:
        """Needs, each booked and served, until the client leaves; the gap runs from need to need."""
        need_day = self.env.now
        while True:
            booking = self.book(client)
            effect = 0.0
            if booking.pro is not None:
                yield self.env.timeout((booking.slot + 2) / SLOTS_PER_DAY - self.env.now)
                effect = self.serve(booking, booking.pro)
            booking.stays = not client.one_time and self.random.random() < logistic(client.taste_logit + effect)
            if not booking.stays:
                return
            need_day += self.random.expovariate(client.rate_per_day)
            # a need during the session waits for its end
            yield self.env.timeout(max(0.0, need_day - self.env.now))

    def book(self, client: Client) -> Booking:
        """Find a pro for the first half hour that the client's lead time allows, by visibility among those who are free."""
        settings, now = self.settings, self.env.now
        lead_hours = settings.lead_min_hours + self.random.expovariate(1.0 / settings.lead_mean_hours)
        slot = math.ceil((now + min(lead_hours / 24, settings.lead_max_days)) * SLOTS_PER_DAY)
        pro = self.choose(slot)
        if pro is not None:
            pro.sessions.append((slot, slot + 2))
            if client.first_session_day < math.inf and client.rebooked_day == math.inf:
                client.rebooked_day = now
        booking = Booking(client, pro, now, slot)
        self.bookings.append(booking)
        return booking

    def choose(self, slot: int) -> Pro | None:
        """One of the pros who are free for two slots, drawn by visibility."""
        free = [pro for pro in self.pros if pro.is_free(slot, slot + 2)]
        return self.random.choices(free, [pro.weight for pro in free])[0] if free else None

    def serve(self, booking: Booking, pro: Pro) -> float:
        """The session takes place; returns what it adds to the log odds that the client stays."""
        settings, client = self.settings, booking.client
        late = self.random.random() < pro.late_share
        if late:
            booking.minutes_late = settings.late_from_minutes + self.random.expovariate(1.0 / settings.late_extra_mean_minutes)
        else:
            booking.minutes_late = settings.late_from_minutes * self.random.random()
        pro.sessions.remove((booking.slot, booking.slot + 2))
        pro.n_completed += 1
        if client.first_session_day == math.inf:
            client.first_session_day = self.env.now
            pro.new_clients.append(client)
        quality = pro.skill + settings.quality_noise_sd * self.random.gauss()
        effect = settings.stay_skill * quality + settings.stay_warmth * pro.warmth + settings.stay_advocacy * pro.advocacy
        return effect + settings.stay_late if booking.minutes_late > settings.tolerance_minutes else effect

    def refreshes(self) -> Generator[simpy.Event, None, None]:
        """Once a week, new weights from the fidelity scores."""
        yield self.env.timeout(self.settings.refresh_weekday)
        while True:
            self.refresh()
            yield self.env.timeout(7)

    def refresh(self) -> None:
        """Weight = clip((score / mean score) ** strength, floor, cap); a pro without a score that counts gets the mean weight."""
        settings = self.settings
        scores = {pro: score for pro in self.pros if (score := self.fidelity(pro)) is not None}
        average = fmean(scores.values()) if scores else 0.0
        if average == 0:
            for pro in self.pros:
                pro.weight = 1.0
            return
        weights = {
            pro: min(max((score / average) ** settings.strength, settings.floor), settings.cap) for pro, score in scores.items()
        }
        neutral = fmean(weights.values())
        for pro in self.pros:
            pro.weight = weights.get(pro, neutral)

    def fidelity(self, pro: Pro) -> float | None:
        """Share of the pro's new clients who booked again in time, among those who have had the full time; None: does not count."""
        settings = self.settings
        if pro.n_completed < settings.min_sessions:
            return None
        newest = self.env.now - settings.rebook_days
        oldest = newest - settings.lookback_days
        behind = [client for client in pro.new_clients if oldest < client.first_session_day <= newest]
        if len(behind) < settings.min_clients_behind:
            return None
        return sum(client.rebooked_day - client.first_session_day <= settings.rebook_days for client in behind) / len(behind)


class SmartMarketplace(Marketplace):
    """The same market and the same chances: draws from all pros, and again while the one drawn is taken."""

    TRIES = 20
    """Then nearly everybody is taken, and going through all pros is quicker."""

    def __init__(self, settings: Settings, seed: int) -> None:
        super().__init__(settings, seed)
        self.sums = list(accumulate(pro.weight for pro in self.pros))

    def refresh(self) -> None:
        """New weights, and their running sums for the draws of the week."""
        super().refresh()
        self.sums = list(accumulate(pro.weight for pro in self.pros))

    def choose(self, slot: int) -> Pro | None:
        """One of the pros who are free for two slots, drawn by visibility."""
        for _ in range(self.TRIES):
            pro = self.random.choices(self.pros, cum_weights=self.sums)[0]
            if pro.is_free(slot, slot + 2):
                return pro
        return super().choose(slot)


def simulate(settings: Settings, seed: int, marketplace: type[Marketplace] = Marketplace) -> Marketplace:
    """Run the market to its horizon and return it, with everything that happened."""
    run = marketplace(settings, seed)
    run.env.run(until=settings.horizon_days)
    return run

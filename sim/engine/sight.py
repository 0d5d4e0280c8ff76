"""What the platform works out for views beyond running counts: recent work, clients behind first sessions, randomness."""

from collections import deque

import numpy as np

from sim import draws
from sim.arrays import Flags, Floats, Ints
from sim.calendar import TICKS_PER_DAY
from sim.engine.world import N_FIRSTS, World
from sim.views import RECENT_DAYS, ordered_mean


class RecentWork:
    """New clients, and offers and bookings of the last weeks, told from one refresh to the next."""

    def __init__(self, world: World) -> None:
        self.world = world
        nothing = np.zeros(len(world.pros), np.int64)
        self.new_clients = nothing
        self.firsts_seen = 0
        # running counts at the latest refreshes, oldest first; before the run there was nothing
        weeks = int(RECENT_DAYS / 7)
        self.offers = deque([nothing], weeks)
        self.accepted = deque([nothing], weeks)

    def columns(self) -> dict[str, Ints]:
        """Columns of ``ProView``, (n_pros,) each; to be called once at each weekly refresh."""
        state, n_firsts = self.world.pro_state, int(self.world.counters[N_FIRSTS])
        latest = self.world.first_pro[self.firsts_seen : n_firsts]
        self.new_clients = self.new_clients + np.bincount(latest, minlength=len(state))
        self.firsts_seen = n_firsts
        offers, accepted = state["offers"].copy(), state["accepted"].copy()
        columns = {
            "new_clients": self.new_clients,
            "recent_offers": offers - self.offers[0],
            "recent_bookings": accepted - self.accepted[0],
        }
        self.offers.append(offers)
        self.accepted.append(accepted)
        return columns


def clients_of_firsts(world: World, n_firsts: int) -> Ints:
    """The client of each first session, (n_firsts,), in order of its end."""
    position = world.client_state["first"]
    # rows of friends whom nobody has brought yet are all 0
    known = np.flatnonzero((position >= 0) & (world.client_state["completed"] > 0))
    client = np.empty(n_firsts, np.int64)
    client[position[known]] = known
    return client


def case_mix(world: World, n_firsts: int) -> dict[str, Ints]:
    """Service and channel of the client behind each first session, (n_firsts,) each."""
    client = clients_of_firsts(world, n_firsts)
    return {"first_service": world.clients["service"][client], "first_channel": world.clients["channel"][client]}


def uniforms(world: World, tick: float) -> Floats:
    """A number within (0, 1) for each pro, (n_pros,), keyed by the day of the refresh."""
    rule = world.rules[0]
    return draws.uniforms(rule["seed"], rule["replication"], draws.POLICY, len(world.pros), int(tick) // TICKS_PER_DAY)


def relative_visibility(world: World) -> Floats:
    """Visibility at a first booking over the mean of the active pros, (n_pros,); all 1 when nobody active is visible.

    In an experiment the mean of what both groups' requests show, by how many there are of each.
    """
    n_stages = world.rules[0]["n_stages"]
    felt = over_mean(world.visibility[0], world.active)
    trial = world.trial[0]
    if trial["treated_share"] == 0.0:
        return felt
    treated = trial["treated_share"] * (world.pro_state["group"] if trial["merges"] else 1.0)
    # two equal arms give exactly what one gives
    return felt + treated * (over_mean(world.visibility[n_stages], world.active) - felt)


def over_mean(shown: Floats, active: Flags) -> Floats:
    """Weights (n_pros,) over their mean among the active pros; all 1 when that is 0."""
    mean = ordered_mean(shown[active]) if active.any() else 0.0
    return shown / mean if mean > 0.0 else np.ones(len(shown))

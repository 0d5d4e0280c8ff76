"""Known clients of a replay: who still comes, and when each next needs something, drawn from what histories leave possible."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from experiments.calibration.streams import generator
from sim.arrays import Ints
from sim.bookings.visits import Visits
from sim.calendar import TICKS_PER_DAY
from sim.calibration.forecast import Drawn, Posterior
from sim.calibration.histories import Histories, histories
from sim.calibration.taste import model_of_market, taste_logits
from sim.config import ConfigError, Market
from sim.engine.replay import UNKNOWN, KnownClients
from sim.forecasting.ensemble import fit_ensemble
from sim.forecasting.known import EnsembleClients
from sim.forecasting.origins import FEWEST_AGAIN

SEED = 1
"""Of the runs at rolling origins, by which forms are weighed."""
ASKED = ("service", "zone", "channel")
"""What a known client asks for as last time."""


class Forecasting(Protocol):
    """What the histories of known clients leave possible."""

    def draw(self, generator: np.random.Generator) -> Drawn:
        """One draw of who is still there, of their traits, and of when each needs something next."""


class KnownBefore:
    """The clients of a file who had a visit, or a booking that came to nothing, before the first day that is replayed.

    Parameters
    ----------
    visits
        Of the whole file.
    from_day
        Of the first request that is replayed, since 1970-01-01: nothing from that day on is looked at.
    market
        Whose client model is what is known of a client before the first visit, where fewer than 50 clients of the file came twice.
    horizon_days
        Of the replay.

    Raises
    ------
    ConfigError
        There are few of them, and the market's client model has both lapses and differing regularity.
    """

    def __init__(self, visits: Visits, from_day: int, market: Market, horizon_days: int) -> None:
        past = visits.rows(visits.day < from_day)
        needs = past.needs()
        seen = histories(needs, from_day - 1)
        self.from_day, self.market, self.horizon_days = from_day, market, horizon_days
        self.code: Ints = visits.code[seen.client]
        """(n,) of each among the rows of the file."""
        self.forecasting: Forecasting
        if (seen.repeats > 0).sum() >= FEWEST_AGAIN:
            ensemble = fit_ensemble(needs, from_day - 1, horizon_days, SEED)
            self.forecasting = EnsembleClients(ensemble, needs, from_day - 1, horizon_days)
        else:
            self.forecasting = self._of_market(market, seen)
        self.last = {name: _last(past, name)[seen.client] for name in ASKED if name in past.labels}

    @staticmethod
    def _of_market(market: Market, seen: Histories) -> Posterior:
        """By the client model of the market, where the file's clients are too few for a forecast of their own."""
        clients = market.clients
        if clients.lapse_share > 0 and clients.gap_shape_log_sd > 0:
            raise ConfigError(
                f"market.clients.gap_shape_log_sd = {clients.gap_shape_log_sd:g}, must be 0 with lapse_share ="
                f" {clients.lapse_share:g} so that known clients can be drawn; or known_clients=in_file"
            )
        return Posterior(model_of_market(market), seen)

    def drawn(self, first_day: int, codes: Mapping[str, Ints], seed: int, replication: int) -> KnownClients:
        """One replication's, the same under every policy; only those who need something before the last day.

        Parameters
        ----------
        first_day
            Day 0 of the market, at most ``from_day``, since 1970-01-01.
        codes
            By ``ASKED``: what each label of the file is in the market.
        """
        found = self.forecasting.draw(generator(seed, replication, "known"))
        tick = ((self.from_day - first_day + found.next_days) * TICKS_PER_DAY).clip(max=2.0**62).astype(np.int64)
        order = np.argsort(tick, kind="stable")
        order = order[tick[order] < self.horizon_days * TICKS_PER_DAY]
        who, nobody = found.index[order], np.full(len(order), UNKNOWN)
        asked = {name: np.r_[codes[name], UNKNOWN][self.last[name][who]] if name in self.last else nobody for name in ASKED}
        return KnownClients(
            next_tick=tick[order],
            rate_per_day=found.rate_per_day[order],
            gap_shape=found.gap_shape[order],
            lapse_share=found.lapse_share[order],
            taste_logit=taste_logits(found.leave[order], self.market),
            service=asked["service"],
            zone=asked["zone"],
            channel=asked["channel"],
        )


def _last(visits: Visits, name: str) -> Ints:
    """(n_clients,) label of each client's last row that has one; -1 for none."""
    labels = visits.labels[name]
    told = np.flatnonzero(labels >= 0)
    last = np.full(visits.n_clients, UNKNOWN)
    # rows are in order of the day within a client, and of several assignments the last stays
    last[visits.client[told]] = labels[told]
    return last

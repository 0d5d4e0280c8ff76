"""From the races that a log holds to propensities: of each candidate to be the one who accepts, and of each offer."""

from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.offpolicy.accepting import acceptance, first_acceptors, first_in_order, strict
from sim.offpolicy.decisions import NOBODY

N = TypeVar("N", Ints, Floats)

LEAST = 1e-7
"""Propensity that "nobody accepts" has at least where somebody was asked: refusals can always come together."""


@dataclass(frozen=True)
class Races:
    """Races of some requests, a row a candidate: those of a request and attempt follow one another, in order of the requests.

    Within a race those who were asked come first, in the order in which they were.
    """

    request: Ints
    """(r,) 0..n - 1, ascending."""
    attempt: Ints
    """(r,) 0 for the first race of a request; a further one follows when the pro who accepted cancels."""
    pro: Ints
    asked: Flags
    accepted: Flags
    """(r,) who was asked last, and accepted."""
    n: int
    """Requests, those without candidates included."""

    @property
    def first(self) -> Flags:
        """(r,) rows of first races."""
        return self.attempt == 0

    @property
    def counts(self) -> Ints:
        """(n,) candidates of the first race and nobody."""
        return np.bincount(self.request[self.first], minlength=self.n) + 1

    @property
    def pros(self) -> Ints:
        """(m,) candidates of the first race, nobody last, request after request."""
        return _with_last(self.pro[self.first], self.counts, NOBODY)

    @property
    def chosen(self) -> Ints:
        """(n,) position of the one who accepted in the first race; that of nobody where nobody did."""
        counts = self.counts
        found = counts - 1
        rows = np.flatnonzero(self.first & self.accepted)
        start = np.cumsum(counts - 1) - (counts - 1)
        place = np.cumsum(self.first) - 1
        found[self.request[rows]] = place[rows] - start[self.request[rows]]
        return found

    @property
    def offer_counts(self) -> Ints:
        """(n,) offers of all races; 1, which nobody could decline, where there was none."""
        return np.maximum(np.bincount(self.request[self.asked], minlength=self.n), 1)

    def chances(self, n_pros: int) -> Floats:
        """Chance (n_pros,) of each pro to accept, by these races."""
        return acceptance(self.pro[self.asked], self.accepted[self.asked], n_pros)

    def acceptors(self, weights: Floats, chances: Floats, offers: int, is_strict: bool = False) -> Floats:
        """(m,) propensity of each of ``pros`` to be the one who gets the request, when a policy weighs candidates so, (r,).

        Parameters
        ----------
        chances
            (n_pros,) to accept.
        offers
            Most offers of a request.
        is_strict
            Whether the policy asks by the order of its weights, instead of drawing by them.
        """
        counts = self.counts
        some = counts > 1
        weight, pro = weights[self.first], self.pro[self.first]
        if not some.any():
            return np.ones(self.n)
        work_out = first_in_order if is_strict else first_acceptors
        found = work_out(weight, chances[pro], counts[some] - 1, offers)
        nobody = 1 - np.bincount(self.request[self.first], found, self.n)
        nobody = np.where(some, np.clip(nobody, LEAST, 1.0), 1.0)
        return _with_last(found, counts, np.asarray(nobody, float))

    def offered(self, weights: Floats, is_strict: bool = False) -> Floats:
        """(n_offers,) propensity of each offer made, among those not yet asked in its race, when a policy weighs candidates so."""
        race = np.r_[True, (np.diff(self.request) != 0) | (np.diff(self.attempt) != 0)]
        sizes = np.diff(np.r_[np.flatnonzero(race), len(race)])
        if is_strict:
            weights = strict(weights, sizes)
        # what is left in a race when a candidate is asked: it and all who come after it
        left = _sum_from_here(weights, sizes)
        chance = np.divide(weights, left, out=np.zeros(len(left)), where=left > 0)[self.asked]
        none = np.bincount(self.request[self.asked], minlength=self.n) == 0
        at = np.cumsum(self.offer_counts) - self.offer_counts
        found = np.ones(int(self.offer_counts.sum()))
        there = np.ones(len(found), bool)
        there[at[none]] = False
        found[there] = np.minimum(chance, 1.0)
        return found


def _with_last(column: N, counts: Ints, last: N | int) -> N:
    """A column of the first ``counts`` - 1 candidates of each request, with one more value behind them."""
    found = np.empty(int(counts.sum()), column.dtype)
    end = np.cumsum(counts) - 1
    there = np.ones(len(found), bool)
    there[end] = False
    found[there], found[end] = column, last
    return cast(N, found)


def _sum_from_here(weights: Floats, sizes: Ints) -> Floats:
    """(r,) sum of each row and those that follow it in its race, added from the last one on."""
    found = np.array(weights, float)
    end = np.cumsum(sizes) - 1
    place = np.repeat(end, sizes) - np.arange(len(weights))
    for step in range(1, int(sizes.max(initial=0))):
        rows = np.flatnonzero(place == step)
        found[rows] += found[rows + 1]
    return found

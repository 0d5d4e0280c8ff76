"""How wrong each design is about a market of very many clients and listings, by load: the published mean field.

  python -m benchmarks.mean_field      # at once

Listings are rented for a while and come free again at a rate; a client who comes takes a free listing by a logit choice, or none.
A treated client finds treated listings more attractive. The bias of each estimator is its distance to the global effect, all
treated less none, in its percent. Two-sided designs treat the shares that the source takes at each load.

References
----------
Johari, Li, Liskovich & Weintraub (2022), Experimental design in two-sided platforms: an analysis of bias. Management Science.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.estimators.two_sided import contrasts, shares_for
from sim.words.aligned import aligned

LOADS = (0.1, 1.0, 10.0)
SHARE = 0.5


@dataclass(frozen=True)
class MeanField:
    """A market with one kind of client and one kind of listing."""

    control: float = 0.315
    treated: float = 0.394
    """How attractive a listing is, beside what lies outside the market."""
    outside: float = 1.0
    consideration: float = 1.0
    """Probability that a client looks at a free listing."""
    renewal: float = 1.0
    """Rate at which a taken listing comes free."""

    def cells(self, load: float, client_share: float, listing_share: float) -> Floats:
        """Bookings in the steady state by group of client and of listing, (2, 2), control first, per listing and unit of time.

        Parameters
        ----------
        load
            Clients who come, per listing that comes free when all are taken, > 0.
        client_share, listing_share
            Treated, 0 to 1.

        Notes
        -----
        A client's options D_c = outside + sum of attractions of free listings, and free listings
        s_l = mass_l renewal / (renewal + sum over c of rate_c attraction_cl / D_c). From D = outside each step raises D: the
        iteration climbs to the fixed point.
        """
        attraction = self.consideration * np.array([[self.control, self.control], [self.control, self.treated]])
        rate = load * self.renewal * np.array([1 - client_share, client_share])
        mass = np.array([1 - listing_share, listing_share])
        options, last = np.full(2, self.outside), np.zeros(2)
        while (abs(options - last) > 1e-14 * options).any():
            free = mass * self.renewal / (self.renewal + (rate / options) @ attraction)
            options, last = self.outside + attraction @ free, options
        return (rate / options)[:, None] * attraction * free

    def global_effect(self, load: float) -> float:
        """Bookings per listing and unit of time, all treated less none."""
        return float(self.cells(load, 1, 1).sum() - self.cells(load, 0, 0).sum())

    def biases(self, load: float, share: float = SHARE) -> Mapping[str, float]:
        """Estimate over global effect, less 1, of each design and estimator; one-sided designs treat ``share``."""
        effect = self.global_effect(load)
        found = {}
        for name, compared in comparisons(load, share).items():
            found[name] = compared.estimate(self.cells(load, compared.client_share, compared.pro_share)) / effect - 1
        return found


@dataclass(frozen=True)
class Comparison:
    """What a design treats, and how its estimator weighs bookings."""

    client_share: float
    pro_share: float
    weights: Floats
    """(2, 2) of a cell's bookings over its shares, see ``sim.estimators.two_sided.contrasts``."""

    def estimate(self, cells: Floats) -> float:
        """From bookings (2, 2) by group of client and of listing, control first."""
        scale = np.outer([1 - self.client_share, self.client_share], [1 - self.pro_share, self.pro_share])
        return float((self.weights * np.divide(cells, scale, out=np.zeros((2, 2)), where=scale > 0)).sum())


def comparisons(load: float, share: float = SHARE) -> Mapping[str, Comparison]:
    """By name: clients or listings alone, ``share`` of them treated, and both, with the shares that the source takes at a load."""
    shares = shares_for(load, share)
    both = {name: Comparison(*shares, weights) for name, weights in contrasts(*shares, load).items()}
    return {
        "client": Comparison(share, 1, np.array([[0, -1], [0, 1]])),
        "pro": Comparison(1, share, np.array([[0, 0], [-1, 1]])),
        **{name: both[name] for name in ("naive", "improved_1", "improved_2")},
    }


def main() -> int:
    """Print the table."""
    rows = [MeanField().biases(load) for load in LOADS]
    head = ("demand / supply", *rows[0])
    print(
        "\n".join(
            aligned(
                [head, *((f"{load:g}", *(f"{bias:+.1%}" for bias in row.values())) for load, row in zip(LOADS, rows, strict=True))]
            )
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

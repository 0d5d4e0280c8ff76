"""Effects when clients and pros are both assigned at random, and a client's treatment acts where the pro is treated, too."""

import math
from collections.abc import Mapping

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.estimators.estimate import Estimate, student
from sim.estimators.means import check_clusters

CORRECTIONS = (1, 2)
"""How often the estimated competition is taken off, of the improved estimators."""


def client_weight(load: float) -> float:
    """Weight of the client-side comparison at a load, within (0, 1]: 1 with idle pros, towards 0 with scarce ones.

    Parameters
    ----------
    load
        Demand over supply, >= 0: requests a day, over pros times how many requests each could serve a day.

    Raises
    ------
    ValueError
        The load is negative or not finite.

    References
    ----------
    Johari, Li, Liskovich & Weintraub (2022), Experimental design in two-sided platforms: an analysis of bias. Management Science.
    """
    if not 0 <= load < math.inf:
        raise ValueError(f"load = {load:g}, must be >= 0 and finite")
    return math.exp(-load)


def shares_for(load: float, share: float = 0.5) -> tuple[float, float]:
    """Shares of clients and of pros to treat at a load, of the same source: one-sided at either end of it.

    Examples
    --------
    >>> shares_for(0.0)  # idle pros: assign clients, treat all pros
    (0.5, 1.0)
    """
    weight = client_weight(load)
    return weight * share + 1 - weight, weight + (1 - weight) * share


def contrasts(client_share: float, pro_share: float, load: float) -> Mapping[str, Floats]:
    """How each estimator weighs the four cells, by name: (2, 2), client's group by pro's group, control first.

    A cell's value is its outcome per client, were all clients and pros in it: Q_cp / (share of clients x share of pros).

    - ``client``, ``pro``: the two groups of one side, whatever the other side is. Estimate the effect of treating one side at the
      other's share, with the interference among those of that side in it: less than the global effect while that share is below 1.
    - ``naive``: both treated less all the rest (TSRN).
    - ``improved_1``, ``improved_2``: the comparison of clients among treated pros and that of pros among treated clients, weighed
      by load, less once or twice the competition that the other cells show (TSRI-1, TSRI-2). Estimate the global effect, nearly
      without bias when pros are idle or scarce, *if shares are those of* ``shares_for``: at halves of both they are no better than
      one-sided designs.
    - ``total``: both treated less neither.
    - ``client_spill_over``, ``pro_spill_over``: what being treated does to a client with untreated pros, to a pro with untreated
      clients. ``direct``: what is left of ``total`` without both.

    Parameters
    ----------
    client_share, pro_share
        Treated, within (0, 1).
    load
        See ``client_weight``.

    References
    ----------
    Johari et al. (2022). The last four: Bajari et al. (2023), Experimental design in marketplaces. Statistical Science.
    """
    a, b, weight = client_share, pro_share, client_weight(load)
    clients, pros = np.array([1 - a, a]), np.array([1 - b, b])
    rest = np.outer(clients, pros)
    rest[1, 1] = 0
    both = np.array([[0.0, 0.0], [0.0, 1.0]])
    found = {
        "client": np.outer([-1.0, 1.0], pros),
        "pro": np.outer(clients, [-1.0, 1.0]),
        "naive": both - rest / rest.sum(),
    }
    for k in CORRECTIONS:
        competition = np.array([[2.0, -1.0], [-1.0, 0.0]])
        found[f"improved_{k}"] = both - np.array([[0.0, weight], [1 - weight, 0.0]]) - k * weight * (1 - weight) * competition
    neither = np.array([[1.0, 0.0], [0.0, 0.0]])
    return found | {
        "total": both - neither,
        "client_spill_over": np.array([[-1.0, 0.0], [1.0, 0.0]]),
        "pro_spill_over": np.array([[-1.0, 1.0], [0.0, 0.0]]),
        "direct": np.array([[1.0, -1.0], [-1.0, 1.0]]),
    }


def two_sided(
    values: Floats, clients: Ints, pros: Ints, client_treated: Flags, pro_treated: Flags, load: float, level: float = 0.95
) -> Mapping[str, Estimate]:
    """All estimates of ``contrasts``, in outcome per client.

    Parameters
    ----------
    values
        (n,) outcome of each session or booking (1 to count them); pairs that did not meet are left out, and count as 0.
    clients, pros
        (n,) whose it is: places in ``client_treated`` and ``pro_treated``.
    client_treated, pro_treated
        (n_clients,) and (n_pros,) groups of all who took part, those without a booking, too.
    load
        See ``client_weight``.
    level
        Confidence level, within (0, 1).

    Raises
    ------
    ValueError
        Fewer than 2 clients or pros in a group.

    Notes
    -----
    The variance is clustered two ways: of the sums by client, plus of those by pro, less of those by pair (Cameron, Gelbach &
    Miller 2011, Journal of Business & Economic Statistics 29(2)), at least the larger of the first two. Degrees of freedom are
    Satterthwaite's, over the groups of both sides.
    """
    values, clients, pros = np.asarray(values, float), np.asarray(clients), np.asarray(pros)
    sides = [np.asarray(side, bool) for side in (client_treated, pro_treated)]
    for side in sides:
        check_clusters(side, None)
    (n_clients, n_pros), (a, b) = (len(side) for side in sides), (float(side.mean()) for side in sides)
    of_client, of_pro = sides[0][clients].astype(int), sides[1][pros].astype(int)
    scale = n_clients * np.outer([1 - a, a], [1 - b, b])
    pair, which = np.unique(clients * n_pros + pros, return_inverse=True)
    cell_of_pair = 2 * sides[0][pair // n_pros] + sides[1][pair % n_pros]
    pairs_in_cell = n_clients * n_pros * np.outer([1 - a, a], [1 - b, b]).ravel()
    n_treated = int((of_client & of_pro).sum())
    found = {}
    for name, weights in contrasts(a, b, load).items():
        parts = values * (weights / scale)[of_client, of_pro]
        components = [
            (int((side == group).sum()), np.bincount(index, parts, len(side))[side == group])
            for side, index in zip(sides, (clients, pros), strict=True)
            for group in (True, False)
        ]
        spread = np.array([n * sums.var(ddof=1) for n, sums in components])
        sums = np.bincount(which, parts, len(pair))
        cells = np.bincount(cell_of_pair, sums, 4)
        by_pair = float((sums**2).sum() - (cells**2 / pairs_in_cell).sum())
        variance = max(float(spread.sum()) - by_pair, float(spread[:2].sum()), float(spread[2:].sum()))
        left = np.array([n - 1 for n, _ in components])
        df = 1 / ((spread / spread.sum()) ** 2 / left).sum() if spread.any() else math.inf
        found[name] = student(float(parts.sum()), math.sqrt(variance), float(df), n_treated, len(values) - n_treated, level)
    return found

r"""Gaps of which some follow no rhythm, a share that is each client's own.

A gap is a lapse with the client's own probability l, Beta-distributed over clients: exponential with mean c / rate instead of Gamma
with shape k. A common share would excuse the silence of all by the absences of a few. Neither the rate nor l has a closed form: the
likelihood is summed over a grid of log rates (trapezoidal rule) and over the nodes of a Gauss-Jacobi rule for l, which is exact for
clients with up to seven gaps, since their likelihood is a polynomial in l.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from sim.arrays import Floats
from sim.calibration.histories import Histories
from sim.calibration.lapses import TINY, regular_density

STEP = 0.06
RATES: Floats = np.exp(np.arange(np.log(1e-3), np.log(20.0), STEP))
"""(n_rates,) visits a week."""
N_SHARES = 4


@dataclass(frozen=True)
class Grid:
    """What each rate and share of lapses says of each client: logs (n, n_shares, n_rates)."""

    gaps: Floats
    """Of the gaps, with the share of clients of that kind."""
    quiet: Floats
    """Of the silence after them, for a client who stays."""
    shares: Floats
    stay: Floats
    """(n,) log probability to have stayed, and to have left after the last visit."""
    leave: Floats


def own_shares(mean: float, size: float) -> tuple[Floats, Floats]:
    """Nodes of the clients' own shares, Beta(mean size, (1 - mean) size), and the log of their weights."""
    nodes, weights = special.roots_jacobi(N_SHARES, (1 - mean) * size - 1, mean * size - 1)
    return np.asarray((nodes + 1) / 2), np.log(weights / weights.sum())


def _values(values: dict[str, float]) -> tuple[float, float]:
    odds = values["lapse_odds"]
    return odds / (1 + odds), values["lapse_size"]


def grid(values: dict[str, float], seen: Histories) -> Grid:
    """All terms of a likelihood."""
    k, lapse = values["gap_shape"], RATES / values["lapse_gaps"]
    shares, log_weights = own_shares(*_values(values))
    weeks, counts = seen.gap_counts
    regular, other = regular_density(weeks[:, None], RATES, k), lapse * np.exp(-lapse * weeks[:, None])
    table = np.log((1 - shares[:, None]) * regular[:, None, :] + shares[:, None] * other[:, None, :] + TINY)
    gaps = np.asarray(counts @ table.reshape(len(weeks), -1)).reshape(len(seen), len(shares), -1)
    at = values["rate_weeks"] * RATES
    prior = values["rate_shape"] * np.log(at) - at - special.gammaln(values["rate_shape"]) + np.log(STEP)
    gaps += prior + log_weights[:, None]
    idle, back = np.unique(seen.age - seen.recency, return_inverse=True)
    still, away = special.gammaincc(k, k * RATES * idle[:, None]), np.exp(-lapse * idle[:, None])
    quiet = np.log((1 - shares[:, None]) * still[:, None, :] + shares[:, None] * away[:, None, :] + TINY)[back]
    a, b, x = values["drop_a"], values["drop_b"], seen.repeats
    scale = special.betaln(a, b)
    stay, leave = (np.asarray(special.betaln(*at) - scale, np.float64) for at in ((a, b + x + 1), (a + 1, b + x)))
    return Grid(gaps, quiet, shares, stay, leave)


def log_likelihoods(values: dict[str, float], seen: Histories) -> Floats:
    """Log likelihood (n,) of each history."""
    found = grid(values, seen)
    n = len(seen)
    gaps = found.gaps.reshape(n, -1)
    top = gaps.max(axis=1)
    weights = np.exp(gaps - top[:, None])
    left = np.log(weights.sum(axis=1))
    stays = np.log((weights * np.exp(found.quiet.reshape(n, -1))).sum(axis=1) + TINY)
    # rates below the grid never show: likelihood 1 without a repeat
    below = float(special.gammainc(values["rate_shape"], values["rate_weeks"] * RATES[0] * np.exp(-STEP / 2)))
    none = np.where(seen.repeats == 0, np.log(below + TINY), -np.inf)
    stays, left = np.logaddexp(stays + top, none), np.logaddexp(left + top, none)
    return np.asarray(np.logaddexp(stays + found.stay, left + found.leave))


def drawn(values: dict[str, float], seen: Histories, random: np.random.Generator, n: int) -> list[Floats]:
    """``n`` draws of who each client is, as ``kernels.draw_clients`` gives them, with the own share of lapses."""
    found = grid(values, seen)
    rows = len(seen)
    k, c = values["gap_shape"], values["lapse_gaps"]
    gaps = found.gaps.reshape(rows, -1)
    weights = np.exp(gaps - gaps.max(axis=1, keepdims=True))
    here = weights * np.exp(found.quiet.reshape(rows, -1))
    odds = np.exp(found.stay - found.leave) * here.sum(axis=1) / weights.sum(axis=1)
    alive = odds / (1 + odds)
    cumulative = np.cumsum(here, axis=1)
    cumulative /= cumulative[:, -1:]
    idle = seen.age - seen.recency
    results = []
    for _ in range(n):
        one = np.zeros((rows, 7))
        there = np.flatnonzero(random.random(rows) < alive)
        cell = (cumulative[there] < random.random(len(there))[:, None]).sum(axis=1)
        which, at = np.divmod(np.minimum(cell, cumulative.shape[1] - 1), len(RATES))
        rate = RATES[at] * np.exp(STEP * (random.random(len(there)) - 0.5))
        share, quiet = found.shares[which], idle[there]
        still, away = special.gammaincc(k, k * rate * quiet), np.exp(-rate * quiet / c)
        lapse = share * away / np.maximum((1 - share) * still + share * away, TINY)
        left = 1.0 - random.random(len(there))
        whole = special.gammainccinv(k, left * np.maximum(still, TINY)) / (k * rate)
        wait = np.where(random.random(len(there)) < lapse, -np.log(left) * c / rate, whole - quiet)
        leave = random.beta(values["drop_a"], values["drop_b"] + seen.repeats[there] + 1)
        same = np.ones(len(there))
        one[there] = np.stack([rate, k * same, np.maximum(wait, 0.0), leave, np.inf * same, share, c * same], axis=1)
        results.append(one)
    return results

r"""Gaps of which some follow no rhythm, a share that is each client's own.

A gap is a lapse with the client's own probability l, Beta-distributed over clients: exponential with mean c / rate instead of Gamma
with shape k. A common share would excuse the silence of all by the absences of a few. Neither the rate nor l has a closed form: the
likelihood is summed over log rates (trapezoidal rule, on a grid of each client's own that is finer than the client's likelihood
is wide) and over the nodes of a Gauss-Jacobi rule for l, which is exact for up to 30 gaps, where the likelihood is a polynomial
in l that such a rule integrates.

All compiled code of this form is in this file and calls nothing compiled elsewhere, so that numba notices an edit.
"""

import math

import numpy as np
from scipy import special

from sim.arrays import Floats, Ints
from sim.calibration.histories import Histories
from sim.jit import compiled, releasing

LOWEST, HIGHEST = math.log(1e-13), math.log(40.0)
"""Log of visits a week between which rates are told apart."""
NO_MASS = 30.0
"""Log by which a likelihood that grows as a power of the rate has fallen where the grid begins."""
FINE, WIDE = 0.8, 0.45
"""Step of the log rate: in standard deviations of the client's likelihood, and at most."""
SHARES = (4, 8, 16)
"""Nodes for the share of lapses: the first number with which a client's polynomial is exact, or the last."""
RENORMALISED = 16
"""Gaps after which a product is brought back to 1, so that it never runs out of numbers."""
NEGLIGIBLE = 1e-18
"""Of the largest weight."""
TINY = 1e-300
TRIES = 40
"""Rejections of a gap that outlasts the silence before it is found by bisection."""


@compiled
def upper_gamma(k: float, v: float) -> float:
    """Regularised upper incomplete Gamma function, by series and by continued fraction (Lentz)."""
    if v <= 0.0:
        return 1.0
    front = math.exp(k * math.log(v) - v - math.lgamma(k))
    if v < k + 1.0:
        term = 1.0 / k
        total = term
        for m in range(1, 2_000):
            term *= v / (k + m)
            total += term
            if term < 1e-16 * total:
                break
        return max(1.0 - front * total, 0.0)
    b = v + 1.0 - k
    c, d = 1.0 / TINY, 1.0 / b
    h = d
    for m in range(1, 2_000):
        a = -m * (m - k)
        b += 2.0
        d = a * d + b
        d = 1.0 / (d if abs(d) > TINY else TINY)
        c = b + a / c
        c = c if abs(c) > TINY else TINY
        h *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return front * h


@compiled
def _outlasting(k: float, least: float, still: float, random: np.random.Generator) -> float:
    """A Gamma(k) variate above ``least``, which has probability ``still``."""
    for _ in range(TRIES):
        gap = random.standard_gamma(k)
        if gap >= least:
            return gap
    target = (1.0 - random.random()) * still
    low, high = least, 2.0 * least + 1.0
    while upper_gamma(k, high) > target:
        high *= 2.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if upper_gamma(k, middle) > target:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@releasing
def _sums(
    gaps: Floats,
    repeats: Floats,
    recency: Floats,
    idle: Floats,
    rate_shape: float,
    rate_weeks: float,
    k: float,
    c: float,
    shares: Floats,
    log_weights: Floats,
    n_shares: Ints,
    stay: Floats,
    leave: Floats,
    by_client: Floats,
    random: np.random.Generator,
    drop_a: float,
    drop_b: float,
    drawn: Floats,
) -> None:
    """Likelihood of each client, and draws of who each is.

    Parameters
    ----------
    shares, log_weights, n_shares
        (n_rules, most) nodes for l of each rule and the log of their weights, and (n_rules,) how many there are.
    stay, leave
        (n,) log probability to have stayed, and to have left after the last visit.
    by_client
        (n,) result: log likelihood.
    drawn
        (n_draws, n, 7) result, zeros before: as ``kernels.draw_clients``.
    """
    most = int((HIGHEST - LOWEST) / 0.002) + 2
    product, at, quiet = np.empty((shares.shape[1], most)), np.empty(most), np.empty((shares.shape[1], most))
    scale = k * math.log(k) - k - math.lgamma(k)
    prior = rate_shape * math.log(rate_weeks) - math.lgamma(rate_shape)
    begin = 0
    for i in range(len(repeats)):
        x = int(repeats[i])
        rule = 0
        while rule < len(n_shares) - 1 and 2 * n_shares[rule] - 1 < x + 1:
            rule += 1
        size = n_shares[rule]
        step = max(min(WIDE, FINE / math.sqrt(rate_shape + max(k, 1.0) * (x + 1))), 0.002)
        low = max(LOWEST, -math.log(rate_weeks + idle[i] + recency[i]) - NO_MASS / (rate_shape + min(k, 1.0) * x))
        n = int((HIGHEST - low) / step) + 1
        offset = x * scale
        for j in range(n):
            at[j] = low + step * j
            for q in range(size):
                product[q, j] = 1.0
        for g in range(begin, begin + x):
            gap = gaps[g]
            log_gap = math.log(gap)
            offset -= log_gap
            top = 0.0
            for j in range(n):
                y = at[j] + log_gap
                units = math.exp(y)
                regular = math.exp(k * (y + 1.0 - units))
                other = units / c * math.exp(-units / c - scale)
                for q in range(size):
                    product[q, j] *= regular + shares[rule, q] * (other - regular)
                    top = max(top, product[q, j])
            if (g - begin) % RENORMALISED == RENORMALISED - 1 and top > 0.0:
                offset += math.log(top)
                for q in range(size):
                    for j in range(n):
                        product[q, j] /= top
        begin += x
        top = 0.0
        for j in range(n):
            mass = step * math.exp(prior + rate_shape * at[j] - rate_weeks * math.exp(at[j]))
            for q in range(size):
                product[q, j] *= mass * math.exp(log_weights[rule, q])
                top = max(top, product[q, j])
        everything, silent = 0.0, 0.0
        for j in range(n):
            still, away = -1.0, 0.0
            for q in range(size):
                quiet[q, j] = 0.0
                if product[q, j] <= NEGLIGIBLE * top:
                    continue
                if still < 0.0:
                    rate = math.exp(at[j])
                    still, away = upper_gamma(k, k * rate * idle[i]), math.exp(-rate * idle[i] / c)
                quiet[q, j] = product[q, j] * ((1.0 - shares[rule, q]) * still + shares[rule, q] * away)
                everything += product[q, j]
                silent += quiet[q, j]
        # rates below the grid never show: likelihood 1 without a repeat
        below = 0.0
        if x == 0:
            below = math.exp(rate_shape * (math.log(rate_weeks) + low - 0.5 * step) - math.lgamma(rate_shape + 1.0))
        stays = math.log(silent + below + TINY) + stay[i]
        left = math.log(everything + below + TINY) + leave[i]
        higher = max(stays, left)
        by_client[i] = offset + higher + math.log(math.exp(stays - higher) + math.exp(left - higher))
        for draw in range(len(drawn)):
            if random.random() * (1.0 + math.exp(left - stays)) >= 1.0 or silent <= 0.0:
                continue
            target = random.random() * silent
            j, q = 0, 0
            while j < n - 1 and target >= 0.0:
                for q in range(size):
                    target -= quiet[q, j]
                    if target < 0.0:
                        break
                if target >= 0.0:
                    j += 1
            rate = math.exp(at[j] + step * (random.random() - 0.5))
            share = shares[rule, q]
            least = k * rate * idle[i]
            still, away = upper_gamma(k, least), math.exp(-rate * idle[i] / c)
            if random.random() * ((1.0 - share) * still + share * away) < share * away:
                wait = random.standard_exponential() * c / rate
            else:
                wait = _outlasting(k, least, still, random) / (k * rate) - idle[i]
            one = drawn[draw, i]
            one[0], one[1], one[2] = rate, k, max(wait, 0.0)
            one[3], one[4] = random.beta(drop_a, drop_b + x + 1.0), np.inf
            one[5], one[6] = share, c


def own_shares(mean: float, size: float, n: int) -> tuple[Floats, Floats]:
    """Nodes (n,) of the clients' own shares, Beta(mean size, (1 - mean) size), and the log of their weights."""
    nodes, weights = special.roots_jacobi(n, (1 - mean) * size - 1, mean * size - 1)
    return np.asarray((nodes + 1) / 2), np.log(weights / weights.sum())


def _run(values: dict[str, float], seen: Histories, random: np.random.Generator, n_draws: int) -> tuple[Floats, Floats]:
    """Log likelihoods (n,), and draws (n_draws, n, 7)."""
    odds = values["lapse_odds"]
    shares, log_weights = np.zeros((len(SHARES), SHARES[-1])), np.zeros((len(SHARES), SHARES[-1]))
    for rule, n in enumerate(SHARES):
        shares[rule, :n], log_weights[rule, :n] = own_shares(odds / (1 + odds), values["lapse_size"], n)
    a, b, x = values["drop_a"], values["drop_b"], seen.repeats
    stay, leave = (np.asarray(special.betaln(*at) - special.betaln(a, b), np.float64) for at in ((a, b + x + 1), (a + 1, b + x)))
    by_client, drawn = np.empty(len(seen)), np.zeros((n_draws, len(seen), 7))
    _sums(
        seen.gaps,
        x,
        seen.recency,
        seen.age - seen.recency,
        values["rate_shape"],
        values["rate_weeks"],
        values["gap_shape"],
        values["lapse_gaps"],
        shares,
        log_weights,
        np.array(SHARES),
        stay,
        leave,
        by_client,
        random,
        a,
        b,
        drawn,
    )
    return by_client, drawn


def log_likelihoods(values: dict[str, float], seen: Histories) -> Floats:
    """Log likelihood (n,) of each history."""
    return _run(values, seen, np.random.default_rng(0), 0)[0]


def drawn(values: dict[str, float], seen: Histories, random: np.random.Generator, n: int) -> list[Floats]:
    """``n`` draws of who each client is, as ``kernels.draw_clients`` gives them, with the own share of lapses."""
    return list(_run(values, seen, random, n)[1])

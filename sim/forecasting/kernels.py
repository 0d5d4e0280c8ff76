r"""Compiled sums of the client forms: likelihood of a history, and what may follow it.

All compiled code of these forms is in this file and calls nothing compiled elsewhere, so that numba's own check of a file's age is
enough to notice an edit (that of ``lapsing.py`` likewise).

A client comes at an own rate, Gamma(r, alpha) a week, with gaps Gamma(k, k rate). With x repeats, the last in week t of T, the gaps
average over rates to a closed form, and so does the silence after them up to week z:

.. math::
   I(z) = I_{u}(s, k), \quad u = \frac{\alpha + k t}{\alpha + k z}, \quad s = r + k x,

the regularised incomplete Beta function, for any k > 0. A relation ends after a visit, with an own probability Beta(a, b), or with
an own lifetime whose survival S is

.. math::
   S(z) = \left(1 + \frac{z}{\beta}\right)^{-\sigma} \text{(exponential lifetimes)}, \quad
   S(z) = \left(1 + \frac{e^{\omega z} - 1}{\beta}\right)^{-\sigma} \text{(leaving grows likelier with age)}.

Then a client who left adds :math:`\int_t^T I(z) (-dS(z))`, which by parts is
a sum over the next gap, and over there being none by T:

.. math::
   \int_t^T (S(t) - S(z)) (-dI(z)) + (S(t) - S(T)) I(T).

References
----------
Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2).
Schmittlein, Morrison & Colombo (1987), Counting your customers, Management Science 33(1), on lifetimes.
Bemmaor & Glady (2012), Modeling purchasing behavior with sudden "death", Management Science 58(5), on lifetimes that age.
Platzer & Reutterer (2016), Ticking away the moments, Marketing Science 35(5), on regularity that differs between clients.
Lentz (1976), Applied Optics 15(3), on continued fractions.
"""

import math

import numpy as np

from sim.arrays import Floats, Ints
from sim.jit import compiled, releasing

AFTER_REPEAT, AFTER_VISIT, LIFETIME, AGEING = 0, 1, 2, 3
"""How a relation ends: after a repeat visit, after any visit, at the end of a lifetime, of one that ages."""
TINY = 1e-300
NEVER = -700.0
"""Log of what is as good as impossible."""
_X, _W = np.polynomial.legendre.leggauss(8)
NODES, WEIGHTS = (_X + 1) / 2, _W / 2
FAR, SPREADS, WIDEST = 10.0, 3.5, 2.5
"""Where the integral over the next gap begins, in its spreads before the mode, and how wide its panels are: in spreads, and at
most, on the log scale."""
TRIES = 40
"""Rejections of a posterior draw before it is found by bisection."""


@compiled
def log_beta(a: float, b: float) -> float:
    """Logarithm of the Beta function."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


@compiled
def _fraction(a: float, b: float, x: float) -> float:
    """Continued fraction of the incomplete Beta function, by Lentz's method."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > TINY else TINY)
    h = d
    for m in range(1, 10_000):
        step = m * (b - m) * x / ((a - 1.0 + 2 * m) * (a + 2 * m))
        d, c = 1.0 + step * d, 1.0 + step / c
        d = 1.0 / (d if abs(d) > TINY else TINY)
        c = c if abs(c) > TINY else TINY
        h *= d * c
        step = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 1.0 + 2 * m))
        d, c = 1.0 + step * d, 1.0 + step / c
        d = 1.0 / (d if abs(d) > TINY else TINY)
        c = c if abs(c) > TINY else TINY
        h *= d * c
        if abs(d * c - 1.0) < 1e-13:
            break
    return h


@compiled
def log_share(a: float, b: float, x: float, y: float, beta: float) -> float:
    """Logarithm of the regularised incomplete Beta function at x = 1 - y; ``beta`` is the log of the complete one."""
    if y <= 0.0:
        return 0.0
    if x <= 0.0:
        return NEVER
    front = a * math.log(x) + b * math.log(y) - beta
    if x < (a + 1.0) / (a + b + 2.0):
        return front + math.log(_fraction(a, b, x) / a)
    rest = math.exp(front) * _fraction(b, a, y) / b
    return math.log1p(-rest) if rest < 1.0 else NEVER


@compiled
def log_survival(week: float, dropout: int, shape: float, weeks: float, ageing: float) -> float:
    """Log probability of a lifetime beyond so many weeks."""
    if dropout == LIFETIME:
        return -shape * math.log1p(week / weeks)
    return -shape * math.log1p(math.expm1(min(ageing * week, 600.0)) / weeks)


@compiled
def survived_until(log_probability: float, dropout: int, shape: float, weeks: float, ageing: float) -> float:
    """The week up to which a lifetime lasts with such a log probability: the inverse of ``log_survival``."""
    odds = math.expm1(min(-log_probability / shape, 600.0)) * weeks
    return odds if dropout == LIFETIME else math.log1p(odds) / ageing


@compiled
def _log_left(
    rest: float,
    s: float,
    k: float,
    idle: float,
    recency: float,
    dropout: int,
    shape: float,
    weeks: float,
    ageing: float,
    beta: float,
    quiet: float,
) -> float:
    """Log of the chance that a lifetime ended in the silence: after the last visit, before the next was seen.

    A sum of positive terms, so that nothing cancels where few leave: over the log of the next gap, which falls off on both sides of
    its mode log(rest / s), in panels no wider than the gap's own spread.
    """
    begin = log_survival(recency, dropout, shape, weeks, ageing)
    total = -math.expm1(log_survival(recency + idle, dropout, shape, weeks, ageing) - begin) * math.exp(quiet)
    mode, unit = math.log(rest / s), math.log(k / rest)
    low = mode - math.log1p(k / s) - FAR / math.sqrt(k)
    high = min(math.log(idle), mode + math.log1p((20.0 + FAR * math.sqrt(k)) / k) + 20.0 / s)
    if high > low:
        panels = math.ceil((high - low) / min(WIDEST, SPREADS * math.sqrt(1.0 / k + 1.0 / s)))
        width = (high - low) / panels
        for panel in range(panels):
            for j in range(len(NODES)):
                y = low + width * (panel + NODES[j])
                z = math.exp(y)
                ended = -math.expm1(log_survival(recency + z, dropout, shape, weeks, ageing) - begin)
                total += width * WEIGHTS[j] * ended * math.exp(k * (y + unit) - (s + k) * math.log1p(k * z / rest) - beta)
    return begin + math.log(total) if total > 0.0 else NEVER


@releasing
def log_terms(
    repeats: Floats,
    recency: Floats,
    age: Floats,
    sum_log_gaps: Floats,
    rate_shape: float,
    rate_weeks: Floats,
    gap_shapes: Floats,
    log_shares: Floats,
    dropout: int,
    end_shape: Floats,
    end_weeks: Floats,
    ageing: float,
    stays: Floats,
    left: Floats,
) -> None:
    """Log likelihood (n, n_classes) of a client of each class of regularity who still stays, and of one who has left.

    Parameters
    ----------
    repeats, recency, age, sum_log_gaps
        (n,) as in ``Histories``.
    rate_weeks, end_shape, end_weeks
        (n,) by client, so that covariates can act: alpha, and a and b, or shape and scale of the lifetime.
    gap_shapes, log_shares
        (n_classes,) regularity of each class, and log of the share of clients in it.
    stays, left
        Results.
    """
    for c in range(len(gap_shapes)):
        k = gap_shapes[c]
        by_gap = k * math.log(k) - math.lgamma(k)
        for i in range(len(repeats)):
            x = repeats[i]
            s, rest, idle = rate_shape + k * x, rate_weeks[i] + k * recency[i], age[i] - recency[i]
            gaps = log_shares[c] + x * by_gap + (k - 1.0) * sum_log_gaps[i]
            gaps += rate_shape * math.log(rate_weeks[i]) - math.lgamma(rate_shape) + math.lgamma(s) - s * math.log(rest)
            beta = log_beta(s, k)
            whole = rest + k * idle
            quiet = log_share(s, k, rest / whole, k * idle / whole, beta)
            if dropout <= AFTER_VISIT:
                a, b = end_shape[i], end_weeks[i]
                scale, chances = log_beta(a, b), x + dropout
                stays[i, c] = gaps + quiet + log_beta(a, b + chances) - scale
                left[i, c] = gaps + log_beta(a + 1.0, b + chances - 1.0) - scale if chances > 0 else NEVER
            else:
                stays[i, c] = gaps + quiet + log_survival(age[i], dropout, end_shape[i], end_weeks[i], ageing)
                left[i, c] = NEVER
                if idle > 0.0:
                    left[i, c] = gaps + _log_left(
                        rest, s, k, idle, recency[i], dropout, end_shape[i], end_weeks[i], ageing, beta, quiet
                    )


@compiled
def _cut_share(s: float, k: float, most: float, random: np.random.Generator) -> float:
    """A Beta(s, k) variate below ``most``, by bisection of its distribution."""
    beta = log_beta(s, k)
    target = math.log(1.0 - random.random()) + log_share(s, k, most, 1.0 - most, beta)
    low, high = 0.0, most
    for _ in range(60):
        middle = 0.5 * (low + high)
        if log_share(s, k, middle, 1.0 - middle, beta) < target:
            low = middle
        else:
            high = middle
    return max(0.5 * (low + high), 1e-12)


@compiled
def rate_and_wait(s: float, k: float, rest: float, idle: float, random: np.random.Generator) -> tuple[float, float]:
    """Rate a week of a client who stays, and weeks until the next visit, given that ``idle`` weeks passed without one.

    That no visit came makes long gaps and low rates likelier: with L ~ Gamma(s) and G ~ Gamma(k) the rate is L / rest and the
    running gap G / (k rate), kept if it is longer than the silence; L / (L + G) is then Beta(s, k) below a bound. An exact draw.
    """
    for _ in range(TRIES):
        level, gap = random.standard_gamma(s), random.standard_gamma(k)
        if gap * rest >= k * idle * level and level > 0.0:
            rate = level / rest
            return rate, max(gap / (k * rate) - idle, 0.0)
    part = _cut_share(s, k, rest / (rest + k * idle), random)
    total = random.standard_gamma(s + k)
    rate = part * total / rest
    return rate, max((1.0 - part) * total / (k * rate) - idle, 0.0)


@releasing
def draw_clients(
    random: np.random.Generator,
    repeats: Floats,
    recency: Floats,
    age: Floats,
    rate_shape: float,
    rate_weeks: Floats,
    gap_shapes: Floats,
    dropout: int,
    end_shape: Floats,
    end_weeks: Floats,
    ageing: float,
    stays: Floats,
    left: Floats,
    drawn: Floats,
) -> None:
    """One draw of who each client is, given the history.

    Parameters
    ----------
    stays, left
        (n, n_classes) of ``log_terms``.
    drawn
        (n, 7) result, zeros before: rate a week (0 for a client who has left), regularity, weeks to the next visit, probability to
        leave after a visit (0 with lifetimes), weeks of lifetime left (inf where relations end after visits); share of lapses and
        their mean in gaps, which stay 0 here.
    """
    n_classes = len(gap_shapes)
    for i in range(len(repeats)):
        top = NEVER
        for c in range(n_classes):
            top = max(top, stays[i, c], left[i, c])
        here, gone = 0.0, 0.0
        for c in range(n_classes):
            here += math.exp(stays[i, c] - top)
            gone += math.exp(left[i, c] - top)
        drawn[i, 0] = 0.0
        if random.random() * (here + gone) >= here:
            continue
        at, c = random.random() * here, 0
        while c < n_classes - 1 and at >= math.exp(stays[i, c] - top):
            at -= math.exp(stays[i, c] - top)
            c += 1
        k = gap_shapes[c]
        s, rest = rate_shape + k * repeats[i], rate_weeks[i] + k * recency[i]
        drawn[i, 0], drawn[i, 2] = rate_and_wait(s, k, rest, age[i] - recency[i], random)
        drawn[i, 1], drawn[i, 3], drawn[i, 4] = k, 0.0, np.inf
        if dropout <= AFTER_VISIT:
            drawn[i, 3] = random.beta(end_shape[i], end_weeks[i] + repeats[i] + dropout)
        else:
            lasts = log_survival(age[i], dropout, end_shape[i], end_weeks[i], ageing) + math.log(1.0 - random.random())
            drawn[i, 4] = max(survived_until(lasts, dropout, end_shape[i], end_weeks[i], ageing) - age[i], 0.0)


@releasing
def count_visits(random: np.random.Generator, drawn: Floats, ends: Floats, speed: Floats, counts: Ints, weekly: Floats) -> None:
    """What drawn clients do from then on.

    Parameters
    ----------
    drawn
        (n, 7) of ``draw_clients``.
    ends
        (n_weeks,) increasing: when each week of the forecast ends, in weeks of the clock of the histories.
    speed
        (n,) by how much faster than in the past each client lives: 1, or more or less.
    counts
        (n,) result: visits of each client by the end.
    weekly
        (n_weeks,) visits of all in each week, added to what is there.
    """
    horizon = ends[-1]
    for i in range(len(drawn)):
        counts[i] = 0
        if drawn[i, 0] <= 0.0:
            continue
        rate, k, at, leave, life = drawn[i, 0], drawn[i, 1], drawn[i, 2], drawn[i, 3], drawn[i, 4]
        lapses = drawn[i, 5]
        week = 0
        last = horizon * speed[i]
        while at < last and at < life:
            counts[i] += 1
            while ends[week] * speed[i] <= at:
                week += 1
            weekly[week] += 1.0
            if leave > 0.0 and random.random() < leave:
                break
            if lapses > 0.0 and random.random() < lapses:
                at += random.standard_exponential() * drawn[i, 6] / rate
            else:
                at += random.standard_gamma(k) / (k * rate)

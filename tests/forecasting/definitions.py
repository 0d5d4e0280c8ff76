"""Histories, and their likelihood by the definition of a form: numerical integration over rates and lifetimes, sums over classes.

Nothing here uses a closed form of the room, except that rates and lifetimes are mixed as its docstrings say.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from scipy import integrate, special, stats

from sim.arrays import Floats
from sim.calibration.histories import Histories
from sim.forecasting.fit import FittedForm
from sim.forecasting.forms import Form

VALUES = {
    "bg": {"drop_a": 0.79, "drop_b": 2.4},
    "mbg": {"drop_a": 0.6, "drop_b": 1.8},
    "pareto": {"lifetime_shape": 0.6, "lifetime_weeks": 11.0},
    "ageing": {"lifetime_shape": 0.5, "lifetime_weeks": 3.0, "ageing_per_week": 0.03},
    "lapsing": {"drop_a": 0.5, "drop_b": 2.5, "lapse_odds": 0.25, "lapse_size": 4.0, "lapse_gaps": 2.5},
}
"""How relations end in these tests."""


def same(n: int, gaps: Sequence[float], age: float) -> Histories:
    """So many clients with the same history, in weeks."""
    columns = (len(gaps), sum(gaps), age, float(np.log(gaps).sum()) if len(gaps) else 0.0)
    return Histories(
        np.arange(n), *(np.full(n, float(x)) for x in columns), np.zeros(n, np.bool_), np.tile(np.asarray(gaps, float), n)
    )


def at_truth(form: Form, values: Mapping[str, float]) -> FittedForm:
    """A form whose parameters are known: a covariance that moves nothing."""
    n = len(form.free)
    return FittedForm(form, np.log([values[name] for name in form.free]), 1e-24 * np.eye(n), 0.0, 0)


def survival(ending: str, values: Mapping[str, float], week: Floats | float) -> Floats:
    """Probability of a lifetime beyond a week: averaged over clients' own hazards, Gamma(shape) / weeks, by quadrature."""
    omega = values.get("ageing_per_week", 0.0)
    risen = np.expm1(omega * np.asarray(week)) if ending == "ageing" else np.asarray(week)
    shape, weeks = values["lifetime_shape"], values["lifetime_weeks"]
    log_hazards = np.linspace(-60 / shape, 7, 6_000)
    hazards = np.exp(log_hazards)
    mass = np.exp(shape * log_hazards - hazards - special.gammaln(shape)) * (log_hazards[1] - log_hazards[0])
    return np.asarray(np.exp(-np.multiply.outer(risen / weeks, hazards)) @ mass)


def likelihood(ending: str, values: Mapping[str, float], k: float, gaps: Sequence[float], age: float) -> float:
    """Log likelihood of one history of regularity k, by numerical integration over rates, and over the time of leaving."""
    r, alpha, x, last = values["rate_shape"], values["rate_weeks"], len(gaps), float(np.sum(gaps))
    idle, s = age - last, r + k * x
    # log rates from where the posterior has lost e^-45 to where it has lost as much above
    middle = np.log(s / (alpha + k * last))
    low, high = (
        middle - 45 / s - 12 / np.sqrt(s) - np.log1p(k * idle / (alpha + k * last)),
        middle + np.log1p(60 / s + 12 / np.sqrt(s)),
    )
    step = min(0.08, 0.25 / np.sqrt(s), 0.25 / np.sqrt(k))
    rate = np.exp(np.arange(low, high, step))
    log_mass = stats.gamma.logpdf(rate, r, scale=1 / alpha) + np.log(rate * step)
    for gap in gaps:
        log_mass = log_mass + stats.gamma.logpdf(gap, k, scale=1 / (k * rate))
    top = log_mass.max()
    mass = np.exp(log_mass - top)

    def quiet(weeks: float) -> float:
        return float(mass @ special.gammaincc(k, k * rate * weeks))

    if ending in ("bg", "mbg"):
        a, b, chances = values["drop_a"], values["drop_b"], x + (ending == "mbg")
        stay = special.beta(a, b + chances) / special.beta(a, b)
        gone = special.beta(a + 1, b + chances - 1) / special.beta(a, b) if chances else 0.0
        return float(top + np.log(stay * quiet(idle) + gone * mass.sum()))

    shape, weeks, omega = values["lifetime_shape"], values["lifetime_weeks"], values.get("ageing_per_week", 0.0)

    def ends(z: float) -> float:
        """Density of the end of a lifetime at week z."""
        risen, slope = (np.expm1(omega * z), omega * np.exp(omega * z)) if ending == "ageing" else (z, 1.0)
        return float(shape / weeks * slope * (1 + risen / weeks) ** (-shape - 1))

    def alive(z: float) -> float:
        risen = np.expm1(omega * z) if ending == "ageing" else z
        return float((1 + risen / weeks) ** -shape)

    total = alive(age) * quiet(idle)
    if idle > 0:
        due = (alpha + k * last) / s
        points = sorted({0.0, idle, *(min(idle, due * f) for f in (0.03, 0.2, 0.5, 0.8, 1.0, 1.3, 2.0, 5.0, 20.0))})
        for begin, end in pairwise(points):
            total += integrate.quad(lambda z: ends(last + z) * quiet(z), begin, end, epsabs=0, epsrel=1e-9, limit=100)[0]
    return float(top + np.log(total))


def lapsing_likelihood(values: Mapping[str, float], gaps: Sequence[float], age: float, n_shares: int = 80) -> float:
    """Log likelihood of one history in which gaps lapse, over a fine grid of rates and exactly over shares.

    The likelihood is a polynomial in the share of lapses, for which the rule of 80 nodes is exact up to 158 gaps.
    """
    r, alpha, k, c = (values[name] for name in ("rate_shape", "rate_weeks", "gap_shape", "lapse_gaps"))
    mean, size = values["lapse_odds"] / (1 + values["lapse_odds"]), values["lapse_size"]
    nodes, weights = special.roots_jacobi(n_shares, (1 - mean) * size - 1, mean * size - 1)
    share, weights = (nodes + 1)[:, None] / 2, (weights / weights.sum())[:, None]
    x, idle, step = len(gaps), age - float(np.sum(gaps)), 0.005
    rate = np.exp(np.arange(-5 - 50 / (r + min(k, 1) * x), np.log(60.0), step))
    log_mass = stats.gamma.logpdf(rate, r, scale=1 / alpha) + np.log(rate * step) + np.log(weights)
    for gap in gaps:
        regular, other = stats.gamma.pdf(gap, k, scale=1 / (k * rate)), stats.expon.pdf(gap, scale=c / rate)
        log_mass = log_mass + np.log(np.maximum((1 - share) * regular + share * other, 1e-300))
    top = log_mass.max()
    mass = np.exp(log_mass - top)
    quiet = (1 - share) * special.gammaincc(k, k * rate * idle) + share * np.exp(-rate * idle / c)
    a, b = values["drop_a"], values["drop_b"]
    stay, gone = special.beta(a, b + x + 1) / special.beta(a, b), special.beta(a + 1, b + x) / special.beta(a, b)
    return float(top + np.log(stay * (mass * quiet).sum() + gone * mass.sum()))

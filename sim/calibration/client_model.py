r"""How often clients come and when they stay away for good: BG/NBD, its regular and its dropout-after-first forms.

While a client stays, gaps between visits are Gamma with shape k and mean 1 / rate; rates differ as Gamma(r, alpha) a week. After
each visit (after each *repeat* visit in the plain form) the client leaves with an own probability that differs as Beta(a, b); a
share of clients never has a second need. k = 1 with nobody of the last kind is BG/NBD, or MBG/NBD with dropout after the first.

With x repeats, the last in week t of T, s = r + k x, m = 1 with dropout after the first and else 0, one client's likelihood is

.. math::
   \frac{k^{kx} \prod g_j^{k-1}}{\Gamma(k)^x} \frac{\alpha^r \Gamma(s)}{\Gamma(r) (\alpha + k t)^s}
   \left[\frac{B(a, b + x + m)}{B(a, b)} I_z(s, k) + \frac{B(a + 1, b + x + m - 1)}{B(a, b)}\right],
   \quad z = \frac{\alpha + k t}{\alpha + k T},

the second term only when x + m > 0. The regularised incomplete Beta function I_z is the chance of no visit in the rest of the time,
averaged over rates: the ratio of two Gamma variates. It holds for any k > 0, not only for whole numbers. Where k differs between
clients, the likelihood is the mean over the nodes of ``rules.gap_shapes``. Where a share of gaps are lapses, the part before
the bracket and I_z are summed over a grid of rates instead (``lapses.py``).

References
----------
Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2).
Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis, IJRM 24(3).
Platzer & Reutterer (2016), Ticking away the moments, Marketing Science 35(5), on regular gaps.
"""

import numpy as np
from scipy import special

from sim.arrays import Floats
from sim.calibration.client_parameters import ClientModel
from sim.calibration.histories import Histories
from sim.calibration.lapses import log_waits
from sim.rules import gap_shapes


def log_terms(model: ClientModel, seen: Histories) -> tuple[Floats, Floats]:
    """Log likelihood (n,) of each returning client who still stays, and of one who has left; -inf where that cannot be."""
    stays, left = log_terms_by_shape(model, seen)
    return np.logaddexp.reduce(stays, axis=1), np.logaddexp.reduce(left, axis=1)


def log_terms_by_shape(model: ClientModel, seen: Histories) -> tuple[Floats, Floats]:
    """The same two with each gap shape, weighed (n, n_shapes): nodes of ``rules.gap_shapes``, of which the sum is over."""
    shapes, weights = gap_shapes(model.gap_shape, model.gap_shape_log_sd)
    by_shape = [_log_terms(model, k, seen) for k in shapes]
    stays, left = (np.stack(terms, axis=1) + np.log(weights) for terms in zip(*by_shape, strict=True))
    return stays, left


def _log_terms(model: ClientModel, k: float, seen: Histories) -> tuple[Floats, Floats]:
    """Those two (n,) of clients with gap shape k."""
    x, m = seen.repeats, float(model.dropout_after_first)
    gaps, quiet = log_waits(model, seen) if model.lapse_share else _closed_waits(model, k, seen)
    scale = special.betaln(model.drop_a, model.drop_b)
    stays = special.betaln(model.drop_a, model.drop_b + x + m) - scale
    can_leave = x + m > 0
    left = np.where(
        can_leave, special.betaln(model.drop_a + 1, np.where(can_leave, model.drop_b + x + m - 1, 1.0)) - scale, -np.inf
    )
    return quiet + stays, gaps + left


def _closed_waits(model: ClientModel, k: float, seen: Histories) -> tuple[Floats, Floats]:
    """Log likelihood (n,) of the gaps, and of the gaps with the silence after them, averaged over rates: all gaps regular."""
    x = seen.repeats
    s, rest = model.rate_shape + k * x, model.rate_weeks + k * seen.recency
    gaps = x * (k * np.log(k) - special.gammaln(k)) + (k - 1) * seen.sum_log_gaps
    gaps += model.rate_shape * np.log(model.rate_weeks) - special.gammaln(model.rate_shape) + special.gammaln(s) - s * np.log(rest)
    with np.errstate(divide="ignore"):
        return gaps, gaps + np.log(special.betainc(s, k, np.minimum(rest / (model.rate_weeks + k * seen.age), 1.0)))


def client_log_likelihoods(model: ClientModel, seen: Histories) -> Floats:
    """Log likelihood (n,) of each client's history."""
    returning = np.logaddexp(*log_terms(model, seen))
    if model.one_time_share == 0:
        return returning
    mixed = np.log1p(-model.one_time_share) + returning
    return np.where(seen.repeats == 0, np.logaddexp(np.log(model.one_time_share), mixed), mixed)


def log_likelihood(model: ClientModel, seen: Histories) -> float:
    """Log likelihood of all histories; gaps as densities a week."""
    return float(np.cumsum(client_log_likelihoods(model, seen))[-1])


def share_alive(model: ClientModel, seen: Histories) -> Floats:
    """Probability (n,) that a client still stays, given the history."""
    stays, left = log_terms(model, seen)
    alive = special.expit(stays - left)
    if model.one_time_share == 0:
        return alive
    returning = np.exp(np.log1p(-model.one_time_share) + np.logaddexp(stays, left) - client_log_likelihoods(model, seen))
    return np.where(seen.repeats == 0, alive * returning, alive)


def expected_visits(model: ClientModel, seen: Histories, weeks: float) -> Floats:
    """Expected visits (n,) of each client in the next weeks, given the history; only for Poisson gaps.

    Raises
    ------
    ValueError
        Gaps are not Poisson: there is no closed form.

    References
    ----------
    Fader, Hardie & Lee (2005), equation 10; with dropout after the first, one more visit counts as survived.
    """
    if model.gap_shape != 1 or model.gap_shape_log_sd != 0 or model.lapse_share != 0:
        raise ValueError(
            f"gap_shape = {model.gap_shape:g}, gap_shape_log_sd = {model.gap_shape_log_sd:g}, lapse_share = {model.lapse_share:g},"
            " must be 1, 0 and 0: other gaps have no closed form, simulate them"
        )
    a, r = model.drop_a, model.rate_shape
    x, b = seen.repeats, model.drop_b + float(model.dropout_after_first)
    rest = model.rate_weeks + seen.age
    still = (rest / (rest + weeks)) ** (r + x) * special.hyp2f1(r + x, b + x, a + b + x - 1, weeks / (rest + weeks))
    return np.asarray(share_alive(model, seen) * (a + b + x - 1) / (a - 1) * (1 - still))

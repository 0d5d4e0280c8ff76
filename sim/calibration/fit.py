"""Maximum likelihood for the client model, with intervals from the observed information."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import scipy

from sim.arrays import Floats
from sim.calibration.client_model import log_likelihood
from sim.calibration.client_parameters import ClientModel
from sim.calibration.histories import Histories
from sim.config import ConfigError
from sim.statistics.intervals import Interval

POSITIVE = ("rate_shape", "rate_weeks", "drop_a", "drop_b", "gap_shape", "lapse_gaps", "gap_shape_log_sd")
Scale = Literal["log", "logit"]
"""On which a positive quantity, or a share, is unbounded."""
STARTS = ((1.0, 7.0, 0.6, 1.6, 1.2, 0.3), (2.5, 15.0, 0.3, 0.6, 3.5, 0.1))
"""Where the search begins: a CDNOW-like and a barber-like market."""
LOG_BOUNDS, LOGIT_BOUNDS = (-7.0, 9.0), (-7.0, 7.0)
MOST_LOG_SD = 1.5
"""The most by which clients of a market may differ in regularity: a form that wants more is not taken."""
WIDEST_REACH = 7.0
"""A Wald interval that reaches further, on the log scale, spans a factor of a thousand each way: the likelihood is flat there."""
STEP = 1e-4
"""On the log scale, for second differences: their rounding error, 1e-16 * 1e4 / 1e-8, stays below 1e-3."""


@dataclass(frozen=True)
class Fit:
    """A fitted client model."""

    model: ClientModel
    log_likelihood: float
    n: int
    """Clients."""
    free: tuple[str, ...]
    """Parameters that were estimated."""
    covariance: Floats
    """(n_free, n_free) of log parameters, logit for shares; nan where the data cannot tell."""
    draws: Floats | None = None
    """(n_draws, n_free) the same parameters fitted to clients drawn anew; intervals are then theirs."""

    @property
    def aic(self) -> float:
        """Akaike's information criterion: smaller is better."""
        return 2 * len(self.free) - 2 * self.log_likelihood

    def interval(self, name: str, level: float = 0.95) -> Interval:
        """Interval of a parameter, of the draws or by Wald on its log or logit scale; without width for one not estimated.

        nan where the likelihood is so flat that Wald's means nothing: clients drawn anew (``bootstrapped``) then say more.
        """
        value = float(getattr(self.model, name))
        if name not in self.free:
            return Interval(value, value, value, self.n)
        i = self.free.index(name)
        if self.draws is not None:
            low, high = np.quantile(self.draws[:, i], [(1 - level) / 2, (1 + level) / 2])
            return Interval(value, _from_line(_scale(name), float(low)), _from_line(_scale(name), float(high)), self.n)
        return self._wald(value, _scale(name), float(self.covariance[i, i]), level)

    def derived(self, quantity: Callable[[ClientModel], float], scale: Scale, level: float = 0.95) -> Interval:
        """Interval of a function of the parameters, such as the mean probability to leave: of the draws, or by the delta method.

        Parameters
        ----------
        quantity
            A share within (0, 1), or positive.
        scale
            ``logit`` for a share, ``log`` for what is only positive: no end lies where the quantity cannot be. nan for both ends
            where the likelihood is as flat as in ``interval``.
        """
        if self.draws is not None:
            values = [quantity(_model(self.model, self.free, at)) for at in self.draws]
            low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
            return Interval(quantity(self.model), float(low), float(high), self.n)
        at = np.array([_to_line(_scale(name), getattr(self.model, name)) for name in self.free])
        slope = np.empty(len(at))
        for i, move in enumerate(STEP * np.eye(len(at))):
            up, down = (_to_line(scale, quantity(_model(self.model, self.free, moved))) for moved in (at + move, at - move))
            slope[i] = (up - down) / (2 * STEP)
        return self._wald(quantity(self.model), scale, float(slope @ self.covariance @ slope), level)

    def _wald(self, value: float, scale: Scale, variance: float, level: float) -> Interval:
        """Symmetric on a scale; without ends where that would span a factor of thousands, or the variance is not known."""
        reach = float(scipy.stats.norm.ppf((1 + level) / 2)) * math.sqrt(
            max(variance, 0.0) if math.isfinite(variance) else math.inf
        )
        if not reach < WIDEST_REACH:
            return Interval(value, math.nan, math.nan, self.n)
        at = _to_line(scale, value)
        return Interval(value, _from_line(scale, at - reach), _from_line(scale, at + reach), self.n)

    def drawn_models(self, n: int, generator: np.random.Generator) -> list[ClientModel]:
        """Models whose parameters are as likely as the data leave them: of the draws, or normal on the scale of Wald's intervals.

        Returns
        -------
        list
            Empty where a parameter has no interval.
        """
        if self.draws is not None:
            lines = self.draws[generator.integers(0, len(self.draws), n)]
        elif all(math.isfinite(self.interval(name).low) for name in self.free):
            at = np.array([_to_line(_scale(name), getattr(self.model, name)) for name in self.free])
            bounds = np.array([_bounds(name) for name in self.free]).T
            lines = np.clip(generator.multivariate_normal(at, self.covariance, n, method="cholesky"), *bounds)
        else:
            return []
        return [_model(self.model, self.free, line) for line in lines]


def _bounds(name: str) -> tuple[float, float]:
    if name == "gap_shape_log_sd":
        return LOG_BOUNDS[0], math.log(MOST_LOG_SD)
    return LOG_BOUNDS if name in POSITIVE else LOGIT_BOUNDS


def _scale(name: str) -> Scale:
    return "log" if name in POSITIVE else "logit"


def _to_line(scale: Scale, value: float) -> float:
    return math.log(value) if scale == "log" else math.log(value / (1 - value))


def _from_line(scale: Scale, value: float) -> float:
    return math.exp(value) if scale == "log" else 1 / (1 + math.exp(-value))


def _model(base: ClientModel, free: Sequence[str], at: Floats) -> ClientModel:
    values = {name: _from_line(_scale(name), float(x)) for name, x in zip(free, at, strict=True)}
    return ClientModel(**{name: getattr(base, name) for name in base.__dataclass_fields__} | values)


def fit(seen: Histories, regular: bool = True, one_time: bool = False, dropout_after_first: bool = False) -> Fit:
    """Fit one form of the model.

    Parameters
    ----------
    seen
        Histories of new clients.
    regular
        Estimate the regularity of gaps; else they are Poisson.
    one_time
        Estimate a share of clients without a second need.
    dropout_after_first
        Whether the first visit can already end the relation.

    Raises
    ------
    ConfigError
        Nobody came back: neither rates nor gaps can be told.
    """
    if not seen.repeats.sum() > 0:
        raise ConfigError(f"data, {len(seen)} new clients and no second visit: the client model cannot be fitted")
    free = (*POSITIVE[:4], *(("gap_shape",) if regular else ()), *(("one_time_share",) if one_time else ()))
    names = (*POSITIVE[:5], "one_time_share")
    starts = [dict(zip(names, start, strict=True)) for start in STARTS]
    return _maximised(seen, ClientModel(1.0, 1.0, 1.0, 1.0, dropout_after_first=dropout_after_first), free, starts)


def with_lapses(seen: Histories, regular: Fit) -> Fit:
    """Fit the form of another fit with lapses on top, beginning from it: without lapses gaps look less regular than they are."""
    model = regular.model
    start = {name: float(getattr(model, name)) for name in regular.free} | {"lapse_share": 0.15, "lapse_gaps": 3.0}
    start["gap_shape"] = 2.5 * model.gap_shape
    return _maximised(seen, model, (*regular.free, "lapse_share", "lapse_gaps"), [start])


def with_differing(seen: Histories, regular: Fit) -> Fit:
    """Fit the form of another fit with clients who differ in regularity, beginning from it."""
    model = regular.model
    start = {name: float(getattr(model, name)) for name in regular.free} | {"gap_shape_log_sd": 0.5}
    return _maximised(seen, model, (*regular.free, "gap_shape_log_sd"), [start])


def _maximised(seen: Histories, base: ClientModel, free: tuple[str, ...], starts: Sequence[Mapping[str, float]]) -> Fit:
    """The best of the maxima that are reached from some starts, with its covariance; what is not free is that of ``base``."""
    best, loss = _search(seen, base, free, starts)
    return Fit(_model(base, free, best.x), -float(best.fun), len(seen), free, _covariance(loss, best.x))


def bootstrapped(
    found: Fit, seen: Histories, n_draws: int, generator: np.random.Generator, tick: Callable[[], None] = lambda: None
) -> Fit:
    """The same fit with intervals from as many clients drawn anew with replacement, for parameters near a bound of their range.

    Parameters
    ----------
    seen
        The clients it was fitted to.
    tick
        Called after each draw.

    References
    ----------
    Efron & Tibshirani (1993), An introduction to the bootstrap, chapter 13 (percentiles).
    """
    start = {name: float(getattr(found.model, name)) for name in found.free}
    draws = np.empty((n_draws, len(found.free)))
    for i in range(n_draws):
        drawn = seen.taken(generator.integers(0, len(seen), len(seen)))
        draws[i] = _search(drawn, found.model, found.free, [start], closely=False)[0].x
        tick()
    return replace(found, draws=draws)


def _search(
    seen: Histories, base: ClientModel, free: tuple[str, ...], starts: Sequence[Mapping[str, float]], closely: bool = True
) -> tuple[Any, Callable[[Floats], float]]:
    """The best result, and the loss; not ``closely``: to within what two draws differ by, many times over."""
    bounds = [_bounds(name) for name in free]

    def loss(at: Floats) -> float:
        value = -log_likelihood(_model(base, free, at), seen)
        return value if math.isfinite(value) else 1e12

    found = []
    for start in starts:
        at = np.array([_to_line(_scale(name), start[name]) for name in free])
        result = scipy.optimize.minimize(loss, at, method="L-BFGS-B", bounds=bounds, options={"ftol": 2e-9 if closely else 1e-6})
        if closely:
            result = scipy.optimize.minimize(
                loss, result.x, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-12, "gtol": 1e-4}
            )
        found.append(result)
    return min(found, key=lambda result: float(result.fun)), loss


def _covariance(loss: Callable[[Floats], float], at: Floats) -> Floats:
    """Inverse of the observed information, by second differences; nan where that is not positive definite."""
    n, step = len(at), 1e-3
    information = np.empty((n, n))
    for i, j in itertools.combinations_with_replacement(range(n), 2):
        one, other = np.zeros(n), np.zeros(n)
        one[i], other[j] = step, step
        corners = loss(at + one + other) - loss(at + one - other) - loss(at - one + other) + loss(at - one - other)
        information[i, j] = information[j, i] = corners / (4 * step * step)
    try:
        np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return np.full((n, n), np.nan)
    return np.asarray(np.linalg.inv(information), np.float64)


FORMS: Mapping[str, Mapping[str, bool]] = {
    "bg": {"one_time": False, "dropout_after_first": False},
    "bg_one_time": {"one_time": True, "dropout_after_first": False},
    "mbg": {"one_time": False, "dropout_after_first": True},
}
"""Forms that are tried. One-time clients and dropout after the first explain the same thing, so no form has both."""


INDISTINCT_AIC = 2.0
"""Forms whose AIC differs by less cannot be told apart (Burnham & Anderson 2002, Model selection and multimodel inference)."""


SUPPORTED_AIC = 10.0
"""A form whose AIC is larger by more has no support against the best one (likewise)."""


def fit_best(seen: Histories, first_decides: bool = False, pros_named: bool = False) -> tuple[Fit, dict[str, Fit]]:
    """Fit every form, with Poisson and with regular gaps, and the best one, if regular, with differing regularity and with lapses.

    Parameters
    ----------
    first_decides
        Whether something else shows that the first visit can end the relation: then only forms in which it can are chosen from.
    pros_named
        Whether the file says how much pros differ: forms in which no pro could matter at a first visit are then taken only where
        the others have no support.

    Returns
    -------
    Fit, dict
        Of the forms that cannot be told from the one with the smallest AIC, the one with fewest parameters, the first in the order
        of ``FORMS``, which is the order of the literature; and all by name.
    """
    fits = {
        f"{name}{'_regular' if regular else ''}": fit(seen, regular, **form)
        for regular in (False, True)
        for name, form in FORMS.items()
    }
    deciding = [found for found in fits.values() if found.model.dropout_after_first]
    least = min(found.aic for found in fits.values())
    supported = min(found.aic for found in deciding) <= least + SUPPORTED_AIC
    eligible = deciding if first_decides or (pros_named and supported) else list(fits.values())
    best = _simplest(eligible)
    if "gap_shape" in best.free:
        name = next(name for name, found in fits.items() if found is best)
        fits[f"{name}_differing"] = differing = with_differing(seen, best)
        fits[f"{name}_lapses"] = lapsing = with_lapses(seen, best)
        inside = differing.model.gap_shape_log_sd < 0.999 * MOST_LOG_SD
        best = _simplest([best, *([differing] if inside else []), lapsing])
    return best, fits


def _simplest(fits: Sequence[Fit]) -> Fit:
    """Of those that cannot be told from the one with the smallest AIC, the first with fewest parameters."""
    least = min(found.aic for found in fits)
    return min((found for found in fits if found.aic < least + INDISTINCT_AIC), key=lambda found: len(found.free))

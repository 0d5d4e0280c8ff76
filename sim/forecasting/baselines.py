"""What others would forecast: BG/NBD and Pareto/NBD at their most likely parameters, in closed form, and the rate of the past."""

from collections.abc import Mapping

import numpy as np

from sim.arrays import Floats
from sim.calibration.client_model import expected_visits
from sim.calibration.client_parameters import ClientModel
from sim.calibration.forecast import past_rate
from sim.calibration.histories import Histories
from sim.forecasting.fit import MOST_TO_FIT, every, fit_form, terms
from sim.forecasting.forms import Form
from sim.forecasting.kernels import AFTER_VISIT, LIFETIME


def has_closed_mean(form: Form) -> bool:
    """Whether the expected visits of a client have a closed form."""
    return form.regularity == "poisson" and form.dropout <= LIFETIME and not form.traits


def closed_means(form: Form, at: Floats, seen: Histories, weeks: Floats) -> Floats:
    """Expected visits (n_weeks, n) of each client by the end of each of some times ahead, at a point of the parameters.

    References
    ----------
    Fader, Hardie & Lee (2005), equation 10; Schmittlein, Morrison & Colombo (1987), equation 22.
    """
    values = form.values(at)
    r, alpha = values["rate_shape"], values["rate_weeks"]
    if form.dropout <= AFTER_VISIT:
        model = ClientModel(r, alpha, values["drop_a"], values["drop_b"], dropout_after_first=form.dropout == AFTER_VISIT)
        return np.array([expected_visits(model, seen, float(week)) for week in weeks])
    shape, scale = values["lifetime_shape"], values["lifetime_weeks"]
    begin = scale + seen.age
    # (1 - (begin / (begin + weeks))^(shape - 1)) / (shape - 1), which has a limit at shape 1
    more = np.log1p(weeks[:, None] / begin)
    lasting = more if abs(shape - 1) < 1e-9 else -np.expm1(-(shape - 1) * more) / (shape - 1)
    return np.asarray(terms(form, at, seen).alive * (r + seen.repeats) / (alpha + seen.age) * begin * lasting)


def baselines(seen: Histories, weeks: Floats) -> Mapping[str, Floats]:
    """By name, expected visits (n_weeks, n) of each client by the end of each of some times ahead."""
    found = {}
    for name, ending in (("bg_nbd", "bg"), ("pareto_nbd", "pareto")):
        fitted = fit_form(Form(ending), every(seen, MOST_TO_FIT))
        found[name] = closed_means(fitted.form, fitted.at, seen, weeks)
    found["past_rate"] = np.array([past_rate(seen, float(week)) for week in weeks])
    return found

"""What is known of the client model without simulating it, to hold forecasts against."""

import numpy as np
from scipy import special

from sim.calibration.client_parameters import ClientModel


def expected_repeats(model: ClientModel, weeks: np.ndarray) -> np.ndarray:
    """Expected visits after the first within so many weeks of it, for Poisson gaps (Fader, Hardie & Lee 2005, equation 9)."""
    assert model.gap_shape == 1
    assert model.lapse_share == 0
    a, b, m = model.drop_a, model.drop_b, float(model.dropout_after_first)
    factor = b / (a - 1) if model.dropout_after_first else (a + b - 1) / (a - 1)
    weeks = np.asarray(weeks, float)
    z = weeks / (model.rate_weeks + weeks)
    still = (1 - z) ** model.rate_shape * special.hyp2f1(model.rate_shape, b + m, a + b - 1 + m, z)
    return np.asarray((1 - model.one_time_share) * factor * (1 - still))


def expected_repeats_by_order(model: ClientModel, weeks: float, most: int = 3000) -> float:
    """The same for any regularity, as a sum over the j-th repeat: the chance to still be there for it times that it is in time.

    Of j gaps, each Gamma(k) with mean 1 / rate, the sum is below t where G(j k) / G(r) < k t / alpha with two Gamma variates, of
    which the first is a share Beta(j k, r) of both. With dropout after the first visit a client may leave j times before it, else
    j - 1 times.
    """
    assert model.lapse_share == 0
    j = np.arange(1, most + 1)
    a, b = model.drop_a, model.drop_b
    there = np.exp(special.betaln(a, b + j - 1 + float(model.dropout_after_first)) - special.betaln(a, b))
    at = model.gap_shape * weeks
    in_time = special.betainc(j * model.gap_shape, model.rate_shape, at / (model.rate_weeks + at))
    return float((1 - model.one_time_share) * (there * in_time).sum())

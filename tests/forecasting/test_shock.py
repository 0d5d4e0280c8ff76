import math

import numpy as np
import pytest
from scipy import stats

from sim.forecasting.shock import LEAST_SHARE, OVERLAP, USUAL_FREEDOM, USUAL_SD, USUAL_WEEKS, Shock, shock_of, usual_sd


def test_without_origins_the_shock_is_that_of_many_files() -> None:
    found = shock_of([], USUAL_WEEKS)
    assert found == Shock(pytest.approx(USUAL_SD), USUAL_FREEDOM, 0)


def test_its_size_is_the_weighted_mean_of_squares() -> None:
    errors = [(USUAL_WEEKS, 0.2), (USUAL_WEEKS, -0.1)]
    count = 2 * OVERLAP
    square = (USUAL_FREEDOM * USUAL_SD**2 + OVERLAP * (0.04 + 0.01)) / (USUAL_FREEDOM + count)
    found = shock_of(errors, USUAL_WEEKS)
    assert found.sd == pytest.approx(math.sqrt(square))
    assert found.freedom == USUAL_FREEDOM + count
    assert found.n_origins == 2


def test_it_grows_with_the_errors_and_with_the_horizon() -> None:
    sizes = [shock_of([(13.0, error)] * 4, 13.0).sd for error in (0.0, 0.1, 0.2, 0.4)]
    assert sizes == sorted(sizes)
    assert sizes[0] < USUAL_SD < sizes[-1]
    assert shock_of([(13.0, 0.1)] * 4, 52.0).sd > shock_of([(13.0, 0.1)] * 4, 13.0).sd
    assert usual_sd(52.0) > usual_sd(13.0)
    # an error of one sign at all origins is no bias that cancels
    assert shock_of([(13.0, 0.3)] * 4, 13.0).sd == shock_of([(13.0, 0.3), (13.0, -0.3)] * 2, 13.0).sd


def test_an_error_counts_at_the_scale_of_its_horizon() -> None:
    near, far = shock_of([(13.0, 0.2)] * 6, 26.0), shock_of([(26.0, 0.2 * usual_sd(26.0) / usual_sd(13.0))] * 6, 26.0)
    assert near.sd == pytest.approx(far.sd)


def test_origins_that_err_little_bring_it_no_lower_than_the_floor() -> None:
    assert shock_of([(13.0, 0.0)] * 100, 13.0).sd == pytest.approx(LEAST_SHARE * USUAL_SD)


def test_factors_are_quantiles_of_students_t() -> None:
    shock = Shock(0.1, 6.0, 0)
    factors = shock.factors(1_000, np.random.default_rng(1))
    assert np.median(factors) == pytest.approx(1.0, abs=1e-3)
    low, high = np.log(np.quantile(factors, [0.025, 0.975]))
    assert (low, high) == pytest.approx((-0.1 * stats.t.ppf(0.975, 6), 0.1 * stats.t.ppf(0.975, 6)), abs=2e-3)
    assert (np.diff(factors) < 0).any()

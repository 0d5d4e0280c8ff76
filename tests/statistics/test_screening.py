import numpy as np
import pytest
from scipy import optimize

from sim.statistics.screening import eta


@pytest.mark.parametrize(("k", "n0"), [(2, 10), (5, 10), (10, 20), (100, 5)])
def test_eta_solves_the_equation_of_the_paper(k, n0):
    # g(eta) = (1 + 2 eta)^(-(n0 - 1) / 2) / 2 = alpha / (k - 1) for c = 1
    solution = optimize.brentq(lambda x: 0.5 * (1 + 2 * x) ** (-(n0 - 1) / 2) - 0.05 / (k - 1), 0, 1e4)
    assert eta(0.05, k, n0 - 1) == pytest.approx(solution)


def test_with_many_degrees_of_freedom_h_squared_is_that_of_brownian_motion():
    # h^2 = 2 eta f goes to -2 ln(2 alpha / (k - 1)): the solution of exp(-h^2 / 2) / 2 = alpha / (k - 1)
    assert 2 * eta(0.05, 5, 10**7) * 10**7 == pytest.approx(-2 * np.log(0.025), rel=1e-5)

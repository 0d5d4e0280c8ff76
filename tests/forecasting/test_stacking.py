import numpy as np
import pytest

from sim.forecasting.scores import Distributions, distributions
from sim.forecasting.stacking import LEAST, PRIOR_ORIGINS, quadratic, stacking_weights

EQUAL = np.full(3, 1 / 3)


def origin(seed: int, factors: tuple[float, float, float] = (0.4, 1.0, 2.0)) -> tuple[list[Distributions], np.ndarray]:
    """Three forecasts of Poisson counts, of which the second is right."""
    random = np.random.default_rng(seed)
    own = random.gamma(1.5, 1.0, 400)
    forms = [distributions(random.poisson(factor * own[:, None], (400, 200)), 40) for factor in factors]
    return forms, random.poisson(own).astype(float)


def test_the_quadratic_is_the_crps_of_the_mixture() -> None:
    forms, true = origin(1)
    weights = np.array([0.2, 0.5, 0.3])
    assert quadratic(forms, true)(weights) == pytest.approx(forms[0].mixed_with(forms[1:], weights).crps(true))


def test_many_origins_give_the_right_form_nearly_all_the_weight() -> None:
    tried = [quadratic(*origin(seed)) for seed in range(30)]
    weights = stacking_weights(tried, EQUAL)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0).all()
    # with 30 origins the prior is worth 2 of 32, of which two thirds go to the others
    assert weights[1] > 1 - (2 / 3) * PRIOR_ORIGINS / (30 + PRIOR_ORIGINS) - 0.05


def test_without_origins_weights_are_those_of_the_prior() -> None:
    assert stacking_weights([], np.array([0.5, 0.25, 0.25])).tolist() == [0.5, 0.25, 0.25]


def test_one_origin_moves_weights_by_its_share() -> None:
    weights = stacking_weights([quadratic(*origin(3))], EQUAL)
    # alone it would choose the second form, nearly: a fifth of that and four fifths of the prior
    assert weights[1] == pytest.approx(1 / 5 + (4 / 5) / 3, abs=0.05)


def test_two_forms_that_err_on_either_side_are_mixed() -> None:
    random = np.random.default_rng(4)
    own = random.gamma(1.5, 1.0, 2_000)
    true = random.poisson(own).astype(float)
    forms = [distributions(random.poisson(factor * own[:, None], (2_000, 100)), 40) for factor in (0.6, 1.5)]
    found = stacking_weights([quadratic(forms, true)] * 50, np.full(2, 0.5))
    assert 0.2 < found[0] < 0.8
    score = quadratic(forms, true)
    assert score(found) <= min(score(np.array([1.0, 0])), score(np.array([0, 1.0])))


def test_weights_that_count_for_nothing_are_left_out() -> None:
    weights = stacking_weights([quadratic(*origin(1, (0.01, 1.0, 8.0)))] * 300, EQUAL)
    assert set(weights[weights < LEAST]) <= {0.0}
    assert (weights == 0).any()

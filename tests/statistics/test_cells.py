import numpy as np
import pytest
from scipy import stats

from sim.statistics.cells import cell_means, may_be_best
from sim.statistics.designs import full_factorial

DESIGN = full_factorial({"a": [0, 1], "b": ["x", "y", "z"], "c": [5, 6]})


def test_cells_average_over_the_other_factors_within_each_replication():
    responses = np.random.default_rng(1).normal(size=(12, 9))
    cells = cell_means("m", DESIGN, responses, "b", "a")
    points = DESIGN.points
    chosen = [i for i, point in enumerate(points) if point["b"] == "z" and point["a"] == 1]
    values = responses[chosen].mean(axis=0)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert cells.mean.shape == (3, 2)
    assert cells.levels_a == ("x", "y", "z")
    assert (cells.mean[2, 1], cells.low[2, 1], cells.high[2, 1]) == pytest.approx((values.mean(), expected.low, expected.high))
    assert cells.n == 9
    assert not cells.may_be_best.any()


def test_cells_clearly_behind_cannot_be_the_best_and_luck_that_all_share_does_not_blur_it():
    luck = 100 * np.random.default_rng(2).normal(size=(1, 8))
    own = 0.01 * np.random.default_rng(3).normal(size=(12, 8))
    level = np.array([1.0 if point["b"] != "x" and point["a"] == 1 else 0.0 for point in DESIGN.points])[:, None]
    cells = cell_means("m", DESIGN, level + luck + own, "a", "b", better="higher")
    assert cells.may_be_best.tolist() == [[False, False, False], [False, True, True]]
    lower = cell_means("m", DESIGN, level + luck + own, "a", "b", better="lower")
    assert lower.may_be_best.tolist() == [[True, True, True], [True, False, False]]


def test_a_flat_ridge_is_kept_whole_in_spite_of_rounding():
    luck = np.random.default_rng(4).normal(1 / 3, 1, size=(1, 8))
    assert cell_means("m", DESIGN, np.repeat(luck, 12, axis=0), "a", "b", better="higher").may_be_best.all()


def test_the_limit_is_a_one_sided_t_test_shared_among_the_rivals():
    # k = 3 and n = 4: t(1 - .05 / 2, 3) = 3.1824; a gap with mean g and standard error s drops a system when g > 3.1824 s
    noise = np.array([1.0, -1.0, 1.0, -1.0])
    error = 2 / np.sqrt(12)
    for factor, kept in ((3.18, True), (3.19, False)):
        values = np.array([np.full(4, factor * error), noise, np.full(4, factor * error)])
        assert may_be_best(values).tolist() == [True, kept, True]


def test_the_best_is_kept_in_at_least_95_percent_of_experiments():
    # all equal but for a hair, the hardest case; 1,000 repeats, standard error .007
    random = np.random.default_rng(5)
    kept = sum(may_be_best(random.normal(size=(4, 8)) + np.array([[1e-9], [0], [0], [0]]))[0] for _ in range(1000))
    assert 0.95 - 3 * 0.007 < kept / 1000 < 1


def test_a_system_that_is_never_defined_is_not_kept_and_drops_nobody():
    values = np.array([[1.0, 2.0, 3.0], [np.nan] * 3])
    assert may_be_best(values).tolist() == [True, False]
    assert may_be_best(values[:1]).tolist() == [True]


def test_unknown_and_equal_factors_are_refused():
    with pytest.raises(ValueError, match="factor = 'd', must be one of: a, b, c"):
        cell_means("m", DESIGN, np.zeros((12, 2)), "a", "d")
    with pytest.raises(ValueError, match="factor_b = 'a', must differ from factor_a"):
        cell_means("m", DESIGN, np.zeros((12, 2)), "a", "a")

import math

import numpy as np
import pytest

from sim.statistics.standing import own_luck, standing


def test_with_all_runs_there_it_is_the_plain_means_and_the_paired_variance() -> None:
    values = np.random.default_rng(1).normal(size=(2, 12, 1))
    found = standing(values)
    assert found.means == pytest.approx(values.mean(axis=1))
    # variance of the difference of two means: twice the error's over 12, as the paired t test has it
    difference = found.spread[0, 0] + found.spread[1, 1] - 2 * found.spread[0, 1]
    paired = (values[0] - values[1]).var(ddof=1) / 12
    assert difference * found.error[0, 0] == pytest.approx(paired)
    assert found.n == (12, 12)


def test_a_candidate_that_ran_on_a_lucky_market_alone_is_not_taken_for_good() -> None:
    # the first market is worth 10 more to everybody; the third candidate ran there only, and is .5 behind the first there
    values = np.array([[[10.0], [0.0]], [[11.0], [1.0]], [[9.5], [math.nan]]])
    found = standing(values)
    # without errors everything is exact: 0, 1 and -.5, about the level of both markets, 5
    assert found.means.ravel() == pytest.approx([5.0, 6.0, 4.5])
    assert found.error == pytest.approx(0.0)


def test_least_squares_agree_with_dummies_for_all_candidates_and_replications() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(5, 6, 2))
    for i, ran in enumerate([6, 6, 4, 2, 1]):
        values[i, ran:] = math.nan
    rows = [(i, r) for i in range(5) for r in range(6) if math.isfinite(values[i, r, 0])]
    dummies = np.array([[*(float(i == k) for k in range(5)), *(float(r == k) for k in range(6))] for i, r in rows])
    y = np.array([values[i, r] for i, r in rows])
    fit, *_ = np.linalg.lstsq(dummies, y, rcond=None)
    left = y - dummies @ fit
    found = standing(values)
    assert found.means - found.means[0] == pytest.approx(fit[:5] - fit[0])
    # 19 runs less 5 candidates and 6 replications, which share one level
    assert found.error == pytest.approx(left.T @ left / (19 - 10))
    contrast = np.array([0, 0, 0, -1, 1.0])
    inverse = np.linalg.pinv(dummies.T @ dummies)[:5, :5]
    assert contrast @ found.spread @ contrast == pytest.approx(contrast @ inverse @ contrast)


def test_differences_err_as_much_as_it_says() -> None:
    rng, z = np.random.default_rng(3), []
    for _ in range(400):
        values = rng.normal(0, 0.05, size=(1, 8, 1)) + rng.normal(0, 0.02, size=(4, 8, 1))
        values[2, 3:] = values[3, 1:] = math.nan
        found = standing(values)
        contrast = np.array([0, 1.0, 0, -1])
        z.append(float((contrast @ found.means)[0] / math.sqrt(contrast @ found.spread @ contrast * found.error[0, 0])))
    # of Student's law with 20 - 8 - 3 = 9 degrees: variance 9/7 = 1.29, standard error of it about .12 over 400
    assert np.mean(z) == pytest.approx(0, abs=0.18)
    assert np.var(z) == pytest.approx(9 / 7, abs=0.4)


def test_each_pair_has_its_own_luck_where_candidates_are_unequal() -> None:
    values = np.random.default_rng(6).normal(size=(3, 12, 2)) * np.array([0.01, 0.02, 1.0])[:, None, None]
    values[0, 3, 0] = math.nan
    means, covariance, degrees = own_luck(values)
    kept = np.delete(values, 3, axis=1)
    assert means == pytest.approx(kept.mean(axis=1))
    assert degrees == 10
    # objective 1 of candidates 0 and 1, as the paired t test has it: one error for all would be far too large
    a, b = 0 * 2 + 1, 1 * 2 + 1
    paired = (kept[0, :, 1] - kept[1, :, 1]).var(ddof=1) / 11
    assert covariance[a, a] + covariance[b, b] - 2 * covariance[a, b] == pytest.approx(paired)
    pooled = standing(kept)
    assert (pooled.spread[0, 0] + pooled.spread[1, 1] - 2 * pooled.spread[0, 1]) * pooled.error[1, 1] > 100 * paired
    with pytest.raises(ValueError, match="1 replications have a value of every candidate"):
        own_luck(values[:, :1])


def test_the_covariance_is_in_the_order_of_the_means() -> None:
    found = standing(np.random.default_rng(4).normal(size=(3, 4, 2)))
    # candidate 2, objective 1 is the sixth
    assert found.covariance[5, 4] == pytest.approx(found.spread[2, 2] * found.error[1, 0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((2, 2)), "must be .candidates, replications, objectives."),
        (np.array([[[1.0], [1.0]], [[math.nan], [math.nan]]]), "candidate 1 has no run"),
        (np.array([[[1.0], [math.nan]], [[math.nan], [1.0]]]), "share no replication"),
        (np.zeros((3, 1, 1)), "3 runs of 3 candidates leave no error"),
    ],
)
def test_what_has_no_answer_is_refused(values, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        standing(values)

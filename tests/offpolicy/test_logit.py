"""Propensities from choices."""

import math

import numpy as np
import pytest

from sim.offpolicy.exploration import softmax
from sim.offpolicy.logit import conditional_logit


def chosen_by(features, counts, coefficients, seed):
    """Choices with chances by these coefficients: the largest of values with Gumbel noise."""
    noisy = features @ coefficients + np.random.default_rng(seed).gumbel(size=len(features))
    return np.array([int(np.argmax(part)) for part in np.split(noisy, np.cumsum(counts)[:-1])])


def test_two_candidates_with_one_feature_have_a_closed_form():
    # the candidate with feature 1 (second) is chosen 3 times in 4 against feature 0: coefficient log 3, information 4 * 3/16
    features, counts = np.tile([[0.0], [1.0]], (4, 1)), np.full(4, 2)
    fit = conditional_logit(features, counts, np.array([1, 1, 0, 1]))
    assert fit.coefficients == pytest.approx([math.log(3)], abs=1e-9)
    assert fit.covariance == pytest.approx(np.array([[4 / 3]]), abs=1e-9)
    assert fit.log_likelihood == pytest.approx(3 * math.log(0.75) + math.log(0.25), abs=1e-9)
    assert fit.uniform_log_likelihood == pytest.approx(4 * math.log(0.5), abs=1e-9)
    assert fit.propensities(features, counts) == pytest.approx(np.tile([0.25, 0.75], 4), abs=1e-9)


def test_a_first_step_that_goes_too_far_is_shortened():
    # of 20 candidates the first alone has feature 1, and is chosen 3 times in 4: c / (c + 19) = 3/4 at c = 57. The first full step
    # would go to (3/4 - 1/20) / (1/20 * 19/20) = 14.7, where the fourth choice is next to impossible.
    features, counts = np.tile(np.eye(20)[:, :1], (4, 1)), np.full(4, 20)
    fit = conditional_logit(features, counts, np.array([0, 0, 5, 0]))
    assert fit.coefficients == pytest.approx([math.log(57)], abs=1e-9)


def test_a_first_step_into_near_certainty_is_not_taken_for_a_strict_order():
    # as above with 100 candidates, chosen 999 times in 1000: c / (c + 99) = .999 at c = 99 * 999. The first full step would go to
    # .989 / (.01 * .99) = 99.9, likelier than at random, but with no information left
    features, counts = np.tile(np.eye(100)[:, :1], (1_000, 1)), np.full(1_000, 100)
    fit = conditional_logit(features, counts, np.append(np.zeros(999, int), 5))
    assert fit.coefficients == pytest.approx([math.log(99 * 999)], abs=1e-9)


def test_coefficients_of_a_softmax_are_found_among_unequal_numbers_of_candidates():
    generator = np.random.default_rng(1)
    counts = generator.integers(1, 8, 3_000)
    # units far apart must not matter
    features = generator.normal(size=(counts.sum(), 2)) * np.array([1.0, 1e4])
    true = np.array([1.5, -0.5e-4])
    fit = conditional_logit(features, counts, chosen_by(features, counts, true, 2))
    assert (np.abs(fit.coefficients - true) < 3 * np.sqrt(np.diag(fit.covariance))).all()
    propensities = softmax(counts, features @ true, 1.0)
    assert np.abs(fit.propensities(features, counts) - propensities).max() < 0.05


def test_the_gradient_vanishes_at_the_estimate():
    generator = np.random.default_rng(3)
    counts = np.full(200, 4)
    features = generator.normal(size=(800, 2))
    chosen = chosen_by(features, counts, np.array([1.0, -1.0]), 4)
    fit = conditional_logit(features, counts, chosen)
    # chosen features sum to what the fitted chances expect
    seen = features[np.arange(200) * 4 + chosen].sum(axis=0)
    assert seen == pytest.approx(fit.propensities(features, counts) @ features, abs=1e-3)


def test_what_is_common_to_a_decisions_candidates_does_not_matter():
    generator = np.random.default_rng(5)
    counts, features = np.full(100, 3), generator.normal(size=(300, 1))
    chosen = chosen_by(features, counts, np.array([1.0]), 6)
    shifted = features + np.repeat(generator.normal(size=100), 3)[:, None]
    assert conditional_logit(shifted, counts, chosen).coefficients == pytest.approx(
        conditional_logit(features, counts, chosen).coefficients, abs=1e-6
    )


def test_a_strict_order_has_no_propensities():
    features, counts = np.random.default_rng(7).normal(size=(90, 1)), np.full(30, 3)
    with pytest.raises(ValueError, match="choices follow the features without exception"):
        conditional_logit(features, counts, features.reshape(30, 3).argmax(axis=1))


def test_a_strict_order_with_ties_has_no_propensities_either():
    # at equal features either is chosen, which no coefficient can explain; otherwise the larger
    features = np.array([[0.9], [0.0], [1.9], [0.0], [1.0], [1.0]])
    with pytest.raises(ValueError, match="choices follow the features without exception"):
        conditional_logit(features, np.full(3, 2), np.zeros(3, int))


@pytest.mark.parametrize(
    ("features", "chosen", "message"),
    [
        (np.ones((4, 1)), [0, 1], "features must differ between the candidates of a decision"),
        (np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 6.0], [1.0, 2.0]]), [0, 1], "and not depend on one another"),
        (np.array([[0.0], [1.0], [np.nan], [1.0]]), [0, 1], "features must be finite"),
        (np.zeros((3, 1)), [0, 1], r"features has the shape \(3, 1\), must be one row a candidate, 4"),
        (np.zeros((4, 1)), [0, 2], "chosen position of decision 1 = 2, must be one of the candidates"),
    ],
)
def test_features_that_say_nothing_are_refused(features, chosen, message):
    with pytest.raises(ValueError, match=message):
        conditional_logit(features, np.array([2, 2]), np.array(chosen))


def test_an_empty_log_is_refused():
    with pytest.raises(ValueError, match="decisions = 0, must be >= 1: the log is empty"):
        conditional_logit(np.empty((0, 1)), np.array([], int), np.array([], int))

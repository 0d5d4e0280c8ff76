import math

import numpy as np
import pytest

from sim.statistics.fronts import front_probability, front_slope, hypervolume, not_dominated, on_front, oriented

UP, DOWN = "higher", "lower"


def test_a_point_that_is_worse_in_one_objective_and_no_better_in_another_is_not_on_the_front() -> None:
    # the second is beaten by the first in one objective alone, the third trades
    assert on_front(np.array([[1.0, 5.0], [1.0, 6.0], [2.0, 7.0]]), [UP, DOWN]).tolist() == [True, False, True]


def test_equal_points_are_on_the_front_together_and_unknown_ones_never() -> None:
    assert on_front(np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]]), [UP, UP]).tolist() == [True, True, False]
    # an unknown point neither stands on the front nor pushes another off it
    assert on_front(np.array([[math.nan, 9.0], [1.0, 1.0]]), [UP, UP]).tolist() == [False, True]


def test_a_front_of_four_objectives_is_what_pairs_of_points_say() -> None:
    points = np.random.default_rng(1).normal(size=(40, 4))
    by_pairs = [not any((q >= p).all() and (q > p).any() for q in points) for p in points]
    assert on_front(points, [UP] * 4).tolist() == by_pairs
    assert 0 < sum(by_pairs) < 40


def test_a_volume_of_three_objectives_is_the_one_by_hand() -> None:
    # boxes 2 x 1 x 1 and 1 x 2 x 1 share a cube of 1, and 1 x 1 x 2 adds the cube above it: 2 + 2 - 1 + 1
    boxes = np.array([[2.0, 1, 1], [1, 2, 1], [1, 1, 2]])
    assert hypervolume(boxes, [0, 0, 0], [UP] * 3) == 4.0
    # the same with all signs turned, and a point behind the reference that adds nothing
    assert hypervolume(np.vstack([-boxes, [1, -9, -9]]), [0, 0, 0], [DOWN] * 3) == 4.0


def test_a_volume_is_the_share_of_random_points_that_are_dominated() -> None:
    rng = np.random.default_rng(2)
    points = rng.uniform(size=(12, 3))
    thrown = rng.uniform(size=(40_000, 3))
    share = (thrown[:, None, :] <= points).all(axis=2).any(axis=1).mean()
    # standard error of a share near .7: .5 / 200 = .0025; four of them
    assert hypervolume(points, [0, 0, 0], [UP] * 3) == pytest.approx(share, abs=0.01)


def test_a_dominated_point_adds_no_volume_and_an_empty_front_has_none() -> None:
    assert hypervolume(np.array([[2.0, 2.0], [1.0, 1.0]]), [0, 0], [UP, UP]) == 4.0
    assert hypervolume(np.empty((0, 2)), [0, 0], [UP, UP]) == 0.0


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.7])
def test_two_points_need_no_draws(rho: float) -> None:
    difference, spread = [0.01, -0.02], np.array([[4e-4, rho * 6e-4], [rho * 6e-4, 9e-4]])
    exact = not_dominated(difference, spread, [UP, DOWN])
    # the first point is known, the second errs as the difference does
    covariance = np.zeros((4, 4))
    covariance[2:, 2:] = spread
    drawn = front_probability(np.array([[0.0, 0.0], difference]), covariance, [UP, DOWN], 40_000, seed=3)[0]
    assert drawn == pytest.approx(exact, abs=0.01)  # four standard errors of .0025
    # dominated with probability P(both signs agree) for a pair of correlation -rho in the good directions, at means of zero
    assert not_dominated([0, 0], spread, [UP, DOWN]) == pytest.approx(0.75 + math.asin(rho) / (2 * math.pi))


def test_with_one_objective_the_probability_is_the_normal_one() -> None:
    # a rival ahead by 1.96 standard errors: 2.5 % that it is not
    assert not_dominated([1.96], np.eye(1), [UP]) == pytest.approx(0.025, abs=1e-4)
    assert not_dominated([1.96], np.eye(1), [DOWN]) == pytest.approx(0.975, abs=1e-4)


def test_luck_that_all_points_share_does_not_matter() -> None:
    means = np.array([[0.0, 0.0], [0.01, 0.005], [-0.01, 0.004]])
    own = np.eye(6) * 1e-4
    shared = own + np.kron(np.ones((3, 3)), np.eye(2))  # a hundred times larger, and the same for all
    alone, together = (front_probability(means, one, [UP, DOWN], 20_000, seed=1) for one in (own, shared))
    assert together == pytest.approx(alone, abs=0.015)


def test_the_same_seed_gives_the_same_probabilities() -> None:
    args = (np.array([[0.0], [0.1]]), np.eye(2), [UP], 200)
    assert front_probability(*args, seed=4).tolist() == front_probability(*args, seed=4).tolist()


def test_an_interval_for_a_slope_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, truth, covered = np.random.default_rng(5), 0.4, 0
    x = np.linspace(0.0, 0.3, 6)
    for _ in range(300):
        luck = rng.normal(0, 0.05, size=(1, 8))  # shared by all points
        per = x[:, None] + luck + rng.normal(0, 0.01, size=(6, 8))
        gain = truth * x[:, None] - luck + rng.normal(0, 0.02, size=(6, 8))
        found = front_slope(gain, per)
        covered += found.low <= truth <= found.high
    assert covered / 300 >= 0.92  # three standard errors below .95: .95 - 3 * .0126


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: oriented(np.zeros((2, 3)), [UP]), "must have one column a direction"),
        (lambda: oriented(np.zeros((2, 1)), ["up"]), "direction = 'up', must be higher or lower"),
        (lambda: hypervolume(np.zeros((2, 4)), [0] * 4, [UP] * 4), "4 objectives, must be 1 to 3"),
        (lambda: hypervolume(np.zeros((2, 1)), [math.inf], [UP]), "must be finite"),
        (lambda: front_probability(np.zeros((2, 1)), np.eye(3), [UP], 100, 1), r"must be \(2, 2\)"),
        (lambda: front_probability(np.full((2, 1), math.nan), np.eye(2), [UP], 100, 1), "must be finite"),
        (lambda: front_probability(np.zeros((2, 1)), np.eye(2), [UP], 10, 1), "n_draws = 10, must be >= 100"),
        (lambda: not_dominated([0.0], np.eye(2), [UP]), r"must be \(1, 1\)"),
        (lambda: front_slope(np.zeros((2, 1)), np.zeros((2, 1))), "two points and two replications"),
        (lambda: front_slope(np.zeros((2, 2)), np.zeros((2, 2))), "must differ in the objective"),
        (lambda: front_slope(np.zeros((2, 2)), np.zeros((2, 2)), 1.0), r"confidence = 1.0, must be within \(0, 1\)"),
    ],
)
def test_what_cannot_be_answered_is_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

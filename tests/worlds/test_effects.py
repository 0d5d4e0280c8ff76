"""Effects over worlds: spread told from luck, what to expect in the true world, and what choosing costs."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.worlds.effects import Luck, beyond, drawn_anew, luck_of, over_worlds, regret, share_of_worlds


def drawn(generator, n, r, tau=1.0, luck=0.8, mean=1.0):
    true = generator.normal(mean, tau, n)
    return true, true[:, None] + generator.normal(0, luck, (n, r))


def test_the_mean_and_its_interval_are_students_of_the_world_means() -> None:
    # means of worlds 1, 2, 3, 4: mean 2.5, standard error 1.291 / 2, t(.975, 3) = 3.1824
    found = over_worlds(np.array([[0.9, 1.1], [1.9, 2.1], [2.9, 3.1], [3.9, 4.1]]))
    assert found.mean.estimate == 2.5
    assert found.mean.low == pytest.approx(2.5 - 3.1824 * 1.29099 / 2, abs=1e-3)
    # within a world the variance is .02, of a mean .01; between worlds 1.6667 - .01
    assert found.within_sd == pytest.approx(math.sqrt(0.02))
    assert found.between_sd.estimate == pytest.approx(math.sqrt(1.6667 - 0.01), abs=1e-3)
    assert found.between_sd.low < found.between_sd.estimate < found.between_sd.high


def test_for_normal_worlds_the_predictive_interval_is_that_of_higgins() -> None:
    _, differences = drawn(np.random.default_rng(1), 400, 4, luck=0.2)
    found = over_worlds(differences)
    # t(.975, 399) sqrt(tau^2 + se^2)
    reach = 1.966 * math.sqrt(found.between_sd.estimate**2 + (found.mean.high - found.mean.estimate) ** 2 / 1.966**2)
    assert found.predictive.low == pytest.approx(found.mean.estimate - reach, abs=0.12)
    assert found.predictive.high == pytest.approx(found.mean.estimate + reach, abs=0.12)


@pytest.mark.parametrize(
    ("kind", "n", "r"), [("normal", 16, 1), ("normal", 64, 4), ("skewed", 64, 4), ("two humps", 64, 4), ("two humps", 16, 1)]
)
def test_the_predictive_interval_holds_the_true_world_nineteen_times_in_twenty(kind, n, r) -> None:
    generator, held = np.random.default_rng(7), []
    for _ in range(25):

        def worlds(size):
            if kind == "normal":
                return generator.normal(1, 1, size)
            if kind == "skewed":
                return generator.lognormal(0, 0.7, size)
            return np.where(generator.random(size) < 0.8, generator.normal(0.8, 0.5, size), generator.normal(4, 0.8, size))

        differences = worlds(n)[:, None] + generator.normal(0, 0.8, (n, r))
        found = over_worlds(differences, None, Luck(0.64 * generator.chisquare(7) / 7, 7)).predictive
        new = worlds(500)
        held.append(float(((new >= found.low) & (new <= found.high)).mean()))
    # 25 intervals: a standard error of about .012
    assert 0.91 < np.mean(held) < 0.985


def test_worlds_that_differ_by_luck_alone_are_moved_to_the_mean() -> None:
    generator = np.random.default_rng(2)
    _, differences = drawn(generator, 40, 4, tau=0.0)
    found = over_worlds(differences)
    assert found.between_sd.low == 0
    assert found.worlds.std() < 0.5 * differences.mean(axis=1).std()


def test_with_one_replication_a_world_luck_is_that_of_the_base_market() -> None:
    true, differences = drawn(np.random.default_rng(3), 60, 1)
    found = over_worlds(differences, None, luck_of(np.random.default_rng(4).normal(0, 0.8, 200)))
    assert found.between_sd.estimate == pytest.approx(1.0, abs=0.25)
    # moved towards the mean, effects are nearer to the truth
    assert ((found.worlds - true) ** 2).mean() < ((differences[:, 0] - true) ** 2).mean()
    with pytest.raises(ValueError, match="luck is known from nothing"):
        over_worlds(differences)


def test_a_world_that_was_not_defined_is_as_likely_as_any_and_two_are_needed() -> None:
    differences = np.array([[1.0, 1.2], [2.0, 2.2], [np.nan, np.nan], [3.0, 3.2]])
    found = over_worlds(differences)
    assert found.mean.n == 3
    assert found.worlds[2] == pytest.approx(found.mean.estimate, abs=0.4)
    # of the others .1 is left, which is the luck of two replications
    assert found.worlds_sd[2] > 5 * found.worlds_sd[[0, 1, 3]].max()
    with pytest.raises(ValueError, match="1 worlds have a difference, must be >= 2"):
        over_worlds(differences[1:3])


def test_weights_count_like_copies_for_the_mean() -> None:
    differences = np.array([[1.0, 1.2], [2.0, 2.2], [4.0, 4.4]])
    found = over_worlds(differences, np.array([0.5, 0.25, 0.25]))
    assert found.mean.estimate == pytest.approx((1.1 * 2 + 2.1 + 4.2) / 4)


def test_probabilities_are_calibrated() -> None:
    generator, told, came = np.random.default_rng(5), [], []
    for _ in range(25):
        true, differences = drawn(generator, 64, 4)
        found = over_worlds(differences)
        told.append(beyond(found, 0.5, "above").mean(axis=0))
        came.append(true > 0.5)
    p, yes = np.concatenate(told), np.concatenate(came)
    slope = stats.linregress(p, yes).slope
    assert 0.93 < slope < 1.07
    assert p.mean() == pytest.approx(yes.mean(), abs=0.02)
    assert (beyond(found, 0.5, "above") ^ beyond(found, 0.5, "below")).all()


def test_the_share_of_worlds_that_are_known_has_the_interval_of_jeffreys() -> None:
    found = share_of_worlds(np.tile([True] * 9 + [False], (200, 1)), np.full(10, 0.1))
    # quantiles of a beta distribution with 9 + .5 and 1 + .5: Brown, Cai & DasGupta (2001), section 4.1
    assert (found.low, found.estimate, found.high) == pytest.approx(
        (*stats.beta(9.5, 1.5).ppf([0.025]), 0.9, stats.beta(9.5, 1.5).ppf(0.975))
    )
    # a weight of a half and ten of a twentieth are worth 1 / (.25 + 10 * .0025) = 3.64 worlds
    uneven = share_of_worlds(np.ones((200, 11), bool), np.array([0.5] + [0.05] * 10))
    assert uneven.low == pytest.approx(stats.beta(1 / 0.275 + 0.5, 0.5).ppf(0.025))
    assert (uneven.estimate, uneven.high) == (1, 1)


def test_the_share_of_worlds_is_less_sure_where_luck_leaves_it_open() -> None:
    sure = np.tile(np.arange(20) < 14, (200, 1))
    # all worlds at once, or none of those that are open
    open_ = np.where((np.arange(200) % 2 == 0)[:, None], np.arange(20) < 18, np.arange(20) < 10)
    known, unknown = (share_of_worlds(one, np.full(20, 0.05)) for one in (sure, open_))
    assert known.estimate == pytest.approx(unknown.estimate)
    assert unknown.low < known.low < known.high < unknown.high


@pytest.mark.parametrize(("n", "r"), [(16, 1), (64, 1)])
def test_the_interval_of_the_share_of_worlds_holds_the_true_share(n, r) -> None:
    generator, held = np.random.default_rng(17), 0
    true = stats.norm.cdf(0.5)  # of normal worlds about 1 with a standard deviation of 1, those above .5
    for _ in range(25):
        differences = drawn(generator, n, r)[1]
        found = over_worlds(differences, None, Luck(0.64 * generator.chisquare(7) / 7, 7))
        told = share_of_worlds(beyond(found, 0.5, "above"), np.full(n, 1 / n))
        held += told.low <= true <= told.high
    assert held >= 20  # of 25: with 95 %, fewer come once in 800 times


def test_the_interval_of_the_spread_between_worlds_holds_the_true_one() -> None:
    generator = np.random.default_rng(18)
    for tau in (0.0, 2.0):
        held = 0
        for _ in range(25):
            differences = drawn(generator, 16, 1, tau)[1]
            found = over_worlds(differences, None, Luck(0.64 * generator.chisquare(7) / 7, 7)).between_sd
            held += found.low <= tau <= found.high
        assert held >= 20


def test_regret_is_what_an_arm_loses_against_the_best_of_each_world() -> None:
    # of ten worlds the second arm is best in nine, by 1, and loses 5 in one
    effects = np.column_stack([np.zeros(10), np.array([1.0] * 9 + [-5.0])])
    found = regret(effects, np.full(10, 0.1))
    assert [one.estimate for one in found.mean] == pytest.approx([0.9, 0.5])
    assert [one.estimate for one in found.worst_tenth] == pytest.approx([1.0, 5.0])
    assert found.mean[1].low <= 0.5 <= found.mean[1].high


def test_worlds_drawn_anew_scatter_as_a_weighted_mean_does() -> None:
    generator = np.random.default_rng(6)
    values, weights = generator.normal(size=50), generator.exponential(size=50)
    weights /= weights.sum()
    again = drawn_anew(weights, 4000, 1) @ values
    # standard error of a weighted mean: sqrt(sum w^2 (x - mean)^2)
    assert again.std() == pytest.approx(np.sqrt((weights**2 * (values - weights @ values) ** 2).sum()), rel=0.08)

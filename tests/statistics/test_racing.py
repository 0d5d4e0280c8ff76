import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from sim.arrays import Floats
from sim.statistics.racing import Limit, Race, confirmed
from sim.statistics.standing import standing

NOISE = 0.02 / math.sqrt(2)
"""Standard deviation of what a run does not share with another rule's of the same random numbers: .02 of a paired difference."""
LUCK = 0.02
"""Of what they share."""
ZONE = 0.01
"""A smaller lead is not worth finding."""


def strength_curve(x: Floats) -> Floats:
    """Return rate and Gini of a rule of some strength, (n, 2): more strength, less even; past 5 it wears out."""
    return np.stack([0.60 + 0.08 * (1 - ((x - 5.0) / 5.0) ** 2), 0.25 + 0.02 * x], axis=-1)


def search(x: Floats, race: Race, budget: int, seed: int, truth: Callable[[Floats], Floats] = strength_curve) -> Floats:
    """Race candidates at points x: one run each, two of the first ten so that an error is known, then as the race says."""
    rng = np.random.default_rng(seed)
    n, exact = len(x), truth(x)
    luck = rng.normal(0, LUCK, size=(1, race.most, 2))
    runs = exact[:, None, :] + luck + rng.normal(0, NOISE, size=(n, race.most, 2))
    ran = np.where(np.arange(n) < 10, 2, 1)
    while True:
        values = np.where((np.arange(race.most) < ran[:, None])[..., None], runs, math.nan)
        more = race.further(standing(values), budget - int(ran.sum()), seed)
        if not more.any():
            return values
        ran = ran + more


def test_who_is_surely_behind_runs_no_more_and_who_contests_the_lead_does() -> None:
    race = Race(("higher",), (0,))
    rng = np.random.default_rng(1)
    values = np.full((4, 5, 1), math.nan)
    values[:, 0, 0] = [0.60, 0.61, 0.40, 0.601]
    values[:2, 1, 0] = [0.601, 0.60]
    values += rng.normal(0, 1e-4, size=values.shape)
    assert race.further(standing(values), 10, seed=1).tolist() == [1, 1, 0, 1]
    # with one run left it goes where least is known: the fourth ran once only
    assert race.further(standing(values), 1, seed=1).tolist() == [0, 0, 0, 1]
    assert race.further(standing(values), 0, seed=1).sum() == 0


def test_a_race_ends_when_every_place_is_known_or_nobody_may_run_more() -> None:
    far = np.array([[[0.6], [0.6]], [[0.3], [0.31]]])
    assert Race(("higher",), (0,)).further(standing(far), 10, seed=1).sum() == 0
    near = np.array([[[0.60], [0.60]], [[0.59], [0.61]]])
    assert Race(("higher",), (0,)).further(standing(near), 10, seed=1).sum() == 2
    assert Race(("higher",), (0,), most=2).further(standing(near), 10, seed=1).sum() == 0


def test_who_surely_breaks_a_limit_beats_nobody() -> None:
    # the third has the best return rate at a Gini .2 above the reference
    values = np.array([[0.60, 0.30], [0.62, 0.32], [0.70, 0.50]])[:, None, :] + np.random.default_rng(2).normal(0, 1e-4, (3, 4, 2))
    free, held = Race(("higher", "lower"), (0,)), Race(("higher", "lower"), (0,), (Limit(1, 0.05),))
    assert free.chances(standing(values), seed=1) == pytest.approx([0, 0, 1])
    assert held.chances(standing(values), seed=1) == pytest.approx([0, 1, 0])
    assert free.recommended(standing(values), 0) == 2
    assert held.recommended(standing(values), 0) == 1
    assert held.finalists(standing(values), 5, seed=1) == (1,)


def test_the_chance_to_keep_a_limit_is_that_of_a_paired_t_test() -> None:
    values = np.random.default_rng(3).normal(0, 0.02, size=(2, 10, 1))
    difference = values[1, :, 0] - values[0, :, 0]
    room = 0.01 - difference.mean()  # lower is better: it may be .01 higher
    z = room / (difference.std(ddof=1) / math.sqrt(10))
    kept = Race(("lower",), (0,), (Limit(0, 0.01),)).within(standing(values))
    assert kept.tolist() == pytest.approx([1.0, stats.t.cdf(z, 9)])


def test_the_reference_keeps_every_limit_and_is_recommended_where_nobody_else_does() -> None:
    values = np.array([[0.60, 0.30], [0.70, 0.50]])[:, None, :] + np.random.default_rng(2).normal(0, 1e-4, (2, 4, 2))
    assert Race(("higher", "lower"), (0,), (Limit(1, 0.05),)).recommended(standing(values), 0) == 0


SEARCHES = 80
RACE = Race(("higher", "lower"), (0,), (Limit(1, 0.07),), most=32, n_draws=100)


def searched(seed: int) -> tuple[Floats, Floats, int]:
    """Candidates, today's rule (strength 1) first; their values; and who is recommended."""
    x = np.concatenate([[1.0], np.random.default_rng([seed, 1]).uniform(0, 10, 15)])
    values = search(x, RACE, 240, seed)
    best = RACE.recommended(standing(values), 0)
    assert best is not None
    return x, values, best


@pytest.fixture(scope="module")
def found() -> list[tuple[Floats, Floats, int]]:
    return [searched(seed) for seed in range(SEARCHES)]


def test_the_recommended_point_is_within_the_indifference_zone_nearly_always(found: list[tuple[Floats, Floats, int]]) -> None:
    good = 0
    for x, _, best in found:
        exact = strength_curve(x)
        allowed = exact[:, 1] <= exact[0, 1] + 0.07
        # a limit has a zone, too: one broken by less is as good as kept
        good += bool(exact[best, 0] >= exact[allowed, 0].max() - ZONE and exact[best, 1] <= exact[0, 1] + 0.07 + ZONE)
    # .97 over 600 other seeds
    assert good / SEARCHES >= 0.95


def test_bad_candidates_cost_one_run(found: list[tuple[Floats, Floats, int]]) -> None:
    bad, runs = [], 0
    for x, values, _ in found:
        ran = np.isfinite(values[..., 0]).sum(axis=1)[10:]
        # five standard deviations of a paired difference worse, 5 * .02, or so much over the limit
        broken = strength_curve(x)[10:, 1] > strength_curve(x)[0, 1] + 0.07 + 0.1
        bad += ran[broken].tolist()
        runs += int(np.isfinite(values[..., 0]).sum())
    assert np.mean(bad) < 1.2
    assert runs / SEARCHES < 240


def test_confirmed_values_are_unbiased_and_the_best_of_single_runs_is_too_good(found: list[tuple[Floats, Floats, int]]) -> None:
    fresh, misses, curses = 30, [], []
    for seed, (x, values, best) in enumerate(found):
        # whoever looks best after one run, limits apart, is the one that was luckiest
        first = int(np.argmax(values[:, 0, 0]))
        rng = np.random.default_rng([seed, 2])
        exact = strength_curve(x)[:, 0]
        luck = rng.normal(0, LUCK, (1, fresh))
        today, raced, naive = exact[[0, best, first], None] + luck + rng.normal(0, NOISE, (3, fresh))
        # as differences to today's rule, which take the luck of the markets out
        misses.append(confirmed(values[best, :, 0] - values[0, :, 0], raced - today).value.estimate - (exact[best] - exact[0]))
        curses.append(confirmed(values[first, :1, 0] - values[0, :1, 0], naive - today).curse.estimate)
    assert abs(np.mean(misses)) <= 2 * np.std(misses, ddof=1) / math.sqrt(SEARCHES)
    # of 16 equal ones the luckiest is 1.77 deviations of .014 too good, .025; these are not equal
    assert np.mean(curses) > NOISE / 2
    assert np.mean(curses) > 4 * np.std(curses, ddof=1) / math.sqrt(SEARCHES)


def test_the_curse_is_the_difference_of_two_means_with_the_luck_of_both() -> None:
    both = confirmed([1.0, 3.0], [0.0, 1.0, 2.0])
    assert (both.searched, both.value.estimate, both.curse.estimate) == (2.0, 1.0, 1.0)
    low, high = stats.ttest_ind([1.0, 3.0], [0.0, 1.0, 2.0]).confidence_interval(0.95)
    assert (both.curse.low, both.curse.high) == pytest.approx((low, high))
    # one run has the variance of a fresh one, which has two degrees: t(.975, 2) = 4.3027
    assert confirmed([2.0], [0.0, 1.0, 2.0]).curse.half_width == pytest.approx(4.3027 * math.sqrt(1 + 1 / 3), rel=1e-4)


def test_the_interval_of_the_curse_covers_with_two_runs_searched() -> None:
    rng, held = np.random.default_rng(5), 0
    for _ in range(1_000):
        before, now = rng.normal(0, 1, 2), rng.normal(0, 1, 12)
        curse = confirmed(before, now).curse
        held += curse.low <= 0 <= curse.high
    # .84 with a variance of each and the degrees of the fresh runs; .95 within three standard errors of .007
    assert abs(held / 1_000 - 0.95) <= 0.021


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Race(("higher",), ()), "must be columns of"),
        (lambda: Race(("higher",), (0,), (Limit(1, 0.0),)), "must be columns of"),
        (lambda: Race(("higher",), (0,), (Limit(0, -0.1),)), "at_most = -0.1, must be >= 0"),
        (lambda: Race(("higher",), (0,), least=0.5), "least = 0.5, must be within"),
        (lambda: Race(("higher",), (0,), most=0), "most = 0, must be >= 1"),
        (lambda: Race(("higher",), (0,), reference=2).within(standing(np.zeros((2, 2, 1)))), "reference = 2, must be one of 2"),
        (lambda: confirmed([], [1.0, 2.0]), "0 values searched and 2 fresh"),
        (lambda: confirmed([1.0], [1.0, math.nan]), "1 values searched and 1 fresh"),
        (lambda: confirmed([1.0], [1.0, 2.0], 1.0), "level = 1.0"),
    ],
)
def test_what_makes_no_race_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

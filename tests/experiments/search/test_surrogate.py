import math

import numpy as np

from experiments.plans.compose import compose_settings
from experiments.search.space import parse_space
from experiments.search.surrogate import FIRST, Surrogate
from experiments.search.told import Told

SETTINGS = compose_settings("compare", ["arm=[wecasa_2025]"])
SPACE = parse_space(
    SETTINGS | {"search": {"arm.allocator.strength": {"low": 0, "high": 8}, "arm.allocator.floor": {"low": 0.01, "high": 0.5}}},
    "wecasa_2025",
)


def test_it_finds_the_best_of_a_noisy_curve_in_few_proposals() -> None:
    # the best is at strength 3, floor .2; noise of .003 a run over a fall of .01 for a strength that is one unit off
    rng, source = np.random.default_rng(1), Surrogate(SPACE, ("higher",), seed=1)
    late = []
    for batch in range(6):
        told = []
        for _ in range(8):
            candidate = source.propose()
            x, y = (float(value) for _, value in candidate.values)  # type: ignore[arg-type]
            told.append(Told(candidate, (0.6 - 0.01 * (x - 3) ** 2 - (y - 0.2) ** 2 + 0.003 * rng.standard_normal(),)))
            late += [x] if batch == 5 else []
        source.learn(told)
    # at random, half of them would lie farther than 2 away
    assert np.median(np.abs(np.array(late) - 3)) < 1


def test_it_stays_within_a_limit_that_it_has_learnt() -> None:
    source = Surrogate(SPACE, ("higher",), seed=2)
    late: list[float] = []
    for batch in range(5):
        told = []
        for _ in range(8):
            candidate = source.propose()
            x = float(candidate.values[0][1])  # type: ignore[arg-type]
            told.append(Told(candidate, (x,), (x - 4,)))  # more is better, up to 4
            late += [x] if batch >= 3 else []
        source.learn(told)
    assert max(x for x in late if x <= 4) > 3.8
    # at random, half of them would break it
    assert np.mean(np.array(late) > 4) < 0.4


def test_it_draws_at_random_until_enough_is_known() -> None:
    source = Surrogate(SPACE, ("higher",), seed=3)
    first = [source.propose() for _ in range(FIRST - 1)]
    source.learn([Told(one, (math.nan if i == 0 else 1.0 * i,)) for i, one in enumerate(first)])
    same = Surrogate(SPACE, ("higher",), seed=3)
    assert [same.propose() for _ in range(FIRST + 3)] == first + [source.propose() for _ in range(4)]

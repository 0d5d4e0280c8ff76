import math

import numpy as np

from experiments.plans.compose import compose_settings
from experiments.search.importance import importance
from experiments.search.space import parse_space

SPACE = parse_space(
    compose_settings("compare", ["arm=[wecasa_2025]"])
    | {"search": {"arm.allocator.strength": {"low": 0, "high": 1}, "arm.allocator.floor": {"low": 0, "high": 1}}},
    "wecasa_2025",
)


def test_shares_are_those_of_a_plane_and_luck_alone_explains_nothing() -> None:
    rng = np.random.default_rng(1)
    candidates = [SPACE.candidate(lambda one: one.at(float(rng.random()))) for _ in range(60)]
    x = np.array([[dict(one.values)[f"arm.allocator.{key}"] for key in ("strength", "floor")] for one in candidates])
    # variances 9 / 12 and 1 / 12: nine tenths and one tenth
    found = importance(SPACE, candidates, 3 * x[:, 0] + x[:, 1] + rng.normal(0, 0.02, 60), seed=1)
    assert abs(found["arm.allocator.strength"].estimate - 0.9) < 0.05
    assert abs(found["arm.allocator.floor"].estimate - 0.1) < 0.05
    luck = importance(SPACE, candidates, rng.normal(0, 1, 60), seed=1)
    # what the runs leave open is nearly everything
    assert all(one.high - one.low > 0.4 for one in luck.values())


def test_where_nothing_differs_nothing_is_told() -> None:
    candidates = [SPACE.candidate(lambda one, i=i: one.at(i / 20)) for i in range(20)]
    assert all(math.isnan(one.estimate) for one in importance(SPACE, candidates, np.ones(20), seed=1).values())
    assert all(math.isnan(one.estimate) for one in importance(SPACE, candidates[:3], np.arange(3.0), seed=1).values())

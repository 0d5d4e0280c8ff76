import numpy as np
import pytest

from sim.statistics.designs import full_factorial, latin_hypercube


def test_a_full_factorial_has_every_combination_once():
    design = full_factorial({"a": [0, 15, 30], "b": [True, False]})
    assert design.points == [{"a": a, "b": b} for a in (0, 15, 30) for b in (True, False)]
    assert str(design.name) == "full factorial, 3 x 2"
    assert design.aliases == ()


def test_a_hypercube_has_one_point_in_each_part_of_every_range():
    design = latin_hypercube({"x": (-1.0, 1.0), "n": (0, 19), "y": (5.0, 6.0)}, 20, seed=3)
    parts = np.floor((design.values - [-1, 0, 5]) / [2 / 20, 1, 1 / 20]).astype(int)
    for column in parts.T:
        assert sorted(column) == list(range(20))
    assert all(isinstance(point["n"], int) and isinstance(point["x"], float) for point in design.points)
    assert design.points == latin_hypercube({"x": (-1.0, 1.0), "n": (0, 19), "y": (5.0, 6.0)}, 20, seed=3).points
    assert design.points != latin_hypercube({"x": (-1.0, 1.0), "n": (0, 19), "y": (5.0, 6.0)}, 20, seed=4).points


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: full_factorial({}), "factors = {}, must name at least one factor"),
        (lambda: full_factorial({"a": [1]}), r"factors.a = \[1\], must be a list of at least 2 levels"),
        (lambda: full_factorial({"a": "xy"}), "factors.a = 'xy', must be a list"),
        (lambda: full_factorial({"a": [1, 1]}), r"factors.a = \[1, 1\], must be distinct"),
        (lambda: full_factorial({name: range(20) for name in "abcd"}), "160000 combinations, must be <= 100000"),
        (lambda: latin_hypercube({}, 4, 1), "factors = {}, must name at least one factor"),
        (lambda: latin_hypercube({"a": (1, 1)}, 4, 1), r"factors.a = \[1, 1\], must be \[lowest, highest\]"),
        (lambda: latin_hypercube({"a": (0, float("nan"))}, 4, 1), "factors.a = .*must be"),
        (lambda: latin_hypercube({"a": (0, 1)}, 1, 1), "points = 1, must be >= 2"),
    ],
)
def test_designs_that_cannot_be_made_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()

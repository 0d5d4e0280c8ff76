import itertools

import numpy as np
import pytest

from sim.statistics.fractional import fractional_factorial


def two_levels(k):
    return {name: [0, 1] for name in "abcdefghijklm"[:k]}


def signs(design):
    return 2 * design.index - 1


def word_lengths(design):
    """Sizes of all sets of factors whose product is constant: the defining relation, by brute force."""
    columns = signs(design).T
    k = len(columns)
    return [
        n
        for n in range(1, k + 1)
        for chosen in itertools.combinations(columns, n)
        if abs(np.prod(chosen, axis=0).sum()) == len(design.index)
    ]


# sizes from the tables of Box, Hunter & Hunter (2005), Statistics for Experimenters, 2nd ed., table 6.22
@pytest.mark.parametrize(
    ("k", "resolution", "n_runs"),
    [(4, 4, 8), (6, 4, 16), (7, 4, 16), (8, 4, 16), (9, 4, 32), (5, 5, 16), (6, 5, 32), (8, 5, 64), (3, 5, 8)],
)
def test_a_fraction_has_the_resolution_promised_and_the_size_of_the_tables(k, resolution, n_runs):
    design = fractional_factorial(two_levels(k), resolution)
    assert len(design.points) == n_runs
    assert len(np.unique(design.index, axis=0)) == n_runs
    assert min(word_lengths(design), default=99) >= resolution
    # every pair of factors is balanced
    assert np.array_equal(signs(design).T @ signs(design), n_runs * np.eye(k))


def test_the_half_fraction_of_five_factors_is_the_product_of_the_other_four():
    design = fractional_factorial(two_levels(5))
    sign = signs(design)
    assert np.array_equal(sign[:, 4], sign[:, :4].prod(axis=1))
    assert str(design.name) == "2^(5-1) fractional factorial, resolution V: e = abcd"
    assert design.aliases == ()


def test_interactions_that_cannot_be_told_apart_are_named():
    # 2^(4-1) with d = abc: ab = cd, ac = bd, ad = bc
    design = fractional_factorial(two_levels(4), 4)
    assert {frozenset(group) for group in design.aliases} == {
        frozenset({("a", "b"), ("c", "d")}),
        frozenset({("a", "c"), ("b", "d")}),
        frozenset({("a", "d"), ("b", "c")}),
    }
    sign = signs(design)
    assert np.array_equal(sign[:, 0] * sign[:, 1], sign[:, 2] * sign[:, 3])


def test_long_names_are_kept_apart_in_the_generators():
    design = fractional_factorial({"arm.score": [1, 2], "market.pros.n": [100, 200], "k": [2, 3], "floor": [0.1, 0.2]}, 4)
    assert str(design.name).endswith("floor = arm.score x market.pros.n x k")
    assert design.points[0] == {"arm.score": 1, "market.pros.n": 100, "k": 2, "floor": 0.1}


def test_more_than_two_levels_or_another_resolution_are_refused():
    with pytest.raises(ValueError, match=r"factors\.a has 3 levels, must be 2 for a fractional design"):
        fractional_factorial({"a": [1, 2, 3]})
    with pytest.raises(ValueError, match="resolution = 3, must be 4 or 5"):
        fractional_factorial(two_levels(3), 3)
    with pytest.raises(ValueError, match=r"factors = \{\}, must name at least one factor"):
        fractional_factorial({})

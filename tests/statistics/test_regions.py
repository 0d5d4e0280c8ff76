"""Regions of a design."""

import math

import numpy as np
import pytest

from sim.statistics.designs import full_factorial
from sim.statistics.fractional import fractional_factorial
from sim.statistics.regions import explained, leading_factors, n_regions, named, points_of, tiles

DESIGN = full_factorial({"a": [0, 1], "b": ["low", "high"], "c": [0, 1, 2], "d": [False, True]})


def test_a_region_holds_the_points_at_its_levels_whatever_the_other_factors_are() -> None:
    inside = points_of(DESIGN, {"b": "high", "c": 2})
    assert [point for point, held in zip(DESIGN.points, inside, strict=True) if held] == [
        {"a": a, "b": "high", "c": 2, "d": d} for a in (0, 1) for d in (False, True)
    ]
    assert points_of(DESIGN, {}).all()


def test_every_three_factors_of_a_resolution_five_fraction_have_tiles_of_equal_size() -> None:
    design = fractional_factorial({name: [0, 1] for name in "abcdefgh"})
    # 64 points: 8 in each of the 8 tiles
    assert {int(points_of(design, tile).sum()) for tile in tiles(design, ("b", "e", "h"))} == {8}
    # 1 of all points, 8 x 2 of one factor, 28 x 4 of two, 56 x 8 of three
    assert n_regions(design) == 1 + 16 + 112 + 448


def test_the_leading_factors_are_those_that_explain_most_alone_or_together() -> None:
    a, b, _, d = DESIGN.index.T
    # an interaction without main effects, of 4 against 1
    together = 4.0 * (2 * a - 1) * (2 * d - 1) + 1.0 * b
    assert leading_factors(DESIGN, together, 2) == ("a", "d")
    assert leading_factors(DESIGN, together) == ("a", "b", "d")
    assert leading_factors(DESIGN, together, 9) == DESIGN.factors


def test_factors_explain_the_variance_of_their_tiles_means_and_all_factors_all_of_it() -> None:
    a, b, _, d = DESIGN.index.T
    # variances 16 of the interaction of a and d, .25 of b
    means = 4.0 * (2 * a - 1) * (2 * d - 1) + 1.0 * b
    assert explained(DESIGN, means, ("a", "d")) == pytest.approx(16 / 16.25)
    assert explained(DESIGN, means, ("b",)) == pytest.approx(0.25 / 16.25)
    assert explained(DESIGN, means, ("a", "c")) == pytest.approx(0, abs=1e-12)
    assert explained(DESIGN, means, DESIGN.factors) == pytest.approx(1)
    assert math.isnan(explained(DESIGN, np.ones(24), ("a",)))


def test_means_that_do_not_fit_the_design_are_refused() -> None:
    with pytest.raises(ValueError, match=r"means have shape \(3,\), must be \(24,\), one a point"):
        leading_factors(DESIGN, np.zeros(3))


def test_tiles_are_named_by_the_factors_that_are_needed_and_no_others() -> None:
    every = tiles(DESIGN, ("a", "c"))
    assert named(DESIGN, ("a", "c"), every) == [{}]
    assert named(DESIGN, ("a", "c"), []) == []
    some = [tile for tile in every if tile["a"] == 1 or tile["c"] == 2]
    assert named(DESIGN, ("a", "c"), some) == [{"a": 1}, {"c": 2}]
    assert named(DESIGN, ("a", "c"), [{"a": 0, "c": 1}]) == [{"a": 0, "c": 1}]

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from sim.statistics.designs import full_factorial
from sim.statistics.effects import effects
from sim.statistics.fractional import fractional_factorial

TWO_BY_THREE = full_factorial({"a": [0, 1], "b": ["x", "y", "z"]})


SCALE = np.array([1 - 1e-6, 1.0, 1 + 1e-6])
"""A grain of luck: without any, nothing is certain but what is the same."""


def by_name(rows):
    return {(row.factor_a, row.level_a, row.factor_b, row.level_b): row for row in rows}


def test_effects_of_a_table_are_those_worked_out_by_hand():
    # rows a = 0: 1, 2, 3; a = 1: 3, 4, 8. Grand mean 3.5; row means 2 and 5; column means 2, 3, 5.5
    table = np.array([1, 2, 3, 3, 4, 8.0])[:, None]
    rows = by_name(effects("m", TWO_BY_THREE, table * SCALE + np.array([0.0, 10.0, 20.0])))
    assert len(rows) == 2 + 3 + 6
    main = {key: row.estimate for key, row in rows.items() if row.effect == "main"}
    assert main == pytest.approx(
        {("a", 0, "", ""): -1.5, ("a", 1, "", ""): 1.5, ("b", "x", "", ""): -1.5, ("b", "y", "", ""): -0.5, ("b", "z", "", ""): 2.0}
    )
    # a = 1, z: 8 - 5 - 5.5 + 3.5 = 1; a = 1, x and y: 3 - 5 - 2 + 3.5 = 4 - 5 - 3 + 3.5 = -.5
    assert rows["a", 1, "b", "z"].estimate == pytest.approx(1.0)
    assert rows["a", 1, "b", "x"].estimate == pytest.approx(-0.5)
    assert rows["a", 0, "b", "y"].estimate == pytest.approx(0.5)
    # shared luck (0, 10, 20) is the same at all points: effects have no noise but that of SCALE, 1e-6 of their size
    assert rows["a", 1, "b", "z"].low == pytest.approx(1.0, rel=1e-4)
    assert rows["a", 1, "b", "z"].verdict == "more than the sum of both"
    assert rows["a", 1, "b", "x"].verdict == "less than the sum of both"


def test_intervals_are_t_over_replications_shared_among_the_effects_that_differ():
    responses = np.random.default_rng(1).normal(size=(6, 10))
    rows = by_name(effects("m", TWO_BY_THREE, responses))
    # distinct up to sign: 1 of a, 3 of b, 3 of their interaction
    contrast = responses[:3].mean(axis=0) - responses.mean(axis=0)
    expected = stats.ttest_1samp(contrast, 0)
    row = rows["a", 0, "", ""]
    assert (row.low, row.high) == pytest.approx(tuple(expected.confidence_interval(1 - 0.05 / 7)))
    assert row.p_value == pytest.approx(min(1.0, 7 * expected.pvalue))
    assert row.n == 10


def test_a_two_level_factorial_agrees_with_the_regression_on_signs():
    design = full_factorial({"a": [0, 1], "b": [0, 1], "c": [0, 1]})
    responses = np.random.default_rng(2).normal(size=(8, 5))
    sign = 2.0 * design.index - 1
    columns = [np.ones(8), *sign.T, *(sign[:, i] * sign[:, j] for i, j in itertools.combinations(range(3), 2))]
    beta = np.linalg.lstsq(np.column_stack(columns), responses.mean(axis=1), rcond=None)[0]
    rows = by_name(effects("m", design, responses))
    high = [rows[name, 1, "", ""].estimate for name in "abc"]
    both = [rows[a, 1, b, 1].estimate for a, b in itertools.combinations("abc", 2)]
    assert [*high, *both] == pytest.approx(list(beta[1:]))


def test_a_factor_that_changes_nothing_is_identical_in_spite_of_rounding():
    # thirds do not add up exactly
    base = np.random.default_rng(3).normal(1000 / 3, 1, size=(2, 1, 8))
    responses = np.repeat(base, 3, axis=1).reshape(6, 8)
    rows = by_name(effects("m", TWO_BY_THREE, responses))
    assert {row.verdict for key, row in rows.items() if key[0] == "b" or key[2]} == {"identical"}
    assert rows["b", "x", "", ""].low == rows["b", "x", "", ""].high == 0.0


def test_all_effects_are_covered_together_in_95_percent_of_experiments():
    # nothing acts, and points share half of their noise; 600 experiments, standard error .009
    random = np.random.default_rng(4)
    design = full_factorial({"a": [0, 1, 2], "b": [0, 1, 2]})
    wrong = 0
    for _ in range(600):
        responses = random.normal(size=(9, 8)) + random.normal(size=(1, 8))
        wrong += any(row.verdict != "not distinguishable" for row in effects("m", design, responses))
    assert 0.005 < wrong / 600 < 0.05 + 3 * 0.009


def test_directions_and_margins_give_the_words():
    table = np.array([1, 2, 3, 3, 4, 8.0])[:, None] * SCALE + np.array([0.0, 10.0, 20.0])
    rows = by_name(effects("m", TWO_BY_THREE, table, better="lower", margin=0.6))
    assert rows["a", 1, "", ""].verdict == "worse"
    assert rows["a", 0, "", ""].verdict == "better"
    assert rows["b", "y", "", ""].verdict == "practically equal"


def test_interactions_that_a_fraction_mixes_up_are_called_aliased():
    design = fractional_factorial({name: [0, 1] for name in "abcd"}, 4)
    responses = np.random.default_rng(5).normal(size=(8, 4))
    rows = effects("m", design, responses)
    assert {row.verdict for row in rows if row.effect == "interaction"} == {"aliased"}
    assert "aliased" not in {row.verdict for row in rows if row.effect == "main"}
    found = by_name(rows)
    assert found["a", 1, "b", 1].estimate == pytest.approx(found["c", 1, "d", 1].estimate)


def test_a_replication_with_a_hole_is_left_out_and_a_dead_point_leaves_nothing():
    responses = np.random.default_rng(6).normal(size=(6, 10))
    holed = responses.copy()
    holed[2, 0] = np.nan
    assert {row.n for row in effects("m", TWO_BY_THREE, holed)} == {9}
    assert by_name(effects("m", TWO_BY_THREE, holed)) == by_name(effects("m", TWO_BY_THREE, responses[:, 1:]))
    holed[2] = np.nan
    rows = effects("m", TWO_BY_THREE, holed)
    assert {row.verdict for row in rows} == {"not defined"}
    assert all(math.isnan(row.estimate) for row in rows)


def test_responses_that_do_not_fit_and_unbalanced_designs_are_refused():
    with pytest.raises(ValueError, match=r"responses have shape \(5, 2\), must be \(6 points, n_replications\)"):
        effects("m", TWO_BY_THREE, np.zeros((5, 2)))
    part = type(TWO_BY_THREE)("part", TWO_BY_THREE.levels, TWO_BY_THREE.index[:5])
    with pytest.raises(ValueError, match="design has 0 to 1 points at a pair of levels of a and b, must be as many at each"):
        effects("m", part, np.zeros((5, 2)))

"""What a log of choices holds, and what it may not."""

import numpy as np
import pytest

from sim.offpolicy.choices import Candidates, Choices
from tests.offpolicy.bandit import HAND, HAND_CHOICES

HALF = np.array([0.5, 0.5])


def test_propensities_of_the_chosen_are_found_among_unequal_numbers_of_candidates():
    assert HAND_CHOICES.logged.tolist() == [0.5, 0.3, 0.25]
    assert HAND_CHOICES.target.tolist() == [0.8, 0.5, 1.0]
    assert HAND_CHOICES.ratio == pytest.approx([1.6, 5 / 3, 4.0], abs=1e-12)


def test_the_new_policys_mean_of_a_column_is_over_its_own_candidates():
    # .8 * 1 + .2 * 2; .5 * 3 + .5 * 4; 1 * 6
    assert HAND.expected(np.arange(1.0, 8.0)) == pytest.approx([1.2, 3.5, 6.0], abs=1e-12)


def test_a_table_is_decisions_of_as_many_candidates_each():
    table = Candidates.from_table(np.array([1, 0]), np.array([[0.4, 0.6], [0.7, 0.3]]), np.array([[0.5, 0.5], [1.0, 0.0]]))
    assert table.choices(np.zeros(2)).ratio == pytest.approx([0.5 / 0.6, 1 / 0.7])


def test_an_outcome_that_is_not_known_is_not_read():
    choices = Choices(np.array([1.0, np.nan]), HALF, HALF, followed=np.array([2.0, 0.0]))
    assert choices.weighted(choices.ratio).tolist() == [2.0, 0.0]
    assert choices.weighted(choices.ratio, np.array([0.25, 0.25])).tolist() == [1.5, 0.0]


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("logged", [0.5, 0.0], r"logged propensity of decision 1 = 0, must be within \(0, 1\]"),
        ("logged", [1.2, 0.5], r"logged propensity of decision 0 = 1.2, must be within \(0, 1\]"),
        ("logged", [np.nan, 0.5], r"logged propensity of decision 0 = nan, must be within \(0, 1\]"),
        ("target", [0.5, -0.1], r"target propensity of decision 1 = -0.1, must be within \[0, 1\]"),
        ("target", [0.5], r"target has the shape \(1,\), must be that of the outcomes, \(2,\)"),
        ("outcome", [np.nan, 1.0], "outcome of decision 0 = nan, must be finite"),
        ("followed", [1.0, -1.0], "followed weight of decision 1 = -1, must be >= 0 and finite"),
    ],
)
def test_a_log_that_cannot_be_is_refused(column, values, message):
    columns = {"outcome": np.array([1.0, 0.0]), "logged": HALF, "target": HALF} | {column: np.array(values)}
    with pytest.raises(ValueError, match=message):
        Choices(**columns)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("logged", [0.5, 0.5, 0.5, 0.4], "sum of logged propensities of decision 1 = 0.9, must be 1 over all candidates"),
        ("target", [0.5, 0.6, 0.5, 0.5], "sum of target propensities of decision 0 = 1.1, must be 1 over all candidates"),
        ("logged", [0.5, 0.5, 1.5, -0.5], r"logged propensity of decision 1 = 1.5, must be within \[0, 1\]"),
        ("logged", [0.0, 1.0, 0.5, 0.5], r"logged propensity of the chosen of decision 0 = 0, must be within \(0, 1\]"),
        ("logged", [0.5, 0.5], "logged has 2 rows, must have one a candidate, 4"),
        ("chosen", [0, 2], "chosen position of decision 1 = 2, must be one of the candidates"),
        ("chosen", [0], "chosen has 1 rows, must be one a decision, 2"),
        ("counts", [4, 0], "candidates of decision 1 = 0, must be >= 1"),
    ],
)
def test_candidates_that_cannot_be_are_refused(column, values, message):
    columns = {"counts": np.array([2, 2]), "chosen": np.array([0, 1]), "logged": np.tile(HALF, 2), "target": np.tile(HALF, 2)}
    with pytest.raises(ValueError, match=message):
        Candidates(**columns | {column: np.array(values)})


def test_an_empty_log_is_refused():
    nothing = np.array([])
    with pytest.raises(ValueError, match="decisions = 0, must be >= 1: the log is empty"):
        Choices(nothing, nothing, nothing)
    with pytest.raises(ValueError, match="decisions = 0, must be >= 1: the log is empty"):
        Candidates(np.array([], int), np.array([], int), nothing, nothing)

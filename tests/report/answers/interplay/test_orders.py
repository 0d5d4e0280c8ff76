"""Shares of the loss that do not rest on the order in which causes are removed."""

import numpy as np
import pytest

from sim.report.answers.interplay.ladder import ladder_section
from sim.report.answers.interplay.orders import grid, orders_answers, paths, removed, shapley
from sim.report.part import Part
from tests.report.answers.interplay.test_ladder import RATES, ladder
from tests.report.parts import made

# what is known (score, counted, truth) by how strongly it is used: weak, strong, strict
VALUES = np.array([[0.31, 0.32, 0.33], [0.32, 0.34, 0.36], [0.32, 0.35, 0.40]])


def orders() -> Part:
    """Points: offers drawn by weight, offers in strict order; in strict order the weak arms do not matter."""
    rates = {"uniform": [0.30, 0.30]}
    for row, (weak, strong) in enumerate([("score", "strong_score"), ("counted", "strong_counted"), ("truth", "strong_truth")]):
        rates[weak] = [VALUES[row, 0], VALUES[row, 2]]
        rates[strong] = [VALUES[row, 1], VALUES[row, 2]]
    return made(rates, studied="score", factors={"requests.offer_order": ["sampled", "ranked"]})


def test_the_grid_has_every_combination() -> None:
    assert grid(orders()).mean(axis=-1) == pytest.approx(VALUES)


def test_causes_removed_one_after_another_add_up_to_the_whole_whatever_the_order() -> None:
    values = grid(orders())
    assert len(paths()) == 6
    for path in paths():
        assert removed(values, path).sum(axis=0) == pytest.approx(values[2, 2] - values[0, 0])
    # knowledge first: noise .01, wait 0, weight .03, order .05; form first: weight .01, order .01, noise .03, wait .04
    assert removed(values, (0, 0, 1, 1)).mean(axis=1) == pytest.approx([0.01, 0.0, 0.03, 0.05])
    assert removed(values, (1, 1, 0, 0)).mean(axis=1) == pytest.approx([0.03, 0.04, 0.01, 0.01])


def test_shares_are_means_over_all_orders() -> None:
    # noise is removed weakly in 3 of 6 orders (.01), strongly in 2 (.02), in strict order in 1 (.03); the wait weakly in 1 (0),
    # strongly in 2 (.01), in strict order in 3 (.04); a weak weight knowing nothing in 3 (.01), noise gone in 2 (.02), all in 1
    # (.03); order likewise in 1 (.01), 2 (.02), 3 (.05)
    expected = [(3 * 0.01 + 2 * 0.02 + 0.03) / 6, (2 * 0.01 + 3 * 0.04) / 6, (3 * 0.01 + 2 * 0.02 + 0.03) / 6]
    expected.append((0.01 + 2 * 0.02 + 3 * 0.05) / 6)
    assert shapley(grid(orders())).mean(axis=1) == pytest.approx(expected)


def test_the_answer_has_each_cause_with_its_interval_and_its_range_over_the_orders() -> None:
    clause, table, answers = orders_answers(orders())
    # of 10 points, order costs 3.33 on average, 1 with form first and 5 with knowledge first
    assert "visibility drawn by weight instead of strict order 33 % [33, 33], 10 to 50 % by the order" in clause
    assert [len(cells) for _, cells in table.rows] == [4] * 4
    assert {one.what for one in answers if not one.metric.startswith("share")} >= {"a weak weight", "all causes"}
    assert clause in ladder_section(ladder(RATES), orders=orders()).answer

import numpy as np

from sim.allocators.worst_first import WorstFirst
from tests.views import pro_view


def order(*args: object) -> list[int]:
    """Pros by weight, first asked first."""
    return np.argsort(-WorstFirst().visibility(pro_view(*args), 100.0), kind="stable").tolist()  # type: ignore[arg-type]


def test_offers_go_in_strict_order_to_the_worst_first() -> None:
    assert WorstFirst.offer_order == "ranked"
    assert order([0.3, 0.5, 0.1]) == [2, 0, 1]


def test_a_pro_who_is_not_counted_stands_where_the_average_stands() -> None:
    # average of .1, .2, .6 is .3: after .2 and before .6, whatever the own score
    assert order([0.1, 0.2, 0.6, 0.01], [True, True, True, False]) == [0, 1, 3, 2]


def test_the_best_comes_last_and_does_not_disappear() -> None:
    weights = WorstFirst().visibility(pro_view([0.0, 0.5, 0.4]), 100.0)
    assert weights.argmax() == 0
    assert weights[1] > 0


def test_with_nobody_counted_everybody_ties() -> None:
    assert WorstFirst().visibility(pro_view([0.1, 0.9], [False, False]), 100.0).tolist() == [1, 1]

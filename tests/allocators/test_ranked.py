import numpy as np

from sim.allocators.ranked import Ranked
from tests.views import pro_view


def order(*args: object, **columns: object) -> list[int]:
    """Pros by weight, best first."""
    return np.argsort(-Ranked().visibility(pro_view(*args, **columns), 100.0), kind="stable").tolist()  # type: ignore[arg-type]


def test_offers_go_in_strict_order() -> None:
    assert Ranked.offer_order == "ranked"
    assert order([0.3, 0.5, 0.1]) == [1, 0, 2]


def test_a_pro_who_is_not_counted_stands_where_the_average_stands() -> None:
    # average of .1, .2, .6 is .3: after .6 and before .2, whatever the own score
    assert order([0.1, 0.2, 0.6, 0.99], [True, True, True, False]) == [2, 3, 1, 0]


def test_a_score_of_0_comes_last_and_does_not_disappear() -> None:
    weights = Ranked().visibility(pro_view([0.0, 0.5, 0.4]), 100.0)
    assert weights.argmin() == 0
    assert weights[0] > 0


def test_with_nobody_counted_or_all_scores_0_everybody_ties() -> None:
    assert Ranked().visibility(pro_view([0.1, 0.9], [False, False]), 100.0).tolist() == [1, 1]
    assert len(set(Ranked().visibility(pro_view([0.0, 0.0]), 100.0))) == 1


def test_equal_scores_tie_exactly() -> None:
    weights = Ranked().visibility(pro_view([1 / 3, 0.7, 1 / 3]), 100.0)
    assert weights[0] == weights[2]

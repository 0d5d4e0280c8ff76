import numpy as np
import pytest
from scipy import stats

from sim.allocators.thompson import Thompson
from tests.views import pro_view


def first_share(value: list[float], error: list[float], n: int = 4000) -> list[float]:
    """How often each pro comes first, over n refreshes."""
    luck = np.random.default_rng(33)
    firsts = [
        int(Thompson().visibility(pro_view(value, standard_error=error, uniforms=luck.random(len(value))), 100.0).argmax())
        for _ in range(n)
    ]
    return (np.bincount(firsts, minlength=len(value)) / n).tolist()


def test_a_pro_comes_first_as_often_as_they_are_likely_to_be_the_best() -> None:
    beliefs = [stats.beta(30, 70), stats.beta(9, 31)]
    # P(the second is better), by quadrature
    grid = np.linspace(0, 1, 20_001)
    likely = float((beliefs[1].pdf(grid) * beliefs[0].cdf(grid)).sum() / 20_000)
    assert 0.1 < likely < 0.2
    share = first_share([belief.mean() for belief in beliefs], [belief.std() for belief in beliefs])
    assert abs(share[1] - likely) < 3 * np.sqrt(likely * (1 - likely) / 4000)


def test_who_is_little_known_leads_more_often_than_who_is_known_to_be_average() -> None:
    share = first_share([0.3, 0.3, 0.3], [0.1, 0.01, 0.01])
    # nearly half, whenever the own draw is above .3 by more than the others vary; .024 are 3 errors
    assert abs(share[0] - 0.45) < 0.04
    assert abs(share[1] - share[2]) < 0.04


def test_offers_go_in_the_order_of_the_draws() -> None:
    assert Thompson.offer_order == "ranked"
    view = pro_view([0.3, 0.3, 0.3], standard_error=[0.05] * 3, uniforms=[0.9, 0.2, 0.5])
    assert np.argsort(Thompson().visibility(view, 100.0)).tolist() == [1, 2, 0]


def test_a_pro_who_is_not_counted_stands_at_the_mean_of_the_draws() -> None:
    view = pro_view([0.2, 0.4, 0.9], [True, True, False], standard_error=[0.0] * 3, uniforms=[0.5] * 3)
    assert Thompson().visibility(view, 100.0) == pytest.approx([0.2, 0.4, 0.3])


def test_with_nothing_known_everybody_ties() -> None:
    view = pro_view([0.2, 0.4], [False, False], uniforms=[0.1, 0.9])
    assert Thompson().visibility(view, 100.0).tolist() == [1, 1]


def test_without_uniforms_it_refuses() -> None:
    with pytest.raises(ValueError, match="must declare needs_uniforms = True"):
        Thompson().visibility(pro_view([0.2]), 100.0)

from typing import Any

import pytest

from sim.allocators.tiers import Tiers
from tests.views import pro_view


def test_each_band_gets_its_share_in_equal_parts() -> None:
    # four of ten below .5, four up to .9, the best two above: .2, .3 and .5 of the requests, over .4, .4 and .2 of the pros.
    # A pro's standing is the share of pros below and half of those alike: .05, .15, ...
    view = pro_view([i / 20 for i in range(1, 11)])
    weights = Tiers("rank", (0.4, 0.8), (0.2, 0.3, 0.5)).visibility(view, 100.0)
    assert weights == pytest.approx([0.5] * 4 + [0.75] * 4 + [2.5] * 2)


def test_bands_can_be_multiples_of_the_average_score() -> None:
    # average .3: below .27, around, from .33 on: one, three and two pros; the last is not counted
    view = pro_view([0.1, 0.29, 0.3, 0.3, 0.33, 0.48, 0.9], [True] * 6 + [False])
    weights = Tiers("score", (0.9, 1.1), (0.1, 0.5, 0.4)).visibility(view, 100.0)
    assert weights == pytest.approx([0.6, 1, 1, 1, 1.2, 1.2, 1])


def test_equal_scores_share_a_band() -> None:
    assert len(set(Tiers("rank", (0.5, 0.9), (0.35, 0.45, 0.2)).visibility(pro_view([0.3] * 7), 100.0))) == 1
    weights = Tiers("rank", (0.5,), (0.3, 0.7)).visibility(pro_view([0.1, 0.3, 0.3, 0.3]), 100.0)
    # the three alike have a standing of (1 + 4) / 8
    assert weights == pytest.approx([0.3 * 4, *[0.7 * 4 / 3] * 3])


def test_the_requests_of_an_empty_band_go_to_the_others_in_proportion() -> None:
    # nobody within 10 % of the average of .3
    weights = Tiers("score", (0.9, 1.1), (0.2, 0.4, 0.4)).visibility(pro_view([0.1, 0.1, 0.7]), 100.0)
    assert weights[2] / weights[0] == pytest.approx(0.4 / 0.1)


def test_who_has_left_takes_no_place_in_a_band() -> None:
    bands = Tiers("rank", (0.5,), (0.4, 0.6))
    with_them = bands.visibility(pro_view([0.1, 0.2, 0.9, 0.9], active=[True, True, False, False]), 100.0)
    assert with_them[:2].tolist() == bands.visibility(pro_view([0.1, 0.2]), 100.0).tolist()


def test_shares_as_large_as_the_bands_make_everybody_alike() -> None:
    weights = Tiers("rank", (0.5, 0.9), (0.5, 0.4, 0.1)).visibility(pro_view([i / 20 for i in range(10)]), 100.0)
    assert weights == pytest.approx([1] * 10)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        (("rank", (0.9, 0.5), (0.3, 0.3, 0.4)), "bounds = [0.9, 0.5], must increase"),
        (("rank", (0.5, 0.5), (0.3, 0.3, 0.4)), "bounds = [0.5, 0.5], must increase"),
        (("rank", (0.5, 1.1), (0.3, 0.3, 0.4)), "bounds = [0.5, 1.1], must be > 0 and < 1"),
        (("score", (0.0, 1.1), (0.3, 0.3, 0.4)), "bounds = [0.0, 1.1], must be > 0 and finite"),
        (("score", (0.9, float("nan")), (0.3, 0.3, 0.4)), "bounds = [0.9, nan], must increase"),
        (("score", (float("nan"),), (0.5, 0.5)), "bounds = [nan], must be > 0 and finite"),
        (("rank", (0.5, 0.9), (0.5, 0.5)), "shares = [0.5, 0.5], must be one more than bounds: 3"),
        (("rank", (0.5, 0.9), (0.5, 0.5, 0.5)), "shares = [0.5, 0.5, 0.5], must be > 0 and sum to 1"),
        (("rank", (0.5, 0.9), (0.5, 0.5, 0.0)), "shares = [0.5, 0.5, 0.0], must be > 0 and sum to 1"),
        (("stars", (0.5,), (0.5, 0.5)), "scale = 'stars', must be one of score, rank"),
    ],
)
def test_bands_and_shares_that_contradict_are_refused(values: Any, rule: str) -> None:
    with pytest.raises(ValueError) as caught:
        Tiers(*values)
    assert str(caught.value) == rule

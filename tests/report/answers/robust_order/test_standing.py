"""The order of arms in one market, and what is left of another's order there."""

import pytest

from sim.report.answers.robust_order.standing import Standing, left_of, standing
from tests.report.parts import made


def standing_of(a: float, b: float, c: float, noise: float = 0.0) -> Standing:
    """Three arms by these rates; the luck of ``b`` alone is ± noise, so its paired differences spread by 1.07 noise."""
    part = made({"a": a, "b": b, "c": c}, control="a", studied="b", noise={"b": noise})
    return standing(part, 0, "here", "return_rate_6m", 3)


def test_the_best_mean_comes_first_and_neighbours_that_are_clear_are_marked() -> None:
    assert standing_of(0.30, 0.32, 0.31).words() == "b > c > a"


def test_neighbours_within_luck_are_marked_as_not_told_apart() -> None:
    # c is .01 above a in every run; b lies .001 below c with luck of ± .02: half-width t(1 - .025 / 3, 7) .0214 / sqrt(8) = .024
    found = standing_of(0.30, 0.309, 0.31, noise=0.02)
    assert found.words() == "c ~ b ~ a"
    assert found.clear() == {("c", "a")}


def test_equal_runs_are_marked_as_equal_and_stand_as_the_part_has_them() -> None:
    assert standing_of(0.30, 0.30, 0.29).words() == "a = b > c"


def test_an_arm_whose_metric_is_not_known_comes_last_and_is_never_clear() -> None:
    part = made({"a": float("nan"), "b": 0.3, "c": 0.31}, control="b", studied="c")
    found = standing(part, 0, "here", "return_rate_6m", 3)
    assert (found.words(), found.clear()) == ("c > b ~ a", {("c", "b")})


@pytest.mark.parametrize(
    ("rates", "noise", "held", "open_", "reversed_"),
    [
        ((0.30, 0.32, 0.31), 0.0, (("b", "c"), ("b", "a"), ("c", "a")), (), ()),
        # b falls behind both: b over c and b over a are turned around, c over a stays
        ((0.30, 0.29, 0.31), 0.0, (("c", "a"),), (), (("b", "c"), ("b", "a"))),
        # b is as good as anything within its luck
        ((0.30, 0.305, 0.31), 0.02, (("c", "a"),), (("b", "c"), ("b", "a")), ()),
        # no difference at all is nothing that holds
        ((0.30, 0.30, 0.30), 0.0, (), (("b", "c"), ("b", "a"), ("c", "a")), ()),
    ],
)
def test_each_pair_that_is_clear_today_holds_is_open_or_is_reversed(rates, noise, held, open_, reversed_) -> None:
    found = left_of(standing_of(0.30, 0.32, 0.31), standing_of(*rates, noise=noise))
    assert (found.held, found.open, found.reversed) == (held, open_, reversed_)


def test_a_pair_that_is_not_clear_today_is_new_where_it_is_clear_and_none_of_the_three() -> None:
    found = left_of(standing_of(0.30, 0.305, 0.31, noise=0.02), standing_of(0.31, 0.30, 0.29))
    # today's order is c ~ b ~ a, with c over a clear; there a > b > c
    assert (found.held, found.open, found.reversed) == ((), (), (("c", "a"),))
    assert set(found.new) == {("a", "b"), ("b", "c")}

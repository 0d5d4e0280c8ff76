"""What would be seen where no experiment is sure to tell in time."""

import math

import pytest

from sim.report.instead import Bolder, OutcomeFound, instead_sentence, sign_sentence
from tests.charts.lab import design, exactly

# an effect of .6 points, sd 20 points in 182 days: 2.80^2 x (20 / .6)^2 x 26 weeks = 226,800 weeks
HOPELESS = design(sd=0.2).found


def test_more_cities_and_bolder_arms_are_named_with_their_time() -> None:
    # sd 2 points: 2,267 weeks, 44 times 52; an effect of 6 points takes a hundredth, 23 weeks; in 2 of 10 zones five times that
    text = instead_sentence(design(sd=0.02).found, 364, design(sd=0.02).found, Bolder("bold", exactly(0.06), 10), "share")
    assert text == (
        "What would be seen sooner: the same in 44 such cities at once, after 52 weeks; bold, which changes it by +6.00 points"
        " [+5.90, +6.10], after 23 weeks; bold for half of the clients of 2 of the 10 zones, after 2 years."
    )


def test_what_takes_longer_is_not_named() -> None:
    weak = Bolder("weak", exactly(0.001), 10)
    assert "weak" not in instead_sentence(HOPELESS, 364, None, weak, "share")
    assert Bolder("none", exactly(0.0), 10).days(HOPELESS) == math.inf


def test_a_sign_is_named_with_what_it_is_off_by() -> None:
    sign = OutcomeFound(exactly(0.02), 0.5, exactly(0.01), exactly(0.004))
    names = {"returned_60d": "early returns", "returned_6m": "returns"}
    weeks = {"returned_6m": 90.0, "returned_60d": 30.0}
    assert sign_sentence(weeks, "returned_6m", {"returned_60d": sign}, names, "share") == (
        "The same design tells soonest by early returns: 30 weeks. Taken as a sign of the effect it says +1.00 points"
        " [+0.90, +1.10], off by +0.40 points [+0.30, +0.50]: what moves a sign does not move the effect alike."
    )
    assert sign_sentence({"returned_6m": 20.0, "returned_60d": 30.0}, "returned_6m", {}, names, "share") == ""


@pytest.mark.parametrize("weeks", [{"returned_6m": math.inf, "returned_60d": math.inf}])
def test_what_never_tells_is_no_sign(weeks: dict[str, float]) -> None:
    assert sign_sentence(weeks, "completed", {}, {}, "share") == ""

import pytest

from sim.report.answers.factorial import factorial_section
from tests.report.parts import made

FACTORS = {"stay.late": [0, -1.0], "clients.one_time_share": [0.4, 0.6]}


def section(gains: list[float], control: str = "uniform"):
    part = made(
        {"uniform": 0.3, "today": [0.3 + gain for gain in gains]}, factors=FACTORS, base={"stay.late": -1.0}, control=control
    )
    return factorial_section(part)


@pytest.mark.parametrize(
    ("gains", "words"),
    [
        ([0.01, 0.01, 0.02, 0.02], "is clearly positive at all 4 points; its size moves with late"),
        (
            [0.01, 0.01, -0.02, 0.02],
            "The sign of the gain rests on the assumptions: at 1 of 4 points today is clearly behind uniform, at 3 clearly ahead",
        ),
        ([0.01, 0.0, 0.02, 0.02], "clearly positive at 3 of 4 points and nowhere clearly negative"),
    ],
)
def test_the_answer_says_whether_the_sign_holds(gains: list[float], words: str) -> None:
    assert words in section(gains).answer


def test_points_above_zero_that_cannot_be_told_from_it_are_not_counted_as_positive() -> None:
    # luck of its own of +-2 points around gains of 1: above 0 everywhere, clearly so nowhere
    part = made({"uniform": 0.3, "today": [0.31] * 4}, factors=FACTORS, noise={"today": 0.02})
    found = factorial_section(part)
    assert "is clearly positive at 0 of 4 points and nowhere clearly negative" in found.answer
    assert found.sentences[0].startswith("Point by point the gain is clearly positive at 0 of 4 and clearly negative at 0; its")
    assert "its estimate is above 0 at 4" in found.sentences[0]


def test_each_level_has_its_gain_over_the_other_factors() -> None:
    found = section([0.01, 0.03, 0.02, 0.02])
    gains = {one.what: one.estimate for one in found.answers if one.metric == "return_rate_6m" and "," not in one.what}
    # late 0: mean of 1 and 3 points; one_time_share .4: of 1 and 2
    assert gains == pytest.approx({"late 0": 0.02, "late -1": 0.02, "one time share 0.4": 0.015, "one time share 0.6": 0.025})
    assert "Late: practically no difference between its levels" in found.sentences[1]
    assert [name for name, _ in found.tables[0].rows][1] == "late -1 (as it stands)"


def test_without_a_control_levels_are_levels() -> None:
    found = section([0.01, 0.01, 0.02, 0.02], control="")
    assert found.answer.startswith("New clients who book again within 6 months: moves with late")
    assert all(one.verdict == "" for one in found.answers)
    with pytest.raises(ValueError, match="must have factors"):
        factorial_section(made({"uniform": 0.3, "today": 0.3}))

import numpy as np
import pytest

from sim.report.answers.interplay.payback import balance_at, months_at, payback_section
from tests.report.parts import N, made


def test_another_k_moves_the_cost_and_nothing_else() -> None:
    curve = np.array([[-30.0, -10.0, 10.0, 30.0]])
    np.testing.assert_allclose(balance_at(curve, 3, 4), [[-40, -20, 0, 20]])
    np.testing.assert_allclose(balance_at(curve, 3, 3), curve)
    # K = 2: -20, 0: after one month; K = 5: -50, -30, -10, 10: half way through the third
    assert months_at(curve, 3, 2).tolist() == [1.0]
    assert months_at(curve, 3, 5).tolist() == [2.5]
    # K = 9: never within the curve
    assert months_at(curve, 3, 9).tolist() == [3.0]
    assert np.isnan(months_at(np.full((1, 4), np.nan), 3, 3)).all()


def ladder():
    return made({"uniform": 0.3, "today": 0.31, "oracle": 0.36}, name="ladder", steps={"today": "score", "oracle": "all else"})


def test_months_are_arithmetic_and_say_so() -> None:
    section = payback_section(ladder())
    months = {one.what: one.estimate for one in section.answers if one.metric == "months_to_break_even" and not one.against}
    # a cost of 10 K and 2 a month
    assert [months[f"today, K = {k}"] for k in (2, 3, 4, 5)] == pytest.approx([10, 15, 20, 24])
    assert {one.basis for one in section.answers} == {"arithmetic", "theory"}
    assert section.answer == (
        "Months until a new client pays back at K = 3, a restricted mean: 15.0 ± 0.0 months with today, not distinguishable"
        f" from uniform (0.0 months [0.0, 0.0]) ({N} replications)."
    )


def test_theory_stands_beside_the_simulated_balance() -> None:
    # 1 + .3 * .3 = 1.09 bookings are below every K, while the balance after 24 months (18) pays for K = 2, 3 and 4
    section = payback_section(ladder())
    assert "agree at 3 of 12 pairs" in section.sentences[0]
    part = ladder()
    for arm in part.arms:
        part.values[arm]["repeat_share_24m"][:] = 0.5
        part.values[arm]["further_bookings_24m"][:] = 7.0
    # 4.5: K = 2, 3, 4 and not 5
    assert "agree at 12 of 12 pairs" in payback_section(part).sentences[0]


GROWTH = {"arm.allocator.strength": [0, 1], "economics.payback_bookings": [2, 5]}


def growth(clients: list[float], noise: float = 0.0):
    return made(
        {"today": [0.3] * 4},
        name="growth",
        control="",
        factors=GROWTH,
        noise={"today": noise},
        metrics={"new_clients_per_month": {"today": clients}},
        base={"arm.allocator.strength": 1, "economics.payback_bookings": 3},
    )


def test_reinvestment_lets_the_payback_decide_growth() -> None:
    # strength, K: 0,2  0,5  1,2  1,5
    section = payback_section(growth=growth([800, 100, 800, 150]))
    assert section.answer == (
        "With reinvestment K decides growth: 800 new clients a month at K = 2, 150 at K = 5 (−650.0 [−650.0, −650.0]);"
        " the score moves it most at K = 5 (+50.0 [+50.0, +50.0] a month) (8 replications)."
    )
    assert any(
        line.startswith("Act together on growth, beyond what they add up to: strength with payback bookings")
        for line in section.sentences
    )


def test_growth_that_does_not_move_is_said_not_to() -> None:
    section = payback_section(growth=growth([100, 100, 100, 100], noise=1.0))
    assert section.answer.startswith("Growth with reinvestment does not clearly depend on K")
    assert "No two factors can be told to act together on growth" in " ".join(section.sentences)


def test_points_that_are_identical_are_named_without_a_cause_that_values_cannot_show() -> None:
    factors = GROWTH | {"arm.allocator.strength": [1, 2, 4]}
    part = made(
        {"today": [0.3] * 6},
        name="growth",
        control="",
        factors=factors,
        metrics={"new_clients_per_month": {"today": [900, 50, 900, 50, 900, 60]}},
    )
    words = " ".join(payback_section(growth=part).sentences)
    assert (
        "New clients of the last quarter are identical at 3 of 6 points in every replication (all with payback bookings 2), the"
        " most of all, as when the reach of marketing binds: no difference shows there."
    ) in words
    assert (
        "identical at 2 of 6 points in every replication (all with payback bookings 5), the fewest of all, as when its floor"
        in words
    )
    assert "is bought" not in words
    # not where everything is the same: then nothing is at an end
    flat = " ".join(payback_section(growth=growth([100, 100, 100, 100])).sentences)
    assert "identical at" not in flat


def test_the_cells_of_the_maps_of_growth_are_among_the_numbers() -> None:
    cells = [one for one in payback_section(growth=growth([800, 100, 800, 150])).answers if one.basis == "map cell"]
    assert {one.what.split(": ")[1]: one.estimate for one in cells} == {
        "strength 0, payback bookings 2": 800,
        "strength 0, payback bookings 5": 100,
        "strength 1, payback bookings 2": 800,
        "strength 1, payback bookings 5": 150,
    }
    assert {one.metric for one in cells} == {"new_clients_per_month"}


@pytest.mark.parametrize(
    ("clients", "words"), [([300.0, 100], "faster than today at 2"), ([100.0, 50], "slower at 2"), ([200.0, 80], "cannot be told")]
)
def test_policies_by_stage_are_judged_at_each_k(clients: list[float], words: str) -> None:
    stages = made(
        {"uniform": 0.3, "today": 0.3, "payback_aware": 0.3},
        name="stages",
        factors={"economics.payback_bookings": [2, 5]},
        metrics={"new_clients_per_month": {"uniform": [90.0, 60], "today": [200.0, 80], "payback_aware": clients}},
    )
    assert words in payback_section(stages=stages).sentences[-1]

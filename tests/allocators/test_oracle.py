import pytest

from sim.allocators.oracle import Oracle, OracleByStage, OracleProportional, OracleWhenCounted
from tests.views import pro_view

TRUTH = [0.2, 0.4, 0.3]


def test_the_oracle_orders_by_the_truth_and_not_by_the_score() -> None:
    assert Oracle.offer_order == "ranked"
    assert Oracle().visibility(pro_view([0.9, 0.1, 0.5], true_return_propensity=TRUTH), 0.0).tolist() == TRUTH


def test_a_reference_by_stage_keeps_the_best_for_early_bookings() -> None:
    # four stages: truth for clients with fewer than two bookings, its reverse from then on
    weights = OracleByStage(2).visibility(pro_view([0.5] * 3, true_return_propensity=TRUTH, n_stages=4), 0.0)
    assert [row.argsort().tolist() for row in weights] == [[0, 2, 1], [0, 2, 1], [1, 2, 0], [1, 2, 0]]
    # one that looks further than there are stages never turns
    assert (OracleByStage(9).visibility(pro_view([0.5] * 3, true_return_propensity=TRUTH, n_stages=4), 0.0) == TRUTH).all()


@pytest.mark.parametrize("until", [0, True])
def test_a_reference_by_stage_looks_at_one_booking_at_least(until: int) -> None:
    with pytest.raises(ValueError, match="until_bookings = "):
        OracleByStage(until)


def test_the_proportional_oracle_weighs_by_the_truth_from_the_first_day() -> None:
    # average .3: 2/3, 4/3, 1, for all pros, whether or not their score counts
    view = pro_view([0.9, 0.1, 0.5], [False, False, True], true_return_propensity=TRUTH)
    assert OracleProportional(1, 0.2, 5).visibility(view, 0.0) == pytest.approx([2 / 3, 4 / 3, 1])
    assert OracleProportional(0, 0.2, 5).visibility(view, 0.0).tolist() == [1, 1, 1]
    assert not hasattr(OracleProportional, "offer_order")


def test_an_oracle_that_waits_for_the_score_is_neutral_until_it_counts() -> None:
    # counted: .2 and .3, average .25: .8, 1.2; the other gets their mean, 1
    view = pro_view([0.9, 0.1, 0.5], [True, False, True], true_return_propensity=TRUTH)
    assert OracleWhenCounted(1, 0.2, 5).visibility(view, 0.0) == pytest.approx([0.8, 1.0, 1.2])
    nobody = pro_view([0.9, 0.1, 0.5], [False] * 3, true_return_propensity=TRUTH)
    assert OracleWhenCounted(1, 0.2, 5).visibility(nobody, 0.0).tolist() == [1, 1, 1]


@pytest.mark.parametrize("oracle", [Oracle(), OracleProportional(1, 0.2, 5), OracleWhenCounted(1, 0.2, 5)])
def test_an_oracle_declares_that_it_sees_the_truth_and_needs_it(
    oracle: Oracle | OracleProportional | OracleWhenCounted,
) -> None:
    assert oracle.sees_truth
    with pytest.raises(ValueError, match="sees_truth"):
        oracle.visibility(pro_view([0.1, 0.2, 0.3]), 0.0)

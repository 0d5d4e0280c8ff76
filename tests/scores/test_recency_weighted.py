import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scores.fidelity import FidelityScore
from sim.scores.recency_weighted import RecencyWeighted
from tests.views import NOT_YET, history


def score(half_life_days: float, lookback_days: float = 400) -> RecencyWeighted:
    """Book again within 30 days; no threshold but one client behind."""
    return RecencyWeighted(30, lookback_days, 0, 1, "left_out", "platform", half_life_days)


def test_a_client_of_one_half_life_earlier_weighs_half() -> None:
    # the older one returned: 1/2 of 1/2 + 1; squares 1/4 + 1
    table = score(20)(history([(0, 40, 50, 50), (0, 60, NOT_YET, NOT_YET)], n_pros=2), 100.0)
    assert table.value[0] == pytest.approx(1 / 3)
    assert table.standard_error[0] == pytest.approx(math.sqrt(1 / 3 * 2 / 3 * 1.25) / 1.5)
    assert table.clients_behind.tolist() == [2, 0]
    assert math.isnan(table.value[1])


def test_only_ages_relative_to_the_own_clients_matter() -> None:
    clients = [(0, 40, 50, 50), (0, 60, NOT_YET, NOT_YET), (1, 50, 55, 55), (1, 70, NOT_YET, NOT_YET)]
    early, late = (score(20)(history(clients, n_pros=2), now).value for now in (100.0, 300.0))
    assert early.tolist() == late.tolist()
    assert early[0] == early[1]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 400), st.booleans()), max_size=40))
def test_with_an_infinite_half_life_it_is_the_fidelity_score_to_the_bit(rows: list[tuple[int, int, bool]]) -> None:
    past = history([(pro, day, day + 5 if back else NOT_YET, NOT_YET) for pro, day, back in rows], n_pros=3)
    plain = FidelityScore(30, 400, 0, 1, "left_out", "platform")(past, 430.0)
    weighed = score(math.inf)(past, 430.0)
    for name in ("value", "counted", "clients_behind"):
        assert getattr(weighed, name).tobytes() == getattr(plain, name).tobytes()
    np.testing.assert_allclose(weighed.standard_error, plain.standard_error, rtol=1e-12)


def test_clients_of_long_ago_do_not_vanish() -> None:
    # 5000 half-lives apart: the newest decides, and a pro with none but old clients keeps the score
    past = history([(0, 1, 5, 5), (0, 5001, NOT_YET, NOT_YET), (1, 1, 5, 5)], n_pros=2)
    assert score(1, lookback_days=6000)(past, 5100.0).value.tolist() == [0, 1]


def test_a_pro_who_has_improved_scores_higher_the_shorter_the_half_life() -> None:
    # nobody came back for a year, everybody since
    past = history([(0, day, day + 5 if day > 365 else NOT_YET, NOT_YET) for day in range(10, 730, 10)])
    values = [score(days, lookback_days=1000)(past, 800.0).value[0] for days in (math.inf, 365, 183, 30)]
    assert (np.diff(values) > 0).all()
    assert values[-1] > 0.99


@pytest.mark.parametrize("days", [0, -5, 0.5, math.nan])
def test_a_half_life_has_at_least_a_day(days: float) -> None:
    with pytest.raises(ValueError, match=f"half_life_days = {days:g}, must be >= 1"):
        score(days)

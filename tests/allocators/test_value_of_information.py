import math

import numpy as np
import pytest

from sim.allocators.fidelity import Fidelity
from sim.allocators.value_of_information import ValueOfInformation
from tests.views import pro_view


def policy(bonus: float = 1, prior_clients: float = 60) -> ValueOfInformation:
    return ValueOfInformation(1, 0.0, 5.0, bonus, prior_clients)


def test_the_less_is_known_of_a_pro_the_larger_the_bonus() -> None:
    # 0, 60 and very many clients: the bonus in full, a quarter, none; two pros at 1/2 and 3/2 of the average, one neutral
    view = pro_view([0.1, 0.3, 0.9], [True, True, False], new_clients=[60, 10**9, 0])
    assert policy().visibility(view, 100.0) == pytest.approx([0.5 * 1.25, 1.5, 2])
    assert policy(bonus=4).visibility(view, 100.0) == pytest.approx([0.5 * 2, 1.5, 5])


def test_without_a_bonus_it_is_fidelity_to_the_bit() -> None:
    view = pro_view([0.1, 0.37, 0.9], [True, True, False], new_clients=[60, 3, 0])
    assert policy(bonus=0).visibility(view, 100.0).tobytes() == Fidelity(1, 0, 5).visibility(view, 100.0).tobytes()


def test_the_bonus_is_what_one_more_client_adds_to_reliability() -> None:
    prior, n = 60, np.array([0, 10, 100])
    h = 1e-4
    gain = ((n + h) / (n + h + prior) - n / (n + prior)) / h
    bonus = policy().visibility(pro_view([0.3] * 3, new_clients=n), 100.0) - 1
    assert bonus == pytest.approx(gain / gain[0], rel=1e-4)


@pytest.mark.parametrize(
    ("bonus", "prior", "rule"),
    [
        (-1, 60, "bonus = -1, must be within 0..100"),
        (math.nan, 60, "bonus = nan, must be within 0..100"),
        (1, 0, "prior_clients = 0, must be > 0 and finite"),
        (1, math.inf, "prior_clients = inf, must be > 0 and finite"),
    ],
)
def test_parameters_have_bounds(bonus: float, prior: float, rule: str) -> None:
    with pytest.raises(ValueError) as caught:
        policy(bonus, prior)
    assert str(caught.value) == rule

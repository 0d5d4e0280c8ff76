import math
from dataclasses import replace

import numpy as np
import pytest

from sim.scores.case_mix import CaseMix
from sim.scores.fidelity import FidelityScore
from tests.views import NOT_YET, history


def score(prior_clients: float) -> CaseMix:
    """Book again within 30 days; look back 40 days; no threshold but one client behind."""
    return CaseMix(30, 40, 0, 1, "left_out", "platform", prior_clients)


def group(pro: int, n: int, returned: int, day: float = 50) -> list[tuple[int, float, float, float]]:
    """Clients of a pro, some of whom returned."""
    return [(pro, day, day + 5 if i < returned else NOT_YET, NOT_YET) for i in range(n)]


def test_two_services_by_hand() -> None:
    # service 0: 1 of 4 returned; service 1: 3 of 4; platform .5. With four more clients at the platform's rate the services are
    # at 3/8 and 5/8; channel and season have one group each. With four more at these, the cells are at (1 + 1.5) / 8 = .3125
    # and (3 + 2.5) / 8 = .6875. So 1.25 and 2.75 returns are expected, of pros who had 1 and 3.
    past = history(group(0, 4, 1) + group(1, 4, 3), n_pros=3, service=[0] * 4 + [1] * 4)
    table = score(4)(past, 100.0)
    assert table.value[:2] == pytest.approx([1 / 1.25 * 0.5, 3 / 2.75 * 0.5])
    errors = [math.sqrt(4 * 0.3125 * 0.6875) / expected * 0.5 for expected in (1.25, 2.75)]
    assert table.standard_error[:2] == pytest.approx(errors)
    assert table.clients_behind.tolist() == [4, 4, 0]
    assert math.isnan(table.value[2])
    assert table.counted.tolist() == [True, True, False]


@pytest.mark.parametrize("column", ["service", "channel"])
def test_a_pro_is_not_blamed_for_clients_who_seldom_return_anyway(column: str) -> None:
    # pros 0 and 1 do as is usual for their clients, 20 and 60 %; pro 2 has the first kind and half of them return
    kinds = {column: [0] * 500 + [1] * 500 + [0] * 50}
    past = history(group(0, 500, 100) + group(1, 500, 300) + group(2, 50, 25), n_pros=3, **kinds)
    value = score(20)(past, 100.0).value
    rate = 425 / 1050
    assert value[0] == pytest.approx(rate, rel=0.15)
    assert value[1] == pytest.approx(rate, rel=0.05)
    assert value[2] > 2 * value[0]


def test_seasons_differ_too() -> None:
    # 20 % of 300 clients return after spring sessions, with pro 0; 60 % of 100 after summer sessions, with pro 1
    past = history(group(0, 300, 60, day=150) + group(1, 100, 60, day=200), n_pros=2)
    value = CaseMix(30, 200, 0, 1, "left_out", "platform", 20)(past, 300.0).value
    raw = FidelityScore(30, 200, 0, 1, "left_out", "platform")(past, 300.0).value
    assert raw[1] / raw[0] == pytest.approx(3)
    assert value[1] / value[0] < 1.25


@pytest.mark.parametrize("prior", [20, 1e12])
def test_where_clients_are_alike_or_the_prior_is_everything_it_is_the_raw_share(prior: float) -> None:
    kinds = [i % 3 for i in range(90)] if prior == 1e12 else 0
    past = history(group(0, 30, 9) + group(1, 40, 20) + group(2, 20, 1), n_pros=3, service=kinds)
    value = score(prior)(past, 100.0).value
    assert value == pytest.approx([0.3, 0.5, 0.05], rel=1e-9)


def test_what_is_observed_over_all_pros_is_about_what_is_expected() -> None:
    luck = np.random.default_rng(2)
    returned = luck.random(600) < 0.3
    pros = luck.integers(0, 5, 600)
    firsts = [(int(pro), 50.0, 55.0 if back else NOT_YET, NOT_YET) for pro, back in zip(pros, returned, strict=True)]
    past = history(firsts, n_pros=5, service=luck.integers(0, 4, 600), channel=luck.integers(0, 3, 600))
    table = score(20)(past, 100.0)
    assert table.value @ table.clients_behind / 600 == pytest.approx(returned.mean(), rel=0.02)


def test_a_history_without_services_is_refused() -> None:
    past = replace(history(group(0, 4, 1)), first_service=None)
    with pytest.raises(ValueError, match="needs first_service and first_channel: the score must declare needs_clients = True"):
        score(4)(past, 100.0)


@pytest.mark.parametrize("prior", [0, -1, math.nan, math.inf])
def test_the_prior_is_a_positive_number(prior: float) -> None:
    with pytest.raises(ValueError, match=f"prior_clients = {prior:g}, must be > 0 and finite"):
        score(prior)

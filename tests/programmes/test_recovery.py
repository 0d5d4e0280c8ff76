import math
from typing import Any

import pytest

from sim import rules
from sim.programmes import recovery
from tests.markets import market
from tests.programmes.presets import filled, preset


def test_what_counts_as_a_failure() -> None:
    care = filled(preset("recovery", late_from_minutes=15, rating_at_most=2))
    on_time = (rules.COMPLETED, 3.0, 5, 0)
    assert not recovery.failed(*on_time, care)
    assert not recovery.failed(rules.COMPLETED, 15.0, 0, 0, care)
    assert recovery.failed(rules.COMPLETED, 15.1, 0, 0, care)
    assert recovery.failed(rules.COMPLETED, 3.0, 2, 0, care)
    assert not recovery.failed(rules.COMPLETED, 3.0, 3, 0, care)
    assert recovery.failed(rules.COMPLETED, 3.0, 0, 1, care)
    assert recovery.failed(rules.UNFILLED, math.nan, 0, 0, care)
    assert recovery.failed(rules.CANCELLED_BY_PRO, math.nan, 0, 1, care)
    # what the client did is no failure of the platform's
    assert not recovery.failed(rules.NO_SHOW, math.nan, 0, 1, care)
    assert not recovery.failed(rules.CANCELLED_BY_CLIENT, math.nan, 0, 0, care)
    deaf = filled(preset("recovery", rating_at_most=0, after_cancelled=False, after_unfilled=False))
    assert not recovery.failed(rules.COMPLETED, 3.0, 1, 1, deaf)
    assert not recovery.failed(rules.UNFILLED, math.nan, 0, 0, deaf)
    assert not recovery.failed(rules.CANCELLED_BY_PRO, math.nan, 0, 0, deaf)


def test_the_harm_is_that_of_the_failure_and_not_of_the_pro() -> None:
    record = rules.parameters(market("stay.late=-1", "stay.redispatched=-0.5"), 1, 0)[0]
    # a warm pro who was late: the effect is positive, the failure is still there
    assert recovery.failure_logit(rules.COMPLETED, 0.7, True, 0, record) == -1.0
    assert recovery.failure_logit(rules.COMPLETED, 0.7, True, 2, record) == -1.5
    assert recovery.failure_logit(rules.COMPLETED, -0.3, False, 0, record) == -0.3
    assert recovery.failure_logit(rules.COMPLETED, 0.3, False, 0, record) == 0.0
    assert recovery.failure_logit(rules.UNFILLED, -1.2, False, 0, record) == -1.2


def test_delay_halves_what_apology_and_compensation_repair() -> None:
    shares = {"apology_share": 0.8, "compensation_share": 0.4, "half_life_hours": 10}
    at_once = filled(preset("recovery", hours=0, **shares))
    late = filled(preset("recovery", hours=20, **shares))
    assert (at_once["apology_share"], at_once["compensation_share"]) == pytest.approx((0.8, 0.4))
    assert (late["apology_share"], late["compensation_share"]) == pytest.approx((0.2, 0.1))


def test_compensation_repairs_in_proportion_to_its_worth_up_to_the_price() -> None:
    def repaired(voucher_eur: float, money_eur: float, price_eur: float = 60.0) -> float:
        shares = {"apology_share": 0.5, "compensation_share": 0.9, "hours": 0}
        care = filled(preset("recovery", voucher_eur=voucher_eur, money_eur=money_eur, **shares))
        return recovery.repaired_share(price_eur, care)

    assert repaired(0, 0) == 0.5
    # 15 of 60 EUR is a quarter of .9
    assert repaired(15, 0) == repaired(0, 15) == repaired(10, 5) == pytest.approx(0.725)
    assert repaired(15, 0, price_eur=30) == pytest.approx(0.95)
    # the whole price, and no more than that; 1.4 is the paradox
    assert repaired(60, 0) == repaired(50, 50) == pytest.approx(1.4)
    # whatever a session costs that costs nothing
    assert repaired(1, 0, price_eur=0) == pytest.approx(1.4)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"voucher_eur": -1}, r"^voucher_eur = -1, must be >= 0"),
        ({"rating_at_most": 5}, r"^rating_at_most = 5, must be within 0..4"),
        ({"apology_share": 4}, r"^apology_share = 4, must be within 0..3"),
        ({"compensation_share": -0.1}, r"^compensation_share = -0.1, must be within 0..3"),
        ({"apology_share": 2, "compensation_share": 1.5}, r"^apology_share \+ compensation_share = 3.5, must be <= 3"),
        ({"voucher_days": 1e15}, r"^voucher_days = 1e\+15, must be within 0..36525"),
        ({"half_life_hours": 0}, r"^half_life_hours = 0, must be > 0"),
        ({"hours": 1e9}, r"^hours = 1e\+09, must be within"),
        ({"money_eur": math.nan}, r"^money_eur = nan, must be >= 0"),
    ],
)
def test_a_recovery_out_of_range_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        preset("recovery", **changed)

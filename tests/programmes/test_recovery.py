import math
from typing import Any

import pytest

from sim import rules
from sim.programmes import recovery
from tests.programmes.presets import filled, preset
from tests.worlds import market


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


def test_delay_halves_what_is_repaired() -> None:
    at_once = filled(preset("recovery", repaired_share=0.8, hours=0, half_life_hours=10))
    late = filled(preset("recovery", repaired_share=0.8, hours=20, half_life_hours=10))
    assert at_once["repaired_share"] == pytest.approx(0.8)
    assert late["repaired_share"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"voucher_eur": -1}, r"^voucher_eur = -1, must be >= 0"),
        ({"rating_at_most": 5}, r"^rating_at_most = 5, must be within 0..4"),
        ({"repaired_share": 4}, r"^repaired_share = 4, must be within 0..3"),
        ({"half_life_hours": 0}, r"^half_life_hours = 0, must be > 0"),
        ({"hours": 1e9}, r"^hours = 1e\+09, must be within"),
        ({"money_eur": math.nan}, r"^money_eur = nan, must be >= 0"),
    ],
)
def test_a_recovery_out_of_range_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        preset("recovery", **changed)

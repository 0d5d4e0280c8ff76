"""How levels are written."""

import math

from sim.statistics.comparison import Summary
from sim.words import levels
from tests.charts.comparisons import GAIN, make_comparison


def written(metric: str, mean: float, half_width: float) -> str:
    return levels.mean(Summary("arm", metric, mean, half_width, 3))


def test_values_carry_their_unit() -> None:
    assert levels.value(0.2867, "share") == "28.7 %"
    assert levels.value(234.5, "eur") == "234.50 EUR"
    assert levels.value(20.78, "months") == "20.8 months"
    assert levels.value(128.6, "days") == "129 days"
    assert levels.value(0.286, "number") == "0.29"
    assert levels.value(math.nan, "eur") == "–"


def test_means_carry_their_half_width_where_there_is_one() -> None:
    assert written("return_rate_6m", 0.2867, 0.0178) == "28.7 ± 1.8 %"
    assert written("contribution_per_client_12m_eur", 23.358, 2.1117) == "23.36 ± 2.11 EUR"
    assert written("exposure_gini", 0.286, 0.022) == "0.29 ± 0.02"
    assert written("return_rate_6m", 0.2867, math.nan) == "28.7 %"
    assert written("return_rate_6m", math.nan, math.nan) == "–"


def test_a_mean_that_is_all_restriction_is_no_mean() -> None:
    assert written("months_to_break_even", 24.0, 0.0) == "not within 24 months"
    assert written("months_to_break_even", 23.9, 0.1) == "23.9 ± 0.1 months"
    assert written("hours_to_assign", 24.0, 0.0) == "24.00 ± 0.00 hours"


def test_a_mean_is_restricted_once_one_run_did_not_get_there() -> None:
    assert not levels.is_restricted(make_comparison({"wecasa_2025": GAIN}))
    one = {"wecasa_2025": {"months_to_break_even": (23.0, 24.0, 22.0)}}
    assert levels.is_restricted(make_comparison({"wecasa_2025": GAIN}, metrics=one))

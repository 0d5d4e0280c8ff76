import pytest

from experiments.plans.decide import DecisionOptions, Limit
from experiments.search.aims import aims_of
from sim.config import ConfigError
from sim.metrics.catalogue import METRICS

RULE = DecisionOptions(guardrails={"exposure_gini": Limit(up_at_most=0.05), "fill_rate": Limit(down_at_most=0.01)})
THREE = ["return_rate_6m", "exposure_gini", "new_pro_days_to_30_sessions"]


def test_a_metric_goes_its_own_good_way_and_its_guardrail_is_a_column_once() -> None:
    aims = aims_of(THREE, None, None, RULE, METRICS)
    assert aims.directions == ("higher", "lower", "lower")
    assert aims.columns == (*THREE, "fill_rate")
    assert aims.column_directions == ("higher", "lower", "lower", "higher")


def test_a_guardrail_on_an_objective_limits_what_is_recommended_but_not_the_front() -> None:
    aims = aims_of(THREE, None, None, RULE, METRICS)
    assert [(one.objective, one.at_most) for one in aims.front_limits] == [(3, 0.01)]
    assert [(one.objective, one.at_most) for one in aims.all_limits] == [(1, 0.05), (3, 0.01)]
    # with one objective all limits hold while searching
    alone = aims_of(THREE, "return_rate_6m", None, RULE, METRICS)
    assert alone.objectives == ("return_rate_6m",)
    assert alone.front_limits == alone.all_limits != ()


def test_a_metric_without_a_good_direction_is_given_one() -> None:
    assert aims_of([{"new_client_growth": "down"}], None, None, RULE, METRICS).directions == ("lower",)


@pytest.mark.parametrize(
    ("objectives", "maximise", "minimise", "message"),
    [
        (["new_client_growth"], None, None, "has no direction that is good for everybody"),
        (["return_rate"], None, None, "did you mean return_rate_6m"),
        (["fill_rate", "fill_rate"], None, None, "must be distinct"),
        ([], None, None, "must be one to three metrics"),
        ([{"fill_rate": "down"}], None, None, "higher is better"),
        ([], "exposure_gini", None, "did you mean minimise=exposure_gini"),
        ([], "fill_rate", "late_share", "must not stand beside"),
    ],
)
def test_what_cannot_be_an_objective_is_refused_with_its_rule(objectives, maximise, minimise, message) -> None:
    with pytest.raises(ConfigError, match=message):
        aims_of(objectives, maximise, minimise, RULE, METRICS)

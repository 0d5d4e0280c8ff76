import pytest

from experiments.plans.metrics import find_metric
from sim.config import ConfigError
from sim.metrics.catalogue import METRICS

MEASURED = tuple(metric for metric in METRICS if metric.name in ("return_rate_6m", "fill_rate"))


def test_a_metric_that_is_measured_is_found():
    assert find_metric(MEASURED, "metric", "fill_rate").name == "fill_rate"


def test_a_misspelt_one_gets_a_suggestion_and_the_list():
    rule = "did you mean fill_rate? It must be a metric that longest_window_months leaves time for: "
    with pytest.raises(ConfigError, match=rf"^metric = 'fil_rate', {rule}".replace("?", r"\?")):
        find_metric(MEASURED, "metric", "fil_rate")


def test_one_that_is_only_not_followed_for_long_enough_is_not_taken_for_a_slip():
    with pytest.raises(ConfigError, match=r"^metric = 'reach_3_in_12m', must be a metric that longest_window_months"):
        find_metric(MEASURED, "metric", "reach_3_in_12m")

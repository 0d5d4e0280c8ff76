"""What each experiment platform is told."""

import json

import yaml

from experiments.trials.facts import EVENTS, Platform
from experiments.trials.platforms import DEFINITIONS, files

NOBODY = files(Platform([], []))


def test_definitions_read_back_and_name_only_what_there_is() -> None:
    eppo = yaml.safe_load(NOBODY["eppo.yaml"])
    facts = {fact["name"] for source in eppo["fact_sources"] for fact in source["facts"]}
    events = set()
    for metric in eppo["metrics"]:
        for part in (metric["numerator"], metric.get("denominator")):
            if part is not None:
                assert part["fact_name"] in facts
                events |= {value for one in part["filters"] for value in one["values"]}
    assert events <= set(EVENTS)
    growthbook, statsig = json.loads(NOBODY["growthbook.json"]), json.loads(NOBODY["statsig.json"])
    tables = {table["id"] for table in growthbook["factTables"]}
    assert {metric["data"]["numerator"]["factTableId"] for metric in growthbook["factMetrics"]} == tables
    assert {metric["warehouseNative"]["metricSourceName"] for metric in statsig["metrics"]} == {statsig["metric_source"]["name"]}
    names = [one.name for one in DEFINITIONS]
    assert [metric["name"] for metric in eppo["metrics"]] == names
    assert [metric["data"]["name"] for metric in growthbook["factMetrics"]] == names
    assert [metric["name"] for metric in statsig["metrics"]] == names


def test_what_is_better_when_less_says_so_and_only_outcomes_are_no_guardrails() -> None:
    growthbook, eppo = json.loads(NOBODY["growthbook.json"]), yaml.safe_load(NOBODY["eppo.yaml"])
    inverse = [metric["data"]["name"] for metric in growthbook["factMetrics"] if metric["data"]["inverse"]]
    assert inverse == ["cancelled_by_pro_share", "no_show_share", "late_share"]
    outcomes = [metric["name"] for metric in eppo["metrics"] if not metric["is_guardrail"]]
    assert outcomes == ["returned_6m", "returned_60d", "completed", "contribution_6m_eur"]


def test_a_ratio_divides_by_events_and_a_window_is_in_days() -> None:
    statsig = {metric["name"]: metric["warehouseNative"] for metric in json.loads(NOBODY["statsig.json"])["metrics"]}
    assert statsig["fill_rate"]["denominatorCriteria"][0]["values"] == ["request"]
    assert statsig["returned_60d"]["customRollUpEnd"] == 60
    assert "customRollUpEnd" not in statsig["completed"]

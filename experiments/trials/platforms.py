"""Metrics of an experiment in the forms that GrowthBook, Eppo and Statsig read, all of the same two tables.

Written after their documentation of November 2026: GrowthBook's body of POST /v1/bulk-import/facts and its assignment query, Eppo's
metric sync (schema of eppo-metrics-sync) and assignment SQL, Statsig's bodies of the console API for assignment sources, metric
sources and warehouse-native metrics. Table names are those of the files; where tables lie elsewhere, the SQL is what to change.
"""

import json
from dataclasses import dataclass
from typing import Any

import yaml

from experiments.outputs.tables import as_csv
from experiments.trials.facts import ASSIGNMENTS, EVENTS, FACTS, Platform

TABLES = """-- the two tables, to be loaded from assignments.csv and facts.csv
CREATE TABLE dispatch_assignments
    (experiment_id VARCHAR(255), client_id BIGINT, variation VARCHAR(255), first_exposure_at TIMESTAMP);
CREATE TABLE dispatch_facts (client_id BIGINT, occurred_at TIMESTAMP, event VARCHAR(255), value DOUBLE PRECISION);
"""
ASSIGNMENTS_SQL = "SELECT client_id, first_exposure_at, experiment_id, variation FROM dispatch_assignments"
"""Eppo and Statsig choose columns by name."""
GROWTHBOOK_SQL = """SELECT client_id AS user_id, first_exposure_at AS timestamp, experiment_id, variation AS variation_id
FROM dispatch_assignments
"""
"""GrowthBook wants these names."""
FACTS_SQL = "SELECT client_id, occurred_at, event, value FROM dispatch_facts"
GROWTHBOOK_FACTS_SQL = "SELECT client_id AS user_id, occurred_at AS timestamp, event, value FROM dispatch_facts"
SOURCE = "Dispatch facts"
UNIT = {"growthbook": "user_id", "eppo": "User", "statsig": "userID"}
"""What each platform calls the unit unless it was told otherwise."""


@dataclass(frozen=True)
class Definition:
    """A metric of the facts.

    A share of clients with an event, a sum of values a client, or, with ``of``, a sum of values over a number of events.
    """

    name: str
    meaning: str
    event: str
    within_days: int | None
    """From the first exposure; None: as long as there are facts."""
    is_share: bool = False
    of: str | None = None
    inverse: bool = False
    """Whether less is better."""


DEFINITIONS = (
    Definition("returned_6m", "New clients with a second booking within 183 days", "second_booking", 183, is_share=True),
    Definition("returned_60d", "New clients with a second booking within 60 days", "second_booking", 60, is_share=True),
    Definition("completed", "New clients whose first request led to a session", "first_session", None, is_share=True),
    Definition("contribution_6m_eur", "Contribution of a new client within 183 days, EUR", "contribution", 183),
    Definition("fill_rate", "Requests that a pro accepted", "booking", None, of="request"),
    Definition(
        "cancelled_by_pro_share",
        "Ended bookings that a pro had cancelled",
        "cancelled_by_pro",
        None,
        of="ended_booking",
        inverse=True,
    ),
    Definition("no_show_share", "Ended bookings that the client missed", "no_show", None, of="ended_booking", inverse=True),
    Definition("late_share", "Sessions that began late", "late_session", None, of="session", inverse=True),
    Definition("mean_rating", "Stars of rated sessions", "rating", None, of="rating"),
    Definition("contribution_per_request_eur", "Contribution of an ended request, EUR", "contribution", None, of="contribution"),
    Definition("return_rate_28d", "New clients with a second booking within 28 days", "second_booking", 28, is_share=True),
)
"""Outcomes of the lab, and what a rollout is watched by."""
OUTCOMES = 4
"""How many of them are outcomes; the others are guardrails."""


def files(tables: Platform) -> dict[str, str]:
    """Both tables and the three definitions, by file name."""
    return {
        "assignments.csv": as_csv(ASSIGNMENTS, tables.assignments),
        "facts.csv": as_csv(FACTS, tables.facts),
        "tables.sql": TABLES,
        "growthbook.json": _json(growthbook()),
        "growthbook_assignments.sql": GROWTHBOOK_SQL,
        "eppo.yaml": yaml.safe_dump(eppo(), sort_keys=False, allow_unicode=True),
        "eppo_assignments.sql": ASSIGNMENTS_SQL + "\n",
        "statsig.json": _json(statsig()),
    }


def growthbook() -> dict[str, Any]:
    """Fact table and metrics; the data source is the id that it has there."""
    table = {
        "name": SOURCE,
        "description": _of_events(),
        "datasource": "ds_dispatch",
        "userIdTypes": [UNIT["growthbook"]],
        "sql": GROWTHBOOK_FACTS_SQL,
    }

    def part(event: str, column: str) -> dict[str, Any]:
        filters = [{"column": "event", "operator": "=", "values": [event]}]
        return {"factTableId": "ftb_dispatch_facts", "column": column, "rowFilters": filters}

    metrics = []
    for one in DEFINITIONS:
        data: dict[str, Any] = {"name": one.name, "description": one.meaning, "inverse": one.inverse}
        if one.is_share:
            data |= {"metricType": "proportion", "numerator": part(one.event, "$$distinctUsers")}
        elif one.of is None:
            data |= {"metricType": "mean", "numerator": part(one.event, "value")}
        else:
            data |= {"metricType": "ratio", "numerator": part(one.event, "value"), "denominator": part(one.of, "$$count")}
        if one.within_days is not None:
            data["windowSettings"] = {"type": "conversion", "windowValue": one.within_days, "windowUnit": "days"}
        metrics.append({"id": f"fact__{one.name}", "data": data})
    return {"factTables": [{"id": "ftb_dispatch_facts", "data": table}], "factTableFilters": [], "factMetrics": metrics}


def eppo() -> dict[str, Any]:
    """Fact source and metrics of a metric sync."""
    source = {
        "name": SOURCE,
        "sql": FACTS_SQL,
        "timestamp_column": "occurred_at",
        "entities": [{"entity_name": UNIT["eppo"], "column": "client_id"}],
        "facts": [
            {"name": "Dispatch event", "description": _of_events()},
            {"name": "Dispatch value", "column": "value", "description": "Value of the event"},
        ],
        "properties": [{"name": "Event", "column": "event"}],
    }

    def part(event: str, fact: str, operation: str, within_days: int | None) -> dict[str, Any]:
        filters = [{"fact_property": "Event", "operation": "equals", "values": [event]}]
        window = (
            {} if within_days is None else {"aggregation_timeframe_end_value": within_days, "aggregation_timeframe_unit": "days"}
        )
        return {"fact_name": fact, "operation": operation, "filters": filters, **window}

    metrics = []
    for i, one in enumerate(DEFINITIONS):
        about = {"name": one.name, "description": one.meaning, "entity": UNIT["eppo"], "is_guardrail": i >= OUTCOMES}
        if one.is_share:
            numerator = part(one.event, "Dispatch event", "distinct_entity", one.within_days)
        else:
            numerator = part(one.event, "Dispatch value", "sum", one.within_days)
        below = {} if one.of is None else {"denominator": part(one.of, "Dispatch event", "count", None)}
        metrics.append(about | {"numerator": numerator} | below)
    return {"fact_sources": [source], "metrics": metrics}


def statsig() -> dict[str, Any]:
    """Bodies of the console API, to be sent in this order."""
    units = [{"statsigUnitID": UNIT["statsig"], "column": "client_id"}]
    assignment = {
        "name": "dispatch_assignments",
        "sql": ASSIGNMENTS_SQL,
        "timestampColumn": "first_exposure_at",
        "experimentIDColumn": "experiment_id",
        "groupIDColumn": "variation",
        "idTypeMapping": units,
    }
    source = {
        "name": SOURCE,
        "description": _of_events(),
        "sql": FACTS_SQL,
        "timestampColumn": "occurred_at",
        "idTypeMapping": units,
    }

    def criteria(event: str) -> list[dict[str, Any]]:
        return [{"type": "metadata", "column": "event", "condition": "in", "values": [event]}]

    metrics = []
    for one in DEFINITIONS:
        native: dict[str, Any] = {"metricSourceName": SOURCE, "criteria": criteria(one.event)}
        window: dict[str, Any] = {"rollupTimeWindow": "max"} if one.is_share else {}
        if one.within_days is not None:
            window = {"rollupTimeWindow": "custom", "customRollUpStart": 0, "customRollUpEnd": one.within_days}
        if one.is_share:
            native |= {"aggregation": "daily_participation", **window}
        elif one.of is None:
            native |= {"aggregation": "sum", "valueColumn": "value", **window}
        else:
            native |= {"aggregation": "ratio", "numeratorAggregation": "sum", "valueColumn": "value"}
            native |= {
                "denominatorMetricSourceName": SOURCE,
                "denominatorAggregation": "count",
                "denominatorCriteria": criteria(one.of),
            }
        metrics.append(
            {
                "name": one.name,
                "description": one.meaning,
                "type": "user_warehouse",
                "directionality": "decrease" if one.inverse else "increase",
                "unitTypes": [UNIT["statsig"]],
                "warehouseNative": native,
            }
        )
    return {"assignment_source": assignment, "metric_source": source, "metrics": metrics}


def _of_events() -> str:
    return "; ".join(f"{name}: {meaning}" for name, meaning in EVENTS.items())


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

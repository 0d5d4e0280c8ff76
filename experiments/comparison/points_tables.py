"""The loyalty report of a comparison: points by service, by client and over time, of every arm that has a points programme."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.execution.run_set import RunSet
from experiments.outputs.tables import as_csv
from sim.config import Market
from sim.engine.platform import Arm
from sim.log import load_table
from sim.metrics.loyalty_report import LoyaltyReport, loyalty_report
from sim.programmes.base import LEDGER_KINDS

FILES = ("points_by_service.csv", "points_by_client.csv", "points_by_month.csv")
"""In the order of ``LoyaltyReport``; by client the first replication only, as an example."""


def has_points(arm: Arm) -> bool:
    """Whether the arm's clients collect points."""
    return any(programme.kind == "points" for programme in arm.programmes)


def read_report(folder: Path, market: Market) -> LoyaltyReport:
    """The report of a stored run whose tables were kept."""
    ledger: dict[str, Any] = {}
    table = load_table(folder, "ledger")
    for name in table.column_names:
        column = table.column(name)
        ledger[name] = _codes(column, LEDGER_KINDS) if name == "kind" else column.to_numpy()
    services = tuple(service.name for service in market.services)
    service = _codes(load_table(folder, "bookings").column("service"), services)
    return loyalty_report(ledger, service, len(services), market.horizon_days)


def _codes(column: Any, names: tuple[str, ...]) -> Any:
    """Names of a column as positions in a list of names."""
    position = {name: i for i, name in enumerate(names)}
    return np.array([position[name] for name in column.to_pylist()], np.int64)


def points_tables(market: Market, arms: Mapping[str, Arm], outcome: RunSet, store: Path) -> dict[str, str]:
    """CSV files by name, one row an arm, replication and service, client or month; none without points."""
    collected: list[list[tuple[Any, ...]]] = [[], [], []]
    header: list[tuple[str, ...]] = []
    services = [service.name for service in market.services]
    for (name, replication), key in outcome.keys.items():
        if not has_points(arms[name]):
            continue
        report = read_report(store / key, market)
        header = [("arm", "replication", *table) for table in report]
        for i, table in enumerate(report):
            if i == 1 and replication > 0:
                continue
            for row in zip(*(column.tolist() for column in table.values()), strict=True):
                first = services[row[0]] if i == 0 else row[0]
                collected[i].append((name, replication, first, *row[1:]))
    return {file: as_csv(names, rows) for file, names, rows in zip(FILES, header, collected, strict=False)}

"""What there is to choose from, what is measured, and what a store holds."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from experiments.api.results import table_of
from experiments.execution.inventory import metrics_table
from experiments.plans.compose import CONFIGS
from sim.config import ConfigError
from sim.metrics.catalogue import METRICS


def runs(store: str | Path = "results") -> pa.Table:
    """Metrics of all runs in a store: one row a run, with its arm, market, seed and replication, and one column a metric.

    Raises
    ------
    ConfigError
        There is no such folder.
    """
    if not Path(store).is_dir():
        raise ConfigError(f"{store}, must be a folder of results")
    return metrics_table(Path(store))


def _choices(groups: Mapping[str, Path]) -> pa.Table:
    rows: dict[str, tuple[str, str, str]] = {}
    for kind, folder in groups.items():
        for path in sorted(folder.glob("*.yaml")):
            first = path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("#").strip()
            rows.setdefault(path.stem, (path.stem, kind, first))
    return table_of(("name", "kind", "when"), list(rows.values()))


def arms() -> pa.Table:
    """Ready-made arms: name, kind (``arm``, or ``allocator``, which goes with the default score), and when to choose it."""
    return _choices({"arm": CONFIGS / "arm", "allocator": CONFIGS / "allocator"})


def markets() -> pa.Table:
    """Ready-made markets: name, kind (``market``), and when to choose it."""
    return _choices({"market": CONFIGS / "market"})


def measures() -> pa.Table:
    """What is measured: name, label, unit, which direction is better, days that clients are followed, and the definition."""
    columns = ("name", "label", "unit", "better", "window_days", "meaning")
    return table_of(columns, [tuple(getattr(known, column) for column in columns) for known in METRICS])

"""A comparison as rows of its csv files."""

from collections.abc import Mapping
from typing import Any

from sim.calibration.base_fit import BaseFit
from sim.metrics.catalogue import SHARE_OF_ORACLE_GAIN
from sim.statistics.comparison import Comparison
from sim.statistics.intervals import Interval

SUMMARY = ("arm", "metric", "mean", "half_width", "n")
DIFFERENCES = (
    *("arm", "control", "metric", "difference", "low", "high", "p_value", "n", "verdict"),
    *("boot_low", "boot_high", "correlation", "variance_ratio"),
)
BASE = ("by", "value", "figure", "file", "simulated", "low", "high", "difference", "verdict")


def summary_rows(comparison: Comparison, gains: Mapping[str, Interval]) -> list[tuple[Any, ...]]:
    """One row an arm and metric, the share of the oracle's gain included."""
    rows: list[tuple[Any, ...]] = [tuple(getattr(row, name) for name in SUMMARY) for row in comparison.summaries]
    rows += [(arm, SHARE_OF_ORACLE_GAIN, gain.estimate, gain.half_width, gain.n) for arm, gain in gains.items()]
    return rows


def difference_rows(comparison: Comparison) -> list[tuple[Any, ...]]:
    """One row an arm other than the control, and metric."""
    return [tuple(getattr(row, name) for name in DIFFERENCES) for row in comparison.differences]


def base_rows(base: BaseFit) -> list[tuple[Any, ...]]:
    """One row a figure of the whole file, and of each month, zone and service."""
    return [tuple(getattr(row, name) for name in BASE) for row in base.rows]

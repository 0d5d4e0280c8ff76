"""A comparison as rows of its csv files."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sim.calibration.base_fit import BaseFit
from sim.metrics.catalogue import SHARE_OF_ORACLE_GAIN
from sim.statistics.comparison import Comparison
from sim.statistics.intervals import Interval
from sim.statistics.people import lost_by_quality, who_pays

SUMMARY = ("arm", "metric", "mean", "half_width", "n")
DIFFERENCES = (
    *("arm", "control", "metric", "difference", "low", "high", "p_value", "n", "verdict"),
    *("boot_low", "boot_high", "correlation", "variance_ratio"),
)
PEOPLE = (
    *("arm", "control", "by", "value", "n_pros", "change", "change_low", "change_high", "lost", "lost_low", "lost_high"),
    *("gained", "gained_low", "gained_high", "leavers", "leavers_low", "leavers_high", "n"),
)
"""``by`` is a group of pros, or ``expected by quality``: there ``lost`` is the share who lose with luck averaged out."""
BASE = ("by", "value", "figure", "file", "simulated", "low", "high", "difference", "verdict")


def summary_rows(comparison: Comparison, gains: Mapping[str, Interval]) -> list[tuple[Any, ...]]:
    """One row an arm and metric, the share of the oracle's gain included."""
    rows: list[tuple[Any, ...]] = [tuple(getattr(row, name) for name in SUMMARY) for row in comparison.summaries]
    rows += [(arm, SHARE_OF_ORACLE_GAIN, gain.estimate, gain.half_width, gain.n) for arm, gain in gains.items()]
    return rows


def difference_rows(comparison: Comparison) -> list[tuple[Any, ...]]:
    """One row an arm other than the control, and metric."""
    return [tuple(getattr(row, name) for name in DIFFERENCES) for row in comparison.differences]


def people_rows(comparison: Comparison, services: Sequence[str]) -> list[tuple[Any, ...]]:
    """One row an arm other than the control and group of pros, services by name."""
    rows: list[tuple[Any, ...]] = []
    unknown = (math.nan, math.nan, math.nan)
    for arm in comparison.arms:
        alone = lost_by_quality(comparison, arm) if arm != comparison.control else None
        if alone is None:
            continue
        where = (arm, comparison.control)
        rows.append((*where, "expected by quality", "", math.nan, *unknown, *_ends(alone), *unknown, *unknown, alone.n))
        for one in who_pays(comparison, arm):
            value = services[one.value] if one.by == "service" and 0 <= one.value < len(services) else one.value
            numbers = (one.change, one.lost, one.gained, one.leavers)
            rows.append((*where, one.by, value, one.n_pros, *(end for it in numbers for end in _ends(it)), one.change.n))
    return rows


def _ends(interval: Interval) -> tuple[float, float, float]:
    return interval.estimate, interval.low, interval.high


def base_rows(base: BaseFit) -> list[tuple[Any, ...]]:
    """One row a figure of the whole file, and of each month, zone and service."""
    return [tuple(getattr(row, name) for name in BASE) for row in base.rows]

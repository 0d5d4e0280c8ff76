"""What the screens show as tables, and the same as files."""

import io

import pyarrow as pa
import pyarrow.csv

from experiments.comparison.tables import DIFFERENCES, SUMMARY, difference_rows, summary_rows
from experiments.execution.store import as_parquet
from experiments.explorer.gather import Finished
from experiments.outputs.tables import as_csv
from sim.metrics.catalogue import Metric
from sim.report.format import difference, headline_metrics, known_metrics
from sim.statistics.comparison import Comparison
from sim.words.levels import mean
from sim.words.units import NOT_DEFINED

MARKS = {"better": "▲ better", "worse": "▼ worse", "higher": "▲ higher", "lower": "▼ lower"}
"""Verdicts with a mark that does not need colour."""


def headline_table(comparison: Comparison, all_metrics: bool = False) -> dict[str, list[str]]:
    """Metrics by arm, in words, by column: verdicts with differences first, so that a phone shows them, then each arm's mean."""
    shown = known_metrics(comparison) if all_metrics else headline_metrics(comparison)
    columns = {"Metric": [metric.label for metric in shown]}
    for arm in comparison.arms:
        if arm != comparison.control:
            columns[f"{arm} against {comparison.control}"] = [_against(comparison, arm, metric) for metric in shown]
    for arm in comparison.arms:
        columns[arm] = [mean(comparison.summary(arm, metric.name)) for metric in shown]
    return columns


def _against(comparison: Comparison, arm: str, metric: Metric) -> str:
    row = comparison.difference(arm, metric.name)
    return f"{MARKS.get(row.verdict, row.verdict)}: {difference(row, metric.unit)}" if row else NOT_DEFINED


def summary_csv(finished: Finished) -> str:
    """The same file as ``summary.csv`` of the command."""
    return as_csv(SUMMARY, summary_rows(finished.comparison, finished.gains))


def differences_csv(comparison: Comparison) -> str:
    """The same columns as ``differences.csv`` of the command."""
    return as_csv(DIFFERENCES, difference_rows(comparison))


def runs_table(finished: Finished) -> pa.Table:
    """One row an arm and replication, with all metrics: what every mean and interval on the screen comes from."""
    where = list(finished.runs.results)
    columns: dict[str, list[object]] = {"arm": [arm for arm, _ in where], "replication": [r for _, r in where]}
    for metric in finished.plan.metrics:
        columns[metric.name] = [finished.runs.results[key].metrics[metric.name] for key in where]
    return pa.table(columns)


def table_csv(table: pa.Table) -> bytes:
    """A table as CSV."""
    sheet = io.BytesIO()
    pyarrow.csv.write_csv(table, sheet)
    return sheet.getvalue()


def table_parquet(table: pa.Table) -> bytes:
    """A table as Parquet."""
    return as_parquet(table)

"""What the screens show as tables, and the same as files."""

import io

import pyarrow as pa
import pyarrow.csv

from experiments.explorer.gather import Finished
from experiments.results import DIFFERENCES, SUMMARY, as_csv, difference_rows, summary_rows
from experiments.store import as_parquet
from sim.report.format import difference, headline_metrics, known_metrics, mean
from sim.statistics.comparison import Comparison

MARKS = {"better": "▲ better", "worse": "▼ worse", "higher": "▲ higher", "lower": "▼ lower"}
"""Verdicts with a mark that does not need colour."""


def headline_table(comparison: Comparison, all_metrics: bool = False) -> dict[str, list[str]]:
    """Metrics by arm, in words: each arm's mean, and for all but the control the difference and its verdict. By column."""
    shown = known_metrics(comparison) if all_metrics else headline_metrics(comparison)
    columns = {"Metric": [metric.label for metric in shown]}
    for arm in comparison.arms:
        columns[arm] = [mean(comparison.summary(arm, metric.name), metric.unit) for metric in shown]
        rows = [comparison.difference(arm, metric.name) for metric in shown]
        if arm != comparison.control:
            texts = [difference(row, metric.unit) if row else "" for row, metric in zip(rows, shown, strict=True)]
            columns[f"{arm} − {comparison.control}"] = texts
            columns[f"verdict on {arm}"] = [MARKS.get(row.verdict, row.verdict) if row else "" for row in rows]
    return columns


def summary_csv(finished: Finished) -> str:
    """The same file as ``summary.csv`` of the command."""
    return as_csv(SUMMARY, summary_rows(finished.comparison, finished.gains))


def differences_csv(comparison: Comparison) -> str:
    """The same columns as ``differences.csv`` of the command."""
    return as_csv(DIFFERENCES, difference_rows(comparison))


def runs_table(finished: Finished) -> pa.Table:
    """One row an arm and replication, with all metrics: what every mean and interval on the screen comes from."""
    where = list(finished.outcome.results)
    columns: dict[str, list[object]] = {"arm": [arm for arm, _ in where], "replication": [r for _, r in where]}
    for metric in finished.plan.metrics:
        columns[metric.name] = [finished.outcome.results[key].metrics[metric.name] for key in where]
    return pa.table(columns)


def table_csv(table: pa.Table) -> bytes:
    """A table as CSV."""
    sheet = io.BytesIO()
    pyarrow.csv.write_csv(table, sheet)
    return sheet.getvalue()


def table_parquet(table: pa.Table) -> bytes:
    """A table as Parquet."""
    return as_parquet(table)

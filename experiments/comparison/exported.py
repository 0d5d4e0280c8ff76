"""A comparison as the tables of an export: its runs, their bookings, and the effects of the arms."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from experiments.comparison.analysis import Compared
from experiments.comparison.tables import DIFFERENCES, difference_rows
from experiments.outputs.export import Parts
from experiments.outputs.export_columns import BOOKINGS
from experiments.outputs.tables import as_arrow
from sim.log import load_table

NOTHING = {"favourite": -1, "pro": -1, "survey": -1, "rating": 0, "list_position": -1}
"""Columns of the bookings with a code for what did not happen."""


def export_tables(found: Compared) -> dict[str, Parts]:
    """Tables by name; bookings run by run, so that they need not be in memory together."""
    effects = difference_rows(found.comparison)
    return {
        "runs": [runs_table(found)],
        "effects": [as_arrow(DIFFERENCES, effects)] if effects else [],
        "bookings": _bookings(found),
    }


def runs_table(found: Compared) -> pa.Table:
    """One row an arm and replication, with its metrics."""
    where = list(found.runs.results)
    columns: dict[str, Sequence[Any]] = {
        "arm": [arm for arm, _ in where],
        "replication": [replication for _, replication in where],
        "seed": [found.plan.options.seed] * len(where),
        "market": [found.plan.market.name] * len(where),
        "run": [found.runs.keys.get(one) for one in where],
    }
    metrics = [[result.metrics[metric.name] for result in found.runs.results.values()] for metric in found.plan.metrics]
    return pa.table(columns | {metric.name: values for metric, values in zip(found.plan.metrics, metrics, strict=True)})


def _bookings(found: Compared) -> Iterator[pa.Table]:
    """The requests of each run whose tables are in the store, with arm and replication before them."""
    for (arm, replication), key in found.runs.keys.items():
        if not (found.plan.store / key / "bookings.parquet").is_file():
            continue
        table = load_table(found.plan.store / key, "bookings")
        columns = {name: table[name] if name in table.column_names else pa.nulls(len(table), pa.int64()) for name in BOOKINGS}
        columns |= {name: pc.if_else(pc.equal(columns[name], code), None, columns[name]) for name, code in NOTHING.items()}
        where = {"arm": pa.repeat(pa.scalar(arm), len(table)), "replication": pa.repeat(pa.scalar(replication), len(table))}
        yield pa.table(where | columns)

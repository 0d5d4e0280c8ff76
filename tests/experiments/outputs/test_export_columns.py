"""Every column that is exported says what it holds."""

import pytest

from experiments.calibration.results import FINDINGS, REALISM, VALUE
from experiments.comparison.tables import DIFFERENCES
from experiments.outputs.export_columns import BOOKINGS, TABLES, meaning_of
from experiments.studies.results import EFFECTS
from sim.engine.run import simulate
from sim.metrics.catalogue import METRICS
from tests.markets import arm, market


def test_the_columns_of_a_runs_bookings_are_all_explained() -> None:
    log = simulate(market("horizon_days=40", "requests.mode=list"), arm("uniform"), 1, 0)
    assert set(log.bookings) | {"tier"} == set(BOOKINGS)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("effects", (*DIFFERENCES, *EFFECTS, "part")),
        ("findings", FINDINGS),
        ("realism", REALISM),
        ("value", VALUE),
    ],
)
def test_the_columns_of_other_tables_are_all_explained(table: str, columns: tuple[str, ...]) -> None:
    assert set(columns) <= set(TABLES[table])


def test_a_metric_is_explained_by_the_catalogue_with_its_unit() -> None:
    for metric in METRICS:
        assert meaning_of("runs", metric.name) == f"{metric.meaning} Unit: {metric.unit}"

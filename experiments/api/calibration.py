"""A calibration from Python."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.api.results import Calibrated, Chart, table_of
from experiments.api.settings import Overrides
from experiments.api.sources import RECOGNISED, ask_bookings
from experiments.calibration.held_out import FORECASTS, accuracy_rows
from experiments.calibration.results import (
    QUALITY,
    REALISM,
    VALUE,
    quality_rows,
    record_of,
    run_calibration,
    value_row,
)
from experiments.execution.progress import progress
from sim.report.calibration import draw_calibration
from sim.report.calibration import summary as calibration_summary


def calibrate(
    data: Any,
    columns: str | Path | Mapping[str, Any] = RECOGNISED,
    *,
    table: str | None = None,
    name: str = "fitted",
    holdout_from: str | None = None,
    market: str = "personal_care",
    replications: int = 8,
    seed: int = 1,
    overrides: Overrides = (),
    config_dir: str | Path | None = None,
    out: str | Path = "out/calibrate",
    quiet: bool = False,
) -> Calibrated:
    """Fit a market to bookings, and write it with a page to a folder.

    Parameters
    ----------
    data
        A row a booking: whatever ``data=`` takes on the command line (CSV, workbook, Parquet, database, ``postgresql://``), a list
        of such paths, or a frame: pandas, polars, Arrow, or anything else with ``__arrow_c_stream__``. The same rows give the same
        market, whichever they come in.
    columns
        Which column is what: ``"recognised"`` finds out; a name of ``configs/data``, a yaml of yours, or a mapping such as
        ``{"client": "customer_id", "date": "start"}`` with the keys of ``configs/data/bookings.yaml``.
    table
        Of a database: its name, or a query that begins with SELECT or WITH.
    name
        Of the market that comes out.
    holdout_from
        Fit before this day (``2024-01-31``), and forecast from it on.
    market
        Whose numbers hold where the file says nothing.
    replications
        Runs of the fitted market that are shown beside the file, >= 2.
    out
        Where it goes: a new folder, or that of an earlier calibration. Of a frame it holds what it holds of a file: no row.

    Raises
    ------
    ConfigError
        A file, a frame or a setting that the command line would refuse, with the same message.
    """
    given = {"name": name, "market": market, "replications": replications, "seed": seed, "out": str(out)}
    given |= {"holdout_from": holdout_from, "table": table}
    asked = ask_bookings("calibrate", data, columns, overrides, config_dir, **given)
    job, result = run_calibration(asked.settings, asked.command, progress(quiet), asked.frame)
    record = record_of(job, result, "")
    forecasts = accuracy_rows(result.holdout) if result.holdout is not None else []
    findings = [(found.key, json.dumps(found.value), str(found.source)) for found in result.findings.found]
    return Calibrated(
        name=job.options.name,
        config_dir=job.market_path.parent.parent,
        worlds=job.worlds_path if record.page.left_open is not None else None,
        report=job.out / "report.html",
        sentences=tuple(calibration_summary(record.page)),
        quality=table_of(QUALITY, quality_rows(job.issues)),
        findings=table_of(("key", "value", "source"), findings),
        realism=table_of(REALISM, [tuple(getattr(check, key) for key in REALISM) for check in result.checks]),
        forecasts=table_of(("forecast", *FORECASTS), forecasts),
        value=table_of(VALUE, [value_row(one) for one in result.values]),
        figures={known.name: Chart(known.figure, known.caption, known.alt) for known in draw_calibration(record)},
    )

"""A calibration from Python."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.api.results import Calibrated, Chart, table_of
from experiments.api.settings import Overrides, lines_of
from experiments.calibration.results import (
    FORECASTS,
    QUALITY,
    REALISM,
    VALUE,
    forecast_rows,
    quality_rows,
    record_of,
    run_calibration,
    value_row,
)
from experiments.execution.progress import progress
from experiments.plans.command_line import command_line, long_forms
from experiments.plans.compose import compose_settings
from sim.report.calibration import draw_calibration
from sim.report.calibration import summary as calibration_summary


def calibrate(
    data: str | Path,
    columns: str | Mapping[str, Any] = "bookings",
    *,
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
    """Fit a market to a file of bookings, and write it with a page to a folder.

    Parameters
    ----------
    data
        CSV or Parquet, a row a booking.
    columns
        Which column is what: a name of ``configs/data``, or a mapping such as ``{"client": "customer_id", "date": "start"}`` with
        the keys of ``configs/data/bookings.yaml``.
    name
        Of the market that comes out.
    holdout_from
        Fit before this day (``2024-01-31``), and forecast from it on.
    market
        Whose numbers hold where the file says nothing.
    replications
        Runs of the fitted market that are shown beside the file, >= 2.
    out
        Where it goes: a new folder, or that of an earlier calibration.

    Raises
    ------
    ConfigError
        A file or a setting that the command line would refuse, with the same message.
    """
    given = {"file": str(data), "name": name, "market": market, "replications": replications, "seed": seed, "out": str(out)}
    given |= {"holdout_from": holdout_from}
    lines = long_forms([f"columns={columns if isinstance(columns, str) else 'bookings'}", *lines_of(overrides, given)])
    folders = [] if config_dir is None else [Path(config_dir)]
    settings = compose_settings("calibrate", lines, folders)
    command = command_line("calibrate", lines, folders)
    if not isinstance(columns, str):
        settings["columns"] |= {str(key): dict(value) if isinstance(value, Mapping) else value for key, value in columns.items()}
        command = f"experiments.calibrate({str(data)!r}, {dict(columns)!r}, overrides={lines[1:]!r})"
    job, result = run_calibration(settings, command, progress(quiet))
    record = record_of(job, result, "")
    forecasts = forecast_rows(result.holdout) if result.holdout is not None else []
    findings = [(found.key, json.dumps(found.value), str(found.source)) for found in result.findings.found]
    return Calibrated(
        name=job.options.name,
        config_dir=job.market_path.parent.parent,
        report=job.out / "report.html",
        sentences=tuple(calibration_summary(record.page)),
        quality=table_of(QUALITY, quality_rows(job.issues)),
        findings=table_of(("key", "value", "source"), findings),
        realism=table_of(REALISM, [tuple(getattr(check, key) for key in REALISM) for check in result.checks]),
        forecasts=table_of(("forecast", *FORECASTS), forecasts),
        value=table_of(VALUE, [value_row(one) for one in result.values]),
        figures={known.name: Chart(known.figure, known.caption, known.alt) for known in draw_calibration(record)},
    )

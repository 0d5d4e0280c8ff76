"""What a calibration leaves in its ``out`` folder, and what it prints."""

import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from tqdm import tqdm

from experiments.calibration.fit import FinishedCalibration, calibrate
from experiments.calibration.held_out import (
    ORIGINS,
    WEEKLY,
    as_json,
    held_out_chart,
    held_out_page,
    origin_rows,
    weekly_rows,
)
from experiments.calibration.market import check_market_path, use_of, write_market
from experiments.calibration.plan import Calibration, make_calibration
from experiments.calibration.worlds_file import check_worlds_path, use_of_worlds, write_worlds
from experiments.execution.keys import versions
from experiments.outputs.export import Parts, check_export, write_export
from experiments.outputs.folder import check_out, check_writable, write_folder
from experiments.outputs.manifest import Manifest
from experiments.outputs.tables import as_arrow, as_csv
from experiments.plans.settings import Settings
from sim.bookings.quality import quality_text
from sim.bookings.rows import Issue, date_of
from sim.calibration.findings import PolicyGain
from sim.calibration.lifetime_value import NewClientValue
from sim.calibration.observed import months, second_gaps, visits_per_client, weekdays
from sim.report.calibration import CalibrationPage, CalibrationRecord, LeftOpen, in_file, one_side, summary
from sim.report.held_out import percent
from sim.said import say
from sim.words.aligned import aligned

REALISM = ("name", "real", "simulated", "distance", "luck", "n_real", "verdict")
QUALITY = ("what", "count", "unit", "treatment")
FINDINGS = ("key", "value", "source")
GAINS = ("spread", "rho", "policy", "control", "estimate", "low", "high", "n")
VALUE = ("channel", "months", "estimate", "low", "high", "n", "paid_share", "visit_eur")


def run_calibration(
    settings: Settings, command: str, bar_of: Callable[..., Any], frame: Any = None
) -> tuple[Calibration, FinishedCalibration]:
    """Fit a market to the file that composed settings name, and write it with its page.

    Parameters
    ----------
    bar_of
        What draws the progress, called as ``tqdm`` is.
    frame
        Rows that are read instead of the file.

    Returns
    -------
    Calibration, FinishedCalibration
        What was asked for, and what was found.

    Raises
    ------
    ConfigError
        Anything that cannot be calibrated, before anything is fitted or written.
    """
    job = make_calibration(settings, frame)
    check_out(job.out, "calibrate")
    check_market_path(job.market_path)
    check_export(job.options.export, job.out)
    check_writable("market_folder", job.market_path.parent)
    if job.options.worlds:
        check_worlds_path(job.worlds_path)
        check_writable("market_folder", job.worlds_path.parent)
    with bar_of(total=job.n_runs, desc="Calibrating", unit="run") as bar:
        result = calibrate(job, bar.update)
    write_calibration(job, result, settings, command)
    write_market(job, result)
    if result.worlds is not None and result.worlds.n:
        write_worlds(job, result.market, result.worlds)
    write_export(job.options.export, export_tables(result))
    return job, result


def export_tables(result: FinishedCalibration) -> dict[str, Parts]:
    """The tables of an export: numbers of the market, the market beside the file, and what new clients are worth."""
    findings = [(found.key, json.dumps(found.value), str(found.source)) for found in result.findings.found]
    realism = [tuple(getattr(check, key) for key in REALISM) for check in result.checks]
    values = [value_row(one) for one in result.values]
    tables = {"findings": (FINDINGS, findings), "realism": (REALISM, realism), "value": (VALUE, values)}
    return {name: [as_arrow(header, rows)] if rows else [] for name, (header, rows) in tables.items()}


def run_and_print(settings: Settings, command: str) -> int:
    """The command: calibrate, print what came of it; returns the exit code."""
    started = time.perf_counter()
    job, result = run_calibration(settings, command, partial(tqdm, disable=not sys.stderr.isatty()))
    print_calibration(job, result, time.perf_counter() - started)
    return 0


def record_of(job: Calibration, result: FinishedCalibration, command: str) -> CalibrationRecord:
    """All that the report is made of."""
    reads = (second_gaps, visits_per_client, weekdays, months)
    held = result.holdout
    return CalibrationRecord(
        page=page_of(job, result, command),
        real={read.__name__: read(result.real) for read in reads},
        simulated={read.__name__: np.concatenate([read(run) for run in result.runs]) for read in reads},
        held_out=None if held is None else held_out_chart(held),
    )


def page_of(job: Calibration, result: FinishedCalibration, command: str) -> CalibrationPage:
    """What the page says."""
    held, fitted = result.holdout, result.fitted
    return CalibrationPage(
        source=job.bookings.name,
        period=say("{first} to {last}", first=date_of(int(job.visits.day.min())), last=date_of(job.until_day)),
        market=job.options.name,
        arm=job.arm.name,
        model=fitted.model.name,
        log_likelihood=fitted.log_likelihood,
        n_clients=fitted.n,
        parameters=[(name, fitted.interval(name)) for name in fitted.free],
        forms=[(found.model.name, found.log_likelihood, found.aic) for found in result.fits.values()],
        signs=result.signs,
        issues=job.issues,
        found=result.findings.found,
        untold=result.findings.untold,
        checks=result.checks,
        n_runs=job.options.replications,
        warnings=job.warnings,
        held=held_out_page(held, job.visits.has_status) if held is not None else None,
        values=result.values,
        spread=result.findings.spread.rho if result.findings.spread is not None else None,
        gains=result.gains,
        command=command,
        use=use_of(job.market_path),
        left_open=left_open_page(job, result),
        seed=job.options.seed,
        versions=versions(),
    )


def left_open_page(job: Calibration, result: FinishedCalibration) -> LeftOpen | None:
    """What the page says about the worlds; None without any."""
    worlds = result.worlds
    if worlds is None or not worlds.n:
        return None
    numbers = []
    for one in worlds.drawn:
        low, middle, high = np.quantile(one.values, (0.05, 0.5, 0.95))
        numbers.append((one.name, float(low), float(middle), float(high)))
    return LeftOpen(numbers, worlds.names_assumed, worlds.n, use_of_worlds(job.market_path, worlds.n))


def quality_rows(issues: Sequence[Issue]) -> list[tuple[str, int, str, str]]:
    """The data-quality table."""
    return [(str(one.what), one.count, str(one.unit), str(one.treatment) if one.treatment else "") for one in issues]


def write_calibration(job: Calibration, result: FinishedCalibration, settings: Settings, command: str) -> None:
    """Everything but the market that goes to the out folder."""
    tables: dict[str, str | bytes] = {
        "realism.csv": as_csv(REALISM, [tuple(getattr(check, key) for key in REALISM) for check in result.checks]),
        "quality.json": quality_text(dict(job.quality)),
        "quality.csv": as_csv(QUALITY, quality_rows(job.issues)),
        "findings.csv": as_csv(FINDINGS, [(found.key, found.value, found.source) for found in result.findings.found]),
    }
    if result.holdout is not None:
        tables["holdout.csv"] = as_csv(WEEKLY, weekly_rows(result.holdout))
        tables["origins.csv"] = as_csv(ORIGINS, origin_rows(result.holdout))
        tables["holdout.json"] = json.dumps(as_json(result.holdout), indent=1) + "\n"

    if result.gains:
        tables["gains.csv"] = as_csv(GAINS, [gain_row(one) for one in result.gains])

    if result.values:
        tables["value.csv"] = as_csv(VALUE, [value_row(one) for one in result.values])

    options = job.options
    manifest = Manifest(command, options.seed, options.replications, more={"market": str(job.market_path)})
    write_folder("calibrate", job.out, settings, tables, record_of(job, result, command), manifest, options.report.lang)


def gain_row(one: PolicyGain) -> tuple[str | float, ...]:
    """A row of ``GAINS``: the correlation within pros, and points of return with their interval."""
    return (str(one.what), one.rho, one.policy, one.control, one.points.estimate, one.points.low, one.points.high, one.points.n)


def value_row(one: NewClientValue) -> tuple[str | float, ...]:
    """A row of ``VALUE``: amounts in EUR, ``paid_share`` 0 to 1; the channel is empty for all new clients together."""
    value = one.value_eur
    return (one.channel, one.months, value.estimate, value.low, value.high, value.n, one.paid_share, one.visit_eur)


def _table(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(aligned(rows))


def print_calibration(job: Calibration, result: FinishedCalibration, seconds: float) -> None:
    """Quality of the data, the fit, the verdicts, the hold-out, and where everything is."""
    page = page_of(job, result, "")
    print(f"\n{page.source}, {page.period}\n")
    print("\n".join(f"- {sentence}" for sentence in summary(page)) + "\n")
    print(_table([(f"{count:,} {unit}", what, treatment) for what, count, unit, treatment in quality_rows(job.issues)]))
    print(f"\n{page.model}, {page.n_clients:,} new clients, log likelihood {page.log_likelihood:.2f}")
    rows = [
        (name, f"{x.estimate:.3f}", f"[{x.low:.3f}, {x.high:.3f}]" if math.isfinite(x.low) else "none: the likelihood is flat")
        for name, x in page.parameters
    ]
    print(_table([("parameter", "estimate", "95 % interval"), *rows]))
    print()
    header = ("figure", "file", "simulated", "distance", "luck", "verdict")
    checks = [
        (str(c.label), one_side(c, c.real), one_side(c, c.simulated), f"{c.distance:.3f}", f"{c.luck:.3f}", c.verdict)
        for c in in_file(page.checks)
    ]
    print(_table([header, *checks]))
    if page.held is not None:
        lines = [
            (str(name), percent(x.total_error), f"{x.mean_absolute_error:.3f}", f"{x.root_mean_square_error:.3f}")
            for name, x in page.held.lines
        ]
        print(f"\n{_table([('hold-out forecast', 'total', 'mean absolute error', 'root mean square'), *lines])}")
    print(f"\nReport:  {job.out / 'report.html'}   ({seconds:.0f} s)")
    print(f"Market:  {job.market_path}")
    if job.options.export is not None:
        print(f"Export:  {job.options.export}")
    if page.left_open is not None:
        print(f"Worlds:  {job.worlds_path}")
    print(f"Use it:  {page.use}")
    if page.left_open is not None:
        print(f"Does it hold?  {page.left_open.use}")

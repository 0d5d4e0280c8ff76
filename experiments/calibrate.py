"""Calibrate the simulator on a team's own bookings: from a file to a market, with proof that the market is like the file.

Fits the client model by maximum likelihood, reads every other number that the file has, writes a market for
python -m experiments.compare market=NAME, and shows real visits beside simulated ones; with holdout_from=DATE it also forecasts
what was held out, beside BG/NBD and the rate of the past.

  python -m experiments.calibrate data=bookings.csv columns=bookings name=mine holdout_from=2024-01-01

columns=NAME is a yaml of configs/data (or of a folder of yours, --config-dir) that says which column is what.
"""

import sys
import time
from collections.abc import Sequence

from tqdm import tqdm

from experiments.calibrate_fit import calibrate
from experiments.calibrate_market import check_market_path, write_market
from experiments.calibrate_plan import make_calibration, renamed
from experiments.calibrate_results import print_calibration, write_calibration
from experiments.cli import run_command
from experiments.results import check_out, check_writable


def _body(settings: dict[str, object], command: str) -> int:
    started = time.perf_counter()
    job = make_calibration(settings)
    check_out(job.out, "calibrate")
    check_market_path(job.market_path)
    check_writable("market_folder", job.market_path.parent)
    n_runs = job.options.bootstrap + job.options.replications + (job.options.forecast_runs if job.holdout_day is not None else 0)
    with tqdm(total=n_runs, unit="run", disable=not sys.stderr.isatty()) as bar:
        result = calibrate(job, bar.update)
    write_calibration(job, result, settings, command)
    write_market(job, result)
    print_calibration(job, result, time.perf_counter() - started)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("calibrate", __doc__ or "", _body, renamed(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    sys.exit(main())

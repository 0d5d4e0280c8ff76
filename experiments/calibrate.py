"""Calibrate the simulator on a team's own bookings: from a file to a market, with proof that the market is like the file.

Fits the client model by maximum likelihood, reads every other number that the file has, writes a market for
python -m experiments.compare market=NAME, and shows real visits beside simulated ones; with holdout_from=DATE it also forecasts
what was held out, by a mixture of client models with an interval, beside BG/NBD, Pareto/NBD and the rate of the past.

  python -m experiments.calibrate data=bookings.csv name=mine holdout_from=2024-01-01

Columns are recognised, and columns.yaml in out says how; columns=FILE.yaml corrects it, columns=NAME is a yaml of configs/data.
"""

import sys
from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.command_line import long_forms
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.calibration.results import run_and_print

    return run_and_print(settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("calibrate", __doc__ or "", _body, long_forms(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    as_program(main)

"""Look at a file of bookings before anything is fitted: which column is what, what became of each row, what the file is good for.

Reads CSV and its dialects, workbooks, JSON, Parquet, databases; recognises columns by names and values, or takes a mapping.

  python -m experiments.doctor data=bookings.csv
  python -m experiments.doctor data=bookings.xlsx columns=columns.yaml

Leaves a page, quality.json and columns.yaml in out; exit code 2 where the file cannot be read.
"""

import sys
from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.command_line import long_forms
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.bookings.doctor import run_doctor

    return run_doctor(settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("doctor", __doc__ or "", _body, long_forms(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    as_program(main)

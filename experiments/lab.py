"""Which experiment would tell an effect in this market? How long each takes, and what it gets wrong.

Simulates experiments of every design, each with its own luck and split, beside the two markets that they stand for: nobody
treated, and everybody. Prints bias, spread, power and the weeks needed by design, and which one to run.

With data=FILE it analyses a real experiment: a file of bookings with one more column, the group. It is checked, estimated as its
design says, and set beside what simulated experiments of the same design say.

  python -m experiments.lab data=bookings.csv columns.group=variant "design=[client]" start=2024-01-08 end=2024-06-30
"""

import sys
from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.command_line import long_forms
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.trials.plan import is_observed

    if is_observed(settings):
        from experiments.trials.observed import run_observed

        return run_observed(settings, command)
    from experiments.trials.results import run_lab

    return run_lab(settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("lab", __doc__ or "", _body, long_forms(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    as_program(main)

"""Which experiment would tell an effect in this market? How long each takes, and what it gets wrong.

Simulates experiments of every design, each with its own luck and split, beside the two markets that they stand for: nobody
treated, and everybody. Prints bias, spread, power and the weeks needed by design, and which one to run.
"""

from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.trials.results import run_lab

    return run_lab(settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("lab", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    as_program(main)

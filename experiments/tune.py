"""Search the settings of a policy for the frontier between clients and pros, and for the best setting within the guardrails.

Simulates many settings with common random numbers, bad ones once, runs the best again on fresh random numbers and shows the value
found while searching beside the value confirmed. Writes the frontier, its settings, what one more unit of fairness costs, and the
recommended setting as a yaml for compare. Stopped and started again, it goes on from where it was.
"""

import os
from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.search.results import run_tune

    return run_tune(settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    # its matrices are small: on a busy machine threads of linear algebra wait for one another ten times as long as they work
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    return run_command("tune", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    as_program(main)

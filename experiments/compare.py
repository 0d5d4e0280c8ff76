"""Compare allocation policies: which one brings more new clients back, by how much, how sure we are, and what it does to pros.

Simulates the market under each arm with common random numbers, prints a table and a verdict per arm, and writes tables,
charts and a report to the out folder.
"""

from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.comparison.report import run_comparison
    from experiments.plans.plan import CompareOptions, make_plan

    return run_comparison(make_plan(settings, CompareOptions), settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("compare", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    as_program(main)

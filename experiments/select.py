"""Choose the best of several policies, with as few runs as a guarantee allows: a race in which arms that fall behind drop out.

Simulates all arms with common random numbers, a replication at a time, until one is left; prints who won, when the others left
and what is guaranteed, and writes tables and a chart to the out folder. To learn by how much arms differ, use compare instead.
"""

from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.selection.report import run_selection

    return run_selection(settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("select", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    as_program(main)

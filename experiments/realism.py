"""Is the market real? A scorecard of simulated figures against published and measured ones.

Prints, for each target, the mean over replications with its 95 % interval, what was published, the project's own tolerance, whether
the mean lies within each of them, and the source; exit code 1 if any lies outside the tolerance.
"""

from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.comparison.published import run_realism

    return run_realism(settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("realism", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    as_program(main)

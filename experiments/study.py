"""Study how factors act together: simulate a design over any keys of the configuration, and say what each one does.

Prints the strongest effects, and writes every main effect and two-way interaction with simultaneous intervals (effects.csv), or the
Sobol indices of continuous ranges (sensitivity.csv), the means at every point (points.csv), all runs (runs.parquet), heat maps,
interaction plots and a page. Points share their random numbers, so effects are clearer than levels.

experiment=interplay is the study of fidelity score x session threshold x payback: several parts, one page of answers (answers.csv).
"""

from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.studies.results import run_one_part
    from experiments.studies.several import run_parts

    return run_parts(settings, command) if settings.get("parts") else run_one_part(settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("study", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    as_program(main)

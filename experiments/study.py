"""Study how factors act together: simulate a design over any keys of the configuration, and say what each one does.

Prints the strongest effects, and writes every main effect and two-way interaction with simultaneous intervals (effects.csv), or the
Sobol indices of continuous ranges (sensitivity.csv), the means at every point (points.csv), all runs (runs.parquet), heat maps,
interaction plots and a page. Points share their random numbers, so effects are clearer than levels.

experiment=interplay is the study of fidelity score x session threshold x payback: several parts, one page of answers (answers.csv).
"""

import sys
import time
from collections.abc import Sequence

from experiments.cli import run_command
from experiments.interplay import run_interplay
from experiments.results import check_out, check_writable
from experiments.study_plan import make_study, run_study
from experiments.study_results import print_study, write_study


def _body(settings: dict[str, object], command: str) -> int:
    if settings.get("parts"):
        return run_interplay(settings, command)
    started = time.perf_counter()
    study = make_study(settings)
    plan = study.plan
    check_out(plan.out, "study")
    check_writable("store", plan.store)
    found = run_study(study)
    write_study(study, found, settings, command)
    print_study(study, found, time.perf_counter() - started)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("study", __doc__ or "", _body, arguments)


if __name__ == "__main__":
    sys.exit(main())

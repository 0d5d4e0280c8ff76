"""What would a new policy have done on the log that we have? What it would have changed, and when not to believe it.

Simulates logs of one policy, with everybody who could have been chosen, and judges other policies by them: the share of new clients
who come back, by every estimator, with what simulating those policies says beside it. Prints a table and what to believe.

With data=FILE it does so with a team's own log: a file of bookings with the pros who could have been chosen for each, and with
which probability.

  python -m experiments.offpolicy data=dispatch.csv columns.candidates=free columns.propensity=chance
"""

import sys
from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.command_line import long_forms
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.hindsight.plan import is_observed

    if is_observed(settings):
        from experiments.hindsight.observed import run_observed

        return run_observed(settings, command)
    from experiments.hindsight.results import run_simulated

    return run_simulated(settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("offpolicy", __doc__ or "", _body, long_forms(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    as_program(main)

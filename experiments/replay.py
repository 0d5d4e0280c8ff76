"""Compare allocation policies on a team's own requests, and see what each would have made of the clients who came.

Requests are taken from a file of bookings: who asked, when, for which start and what. Everything else (clients' later needs,
pros, answers, sessions) is simulated as in a comparison, with the same tables, charts and page.

  python -m experiments.replay data=bookings.csv market=mine arm=[uniform,wecasa_2025]

mode=first_requests (default): each new client's first request is the file's; whether and when the client asks again follows from
the client model, so policies can differ in returns. mode=all_requests: every request is the file's, whatever the policy did; only
who serves it, how soon, how well, and who earns can differ, and metrics of returns are left out.
"""

import sys
from collections.abc import Sequence

from experiments.cli.command import run_command
from experiments.cli.interrupt import as_program
from experiments.plans.command_line import long_forms
from experiments.plans.settings import Settings


def _body(settings: Settings, command: str) -> int:
    from experiments.replays.report import run_replay

    return run_replay(settings, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("replay", __doc__ or "", _body, long_forms(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    as_program(main)

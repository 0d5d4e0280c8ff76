"""Compare allocation policies on a team's own requests: what would each have made of the clients who came?

Requests are taken from a file of bookings: who asked, when, for which start and what. Everything else (clients' later needs,
pros, answers, sessions) is simulated as in a comparison, with the same tables, charts and page.

  python -m experiments.replay data=bookings.csv columns=bookings market=mine arm=[uniform,wecasa_2025]

mode=first_requests (default): each new client's first request is the file's; whether and when the client asks again follows from
the client model, so policies can differ in returns. mode=all_requests: every request is the file's, whatever the policy did; only
who serves it, how soon, how well, and who earns can differ, and metrics of returns are left out.
"""

import sys
from collections.abc import Sequence

from experiments.calibrate_plan import renamed
from experiments.cli import run_command
from experiments.compare import Occasion, check_comparison, run_comparison
from experiments.replay_plan import Replay, in_force, left_out, make_replay
from experiments.streams import save_stream
from sim.report.replayed import Replayed, quality_lines


def occasion(replay: Replay) -> Occasion:
    """What page and manifest say of a replay."""
    first, last = replay.period
    replayed = Replayed(
        mode=replay.keys.mode,
        source=replay.columns.source or str(replay.keys.file),
        first=first,
        last=last,
        digest=replay.file_digest,
        issues=replay.issues,
        left_out=left_out(replay),
        team=replay.team,
        zones=replay.columns.zone is not None,
    )
    about = {"file": str(replay.keys.file), "file_sha256": replay.file_digest, "stream": replay.plan.stream}
    return Occasion("replay", replayed, replay.n_new, about)


def print_replay(replay: Replay) -> None:
    """What was read, in the terminal."""
    print(f"{replay.keys.file}: {' to '.join(replay.period)}, mode {replay.keys.mode}")
    lines = quality_lines(replay.issues)
    width, room = (max(len(line[column]) for line in lines) for column in (0, 1))
    for what, n, done in lines:
        print(f"  {what:<{width}}  {n:>{room}}  {done}".rstrip())
    print("Intervals are conditional on these requests; see the page for what is estimated and what is assumed.", flush=True)


def _body(settings: dict[str, object], command: str) -> int:
    replay = make_replay(settings)
    check_comparison(replay.plan, "replay")
    print_replay(replay)
    save_stream(replay.plan.store, replay.stream)
    return run_comparison(replay.plan, in_force(settings, replay), command, occasion(replay))


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("replay", __doc__ or "", _body, renamed(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    sys.exit(main())

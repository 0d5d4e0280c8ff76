"""A replay as a comparison: what page and manifest say about it, and what the terminal does."""

from functools import partial

from experiments.comparison.report import Occasion, check_comparison, run_comparison
from experiments.execution.streams import save_stream
from experiments.plans.settings import Settings
from experiments.replays.base import base_of
from experiments.replays.plan import Replay, in_force, left_out, make_replay
from sim.bookings.quality import quality_of, quality_text
from sim.bookings.rows import Rows
from sim.bookings.visits import visits_of
from sim.config import ConfigError
from sim.report.replayed import Replayed, quality_lines


def occasion(replay: Replay) -> Occasion:
    """What page and manifest say about a replay."""
    first, last = replay.period
    replayed = Replayed(
        mode=replay.keys.mode,
        source=replay.bookings.name,
        first=first,
        last=last,
        digest=replay.bookings.digest,
        issues=replay.issues,
        left_out=left_out(replay),
        team=replay.team,
        zones=replay.bookings.columns.zone is not None,
        draws_known=bool(replay.known),
    )
    about = {"file": replay.bookings.rows.source, "file_sha256": replay.bookings.digest, "stream": replay.plan.stream}
    return Occasion("replay", replayed, replay.n_new, about, _quality(replay.bookings.rows), partial(base_of, replay))


def _quality(rows: Rows) -> dict[str, str]:
    """The file ``quality.json`` by its name; none of requests that all came to nothing, which can be replayed as well."""
    try:
        visits, _ = visits_of(rows)
    except ConfigError:
        return {}
    return {"quality.json": quality_text(quality_of(rows, visits))}


def print_replay(replay: Replay) -> None:
    """What was read, in the terminal."""
    print(f"{replay.bookings.name}: {' to '.join(replay.period)}, mode {replay.keys.mode}")
    lines = quality_lines(replay.issues)
    width, room = (max(len(line[column]) for line in lines) for column in (0, 1))
    for what, n, done in lines:
        print(f"  {what:<{width}}  {n:>{room}}  {done}".rstrip())
    print("Intervals are conditional on these requests; see the page for what is estimated and what is assumed.", flush=True)


def run_replay(settings: Settings, command: str) -> int:
    """Read the requests, compare the policies on them and write the out folder; returns the exit code."""
    replay = make_replay(settings)
    check_comparison(replay.plan, "replay")
    print_replay(replay)
    for kept in (replay.stream, *replay.known):
        save_stream(replay.plan.store, kept)
    return run_comparison(replay.plan, in_force(settings, replay), command, occasion(replay))

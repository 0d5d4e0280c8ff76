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
from experiments.compare import ASSUMPTIONS, Wording, check_comparison, run_comparison
from experiments.replay_plan import Replay, in_force, left_out, make_replay
from experiments.streams import save_stream
from sim.report.page import Replayed

ALWAYS = (
    "A file of bookings shows the demand that found the old platform and, unless it has a status for it, was served. Who looked and"
    " went away, or would have come to a better platform, is not in it.",
    "Intervals are conditional on these requests: replications share them and differ in everything else, so another period's"
    " requests may give another answer.",
)
MEANING = {
    "first_requests": (
        "What is estimated: how many of the clients who came would have come back under each policy, had their first requests"
        " been as they were, and had their later needs followed the client model of the market. A first request is made before"
        " the platform has done anything for the client, so it does not depend on the policy; the file's later requests do, and are"
        " not used.",
        "Clients who may be older than the file are known clients: their requests are all replayed, so that pros are as busy as"
        " they were, and no metric of new clients counts them.",
    ),
    "all_requests": (
        "What is estimated: who would have served these requests under each policy, how soon and how well, and who would have"
        " earned what, had every client asked exactly as in the file. Later requests came about under the old policy: one that"
        " makes more clients return would have had more of them, which this cannot show.",
        "Scores of who returns are noise here, since clients come back as in the file whoever served them: a policy that follows"
        " such a score is shown for what it does to exposure and to waiting, not for what its score is worth.",
        "Every row is a request, whatever became of it: a booking that was cancelled and made again counts twice.",
    ),
}
QUESTION = {
    "first_requests": (
        "Which policy would have brought more clients back?",
        "Which of these policies makes more of the clients who came book again, and what does it do to the pros?",
    ),
    "all_requests": (
        "Which policy would have served these requests best?",
        "With every request as it was made, which of these policies fills more of them, and what does it do to the pros?",
    ),
}


def wording(replay: Replay) -> Wording:
    """What the page and the manifest say of a replay."""
    mode = replay.keys.mode
    title, question = QUESTION[mode]
    note = Replayed(
        source=replay.columns.source or str(replay.keys.file),
        period=f"{replay.period}; day 0 is the Monday, nothing is simulated after the last day",
        means=(*MEANING[mode], *ALWAYS, *replay.assumed),
        issues=replay.issues,
        left_out=left_out(replay),
        digest=replay.file_digest,
    )
    about = {"file": str(replay.keys.file), "file_sha256": replay.file_digest, "stream": replay.plan.stream}
    judged = (
        {} if mode == "first_requests" else {"no_warm_up": "Whether the warm-up is long enough was not judged: it is for returns."}
    )
    return Wording("replay", title, question, ASSUMPTIONS, replay.n_new, note, about=about, **judged)


def print_replay(replay: Replay) -> None:
    """What was read, in the terminal."""
    print(f"{replay.keys.file}: {replay.period}, mode {replay.keys.mode}")
    width = max(len(issue.what) for issue in replay.issues)
    for issue in replay.issues:
        done = f"  {issue.treatment}" if issue.treatment else ""
        print(f"  {issue.what:<{width}}  {issue.count:>9,} {issue.unit}{done}")
    print("Intervals are conditional on these requests; see the page for what is estimated and what is assumed.", flush=True)


def _body(settings: dict[str, object], command: str) -> int:
    replay = make_replay(settings)
    check_comparison(replay.plan, "replay")
    print_replay(replay)
    save_stream(replay.plan.store, replay.stream)
    return run_comparison(replay.plan, in_force(settings, replay), command, wording(replay))


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return run_command("replay", __doc__ or "", _body, renamed(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    sys.exit(main())

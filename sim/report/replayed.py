"""What a report says about a request stream that was replayed: its source, what the numbers mean, and what was done to its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.bookings.rows import Issue
from sim.words.language import listed, t, told
from sim.words.units import whole

Mode = Literal["first_requests", "all_requests"]


@dataclass(frozen=True)
class TeamSummary:
    """Pros that were read from the file."""

    n: int
    hours: bool
    """Whether their hours are those of their bookings, rather than the market's."""
    serves_all: Sequence[str]
    """Of ``zones`` and ``services``, what the file does not tell apart."""


@dataclass(frozen=True)
class Replayed:
    """The requests that were replayed."""

    mode: Mode
    source: str
    """Their file, or where it is from."""
    first: str
    """First day, a Monday: 2024-01-01."""
    last: str
    digest: str
    """SHA-256 of the file."""
    issues: Sequence[Issue]
    """The data-quality table."""
    left_out: Sequence[str]
    """Names of metrics that have no meaning in this mode."""
    team: TeamSummary | None
    """None: the pros are the market's."""
    zones: bool
    """Whether the file has zones."""
    draws_known: bool = False
    """Whether clients from before the first day are drawn from their histories."""


def replay_title(mode: Mode) -> str:
    """What the page is called."""
    if mode == "first_requests":
        return t("Which policy would have brought more clients back?")
    return t("Which policy would have served these requests best?")


def replay_question(mode: Mode) -> str:
    """The question that a replay answers."""
    if mode == "first_requests":
        return t("Which of these policies makes more of the clients who came book again, and what does it do to the pros?")
    return t("With every request as it was made, which of these policies fills more of them, and what does it do to the pros?")


def conditional_sentence(replayed: Replayed) -> str:
    """What every decision on a replay rests on."""
    return t(
        "These are the requests of {source} from {first} to {last}, and intervals are conditional on them.",
        source=replayed.source,
        first=replayed.first,
        last=replayed.last,
    )


def not_judged_sentence(replayed: Replayed | None) -> str:
    """Why nothing is said about the warm-up."""
    if replayed is not None and replayed.mode == "all_requests":
        return t("Whether the warm-up is long enough was not judged: it is for returns.")
    return t("Whether the warm-up is long enough was not judged: there are weeks without new clients.")


def meanings(replayed: Replayed, n_pros: int) -> list[str]:
    """What the numbers are estimates of, what they are not, and what stands in for what the file does not say."""
    own = _of_first_requests(replayed.draws_known) if replayed.mode == "first_requests" else _of_all_requests()
    always = [
        t(
            "A file of bookings shows the demand that found the old platform and, unless it has a status for it, was served. Who"
            " looked and went away, or would have come to a better platform, is not in it."
        ),
        t(
            "Intervals are conditional on these requests: replications share them and differ in everything else, so another"
            " period’s requests may give another answer."
        ),
    ]
    return [*own, *always, *_assumed(replayed, n_pros)]


def _of_first_requests(draws_known: bool) -> list[str]:
    known = t(
        "Clients who may be older than the file are known clients: their requests are all replayed, so that pros are as busy as"
        " they were, and no metric of new clients counts them."
    )
    if draws_known:
        known = t(
            "Clients who came before the first day are known clients: in each replication it is drawn from their own history"
            " whether they still come, how often, how regularly and when next; what follows depends on the policy, as for new"
            " clients. What they did in the file from that day on is not used, and no metric of new clients counts them."
        )
    return [
        t(
            "What is estimated: how many of the clients who came would have come back under each policy, had their first requests"
            " been as they were, and had their later needs followed the client model of the market. A first request is made before"
            " the platform has done anything for the client, so it does not depend on the policy; the file’s later requests do, and"
            " are not used."
        ),
        known,
    ]


def _of_all_requests() -> list[str]:
    return [
        t(
            "What is estimated: who would have served these requests under each policy, how soon and how well, and who would have"
            " earned what, had every client asked exactly as in the file. Later requests came about under the old policy: one that"
            " makes more clients return would have had more of them, which this cannot show."
        ),
        t(
            "Scores of who returns are noise here, since clients come back as in the file whoever served them: a policy that"
            " follows such a score is shown for what it does to exposure and to waiting, not for what its score is worth."
        ),
        t("Every row is a request, whatever became of it: a booking that was cancelled and made again counts twice."),
    ]


def _assumed(replayed: Replayed, n_pros: int) -> Iterator[str]:
    team = replayed.team
    if team is None:
        yield t("The pros are the market’s: {n}, whose hours, services, zones and days of joining are drawn.", n=whole(n_pros))
    else:
        yield t(
            "The pros are the file’s {n}: there from their first to their last booking, working on the weekdays on which they had"
            " bookings; a day off within counts as worked. How good they are is drawn from the market: the file’s own pros are not"
            " known by it.",
            n=whole(team.n),
        )
        if team.hours:
            yield t("Their hours are those between which 95 % of their bookings lay; an hour never booked counts as not worked.")
        else:
            yield t("Their hours are the market’s, since the file gives days only.")
        if team.serves_all:
            names = [t("zones") if one == "zones" else t("services") for one in team.serves_all]
            yield t("The file does not tell {names} apart: its pros serve all of the market’s.", names=listed(names))
    if replayed.zones:
        yield t("Zones lie on a ring in the order of their names; a pro of the market serves the next ones on it.")


def quality_lines(issues: Sequence[Issue]) -> list[tuple[str, str, str]]:
    """What, how many and what was done, of each line of the data-quality table."""
    return [
        (told(issue.what), f"{whole(issue.count)} {told(issue.unit)}", told(issue.treatment) if issue.treatment else "")
        for issue in issues
    ]

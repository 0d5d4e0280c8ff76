"""One client's story: every request, what became of it, and why the client left, where the log tells."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.arrays import Flags
from sim.metrics.cohort import Cohort
from sim.rules import CANCELLED_BY_CLIENT, CANCELLED_BY_PRO, COMPLETED, NO_SHOW, OPEN, UNFILLED

WHAT = {
    COMPLETED: "session took place",
    UNFILLED: "no pro accepted",
    CANCELLED_BY_PRO: "pro cancelled",
    CANCELLED_BY_CLIENT: "client cancelled",
    NO_SHOW: "client was not there",
    OPEN: "still open when the run ended",
}
"""Outcomes in words."""


@dataclass(frozen=True)
class ClientStory:
    """What the log knows of a client."""

    client: int
    service: str
    channel: str
    arrival_days: float
    acquisition_cost_eur: float
    brought_eur: float
    """Contribution of all requests."""
    requests: pa.Table
    """One row a request, in order."""
    ending: str
    """How the story ends, one sentence."""


def _row_of(cohort: Cohort, client: int) -> int:
    """The client's row in ``clients``.

    Raises
    ------
    ValueError
        There is no such client.
    """
    numbers = cohort.log.clients["client"]
    row = int(np.searchsorted(numbers, client))
    if row >= len(numbers) or numbers[row] != client:
        last = int(numbers[-1]) if len(numbers) else 0
        raise ValueError(f"client = {client}, must be the number of a client who came: 0..{last}")
    return row


def client_story(cohort: Cohort, client: int) -> ClientStory:
    """The story of a client.

    Raises
    ------
    ValueError
        There is no such client.
    """
    log, row = cohort.log, _row_of(cohort, client)
    mine = np.flatnonzero(log.bookings["client"] == client)
    bookings = {name: column[mine] for name, column in log.bookings.items()}
    outcome = bookings["outcome"]
    completed = outcome == COMPLETED
    stars, pro = bookings["rating"], bookings["pro"]
    then = [_then(cohort, row, bookings, i) for i in range(len(mine))]
    requests = pa.table(
        {
            "request": np.arange(1, len(mine) + 1),
            "asked_on_day": np.round(bookings["request_days"], 1),
            "what_happened": [_what(bookings, i) for i in range(len(mine))],
            "minutes_late": pa.array(np.round(bookings["minutes_late"], 1), mask=~completed),
            "stars": pa.array(stars, mask=stars == 0),
            "then": then,
            "pro": pa.array(pro, mask=pro < 0),
            "had_favourite": bookings["favourite"] >= 0,
            "session_on_day": np.round(bookings["start_days"], 1),
            "service": [log.names["services"][code] for code in bookings["service"]],
        }
    )
    return ClientStory(
        client=client,
        service=log.names["services"][log.clients["service"][row]],
        channel=log.names["channels"][log.clients["channel"][row]],
        arrival_days=float(log.clients["arrival_days"][row]),
        acquisition_cost_eur=float(log.clients["acquisition_cost_eur"][row]),
        brought_eur=float(np.cumsum(bookings["contribution_eur"])[-1]) if len(mine) else 0.0,
        requests=requests,
        ending=_ending(cohort, row, bookings),
    )


def _what(bookings: dict[str, Any], i: int) -> str:
    text = WHAT[int(bookings["outcome"][i])]
    n = int(bookings["cancellations_by_pros"][i])
    earlier = n - (1 if bookings["outcome"][i] == CANCELLED_BY_PRO else 0)
    return f"{text}, after another pro had cancelled" if earlier > 0 else text


def _felt(cohort: Cohort, row: int, bookings: dict[str, Any], i: int) -> list[str]:
    """What this client held against a request, where the log tells."""
    outcome = int(bookings["outcome"][i])
    found = []
    if outcome == COMPLETED and bookings["minutes_late"][i] > cohort.log.truth_clients["tolerance_minutes"][row]:
        found.append(f"the pro was {bookings['minutes_late'][i]:.0f} minutes late")
    if outcome == COMPLETED and bookings["cancellations_by_pros"][i] > 0:
        found.append("a pro had cancelled before")
    if outcome == UNFILLED:
        found.append("no pro accepted")
    if outcome == CANCELLED_BY_PRO:
        found.append("the pro cancelled")
    return found


def _drawn_off(cohort: Cohort, row: int, name: str) -> float:
    column = cohort.log.truth_clients.get(name)
    return math.nan if column is None else float(column[row])


def _then(cohort: Cohort, row: int, bookings: dict[str, Any], i: int) -> str:
    if bookings["outcome"][i] == OPEN:
        return "not known"
    return "stayed" if bookings["stays"][i] else "left"


def _ending(cohort: Cohort, row: int, bookings: dict[str, Any]) -> str:
    n = len(bookings["outcome"])
    if n == 0:
        return "Has not asked for anything yet."
    last = n - 1
    if bookings["outcome"][last] == OPEN:
        return "The last request was still open when the run ended."
    private, lost = _drawn_off(cohort, row, "private_days"), _drawn_off(cohort, row, "lost_days")
    if math.isfinite(private):
        return f"Carried on with the pro off the platform from day {private:.0f} on."
    if bookings["stays"][last]:
        if math.isfinite(lost):
            return f"Stayed, until another platform won the next booking on day {lost:.0f}."
        return "Stayed: the run ended before the next need."
    if cohort.log.truth_clients["one_time"][row]:
        return "Needed this only once: would not have come back, whatever happened. The platform cannot know that."
    felt = _felt(cohort, row, bookings, last)
    if felt:
        return f"Left after request {n}, in which {' and '.join(felt)}."
    if bookings["outcome"][last] in (CANCELLED_BY_CLIENT, NO_SHOW):
        return f"Left after request {n}, which came to nothing on the client's own side."
    return f"Left after request {n}, in which the log shows nothing wrong: the visit itself or the client's own taste decided."


def interesting_clients(cohort: Cohort, of: NDArray[Any] | None = None) -> dict[str, int]:
    """Clients worth a look, by why: the first of each kind after the warm-up. A reason that fits nobody is left out.

    Parameters
    ----------
    of
        Numbers of the clients to look among; None: all.
    """
    log, numbers = cohort.log, cohort.log.clients["client"]
    bookings, first = log.bookings, cohort.first_row
    with np.errstate(invalid="ignore"):
        among = (first >= 0) & (cohort.first_request_days >= log.facts["warmup_days"])
    if of is not None:
        among &= np.isin(numbers, of)
    row = np.maximum(first, 0)
    if not among.any():
        return {}
    outcome, stays = bookings["outcome"][row], np.asarray(bookings["stays"][row], bool)
    returning = ~np.asarray(log.truth_clients["one_time"], bool)
    with np.errstate(invalid="ignore"):
        late = bookings["minutes_late"][row] > np.maximum(log.truth_clients["tolerance_minutes"], log.facts["late_from_minutes"])
    late &= (outcome == COMPLETED) & (bookings["cancellations_by_pros"][row] == 0)
    n_done = np.bincount(cohort.client[cohort.completed], minlength=len(numbers))
    picks: dict[str, Flags] = {
        "left after a late first session": among & returning & late & ~stays,
        "stayed in spite of a late first session": among & late & stays & (n_done >= 2),
        "left because no pro accepted": among & returning & (outcome == UNFILLED) & ~stays,
        "left because the pro cancelled": among & returning & (outcome == CANCELLED_BY_PRO) & ~stays,
        "came most often": among & (n_done == n_done[among].max()) & (n_done >= 1),
        "needed it only once": among & ~returning & (outcome == COMPLETED),
    }
    for why, name in (("went private", "private_days"), ("was won by another platform", "lost_days")):
        if name in log.truth_clients:
            picks[why] = among & np.isfinite(log.truth_clients[name])
    return {why: int(numbers[np.flatnonzero(which)[0]]) for why, which in picks.items() if which.any()}

"""One pro's story: sessions, score, visibility, the new clients who came and who of them came back."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.arrays import Flags, Floats, Ints
from sim.metrics.cohort import SIX_MONTHS_DAYS, Cohort

SETTLED_REFRESHES = 26
"""Half a year of weekly refreshes: a pro who was there for less has no story of rising or falling yet."""


@dataclass(frozen=True)
class ProStory:
    """What the log knows of a pro."""

    pro: int
    joined_days: float
    left_days: float
    """Nan: stayed to the end."""
    weekly_hours: float
    service: str
    refresh_days: Floats
    """(n_refreshes,) those at which the pro was there; the next columns likewise."""
    score: Floats
    counted: Flags
    visibility: Floats
    """Relative to the mean of the active pros."""
    sessions: Ints
    """Completed until then."""
    min_sessions: float
    """From which the score may count; nan without such a threshold."""
    newcomers: pa.Table
    """One row a new client whose first completed session was with this pro."""
    true_share: float
    """True return propensity, the latest if it moves: which nobody on the platform can know."""

    @property
    def counted_from_days(self) -> float:
        """First refresh at which the score counted; nan for never."""
        return float(self.refresh_days[self.counted][0]) if self.counted.any() else math.nan


def newcomers_of(cohort: Cohort, pro: int) -> pa.Table:
    """New clients whose first completed session was with the pro, by that session's end, and when they booked again.

    ``booked_again_day`` is nan for clients who have not by the end of the run; ``back`` is whether they did within 183 days, and
    null while the time for it is not over.
    """
    bookings, horizon = cohort.log.bookings, cohort.log.facts["horizon_days"]
    rows = np.flatnonzero(cohort.completed)
    rows = rows[np.lexsort((bookings["closed_days"][rows], cohort.client[rows]))]
    _, position = np.unique(cohort.client[rows], return_index=True)
    first = rows[position]
    first = first[bookings["pro"][first] == pro]
    first = first[np.argsort(bookings["closed_days"][first], kind="stable")]
    ended = bookings["closed_days"][first]
    made = np.flatnonzero(cohort.booked & np.isin(cohort.client, cohort.client[first]))
    again_days, again_pro = np.full(len(first), np.nan), np.full(len(first), -1)
    for i, row in enumerate(first):
        later = made[(cohort.client[made] == cohort.client[row]) & (bookings["assigned_days"][made] > ended[i])]
        if len(later):
            next_row = later[np.argmin(bookings["assigned_days"][later])]
            again_days[i], again_pro[i] = bookings["assigned_days"][next_row], bookings["pro"][next_row]
    with np.errstate(invalid="ignore"):
        back = again_days - ended <= SIX_MONTHS_DAYS
    stars = bookings["rating"][first]
    return pa.table(
        {
            "client": bookings["client"][first],
            "first_session_day": np.round(ended, 1),
            "minutes_late": np.round(bookings["minutes_late"][first], 1),
            "stars": pa.array(stars, mask=stars == 0),
            "back": pa.array(back, mask=~back & (ended + SIX_MONTHS_DAYS > horizon)),
            "booked_again_day": np.round(again_days, 1),
            "with_the_same_pro": pa.array(again_pro == pro, mask=again_pro < 0),
        }
    )


def pro_story(cohort: Cohort, pro: int) -> ProStory:
    """The story of a pro.

    Raises
    ------
    ValueError
        There is no such pro.
    """
    log = cohort.log
    n_pros = len(log.pros["pro"])
    if not 0 <= pro < n_pros:
        raise ValueError(f"pro = {pro}, must be within 0..{n_pros - 1}")
    mine = log.scores["pro"] == pro
    columns = ("refresh_days", "value", "counted", "visibility", "completed_sessions")
    scores = {name: log.scores[name][mine] for name in columns}
    return ProStory(
        pro=pro,
        joined_days=float(log.pros["joined_days"][pro]),
        left_days=float(log.pros["left_days"][pro]),
        weekly_hours=float(log.pros["weekly_hours"][pro]),
        service=log.names["services"][log.pros["main_service"][pro]],
        refresh_days=scores["refresh_days"],
        score=scores["value"],
        counted=np.asarray(scores["counted"], bool),
        visibility=scores["visibility"],
        sessions=scores["completed_sessions"],
        min_sessions=log.facts["min_sessions"],
        newcomers=newcomers_of(cohort, pro),
        true_share=float(log.latest_truth()[pro]),
    )


def interesting_pros(cohort: Cohort) -> dict[str, int]:
    """Pros worth a look, by why; a reason that fits nobody is left out. Ties go to the smaller number."""
    scores, log = cohort.log.scores, cohort.log
    n_pros = len(log.pros["pro"])
    if not len(scores.get("pro", ())):
        return {}
    pro, days, shown = scores["pro"], scores["refresh_days"], scores["visibility"]
    n = np.bincount(pro, minlength=n_pros)
    starts, ends = np.full(n_pros, np.nan), np.full(n_pros, np.nan)
    # rows are in order of refreshes: the last assignment wins
    starts[pro[::-1]], ends[pro] = shown[::-1], shown
    change = np.where(n >= SETTLED_REFRESHES, ends - starts, np.nan)
    counted = np.asarray(scores["counted"], bool)
    counted_from = np.full(n_pros, np.nan)
    counted_from[pro[counted][::-1]] = days[counted][::-1]
    here_at_end = np.zeros(n_pros, bool)
    here_at_end[pro[(days == days.max()) & counted]] = True
    truth = log.latest_truth()
    hidden = here_at_end & (ends < 1) & (truth > truth.mean())
    picks = {
        "rose most in visibility": np.where(change > 0, change, np.nan),
        "fell most in visibility": np.where(change < 0, -change, np.nan),
        "had the most sessions": _at_least_one(np.bincount(log.bookings["pro"][cohort.completed], minlength=n_pros)),
        "waited longest until the score counted": _at_least_one(counted_from - log.pros["joined_days"]),
        "is better than the average and shown less": np.where(hidden, truth, np.nan),
        "left first, for lack of work": -log.pros["left_days"],
    }
    return {why: int(np.nanargmax(size)) for why, size in picks.items() if np.isfinite(size).any()}


def _at_least_one(size: NDArray[Any]) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.where(size >= 1, size, np.nan).astype(np.float64)


def facts_of(story: ProStory) -> Mapping[str, str]:
    """A few numbers of a pro, in words."""
    n = story.newcomers.num_rows
    known = [back for back in story.newcomers["back"].to_pylist() if back is not None]
    counted = f"day {story.counted_from_days:.0f}" if math.isfinite(story.counted_from_days) else "not in this run"
    joined = f"day {story.joined_days:.0f}" if math.isfinite(story.joined_days) else "did not join"
    return {
        "Joined": "from the start" if story.joined_days == 0 else joined,
        "Left": f"day {story.left_days:.0f}" if math.isfinite(story.left_days) else "stayed",
        "Works": f"{story.weekly_hours:.0f} hours a week",
        "Sessions": f"{int(story.sessions[-1]) if len(story.sessions) else 0:,}",
        "Score counts": counted,
        "New clients met": f"{n:,}",
        "Came back": f"{sum(known)} of {len(known)}" if known else "too early to say",
        "Would come back, in truth": f"{100 * story.true_share:.0f} %",
    }

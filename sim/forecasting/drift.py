"""Does the past go on? What shows that clients no longer do what they did: the interval is then widened, and the user told."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats
from sim.bookings.rows import date_of
from sim.bookings.visits import Visits
from sim.calibration.histories import histories
from sim.forecasting.fit import fit_form, log_likelihoods
from sim.forecasting.origins import QUARTER_DAYS
from sim.forecasting.pace import FORM, MOST_CLIENTS, Pace, log_rates
from sim.said import Said, number, say

WIDENED = 1.25
"""Factor on the common shock where the past does not go on. Choice."""
FEWEST_ORIGINS, LEAST_MISS = 3, 0.05
"""Origins that must err on one side, and by how much on average, as a logarithm."""
CLEAR_STEP, LEAST_STEP = 20.0, 0.1
"""Twice the log likelihood that a step must gain (the largest of a dozen steps: about one in ten thousand), and its size."""
CLEAR_Z, LEAST_CHANGE = 4.0, 0.2
"""Standard errors, and relative size, of a change in how many leave."""
FEWEST_LEAVING = 100
IDLE_RATIO = 1.5


@dataclass(frozen=True)
class Drift:
    """What shows that the past does not go on."""

    words: tuple[Said, ...] = ()
    since_day: int | None = None
    """From which day on the file may be read alone; None where no day stands out."""

    @property
    def widening(self) -> float:
        """Factor on the common shock."""
        return WIDENED if self.words else 1.0


def find_drift(needs: Visits, until_day: int, errors: Sequence[tuple[float, float]], idle: Sequence[tuple[float, float]]) -> Drift:
    """Look for all kinds of change.

    Parameters
    ----------
    needs
        Those of the past.
    errors
        By origin, the latest first: weeks ahead, and log of forecast over truth.
    idle
        By origin likewise: clients thought to have left who came back, as forecast and truly.
    """
    words, since = [], None
    side = one_side(errors)
    if side is not None:
        words.append(side)
    step = find_step(needs, until_day)
    if step is not None:
        day, change, interval = step
        since = day
        words.append(
            say(
                "since about {day}, clients who stay come {change} % as often as before [{low}, {high}]",
                day=date_of(day),
                change=number(100 * change, ".0f"),
                low=number(100 * interval[0], ".0f"),
                high=number(100 * interval[1], ".0f"),
            )
        )
    leaving = changed_leaving(needs, until_day)
    if leaving is not None:
        words.append(leaving)
        since = since if since is not None else _middle(needs, until_day)
    back = came_back(idle)
    if back is not None:
        words.append(back)
    return Drift(tuple(words), since)


def one_side(errors: Sequence[tuple[float, float]]) -> Said | None:
    """That forecasts from earlier days all erred on one side."""
    logs = [error for _, error in errors]
    mean = math.fsum(logs) / max(len(logs), 1)
    if len(logs) < FEWEST_ORIGINS or abs(mean) < LEAST_MISS or not (all(x > 0 for x in logs) or all(x < 0 for x in logs)):
        return None
    if mean > 0:
        sentence = say("from each of {n} earlier days it would have forecast too many visits, {share} % on average")
    else:
        sentence = say("from each of {n} earlier days it would have forecast too few visits, {share} % on average")
    return sentence.having(n=len(logs), share=number(100 * abs(math.expm1(mean)), ".0f"))


def find_step(needs: Visits, until_day: int) -> tuple[int, float, tuple[float, float]] | None:
    """A day from which on clients who stay come more or less often: the day, by what factor, and its 95 % interval.

    The form's parameters are those of an even pace; one step at a time is tried at every quarter, half a year from the
    beginning at least (what all do when they are new is no change of times) and a quarter from the end.
    """
    first = int(needs.day.min())
    step = math.ceil(needs.n_clients / MOST_CLIENTS)
    some = needs.rows((needs.client % step == 0) & (needs.day <= until_day))
    even = Pace(first, until_day)
    fitted = fit_form(FORM, histories(some, until_day, even))
    days = some.day[np.r_[False, np.diff(some.client) == 0]]

    def loss(size: float, day: int) -> float:
        pace = Pace(first, until_day, (("step", size), ("step_day", float(day))))
        by_client = log_likelihoods(FORM, fitted.at, histories(some, until_day, pace))
        return -float(by_client.sum()) - float(log_rates(pace, days).sum())

    best: tuple[float, int, float] | None = None
    level = loss(0.0, until_day)
    for day in range(first + 2 * QUARTER_DAYS, until_day - QUARTER_DAYS + 2, QUARTER_DAYS):
        found = scipy.optimize.minimize_scalar(loss, bounds=(-1.0, 1.0), args=(day,), method="bounded", options={"xatol": 0.005})
        gain = 2 * (level - float(found.fun))
        if best is None or gain > best[0]:
            best = (gain, day, float(found.x))
    if best is None or best[0] < CLEAR_STEP or abs(best[2]) < LEAST_STEP:
        return None
    _, day, size = best
    curve = (loss(size + 0.02, day) + loss(size - 0.02, day) - 2 * loss(size, day)) / 0.02**2
    reach = 1.96 / math.sqrt(curve) if curve > 0 else math.inf
    return day, math.exp(size), (math.exp(size - reach), math.exp(size + reach))


def _middle(needs: Visits, until_day: int) -> int:
    return (int(needs.day.min()) + until_day + 1) // 2


def changed_leaving(needs: Visits, until_day: int) -> Said | None:
    """That after a repeat visit more or fewer clients stay away for good, in the later half than in the earlier.

    Staying away is for two quarters, or four usual gaps if that is longer; visits count that are followed for as long.
    """
    known = needs.rows(needs.day <= until_day)
    gap = known.gap_days()
    again = np.r_[False, np.diff(known.client) == 0]
    usual = np.median(gap[np.isfinite(gap)]) if np.isfinite(gap).any() else math.inf
    away = max(2 * QUARTER_DAYS, 4 * usual)
    rows = again & (known.day <= until_day - away)
    if rows.sum() < 2 * FEWEST_LEAVING:
        return None
    middle = (int(known.day[rows].min()) + int(known.day[rows].max()) + 1) // 2
    shares, errors = [], []
    for part in (rows & (known.day < middle), rows & (known.day >= middle)):
        left = (gap[part] > away).astype(float)
        if len(left) < FEWEST_LEAVING:
            return None
        share, error = _share_of_clients(left, known.client[part])
        shares.append(share)
        errors.append(error)
    difference = shares[1] - shares[0]
    if abs(difference) <= max(CLEAR_Z * math.hypot(*errors), LEAST_CHANGE * shares[0]):
        return None
    return say(
        "from {day} on {later} % stayed away for {days} days after a repeat visit, {earlier} % before",
        later=number(100 * shares[1], ".1f"),
        earlier=number(100 * shares[0], ".1f"),
        days=number(away, ".0f"),
        day=date_of(middle),
    )


def _share_of_clients(left: Floats, client: Floats) -> tuple[float, float]:
    """A share of visits, and its standard error with clients as clusters."""
    share = float(left.mean())
    _, code = np.unique(client, return_inverse=True)
    sums = np.bincount(code, left - share)
    return share, float(np.sqrt((sums**2).sum())) / len(left)


def came_back(idle: Sequence[tuple[float, float]]) -> Said | None:
    """That more clients than thought came back from a long silence, after the latest origin."""
    if not idle:
        return None
    expected, true = idle[0]
    if true < IDLE_RATIO * expected or true - expected < CLEAR_Z * math.sqrt(max(expected, 1.0)):
        return None
    return say(
        "of the clients who seemed to have left, {true} came back in the time before, where {expected} were expected",
        true=number(true, ".0f"),
        expected=number(expected, ".0f"),
    )

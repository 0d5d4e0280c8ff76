"""How well requests are served: filled, fast, on time, well rated. All over requests made after the warm-up."""

import numpy as np

from sim.arrays import Flags
from sim.metrics.cohort import Cohort


def _after_warmup(cohort: Cohort) -> Flags:
    return cohort.log.bookings["request_days"] >= cohort.log.facts["warmup_days"]


def fill_rate(cohort: Cohort) -> float:
    """Share of requests that a pro accepted.

    Answers are worked out at the request, so the last requests of a run count by what will be answered. Nan without requests.
    """
    among = _after_warmup(cohort)
    return float(cohort.booked[among].mean()) if among.any() else float("nan")


def first_offer_acceptance(cohort: Cohort) -> float:
    """Share of requests whose first offer to a pro chosen by visibility was accepted.

    Offers to a favourite pro are not counted, nor requests that never got beyond one. Nan without such requests.
    """
    answer = cohort.log.bookings["first_answer"]
    among = _after_warmup(cohort) & (answer >= 0)
    accepted = answer == cohort.log.names["answers"].index("accepted")
    return float(accepted[among].mean()) if among.any() else float("nan")


def hours_to_assign(cohort: Cohort) -> float:
    """Mean hours from request to the first acceptance, over requests that were accepted. Nan without any."""
    bookings = cohort.log.bookings
    among = _after_warmup(cohort) & cohort.booked
    waits = (bookings["assigned_days"][among] - bookings["request_days"][among]) * 24
    return float(waits.mean()) if among.any() else float("nan")


def late_share(cohort: Cohort) -> float:
    """Share of completed sessions that began at least ``late_from_minutes`` late. Nan without completed sessions."""
    among = _after_warmup(cohort) & cohort.completed
    late = cohort.log.bookings["minutes_late"][among] >= cohort.log.facts["late_from_minutes"]
    return float(late.mean()) if among.any() else float("nan")


def mean_rating(cohort: Cohort) -> float:
    """Mean stars (1 to 5) over the completed sessions that were rated. Nan without ratings."""
    stars = cohort.log.bookings["rating"][_after_warmup(cohort)]
    stars = stars[stars > 0]
    return float(np.mean(stars)) if len(stars) else float("nan")

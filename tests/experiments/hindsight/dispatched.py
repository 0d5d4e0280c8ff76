"""A dispatch log as a team would export it, made from a simulated one."""

import csv
import datetime as dt
from pathlib import Path

import numpy as np

from experiments.hindsight.logged import Logged

MONDAY = dt.datetime(2024, 1, 1)
FORMS = ("each", "chosen", "none")
OUTCOMES = {"completed": "done", "cancelled_by_pro": "pro", "cancelled_by_client": "client", "no_show": "absent"}
STATUSES = "columns.statuses={done: done, pro: cancelled_by_pro, client: cancelled_by_client, absent: no_show}"


def instant(days: float) -> str:
    """As files have it."""
    return (MONDAY + dt.timedelta(seconds=round(days * 86400))).isoformat(sep=" ")


def write(path: Path, found: Logged, form: str = "each") -> Path:
    """All accepted bookings; of first requests with candidates, and with propensities of each, of the chosen, or none."""
    log, decisions = found.log, found.clients.decisions
    bookings, outcomes = log.bookings, log.names["outcomes"]
    end = np.cumsum(decisions.counts)
    first = np.flatnonzero(bookings["need"] == 0)
    request = {int(row): i for i, row in enumerate(first[-len(decisions.counts) :])}
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["client", "requested", "date", "pro", "status", "rating", "minutes_late", "free", "chance"])
        for row in np.flatnonzero((bookings["pro"] >= 0) & np.isfinite(bookings["assigned_days"])):
            pro, names, chances = int(bookings["pro"][row]), "", ""
            if (i := request.get(int(row))) is not None:
                of = slice(end[i] - decisions.counts[i], end[i] - 1)
                who, chance = decisions.pros[of], decisions.logged[of] / decisions.logged[of].sum()
                if pro in who and chance[who == pro][0] > 0.0005:
                    names = "|".join(f"p{one}" for one in who)
                    chances = "|".join(f"{one:.6f}" for one in chance)
                    chances = chances if form == "each" else f"{chance[who == pro][0]:.6f}"
            out.writerow(
                [
                    f"c{bookings['client'][row]}",
                    instant(float(bookings["request_days"][row])),
                    instant(float(bookings["start_days"][row])),
                    f"p{pro}",
                    OUTCOMES.get(outcomes[bookings["outcome"][row]], "done"),
                    int(bookings["rating"][row]) or "",
                    f"{bookings['minutes_late'][row]:.0f}" if np.isfinite(bookings["minutes_late"][row]) else "",
                    names,
                    chances if form != "none" else "",
                ]
            )
    return path

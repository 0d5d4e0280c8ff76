"""Simulated runs as files of bookings, for replays whose truth is known."""

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.log import RunLog

MONDAY = dt.datetime(2023, 1, 2)
STATUSES = {"completed": "done", "open": "", "no_show": "no_show", "unfilled": "unfilled"}
COLUMNS = ("columns=requests", "columns.left_censored_days=0")
"""How such a file is read: nobody is older than it."""


def instant(days: float) -> str:
    """A time of a run as text."""
    return (MONDAY + dt.timedelta(seconds=round(days * 86400))).isoformat(sep=" ")


def write_bookings(log: RunLog, path: Path, groups: Sequence[str] | None = None) -> Path:
    """One row a request of a run, with the start that was agreed on, or asked for where nothing was; and its group, if given."""
    rows = log.bookings
    channel = dict(zip(log.clients["client"].tolist(), log.clients["channel"].tolist(), strict=True))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["client", "requested", "date", "service", "zone", "channel", "pro", "status", *(["variant"] if groups else [])]
        )
        for i in range(len(rows["client"])):
            outcome = log.names["outcomes"][rows["outcome"][i]]
            writer.writerow(
                [
                    f"c{rows['client'][i]}",
                    instant(rows["request_days"][i]),
                    instant(rows["start_days"][i]),
                    log.names["services"][rows["service"][i]],
                    int(rows["zone"][i]),
                    log.names["channels"][channel[int(rows["client"][i])]],
                    f"p{rows['pro'][i]}" if rows["pro"][i] >= 0 else "",
                    STATUSES.get(outcome, outcome),
                    *([groups[i]] if groups else []),
                ]
            )
    return path


def firsts(log: RunLog) -> np.ndarray:
    """Rows of first requests."""
    return np.flatnonzero(log.bookings["need"] == 0)

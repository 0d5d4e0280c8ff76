"""How long the visits of a file take: as it says, or as the pros' own gaps between bookings allow."""

import numpy as np

from sim.arrays import Floats, Ints
from sim.bookings.columns import DONE
from sim.calibration.reader import Reader
from sim.config import SLOT_MINUTES
from sim.said import Said, number, say

USUAL_MINUTES = 60
"""Of a visit whose length nothing tells: assumption."""
SHORT_SHARE = 0.1
"""A visit is as long as all but this share of the gaps to the pro's next booking of the day allow, and no longer than usual."""
FEWEST_GAPS = 20


def service_minutes(reader: Reader) -> tuple[Ints, Said]:
    """Minutes of each service of the file, multiples of 30, and where they come from.

    Returns
    -------
    (n_services,) or, without a column ``service``, (1,).
    """
    service, n = _services(reader)
    told = reader.all.numbers.get("duration_minutes")
    known = told[np.isfinite(told) & (told > 0)] if told is not None else np.empty(0)
    if told is not None and len(known):
        rows = np.isfinite(told) & (told > 0)
        usual = float(np.median(known))
        medians = [float(np.median(told[mine])) if (mine := rows & (service == i)).any() else usual for i in range(n)]
        minutes = np.clip(SLOT_MINUTES * np.rint(np.array(medians) / SLOT_MINUTES), SLOT_MINUTES, 24 * 60).astype(np.int64)
        return minutes, say("median of {n} durations, to the half hour", n=len(known))
    gap, of = _gaps(reader, service)
    if len(gap) < FEWEST_GAPS:
        return np.full(n, USUAL_MINUTES), say("60 minutes: assumption")
    allowed = [gap[of == i] if (of == i).sum() >= FEWEST_GAPS else gap for i in range(n)]
    shortest = np.array([np.quantile(one, SHORT_SHARE, method="lower") for one in allowed])
    minutes = np.clip(SLOT_MINUTES * np.floor(shortest / SLOT_MINUTES), SLOT_MINUTES, USUAL_MINUTES).astype(np.int64)
    return minutes, say(
        "minutes: what {share}% of {n} gaps to the pro's next booking of the day allow, at most 60: assumption",
        share=number(100 * (1 - SHORT_SHARE)),
        n=len(gap),
    )


def booking_minutes(reader: Reader) -> Floats:
    """Minutes of each booking of the file, (n,): its own where it is known, else those of its service."""
    minutes, _ = service_minutes(reader)
    service, _ = _services(reader)
    usual = minutes[np.maximum(service, 0)].astype(float)
    told = reader.all.numbers.get("duration_minutes")
    return usual if told is None else np.where(np.isfinite(told) & (told > 0), told, usual)


def _services(reader: Reader) -> tuple[Ints, int]:
    """Service of each booking (-1: none), and how many there are."""
    if "service" not in reader.all.labels:
        return np.zeros(len(reader.all.day), np.int64), 1
    return reader.all.labels["service"], max(len(reader.all.names["service"]), 1)


def _gaps(reader: Reader, service: Ints) -> tuple[Floats, Ints]:
    """Minutes from each visit to the pro's next one of the day, and the service of the earlier; none without hours or pros."""
    if "pro" not in reader.done.labels:
        return np.empty(0), np.empty(0, np.int64)
    done, kind = reader.done, service[reader.all.status == DONE]
    rows = np.flatnonzero((done.labels["pro"] >= 0) & np.isfinite(done.hour))
    rows = rows[np.lexsort((done.hour[rows], done.day[rows], done.labels["pro"][rows]))]
    gap = 60 * np.diff(done.hour[rows])
    follows = (np.diff(done.day[rows]) == 0) & (np.diff(done.labels["pro"][rows]) == 0) & (gap > 0)
    return np.rint(gap[follows]), kind[rows[:-1][follows]]

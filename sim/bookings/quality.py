"""What a file of bookings holds, in the few numbers that every command writes beside its page as ``quality.json``."""

import json
from typing import Any

import numpy as np

from sim.arrays import Floats
from sim.bookings.accounts import shared_accounts
from sim.bookings.rows import Rows, date_of
from sim.bookings.visits import RETURN_DAYS, Visits


def quality_of(rows: Rows, visits: Visits) -> dict[str, Any]:
    """The fixed keys of ``quality.json``.

    Returns
    -------
    dict
        ``rows``, ``rows_used``, ``left_out`` (rows by reason), ``clients`` (with a booking), ``visits`` (that took place, one
        a client and day), ``first_day`` and ``last_day`` (of a visit), ``followed`` (new clients seen for 183 days after their
        first visit), ``return_rate_6m`` (share of them who came again within those days), ``price_median``, ``rating_mean`` and
        ``lead_days_mean`` (of visits), ``hours`` (24 counts of visits by the hour of the start; None without times of day),
        ``shared_accounts`` (ids that come too often to be one client, such as a till's) and ``warnings``. A figure without cases is
        None.
    """
    done = visits.done()
    last = int(done.day.max(initial=0))
    followed = done.new_first() & (done.day <= last - RETURN_DAYS)
    hours = done.hour[np.isfinite(done.hour)]
    return {
        "rows": len(rows.client),
        "rows_used": int(rows.used.sum()),
        "left_out": rows.left_out(),
        "clients": visits.n_clients,
        "visits": len(done.day),
        "first_day": date_of(int(done.day.min())) if len(done.day) else None,
        "last_day": date_of(last) if len(done.day) else None,
        "followed": int(followed.sum()),
        "return_rate_6m": _mean((done.gap_days()[followed] <= RETURN_DAYS).astype(float)),
        "price_median": _median(done.numbers.get("price")),
        "rating_mean": _mean(done.numbers.get("rating")),
        "lead_days_mean": _mean(done.numbers.get("lead_days")),
        "hours": np.bincount(hours.astype(np.int64), minlength=24).tolist() if len(hours) else None,
        "shared_accounts": len(shared_accounts(done)),
        "warnings": [str(warning) for warning in rows.warnings],
    }


def quality_text(quality: dict[str, Any]) -> str:
    """The file's text."""
    return json.dumps(quality, indent=2, ensure_ascii=False) + "\n"


def _known(values: Floats | None) -> Floats:
    return np.empty(0) if values is None else values[np.isfinite(values)]


def _mean(values: Floats | None) -> float | None:
    known = _known(values)
    return round(float(known.mean()), 6) if len(known) else None


def _median(values: Floats | None) -> float | None:
    known = _known(values)
    return round(float(np.median(known)), 6) if len(known) else None

"""In which order a column writes day, month and year, where its texts alone may not show it."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.bookings.dates import SHORT, Dates

SORTED = 0.1
"""A column is in order of time when at most this share of its steps goes against it."""
CLEARLY = 2.0
"""A reading is the more plausible one when the other spreads the dates over so many times as many days."""
FEW = 2
"""So many more steps against the order may be chance."""


@dataclass(frozen=True)
class Order:
    """How dates are read."""

    order: str
    """One of ``sim.bookings.dates.ORDERS``."""
    assumed: bool
    """Another order reads as many rows, as other days."""


def order_of_format(form: str) -> str | None:
    """The order of a format such as ``%m/%d/%Y``; None if it has no numbers for day and month.

    Examples
    --------
    >>> order_of_format("%m/%d/%Y %I:%M %p"), order_of_format("%d %b %Y")
    ('mdy', None)
    """
    places = {code.lower(): form.find(f"%{code}") for code in ("d", "m", "y", "Y") if f"%{code}" in form}
    return "".join(sorted(places, key=lambda code: places[code])) if len(places) == 3 else None


def _span(days: Floats) -> float:
    """Days from the first to the last."""
    return float(np.nanmax(days) - np.nanmin(days)) + 1


def _against(days: Floats) -> tuple[int, int]:
    """Steps from row to row that go the less common way, and all steps; staying goes either way."""
    steps = np.diff(days[np.isfinite(days)])
    return min(int((steps < 0).sum()), int((steps > 0).sum())), len(steps)


def _more_plausible(days: dict[str, Floats], in_order: Ints) -> str | None:
    """Day or month first, by the order of the rows, then by how few days they spread over; None if both are alike."""
    (first, n), (second, _) = (_against(days[order][in_order]) for order in ("dmy", "mdy"))
    if min(first, second) <= SORTED * n and max(first, second) > FEW + CLEARLY * min(first, second):
        return "dmy" if first < second else "mdy"
    day_first, month_first = (_span(days[order]) for order in ("dmy", "mdy"))
    if max(day_first, month_first) >= CLEARLY * min(day_first, month_first):
        return "dmy" if day_first < month_first else "mdy"
    return None


def choose_order(dates: Dates, rows: Ints, in_order: Ints, halves: bool, like: str | None = None) -> Order:
    """The order that reads most rows; among several, the most plausible one.

    Parameters
    ----------
    dates
        The distinct dates (n,).
    rows
        (n,) rows with each.
    in_order
        (n_rows,) position in ``dates`` of each row.
    halves
        Whether times have AM and PM, as where the month comes first.
    like
        Format of another column of the same file, which decides if this one leaves it open.
    """
    days = {order: dates.days(order) for order in ("dmy", "mdy", "ymd")}
    read = {order: int(rows[np.isfinite(found)].sum()) for order, found in days.items()}
    most = max(read.values())
    if not most:
        return Order("dmy", False)
    possible = [order for order in days if read[order] == most]
    # years of two digits first: only if nothing else reads them, or all others scatter them over decades
    if "ymd" in possible and len(possible) > 1:
        others = [order for order in possible if order != "ymd"]
        short = bool((dates.kind == SHORT).any())
        if short and all(_span(days[order]) >= CLEARLY * _span(days["ymd"]) for order in others):
            return Order("ymd", False)
        possible = others
    if len(possible) == 1 or np.array_equal(days["dmy"], days["mdy"], equal_nan=True):
        return Order(possible[0], False)
    hinted = order_of_format(like) if like else None
    if hinted in possible:
        return Order(hinted, False)
    if dates.pointed[dates.open].all():
        return Order("dmy", True)
    return Order(_more_plausible(days, in_order) or ("mdy" if halves else "dmy"), True)

"""Rows of a file of bookings, each understood or left out for one reason, and the days that they are counted in."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.bookings.columns import Columns
from sim.bookings.instants import MISSING, Instants
from sim.config import ConfigError
from sim.said import Said, say

DAY = 86400
EPOCH = dt.date(1970, 1, 1).toordinal()
FIRST_DAY, LAST_DAY = (dt.date(year, 1, 1).toordinal() - EPOCH for year in (1980, 2100))
"""Days outside are typing errors or placeholders, such as 1900-01-01."""
LONGEST_GAP_DAYS = 183
"""A stream of requests with a longer hole is two streams, or has a mistyped date."""
FAR_DAYS = 365
"""Few rows beyond a longer hole have a mistyped date."""
ROWS, DROPPED = say("rows"), say("left out")
REASONS: Mapping[str, Said] = {
    "total": say("a line of totals"),
    "value": say("a value that columns.left_out names"),
    "status": say("a status that is no booking"),
    "no_client": say("no client"),
    "anonymous": say("a client who stands for many, such as walk-ins"),
    "money_back": say("a negative amount: money back"),
    "no_date": say("no date"),
    "unreadable_date": say("a date that cannot be read"),
    "absurd_date": say("date before 1980 or after 2099"),
    "far_off": say("more than {days} days from the other rows", days=FAR_DAYS),
    "no_status": say("no status"),
    "duplicate": say("the same booking again"),
}
"""Why rows are left out, by the name that ``quality.json`` has; a row counts under the first that holds."""


@dataclass(frozen=True)
class Issue:
    """One line of the data-quality table."""

    what: Said
    count: int
    unit: Said
    """What is counted."""
    treatment: Said | None = None
    """What was done; None: nothing."""


@dataclass(frozen=True)
class Rows:
    """All rows of a file, in its order."""

    client: Ints
    """(n,) codes, -1 where there is none."""
    start: Instants
    asked: Instants | None
    """When it was asked for; None: the file does not say."""
    status: Ints
    """(n,) position in ``MEANINGS``, -1 where the file does not say."""
    has_status: bool
    numbers: Mapping[str, Floats]
    """By name of ``NUMBERS``: (n,), nan where empty or absurd."""
    labels: Mapping[str, Ints]
    """By name of ``LABELS``: (n,) codes, -1 where empty."""
    names: Mapping[str, tuple[str, ...]]
    """Texts behind the codes of ``labels``; pros' are hashed unless ``columns.keep_ids``."""
    order: Ints | None
    """(n,) codes of the orders that rows are lines of, -1 where empty."""
    old: Flags
    """(n,) the file says that the client may be older than it."""
    fate: Ints
    """(n,) position in ``REASONS`` of why it is left out; -1: it is used."""
    issues: tuple[Issue, ...]
    warnings: tuple[Said, ...]
    """What to look at before the numbers are believed."""
    columns: Columns
    source: str
    """Name of the file or files, for messages."""

    @property
    def used(self) -> Flags:
        """(n,) not left out."""
        return self.fate < 0

    @property
    def lines(self) -> tuple[Issue, ...]:
        """The data-quality table with the warnings in it."""
        return (*self.issues, *(Issue(warning, len(self.client), ROWS) for warning in self.warnings))

    def left_out(self) -> dict[str, int]:
        """Rows by reason, those that occur."""
        counts = np.bincount(self.fate[self.fate >= 0], minlength=len(REASONS))
        return {reason: int(count) for reason, count in zip(REASONS, counts, strict=True) if count}


def date_of(day: int) -> str:
    """A day since 1970-01-01 as ``2018-12-31``."""
    return dt.date.fromordinal(int(day) + EPOCH).isoformat()


def day_of(date: str, key: str) -> int:
    """The day since 1970-01-01 of a date such as ``2018-12-31``.

    Raises
    ------
    ConfigError
        It is not a date; ``key`` is where it stood.
    """
    try:
        return dt.date.fromisoformat(date).toordinal() - EPOCH
    except (TypeError, ValueError):
        raise ConfigError(f"{key} = {date!r}, must be a date such as 2018-12-31") from None


def days(second: Ints) -> Ints:
    """Days since 1970-01-01 of wall-clock seconds; ``MISSING`` stays."""
    return np.where(second == MISSING, MISSING, second // DAY)

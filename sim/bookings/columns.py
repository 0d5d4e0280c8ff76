"""Which column of a file of bookings is what, as a mapping of ``configs/data`` says it."""

from collections.abc import Mapping
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from sim.config import Count, Name, Section

DONE, CANCELLED_BY_PRO, CANCELLED_BY_CLIENT, NO_SHOW = range(4)
STATUSES = ("done", "cancelled_by_pro", "cancelled_by_client", "no_show")
UNFILLED = "unfilled"
"""A further meaning of a status: a request that no pro accepted. It is replayed, and it is no booking."""
LEFT_OUT = "left_out"
"""A further meaning of a status: no booking yet, or none at all, such as pending, booked for later, or time blocked."""
MEANINGS = (*STATUSES, UNFILLED, LEFT_OUT)

SPELLED = {
    True: ("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "1"),
    False: ("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "0"),
}
"""Words that a yaml reads as true or false unless they are quoted."""


def as_text(value: Any) -> Any:
    """A name or number of a column as a text; position 3 is ``"3"``."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def as_texts(value: Any) -> Any:
    """One name as a list of one."""
    if value is None or isinstance(value, Mapping):
        return value
    return [as_text(item) for item in value] if isinstance(value, list | tuple) else [as_text(value)]


def by_spelling(value: Any) -> Any:
    """A mapping by values of the file, with the keys that yaml turned into something else as the file may spell them."""
    if not isinstance(value, Mapping):
        return value
    spelled: dict[Any, Any] = {}
    for key, meaning in value.items():
        if isinstance(key, bool):
            # 1 and true are one key to yaml, too
            spelled = dict.fromkeys(SPELLED[key], meaning) | spelled
        else:
            spelled["" if key is None else str(key)] = meaning
    return spelled


Heading = Annotated[str, Field(min_length=1), BeforeValidator(as_text)]
"""Of a column; a whole number is its position, from 1, unless a column is called so."""
Column = Heading | None
Joined = Annotated[tuple[Heading, ...], Field(min_length=1), BeforeValidator(as_texts)]
"""One column, or several whose texts are joined, such as first and last name."""
ByValue = Annotated[Mapping[str, str], BeforeValidator(by_spelling)]


class Columns(Section):
    """Which column of a file is what; null: the file has no such column."""

    client: Joined
    date: Heading
    """Of the visit, or its start."""
    time: Column = None
    """Time of day of the start, where ``date`` holds only the day."""
    end: Column = None
    """When the visit is to end, written like ``date``."""
    duration_minutes: Column = None
    requested: Column = None
    """When the booking was asked for."""
    requested_time: Column = None
    """Time of day of the request, where ``requested`` holds only the day."""
    order: Column = None
    """Of the booking: rows of one order are lines of one visit."""
    zone: Column = None
    pro: Joined | None = None
    status: Column = None
    minutes_late: Column = None
    rating: Column = None
    price: Column = None
    lead_days: Column = None
    """Days from the request to the visit."""
    channel: Column = None
    service: Column = None
    group: Column = None
    """Of an experiment: which arm the client, pro, zone or time was assigned to."""
    assigned: Column = None
    """Of an experiment: when it was."""
    candidates: Column = None
    """Of a dispatch log: the pros who could have been chosen, in one cell: separated by ``|``, or a JSON list."""
    propensity: Column = None
    """Of a dispatch log: with which probability the pro was chosen, or that of each candidate, in their order."""
    left_censored: Column = None
    """1: the client may be older than the file."""
    date_format: str | Mapping[str, str] | None = None
    """Of ``date``, such as ``%d/%m/%Y``, or by column, such as ``{date: "%d/%m/%Y", requested: "%Y-%m-%d"}``; null: it is found."""
    decimal_mark: Annotated[str, Field(pattern="^[.,]$")] | None = None
    """Of amounts; null: it is found."""
    timezone: str | None = None
    """Such as ``Europe/Paris``: where the team is. Instants with a zone are turned into local time there."""
    naive_timezone: str | None = None
    """Such as ``UTC``: the zone of instants that are written without one; null: local time, unless the heading says it."""
    statuses: ByValue = Field(default_factory=dict)
    """What each value of ``status`` means, see ``MEANINGS``."""
    constant_status: str | Mapping[str, str] | None = None
    """What all rows are where no column says it, or those of a file by its name, where ``status`` does not: cancellations."""
    left_out: Mapping[str, Annotated[tuple[str, ...], BeforeValidator(as_texts)]] = Field(default_factory=dict)
    """By column: values whose rows are no visit, such as ``{Type: [Product, Gift card]}``."""
    left_censored_days: Count = 183
    """Without a column ``left_censored``: clients first seen so early in the file may be older than it."""
    keep_ids: bool = False
    """Whether clients' and pros' names of the file may be shown; otherwise they are replaced by hashes."""
    source: Name | None = None
    """Where the file comes from, for the market's comments."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        constants = self.constant_status if isinstance(self.constant_status, Mapping) else {"": self.constant_status}
        told = {f"statuses.{value}": meaning for value, meaning in self.statuses.items()}
        told |= {f"constant_status.{file}".strip("."): meaning for file, meaning in constants.items() if meaning is not None}
        for key, meaning in told.items():
            if meaning not in MEANINGS:
                raise ValueError(f"{key} = {meaning!r}, must be one of {', '.join(MEANINGS)}")
        if self.status is not None and isinstance(self.constant_status, str):
            raise ValueError(f"constant_status = {self.constant_status!r}, must be null where a column says it: {self.status}")
        for key in ("timezone", "naive_timezone"):
            name = getattr(self, key)
            try:
                if name is not None:
                    ZoneInfo(name)
            except (KeyError, ValueError, OSError):
                raise ValueError(f"{key} = {name!r}, must be a name such as Europe/Paris") from None
        if isinstance(self.date_format, Mapping):
            for name in self.date_format:
                if name not in ("date", "time", "end", "requested", "requested_time"):
                    raise ValueError(f"date_format.{name}, must be one of date, time, end, requested, requested_time")
        return self

    def mapped(self) -> dict[str, tuple[str, ...]]:
        """Headings of the file by meaning; columns named in ``left_out`` stand under ``left_out.HEADING``."""
        found = {}
        for name in MAPPED:
            value = getattr(self, name)
            if value is not None:
                found[name] = (value,) if isinstance(value, str) else tuple(value)
        return found | {f"left_out.{heading}": (heading,) for heading in self.left_out}

    def format_of(self, name: str) -> str | None:
        """The format of a column of dates or times, None where it is to be found."""
        if isinstance(self.date_format, Mapping):
            return self.date_format.get(name)
        return self.date_format if name == "date" else None


NUMBERS = {
    "minutes_late": (-1440.0, 1440.0),
    "rating": (1.0, 5.0),
    "price": (0.01, 1e6),
    "lead_days": (0.0, 730.0),
    "duration_minutes": (1.0, 1440.0),
}
"""Numeric columns with the range outside which a value is absurd."""
LABELS = ("pro", "channel", "service", "zone", "group")
MAPPED = (
    *("client", "date", "time", "end", "requested", "requested_time", "order", "status", "assigned"),
    *("candidates", "propensity", "left_censored"),
    *NUMBERS,
    *LABELS,
)

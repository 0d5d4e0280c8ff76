"""Days as people and tools write them, such as ``2023-01-03``, ``3/1/23`` and ``3 janv. 2023``, and in which order."""

import re
from dataclasses import dataclass

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.bookings.month_names import folded, is_weekday, month_of
from sim.bookings.texts import simple

UNREAD, FIXED, YEAR_LAST, SHORT = range(4)
"""What a text is: no date; one whose order is clear; two numbers and a year of four digits; three numbers of at most two digits."""
ORDERS = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}
"""By order: where year, month and day stand among three numbers."""
TOKENS = re.compile(r"\d+|[^\W\d_]+")
FILLERS = frozenset(
    {
        *("st", "nd", "rd", "th", "er", "re", "o", "a", "de", "del", "of", "the", "le", "el", "il", "den", "der", "am", "on", "du"),
        *("年", "月", "日", "년", "월", "일"),
    }
)
"""Words within a date that mean nothing, as in 3rd, 1er, 3 de enero de 2023 and 2023年1月3日."""
LONGEST = 8
"""Digits of the longest number in a date, such as 20230103."""
PIVOT = 69
"""Years of two digits from here on are in the last century."""


def whole_year(year: Ints) -> Ints:
    """Years of two digits as those of 1969 to 2068; others as they are."""
    return np.where(year >= 100, year, np.where(year >= PIVOT, year + 1900, year + 2000))


def days_of(year: Ints, month: Ints, day: Ints) -> Floats:
    """Days since 1970-01-01; nan where there is no such day.

    Examples
    --------
    >>> days_of(np.array([1970, 2023, 2024]), np.array([1, 2, 2]), np.array([2, 29, 29])).tolist()
    [1.0, nan, 19782.0]
    """
    good = (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0)
    first, next_first = (each.astype("M8[M]").astype("M8[D]").astype(np.int64) for each in (months, months + 1))
    days = first + day - 1
    return np.where(good & (days < next_first), days, np.nan)


@dataclass(frozen=True)
class Dates:
    """What distinct texts can be as dates."""

    kind: Ints
    """(n,) see ``UNREAD`` and the others."""
    parts: Ints
    """(n, 3) numbers in the order of the text; of one that is clear, year, month and day."""
    pointed: Flags
    """(n,) with points between the numbers."""

    def days(self, order: str) -> Floats:
        """(n,) days since 1970-01-01 if dates are written in an order of ``ORDERS``; nan where they cannot be."""
        year, month, day = (np.where(self.kind == FIXED, self.parts[:, i], self.parts[:, at]) for i, at in enumerate(ORDERS[order]))
        year = np.where(self.kind == SHORT, whole_year(year), year)
        bad = (self.kind == UNREAD) | ((self.kind == YEAR_LAST) & (order == "ymd"))
        return np.where(bad, np.nan, days_of(year, month, day))

    @property
    def open(self) -> Flags:
        """(n,) dates whose order the text does not show."""
        return (self.kind == YEAR_LAST) | (self.kind == SHORT)


def _parse(text: str) -> tuple[int, tuple[int, int, int]]:
    """What a text is and its three numbers."""
    nothing = UNREAD, (0, 0, 0)
    numbers: list[str] = []
    months: list[tuple[int, bool]] = []
    for token in TOKENS.findall(simple(text)):
        if token.isdigit():
            numbers.append(token)
        elif (month := month_of(token)) is not None:
            months.append((month, is_weekday(token)))
        elif not is_weekday(token) and folded(token) not in FILLERS:
            return nothing
    # 10:30:00 is a time of day
    if max(map(len, numbers), default=0) > LONGEST or re.search(r"\d:\d", text):
        return nothing
    # mar. is a Tuesday in French, and March
    if len(months) > 1:
        months = [one for one in months if not one[1]]
    if len(months) == 1 and len(numbers) == 2:
        first, second = map(int, numbers)
        year_first = len(numbers[0]) == 4
        if not year_first and len(numbers[1]) not in (2, 4):
            return nothing
        year, day = (first, second) if year_first else (second, first)
        return FIXED, (int(whole_year(np.array(year))) if len(numbers[0 if year_first else 1]) == 2 else year, months[0][0], day)
    if months:
        return nothing
    if len(numbers) == 1 and len(numbers[0]) == 8:
        return FIXED, (int(numbers[0][:4]), int(numbers[0][4:6]), int(numbers[0][6:]))
    if len(numbers) != 3:
        return nothing
    sizes = tuple(map(len, numbers))
    first, second, third = map(int, numbers)
    if max(sizes[1:]) <= 2 and sizes[0] == 4:
        return FIXED, (first, second, third)
    if max(sizes[:2]) <= 2 and sizes[2] == 4:
        return YEAR_LAST, (first, second, third)
    return (SHORT, (first, second, third)) if max(sizes) <= 2 else nothing


def parse_dates(texts: list[str]) -> Dates:
    """What distinct texts can be as dates; words for days of the week are skipped.

    Examples
    --------
    >>> dates = parse_dates(["3/1/2023", "Tue, Jan 3rd 2023", "2023-01-03"])
    >>> dates.days("dmy").tolist()
    [19360.0, 19360.0, 19360.0]
    >>> dates.days("mdy").tolist()
    [19417.0, 19360.0, 19360.0]
    """
    parsed = [_parse(text) for text in texts]
    kind = np.array([one[0] for one in parsed], np.int64)
    parts = np.array([one[1] for one in parsed], np.int64).reshape(-1, 3)
    pointed = np.array([bool(re.search(r"\d\.\s?\d", text)) for text in texts], np.bool_)
    return Dates(kind, parts, pointed)


def format_of_date(text: str, order: str) -> str:
    """How a date is written, in the codes of ``strptime``; the order is that of ``ORDERS``.

    Examples
    --------
    >>> format_of_date("Tue, 3 Jan 2023", "dmy"), format_of_date("1/3/23", "mdy"), format_of_date("2023.01.03", "dmy")
    ('%a, %d %b %Y', '%m/%d/%y', '%Y.%m.%d')
    """
    tokens = TOKENS.findall(simple(text))
    numbers = [token for token in tokens if token.isdigit()]
    named = [token for token in tokens if month_of(token) is not None]
    if len(named) > 1:
        named = [token for token in named if not is_weekday(token)]
    if len(numbers) == 1:
        return "%Y%m%d"
    codes = list("Ymd" if len(numbers[0]) == 4 else order.replace("y", "Y"))
    if named:
        codes.remove("m")
    if len(numbers[codes.index("Y")]) == 2:
        codes[codes.index("Y")] = "y"

    def code(found: re.Match[str]) -> str:
        word = found[0]
        if word.isdigit():
            return "%" + codes.pop(0)
        if word in named:
            return "%B" if len(word) > 4 or (len(word) == 4 and folded(word) in ("june", "july")) else "%b"
        return ("%A" if len(word) > 4 else "%a") if is_weekday(word) else word

    # names are read with or without a point
    return re.sub(r"(%[aAbB])\.", r"\1", TOKENS.sub(code, simple(text)))

"""One file beside the market whose numbers hold where it says nothing: what was found, and what it cannot tell."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from sim.arrays import Floats
from sim.bookings.visits import RETURN_DAYS, Visits
from sim.calibration.beginnings import Beginnings, beginnings
from sim.calibration.findings import Finding, market_with
from sim.config import Market
from sim.said import Said

ENOUGH = 200
"""Cases from which a share or a shape is taken from the file."""
LONGEST_NAME = 60


class Reader:
    """Collects findings of one file; the base market gives what the file does not say."""

    def __init__(self, visits: Visits, until_day: int, base: Market) -> None:
        self.all = visits.rows(visits.day <= until_day)
        self.done = self.all.done()
        self.until_day, self.base = until_day, base
        self.found: list[Finding] = []
        self.untold: list[tuple[str, Said]] = []
        self.first = self.done.new_first()
        self.followed = self.first & (self.done.day <= until_day - RETURN_DAYS)
        self.returned = self.done.gap_days() <= RETURN_DAYS

    @cached_property
    def beginnings(self) -> Beginnings:
        """When the new clients began."""
        day = self.done.day
        return beginnings(day[self.first], int(day.min()), int(day.max()))

    def add(self, key: str, value: Any, source: Said | None) -> None:
        """A number that the file gives, instead of an earlier one of the same key."""
        value = plain(value)
        if isinstance(value, float):
            value = float(f"{value:.6g}")
        self.found = [*(finding for finding in self.found if finding.key != key), Finding(key, value, source)]

    def market(self, more: Sequence[Finding] = ()) -> Market:
        """The base market with what was found so far, and with further numbers on trial."""
        return market_with(self.base, [*self.found, *more])

    def miss(self, keys: str, why: Said) -> None:
        """Numbers that it does not give; said once."""
        if (keys, why) not in self.untold:
            self.untold.append((keys, why))


def plain(value: Any) -> Any:
    """A value as a yaml and a page write it: numbers of Python instead of numpy's."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def shape(counts: np.ndarray) -> list[float]:
    """Counts relative to their mean."""
    return [float(x) for x in np.round(counts / counts.mean(), 3)]


def shares(codes: np.ndarray, n: int) -> Floats:
    """Shares of codes, of which small ones (below one in a thousand) are dropped; they sum to 1 after rounding."""
    counts = np.bincount(codes, minlength=n).astype(float)
    counts[counts < counts.sum() / 1000] = 0
    shares = np.round(counts / counts.sum(), 6)
    shares[np.argmax(shares)] += 1 - shares.sum()
    return np.round(shares, 6)


def plain_names(names: Sequence[str]) -> list[str]:
    """Names of a file as a market takes them: printable, at most 60 characters and distinct.

    None holds ``${``, which would refer to something else in a yaml.

    Examples
    --------
    >>> plain_names(["web", "a\\nb", "${x}", "l" * 70, "l" * 80])[:3]
    ['web', 'a b', '$ {x}']
    """
    found: list[str] = []
    for name in names:
        text = "".join(letter if letter.isprintable() else " " for letter in name).replace("${", "$ {")[:LONGEST_NAME]
        count, plain = 1, text
        while plain in found:
            count += 1
            plain = f"{text[: LONGEST_NAME - 5]} ({count})"
        found.append(plain)
    return found

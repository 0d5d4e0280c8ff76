"""What the values of a column could be, judged by a sample of its rows."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.arrays import Flags, Floats
from sim.bookings.durations import read_minutes
from sim.bookings.headings import ideas_of
from sim.bookings.instants import Instants, read_instants
from sim.bookings.numbers import Numbers, read_numbers
from sim.bookings.texts import is_text, plain, texts_of
from sim.bookings.times import Times, read_times
from sim.bookings.vocabulary import PERSONAL

SAMPLE = 4000
"""Rows looked at: enough to tell kinds of values apart."""
NEARLY_ALL = 0.95
WHO = ("client", "pro", "order")
"""Meanings whose values tell somebody apart."""
MASK = re.compile(r"(?<=[^\W_])[^\s@.,]+")


@dataclass(frozen=True)
class Values:
    """A column as it is judged."""

    heading: str
    whole: pa.ChunkedArray
    rows: pa.Array | None = None
    """Sampled rows; None: all."""

    @property
    def ideas(self) -> frozenset[str]:
        """What the heading speaks about."""
        return ideas_of(self.heading)

    @cached_property
    def sample(self) -> pa.ChunkedArray:
        """The rows that are looked at."""
        return self.whole if self.rows is None else self.whole.take(self.rows)

    @cached_property
    def texts(self) -> list[str]:
        """Distinct texts of the whole column that are not empty, by first appearance."""
        return [text for text in texts_of(plain(self.whole)).distinct.to_pylist() if text]

    @cached_property
    def n_distinct(self) -> int:
        """Distinct values of the whole column."""
        return int(pc.count_distinct(self.whole, mode="only_valid").as_py())

    @cached_property
    def filled(self) -> Flags:
        """(n_sample,) rows that are not empty."""
        texts = texts_of(plain(self.sample))
        return texts.code < len(texts.distinct)

    @property
    def filled_share(self) -> float:
        """Of the sampled rows; 0 without rows."""
        return float(self.filled.mean()) if len(self.filled) else 0.0

    @property
    def _typed_text(self) -> bool:
        return is_text(plain(self.sample).type)

    @cached_property
    def instants(self) -> Instants:
        """As dates."""
        return read_instants(self.sample, heading=self.heading)

    @cached_property
    def times(self) -> Times:
        """As times of day."""
        return read_times(plain(self.sample))

    @cached_property
    def numbers(self) -> Numbers:
        """As numbers."""
        return read_numbers(self.sample)

    @cached_property
    def minutes(self) -> Numbers:
        """As durations."""
        return read_minutes(self.sample, heading=self.heading)

    def share(self, good: Flags) -> float:
        """Share of the filled rows that are good; 0 for an empty column."""
        return float(good[self.filled].mean()) if self.filled.any() else 0.0

    @property
    def is_date(self) -> bool:
        """Whether nearly all values are dates; numbers are so only below a heading that speaks about dates."""
        kind = plain(self.sample).type
        if pa.types.is_boolean(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind) or pa.types.is_null(kind):
            return False
        numeric = not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)) and self.share(np.isfinite(self.numbers.values)) > 0.5
        if numeric and not self.ideas & {"date", "time", "start", "end", "made", "scheduled", "other", "cancelled"}:
            return False
        return self.share(self.instants.there) >= NEARLY_ALL

    @property
    def is_time(self) -> bool:
        """Whether nearly all values are times of day, without a date."""
        kind = plain(self.sample).type
        if pa.types.is_boolean(kind) or pa.types.is_null(kind) or self.is_date:
            return False
        return self.share(np.isfinite(self.times.seconds)) >= NEARLY_ALL

    def between(self, values: Floats, low: float, high: float) -> float:
        """Share of the filled rows with a value in a range."""
        with np.errstate(invalid="ignore"):
            return self.share((values >= low) & (values <= high))

    @property
    def first(self) -> str:
        """The first value; empty without one."""
        texts = texts_of(plain(self.sample.slice(0, SAMPLE))).distinct
        return str(texts[0].as_py()) if len(texts) else ""

    def example(self, meaning: str) -> str:
        """The first value, of which little is shown where it may name a person."""
        return self.masked(self.first, meaning)

    @property
    def odd(self) -> str:
        """The first value that is no number, otherwise the first."""
        texts = self.texts
        return texts[int(np.isnan(read_numbers(pa.chunked_array([texts])).values).argmax())] if texts else ""

    def masked(self, text: str, meaning: str = "") -> str:
        """A value, masked where it may name a person: by its heading, by what it is, or since it is taken as one."""
        number = self.ideas & {"id"} and not self.ideas & (PERSONAL - {"client", "pro", "user"})
        if "@" in text or meaning in WHO or (self.ideas & PERSONAL and not number):
            return MASK.sub("…", text)
        return text

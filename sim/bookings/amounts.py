"""Columns of amounts, in the currency or in hundredths of it where the heading says so."""

from dataclasses import replace

import pyarrow as pa

from sim.bookings.headings import ideas_of
from sim.bookings.numbers import Numbers, read_numbers
from sim.said import say


def read_amounts(column: pa.ChunkedArray, decimal_mark: str | None = None, heading: str = "") -> Numbers:
    """Amounts of money, see ``sim.bookings.numbers.read_numbers``; below a heading such as ``amount_cents``, divided by 100.

    Examples
    --------
    >>> read_amounts(pa.chunked_array([["4500"]]), heading="amount_cents").values.tolist()
    [45.0]
    """
    read = read_numbers(column, decimal_mark)
    if "cents" not in ideas_of(heading):
        return read
    return replace(read, values=read.values / 100, facts=(*read.facts, say("in cents, as the heading says")))

"""Every row of a sheet understood, or left out for one reason: what visits and requests are both made of.

Nothing is repaired in silence. What is left out, merged or emptied is counted in a data-quality table; what cannot be told apart
from a mistake in the mapping is refused.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.arrays import Flags
from sim.bookings.cells import Cells, codes_of, distinct
from sim.bookings.columns import LABELS, Columns
from sim.bookings.quantities import add_leads, instants_of, numbers_of, settle_dates
from sim.bookings.rows import DROPPED, REASONS, ROWS, Issue, Rows
from sim.bookings.sheet import Sheet
from sim.bookings.whose import clients_of, hashed, leave_others, statuses_of, truth_of
from sim.config import ConfigError
from sim.said import say


def read_rows(sheet: Sheet, columns: Columns) -> Rows:
    """Understand every row of a table.

    Raises
    ------
    ConfigError
        A mapped column is missing; more than 2 % of the values of one cannot be read; statuses without a meaning.
    """
    reading = Cells(sheet, columns)
    client = clients_of(reading)
    start, asked = instants_of(reading)
    status = statuses_of(reading)
    leave_others(reading)
    numbers = numbers_of(reading, start)
    asked = settle_dates(reading, start, asked)
    labels, names = {}, {}
    for name in LABELS:
        if name in reading:
            labels[name], names[name] = codes_of(reading.values(name))
    if not columns.keep_ids and "pro" in names:
        names["pro"] = hashed(names["pro"], names["pro"])
    reading.leave("no_client", client < 0)
    if columns.status is not None:
        reading.leave("no_status", status < 0)
    order = codes_of(reading.values("order"))[0] if "order" in reading else None
    old = distinct(reading.values("left_censored"), truth_of) if "left_censored" in reading else np.zeros(reading.n, np.bool_)
    add_leads(numbers, start, asked)
    has_status = columns.status is not None or columns.constant_status is not None
    rows = Rows(
        client=client,
        start=start,
        asked=asked,
        status=status,
        has_status=has_status,
        numbers=numbers,
        labels=labels,
        names=names,
        order=order,
        old=old,
        fate=reading.fate,
        issues=(),
        warnings=(),
        columns=columns,
        source=sheet.name,
    )
    reading.leave("duplicate", _again(rows))
    if not rows.used.any():
        most, n = max(rows.left_out().items(), key=lambda item: item[1], default=("no_date", 0))
        raise ConfigError(f"data = {sheet.name!r}, holds no usable row: {n} with {REASONS[most]}")
    counted = [Issue(REASONS[reason], n, ROWS, DROPPED) for reason, n in rows.left_out().items()]
    first = Issue(say("rows in the file"), reading.n, ROWS)
    return replace(rows, issues=(first, *reading.issues, *counted), warnings=tuple(reading.warnings))


def _again(rows: Rows) -> Flags:
    """(n,) used rows that are like an earlier one in every column that is mapped."""
    keys: list[Any] = [rows.client, rows.start.second, rows.status, *rows.labels.values()]
    keys += [] if rows.asked is None else [rows.asked.second]
    keys += [] if rows.order is None else [rows.order]
    # a price of -0.0 is one of 0.0
    keys += [np.nan_to_num(values, nan=-1e9) + 0.0 for values in rows.numbers.values()]
    alike = np.flatnonzero(rows.used & _may_be_alike(keys, rows.used))
    keys = [key[alike] for key in keys]
    order = np.lexsort(keys)
    same = np.ones(max(len(alike) - 1, 0), np.bool_)
    for key in keys:
        same &= np.diff(key[order]) == 0
    again = np.zeros(len(rows.client), np.bool_)
    again[alike[order[1:][same]]] = True
    return again


def _may_be_alike(keys: Sequence[Any], used: Flags) -> Flags:
    """(n,) rows whose fingerprint another used row has, too: nearly always few, and all that are alike are among them."""
    mixed = np.zeros(len(used), np.uint64)
    for key in keys:
        mixed ^= np.ascontiguousarray(key).view(np.uint64)
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    ordered = np.sort(mixed[used])
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.isin(mixed, twice) if len(twice) else np.zeros(len(used), np.bool_)

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from sim.bookings.stamps import of_numbers, of_typed

WHEN = dt.datetime(2023, 1, 3, 10, 30)
SECOND = 1_672_741_800
"""Of ``WHEN``: 19360 days of 86400 seconds, and 10.5 hours."""


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_timestamp_is_read_in_any_unit(unit: str) -> None:
    written = of_typed(pa.array([WHEN, None], pa.timestamp(unit)))
    assert np.array_equal(written.second, [SECOND, np.nan], equal_nan=True)
    assert written.utc is None


def test_a_timestamp_with_a_zone_is_shown_there_and_keeps_its_instant() -> None:
    written = of_typed(pa.array([WHEN.replace(tzinfo=dt.UTC)], pa.timestamp("us", "Europe/Paris")))
    assert written.second.tolist() == [SECOND + 3600]
    assert written.utc is not None
    assert written.utc.tolist() == [SECOND]


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_a_date_has_no_time(kind: pa.DataType) -> None:
    written = of_typed(pa.array([WHEN.date(), None], kind))
    assert np.array_equal(written.second, [19360 * 86400, np.nan], equal_nan=True)
    assert written.untimed.all()


@pytest.mark.parametrize(
    ("value", "zoned"),
    # 1900-01-01 is day 1 of a spreadsheet, which has a 29th of February 1900 too: 2023-01-03 is day 44929
    [
        (44929 + 10.5 / 24, False),
        (SECOND, True),
        (SECOND * 10**3, True),
        (SECOND * 10**6, True),
        (SECOND * 10**9, True),
        (float(SECOND), True),
        (202301031030, False),
        (20230103103000, False),
    ],
)
def test_the_size_of_a_number_says_what_it_counts(value: float, zoned: bool) -> None:
    written = of_numbers(pa.array([value]))
    assert written.second.tolist() == [SECOND]
    assert (written.zone >= 0).tolist() == [zoned]


def test_digits_of_a_day_are_a_day() -> None:
    assert of_numbers(pa.array([20230103, 0, None])).second[:1].tolist() == [19360 * 86400]
    assert of_numbers(pa.array([20230103, 0, None])).unreadable.tolist() == [False, False, False]


def test_other_numbers_are_no_dates() -> None:
    assert of_numbers(pa.array([7, 123456, 20231303, -1, 10**18 * 9])).unreadable.all()


def test_the_last_nanosecond_of_a_second_belongs_to_it() -> None:
    assert of_numbers(pa.array([SECOND * 10**9 + 999_999_999])).second.tolist() == [SECOND]

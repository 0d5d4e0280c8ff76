import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from sim.bookings.times import read_times


@pytest.mark.parametrize(
    "array",
    [
        pa.array([dt.time(10, 30), None]),
        pa.array([dt.time(10, 30), None], pa.time32("s")),
        pa.array([dt.datetime(1899, 12, 30, 10, 30), None]),
        pa.array([10.5 / 24, None]),
        pa.array([44929 + 10.5 / 24, None]),
        pa.array([1030, None]),
        *[
            pa.array([text, "n/a"])
            for text in ("10:30 AM", "10h30", "10.30", "1030", "10:30:00", "1899-12-30 10:30:00", "0.4375", "0,4375")
        ],
    ],
)
def test_a_time_of_day_is_read_whatever_wrote_it(array: pa.Array) -> None:
    times = read_times(array)
    assert np.array_equal(times.seconds, [37800, np.nan], equal_nan=True)
    assert not times.unreadable.any()


def test_whole_hours_are_hours() -> None:
    assert read_times(pa.array([9, 10, 18])).seconds.tolist() == [32400, 36000, 64800]
    assert read_times(pa.array(["9", "10", "18"])).seconds.tolist() == [32400, 36000, 64800]


def test_what_is_no_time_is_unreadable() -> None:
    assert read_times(pa.array(["soon", "10:00", "25:00"])).unreadable.tolist() == [True, False, True]
    assert read_times(pa.array([1030, 1075])).unreadable.tolist() == [False, True]


def test_a_format_is_obeyed() -> None:
    assert read_times(pa.array(["10.30", "10:30"]), "%H.%M").unreadable.tolist() == [False, True]
    assert read_times(pa.array(["10.30"]), "%H.%M").seconds.tolist() == [37800]

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.bookings.durations import read_minutes


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *[("90", 90), ("90 min", 90), ("90m", 90), ("45'", 45), ("1h", 60), ("1h30", 90), ("1 h 30 min", 90), ("1 hr 30 mins", 90)],
        *[("1 hour and 30 minutes", 90), ("1.5 h", 90), ("1,5 Std.", 90), ("1:30", 90), ("01:30:00", 90), ("0 days 01:30:00", 90)],
        *[("PT1H30M", 90), ("30s", 0.5), ("-5", -5), ("-00:05", -5), ("1h 30m 30s", 90.5), ("-5 min", -5)],
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, minutes: float) -> None:
    numbers = read_minutes(pa.chunked_array([[text]]))
    assert numbers.values.tolist() == [minutes]
    assert not numbers.unreadable.any()


def test_what_is_no_duration_is_unreadable() -> None:
    assert read_minutes(pa.chunked_array([["10:00 AM", "soon", "n/a"]])).unreadable.tolist() == [True, True, False]


def test_the_heading_says_the_unit_of_plain_numbers_only() -> None:
    numbers = read_minutes(pa.chunked_array([["1.5", "90 min"]]), heading="Duration (hours)")
    assert numbers.values.tolist() == [90, 90]
    assert [str(note) for note in numbers.notes] == ["in hours, as the heading says"]
    assert read_minutes(pa.chunked_array([[90]]), heading="duration_seconds").values.tolist() == [1.5]
    assert read_minutes(pa.chunked_array([[90]]), heading="Threshold").values.tolist() == [90]


def test_typed_durations_are_turned_into_minutes() -> None:
    for array in (pa.array([5400], pa.int64()).cast(pa.duration("s")), pa.array([5_400_000], pa.int32()).cast(pa.time32("ms"))):
        assert read_minutes(pa.chunked_array([array])).values.tolist() == [90]


@given(st.lists(st.one_of(st.text(max_size=20), st.from_regex(r"[0-9.,: hm-]{1,20}", fullmatch=True)), max_size=5))
@settings(max_examples=150, deadline=None)
def test_no_text_is_too_strange_to_be_called_unreadable(texts: list[str]) -> None:
    numbers = read_minutes(pa.chunked_array([texts], pa.string()), heading="hours")
    assert not (np.isfinite(numbers.values) & numbers.unreadable).any()


def test_a_duration_without_end_is_unreadable() -> None:
    assert read_minutes(pa.chunked_array([["1h" + "9" * 400, "9" * 400 + "h"]])).unreadable.tolist() == [True, True]

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from sim.bookings.moments import format_of_moment, seconds_of, split


@pytest.mark.parametrize(
    ("text", "date", "hours"),
    [
        *[
            ("2023-01-03T10:30:00", "2023-01-03", 10.5),
            ("2023-01-03 10:30", "2023-01-03", 10.5),
            ("20230103T103000", "20230103", 10.5),
        ],
        *[
            ("3 janv. 2023 à 10h30", "3 janv. 2023", 10.5),
            ("3.1.2023 10.30", "3.1.2023", 10.5),
            ("3.1.2023 um 10:30 Uhr", "3.1.2023", 10.5),
        ],
        *[
            ("3.1.2023, 10 Uhr", "3.1.2023", 10),
            ("le 3.10.23 à 10:30", "le 3.10.23", 10.5),
            ("3. 10. 2023 10:30", "3. 10. 2023", 10.5),
        ],
        *[
            ("1/3/2023 1:30 pm", "1/3/2023", 13.5),
            ("Jan 3, 2023 at 10 AM", "Jan 3, 2023", 10),
            ("1/3/2023 10 a.m.", "1/3/2023", 10),
        ],
        *[("1/3/2023 12:00 AM", "1/3/2023", 0), ("1/3/2023 12:30 PM", "1/3/2023", 12.5), ("2023-01-03 24:00", "2023-01-03", 24)],
        *[("03-JAN-23 10.30.00.000000 PM", "03-JAN-23", 22.5), ("2023-01-03 10:30:00.123", "2023-01-03", 10.5)],
        *[("10:30am - Tuesday, January 3, 2023", "Tuesday, January 3, 2023", 10.5), ("1/3/2023 10:30 - 11:30", "1/3/2023", 10.5)],
        *[
            ("1/3/2023 10:30 - 11:30 PM", "1/3/2023", 22.5),
            ("1/3/2023 11:30 - 1:00 PM", "1/3/2023", 11.5),
            ("1/3/2023 1030", "1/3/2023", 10.5),
        ],
    ],
)
def test_a_text_is_taken_apart_into_date_and_time(text: str, date: str, hours: float) -> None:
    parts = split(pa.array([text]))
    assert parts.dates == [date]
    assert parts.seconds.tolist() == [hours * 3600]
    assert not parts.bad.any()


@pytest.mark.parametrize(
    "text", ["2023-01-03", "03OCT2023", "3 de enero de 2023", "Jan 3, 2023", "3. 10. 2023", "23-01-03", "soon", "10"]
)
def test_a_text_without_a_time_is_all_date(text: str) -> None:
    parts = split(pa.array([text]))
    assert parts.dates == [text]
    assert np.isnan(parts.seconds).all()


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2023-01-03T10:00:00Z", 0),
        ("2023-01-03 10:00:00-05:00", -5),
        ("2023-01-03 10:00+02", 2),
        ("2023-01-03 10:00:00 CEST", 2),
        ("Tue Jan 03 2023 10:00:00 GMT+0100 (Central European Standard Time)", 1),
        ("Tue, 03 Jan 2023 10:00:00 +0100", 1),
        ("Tue Jan  3 10:00:00 CET 2023", 1),
        ("20230103T100000Z", 0),
    ],
)
def test_the_zone_is_kept(text: str, hours: float) -> None:
    parts = split(pa.array([text]))
    assert parts.zones[parts.zone[0]].utcoffset(None) == dt.timedelta(hours=hours)
    assert parts.seconds.tolist() == [36000]


def test_ends_of_visits_are_no_offsets() -> None:
    # six different hours after a dash: nobody writes times in six zones
    texts = [f"3/1/2023 10:00-{hour}:00" for hour in (11, 12, 13, 14, 15, 16)]
    assert split(pa.array(texts)).zone.tolist() == [-1] * 6
    assert split(pa.array(texts[:1])).zone.tolist() == [0]


def test_a_time_or_zone_that_cannot_be_is_bad() -> None:
    texts = ["2023-01-03 25:00", "2023-01-03 10:75", "2023-01-03 13:00 AM", "2023-01-03 10:00 Mars/Base", "2023-01-03 10:00"]
    assert split(pa.array(texts)).bad.tolist() == [True, True, True, True, False]


def test_texts_of_several_makes_stay_in_their_rows() -> None:
    parts = split(pa.array(["3 janv. 2023 à 9h", "2023-01-03 10:00", "11:00 am, 3 Jan 2023", "soon", "2023-01-04"]))
    assert [parts.dates[i] for i in parts.date] == ["3 janv. 2023", "2023-01-03", "3 Jan 2023", "soon", "2023-01-04"]
    assert np.nan_to_num(parts.seconds, nan=-1).tolist() == [32400, 36000, 39600, -1, -1]
    assert parts.halves


def test_times_alone_are_read_where_they_are_asked_for() -> None:
    parts = split(pa.array(["10:00 AM", "9h30", "930", "1899-12-30 10:00:00"]), time_only=True)
    assert parts.seconds.tolist() == [36000, 34200, 34200, 36000]
    assert np.isnan(seconds_of("2460"))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("1/3/2023 1:05:09 pm", "%d %I:%M:%S %p"),
        ("1/3/2023T10:00:00.5Z", "%dT%H:%M:%S.%f%z"),
        ("1/3/2023", "%d"),
        ("10:00 1/3/2023", None),
    ],
)
def test_how_a_text_is_written_is_said_in_codes(text: str, form: str | None) -> None:
    assert format_of_moment(text, "1/3/2023", "%d") == form

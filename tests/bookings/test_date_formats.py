import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.bookings.date_formats import read_formatted
from sim.config import ConfigError

EPOCH = dt.date(1970, 1, 1).toordinal()
FORMATS = (
    *("%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%y %H:%M", "%d %b %Y, %H:%M", "%B %d, %Y %I:%M:%S %p"),
    *("%Y%m%d%H%M%S", "%a %d-%b-%Y %H.%M", "%Y-%m-%dT%H:%M:%S", "%A %d %B %Y at %I:%M %p", "%F %T", "100%% %D %R"),
)


@given(st.lists(st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2068, 12, 31)), min_size=1, max_size=5), st.sampled_from(FORMATS))
@settings(max_examples=150, deadline=None)
def test_what_strftime_writes_is_read_back_as_strptime_reads_it(whens: list[dt.datetime], form: str) -> None:
    texts = [when.strftime(form) for when in whens]
    read = read_formatted(pa.array(texts), form)
    # strptime does not know %F, %T and others that strftime does
    long = form.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S").replace("%D", "%m/%d/%y").replace("%R", "%H:%M")
    right = [dt.datetime.strptime(text, long) for text in texts]
    assert read.days.tolist() == [when.toordinal() - EPOCH for when in right]
    assert read.seconds.tolist() == [when.hour * 3600 + when.minute * 60 + when.second for when in right]


def test_a_text_of_another_format_cannot_be_read() -> None:
    texts = ["13/01/2023", "01/13/2023", "2023-01-13", "13/01/2023 10:00", "31/02/2023", "soon"]
    assert np.isfinite(read_formatted(pa.array(texts), "%d/%m/%Y").days).tolist() == [True, False, False, False, False, False]


def test_single_digits_and_names_of_any_language_are_read() -> None:
    # 2023-01-03 is day 19360
    assert read_formatted(pa.array(["3 janv. 2023", "3 Enero 2023"]), "%d %b %Y").days.tolist() == [19360, 19360]
    assert read_formatted(pa.array(["3/1/23"]), "%-d/%-m/%y").days.tolist() == [19360]


def test_noon_and_midnight_have_their_halves() -> None:
    texts = ["12:00 AM", "12:30 pm", "1:05 p.m.", "13:00 PM", "0:10 AM"]
    seconds = read_formatted(pa.array(texts), "%I:%M %p").seconds
    assert seconds[:3].tolist() == [0, 45000, 47100]
    assert np.isnan(seconds[3:]).all()


def test_zones_are_read() -> None:
    read = read_formatted(pa.array(["2023-01-03 +0200", "2023-01-03 Z", "2023-01-03 +02:00"]), "%Y-%m-%d %z")
    assert read.zone.tolist() == [0, 1, 0]
    assert [zone.utcoffset(None) for zone in read.zones] == [dt.timedelta(hours=2), dt.timedelta(0)]


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        ("%Q", "columns.date_format = '%Q': %Q, must be made of %Y"),
        ("%d/%d/%Y", "each once"),
        ("%d/%m", "must have a year, a month and a day"),
        ("tomorrow", "must have a year, a month and a day"),
    ],
)
def test_a_format_that_cannot_be_is_refused(form: str, rule: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_formatted(pa.array(["x"]), form, "columns.date_format")
    assert rule in str(caught.value)
    assert str(caught.value).startswith(f"columns.date_format = {form!r}")

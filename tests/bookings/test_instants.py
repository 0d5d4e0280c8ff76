"""Instants in any writing. Local seconds are those of numpy's calendar; UTC ones are checked against Python's zones."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.bookings.instants import MISSING, Instants, format_that_reads, read_instants


def read(*texts: str | None, **options: object) -> Instants:
    return read_instants(pa.chunked_array([texts], pa.string()), **options)  # type: ignore[arg-type]


def local(instants: Instants) -> list[str | None]:
    return [None if second == MISSING else str(np.datetime64(int(second), "s")) for second in instants.second]


def said(instants: Instants) -> list[str]:
    return [str(note) for note in instants.notes]


FRENCH = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
WRITINGS = {
    "iso": lambda t: t.isoformat(),
    "spaced": lambda t: f"{t:%Y-%m-%d %H:%M:%S}",
    "zulu": lambda t: f"{t:%Y-%m-%dT%H:%M:%S}Z",
    "offset": lambda t: f"{t:%Y-%m-%d %H:%M:%S}+02:00",
    "day first": lambda t: f"{t:%d/%m/%Y %H:%M:%S}",
    "month first": lambda t: f"{t:%m/%d/%Y %I:%M:%S %p}",
    "german": lambda t: f"{t.day}.{t.month}.{t:%Y}, {t:%H:%M:%S} Uhr",
    "french": lambda t: f"{t.day} {FRENCH[t.month - 1]} {t:%Y} à {t:%H:%M:%S}",
    "oracle": lambda t: f"{t:%d-%b-%Y %I.%M.%S}.000000 {t:%p}",
    "english": lambda t: f"{t:%A, %B %d, %Y} at {t:%I:%M:%S %p}",
    "digits": lambda t: f"{t:%Y%m%d%H%M%S}",
    "epoch": lambda t: str(int(t.replace(tzinfo=dt.UTC).timestamp())),
    "serial": lambda t: str((t - dt.datetime(1899, 12, 30)).total_seconds() / 86400),
}


@given(
    st.lists(st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2060, 1, 1)), min_size=1, max_size=10),
    st.sampled_from(sorted(WRITINGS)),
)
@settings(max_examples=150, deadline=None)
def test_any_instant_in_any_writing_is_read_back(whens: list[dt.datetime], writing: str) -> None:
    # one day after the 12th shows the order, one second after midnight that there are times
    whens = [when.replace(microsecond=0) for when in (*whens, dt.datetime(2023, 12, 31, 10, 0, 1))]
    instants = read(*map(WRITINGS[writing], whens))
    assert local(instants) == [when.isoformat() for when in whens]
    assert instants.timed
    assert not instants.unreadable.any()


def test_what_is_not_there_is_missing_and_what_is_not_understood_unreadable() -> None:
    instants = read("2023-01-03", "", None, "n/a", "0000-00-00", "0000-00-00 00:00:00", "soon", "2023-02-30")
    assert instants.there.tolist() == [True] + [False] * 7
    assert instants.utc.tolist()[1:] == [MISSING] * 7
    assert instants.unreadable.tolist() == [False] * 6 + [True, True]


def test_an_order_that_nothing_shows_is_said() -> None:
    assert said(read("01/03/2023", "01/04/2023")) == [
        "01/03/2023 is read as 2023-01-03, month first: no date shows the order, date_format sets it"
    ]
    assert said(read("01/03/2023", "02/03/2023")) == [
        "01/03/2023 is read as 2023-03-01, day first: no date shows the order, date_format sets it"
    ]
    assert said(read("01/13/2023", "02/03/2023")) == []
    assert local(read("01/03/2023", "02/03/2023", date_format="%m/%d/%Y")) == ["2023-01-03T00:00:00", "2023-02-03T00:00:00"]


def test_one_word_among_numbers_is_all_that_cannot_be_read() -> None:
    instants = read("1672740000", "1672740060", "soon")
    assert local(instants) == ["2023-01-03T10:00:00", "2023-01-03T10:01:00", None]
    assert instants.unreadable.tolist() == [False, False, True]


def test_day_first_and_month_first_are_never_mixed() -> None:
    instants = read("13/01/2023", "14/01/2023", "01/15/2023")
    assert instants.unreadable.tolist() == [False, False, True]


def test_dates_that_are_clear_are_read_beside_others() -> None:
    instants = read("2023-01-03", "14/01/2023", "3 Feb 2023")
    assert local(instants) == ["2023-01-03T00:00:00", "2023-01-14T00:00:00", "2023-02-03T00:00:00"]
    assert said(instants) == ["dates are written in several ways, each read as it is"]


def test_a_column_always_at_midnight_holds_dates_that_no_zone_moves() -> None:
    for texts in (("2023-01-03T00:00:00Z", "2023-02-03T00:00:00Z"), ("2023-01-03", "2023-02-03"), ("1672704000", "1675382400")):
        instants = read(*texts, timezone="America/Sao_Paulo", heading="Created (UTC)")
        assert local(instants) == ["2023-01-03T00:00:00", "2023-02-03T00:00:00"]
        assert not instants.timed
    typed = pa.array([dt.datetime(2023, 1, 3)], pa.timestamp("us", "UTC"))
    assert local(read_instants(pa.chunked_array([typed]), timezone="America/Sao_Paulo")) == ["2023-01-03T00:00:00"]


def test_midnights_written_elsewhere_are_dates_too() -> None:
    # midnight in Paris, in winter and in summer
    instants = read("2023-01-02T23:00:00Z", "2023-07-02T22:00:00Z", timezone="Europe/Paris")
    assert local(instants) == ["2023-01-03T00:00:00", "2023-07-03T00:00:00"]
    assert not instants.timed


def test_an_instant_with_a_zone_becomes_local_time() -> None:
    instants = read("2023-01-03T10:00:00Z", "2023-07-03T10:00:00+02:00", timezone="America/New_York")
    assert local(instants) == ["2023-01-03T05:00:00", "2023-07-03T04:00:00"]
    assert local(read("2023-07-03T10:00:00+02:00")) == ["2023-07-03T10:00:00"]


def test_the_heading_or_a_setting_gives_a_zone_to_times_without() -> None:
    headed = read("2023-07-03 10:00", timezone="Europe/Paris", heading="Created (UTC)")
    assert local(headed) == ["2023-07-03T12:00:00"]
    assert said(headed) == ["times are in UTC, as the heading says"]
    told = read("2023-07-03 10:00", timezone="Europe/Paris", naive_timezone="America/New_York", heading="Created (UTC)")
    assert local(told) == ["2023-07-03T16:00:00"]
    assert said(told) == []


def test_a_zone_that_acts_on_nothing_and_times_left_in_utc_are_said() -> None:
    assert said(read("2023-07-03 10:00", timezone="Europe/Paris")) == [
        "timezone turns nothing: the times have no zone, and are taken as local"
    ]
    assert said(read("2023-07-03T10:00:00Z")) == ["times are in UTC, and stay so: timezone sets where the team is"]


def test_local_times_have_their_instant_by_the_zone() -> None:
    texts = ("2023-01-03 10:00", "2023-07-03 10:00")
    right = [dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).timestamp() for text in texts]
    assert read(*texts, timezone="Europe/Paris").utc.tolist() == right


def test_a_repeated_hour_keeps_its_order() -> None:
    # 2:30 comes twice in Paris on 2023-10-29
    instants = read("2023-10-29T00:30:00Z", "2023-10-29T01:30:00Z", timezone="Europe/Paris")
    assert instants.second[0] == instants.second[1]
    assert instants.utc[1] - instants.utc[0] == 3600


def test_a_time_of_its_own_column_is_joined() -> None:
    days = pa.chunked_array([["13/01/2023", "14/01/2023", "15/01/2023", None]])
    instants = read_instants(days, pa.chunked_array([["10:00 AM", "n/a", "soon", "9:00 AM"]]))
    assert local(instants) == ["2023-01-13T10:00:00", "2023-01-14T00:00:00", None, None]
    assert instants.untimed.tolist() == [False, True, False, False]
    assert instants.unreadable.tolist() == [False, False, True, False]


def test_a_time_column_replaces_the_midnight_of_a_typed_day() -> None:
    days = pa.chunked_array([pa.array([dt.datetime(2023, 1, 3)])])
    instants = read_instants(days, pa.chunked_array([["10:00"]]), timezone="Europe/Paris")
    assert local(instants) == ["2023-01-03T10:00:00"]


def test_the_zone_of_a_midnight_is_not_that_of_the_time_in_another_column() -> None:
    days = pa.chunked_array([["2023-01-03T00:00:00Z"]])
    instants = read_instants(days, pa.chunked_array([["10:30"]]), timezone="America/Los_Angeles")
    assert local(instants) == ["2023-01-03T10:30:00"]


def test_a_day_without_a_time_is_not_moved_by_a_zone() -> None:
    instants = read("2023-07-03", "2023-07-03 23:00", naive_timezone="UTC", timezone="Europe/Paris")
    assert local(instants) == ["2023-07-03T00:00:00", "2023-07-04T01:00:00"]
    assert instants.untimed.tolist() == [True, False]


def test_a_given_format_is_obeyed_and_the_one_that_reads_is_found() -> None:
    texts = ["01/13/2023 1:30 PM", "01/02/2023 9:00 AM", ""]
    assert read(*texts, date_format="%d/%m/%Y %I:%M %p").unreadable.tolist() == [True, False, False]
    assert format_that_reads(pa.chunked_array([texts])) == ("%m/%d/%Y %I:%M %p", 2)


@pytest.mark.parametrize("texts", [["2023-01-03", "13/01/2023"], ["soon", "later"], ["", ""], ["1672740000"]])
def test_where_no_single_format_reads_none_is_named(texts: list[str]) -> None:
    assert format_that_reads(pa.chunked_array([texts])) is None


def test_a_column_of_nothing_has_no_instants() -> None:
    for column in (pa.chunked_array([pa.nulls(2)]), pa.chunked_array([["", "n/a"]]), pa.chunked_array([], pa.string())):
        instants = read_instants(column)
        assert not instants.there.any()
        assert not instants.unreadable.any()
        assert not instants.timed


def test_a_million_instants_take_a_moment() -> None:
    # a hundredth of a million: a step that looks at rows one by one would take longer than all others together
    whens = np.datetime64("2020-01-01", "s") + np.arange(10_000) * 9157
    instants = read(*map(str, whens), timezone="Europe/Paris")
    assert instants.second.tolist() == whens.astype(np.int64).tolist()


@given(st.lists(st.one_of(st.text(max_size=30), st.from_regex(r"[0-9:/. TZ+-]{1,30}", fullmatch=True), st.none()), max_size=5))
@settings(max_examples=60, deadline=None)
def test_no_text_is_too_strange_to_be_called_unreadable(texts: list[str | None]) -> None:
    column = pa.chunked_array([texts], pa.string())
    for instants in (read_instants(column), read_instants(column, column, timezone="Europe/Paris", heading="start_utc")):
        assert not (instants.there & instants.unreadable).any()
    format_that_reads(column)


@pytest.mark.parametrize("text", ["9" * 19, "9" * 400, f"1/2/{'9' * 5000}", f"3 jan {'9' * 5000}", "1e400", "99999999999.5"])
def test_a_number_without_end_is_no_date(text: str) -> None:
    assert read(text).unreadable.tolist() == [True]


@pytest.mark.parametrize("value", [1e300, float("inf"), -1e300, 2.0**63])
def test_a_value_without_end_is_no_date(value: float) -> None:
    assert not read_instants(pa.chunked_array([[value]])).there.any()

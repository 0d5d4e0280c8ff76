import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.bookings.zones import to_local, to_utc, zone_in, zone_named

PARIS = ZoneInfo("Europe/Paris")
NAMES = ("Europe/Paris", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca")


def wall(text: str) -> int:
    return int(np.datetime64(text, "s").astype(np.int64))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Z", 0),
        ("+02:00", 2),
        ("-0330", -3.5),
        ("+02", 2),
        ("UTC", 0),
        ("UTC+2", 2),
        ("GMT+0100 (Central European Standard Time)", 1),
        ("CEST", 2),
        ("(CET)", 1),
        ("pst", -8),
        ("+01:00[Europe/Paris]", 1),
        ("Z[UTC]", 0),
    ],
)
def test_a_text_names_its_offset(text: str, hours: float) -> None:
    zone = zone_named(text)
    assert zone is not None
    assert zone.utcoffset(None) == dt.timedelta(hours=hours)


def test_a_text_names_a_place_or_nothing() -> None:
    assert zone_named("[Europe/Paris]") == PARIS
    assert zone_named("ET") == ZoneInfo("America/New_York")
    assert [zone_named(text) for text in ("Europe/Nowhere", "soon", "+25:00", "")] == [None] * 4


@pytest.mark.parametrize("heading", ["Created (UTC)", "start_utc", "UTC time", "Date (GMT)", "starts_at_UTC", "startUtc"])
def test_a_heading_says_its_zone(heading: str) -> None:
    zone = zone_in(heading)
    assert zone is not None
    assert zone.utcoffset(None) == dt.timedelta(0)


def test_a_heading_with_other_words_says_none() -> None:
    assert zone_in("Date (Europe/Paris)") == PARIS
    assert [zone_in(heading) for heading in ("Date", "Start time", "outcome", "Best met", "Date et heure", "")] == [None] * 6


def test_the_skipped_and_the_repeated_hour_are_placed_as_python_does() -> None:
    # clocks in Paris went from 2:00 to 3:00 on 2023-03-26, and from 3:00 to 2:00 on 2023-10-29
    local = np.array([wall("2023-03-26T02:30"), wall("2023-10-29T02:30")])
    assert to_utc(local, PARIS).tolist() == [wall("2023-03-26T01:30"), wall("2023-10-29T00:30")]
    assert (
        to_local(np.array([wall("2023-10-29T00:30"), wall("2023-10-29T01:30")]), PARIS).tolist() == [wall("2023-10-29T02:30")] * 2
    )


@given(st.lists(st.integers(wall("1980-01-01"), wall("2100-01-01")), min_size=1, max_size=30), st.sampled_from(NAMES))
@settings(max_examples=60, deadline=None)
def test_many_instants_are_turned_as_one_by_one(seconds: list[int], name: str) -> None:
    zone = ZoneInfo(name)
    local = [dt.datetime.fromtimestamp(second, zone).replace(tzinfo=dt.UTC).timestamp() for second in seconds]
    assert to_local(np.array(seconds), zone).tolist() == local
    naive = [dt.datetime.fromtimestamp(second, dt.UTC).replace(tzinfo=zone).timestamp() for second in seconds]
    assert to_utc(np.array(seconds), zone).tolist() == naive

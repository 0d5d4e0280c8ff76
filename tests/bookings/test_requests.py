from pathlib import Path

import numpy as np
import pytest

from sim.bookings.requests import UNKNOWN
from sim.bookings.rows import day_of
from sim.config import ConfigError
from tests.bookings.reading import requests_in

HEADER = "client,requested,date,service,lead"
DAY = 86400


def columns(**changes: object) -> dict[str, object]:
    base = {"client": "client", "date": "date", "requested": "requested", "service": "service", "left_censored_days": 0}
    return base | changes


def write(path: Path, *lines: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def refusal(path: Path, mapped: dict[str, object], **options: object) -> str:
    with pytest.raises(ConfigError) as caught:
        requests_in(path, mapped, **options)
    return str(caught.value)


def test_requests_come_by_instant_and_clients_by_their_first_one(tmp_path: Path) -> None:
    path = write(
        tmp_path / "r.csv",
        "anna,2024-01-03 09:15:10,2024-01-05 10:00,cut,",
        "ben,2024-01-02 08:00:00,2024-01-04 10:30,wash,",
        "anna,2024-01-20 08:00:00,2024-01-22 10:30,wash,",
    )
    found, issues = requests_in(path, columns())
    assert found.client.tolist() == [0, 1, 1]
    assert found.asked.tolist()[1] == day_of("2024-01-03", "") * DAY + 9 * 3600 + 15 * 60 + 10
    assert found.start.tolist()[0] == day_of("2024-01-04", "") * DAY + 10 * 3600 + 30 * 60
    assert [found.names["service"][code] for code in found.labels["service"]] == ["wash", "cut", "wash"]
    assert not found.known.any()
    assert issues == {"rows in the file": 3, "usable requests": 3}


def test_every_bad_row_is_counted_with_what_was_done(tmp_path: Path) -> None:
    path = write(
        tmp_path / "r.csv",
        *(f"c{i},2024-01-02 08:00,2024-01-03 10:00,cut," for i in range(100)),
        "a,2024-01-02 08:00,2024-01-03 10:00,cut,",
        "a,2024-01-02 08:00,2024-01-03 10:00,cut,",  # again
        ",2024-01-02 08:00,2024-01-03 10:00,cut,",  # nobody
        "b,,,cut,",  # no instant at all
        "b,2024-01-02 08:00,soon,cut,",  # no date that can be read
        "c,yesterday,2024-01-03 10:00,cut,",  # no instant of the request that can be read: unknown
        "d,2024-01-04 08:00,,cut,",  # no start: unknown
        "e,2024-01-05 08:00,2024-01-04 10:00,cut,",  # asked for after its start
        "f,2024-01-06 08:00,2064-01-04 10:00,cut,",  # a start in another life: unknown
    )
    found, issues = requests_in(path, columns(), drop_late=True)
    assert issues == {
        "rows in the file": 109,
        "requested that cannot be read, such as yesterday": 1,
        "no client": 1,
        "no date": 1,
        "a date that cannot be read": 1,
        "the same booking again": 1,
        "asked for after the start": 1,
        "start more than 730 days after the request": 1,
        "usable requests": 104,
    }
    assert (found.asked < 0).sum() == 1
    assert (found.start_day < 0).sum() == 2


def test_the_time_of_the_request_may_be_days_before_the_start(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "a,,2024-01-10 10:00,cut,1.5", "b,,2024-01-11 10:00,cut,9999", "c,,2024-01-12 10:00,cut,")
    found, issues = requests_in(path, columns(requested=None, lead_days="lead"))
    assert found.asked.tolist() == [(day_of("2024-01-08", "") * DAY + 22 * 3600), UNKNOWN, UNKNOWN]
    assert issues["lead_days outside 0 to 730"] == 1


def test_a_file_of_days_gives_days_and_one_request_a_client_and_day(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "a,,2024-01-10,cut,", "a,,2024-01-10,wash,", "b,,2024-01-11,cut,")
    found, issues = requests_in(path, columns(requested=None))
    assert found.start.tolist() == [UNKNOWN, UNKNOWN]
    assert (found.start_day - day_of("2024-01-10", "")).tolist() == [0, 1]
    assert issues["further row of a client on one day"] == 1


def test_clients_from_before_the_days_wanted_are_known(tmp_path: Path) -> None:
    lines = [
        f"{who},2024-0{month}-02 08:00,2024-0{month}-03 10:00,cut,"
        for month in range(1, 5)
        for who in ("old" if month < 3 else "new",)
    ]
    path = write(tmp_path / "r.csv", *lines, "old,2024-04-02 09:00,2024-04-05 10:00,cut,")
    found, issues = requests_in(path, columns(), since_day=day_of("2024-03-01", ""), until_day=day_of("2024-04-02", ""))
    # new asks in March and April, old again in April
    assert found.client.tolist() == [0, 0, 1]
    assert found.known.tolist() == [False, True]
    assert issues["outside since and until"] == 2
    words = refusal(path, columns(), until_day=day_of("2030-01-01", ""))
    assert words == "until = 2030-01-01, must lie within 2024-01-02 to 2024-04-02, the days of r.csv"


def test_the_column_or_the_first_days_say_who_may_be_older_than_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", *(f"c{i},2024-01-{i:02d} 08:00,2024-01-{i:02d} 10:00,cut,{int(i == 9)}" for i in range(1, 11)))
    assert requests_in(path, columns(left_censored="lead"))[0].known.tolist() == [False] * 8 + [True, False]
    assert requests_in(path, columns(left_censored_days=3))[0].known.tolist() == [True] * 3 + [False] * 7


def test_what_cannot_be_replayed_is_refused_with_its_row_or_its_days(tmp_path: Path) -> None:
    late = write(tmp_path / "late.csv", "a,2024-01-01 08:00,2024-01-02 10:00,cut,", "b,2024-01-05 08:00,2024-01-04 10:00,cut,")
    assert "row 2: asked for at 2024-01-05 08:00, must be before the start at 2024-01-04 10:00; 1 such rows" in refusal(
        late, columns()
    )
    sides = [f"{who},,{day} 1{i}:00,cut," for who, day in (("a", "2024-01-02"), ("b", "2042-01-04")) for i in range(3)]
    hole = write(tmp_path / "hole.csv", *sides)
    assert "has no request from 2024-01-02 to 2042-01-04, must have no hole of more than 183 days" in refusal(hole, columns())
    assert "none.csv" in refusal(write(tmp_path / "none.csv"), columns())
    assert "holds no usable row: 1 with no client" in refusal(write(tmp_path / "bad.csv", ",,2024-01-02 10:00,cut,"), columns())
    words = refusal(late, columns(zone="place"))
    assert words == "columns.zone: place, must be a column of late.csv; there are: client, requested, date, service, lead"


def test_instants_with_a_zone_are_local_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "a,2024-07-01T22:30:00+00:00,2024-07-03T08:00:00+00:00,cut,")
    found, _ = requests_in(path, columns(timezone="Europe/Paris"))
    assert np.r_[found.asked, found.start].tolist() == [
        day_of("2024-07-02", "") * DAY + 1800,
        day_of("2024-07-03", "") * DAY + 10 * 3600,
    ]

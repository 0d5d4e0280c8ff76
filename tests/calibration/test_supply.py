from pathlib import Path

import numpy as np

from sim.bookings.rows import day_of
from sim.calibration.supply import read_team
from tests.bookings.reading import requests_in

COLUMNS = {"client": "client", "date": "date", "pro": "pro", "service": "service", "left_censored_days": 0, "keep_ids": True}


def team(path: Path, lines: list[str], **changes: object):
    path.write_text("\n".join(["client,date,pro,service", *lines]) + "\n")
    requests, _ = requests_in(path, COLUMNS | changes)
    return requests, read_team(requests, np.full(len(requests.client), 2))


def test_days_hours_and_services_are_those_of_the_bookings(tmp_path: Path) -> None:
    # Mondays 9:00 and 16:00 over 20 weeks, and a single Tuesday: 1 of 41 bookings is no working day
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-05-20"), np.timedelta64(7, "D")).astype(str)
    lines = [f"c{i}{hour},{day} {hour}:00,ada,cut" for i, day in enumerate(days) for hour in ("09", "16")]
    lines += [
        "x,2024-01-02 12:00,ada,wash",
        "y,2024-03-04 10:00,bob,wash",
        "z,2024-03-11 10:30,bob,wash",
        "w,2024-03-11 10:30,,cut",
    ]
    requests, found = team(tmp_path / "b.csv", lines)
    names = [requests.names["pro"][code] for code in found.pro]
    assert names == ["ada", "bob"]
    assert found.days[0].tolist() == [True] + [False] * 6
    # half hours 18 to 33 (9:00 to 17:00 with two half hours a session), as bits
    assert found.work[0].tolist() == [((1 << 16) - 1) << 18] + [0] * 6
    # 10:00 to 11:30
    assert found.work[1].tolist() == [((1 << 3) - 1) << 20] + [0] * 6
    cut, wash = (requests.names["service"].index(name) for name in ("cut", "wash"))
    assert found.services[:, cut].tolist() == [True, False]
    assert found.services[:, wash].tolist() == [True, True]
    # ada is there throughout, bob joins after and leaves before 28 days from either end
    assert found.first_day.tolist() == [-1, day_of("2024-03-04", "")]
    assert found.last_day.tolist() == [-1, day_of("2024-03-11", "")]


def test_a_file_of_days_tells_weekdays_and_no_hours(tmp_path: Path) -> None:
    _, found = team(tmp_path / "b.csv", [f"c{i},2024-01-{i:02d},ada,cut" for i in (1, 2, 8, 9)], service=None)
    assert found.days[0].tolist() == [True, True] + [False] * 5
    assert not found.work.any()
    assert found.services.shape == (1, 0)

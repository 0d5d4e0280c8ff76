import numpy as np
import pytest

from sim.bookings.visits import Visits
from sim.calibration.findings import Finding
from sim.calibration.reader import Reader
from sim.calibration.sessions import services
from sim.calibration.team import opening_hours, overlapping, team, team_of_file
from tests.calibration.test_findings import world
from tests.markets import market


def read(visits: Visits) -> tuple[dict[str, Finding], Reader]:
    reader = Reader(visits, int(visits.day.max()), market(preset="personal_care"))
    services(reader)
    team(reader)
    return {finding.key: finding for finding in reader.found}, reader


def shop(**changes: object) -> Visits:
    """Four clients a day for 900 days, none twice, two with each of pros 0 and 1, from 10:00 to 13:00."""
    client = np.arange(3600)
    columns: dict[str, object] = {
        "client": client,
        "day": client // 4,
        "status": np.zeros(3600, np.int64),
        "left_censored": np.zeros(3600, np.bool_),
        "labels": {"pro": client % 2},
        "names": {"pro": ("ada", "bob")},
        "hour": 10.0 + client % 4,
    }
    return world(**(columns | changes))


def test_the_team_is_who_was_there_at_a_time_on_its_days_and_hours() -> None:
    values, _ = read(shop())
    assert values["pros.n"].value == 2
    assert values["pros.work_days"].value == [7, 7]
    # ada's visits begin at 10 and 12, bob's at 11 and 13, and each takes an hour: 10 to 13 and 11 to 14
    assert values["pros.start_hour"].value == [10, 11]
    assert values["pros.work_hours"].value == [3, 3]
    assert values["pros.leaving.enabled"].value is False
    assert values["pros.share_at_start"].value == 1


def test_who_left_or_came_late_counts_for_the_time_of_being_there() -> None:
    # bob stays for the first half of the last 364 days only, then cyd takes over
    pro = np.where((np.arange(3600) % 2 == 1) & (np.arange(3600) // 4 >= 718), 2, np.arange(3600) % 2)
    values, reader = read(shop(labels={"pro": pro}, names={"pro": ("ada", "bob", "cyd")}))
    assert values["pros.n"].value == 2
    assert "of 3 pros" in str(values["pros.n"].source)
    # the file shows that somebody left, not why: nobody leaves the market for want of work
    assert values["pros.leaving.enabled"].value is False
    assert ("pros.leaving", "1 of 3 pros left before the end; the file does not say why") in [(k, str(w)) for k, w in reader.untold]


def test_a_pro_who_has_two_clients_at_once_counts_as_two() -> None:
    # all four of a day with ada: two at 10:00, two at 12:00
    twice = shop(labels={"pro": np.zeros(3600, np.int64)}, names={"pro": ("ada",)}, hour=10.0 + 2 * (np.arange(3600) % 4 // 2))
    values, reader = read(twice)
    seen = team_of_file(reader)
    assert seen is not None
    assert overlapping(reader, seen).tolist() == [2]
    assert values["pros.n"].value == 2


def test_services_and_zones_are_those_that_pros_were_booked_for() -> None:
    client = np.arange(3600)
    # ada does both services, bob one of them, each in half of the bookings; both go to two of the three zones
    service = np.where(client % 2 == 0, client // 4 % 2, 0)
    zone = np.where(client % 2 == 0, client // 4 % 2, 1 + client // 4 % 2)
    values, _ = read(
        shop(
            labels={"pro": client % 2, "service": service, "zone": zone},
            names={"pro": ("ada", "bob"), "service": ("cut", "wash"), "zone": ("n", "s", "w")},
        )
    )
    # of one further service ada does 1, bob 0
    assert values["pros.extra_service_share"].value == pytest.approx(0.5)
    assert values["zones"].value == 3
    assert values["pros.zones_per_pro"].value == 2


def test_hours_hold_the_starts_at_night_as_by_day() -> None:
    by_hour = [0.0] * 24
    by_hour[1] = by_hour[4] = 1.0
    # the last start is at 4:30
    assert opening_hours(tuple(by_hour), 60) == (1, 6)
    by_hour[23] = 1.0
    assert opening_hours(tuple(by_hour), 60) == (1, 24)
    # one start in a thousand is an exception
    assert opening_hours(tuple([0.001] + [0.0] * 8 + [1.0] * 10 + [0.0] * 5), 30) == (9, 19)
    assert opening_hours(None, 60) == (0, 24)

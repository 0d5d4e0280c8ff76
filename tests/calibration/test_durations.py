import numpy as np

from sim.bookings.visits import Visits
from sim.calibration.durations import booking_minutes, service_minutes
from sim.calibration.reader import Reader
from tests.calibration.test_findings import world
from tests.markets import market


def reader(visits: Visits) -> Reader:
    return Reader(visits, 920, market(preset="personal_care"))


def test_durations_of_the_file_are_taken_to_the_half_hour() -> None:
    # services 0 and 1 of alternating clients: 40 minutes, and 100 with one of 500 among them; every fourth says nothing
    minutes = world(
        labels=lambda c, s: {"service": c % 2},
        names={"service": ("cut", "colour")},
        numbers=lambda c, s: {
            "duration_minutes": np.where(c % 4 == 0, np.nan, np.where(c % 2 == 0, 40.0, np.where(c == 1, 500.0, 100.0)))
        },
    )
    found, source = service_minutes(reader(minutes))
    # 40 is nearer to 30 than to 60, and 100 to 90
    assert found.tolist() == [30, 90]
    assert str(source).startswith("median of 900 durations")
    # a booking has its own, or else that of its service
    own = booking_minutes(reader(minutes))
    assert own[minutes.client == 2].tolist() == [40]
    assert set(own[minutes.client % 4 == 0]) == {30}


def busy(gap_hours: float) -> Visits:
    """Clients of one pro, three a day, each so many hours after the one before."""
    client = np.arange(900)
    return world(
        client=client,
        day=client // 3,
        status=np.zeros(900, np.int64),
        labels={"pro": np.zeros(900, np.int64)},
        names={"pro": ("ada",)},
        hour=10 + gap_hours * (client % 3),
    )


def test_without_durations_the_gaps_of_the_pros_tell_what_is_possible() -> None:
    assert service_minutes(reader(busy(0.75)))[0].tolist() == [30]
    # a long gap is no long visit
    assert service_minutes(reader(busy(3.0)))[0].tolist() == [60]
    # nobody has a next booking on the day
    found, source = service_minutes(reader(world()))
    assert (found.tolist(), str(source)) == ([60], "60 minutes: assumption")

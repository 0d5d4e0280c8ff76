import numpy as np
import pytest

from benchmarks.planted import FIRST_DAY, World, values_of, visits_of_world
from sim.bookings.visits import Visits
from sim.calibration.histories import histories
from sim.forecasting.forms import Form
from sim.forecasting.origins import FEWEST_AGAIN, MOST_ORIGINS, QUARTER_DAYS, at_origin, origin_days, week_ends


def visits(rows: list[tuple[int, int]]) -> Visits:
    """Of client and day."""
    client, day = np.array(sorted(rows)).T
    n = int(client.max()) + 1
    return Visits(client, day, np.zeros(len(day), np.int64), np.zeros(n, np.bool_), {}, {}, {}, np.full(len(day), np.nan), False)


def planted(weeks: int, n: int = 400) -> Visits:
    form = Form("mbg")
    return visits_of_world(World(form, values_of(form, np.random.default_rng(1)), n, weeks, 26))


def test_an_origin_knows_the_past_and_what_follows_until_its_last_day() -> None:
    # client 0 comes on days 100, 110, 121, 125; client 1 first after the origin; client 2 only before
    needs = visits([(0, 100), (0, 110), (0, 121), (0, 125), (1, 122), (2, 90)])
    found = at_origin(needs, 121, 124)
    assert found.seen.client.tolist() == [0, 2]
    assert found.seen.repeats.tolist() == [1, 0]
    assert (found.seen.age * 7).tolist() == [20, 30]
    assert found.true.tolist() == [1, 0]
    assert found.weeks == pytest.approx(4 / 7)


def test_weeks_end_after_seven_days_and_the_last_with_the_time_ahead() -> None:
    assert (7 * week_ends(100, 116)).tolist() == [7, 14, 17]
    assert (7 * week_ends(100, 113)).tolist() == [7, 14]
    # on a clock that goes twice as fast
    assert (7 * week_ends(100, 116, lambda day: 2 * day)).tolist() == [14, 28, 34]


@pytest.mark.parametrize("horizon_days", [30, 91, 182, 400])
def test_origins_never_look_past_the_end_of_the_past(horizon_days: int) -> None:
    needs, until_day = planted(104), FIRST_DAY + 700
    days = origin_days(needs, until_day, horizon_days)
    assert days
    for begin, end in days:
        assert begin - int(needs.day.min()) >= QUARTER_DAYS
        assert end <= until_day
        assert end - begin + 1 >= QUARTER_DAYS
        assert end - begin + 1 <= max(horizon_days, QUARTER_DAYS)
    assert [begin for begin, _ in days] == [until_day + 1 - QUARTER_DAYS * (i + 1) for i in range(len(days))]


def test_what_comes_after_changes_no_origin() -> None:
    needs, until_day = planted(104), FIRST_DAY + 600
    past = needs.rows(needs.day <= until_day)
    assert origin_days(past, until_day, 182) == origin_days(needs, until_day, 182)
    (begin, end), *_ = origin_days(needs, until_day, 182)
    for known, all_of_it in zip(
        vars(at_origin(past, begin, end).seen).values(), vars(at_origin(needs, begin, end).seen).values(), strict=True
    ):
        assert np.array_equal(known, all_of_it)


def test_there_are_as_many_as_fit_and_no_more_than_the_most() -> None:
    needs = planted(104, 1_500)
    # 728 days are eight quarters; the first must lie before the earliest origin
    assert len(origin_days(needs, FIRST_DAY + 727, 91)) == 7
    assert len(origin_days(planted(208, 1_500), FIRST_DAY + 7 * 208 - 1, 91)) == MOST_ORIGINS
    assert origin_days(planted(25, 1_500), FIRST_DAY + 7 * 25 - 1, 91) == []


def test_an_origin_needs_fifty_clients_who_came_twice_before_it() -> None:
    early = [(client, day) for client in range(FEWEST_AGAIN) for day in (1000, 1010)]
    late = [(99, 1000), (99, 1399)]
    until = 1399
    assert len(origin_days(visits(early + late), until, 91)) == 3
    assert origin_days(visits(early[2:] + late), until, 91) == []
    assert histories(visits(early + late), until).repeats.sum() == FEWEST_AGAIN + 1

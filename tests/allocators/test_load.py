import numpy as np
import pytest

from sim.allocators.load import relative_load
from sim.views import ProView
from tests.views import pro_view


def load(view: ProView, prior_hours: float = 40, now_days: float = 100.0) -> list[float]:
    return relative_load(view.recent_bookings, view, now_days, prior_hours).tolist()


def test_load_is_work_per_hour_on_offer_over_the_platforms() -> None:
    # four weeks of 40 and 20 hours: 160 and 80; 24 bookings in 240 hours is .1 an hour. With 40 hours more at that rate:
    # (6 + 4) / 200 = .05 and (18 + 4) / 120 = .18333
    view = pro_view([0, 0], weekly_hours=[40, 20], recent_bookings=[6, 18])
    assert load(view) == pytest.approx([0.5, 11 / 6])


def test_a_new_pro_is_judged_by_the_days_present() -> None:
    # a week of 40 hours with 4 bookings is the platform's rate of 16 in 160 hours
    view = pro_view([0, 0], joined_days=[0, 93], recent_bookings=[16, 4])
    assert load(view) == pytest.approx([1, 1])
    # one who joins today, or will, stands at the average
    view = pro_view([0, 0, 0], joined_days=[0, 100, 130], recent_bookings=[16, 0, 0])
    assert load(view) == pytest.approx([1, 1, 1])


def test_who_has_left_is_not_part_of_the_average() -> None:
    view = pro_view([0, 0], active=[True, False], recent_bookings=[16, 1000])
    assert load(view)[0] == pytest.approx(1)


@pytest.mark.parametrize("view", [pro_view([0, 0]), pro_view([0, 0], active=[False, False], recent_bookings=[3, 4])])
def test_without_work_or_anybody_there_all_are_average(view: ProView) -> None:
    assert load(view) == [1, 1]


def test_the_prior_draws_everybody_to_the_average() -> None:
    view = pro_view([0, 0], recent_bookings=[4, 28])
    spread = [np.ptp(load(view, prior)) for prior in (1e-6, 40, 1e9)]
    assert spread[0] > spread[1] > spread[2]
    assert spread[2] == pytest.approx(0, abs=1e-5)

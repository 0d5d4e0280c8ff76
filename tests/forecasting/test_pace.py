import math

import numpy as np
import pytest

from sim.forecasting.pace import Pace, find_pace, log_rates
from tests.forecasting.files import file, visits_from


def test_an_even_pace_is_the_calendar() -> None:
    days = np.array([3, 10, 400])
    assert np.array_equal(Pace(0, 300)(days), days)
    assert not log_rates(Pace(0, 300), days).any()


def test_a_trend_stops_at_the_end_of_what_is_known_and_the_season_goes_on() -> None:
    pace = Pace(0, 730, (("trend_per_year", -0.5), ("season_cos", 0.2)))
    year = 365.25
    # a year before the end half a logarithm faster; after it no further
    trend = log_rates(pace, np.array([730])) - log_rates(pace, np.array([730 - 365]))
    season = 0.2 * (math.cos(2 * math.pi * 730 / year) - math.cos(2 * math.pi * 365 / year))
    assert trend[0] == pytest.approx(-0.5 * 365 / year + season)
    later = log_rates(pace, np.array([730 + 1461]))
    assert later[0] == pytest.approx(log_rates(pace, np.array([730]))[0])
    # the clock is the sum of the rates of the days
    clock = pace(np.arange(700, 760))
    assert np.diff(clock) == pytest.approx(np.exp(log_rates(pace, np.arange(701, 760))))


def test_a_pace_is_found_where_times_change_and_only_there() -> None:
    assert find_pace(file(500, 500, 4), 499).is_even
    # gaps grow by a half within a year, for all
    random = np.random.default_rng(5)
    client, day = [], []
    for i in range(400):
        at = random.uniform(0, 250)
        while at < 500:
            client.append(i)
            day.append(int(at))
            if random.random() < 0.05:
                break
            at += random.gamma(3) * 6 * math.exp(0.6 * at / 365.25)
    found = find_pace(visits_from(np.array(client), np.array(day)), 499)
    assert dict(found.values)["trend_per_year"] == pytest.approx(-0.6, abs=4 * found.error)
    assert dict(found.values)["trend_per_year"] < -0.2


def test_a_file_of_less_than_a_year_tells_no_pace() -> None:
    assert find_pace(file(300, 300, 6), 299).is_even

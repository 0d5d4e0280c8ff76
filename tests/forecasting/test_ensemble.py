from functools import cache

import numpy as np
import pytest

from sim.bookings.visits import Visits
from sim.forecasting.ensemble import Ensemble, Forecast, fit_ensemble, forecast, most_ticks
from tests.forecasting.files import file

UNTIL, HORIZON = 364, 91
ENDINGS = ("bg", "mbg", "pareto")


@cache
def visits() -> Visits:
    return file(400, UNTIL + HORIZON + 1, 1)


@cache
def fitted() -> tuple[Ensemble, int]:
    ticks: list[int] = []
    return fit_ensemble(visits(), UNTIL, HORIZON, 1, ENDINGS, lambda: ticks.append(1)), len(ticks)


@cache
def found() -> Forecast:
    return forecast(fitted()[0], visits(), (UNTIL + 1, UNTIL + HORIZON), 200)


def true_counts() -> np.ndarray:
    known = np.unique(visits().client[visits().day <= UNTIL])
    later = visits().client[(visits().day > UNTIL) & (visits().day <= UNTIL + HORIZON)]
    return np.bincount(later, minlength=visits().n_clients)[known].astype(float)


def test_weights_add_up_and_origins_lie_within_the_past() -> None:
    ensemble, ticks = fitted()
    assert ensemble.weights.sum() == pytest.approx(1)
    assert (ensemble.weights >= 0).all()
    assert len(ensemble.tried) == len(ensemble.errors) >= 2
    assert max(one.until_day for one in ensemble.tried) <= UNTIL
    assert all(one.weeks >= 13 for one in ensemble.tried)
    # a tick a fit and a trial, and the forecast's to come
    assert 0 < ticks <= most_ticks(len(ENDINGS)) - len(ENDINGS)


def test_what_comes_after_the_past_changes_nothing() -> None:
    past = visits().rows(visits().day <= UNTIL)
    again = fit_ensemble(past, UNTIL, HORIZON, 1, ENDINGS)
    assert np.array_equal(again.weights, fitted()[0].weights)
    same = forecast(again, past, (UNTIL + 1, UNTIL + HORIZON), 200)
    assert np.array_equal(same.by_client, found().by_client)
    assert np.array_equal(same.runs, found().runs)


def test_the_forecast_is_near_the_truth_within_its_interval_and_adds_up() -> None:
    true = true_counts()
    low, high = found().interval()
    assert low[-1] < true.sum() < high[-1]
    assert found().total == pytest.approx(true.sum(), rel=0.25)
    assert found().weekly.sum() == pytest.approx(found().total)
    assert len(found().weekly) == 13
    assert found().runs.shape == (200, 13)
    in_week = found().interval(cumulative=False)
    # weeks miss by more, in proportion, than the sum of them
    assert (in_week[1] - in_week[0]).mean() / found().weekly.mean() > (high[-1] - low[-1]) / found().total


def test_clients_lie_within_their_own_intervals_as_often_as_said() -> None:
    covered = found().distributions(true_counts()).coverage(true_counts())
    # 400 clients: a standard error of about two points
    for level, share in covered.items():
        assert share == pytest.approx(level, abs=0.08)

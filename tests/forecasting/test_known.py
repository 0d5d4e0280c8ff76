import numpy as np
import pytest

from sim.forecasting.ensemble import fit_ensemble, forecast
from sim.forecasting.known import EnsembleClients
from tests.forecasting.files import file

UNTIL, HORIZON = 364, 182


@pytest.mark.parametrize("endings", [("mbg",), ("pareto",)])
def test_drawn_clients_who_leave_after_visits_make_as_many_as_the_forecast(endings: tuple[str, ...]) -> None:
    visits = file(250, UNTIL + 1, 2)
    ensemble = fit_ensemble(visits, UNTIL, HORIZON, 1, endings)
    found = forecast(ensemble, visits, (UNTIL + 1, UNTIL + HORIZON), 200)
    clients = EnsembleClients(ensemble, visits, UNTIL, HORIZON)
    totals = []
    for run in range(150):
        random = np.random.default_rng(run)
        drawn = clients.draw(random)
        assert (np.diff(drawn.index) > 0).all()
        at, there, count = drawn.next_days.copy(), drawn.next_days < HORIZON, 0
        while there.any():
            count += int(there.sum())
            there &= random.random(len(at)) >= drawn.leave
            at = at + random.gamma(drawn.gap_shape) / (drawn.gap_shape * drawn.rate_per_day)
            there &= at < HORIZON
        totals.append(count)
    # the common shock has median 1: medians agree within 4 standard errors of both
    low, high = np.quantile(found.runs.sum(axis=1), [0.16, 0.84])
    error = 1.25 * (high - low) / 2 * np.sqrt(1 / 150 + 1 / 200)
    assert abs(np.median(totals) - np.median(found.runs.sum(axis=1))) < 4 * error


def test_the_same_generator_draws_the_same_clients() -> None:
    visits = file(120, UNTIL + 1, 3)
    ensemble = fit_ensemble(visits, UNTIL, HORIZON, 1, ("mbg", "pareto"))
    clients = EnsembleClients(ensemble, visits, UNTIL, HORIZON)
    one, other, further = (clients.draw(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.next_days, other.next_days)
    assert np.array_equal(one.leave, other.leave)
    assert not np.array_equal(one.next_days[:5], further.next_days[:5])

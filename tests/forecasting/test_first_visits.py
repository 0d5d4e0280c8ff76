from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from sim.bookings.visits import Visits
from sim.forecasting.ensemble import fit_ensemble, forecast
from sim.forecasting.first_visits import PRIOR_CLIENTS, known_clients
from sim.forecasting.fit import fit_again, fit_ending, fit_form
from sim.forecasting.forms import Form

UNTIL = 400


def file(n: int, late_leaves: float, seed: int) -> Visits:
    """Clients who leave after each visit with probability .15, if late at first ``late_leaves``; gaps are 20 days or so."""
    random = np.random.default_rng(seed)
    late = random.random(n) < 0.4
    client, day = [], []
    for i in range(n):
        at, leave = random.uniform(0, 300), late_leaves if late[i] else 0.15
        while True:
            client.append(i)
            day.append(int(at))
            if random.random() < leave:
                break
            at += random.gamma(3) * 20 / 3 + 1
            if at > UNTIL + 100:
                break
    visits = len(client)
    order = np.lexsort((day, client))
    shape = {"status": np.zeros(visits, np.int64), "hour": np.full(visits, np.nan), "left_censored": np.zeros(n, np.bool_)}
    late_minutes = np.full(visits, np.nan)
    late_minutes[np.r_[True, np.diff(client) != 0]] = np.where(late, 30.0, 0.0)
    return Visits(
        client=np.array(client)[order],
        day=np.array(day)[order],
        numbers={"minutes_late": late_minutes},
        labels={},
        names={},
        has_status=False,
        **shape,
    )


def test_a_late_first_visit_is_part_of_a_form_where_it_matters_and_only_there() -> None:
    matters = known_clients(file(900, 0.45, 1), UNTIL)
    found = fit_ending("mbg", matters)
    assert found.form.traits == ("late",)
    # odds of leaving .45 / .55 against .15 / .85 with little spread between clients: log 4.6 = 1.5, the trait is 0 or 1 less a mean
    i = found.form.free.index("leave_by_late")
    assert abs(found.at[i] - 1.53) < 4 * np.sqrt(found.covariance[i, i])
    assert found.at[i] > 4 * np.sqrt(found.covariance[i, i])
    assert fit_ending("mbg", known_clients(file(900, 0.15, 2), UNTIL)).form.traits == ()


def test_histories_without_pros_and_lateness_have_no_traits_and_an_earlier_fit_goes_without() -> None:
    visits = file(300, 0.45, 3)
    plain = known_clients(replace(visits, numbers={}), UNTIL)
    assert not plain.traits
    late = fit_form(Form("mbg", "common", ("late",)), known_clients(visits, UNTIL))
    assert fit_again(late, plain).form == Form("mbg", "common")


def test_a_pro_is_known_by_the_clients_followed_before_and_never_by_the_client_alone() -> None:
    # one pro; clients 0-99 on day 0 all return on day 10, clients 100-299 on day 100 never do
    first = np.r_[np.zeros(100), np.full(200, 100)].astype(np.int64)
    client, day = np.r_[np.arange(300), np.arange(100)], np.r_[first, np.full(100, 10)]
    order = np.lexsort((day, client))
    n = len(client)
    visits = Visits(
        client=client[order],
        day=day[order],
        status=np.zeros(n, np.int64),
        left_censored=np.zeros(300, np.bool_),
        numbers={},
        labels={"pro": np.zeros(n, np.int64)},
        names={"pro": ("a",)},
        hour=np.full(n, np.nan),
        has_status=False,
    )
    (trait,) = known_clients(visits, 400).traits.values()
    # before any is followed it is the mean, (100 + 1) / 302; then 100 of 100 returned
    mean = 101 / 302
    known = special.logit((100 + PRIOR_CLIENTS * mean) / (100 + PRIOR_CLIENTS))
    assert trait[150] - trait[0] == pytest.approx(known - special.logit(mean))
    assert trait.mean() == pytest.approx(0, abs=1e-12)


def test_an_ensemble_forecasts_clients_with_traits() -> None:
    visits = file(500, 0.5, 4)
    ensemble = fit_ensemble(visits, UNTIL, 91, 1, ("mbg",))
    assert any(member.fitted.form.traits for member in ensemble.members)
    found = forecast(ensemble, visits, (UNTIL + 1, UNTIL + 91), 100)
    low, high = found.interval()
    known = known_clients(visits, UNTIL)
    true = np.isin(visits.client[(visits.day > UNTIL) & (visits.day <= UNTIL + 91)], known.client).sum()
    assert low[-1] < true < high[-1]

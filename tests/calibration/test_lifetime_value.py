import math

import numpy as np
import pytest
from scipy import special, stats

from sim.calibration.client_parameters import ClientModel
from sim.calibration.fit import fit
from sim.calibration.lifetime_value import lifetime_value_eur, paid_histories, predicted_value_eur
from sim.config import ConfigError
from tests.worlds import arm, market, run

CDNOW = ClientModel(rate_shape=0.243, rate_weeks=4.414, drop_a=0.793, drop_b=2.426)


def paid(*visits, until):
    """Histories of visits (client, day, EUR)."""
    client, days, value = (np.array(column) for column in zip(*visits, strict=True))
    return paid_histories(client, days.astype(float), value.astype(float), until)


def test_histories_are_read_from_visits_in_any_order():
    # client 7 on days 14, 0 and 35 of 70: 2 repeats, the last in week 5 of 10, gaps of 2 and 3 weeks; client 9 on day 21, and on
    # day 71, which is not seen
    found = paid((7, 14, 20), (9, 21, 5), (7, 0, 10), (9, 71, 99), (7, 35, 30), until=70)
    assert found.seen.client.tolist() == [7, 9]
    assert found.seen.repeats.tolist() == [2, 0]
    assert found.seen.recency.tolist() == [5, 0]
    assert found.seen.age.tolist() == [10, 7]
    np.testing.assert_allclose(found.seen.sum_log_gaps, [math.log(2) + math.log(3), 0])
    assert found.value_eur.tolist() == [60, 5]
    assert found.per_visit_eur.tolist() == [20, 5]


def test_two_visits_of_a_client_at_one_instant_are_refused():
    with pytest.raises(ConfigError, match="twice at the same instant"):
        paid((1, 3, 5), (1, 3, 5), until=10)


def test_the_value_of_the_published_customer():
    # two repeats, the last in week 30.43 of 38.86: 1.226 purchases in the next 39 weeks (Fader, Hardie & Lee's own spreadsheet)
    history = paid((0, 0, 10), (0, 100, 20), (0, 30.43 * 7, 30), until=38.86 * 7)
    assert predicted_value_eur(CDNOW, history, 39.0)[0] == pytest.approx(20 * 1.226, abs=0.01)
    assert lifetime_value_eur(CDNOW, history, 39.0)[0] == pytest.approx(60 + 20 * 1.226, abs=0.01)


def test_the_value_is_the_average_over_rates_and_dropout_given_the_history():
    # BG/NBD clients without a repeat by week T have not left; those of rate l and dropout p expect (1 - exp(-p l t)) / p visits in
    # t weeks. The chance of no repeat, exp(-l T), makes the rates Gamma(r, alpha + T) and leaves Beta(a, b): averaged on a grid
    age, weeks = 20.0, 39.0
    r, alpha, a, b = CDNOW.rate_shape, CDNOW.rate_weeks, CDNOW.drop_a, CDNOW.drop_b
    middle = (np.arange(4000) + 0.5) / 4000
    rate = stats.gamma.ppf(middle, r, scale=1 / (alpha + age))[:, None]
    drop = special.betaincinv(a, b, middle)[None, ::10]
    expected = float(((1 - np.exp(-drop * rate * weeks)) / drop).mean())
    found = predicted_value_eur(CDNOW, paid((0, 0, 8), until=age * 7), weeks)[0]
    assert found == pytest.approx(8 * expected, rel=0.01)


def test_the_more_and_the_more_recent_the_visits_the_more_a_client_is_worth():
    histories = paid(
        *((0, day, 10) for day in (0, 30, 60, 90, 200)),
        *((1, day, 10) for day in (0, 30, 60, 90)),
        *((2, day, 10) for day in (0, 200)),
        (3, 0, 10),
        (4, 0, 20),
        until=210,
    )
    often, silent, recent, once, dear = predicted_value_eur(CDNOW, histories, 26.0)
    assert often > recent > once
    assert silent < often
    assert dear == pytest.approx(2 * once)


def test_regular_gaps_have_no_closed_form():
    with pytest.raises(ValueError, match="gap_shape = 4"):
        predicted_value_eur(ClientModel(1, 7, 0.6, 1.6, gap_shape=4.0), paid((0, 0, 5), until=50), 10)


def test_the_forecast_of_a_simulated_market_meets_what_its_clients_bring():
    # a market of BG/NBD clients with dropout after the first visit: fitted on the first half, judged on the second
    log = run(market("clients.one_time_share=0", "clients.arrivals_per_day=20", "pros.n=120"), arm("uniform"))
    done = np.flatnonzero(log.bookings["outcome"] == log.names["outcomes"].index("completed"))
    client, days, value = (log.bookings[name][done] for name in ("client", "closed_days", "contribution_eur"))
    split, weeks = 365.0, 26.0
    history = paid_histories(client, days, value, split)
    found = fit(history.seen, regular=False, dropout_after_first=True)
    forecast = predicted_value_eur(found.model, history, weeks)
    later = (days > split) & (days <= split + 7 * weeks)
    true = np.bincount(client[later], value[later], minlength=int(client.max()) + 1)[history.seen.client]
    # 7,000 clients: a standard error of about 2 % of the total
    assert forecast.sum() == pytest.approx(true.sum(), rel=0.06)
    assert np.corrcoef(forecast, true)[0, 1] > 0.5

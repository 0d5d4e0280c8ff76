import math

import numpy as np
import pytest

from sim.bookings.columns import CANCELLED_BY_CLIENT, DONE
from sim.bookings.visits import Visits
from sim.calibration.client_model import expected_visits
from sim.calibration.client_parameters import ClientModel
from sim.calibration.fit import Fit, fit
from sim.calibration.histories import Histories, histories
from sim.calibration.lifetime_value import NewClientValue, Paid, combined, coming_needs, new_client_values, paid_histories
from tests.calibration.closed_forms import expected_repeats_by_order
from tests.calibration.worlds import drawn

REGULAR = ClientModel(2.5, 14.0, 0.6, 1.4, 3.6, 0.0, True)


def bookings(*rows: tuple[int, int, float, int], channel: tuple[int, ...] = ()) -> Visits:
    """Needs (client, day, EUR, status), in order."""
    client, day, price, status = (np.array(column) for column in zip(*rows, strict=True))
    labels = {"channel": np.array(channel)} if channel else {}
    names = {"channel": ("web", "shop")} if channel else {}
    n = int(client.max()) + 1
    known = np.zeros(n, np.bool_)
    return Visits(client, day, status, known, {"price": price.astype(float)}, labels, names, np.full(len(day), np.nan), True)


def many(*rows: tuple[int, int, float, int]) -> Visits:
    """The same clients again and again, so that enough visits have a price."""
    width = max(client for client, *_ in rows) + 1
    return bookings(*[(client + width * i, day, price, status) for i in range(100) for client, day, price, status in rows])


def file_of(model: ClientModel, n: int, days: int, seed: int) -> Visits:
    """Visits of 20 EUR or, every other client, 40 EUR, of clients who come all the time, straight from the model."""
    generator = np.random.default_rng(seed)
    at = generator.uniform(0, days, n)
    rate = generator.gamma(model.rate_shape, 1 / model.rate_weeks, n) / 7
    leave = generator.beta(model.drop_a, model.drop_b, n)
    rows = [(np.arange(n), at)]
    there = generator.random(n) >= leave
    while there.any():
        at = at + generator.gamma(model.gap_shape, 1 / (model.gap_shape * rate))
        there &= at < days
        rows.append((np.flatnonzero(there), at[there]))
        there &= generator.random(n) >= leave
    client, day = (np.concatenate(column) for column in zip(*rows, strict=True))
    # one visit a client and day
    pairs = np.unique(np.column_stack([client, np.floor(day)]).astype(np.int64), axis=0)
    return bookings(*((who, when, 20.0 + 20.0 * (who % 2), DONE) for who, when in pairs), channel=tuple(pairs[:, 0] % 2))


def valued(visits: Visits, model: ClientModel | None, until: int) -> tuple[Paid, list[NewClientValue]]:
    seen = histories(visits, until)
    paid = paid_histories(visits, seen)
    assert paid is not None
    sure = None if model is None else Fit(model, 0.0, len(seen), ("gap_shape",), np.full((1, 1), 1e-12))
    return paid, new_client_values(sure or fit(seen, dropout_after_first=True), paid, np.random.default_rng(1))


def test_what_was_paid_is_read_from_the_first_booking_on() -> None:
    # client 0 cancels on day 10, and comes on days 40 and 400: 30 and 50 EUR, 30 and 390 days after the first booking; client 1
    # comes once, without a price
    visits = many((0, 10, 99, CANCELLED_BY_CLIENT), (0, 40, 30, DONE), (0, 400, 50, DONE), (1, 20, math.nan, DONE))
    seen = histories(visits, 500)
    paid = paid_histories(visits, seen)
    assert paid is not None
    assert paid.age_days[:3].tolist() == [30, 390, 0]
    # without a price of one's own: the mean of all, 40
    assert paid.per_visit_eur[:2].tolist() == [40, 40]
    assert paid.within(365)[:2].tolist() == [30, 40]
    assert paid.within(730)[:2].tolist() == [80, 40]
    # of the needs after the first all were visits
    assert paid.visit_share == 1
    # two of four, the first apart
    gone = many(
        (0, 10, 99, DONE),
        (0, 40, 30, CANCELLED_BY_CLIENT),
        (0, 80, 30, CANCELLED_BY_CLIENT),
        (0, 400, 50, DONE),
        (0, 401, 1, DONE),
    )
    assert paid_histories(gone, histories(gone, 500)).visit_share == pytest.approx(1 / 2)  # type: ignore[union-attr]


def test_a_file_without_enough_prices_says_nothing() -> None:
    few = bookings(*((i, 10 * i, 30.0, DONE) for i in range(199)))
    assert paid_histories(few, histories(few, 5000)) is None
    none = Visits(few.client, few.day, few.status, few.left_censored, {}, {}, {}, few.hour, False)
    assert paid_histories(none, histories(none, 5000)) is None


@pytest.mark.parametrize("after_first", [False, True])
def test_coming_needs_are_as_many_as_the_closed_form_expects(after_first: bool) -> None:
    model = ClientModel(0.9, 5.0, 0.7, 2.2, dropout_after_first=after_first)
    seen = drawn(model, 4000, 40.0, 2)
    generator = np.random.default_rng(3)
    totals = [len(coming_needs(model, seen, np.full(len(seen), 210.0), generator)[0]) for _ in range(40)]
    error = np.std(totals, ddof=1) / np.sqrt(40)
    assert abs(np.mean(totals) - expected_visits(model, seen, 30.0).sum()) < 3 * error


@pytest.mark.parametrize(
    "changes", [{}, {"lapse_share": 0.3, "lapse_gaps": 2.0}, {"gap_shape_log_sd": 0.9}], ids=["regular", "lapses", "differing"]
)
def test_a_history_and_its_forecast_are_together_a_new_client(changes: dict[str, float]) -> None:
    # needs after the first within 60 weeks: seen in the first 20 to 60 of them, then forecast; straight from the model instead
    model = ClientModel(**(REGULAR.__dict__ | changes))
    seen = drawn(model, 3000, 60.0, 4)
    left = np.maximum(420.0 - seen.age * 7, 0.0)
    generator = np.random.default_rng(5)
    totals = seen.repeats.sum() + [len(coming_needs(model, seen, left, generator)[0]) for _ in range(20)]
    straight = drawn(model, 30_000, 60.0, 6)
    whole = straight.chosen(straight.age > 59.0)
    if not changes:
        assert totals.mean() / 3000 == pytest.approx(expected_repeats_by_order(model, 60.0), abs=3 * spread(seen))
    # those seen for 59 to 60 weeks
    assert totals.mean() / 3000 == pytest.approx(whole.repeats.mean(), abs=3 * math.hypot(spread(seen), spread(whole)) + 0.02)


def spread(seen: Histories) -> float:
    """Standard error of the mean number of repeats."""
    return float(seen.repeats.std() / np.sqrt(len(seen)))


def test_the_value_is_the_closed_form_times_the_price_within_its_interval() -> None:
    # fitted to 500 days of 800 clients; each channel has its own price
    paid, values = valued(file_of(REGULAR, 800, 500, 9), None, 499)
    assert [(one.channel, one.months) for one in values] == [
        ("", 12),
        ("", 24),
        ("web", 12),
        ("web", 24),
        ("shop", 12),
        ("shop", 24),
    ]
    price = {"": 30, "web": 20, "shop": 40}
    for one in values:
        true = price[one.channel] * (1 + expected_repeats_by_order(REGULAR, {12: 365, 24: 730}[one.months] / 7))
        assert one.value_eur.low < true < one.value_eur.high
        # a standard error below a tenth: 400 clients at least, whose values vary by less than twice their mean
        assert one.value_eur.half_width < 1.96 * 0.1 * true
        assert one.value_eur.n == (400 if one.channel else 800)
        assert one.visit_eur == pytest.approx(price[one.channel], rel=0.05)
    assert values[0].paid_share > values[1].paid_share > 0.4
    assert paid.channels == ("web", "shop")


def test_what_the_file_has_seen_whole_needs_no_forecast() -> None:
    # all of them began 730 days and more before the end: 20 or 30 EUR within a year, 60 or 30 within two
    visits = many((0, 0, 10, DONE), (0, 300, 10, DONE), (0, 500, 40, DONE), (1, 0, 30, DONE))
    _, values = valued(visits, REGULAR, 730)
    for one, (mean, half) in zip(values, ((25, 5), (45, 15)), strict=True):
        assert one.paid_share == 1
        assert one.value_eur.estimate == pytest.approx(mean)
        # half of 200 clients lie so far above the mean, half below it
        assert one.value_eur.half_width == pytest.approx(1.96 * half / math.sqrt(199), rel=1e-3)


def test_parameters_without_an_interval_give_none() -> None:
    visits = file_of(REGULAR, 300, 400, 1)
    seen = histories(visits, 399)
    flat = Fit(REGULAR, 0.0, 300, ("gap_shape",), np.full((1, 1), np.nan))
    paid = paid_histories(visits, seen)
    assert paid is not None
    everybody, *_ = new_client_values(flat, paid, np.random.default_rng(1))
    assert everybody.value_eur.estimate > 0
    assert math.isnan(everybody.value_eur.low)


def test_a_small_channel_has_no_value() -> None:
    rows = [(i, i, 10.0, DONE) for i in range(300)]
    visits = bookings(*rows, channel=tuple(int(i >= 201) for i in range(300)))
    _, values = valued(visits, REGULAR, 400)
    small = [one for one in values if one.channel == "shop"]
    assert [one.value_eur.n for one in small] == [99, 99]
    assert all(math.isnan(one.value_eur.estimate) for one in small)


def test_imputations_that_differ_widen_the_interval() -> None:
    # means 9, 10 and 11: B = 1, so T = 4 + 4/3 and nu = 2 (1 + 4 / (4/3))^2 = 32, t = 2.037
    found = combined(np.array([9.0, 10.0, 11.0]), np.full(3, 4.0), 50)
    assert found.estimate == 10
    assert found.half_width == pytest.approx(2.0369 * math.sqrt(16 / 3), rel=1e-4)
    assert found.n == 50


def test_models_are_drawn_as_the_data_leave_them() -> None:
    at = Fit(REGULAR, 0.0, 10, ("rate_weeks", "gap_shape"), np.diag([0.04, 0.01]))
    drawn_models = at.drawn_models(4000, np.random.default_rng(1))
    logs = np.log([[one.rate_weeks, one.gap_shape] for one in drawn_models])
    np.testing.assert_allclose(logs.mean(axis=0), np.log([14.0, 3.6]), atol=0.01)
    np.testing.assert_allclose(logs.std(axis=0), [0.2, 0.1], rtol=0.05)
    assert {one.drop_a for one in drawn_models} == {0.6}
    # of the bootstrap, where there is one
    again = Fit(REGULAR, 0.0, 10, ("gap_shape",), np.full((1, 1), np.nan), draws=np.log([[2.0], [4.0]]))
    assert {round(one.gap_shape, 6) for one in again.drawn_models(50, np.random.default_rng(1))} == {2.0, 4.0}

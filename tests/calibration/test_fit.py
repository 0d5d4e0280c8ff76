import os
from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, special, stats

from sim.bookings.rows import day_of
from sim.calibration.client_model import client_log_likelihoods, expected_visits, log_likelihood, share_alive
from sim.calibration.client_parameters import ClientModel
from sim.calibration.fit import MOST_LOG_SD, Fit, bootstrapped, fit, fit_best, with_differing
from sim.calibration.histories import Histories, histories
from sim.config import ConfigError
from sim.rules import gap_shapes
from tests.calibration.closed_forms import expected_repeats, expected_repeats_by_order
from tests.calibration.worlds import CDNOW_CALIBRATION, cdnow, drawn

LONG = os.environ.get("DRILLS") == "long"
PUBLISHED = ClientModel(0.243, 4.414, 0.793, 2.426)


def one(repeats: float, recency: float, age: float, logs: float = 0.0) -> Histories:
    gaps = np.full(int(repeats), recency / repeats if repeats else 0.0)
    return Histories(*(np.array([value]) for value in (0, repeats, recency, age, logs, False)), gaps)


def test_cdnow_gives_the_published_parameters() -> None:
    # Fader, Hardie & Lee (2005), table 2
    found = fit(histories(cdnow(), day_of(CDNOW_CALIBRATION, "")), regular=False)
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.1)
    assert found.model.rate_shape == pytest.approx(0.243, abs=0.001)
    assert found.model.rate_weeks == pytest.approx(4.414, abs=0.01)
    assert found.model.drop_a == pytest.approx(0.793, abs=0.005)
    assert found.model.drop_b == pytest.approx(2.426, abs=0.02)
    # the sample's own gaps are next to Poisson
    regular = fit(histories(cdnow(), day_of(CDNOW_CALIBRATION, "")))
    assert regular.interval("gap_shape").low < 1.05 < regular.interval("gap_shape").high


@pytest.mark.parametrize(("weeks", "published"), [(1, 0.0532), (3, 0.1506), (32, 1.0437), (78, 1.8576)])
def test_expected_repeats_are_the_published_ones(weeks: float, published: float) -> None:
    # rounding of the parameters moves them by less than .2 %
    assert float(expected_repeats(PUBLISHED, np.array(weeks))) == pytest.approx(published, rel=0.002)
    assert expected_repeats_by_order(PUBLISHED, weeks) == pytest.approx(published, rel=0.002)


@pytest.mark.parametrize("after_first", [False, True])
@pytest.mark.parametrize("k", [1.0, 3.3])
@pytest.mark.parametrize(("repeats", "recency"), [(0, 0.0), (1, 2.5), (3, 9.0)])
def test_the_likelihood_is_the_integral_over_rates(after_first: bool, k: float, repeats: int, recency: float) -> None:
    # gaps of equal length; given rate and p the likelihood is a product of densities times the chance of what follows
    model = ClientModel(1.7, 6.0, 0.6, 1.9, k, 0.2, after_first)
    age, gap = 11.0, recency / repeats if repeats else 1.0
    leave, m = stats.beta(model.drop_a, model.drop_b), repeats + after_first
    still = leave.expect(lambda p: (1 - p) ** m)
    gone = leave.expect(lambda p: p * (1 - p) ** (m - 1)) if m else 0.0

    def given(rate: float) -> float:
        scale = 1 / (k * rate)
        histories_of_rate = stats.gamma.pdf(gap, k, scale=scale) ** repeats
        histories_of_rate *= still * stats.gamma.sf(age - recency, k, scale=scale) + gone
        return float(histories_of_rate * stats.gamma.pdf(rate, model.rate_shape, scale=1 / model.rate_weeks))

    returning, _ = integrate.quad(given, 0, 5, limit=200)
    expected = 0.8 * returning + (0.2 if repeats == 0 else 0.0)
    found = client_log_likelihoods(model, one(repeats, recency, age, repeats * np.log(gap)))
    assert float(found[0]) == pytest.approx(np.log(expected), abs=1e-5)


@pytest.mark.parametrize(("repeats", "recency"), [(0, 0.0), (3, 9.0)])
def test_with_differing_regularity_the_likelihood_is_the_mean_over_clients(repeats: int, recency: float) -> None:
    model = ClientModel(1.7, 6.0, 0.6, 1.9, 3.0, 0.2, True, gap_shape_log_sd=0.5)
    seen = one(repeats, recency, 11.0, repeats * np.log(3.0))

    def given(k: float) -> float:
        return float(np.exp(client_log_likelihoods(replace(model, gap_shape=k, gap_shape_log_sd=0.0), seen)[0]))

    found = np.exp(client_log_likelihoods(model, seen)[0])
    nodes, weights = gap_shapes(3.0, 0.5)
    assert found == pytest.approx(sum(w * given(k) for k, w in zip(nodes, weights, strict=True)), rel=1e-12)
    # five nodes for the log-normal: within half a percent of the integral
    whole, _ = integrate.quad(lambda z: given(3.0 * np.exp(0.5 * z)) * stats.norm.pdf(z), -8, 8)
    assert found == pytest.approx(whole, rel=0.005)


def test_regular_gaps_either_lapse_or_differ_between_clients() -> None:
    with pytest.raises(ValueError, match=r"gap_shape_log_sd = 0.5, must be 0 with lapse_share = 0.2"):
        ClientModel(1, 1, 1, 1, 3.0, lapse_share=0.2, gap_shape_log_sd=0.5)


def test_who_has_not_come_for_long_is_less_likely_to_be_still_there_and_the_sooner_so_the_more_regular() -> None:
    model = ClientModel(2.0, 8.0, 0.5, 1.5, 4.0)
    shares = [share_alive(model, one(4, 16, 16 + idle, 4 * np.log(4)))[0] for idle in (0, 4, 8, 16)]
    assert shares == sorted(shares, reverse=True)
    poisson = ClientModel(2.0, 8.0, 0.5, 1.5)
    assert share_alive(model, one(4, 16, 32, 4 * np.log(4)))[0] < share_alive(poisson, one(4, 16, 32, 4 * np.log(4)))[0]
    # without a repeat nobody has left in the plain form; a one-time client has no more needs
    assert share_alive(poisson, one(0, 0, 50))[0] == 1
    assert share_alive(ClientModel(2.0, 8.0, 0.5, 1.5, 1.0, 0.5), one(0, 0, 50))[0] < 0.1


@pytest.mark.parametrize("after_first", [False, True])
def test_expected_visits_add_up_to_the_growth_of_expected_repeats(after_first: bool) -> None:
    # the mean over histories of what is expected next is what is expected of a new client between 20 and 30 weeks
    model = ClientModel(0.9, 5.0, 0.7, 2.2, dropout_after_first=after_first)
    seen = drawn(model, 60_000, 20.0, 5)
    expected = expected_repeats(model, seen.age + 10) - expected_repeats(model, seen.age)
    found = expected_visits(model, seen, 10.0)
    error = (found - expected).std() / np.sqrt(len(seen))
    assert abs((found - expected).mean()) < 3 * error


def test_regular_gaps_have_no_closed_form() -> None:
    with pytest.raises(ValueError, match=r"gap_shape = 2, gap_shape_log_sd = 0, lapse_share = 0, must be 1, 0 and 0"):
        expected_visits(ClientModel(1, 1, 2, 1, 2.0), one(0, 0, 1), 1.0)


def test_nobody_who_comes_back_is_refused() -> None:
    with pytest.raises(ConfigError, match="no second visit"):
        fit(one(0, 0, 20))


def test_the_best_form_is_the_one_the_data_come_from() -> None:
    truth = ClientModel(2.0, 10.0, 0.6, 1.8, 4.0, 0.0, True)
    seen = drawn(truth, 300, 80, 3)
    best, fits = fit_best(seen)
    assert best.model.gap_shape == pytest.approx(4, rel=0.2)
    assert best.model.lapse_share == 0
    assert "mbg_regular_lapses" in fits or "bg_one_time_regular_lapses" in fits
    assert best.aic < min(found.aic for found in fits.values()) + 2
    assert fits["mbg_regular"].log_likelihood > fits["bg_regular"].log_likelihood + 4
    # at the maximum no parameter can be moved to advantage
    for name in best.free:
        value = getattr(best.model, name)
        for factor in (0.97, 1.03):
            moved = ClientModel(**{**best.model.__dict__, name: value * factor})
            assert log_likelihood(moved, seen) < best.log_likelihood


def test_differing_regularity_is_recovered_and_chosen_before_lapses() -> None:
    truth = ClientModel(2.0, 10.0, 0.6, 1.8, 5.0, 0.0, True, gap_shape_log_sd=0.8)
    seen = drawn(truth, 300, 90, 1)
    best, fits = fit_best(seen)
    assert best is fits[next(name for name in fits if name.endswith("_differing"))]
    for name in ("rate_shape", "rate_weeks", "gap_shape", "gap_shape_log_sd"):
        interval = best.interval(name, 0.99)
        assert interval.low < getattr(truth, name) < interval.high, name
    models = best.drawn_models(200, np.random.default_rng(1))
    assert max(model.gap_shape_log_sd for model in models) <= MOST_LOG_SD


def test_clients_who_are_alike_are_found_to_be() -> None:
    seen = drawn(ClientModel(2.0, 10.0, 0.6, 1.8, 4.0, 0.0, True), 300, 80, 3)
    regular = fit(seen, dropout_after_first=True)
    differing = with_differing(seen, regular)
    assert differing.log_likelihood - regular.log_likelihood < 3
    assert differing.model.gap_shape_log_sd < 0.25


def test_where_the_first_visit_decides_only_forms_in_which_it_can_are_chosen_from() -> None:
    seen = drawn(ClientModel(2.0, 10.0, 12.0, 60.0, 1.0, 0.5, False), 400, 150, 5)
    best, fits = fit_best(seen)
    chosen, again = fit_best(seen, True)
    assert not best.model.dropout_after_first
    assert chosen.model.dropout_after_first
    assert chosen.aic > best.aic + 2
    assert again.keys() >= fits.keys() - {"bg_one_time_regular_lapses", "bg_one_time_regular_differing"}


def test_clients_drawn_anew_give_intervals_like_those_of_the_likelihood_and_always_the_same() -> None:
    truth = ClientModel(1.5, 8.0, 0.8, 2.0, 3.0, 0.0, True)
    seen = drawn(truth, 400, 90, 6)
    wald = fit(seen, dropout_after_first=True)
    found, again = (bootstrapped(wald, seen, 40, np.random.default_rng(1)) for _ in range(2))
    assert found.draws is not None
    assert np.array_equal(found.draws, again.draws)
    for name in ("rate_shape", "gap_shape"):
        one, other = wald.interval(name), found.interval(name)
        assert other.low < other.estimate < other.high
        # 40 draws know a width to a fifth
        assert np.log(other.high / other.low) == pytest.approx(np.log(one.high / one.low), rel=0.5)
    leave = found.derived(share_leaving, "logit")
    assert leave.low < 0.8 / 2.8 < leave.high


def test_no_end_of_the_interval_of_a_share_or_of_a_positive_quantity_is_where_it_cannot_be() -> None:
    # leaving .05 on average; of log a and log b the standard errors are .8 and 0, so of the logit log a - log b it is .8, too
    model = ClientModel(1.5, 8.0, 0.1, 1.9)
    found = Fit(model, -1.0, 100, ("drop_a", "drop_b"), np.diag([0.64, 0.0]))
    leave, odds = found.derived(share_leaving, "logit"), found.derived(lambda m: m.drop_a / m.drop_b, "log")
    reach = stats.norm.ppf(0.975) * 0.8
    ends = special.expit(special.logit(0.05) + np.array([-reach, reach]))
    assert (leave.low, leave.high) == pytest.approx(tuple(ends), rel=1e-5)
    assert (odds.low, odds.high) == pytest.approx(tuple(ends / (1 - ends)), rel=1e-5)
    # the same share the other way round has the same ends, and no more than nobody stays or everybody
    stay = found.derived(lambda m: m.drop_b / (m.drop_a + m.drop_b), "logit")
    assert (stay.low, stay.high) == pytest.approx((1 - leave.high, 1 - leave.low))
    unknown = replace(found, covariance=np.full((2, 2), np.nan)).derived(share_leaving, "logit")
    assert unknown.estimate == pytest.approx(0.05)
    assert np.isnan([unknown.low, unknown.high]).all()


def share_leaving(model: ClientModel) -> float:
    return model.drop_a / (model.drop_a + model.drop_b)


def test_a_flat_likelihood_gives_no_interval() -> None:
    found = fit(drawn(ClientModel(1.5, 8.0, 0.8, 2.0), 100, 40, 6), regular=False)
    flat = replace(found, covariance=np.diag([0.01, 0.01, 20.0, np.nan]))
    assert flat.interval("rate_shape").low > 0
    # 1.96 * sqrt(20) = 8.8 on the log scale
    assert np.isnan(flat.interval("drop_a").high)
    assert np.isnan(flat.interval("drop_b").low)


def test_taking_clients_keeps_each_ones_gaps() -> None:
    seen = Histories(
        np.arange(3),
        np.array([2.0, 0, 1]),
        np.array([3.0, 0, 5]),
        np.full(3, 9.0),
        np.zeros(3),
        np.zeros(3, np.bool_),
        np.array([1.0, 2, 5]),
    )
    taken = seen.taken(np.array([2, 0, 2, 1]))
    assert taken.gaps.tolist() == [5, 1, 2, 5]
    assert taken.repeats.tolist() == [1, 2, 1, 0]
    assert seen.chosen(np.array([True, True, False])).gaps.tolist() == [1, 2]


N_DRAWS, N_CLIENTS = (20, 5_000) if LONG else (5, 800)


def test_known_parameters_are_recovered_with_intervals_that_cover() -> None:
    generator = np.random.default_rng(77)
    covered, errors = [], []
    for i in range(N_DRAWS):
        truth = ClientModel(
            *(float(generator.uniform(low, high)) for low, high in ((0.8, 3), (5, 15), (0.4, 1.2), (1.2, 3), (1, 5))),
            dropout_after_first=i % 2 == 0,
        )
        found = fit(drawn(truth, N_CLIENTS, 90, i), dropout_after_first=truth.dropout_after_first)
        for j, name in enumerate(found.free):
            interval = found.interval(name)
            covered.append(interval.low <= getattr(truth, name) <= interval.high)
            errors.append((np.log(interval.estimate / getattr(truth, name))) / np.sqrt(found.covariance[j, j]))
    share = np.mean(covered)
    # binomial noise of 100 (25) intervals at 95 %: 2 (4) points; the errors of one fit are dependent
    assert 0.85 <= share <= 1.0, share
    by_parameter = np.reshape(errors, (N_DRAWS, -1))
    biases = by_parameter.mean(axis=0) * np.sqrt(N_DRAWS)
    assert (np.abs(biases) < (2 if LONG else 3)).all(), biases

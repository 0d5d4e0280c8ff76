from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, special, stats

from sim.calibration import lapses
from sim.calibration.client_model import client_log_likelihoods
from sim.calibration.client_parameters import ClientModel
from sim.calibration.fit import fit, with_lapses
from sim.calibration.forecast import Posterior
from sim.calibration.histories import Histories
from sim.calibration.lapses import log_waits
from tests.calibration.worlds import drawn

MODEL = ClientModel(2.2, 11.0, 0.5, 1.5, 9.0, 0.0, True, lapse_share=0.25, lapse_gaps=2.5)


def same(n: int, gaps: list[float], age: float) -> Histories:
    """So many clients with the same history."""
    columns = (len(gaps), sum(gaps), age, float(np.log(gaps).sum()))
    return Histories(np.arange(n), *(np.full(n, float(x)) for x in columns), np.zeros(n, np.bool_), np.tile(gaps, n))


@pytest.mark.parametrize("gaps", [[], [4.0], [3.0, 5.0, 14.0]])
@pytest.mark.parametrize("after_first", [False, True])
def test_the_likelihood_is_the_integral_over_rates(gaps: list[float], after_first: bool) -> None:
    model = replace(MODEL, dropout_after_first=after_first)
    age, m = sum(gaps) + 6.0, len(gaps) + after_first
    leave = stats.beta(model.drop_a, model.drop_b)
    still = leave.expect(lambda p: (1 - p) ** m)
    gone = leave.expect(lambda p: p * (1 - p) ** (m - 1)) if m else 0.0

    def given(rate: float) -> float:
        regular, lapse = stats.gamma(9, scale=1 / (9 * rate)), stats.expon(scale=2.5 / rate)
        value = still * (0.75 * regular.sf(6) + 0.25 * lapse.sf(6)) + gone
        for gap in gaps:
            value *= 0.75 * regular.pdf(gap) + 0.25 * lapse.pdf(gap)
        return float(value * stats.gamma.pdf(rate, 2.2, scale=1 / 11))

    expected = integrate.quad(given, 0, 3, limit=300, epsabs=0)[0]
    assert client_log_likelihoods(model, same(1, gaps, age))[0] == pytest.approx(np.log(expected), abs=1e-4)


def integrated(model: ClientModel, gaps: list[float], idle: float) -> float:
    """Log likelihood of one history, by adaptive integration over the log of the rate, around its peak."""
    k, r, m = model.gap_shape, model.rate_shape, len(gaps) + model.dropout_after_first
    many = np.array(gaps)
    scale = special.betaln(model.drop_a, model.drop_b)
    still = special.betaln(model.drop_a, model.drop_b + m) - scale
    gone = special.betaln(model.drop_a + 1, model.drop_b + m - 1) - scale

    def given(log_rate: float) -> float:
        rate, share, lapse = np.exp(log_rate), model.lapse_share, np.exp(log_rate) / model.lapse_gaps
        with np.errstate(divide="ignore"):
            regular = np.log1p(-share) + k * np.log(k * rate) + (k - 1) * np.log(many) - k * rate * many - special.gammaln(k)
            density = np.logaddexp(regular, np.log(share) + np.log(lapse) - lapse * many).sum()
            silent = np.log((1 - share) * special.gammaincc(k, k * rate * idle) + share * np.exp(-lapse * idle))
        prior = r * np.log(model.rate_weeks * rate) - special.gammaln(r) - model.rate_weeks * rate
        return float(density + np.logaddexp(still + silent, gone) + prior)

    at = np.linspace(-7, 3, 1001)
    values = np.array([given(x) for x in at])
    top, near = values.max(), at[values > values.max() - 50]
    area = integrate.quad(
        lambda x: np.exp(given(x) - top), near[0] - 0.01, near[-1] + 0.01, points=[at[values.argmax()]], limit=500
    )
    return float(top + np.log(area[0]))


@pytest.mark.parametrize("lapse_share", [0.0, 0.15])
@pytest.mark.parametrize(("shape", "visits", "days"), [(16.0, 30, 12.0), (18.0, 40, 9.0), (18.0, 290, 1.25), (40.0, 365, 1.0)])
def test_the_likelihood_of_a_client_with_many_visits_in_a_rhythm_is_the_integral_too(
    shape: float, visits: int, days: float, lapse_share: float
) -> None:
    # on the coarsest grid the one of 290 is off by .001, the one of 365 by .6
    model = ClientModel(1.7, 6.0, 0.6, 1.9, shape, 0.0, True, lapse_share, 3.0)
    luck = np.random.default_rng(visits).uniform(0.8, 1.2, visits)
    gaps = list(np.maximum(days * luck, 1.0) / 7)
    for idle in (0.4, 9.0):
        found = client_log_likelihoods(model, same(1, gaps, sum(gaps) + idle))[0]
        assert found == pytest.approx(integrated(model, gaps, idle), abs=1e-6)


def test_a_client_who_comes_every_day_does_not_change_what_is_found_of_the_others() -> None:
    gaps = [4.0, 5.0, 14.0]
    others, daily = same(3, gaps, 30.0), same(1, [1 / 7] * 290, 60.0)
    columns = {
        name: np.concatenate([getattr(one, name) for one in (others, daily)])
        for name in Histories.__dataclass_fields__
        if name != "traits"
    }
    together = client_log_likelihoods(MODEL, Histories(**columns))
    assert together[:3] == pytest.approx(client_log_likelihoods(MODEL, others), abs=1e-12)
    assert together[3] == pytest.approx(client_log_likelihoods(MODEL, daily)[0], abs=1e-12)


def test_clients_in_parts_give_what_they_give_together(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = drawn(MODEL, 50, 80.0, 5)
    whole = client_log_likelihoods(MODEL, seen)
    monkeypatch.setattr(lapses, "MOST_CELLS", 2_000)
    assert client_log_likelihoods(MODEL, seen) == pytest.approx(whole, abs=1e-12)


def test_hardly_any_lapses_are_as_none_at_all() -> None:
    plain = replace(MODEL, lapse_share=0.0)
    seen = drawn(plain, 300, 70.0, 4)
    weeks, counts = seen.gap_counts
    recency = np.asarray(counts @ weeks)
    seen = replace(seen, recency=recency, age=recency + seen.age - seen.recency, sum_log_gaps=np.asarray(counts @ np.log(weeks)))
    hardly = replace(MODEL, lapse_share=1e-9)
    assert client_log_likelihoods(hardly, seen) == pytest.approx(client_log_likelihoods(plain, seen), abs=1e-3)


def test_silence_after_a_visit_is_likelier_where_gaps_can_lapse() -> None:
    long = same(1, [4.0, 4.0, 4.0], 32.0)
    gaps, quiet = log_waits(MODEL, long)
    assert quiet[0] < gaps[0]
    regular_gaps, regular_quiet = log_waits(replace(MODEL, lapse_share=1e-9), long)
    assert quiet[0] - gaps[0] > regular_quiet[0] - regular_gaps[0] + 1


def test_known_lapses_are_recovered_and_found_to_be_better_than_none() -> None:
    seen = drawn(MODEL, 450, 80.0, 2)
    regular = fit(seen, dropout_after_first=True)
    found = with_lapses(seen, regular)
    assert found.aic < regular.aic - 10
    for name in found.free:
        interval = found.interval(name, 0.99)
        assert interval.low < getattr(MODEL, name) < interval.high, name
    # one shape for all gaps makes them look less regular
    assert regular.model.gap_shape < 0.6 * found.model.gap_shape


def test_gaps_that_do_not_lapse_give_hardly_any() -> None:
    seen = drawn(replace(MODEL, lapse_share=0.0), 200, 70.0, 3)
    regular = fit(seen, dropout_after_first=True)
    lapsing = with_lapses(seen, regular)
    assert lapsing.log_likelihood - regular.log_likelihood < 4
    assert lapsing.model.lapse_share < 0.1 or lapsing.model.lapse_gaps < 1.5


def test_the_posterior_is_the_one_that_rejection_would_give() -> None:
    gaps, idle, n = [4.0, 5.0], 9.0, 20_000
    found = Posterior(MODEL, same(n, gaps, sum(gaps) + idle)).draw(np.random.default_rng(1))
    luck = np.random.default_rng(2)
    rate = luck.gamma(2.2, 1 / 11, 1_500_000)
    weight = np.ones(len(rate))
    for gap in gaps:
        weight *= 0.75 * stats.gamma.pdf(gap, 9, scale=1 / (9 * rate)) + 0.25 * stats.expon.pdf(gap, scale=2.5 / rate)
    rate = rate[luck.random(len(rate)) < weight / weight.max()]
    lapses = luck.random(len(rate)) < 0.25
    running = np.where(lapses, luck.exponential(2.5 / rate), luck.gamma(9, size=len(rate)) / (9 * rate))
    kept = running > idle
    for values, other in ((found.rate_per_day, rate[kept] / 7), (found.next_days, 7 * (running[kept] - idle))):
        assert stats.ks_2samp(values, other[: len(values)]).pvalue > 0.005

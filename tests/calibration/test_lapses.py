from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

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

import math

import numpy as np
import pytest
from scipy import stats

from sim.calibration.client_model import expected_visits, share_alive
from sim.calibration.client_parameters import ClientModel
from sim.calibration.forecast import Posterior, accuracy, past_rate, weekly
from sim.calibration.histories import Histories
from sim.rules import gap_shapes
from tests.calibration.worlds import drawn

MODEL = ClientModel(2.0, 10.0, 0.6, 1.8, 3.5, 0.1)


def same(n: int, repeats: float, recency: float, age: float) -> Histories:
    ones = np.ones(n)
    logs = repeats * np.log(recency / repeats) if repeats else 0.0
    gaps = np.full(int(n * repeats), recency / repeats if repeats else 0.0)
    return Histories(np.arange(n), repeats * ones, recency * ones, age * ones, logs * ones, np.zeros(n, np.bool_), gaps)


def test_the_posterior_is_the_one_that_rejection_would_give() -> None:
    # clients of the model, straight from its definition, of whom only those with such a history are kept
    seen = same(40_000, 2, 8.0, 13.0)
    found = Posterior(MODEL, seen).draw(np.random.default_rng(1))
    generator = np.random.default_rng(2)
    n = 400_000
    rate = generator.gamma(MODEL.rate_shape + 2 * MODEL.gap_shape, 1 / (MODEL.rate_weeks + MODEL.gap_shape * 8), n)
    gap = generator.gamma(MODEL.gap_shape, 1, n) / (MODEL.gap_shape * rate)
    kept = gap > 5
    expected = {"rate": rate[kept] / 7, "next": (gap[kept] - 5) * 7, "leave": generator.beta(0.6, 1.8 + 2, n)}
    assert len(found.index) / len(seen) == pytest.approx(share_alive(MODEL, seen)[0], abs=0.01)
    for values, other in (
        (found.rate_per_day, expected["rate"]),
        (found.next_days, expected["next"]),
        (found.leave, expected["leave"]),
    ):
        for share in (0.1, 0.5, 0.9):
            assert np.quantile(values, share) == pytest.approx(np.quantile(other, share), rel=0.04)


def test_who_was_regular_is_drawn_as_regular() -> None:
    # nodes of regularity, straight from the definition: of all who could be, those with such gaps and such a silence are kept
    model = ClientModel(2.0, 10.0, 0.6, 1.8, 3.5, gap_shape_log_sd=0.9)
    gaps, idle, n = np.array([4.0, 4.2, 3.9]), 5.0, 2_000_000
    seen = Histories(
        *(np.full(20_000, x) for x in (0, 3.0, gaps.sum(), gaps.sum() + idle, np.log(gaps).sum(), False)),
        np.tile(gaps, 20_000),
    )
    found = Posterior(model, seen).draw(np.random.default_rng(1))
    generator = np.random.default_rng(2)
    nodes, weights = gap_shapes(3.5, 0.9)
    k = generator.choice(nodes, n, p=weights)
    rate = generator.gamma(2.0, 1 / 10.0, n)
    weight = np.prod([stats.gamma.pdf(gap, k, scale=1 / (k * rate)) for gap in gaps], axis=0)
    kept = generator.random(n) < weight / weight.max()
    k, rate = k[kept], rate[kept]
    running = generator.gamma(k) / (k * rate)
    kept = running > idle
    assert kept.sum() > 2000
    for node in nodes:
        assert (found.gap_shape == node).mean() == pytest.approx((k[kept] == node).mean(), abs=0.035)
    for values, other in ((found.rate_per_day, rate[kept] / 7), (found.next_days, 7 * (running[kept] - idle))):
        assert stats.ks_2samp(values[:4000], other[:4000]).pvalue > 0.005
    # three even gaps speak for a regular client
    assert np.median(found.gap_shape) > 3.5


def test_drawn_clients_come_as_often_as_expected() -> None:
    # the first visit after the observation is the next need; Poisson gaps have a closed form
    model = ClientModel(0.9, 5.0, 0.7, 2.2)
    seen = drawn(model, 20_000, 30.0, 7)
    found = Posterior(model, seen).draw(np.random.default_rng(3))
    soon = np.bincount(found.index[found.next_days < 1], minlength=len(seen))
    # within a day a second visit is rare: rates are about .2 a week
    expected = expected_visits(model, seen, 1 / 7)
    assert soon.mean() == pytest.approx(expected.mean(), rel=0.1)


def test_past_rate_and_weekly_counts_are_what_they_say() -> None:
    assert past_rate(same(2, 4, 8, 16), 4).tolist() == [1, 1]
    assert past_rate(same(1, 0, 0, 0), 4).tolist() == [0]
    assert weekly(np.array([0.0, 6.9, 7.0, 20.0, 30.0]), 3).tolist() == [2, 3, 4]


def test_accuracy_by_hand() -> None:
    found = accuracy(np.array([1.0, 2.0, 0.0]), np.array([2.0, 2.0, 0.0]))
    assert found.total_error == pytest.approx(-0.25)
    assert found.mean_absolute_error == pytest.approx(1 / 3)
    assert found.root_mean_square_error == pytest.approx(math.sqrt(1 / 3))
    assert found.correlation == pytest.approx(np.corrcoef([1, 2, 0], [2, 2, 0])[0, 1])
    nothing = accuracy(np.array([1.0, 1.0]), np.zeros(2))
    assert math.isnan(nothing.total_error)
    assert math.isnan(nothing.correlation)

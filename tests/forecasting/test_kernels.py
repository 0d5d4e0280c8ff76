import math

import numpy as np
import pytest
from scipy import integrate, special, stats

from sim.arrays import Floats
from sim.forecasting.ahead import clients_drawn
from sim.forecasting.fit import terms
from sim.forecasting.forms import Form
from sim.forecasting.kernels import AGEING, LIFETIME, log_beta, log_share, log_survival, rate_and_wait, survived_until
from tests.forecasting.definitions import VALUES, at_truth, likelihood, same, survival

HISTORIES: list[tuple[int, float, float]] = [
    (0, 1.0, 0.0),
    (0, 1.0, 2.0),
    (0, 1.0, 300.0),
    (1, 4.0, 0.0),
    (2, 4.0, 60.0),
    (6, 3.0, 9.0),
    (20, 4.0, 4.0),
    (60, 2.0, 6.0),
    (60, 1.0, 150.0),
]
"""Repeats, mean gap, and weeks of silence."""
RATES = ((0.25, 4.4), (1.0, 8.0), (12.0, 60.0), (3.0, 0.5))
"""From a shop in which few come again to one where all come six times a week."""


def gaps_of(x: int, mean: float, k: float) -> Floats:
    return np.maximum(mean * np.random.default_rng(x).gamma(k, 1 / k, x), 1 / 7)


@pytest.mark.parametrize("k", [0.3, 1.0, 2.5, 8.0, 18.0])
@pytest.mark.parametrize("ending", ["bg", "mbg", "pareto", "ageing"])
def test_a_likelihood_is_the_integral_over_rates_and_lifetimes(ending: str, k: float) -> None:
    form = Form(ending, "common")
    for rate_shape, rate_weeks in RATES:
        values = {"rate_shape": rate_shape, "rate_weeks": rate_weeks, "gap_shape": k, **VALUES[ending]}
        for x, mean, idle in HISTORIES:
            gaps = gaps_of(x, mean, k)
            age = float(gaps.sum()) + idle
            found = terms(form, at_truth(form, values).at, same(1, gaps, age)).by_client[0]
            assert found == pytest.approx(likelihood(ending, values, k, gaps, age), abs=1e-5), (values, x, idle)


@pytest.mark.parametrize("ending", ["mbg", "ageing"])
def test_a_likelihood_of_varied_regularity_is_the_sum_over_classes(ending: str) -> None:
    form, gaps, age = Form(ending, "varied"), gaps_of(6, 3.0, 4.0), 40.0
    values = {"rate_shape": 1.0, "rate_weeks": 6.0, "gap_shape": 4.0, "gap_shape_log_sd": 0.5, **VALUES[ending]}
    # Gauss-Hermite of order three: nodes 0 and +- sqrt(3), weights 2/3 and 1/6
    classes = {0.0: 2 / 3, -math.sqrt(3): 1 / 6, math.sqrt(3): 1 / 6}
    expected = [np.log(w) + likelihood(ending, values, 4 * math.exp(0.5 * node), gaps, age) for node, w in classes.items()]
    found = terms(form, at_truth(form, values).at, same(1, gaps, age)).by_client[0]
    assert found == pytest.approx(np.logaddexp.reduce(expected), abs=1e-5)


def test_the_log_of_an_incomplete_beta_function_is_right_into_its_tails() -> None:
    random = np.random.default_rng(1)
    for a, b in zip(np.exp(random.uniform(-3, 7.5, 400)), np.exp(random.uniform(-2, 3, 400)), strict=True):
        odds = math.exp(random.uniform(-12, 12)) * a / b
        x, y = odds / (1 + odds), 1 / (1 + odds)
        # what is near 1 is known better from the other end
        share = max(special.betainc(a, b, x), 1e-320)
        expected = math.log1p(-special.betainc(b, a, y)) if share > 0.5 else math.log(share)
        if expected > -680:
            assert log_share(a, b, x, y, log_beta(a, b)) == pytest.approx(expected, abs=1e-10, rel=1e-10), (a, b, x)
    assert log_share(2.0, 3.0, 1.0, 0.0, log_beta(2.0, 3.0)) == 0.0
    assert log_share(2.0, 3.0, 0.0, 1.0, log_beta(2.0, 3.0)) < -600


@pytest.mark.parametrize(("ending", "code"), [("pareto", LIFETIME), ("ageing", AGEING)])
def test_survival_is_the_average_over_hazards_and_its_inverse_the_week(ending: str, code: int) -> None:
    values = VALUES[ending]
    numbers = (code, values["lifetime_shape"], values["lifetime_weeks"], values.get("ageing_per_week", 0.0))
    for week in (0.0, 0.01, 1.0, 30.0, 200.0):
        found = log_survival(week, *numbers)
        assert found == pytest.approx(math.log(survival(ending, values, week)), abs=1e-6)
        assert survived_until(found, *numbers) == pytest.approx(week, rel=1e-9, abs=1e-12)


N = 4_000


def test_rate_and_wait_are_what_is_left_of_all_who_stay_silent_so_long() -> None:
    """Kept from the definition: a rate given the gaps so far, and a gap at that rate that is longer than the silence."""
    s, k, rest, idle = 5.0, 2.0, 30.0, 8.0
    random = np.random.default_rng(2)
    drawn = np.array([rate_and_wait(s, k, rest, idle, random) for _ in range(N)])
    rate = random.gamma(s, 1 / rest, 20 * N)
    gap = random.gamma(k, 1 / (k * rate))
    kept = gap > idle
    assert stats.ks_2samp(drawn[:, 0], rate[kept]).pvalue > 1e-3
    assert stats.ks_2samp(drawn[:, 1], gap[kept] - idle).pvalue > 1e-3


@pytest.mark.parametrize("idle", [12.0, 400.0])
def test_a_long_silence_of_a_regular_client_is_drawn_by_bisection(idle: float) -> None:
    """With k = 16 hardly a gap in a million is so long: L / (L + G) is then Beta(s, k) below a bound, and the sum Gamma(s + k)."""
    s, k, rest = 33.0, 16.0, 96.0
    random = np.random.default_rng(3)
    rate, wait = np.array([rate_and_wait(s, k, rest, idle, random) for _ in range(1_000)]).T
    part = rest / (rest + k * (wait + idle))
    bound = rest / (rest + k * idle)
    assert special.betainc(s, k, bound) < (1e-3 if idle < 100 else 1e-30)
    share = special.betainc(s, k, part) / special.betainc(s, k, bound)
    assert stats.kstest(share, "uniform").pvalue > 1e-3
    assert stats.kstest(rate * rest / part, stats.gamma(s + k).cdf).pvalue > 1e-3


@pytest.mark.parametrize("ending", ["bg", "mbg", "pareto", "ageing"])
def test_drawn_clients_are_those_of_the_definition_with_such_a_history(ending: str) -> None:
    form, k, age = Form(ending, "common"), 1.6, 20.0
    gaps = [] if ending in ("pareto", "ageing") else [4.0, 6.0, 3.0]
    values = {"rate_shape": 1.2, "rate_weeks": 10.0, "gap_shape": k, **VALUES[ending]}
    found = clients_drawn(at_truth(form, values), at_truth(form, values).at, same(N, gaps, age), np.random.default_rng(4))[0]
    random, many, x, last = np.random.default_rng(5), 300_000, len(gaps), sum(gaps)
    # rates given the gaps that were seen; who stays and how long, and the next gap, from the definition
    rate = random.gamma(1.2 + k * x, 1 / (10.0 + k * last), many)
    gap = random.gamma(k, 1 / (k * rate))
    leave, life = np.zeros(many), np.full(many, np.inf)
    if gaps or ending == "mbg":
        leave = random.beta(values["drop_a"], values["drop_b"], many)
        chances = x + (ending == "mbg")
        seen = random.random(many) < (1 - leave) ** (chances - 1)
        stays = random.random(many) >= leave
    else:
        # hazards Gamma(shape) / weeks
        life = random.exponential(size=many) / random.gamma(values["lifetime_shape"], 1 / values["lifetime_weeks"], many)
        life = np.log1p(life) / values["ageing_per_week"] if ending == "ageing" else life
        seen, stays = life > 0, life > age
    # silent until now: either gone before the next gap had passed, or still in it
    gone = seen & (~stays if np.isinf(life).all() else (life < age) & (life < gap))
    here = seen & stays & (gap > age - last)
    share, alive = here.sum() / (here.sum() + gone.sum()), found[:, 0] > 0
    assert abs(alive.mean() - share) < 4 * math.sqrt(share * (1 - share) * (1 / N + 1 / here.sum()))
    assert found[alive, 1] == pytest.approx(k)
    for column, truth in ((0, rate), (2, gap - (age - last)), (3, leave), (4, life - age)):
        if np.isfinite(truth[here]).all() and np.ptp(truth[here]) > 0:
            assert stats.ks_2samp(found[alive, column], truth[here]).pvalue > 1e-3, column


def test_a_gap_density_integrates_to_the_chance_of_a_return() -> None:
    """The chance that a first gap falls within a year, for clients who never leave, is one less that of a silent year."""
    form = Form("mbg", "common")
    values = {"rate_shape": 1.5, "rate_weeks": 9.0, "drop_a": 1e-3, "drop_b": 1e3, "gap_shape": 3.0}
    at = np.log([values[name] for name in form.free])

    def density(gap: float) -> float:
        return float(np.exp(terms(form, at, same(1, [gap], gap)).by_client[0]))

    silent = float(np.exp(terms(form, at, same(1, [], 52.0)).by_client[0]))
    assert integrate.quad(density, 0, 52)[0] == pytest.approx(1 - silent, abs=1e-5)

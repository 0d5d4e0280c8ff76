"""How much chance there is in a fidelity score: binomial with few clients, and biased when young clients count as lost."""

import numpy as np
import pytest
from scipy import stats

from sim.allocators.fidelity import Fidelity
from sim.arrays import Floats, Ints
from sim.engine.run import simulate
from sim.scores.empirical_bayes import reliability
from sim.scores.fidelity import FidelityScore
from sim.views import History
from tests.markets import arm, market
from tests.views import NOT_YET, pro_view

RETURN_SHARE = 0.3
N_PROS = 20_000
LOOKBACK_DAYS, REBOOK_DAYS = 183, 183


def score_of(immature: str, lookback_days: float = LOOKBACK_DAYS) -> FidelityScore:
    return FidelityScore(REBOOK_DAYS, lookback_days, 0, 1, immature, "platform")  # type: ignore[arg-type]


def histories(pro: Ints, first_days: Floats, rebooked_days: Floats, n_pros: int) -> History:
    """What a score sees of clients in any order; other columns are 0."""
    order = np.argsort(first_days)
    none = np.zeros(n_pros, np.int64)
    rebooked = rebooked_days[order]
    return History(pro[order], first_days[order], rebooked, rebooked, none, none, none, none, none)


def scores(shares: Floats, n_clients: int, seed: int) -> Floats:
    """Score (n_pros,) of pros with these true shares, from n clients each, all of whom have had the full time."""
    draw = np.random.default_rng(seed)
    n_pros = len(shares)
    pro = np.tile(np.arange(n_pros), n_clients)
    first = draw.uniform(1, 183, len(pro))
    returns = draw.random(len(pro)) < shares[pro]
    rebooked = np.where(returns, first + draw.uniform(0, REBOOK_DAYS, len(pro)), NOT_YET)
    table = score_of("left_out")(histories(pro, first, rebooked, n_pros), now_days=366)
    assert (table.clients_behind == n_clients).all()
    assert table.counted.all()
    return table.value


@pytest.mark.parametrize(("n_clients", "error", "p_low"), [(12, 0.132, 0.253), (18, 0.108, 0.165), (30, 0.084, 0.160)])
def test_the_score_of_a_30_percent_pro_is_binomial(n_clients: int, error: float, p_low: float) -> None:
    binomial = stats.binom(n_clients, RETURN_SHARE)
    # the exact values, first against the published ones: error sqrt(.3 * .7 / n); 20 % or less is floor(n / 5) returns or fewer
    assert binomial.std() / n_clients == pytest.approx(error, abs=5e-4)
    assert binomial.cdf(n_clients // 5) == pytest.approx(p_low, abs=5e-4)
    value = scores(np.full(N_PROS, RETURN_SHARE), n_clients, seed=22)
    # 20,000 pros: 3 errors are .28 points of the mean, 1.5 % of the standard error and .9 points of the probability
    assert abs(value.mean() - RETURN_SHARE) < 3 * binomial.std() / n_clients / np.sqrt(N_PROS)
    variance = (binomial.std() / n_clients) ** 2
    excess = float(binomial.stats("k"))
    assert abs(value.var() - variance) < 3 * variance * np.sqrt((excess + 2) / N_PROS)
    expected = binomial.cdf(n_clients // 5)
    assert abs((value <= 0.2).mean() - expected) < 3 * np.sqrt(expected * (1 - expected) / N_PROS)


@pytest.mark.parametrize(("n_clients", "published"), [(12, 0.222), (18, 0.199), (30, 0.160), (100, 0.052)])
def test_a_better_pro_scores_below_a_worse_one_as_often_as_two_binomials_say(n_clients: int, published: float) -> None:
    n = np.arange(n_clients + 1)
    good, bad = stats.binom(n_clients, 0.35), stats.binom(n_clients, 0.25)
    expected = float(good.pmf(n) @ bad.sf(n))  # the worse one has more returns
    assert expected == pytest.approx(published, abs=5e-4)
    n_pairs = 4_000 if n_clients == 100 else 10_000
    value = scores(np.repeat([0.35, 0.25], n_pairs), n_clients, seed=23)
    misordered = (value[:n_pairs] < value[n_pairs:]).mean()
    # 3 errors are 1 to 1.3 points
    assert abs(misordered - expected) < 3 * np.sqrt(expected * (1 - expected) / n_pairs)


@pytest.mark.parametrize("n_clients", [12, 18, 30, 100])
def test_a_pro_better_than_most_is_shown_less_than_the_mean_as_often_as_a_binomial_says(n_clients: int) -> None:
    # half the pros at 35 %, half at 25 %: a platform average of 30 %, below which a weight in proportion is below 1
    n_pairs = 4_000 if n_clients == 100 else 10_000
    value = scores(np.repeat([0.35, 0.25], n_pairs), n_clients, seed=24)
    shown = Fidelity(strength=1, floor=0, cap=5).visibility(pro_view(value.tolist()), 366.0)
    average = value.mean()
    assert average == pytest.approx(0.3, abs=0.003)
    # fewer returns than the average share of clients; exactly 30 % falls on the side where the average happens not to be:
    # .347, .355, .225 or .358, .124 or .173
    expected = stats.binom(n_clients, 0.35).cdf(np.ceil(average * n_clients) - 1)
    demoted = (shown[:n_pairs] < 1).mean()
    assert abs(demoted - expected) < 3 * np.sqrt(expected * (1 - expected) / n_pairs)


@pytest.mark.parametrize("n_clients", [12, 18, 30, 100])
@pytest.mark.parametrize("rho", [0.015, 0.025])
def test_the_signal_in_a_score_is_the_reliability_of_a_beta_binomial(n_clients: int, rho: float) -> None:
    # rates are Beta with correlation rho between a pro's clients: reliability n rho / (1 + (n - 1) rho)
    size = 1 / rho - 1
    rate = np.random.default_rng(28).beta(RETURN_SHARE * size, (1 - RETURN_SHARE) * size, 6_000)
    signal = np.corrcoef(scores(rate, n_clients, seed=29), rate)[0, 1] ** 2
    expected = n_clients * rho / (1 + (n_clients - 1) * rho)
    assert reliability(n_clients, rho) == pytest.approx(expected)
    # the error of a correlation r is (1 - r ** 2) / sqrt(6,000), that of its square 2 r times as large: at most 1 point
    assert abs(signal - expected) < 3 * 2 * np.sqrt(expected) * (1 - expected) / np.sqrt(6_000)


def test_through_the_whole_engine_the_signal_grows_with_the_clients_behind_as_the_reliability_does() -> None:
    # equal visibility and always somebody free; everybody arrives in the first two months and has had six months at the end
    world = market(
        "horizon_days=366",
        "clients.arrivals_per_day=150",
        "clients.yearly_shape=[1,1,0,0,0,0,0,0,0,0,0,0]",
        "clients.one_time_share=.2",
        "pros.n=1200",
    )
    policy = arm("uniform", "score.min_sessions=0", "score.min_clients_behind=1", "score.lookback_days=366")
    log = simulate(world, policy, seed=30)
    last = log.scores["refresh_days"] == log.scores["refresh_days"].max()
    value, clients, pro = (log.scores[name][last] for name in ("value", "clients_behind", "pro"))
    truth = log.truth_pros["return_propensity"][pro]
    rho = truth.var() / (truth.mean() * (1 - truth.mean()))
    seen = []
    for group in np.array_split(np.argsort(clients, kind="stable"), 3):
        signal = np.corrcoef(value[group], truth[group])[0, 1] ** 2
        expected = np.mean([reliability(n, rho) for n in clients[group]])
        assert abs(signal - expected) < 3 * 2 * np.sqrt(expected) * (1 - expected) / np.sqrt(len(group))
        seen.append(signal)
    assert seen == sorted(seen)


# Clients like those of CDNOW: BG/NBD with r = .243 and alpha = 4.414 weeks (Fader, Hardie & Lee 2005), so the time to the second
# purchase exceeds t weeks with probability (alpha / (alpha + t)) ** r.
R, ALPHA_DAYS = 0.243, 7 * 4.414


def returned_within(days: float) -> float:
    """P(second purchase within these days)."""
    return float(1 - (ALPHA_DAYS / (ALPHA_DAYS + days)) ** R)


def expected_when_lost(tenure_days: float) -> float:
    """Mean of P(returned within min(age, 183)) over ages uniform on the tenure: who is younger has had less time to return."""
    young = min(tenure_days, REBOOK_DAYS)
    # integral of (alpha / (alpha + t)) ** r from 0 to young
    not_returned = ALPHA_DAYS**R * ((ALPHA_DAYS + young) ** (1 - R) - ALPHA_DAYS ** (1 - R)) / (1 - R)
    return (young - not_returned + (tenure_days - young) * returned_within(REBOOK_DAYS)) / tenure_days


def mean_score(immature: str, tenure_days: int, lookback_days: float) -> tuple[float, float, Ints]:
    """Mean score of 1000 alike pros with 120 clients who came evenly over the tenure; its standard error; clients behind each."""
    draw = np.random.default_rng(23)
    pro = np.tile(np.arange(1000), 120)
    first = draw.uniform(0, tenure_days, len(pro))
    rebooked = first + ALPHA_DAYS * ((1 - draw.random(len(pro))) ** (-1 / R) - 1)
    known = np.where(rebooked <= tenure_days, rebooked, NOT_YET)
    table = score_of(immature, lookback_days)(histories(pro, first, known, 1000), tenure_days)
    return float(table.value.mean()), float(table.value.std(ddof=1) / np.sqrt(1000)), table.clients_behind


@pytest.mark.parametrize(("tenure_days", "published"), [(365, 0.316), (183, 0.258)])
def test_counting_young_clients_as_lost_penalises_a_pro_for_being_new(tenure_days: int, published: float) -> None:
    expected = expected_when_lost(tenure_days)
    # published: 37.4 % becomes 31.6 % and 25.8 %; these parameters give 37.5 %, 31.6 % and 25.8 %
    assert expected == pytest.approx(published, abs=5e-4)
    assert returned_within(REBOOK_DAYS) == pytest.approx(0.374, abs=1.5e-3)
    value, error, behind = mean_score("lost", tenure_days, lookback_days=tenure_days)
    assert (behind == 120).all()
    # 120,000 clients: 3 errors are .4 points, the bias is 5.8 and 11.6
    assert abs(value - expected) < 3 * error, (value, expected, error)


def test_leaving_young_clients_out_or_censoring_them_takes_the_bias_away() -> None:
    value, error, behind = mean_score("left_out", 365, lookback_days=183)
    assert abs(behind.mean() - 120 * 182 / 365) < 3 * np.sqrt(120 * 0.25 / 1000)
    assert abs(value - returned_within(REBOOK_DAYS)) < 3 * error
    # with censoring, all 120 clients behind a pro count, and the spread between alike pros is smaller
    censored, smaller, behind = mean_score("kaplan_meier", 365, lookback_days=183)
    assert (behind == 120).all()
    assert smaller < 0.9 * error
    assert abs(censored - returned_within(REBOOK_DAYS)) < 3 * smaller

import math
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from sim.arrays import Floats, Ints
from sim.scores.empirical_bayes import EmpiricalBayes, beta_binomial, reliability
from sim.views import History, ScoreTable
from tests.views import NOT_YET, history


def score(**changes: Any) -> EmpiricalBayes:
    """Book again within 30 days; look back 40 days; no threshold."""
    given: dict[str, Any] = {"min_sessions": 0, "min_clients_behind": 0, "prior_clients": None} | changes
    return EmpiricalBayes(rebook_days=30, lookback_days=40, immature="left_out", credit="platform", **given)


def past(*pros: tuple[int, int]) -> History:
    """For each pro (clients, how many of them returned), all of whom have had the full time on day 100."""
    firsts = [(pro, 50.0, 55.0 if i < returned else NOT_YET, NOT_YET) for pro, (n, returned) in enumerate(pros) for i in range(n)]
    return history(firsts, n_pros=len(pros))


def table(*pros: tuple[int, int], **changes: Any) -> ScoreTable:
    return score(**changes)(past(*pros), 100.0)


def test_two_pros_by_hand() -> None:
    # 3 and 1 of 4: mean .5; mean squares between 2.5 - 4 * .5 = .5 and within (4 - 2.5) / 6 = .25; four clients a pro,
    # so rho = (.5 - .25) / (.5 + 3 * .25) = .2, as if each pro began with 1 / .2 - 1 = 4 clients, two of whom returned
    found = table((4, 3), (4, 1))
    assert found.value == pytest.approx([5 / 8, 3 / 8])
    assert found.clients_behind.tolist() == [4, 4]
    # standard deviation of Beta(5, 3)
    assert found.standard_error == pytest.approx([stats.beta(5, 3).std()] * 2)


def test_a_fixed_prior_replaces_the_fit() -> None:
    # 12 clients at the mean .5: (3 + 6) / 16
    assert table((4, 3), (4, 1), prior_clients=12).value == pytest.approx([9 / 16, 7 / 16])


def test_a_pro_with_no_client_behind_has_the_mean_and_counts_unless_told_otherwise() -> None:
    found = table((4, 3), (4, 1), (0, 0))
    assert found.value[2] == 0.5
    # Beta(2, 2)
    assert found.standard_error[2] == pytest.approx(stats.beta(2, 2).std())
    assert found.counted.tolist() == [True, True, True]
    assert table((4, 3), (4, 1), (0, 0), min_clients_behind=1).counted.tolist() == [True, True, False]
    assert table((4, 3), (4, 1), (0, 0), min_sessions=101).counted.tolist() == [False] * 3


def test_before_the_first_client_nothing_is_known() -> None:
    found = table((0, 0), (0, 0))
    assert np.isnan(found.value).all()
    assert not found.counted.any()


@pytest.mark.parametrize("pros", [[(4, 3)], [(1, 1), (1, 0), (1, 0)], [(3, 3), (5, 5)], [(2, 0), (4, 0)], [(4, 2), (4, 2)]])
def test_where_the_spread_is_not_more_than_chance_or_cannot_be_told_all_have_the_mean(pros: list[tuple[int, int]]) -> None:
    found = table(*pros)
    mean = sum(returned for _, returned in pros) / sum(n for n, _ in pros)
    assert found.value == pytest.approx([mean] * len(pros))
    assert found.standard_error == pytest.approx([0] * len(pros))


def test_one_client_moves_a_pro_little_and_very_many_all_the_way() -> None:
    # twenty pros between 20 and 40 % of 100 clients; one of one client who returned; one of 20,000 with 40 %
    pros = [(100, 20 + i) for i in range(20)]
    found = table(*pros, (1, 1), (20_000, 8_000), prior_clients=57)
    mean = (sum(returned for _, returned in pros) + 8_001) / (2_000 + 20_001)
    assert found.value[20] == pytest.approx(mean + (1 - mean) / 58)
    assert found.value[21] == pytest.approx(0.4, abs=1e-3)
    assert found.standard_error[20] > 5 * found.standard_error[21]


def test_the_correlation_is_never_taken_for_more_than_a_half() -> None:
    # everybody or nobody returns: rho would be 1; at 1/2 a pro begins with one client of the mean, (4 + .5) / 5
    assert table((4, 4), (4, 0)).value == pytest.approx([0.9, 0.1])


def drawn(rho: float, n: int, n_pros: int) -> tuple[Floats, Ints, Floats]:
    """Returns, clients and true rates of pros whose rates are Beta with mean .3 and this correlation."""
    luck = np.random.default_rng(28)
    size = 1 / rho - 1
    rate = luck.beta(0.3 * size, 0.7 * size, n_pros)
    return luck.binomial(n, rate).astype(float), np.full(n_pros, n), rate


def test_the_fit_finds_the_correlation_as_well_as_maximum_likelihood_does() -> None:
    returns, behind, _ = drawn(0.02, 30, 20_000)
    mean, rho = beta_binomial(returns, behind)
    counts = np.bincount(returns.astype(int), minlength=31)

    def minus_log_likelihood(x: Floats) -> float:
        share, size = 1 / (1 + math.exp(-x[0])), math.exp(x[1])
        return -float(counts @ stats.betabinom(30, share * size, (1 - share) * size).logpmf(np.arange(31)))

    likeliest = optimize.minimize(minus_log_likelihood, [0.0, 3.0], method="Nelder-Mead").x
    # F of 19,999 degrees of freedom varies by sqrt(2 / 20,000) = 1 %, that is .01 * (1 + 29 * .02) / 30 = .0005 of rho
    assert abs(rho - 0.02) < 3 * 0.0006
    assert abs(rho - 1 / (1 + math.exp(likeliest[1]))) < 0.0006
    assert abs(mean - 0.3) < 3 * math.sqrt(0.21 * (1 + 29 * 0.02) / 600_000)


def test_shrinking_brings_scores_nearer_to_the_truth_by_what_theory_says() -> None:
    n, rho = 20, 0.02
    returns, _, rate = drawn(rho, n, 4_000)
    found = table(*[(n, int(y)) for y in returns])
    spread = 0.3 * 0.7 * rho
    squared_error = (found.value - rate) ** 2
    # the best possible: spread * (1 - reliability) = .0030; the raw share's is mean * (1 - mean) * (1 - rho) / n = .0103
    assert squared_error.mean() == pytest.approx(spread * (1 - reliability(n, rho)), rel=0.08)
    assert ((returns / n - rate) ** 2).mean() > 2.5 * squared_error.mean()
    # and the standard error says so itself
    assert (found.standard_error**2).mean() == pytest.approx(squared_error.mean(), rel=0.15)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"prior_clients": 0}, "prior_clients = 0, must be > 0 and finite, or null"),
        ({"prior_clients": math.inf}, "prior_clients = inf, must be > 0 and finite, or null"),
        ({"min_clients_behind": -1}, "min_clients_behind = -1, must be >= 0"),
    ],
)
def test_a_wrong_parameter_is_refused_with_name_value_and_rule(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError) as caught:
        score(**changes)
    assert str(caught.value) == rule


def test_censored_clients_are_refused() -> None:
    with pytest.raises(ValueError, match="immature = 'kaplan_meier', must be one of lost, left_out"):
        EmpiricalBayes(30, 40, 0, 0, "kaplan_meier", "platform", None)

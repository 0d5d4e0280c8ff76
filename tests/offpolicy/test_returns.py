"""What is expected of a client with each candidate."""

import numpy as np
import pytest

from sim.offpolicy.returns import Asked, cross_fitted


def asked(n: int, seed: int, spread: float) -> tuple[Asked, np.ndarray]:
    """Clients of two kinds who chose among the same four pros at random, and what is true of each pro."""
    generator = np.random.default_rng(seed)
    pro = 0.4 + spread * np.array([-0.15, -0.05, 0.05, 0.15])
    kind, chosen = generator.integers(0, 2, n), generator.integers(0, 4, n)
    outcome = (generator.random(n) < pro[chosen] + 0.1 * kind).astype(float)
    return Asked(outcome, np.ones(n), kind[:, None], chosen, np.full(n, 4), np.tile(np.arange(4), n)), pro


def test_pros_and_kinds_of_clients_are_told_apart() -> None:
    log, pro = asked(20_000, 1, 1.0)
    expected = cross_fitted(log).reshape(-1, 4)
    kind = log.features[:, 0]
    for one in (0, 1):
        np.testing.assert_allclose(expected[kind == one].mean(axis=0), pro + 0.1 * one, atol=0.02)


def test_pros_who_differ_by_luck_alone_are_taken_for_equals() -> None:
    seen, told = [], []
    for seed in range(30):
        log, _ = asked(400, seed, 0.0)
        seen.append(np.ptp([log.outcome[log.chosen == pro].mean() for pro in range(4)]))
        told.append(np.ptp(cross_fitted(log).reshape(-1, 4)[::5], axis=1).max())
    assert np.mean(told) < 0.5 * np.mean(seen)


def test_a_client_has_no_part_in_what_is_expected_of_it() -> None:
    log, _ = asked(50, 3, 1.0)
    other = Asked(np.where(np.arange(50) == 7, 1 - log.outcome, log.outcome), *list(vars(log).values())[1:])
    same = (cross_fitted(log) == cross_fitted(other)).reshape(-1, 4).all(axis=1)
    # the seventh's own part is every fifth client from 2 on
    assert same[np.arange(50) % 5 == 2].all()
    assert not same[np.arange(50) % 5 != 2].any()


def test_nobody_is_expected_to_do_what_clients_without_a_pro_did() -> None:
    n = 4_000
    generator = np.random.default_rng(4)
    chosen = generator.integers(-1, 1, n)
    outcome = (generator.random(n) < np.where(chosen < 0, 0.1, 0.5)).astype(float)
    log = Asked(outcome, np.ones(n), np.zeros((n, 1), np.int64), chosen, np.full(n, 3), np.tile([0, 1, -1], n))
    served, new, nobody = cross_fitted(log).reshape(-1, 3).mean(axis=0)
    assert nobody < served
    # a pro without clients is one of whom nothing is known
    assert new == pytest.approx(outcome.mean(), abs=0.03)


def test_outcomes_that_are_not_known_do_not_count() -> None:
    log, _ = asked(100, 5, 1.0)
    followed = np.where(np.arange(100) < 60, 1.0, 0.0)
    rest = list(vars(log).values())[2:]
    kept = cross_fitted(Asked(log.outcome, followed, *rest))
    unknown = cross_fitted(Asked(np.where(followed > 0, log.outcome, np.nan), followed, *rest))
    np.testing.assert_array_equal(kept, unknown)


def test_rows_that_do_not_fit_are_refused() -> None:
    log, _ = asked(3, 6, 1.0)
    with pytest.raises(ValueError, match="pros has 11 rows, must have one a candidate, 12"):
        cross_fitted(Asked(*list(vars(log).values())[:-1], log.pros[:-1]))

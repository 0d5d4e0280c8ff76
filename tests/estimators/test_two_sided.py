"""Effects with clients and pros assigned at random."""

import numpy as np
import pytest

from sim.estimators.two_sided import client_weight, contrasts, shares_for, two_sided

NAMES = {"client", "pro", "naive", "improved_1", "improved_2", "total", "client_spill_over", "pro_spill_over", "direct"}


def test_without_an_effect_every_contrast_is_0():
    found = contrasts(0.3, 0.6, 0.5)
    assert set(found) == NAMES
    # all four cells alike: weights sum to 0, with 2 - 1 - 1 of the competition
    for name, weights in found.items():
        assert weights.sum() == pytest.approx(0), name


def test_each_contrast_is_its_formula():
    # load ln 2: weight 1/2, so the correction is 1/4; c00, c01, c10, c11 by group of client, then of pro
    c = np.array([[8.0, 7.0], [6.0, 11.0]])
    found = {name: float((weights * c).sum()) for name, weights in contrasts(0.4, 0.2, np.log(2)).items()}
    assert found["client"] == pytest.approx(0.2 * (11 - 7) + 0.8 * (6 - 8))
    assert found["pro"] == pytest.approx(0.4 * (11 - 6) + 0.6 * (7 - 8))
    # shares of the cells .48, .12, .32, .08
    assert found["naive"] == pytest.approx(11 - (0.48 * 8 + 0.12 * 7 + 0.32 * 6) / 0.92)
    assert found["improved_1"] == pytest.approx(0.5 * (11 - 7) + 0.5 * (11 - 6) - 0.25 * (16 - 7 - 6))
    assert found["improved_2"] == pytest.approx(0.5 * (11 - 7) + 0.5 * (11 - 6) - 0.5 * (16 - 7 - 6))
    assert (found["total"], found["client_spill_over"], found["pro_spill_over"], found["direct"]) == pytest.approx((3, -2, -1, 6))


def test_at_either_end_of_the_load_one_side_is_assigned():
    assert shares_for(0, 0.3) == pytest.approx((0.3, 1))
    assert shares_for(50, 0.3) == pytest.approx((1, 0.3))
    with pytest.raises(ValueError, match="load = -1, must be >= 0"):
        client_weight(-1)


def test_cells_are_per_client_whatever_their_size():
    # 4 clients, 2 treated; 4 pros, 2 treated; everybody books once with each pro: 4 bookings a client, in every cell
    clients, pros = np.divmod(np.arange(16), 4)
    treated = np.array([True, True, False, False])
    values = np.where(treated[clients] & treated[pros], 2.0, 1.0)
    found = two_sided(values, clients, pros, treated, treated, 0.5)
    # both treated: 2 a pair, 8 a client; else 4
    assert found["total"].estimate == pytest.approx(4)
    assert found["direct"].estimate == pytest.approx(4)
    # half the pros are treated: (8 + 4) / 2 - 4
    assert found["client"].estimate == pytest.approx(2)
    assert found["client_spill_over"].estimate == pytest.approx(0)


def test_too_few_on_a_side_are_counted():
    with pytest.raises(ValueError, match=r"treated units = 1, must be >= 2"):
        two_sided(np.ones(3), np.arange(3), np.arange(3), np.array([1, 1, 0, 0], bool), np.array([1, 0, 0], bool), 0.5)


def test_errors_allow_for_clients_and_pros_who_differ():
    generator = np.random.default_rng(1)
    n_clients, n_pros = 60, 20
    clients, pros = np.divmod(np.arange(n_clients * n_pros), n_pros)
    held = {name: [] for name in ("client", "pro", "total", "improved_1")}
    for _ in range(250):
        often = np.exp(generator.normal(0, 0.7, n_clients)[:, None] + generator.normal(0, 0.5, n_pros))
        values = generator.poisson(0.2 * often).ravel()
        met = values > 0
        a, b = generator.permutation(n_clients) < 30, generator.permutation(n_pros) < 10
        found = two_sided(values[met], clients[met], pros[met], a, b, 0.5)
        for name, kept in held.items():
            kept.append(not found[name].excludes(0))
    for name, kept in held.items():
        # 95 % -+ 3 x 1.4; allowing for clients alone, 45 % for "pro"
        assert 0.908 < np.mean(kept) < 0.992, name

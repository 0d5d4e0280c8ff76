"""The loss market in short runs, and its solution where it is known."""

import pytest

from benchmarks import loss_market
from benchmarks.loss_market import check_bias, erlang_b, exact_bias, loss, served_by_good


def test_erlangs_formula_gives_its_published_value():
    # M/M/10 with 8 requests while one is served
    assert erlang_b(10, 8) == pytest.approx(0.12166, abs=5e-6)


def test_good_pros_of_an_all_treated_market_are_a_loss_system_of_their_own():
    # half hours that are short beside a session are as good as continuous time
    frees = 1e-4
    _, treated = served_by_good(2.0 * frees, 1.0, good=3, others=2, frees=frees)
    assert treated == pytest.approx(1 - erlang_b(3, 2.0), abs=1e-4)


def test_among_equals_good_pros_serve_their_share_of_what_is_not_lost():
    frees = 1e-4
    control, _ = served_by_good(4.0 * frees, 0.0, good=3, others=2, frees=frees)
    assert control == pytest.approx(3 / 5 * (1 - erlang_b(5, 4.0)), abs=1e-4)


def test_a_test_of_clients_overstates_the_effect_where_pros_are_neither_idle_nor_all_busy():
    assert abs(exact_bias(1e-6)) < 1e-5 < 0.1 < exact_bias(0.5)


def test_the_engine_has_the_bias_of_the_chain():
    good, none, bias = check_bias(0.8, 8, 1, 60)
    assert bias.mean > 0.15
    assert all(abs(row.mean - row.solved) < 4 * row.error for row in (good, none, bias))


def test_another_formula_is_found_out(monkeypatch):
    monkeypatch.setattr(loss_market, "LOADS", (0.8,))
    monkeypatch.setattr(loss_market, "erlang_b", lambda servers, load: erlang_b(servers, load / 2))
    assert not loss(4, 1)

"""Carry-over in a few weeks of clients made by hand: biased, gone with the burn-in, its order found."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import switched
from benchmarks.lab import lab_of
from benchmarks.switched import WEEK_DAYS, Clients, bias, lasting, lost, on_at, orders, owed_before, spread
from experiments.trials.estimating import Newcomers
from sim.designs.base import Groups, Split


@pytest.fixture(scope="module")
def clients():
    """Ten a day over 26 weeks, of whom three in ten come back; sixteen runs."""
    generator, n = np.random.default_rng(1), 1820
    rows = np.arange(n)
    runs = [
        Newcomers(rows, 0 * rows, np.sort(generator.uniform(0, 182, n)), 0 * rows, (generator.random(n) < 0.3).astype(float))
        for _ in range(16)
    ]
    return Clients(lab_of("design=[switchback]"), tuple(runs), 4, 1)


def test_what_was_done_is_felt_for_as_long_as_it_lasts():
    split = Split(Groups(np.zeros(3), np.array([[1.0, 0.0, 1.0]]), np.ones(1, bool), WEEK_DAYS), 0.0, 21.0)
    days = np.array([-1.0, 0.5, 3.0, 7.5, 9.0, 14.5])
    assert on_at(split, days).tolist() == [0, 1, 1, 0, 0, 1]
    who = Newcomers(np.zeros(5, int), np.zeros(5, int), days[1:], np.zeros(5, int), np.zeros(5))
    # of two days before day .5 a quarter lies in the first week, nothing on before; before day 7.5 three quarters lie in it
    assert lasting(split, who, 2.0).tolist() == [0.25, 1, 0.75, 0, 0.25]
    assert lasting(split, who, 0.0).tolist() == [1, 1, 0, 0, 1]


def test_clients_who_come_evenly_lose_what_two_triangles_say(clients):
    assert owed_before(np.array([0.0, 0.5, 2.0, 6.0]), 2.0).tolist() == [1, 0.75, 0, 0]
    # carry 2 days of 7: a triangle of area 1; without the first day one of area 1/4, of 6 days; 26 weeks
    assert lost(clients, 2.0, 0.0) == pytest.approx(27 / 26 / 7, rel=0.03)
    assert lost(clients, 2.0, 1.0) == pytest.approx(27 / 26 / 24, rel=0.05)
    assert lost(clients, 2.0, 2.0) == lost(clients, 0.0, 0.0) == 0


def test_a_few_experiments_keep_what_many_must(clients, capsys):
    assert bias(clients)
    assert orders(replace(clients, n_splits=1))
    assert "BROKEN" not in capsys.readouterr().out


def test_carry_over_that_nobody_expects_is_found_out(clients, monkeypatch):
    monkeypatch.setattr(switched, "CARRIED", ((2.0, 0.0),))
    monkeypatch.setattr(switched, "lost", lambda *_: 0.0)
    assert not bias(clients)


def test_errors_that_are_said_too_small_are_found_out(clients, monkeypatch):
    honest = switched.weekly

    def proud(*arguments):
        return [replace(one, standard_error=one.standard_error / 2) for one in honest(*arguments)]

    monkeypatch.setattr(switched, "weekly", proud)
    assert not spread(clients)

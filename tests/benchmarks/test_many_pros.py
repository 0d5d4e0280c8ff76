"""The market of many pros with few of them, and for a short while."""

import numpy as np
import pytest

from benchmarks import many_pros
from benchmarks.laid_over import Compared, compared
from benchmarks.many_pros import LOADS, SOLVED, FourFifths, one_replication, verdicts
from tests.views import pro_view


def test_the_control_hides_another_fifth_from_a_client_after_each_session():
    shown = FourFifths().visibility(pro_view([1.0] * 10), 0.0)
    assert np.flatnonzero(shown[0] == 0).tolist() == [0, 5]
    assert np.flatnonzero(shown[1] == 0).tolist() == [4, 9]
    assert (shown.sum(axis=1) == 8).all()


def test_a_small_crowd_has_biases_of_the_right_size(monkeypatch):
    # six sessions a client in 60 days
    monkeypatch.setattr(many_pros, "PER_DAY", 0.1)
    monkeypatch.setattr(many_pros, "WARMUP_DAYS", 60)
    found = [one_replication(1.0, 1, 30, 40, r) for r in range(4)]
    solved = {"effect": SOLVED.global_effect(1.0)} | dict(SOLVED.biases(1.0))
    rows = {name: compared(name, solved[name], [one[name] for one in found]) for name in solved}
    assert all(abs(row.mean - row.solved) < 4 * row.error for row in rows.values())
    assert rows["client"].mean > 0.1
    assert rows["pro"].mean > 0.1


@pytest.mark.parametrize("name", ["client", "pro", "improved_1"])
def test_an_order_that_does_not_hold_is_found_out(name):
    found = {
        load: {one: Compared(one, bias, bias, 0.01) for one, bias in ({"effect": 0.03} | dict(SOLVED.biases(load))).items()}
        for load in LOADS
    }
    assert all(verdicts(found).values())
    found[1.0][name] = Compared(name, 0.0, 5.0, 0.01)
    assert not all(verdicts(found).values())

"""Bias of experiments by load in the published mean field of a two-sided market."""

import pytest

from benchmarks.mean_field import MeanField

FIELD = MeanField()


@pytest.mark.parametrize(("load", "client", "pro"), [(0.1, 0.020, 0.335), (1, 0.216, 0.216), (10, 3.00, 0.019)])
def test_one_sided_designs_are_as_wrong_as_published(load, client, pro):
    found = FIELD.biases(load)
    # published to .1 %, and to 1 % where it is a multiple
    assert found["client"] == pytest.approx(client, abs=0.005 if client > 1 else 0.0005)
    assert found["pro"] == pytest.approx(pro, abs=0.0005)


def test_listings_taken_come_free_as_fast_as_they_are_taken():
    # all control, as many clients as listings: 1 - x = .315 x / (1 + .315 x), or .315 x^2 + x - 1 = 0
    free = (-1 + (1 + 4 * 0.315) ** 0.5) / (2 * 0.315)
    assert FIELD.cells(1.0, 0, 0).sum() == pytest.approx(1 - free)


def test_each_one_sided_design_is_right_at_its_end_and_worse_towards_the_other():
    found = [FIELD.biases(load) for load in (0.001, 0.01, 0.1, 1, 10, 20)]
    client, pro = ([one[name] for one in found] for name in ("client", "pro"))
    assert client == sorted(client)
    assert pro == sorted(pro, reverse=True)
    assert client[0] < 0.001
    assert pro[-1] < 0.01


def test_the_improved_two_sided_design_is_nearer_in_between_and_right_at_both_ends():
    middle = FIELD.biases(1)
    assert abs(middle["improved_1"]) < middle["client"]
    assert abs(middle["improved_2"]) < abs(middle["improved_1"])
    for load in (0.001, 20):
        assert abs(FIELD.biases(load)["improved_2"]) < 0.01

"""Designs that draw clients, pros, or both."""

import numpy as np
import pytest

from sim.designs.base import Groups, Units
from sim.designs.client import Client
from sim.designs.counterfactual import Counterfactual
from sim.designs.pro import Pro
from sim.designs.two_sided import TwoSided

UNITS = Units(seed=3, replication=1, n_clients=40_000, n_pros=30, n_zones=4, days=91.0)


def treated(groups: Groups) -> np.ndarray:
    return groups.places < groups.shares[0, 0]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_the_share_of_clients_treated_is_right_and_all_pros_and_zones_are_alike(share: float) -> None:
    groups = Client(share).groups(UNITS)
    # the standard error of a share of 40,000 is .0025 at most
    assert treated(groups).mean() == pytest.approx(share, abs=0.01)
    assert groups.pros.all()
    assert groups.shares.tolist() == [[share]] * 4


def test_a_share_that_grows_does_so_by_weeks_and_keeps_whom_it_has() -> None:
    groups = Client(0.6, 14.0).groups(UNITS)
    # three steps of .2, then ten weeks of .6
    assert groups.shares[0] == pytest.approx([0.2, 0.4] + [0.6] * 11)
    assert groups.places.tolist() == Client(0.6).groups(UNITS).places.tolist()
    with pytest.raises(ValueError, match=r"^ramp_up_days = -1, must be >= 0 and finite$"):
        Client(0.5, -1.0)


def test_a_larger_share_adds_clients_and_moves_none_out() -> None:
    small, large = (treated(Client(share).groups(UNITS)) for share in (0.2, 0.3))
    assert not (small & ~large).any()
    assert large.sum() > small.sum()


def test_exactly_the_share_of_pros_is_treated_and_all_requests_are() -> None:
    groups = Pro(0.2).groups(UNITS)
    assert groups.pros.sum() == 6
    assert treated(groups).all()


def test_merging_orders_takes_the_same_pros_as_mixing_weights() -> None:
    assert Counterfactual(0.5).groups(UNITS).pros.tolist() == Pro(0.5).groups(UNITS).pros.tolist()


def test_two_sides_are_the_two_one_sided_splits_together() -> None:
    both = TwoSided(0.3, 0.5).groups(UNITS)
    assert treated(both).tolist() == treated(Client(0.3).groups(UNITS)).tolist()
    assert both.pros.tolist() == Pro(0.5).groups(UNITS).pros.tolist()


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 1.5, float("nan")])
@pytest.mark.parametrize("design", [Client, Pro, Counterfactual])
def test_a_share_outside_0_and_1_is_refused(design: type, share: float) -> None:
    with pytest.raises(ValueError, match=f"^share = {share:g}, must be > 0 and < 1$"):
        design(share)


def test_a_two_sided_design_names_the_side_that_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"^pro_share = 1, must be > 0 and < 1$"):
        TwoSided(0.5, 1.0)

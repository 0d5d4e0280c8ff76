"""Designs that draw zones, periods, or pairs of them."""

from dataclasses import replace

import numpy as np
import pytest

from sim.config import ConfigError
from sim.designs.base import Units
from sim.designs.switchback import Switchback
from sim.designs.zone import Zone
from sim.designs.zone_switchback import ZoneSwitchback

UNITS = Units(seed=5, replication=0, n_clients=3, n_pros=6, n_zones=10, days=364.0)


def test_a_balanced_switchback_treats_exactly_half_of_the_weeks_everywhere_alike() -> None:
    groups = Switchback(0.5, 7.0, True, 0.0).groups(UNITS)
    assert groups.shares.shape == (10, 52)
    assert groups.shares[0].sum() == 26
    assert (groups.shares == groups.shares[0]).all()
    assert groups.period_days == 7.0
    assert groups.places.tolist() == [0, 0, 0]


def test_without_balance_each_period_is_drawn_by_itself() -> None:
    sums = [Switchback(0.5, 7.0, False, 0.0).groups(replace(UNITS, replication=r)).shares[0].sum() for r in range(40)]
    # binomial with 52 draws: sd 3.6; the mean of 40 has a standard error of .57
    assert np.mean(sums) == pytest.approx(26, abs=2.3)
    assert 2 < np.std(sums) < 5.5


def test_the_last_period_may_be_cut_short() -> None:
    assert Switchback(0.5, 30.0, True, 0.0).groups(UNITS).shares.shape == (10, 13)


def test_zones_are_treated_for_good_and_exactly_in_their_share() -> None:
    groups = Zone(0.3).groups(UNITS)
    assert groups.shares.shape == (10, 1)
    assert groups.shares.sum() == 3
    assert set(groups.shares.ravel()) == {0.0, 1.0}


def test_zones_switch_at_their_own_times() -> None:
    shares = ZoneSwitchback(0.5, 7.0, True, 0.0).groups(UNITS).shares
    assert shares.shape == (10, 52)
    assert shares.sum() == 260
    assert len({tuple(zone) for zone in shares}) == 10


def test_one_zone_or_one_period_cannot_be_split() -> None:
    with pytest.raises(ConfigError, match=r"^zones = 1, must be >= 2 for this design"):
        Zone(0.5).groups(replace(UNITS, n_zones=1))
    with pytest.raises(ConfigError, match=r"^periods = 1, must be >= 2 for this design"):
        Switchback(0.5, 7.0, True, 0.0).groups(replace(UNITS, days=7.0))
    assert ZoneSwitchback(0.5, 7.0, True, 0.0).groups(replace(UNITS, days=7.0)).shares.sum() == 5


@pytest.mark.parametrize("design", [Switchback, ZoneSwitchback])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((1.0, 7.0, True, 0.0), "share = 1, must be > 0 and < 1"),
        ((0.5, 0.0, True, 0.0), r"period_days = 0, must be >= 1/24 \(an hour\) and finite"),
        ((0.5, 7.0, True, 7.0), "burn_in_days = 7, must be >= 0 and < period_days = 7"),
        ((0.5, 7.0, True, -1.0), "burn_in_days = -1, must be >= 0 and < period_days = 7"),
    ],
)
def test_bad_values_are_refused(design: type, values: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        design(*values)

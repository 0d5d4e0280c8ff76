"""A policy switched on in some zones."""

import pytest

from sim.config import ConfigError
from sim.designs.base import Units
from sim.designs.synthetic_control import SyntheticControl

UNITS = Units(seed=3, replication=0, n_clients=10, n_pros=6, n_zones=8, days=60.0)


def test_the_drawn_zones_are_treated_from_the_start_day_on() -> None:
    groups = SyntheticControl(2, 28.0).groups(UNITS)
    assert groups.period_days == 28.0
    # 60 days begin three stretches of 28
    assert sorted(groups.shares.tolist()) == [[0.0] * 3] * 6 + [[0.0, 1.0, 1.0]] * 2
    assert not groups.places.any()


def test_what_cannot_be_switched_on_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^treated_zones = 0, must be >= 1$"):
        SyntheticControl(0, 28.0)
    with pytest.raises(ValueError, match=r"^start_day = 7, must be >= 14 and finite$"):
        SyntheticControl(1, 7.0)
    with pytest.raises(ConfigError, match="zones = 1, must be >= 2"):
        SyntheticControl(1, 28.0).groups(Units(3, 0, 10, 6, 1, 60.0))

import numpy as np
import pytest

from sim.designs.base import Units
from sim.designs.client import Client
from sim.designs.staged import Staged

UNITS = Units(seed=3, replication=0, n_clients=1_000, n_pros=6, n_zones=2, days=40.0)


def test_shares_follow_one_another_and_the_last_one_stays() -> None:
    # 40 days begin six weeks
    assert Staged((0.1, 0.5, 1.0), 7.0).groups(UNITS).shares.tolist() == [[0.1, 0.5, 1.0, 1.0, 1.0, 1.0]] * 2


def test_whoever_is_treated_stays_treated_and_is_the_same_as_in_a_test_of_clients() -> None:
    groups = Staged((0.1, 0.5), 7.0).groups(UNITS)
    first, second = (groups.places < share for share in groups.shares[0, :2])
    assert not (first & ~second).any()
    client = Client(0.1).groups(UNITS)
    assert first.tolist() == (client.places < client.shares[0, 0]).tolist()


def test_before_and_after_randomises_nobody() -> None:
    design = Staged((0.0, 1.0), 20.0)
    groups = design.groups(UNITS)
    assert not groups.places.any()
    assert groups.shares.tolist() == [[0.0, 1.0]] * 2
    assert (design.unit, design.estimator) == ("period", "before_after")
    assert (Staged((0.0, 0.5, 1.0), 20.0).unit, Staged((0.0, 0.5, 1.0), 20.0).estimator) == ("client", "means")


@pytest.mark.parametrize(
    ("shares", "stage_days", "message"),
    [
        ((0.5, 0.2), 7.0, r"shares = \[0.5, 0.2\], must not fall"),
        ((0.5, 1.2), 7.0, r"shares = \[0.5, 1.2\], must be within 0..1"),
        ((0.5,), 7.0, r"shares = \[0.5\], must not all be the same: for one share choose the design client"),
        ((), 7.0, r"shares = \[\], must not all be the same: for one share choose the design client"),
        ((0.1, 0.5), 0.5, "stage_days = 0.5, must be >= 1 and finite"),
        ((0.1, 0.5), np.inf, "stage_days = inf, must be >= 1 and finite"),
    ],
)
def test_bad_stages_are_refused(shares: tuple[float, ...], stage_days: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        Staged(shares, stage_days)

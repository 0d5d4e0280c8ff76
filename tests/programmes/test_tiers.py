import math
from typing import Any

import pytest

from sim.programmes import tiers
from sim.programmes.tiers import MAX_CHANNELS, Tier
from tests.markets import market
from tests.programmes.presets import filled, preset

GRID = (Tier(3, 0.05), Tier(6, 0.1))


def test_status_begins_at_its_threshold() -> None:
    grid = filled(preset("tiers", grid=GRID))
    assert [tiers.level(amount, 0, grid) for amount in (0.0, 2.0, 3.0, 5.9, 6.0, 100.0)] == [0, 0, 1, 1, 2, 2]
    assert grid["discount_share"][0, :3].tolist() == [0, 0.05, 0.1]


def test_a_channel_may_have_a_grid_of_its_own() -> None:
    world = market(preset="personal_care")
    grid = filled(preset("tiers", grid=GRID, channel_grids={"tv": (Tier(1, 0.2),), "influencers": ()}), world)
    # search ads, tv, influencers, word of mouth, and clients brought by clients
    assert [tiers.level(4.0, channel, grid) for channel in range(5)] == [1, 1, 0, 1, 1]
    assert grid["discount_share"][1, 1] == 0.2


def test_the_next_status_is_a_goal() -> None:
    grid = filled(preset("tiers", grid=GRID))
    # 4 of 6 bookings, 2 more at one in 10 days, for 5 % more
    gain, progress, days = tiers.next_goal(4.0, 1, 0, 1.0, 0.1, grid)
    assert (gain, progress, days) == (pytest.approx(0.05), pytest.approx(4 / 6), pytest.approx(20))
    assert tiers.next_goal(6.0, 2, 0, 1.0, 0.1, grid) == (0.0, 0.0, math.inf)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"window_days": 1e300}, r"^window_days = 1e\+300, must be within 1..36525"),
        ({"grid": ()}, r"^grid = \[\], must hold a tier"),
        ({"grid": (Tier(3, 0.1), Tier(3, 0.2))}, r"^grid.threshold = \[3.0, 3.0\], must increase"),
        ({"grid": (Tier(3, 0.2), Tier(4, 0.1))}, r"^grid.discount_share = \[0.2, 0.1\], must not fall"),
        ({"grid": tuple(Tier(i, 0.1) for i in range(7))}, r"^grid = 7 tiers, must be at most 6"),
        ({"channel_grids": {"tv": (Tier(3, 0.1), Tier(2, 0.2))}}, r"^channel_grids.tv.threshold = \[3.0, 2.0\], must increase"),
        ({"by": "visits"}, r"^by = 'visits', must be one of bookings, spend"),
        ({"window_days": 0}, r"^window_days = 0, must be within 1..36525"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        preset("tiers", **changed)


def test_a_tier_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^threshold = -1, must be >= 0"):
        Tier(-1, 0.1)
    with pytest.raises(ValueError, match=r"^discount_share = 1.1, must be within 0..1"):
        Tier(1, 1.1)


def test_a_grid_must_fit_the_market() -> None:
    with pytest.raises(ValueError, match=r"^channel_grids = 'radio', must be one of search_ads"):
        filled(preset("tiers", channel_grids={"radio": GRID}), market(preset="personal_care"))
    many = ", ".join(f"{{name: c{i}, share: {1 / MAX_CHANNELS}, relative_cost: 1}}" for i in range(MAX_CHANNELS))
    with pytest.raises(ValueError, match=r"has 16 channels, must be at most 15"):
        filled(preset("tiers"), market(f"clients.channels=[{many}]"))


def test_a_tier_that_nobody_can_reach_is_warned_of() -> None:
    world = market(preset="personal_care")
    assert preset("tiers").warnings(world) == []
    # a client in a thousand has needs at .01 * 11.23 = .1123 a day: 42 a year, 3,150 EUR at 75
    (warning,) = preset("tiers", grid=(Tier(3, 0.1), Tier(43, 0.2))).warnings(world)
    assert warning.startswith("grid.threshold = 43, nobody can reach it")
    (warning,) = preset("tiers", by="spend", grid=(Tier(3000, 0.1), Tier(3200, 0.2))).warnings(world)
    assert warning.startswith("grid.threshold = 3200, nobody can reach it")

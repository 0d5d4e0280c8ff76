"""Later pros who look before they join: what they expect, what they want, and who stays away."""

import math
from typing import Any

import numpy as np
import pytest

from sim.config import Market
from sim.engine.entering import Entry, mean_work, similar_visibility
from sim.engine.world import World, open_world
from sim.population import Population
from tests.engine.hand import people
from tests.markets import arm, market, run
from tests.views import pro_view

SEED = 9
SMALL = ("horizon_days=400", "warmup_days=100", "pros.n=40", "clients.arrivals_per_day=6")


def entering(wanted: float, sd: float = 0.0, share: float = 0.5, *more: str, preset: str = "personal_care") -> Market:
    """A market whose later pros look before they join."""
    keys = f"reservation_sessions_per_week: {wanted}, reservation_log_sd: {sd}, established_share: {share}, similarity_sd: 0.25"
    return market(f"pros.entering={{enabled: true, {keys}}}", *more, preset=preset)


def opened(world: Market, pros: list[dict[str, Any]]) -> tuple[World, Population]:
    who = people(world, [], pros)
    return open_world(world, who, SEED, 0), who


def test_pros_compare_with_those_of_similar_quality() -> None:
    visibility, quality = np.array([1.0, 2.0, 4.0, 9.0]), np.array([0.0, 1.0, 0.5, 0.5])
    among = np.array([True, True, False, False])
    # the third lies half way between the two: their mean
    assert similar_visibility(visibility, quality, among, 2, 0.3) == pytest.approx(1.5)
    # the first is one of them: weights 1 and exp(-1 / 2)
    far = math.exp(-0.5)
    assert similar_visibility(visibility, quality, among, 0, 1.0) == pytest.approx((1 + 2 * far) / (1 + far))
    # unlike anybody: the nearest counts alone, with no division by zero
    quality[3] = 1e6
    assert similar_visibility(visibility, quality, among, 3, 1e-3) == pytest.approx(2.0)
    assert similar_visibility(visibility, quality, np.zeros(4, bool), 0, 1.0) == 1.0


def test_work_is_requests_accepted_per_full_time_week_of_presence() -> None:
    # on day 100: 28 days of 40 hours, 14 days of 20 hours, and a pro who has left: 4 + 1 full-time weeks, 10 + 5 requests
    view = pro_view(
        [1, 1, 1],
        active=[True, True, False],
        joined_days=[0, 86, 0],
        weekly_hours=[40, 20, 40],
        recent_bookings=[10, 5, 99],
    )
    assert mean_work(view, 100.0) == pytest.approx(15 / 5)
    assert math.isnan(mean_work(view, 0.0)), "nobody has been there for any time"


def test_a_pro_expects_the_mean_work_times_what_newcomers_and_their_like_are_shown() -> None:
    market_, joined = entering(1.0, share=0.25), {"joined_tick": 10**6}
    world, _ = opened(market_, [{}, {}, joined])
    world.visibility[:] = np.array([1.0, 3.0, 2.0])
    view = pro_view(
        [1, 1, 1], counted=[True, True, False], active=[True, True, False], weekly_hours=[40] * 3, recent_bookings=[8, 8, 0]
    )
    # 16 requests in 8 full-time weeks; the mean of the active is 2, so the newcomer's 2 is 1, and the second, who is alike, has 1.5
    entry = Entry(market_.pros.entering, world, np.array([0.1, 0.3, 0.3]))
    assert entry.expected_sessions(2, view, 100.0) == pytest.approx(2 * (0.75 * 1.0 + 0.25 * 1.5), rel=1e-3)
    assert entry.expected_sessions(2, view, 0.0) == math.inf, "with nothing to go by, they try"


def test_nobody_joins_for_too_little_and_everybody_for_anything() -> None:
    off, all_, nobody = (
        run(world, arm("uniform"), SEED)
        for world in (market(*SMALL, preset="personal_care"), entering(1e-6, 0.0, 0.5, *SMALL), entering(1e6, 0.0, 0.5, *SMALL))
    )
    assert all_.digest() == off.digest()
    joined = np.isfinite(nobody.pros["joined_days"])
    first_days = off.pros["joined_days"] < 2
    assert joined.tolist() == first_days.tolist(), "but for those who come before the first refresh that has something to go by"
    assert np.isin(nobody.bookings["pro"], [-1, *np.flatnonzero(joined)]).all()
    assert np.isin(nobody.scores["pro"], np.flatnonzero(joined)).all()


def test_the_more_they_want_the_fewer_join_and_each_wants_the_same_in_every_run() -> None:
    joined = [
        np.isfinite(run(entering(wanted, 0.5, 0.5, *SMALL), arm("uniform"), SEED).pros["joined_days"]) for wanted in (0.5, 2, 8)
    ]
    assert joined[0].sum() > joined[1].sum() > joined[2].sum() >= 20
    market_ = entering(4.0, 0.5)
    world, _ = opened(market_, [{}] * 400)
    wants = [Entry(market_.pros.entering, world, np.ones(400)).reservation(pro) for pro in range(400)]
    # the log has mean log 4 and spread .5: within three standard errors of 400 draws
    assert np.log(wants).mean() == pytest.approx(math.log(4), abs=3 * 0.5 / 20)
    assert np.log(wants).std() == pytest.approx(0.5, abs=3 * 0.5 / math.sqrt(800))
    assert wants[7] == Entry(market_.pros.entering, world, np.ones(400)).reservation(7)


def test_more_demand_brings_more_pros() -> None:
    joined = [
        np.isfinite(
            run(entering(4.0, 0.5, 0.5, *SMALL, f"clients.arrivals_per_day={rate}"), arm("uniform"), SEED).pros["joined_days"]
        ).sum()
        for rate in (3, 6, 12)
    ]
    assert joined[0] < joined[1] < joined[2]

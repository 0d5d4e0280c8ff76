"""Acquisition paid out of contribution: what a budget buys, whom it buys, and that a quicker payback makes more of it."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import simpy

from sim.calendar import TICKS_PER_MONTH
from sim.config import MONTH_DAYS, Market
from sim.engine.marketing import Marketing, buy
from sim.engine.run import simulate
from sim.engine.world import open_world
from sim.log import TABLES, load_table
from sim.population import draw_population
from sim.truth import mean_contribution_eur
from tests.markets import arm, market, run

SEED = 5


def growing(*more: str) -> Market:
    """A small market that pays for its clients out of its contribution after four months of launch."""
    return market(
        "horizon_days=600",
        "warmup_days=120",
        "zones=3",
        "pros.zones_per_pro=2",
        "pros.n=30",
        "clients.arrivals_per_day=12",
        "acquisition={mode: reinvest, launch_months: 4, launch_share: .4, reinvested_share: .8}",
        "acquisition.trailing_months=3",
        "acquisition.floor_share=.02",
        *more,
        preset="personal_care",
    )


def test_a_month_s_budget_is_the_share_of_the_trailing_contribution_and_buys_at_the_mean_cost() -> None:
    world = growing()
    log = run(world, arm("uniform"), SEED)
    months, bookings = log.months, log.bookings
    n = len(months["month"])
    assert n == 20, "600 days are 19.7 months"
    np.testing.assert_allclose(months["start_days"], np.arange(n) * MONTH_DAYS)
    # what the bookings say was earned in each month, and what the clients say was spent
    closed = np.isfinite(bookings["closed_days"])
    # what is closed at the very instant at which a month begins comes before it
    month = np.ceil(bookings["closed_days"][closed] / MONTH_DAYS).astype(int) - 1
    earned = np.bincount(month, bookings["contribution_eur"][closed], minlength=n)
    np.testing.assert_allclose(months["contribution_eur"], earned, atol=1e-6)
    came = np.floor(log.clients["arrival_days"] / MONTH_DAYS).astype(int)
    np.testing.assert_array_equal(months["new_clients"], np.bincount(came, minlength=n))
    np.testing.assert_allclose(months["spend_eur"], np.bincount(came, log.clients["acquisition_cost_eur"], minlength=n))
    # four months of launch, then .8 of the mean of the three months before, at K = 3 mean contributions a client
    assert np.isnan(months["budget_eur"][:4]).all()
    assert (months["share"][:4] == 0.4).all()
    budget = 0.8 * (earned[3:-1] + earned[2:-2] + earned[1:-3]) / 3
    # the horizon leaves the last month only a part of its days, and of its budget
    budget[-1] *= 600 / MONTH_DAYS - 19
    np.testing.assert_allclose(months["budget_eur"][4:], budget)
    wanted = budget / (3 * mean_contribution_eur(world) * months["reachable_clients"][4:])
    np.testing.assert_allclose(months["share"][4:], np.clip(wanted, 0.02, 1))
    assert ((wanted > 0.02) & (wanted < 1)).all(), "neither floor nor cap explains it"
    expected = months["share"] * months["reachable_clients"]
    spread = np.sqrt(expected * (1 - months["share"]))
    assert (np.abs(months["new_clients"] - expected) < 4 * spread).all()


def test_a_larger_share_buys_all_whom_a_smaller_one_buys() -> None:
    shares = (0.0, 0.1, 0.35, 0.9, 1.0)
    bought = []
    for share in shares:
        acquired = np.zeros(5000, bool)
        buy(acquired, 1000, 4000, share, SEED, 0)
        assert not acquired[:1000].any()
        assert not acquired[4000:].any()
        # binomial: three standard errors of 3,000 clients
        assert abs(acquired.sum() - 3000 * share) <= 3 * np.sqrt(3000 * share * (1 - share))
        bought.append(acquired)
    for fewer, more in pairwise(bought):
        assert not (fewer & ~more).any()


def test_buying_everybody_gives_the_log_of_fixed_acquisition() -> None:
    everybody = run(growing("acquisition.launch_share=1", "acquisition.floor_share=1"), arm("uniform"), SEED)
    fixed = run(growing("acquisition.mode=fixed"), arm("uniform"), SEED)
    assert (everybody.months["share"] == 1).all()
    assert not fixed.months
    for table in TABLES[:-1]:
        for name, column in getattr(fixed, table).items():
            assert getattr(everybody, table)[name].tobytes() == column.tobytes(), f"{table}.{name}"


def test_a_client_keeps_number_traits_and_arrival_whoever_else_is_bought() -> None:
    logs = [run(growing(f"economics.payback_bookings={k}"), arm("uniform"), SEED) for k in (2, 4)]
    everybody = run(growing("acquisition.mode=fixed"), arm("uniform"), SEED)
    for log in logs:
        who = log.clients["client"]
        assert (np.diff(who) > 0).all()
        assert 0.1 < len(who) / len(everybody.clients["client"]) < 0.9
        assert set(log.bookings["client"]) == set(who), "all who were bought came, and nobody else"
        for table in ("clients", "truth_clients"):
            for name in getattr(log, table).keys() - {"acquisition_cost_eur"}:
                np.testing.assert_array_equal(getattr(log, table)[name], getattr(everybody, table)[name][who])
    # the launch is the same; afterwards, while the quicker payback buys more each month, it buys all of the others too
    quick, slow = (log.clients["client"] for log in logs)
    assert (logs[0].months["share"] >= logs[1].months["share"]).all()
    assert set(slow) < set(quick)


@pytest.mark.parametrize(
    ("keys", "more"),
    [
        (("economics.payback_bookings=5", "economics.payback_bookings=3", "economics.payback_bookings=2"), 1.15),
        (("acquisition.reinvested_share=.3", "acquisition.reinvested_share=.6", "acquisition.reinvested_share=1"), 1.15),
        (("acquisition.launch_share=.1", "acquisition.launch_share=.4", "acquisition.launch_share=1"), 1.15),
        (("clients.one_time_share=.8", "clients.one_time_share=.5", "clients.one_time_share=.2"), 1.05),
    ],
)
def test_what_pays_back_sooner_or_reinvests_more_buys_more_clients(keys: tuple[str, ...], more: float) -> None:
    bought = [len(run(growing(key), arm("uniform"), SEED).clients["client"]) for key in keys]
    assert bought[1] > more * bought[0]
    assert bought[2] > more * bought[1]


def test_without_contribution_the_floor_is_bought_and_growth_can_start_again() -> None:
    nothing = run(growing("acquisition.reinvested_share=0"), arm("uniform"), SEED)
    assert (nothing.months["share"][4:] == 0.02).all()
    # one booking pays a client back: from a launch as small as the floor the platform grows
    cheap = growing("economics.payback_bookings=1", "acquisition.launch_share=.02", "acquisition.reinvested_share=1")
    share = run(cheap, arm("uniform"), SEED).months["share"]
    assert 0.02 <= share[4] < 0.05
    assert share[-1] > 4 * share[4]


def test_a_loss_is_a_budget_of_nothing() -> None:
    world = growing()
    marketing = Marketing(simpy.Environment(), world, open_world(world, draw_population(world, SEED, 0), SEED, 0))
    marketing.earned_eur = [0.0, 90.0, 60.0]
    # mean of the two months there are: 30 a month, .8 of it
    assert marketing.budget(2) == pytest.approx(24)
    marketing.earned_eur = [0.0, -5.0]
    assert marketing.budget(1) == 0.0


def test_months_are_saved_with_the_log(tmp_path: Path) -> None:
    log = run(growing(), arm("uniform"), SEED)
    log.save(tmp_path)
    table = load_table(tmp_path, "months")
    assert table.column_names == list(log.months)
    assert table["new_clients"].to_pylist() == log.months["new_clients"].tolist()


def test_a_client_who_arrives_as_the_month_begins_is_of_that_month_and_is_asked_for_in_time() -> None:
    world = growing()
    who = draw_population(world, SEED, 0)
    who.clients["arrival_tick"][:] = np.sort(np.arange(len(who.clients)) % 19 * TICKS_PER_MONTH)
    opened = open_world(world, who, SEED, 0)
    marketing = Marketing(simpy.Environment(), world, opened)
    marketing.spend(0)
    first = who.clients["arrival_tick"] == 0
    assert 0.3 < opened.acquired[first].mean() < 0.5
    assert not opened.acquired[~first].any()


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_a_horizon_at_the_end_of_a_month_begins_no_other(engine: str) -> None:
    # 487 days are 16 months to the tick
    log = simulate(growing("horizon_days=487", "clients.arrivals_per_day=1"), arm("uniform"), SEED, engine=engine)  # type: ignore[arg-type]
    assert len(log.months["month"]) == 16

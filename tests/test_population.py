import math
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from sim import population
from sim.arrays import Table
from sim.calendar import TICKS_PER_DAY, Words
from sim.config import Pros
from sim.population import cumulative, draw_population, index_candidates
from tests.markets import market

# the shapes of the default market, with numbers of their own, so that tuning it moves no test
CLIENTS = (
    "horizon_days=1278",
    "clients.arrivals_per_day=13",
    "clients.one_time_share=0.53",
    "clients.rate_shape=3",
    "clients.rate_scale_per_day=0.0085",
    "clients.taste_mean=0.71",
    "clients.taste_size=3",
    "clients.tolerance_min_minutes=5",
    "clients.tolerance_mean_minutes=3",
    "clients.flexible_share=0.6",
)
PROS = (
    "zones=10",
    "pros.n=6000",
    "pros.share_at_start=0.5",
    "pros.late_share=0.14",
    "pros.late_logit_sd=0.7",
    "pros.cancellation_share=0.03",
    "pros.cancellation_logit_sd=0.7",
    "pros.acceptance_share=0.75",
    "pros.acceptance_logit_sd=0.6",
    "pros.answer_minutes=20",
    "pros.answer_log_sd=0.5",
    "pros.extra_service_share=0.25",
    "pros.work_days=[3,6]",
    "pros.work_hours=[6,11]",
    "pros.start_hour=[8,11]",
    "pros.leaving.patience_weeks_min=8",
    "pros.leaving.patience_weeks_mean=26",
)


@pytest.fixture(scope="module")
def clients() -> Table:
    """About 17,000 clients."""
    return draw_population(market(*CLIENTS, preset="personal_care"), 1, 0).clients


class Crowd(NamedTuple):
    """Many pros, so that shares and correlations show."""

    config: Pros
    pros: Table
    work: Words
    offered: NDArray[np.bool_]


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    world = market(*PROS, preset="personal_care")
    return Crowd(world.pros, *population.draw_pros(world.pros, world, 1, 0))


def arrivals(weekly: list[float], yearly: list[float], horizon_days: float, rate_per_day: float = 20.0) -> np.ndarray:
    """Arrival instants in days."""
    ticks = population._arrivals(3, 0, rate_per_day, np.array(weekly, float), np.array(yearly, float), horizon_days)
    return ticks / TICKS_PER_DAY


def test_arrivals_follow_weekday_and_month() -> None:
    clients = market(preset="personal_care").clients
    weekly, yearly = population._relative(clients.weekly_shape), population._relative(clients.yearly_shape)
    days = arrivals(list(weekly), list(yearly), 1461.0)
    # a twelfth of a year is 365.25 / 12 = 487 / 16 days, so on a grid of 1/16 day no step straddles two days or two months
    grid = np.arange(1461 * 16)
    weekday, month = grid // 16 % 7, grid % (12 * 487) // 487
    expected = np.bincount(weekday * 12 + month, 20.0 / 16 * weekly[weekday] * yearly[month], 84)
    steps = (days * 16).astype(int)
    seen = np.bincount(steps // 16 % 7 * 12 + steps % (12 * 487) // 487, minlength=84)
    # counts are Poisson with known means, so all 84 cells are free
    assert stats.chi2(84).sf(float(((seen - expected) ** 2 / expected).sum())) > 0.01


def test_even_arrivals_are_a_poisson_process() -> None:
    days = arrivals([1] * 7, [1] * 12, 400.0)
    # 8,000 expected, with a standard deviation of 89
    assert abs(len(days) - 8000) < 3 * math.sqrt(8000)
    # gaps of a process of 20 a day, up to the rounding to a second
    assert stats.kstest(np.diff(days), stats.expon(scale=1 / 20).cdf).pvalue > 0.01


def test_nobody_arrives_on_a_day_without_demand() -> None:
    days = arrivals([1, 1, 1, 1, 1, 2, 0], [1] * 12, 140.0)
    assert set(np.unique(days.astype(int) % 7)) == {0, 1, 2, 3, 4, 5}


def test_a_month_is_a_twelfth_of_a_year_of_365_and_a_quarter_days() -> None:
    # demand in the last twelfth only: the last 30.4375 days of each of ten years
    days = arrivals([1] * 7, [0] * 11 + [12], 3652.5, rate_per_day=5.0) % 365.25
    assert days.min() == pytest.approx(365.25 - 30.4375, abs=0.05)
    assert days.max() == pytest.approx(365.25, abs=0.05)


def test_arrivals_are_thinned_from_one_master_list() -> None:
    # the busiest day sets the master list; a quieter Monday takes Monday's clients away and moves nobody else
    busy = arrivals([1, 1, 1, 1, 1, 2, 1], [1] * 12, 140.0)
    quiet = arrivals([0.5, 1, 1, 1, 1, 2, 1], [1] * 12, 140.0)
    gone = np.setdiff1d(busy, quiet)
    assert set(quiet) <= set(busy)
    assert (gone.astype(int) % 7 == 0).all()
    # each of the Monday's clients stays with probability 1/2
    mondays = int((busy.astype(int) % 7 == 0).sum())
    assert stats.binomtest(len(gone), mondays, 0.5).pvalue > 0.01


def test_a_shape_is_read_relative_to_its_mean() -> None:
    small, large = market("clients.weekly_shape=[1,1,1,1,1,1,2]"), market("clients.weekly_shape=[5,5,5,5,5,5,10]")
    a, b = (draw_population(each, 1, 0).clients["arrival_tick"] for each in (small, large))
    assert (a == b).all()


def test_client_traits_follow_their_distributions(clients: Table) -> None:
    # rates Gamma(3, .0085 a day); taste Beta(mean .71, size 3); tolerance 5 minutes plus an exponential of mean 3
    for name, values, distribution in (
        ("rate", clients["rate_per_day"], stats.gamma(3, scale=0.0085)),
        ("taste", special.expit(clients["taste_logit"]), stats.beta(0.71 * 3, 0.29 * 3)),
        ("tolerance", clients["tolerance_minutes"], stats.expon(5, 3)),
    ):
        assert stats.kstest(values, distribution.cdf).pvalue > 0.01, name
    for name, share in (("one_time", 0.53), ("flexible", 0.6)):
        assert stats.binomtest(int(clients[name].sum()), len(clients), share).pvalue > 0.01, name


def test_regularity_is_log_normal_around_the_median_client_and_moves_no_other_trait(clients: Table) -> None:
    assert (clients["gap_shape"] == 4).all()
    differing = draw_population(market(*CLIENTS, "clients.gap_shape_log_sd=0.8", preset="personal_care"), 1, 0).clients
    z = np.log(differing["gap_shape"] / 4) / 0.8
    assert stats.kstest(z, "norm").pvalue > 0.01
    others = [name for name in population.CLIENT.names or () if name != "gap_shape"]
    assert (differing[others] == clients[others]).all()
    for name in ("rate_per_day", "taste_logit"):
        # |z| of a rank correlation above 3.3 with probability .001
        assert abs(stats.spearmanr(z, clients[name]).statistic) * math.sqrt(len(z)) < 3.3


def test_clients_spread_over_zones_services_and_channels_by_their_shares(clients: Table) -> None:
    world, n = market(preset="personal_care"), len(clients)
    for name, shares in (
        ("zone", [1 / world.zones] * world.zones),
        ("service", [service.client_share for service in world.services]),
        ("channel", [channel.share for channel in world.clients.channels]),
    ):
        assert stats.chisquare(np.bincount(clients[name], minlength=len(shares)), np.array(shares) * n).pvalue > 0.01, name


def test_client_traits_are_independent_of_one_another(clients: Table) -> None:
    names = ("rate_per_day", "taste_logit", "tolerance_minutes", "zone", "service", "channel", "one_time", "flexible")
    ranks = stats.spearmanr(np.column_stack([clients[name] for name in names])).statistic
    # 28 pairs: |z| above 3.6 with probability below 28 * 3.2e-4 = .9 %
    assert np.abs(ranks - np.eye(len(names))).max() * math.sqrt(len(clients)) < 3.6


def test_with_a_mean_taste_of_one_only_experience_could_make_a_client_leave() -> None:
    assert (draw_population(market("clients.taste_mean=1"), 1, 0).clients["taste_logit"] == math.inf).all()


def test_a_longer_horizon_adds_clients_and_changes_nobody() -> None:
    short, long = (draw_population(market(f"horizon_days={days}"), 1, 0).clients for days in (100, 200))
    assert len(long) > len(short)
    assert (long[: len(short)] == short).all()


def test_more_pros_change_neither_the_traits_of_the_others_nor_the_clients() -> None:
    few, many = (
        draw_population(market(f"pros.n={n}", "horizon_days=60", "warmup_days=0", preset="personal_care"), 1, 0) for n in (40, 90)
    )
    # when somebody joins depends on how many there are, since joins are spread over the horizon in order
    traits = [name for name in population.PRO.names or () if name != "joined_tick"]
    assert (many.pros[traits][:40] == few.pros[traits]).all()
    assert (many.work[:40] == few.work).all()
    assert (many.clients == few.clients).all()


def test_seed_and_replication_each_give_other_people() -> None:
    tables = [draw_population(market("horizon_days=60"), *key) for key in ((1, 0), (2, 0), (1, 1))]
    for column in ("rate_per_day", "taste_logit"):
        assert len({table.clients[column][0] for table in tables}) == 3
    assert len({table.pros["skill"][0] for table in tables}) == 3
    again = draw_population(market("horizon_days=60"), 2, 0)
    assert (again.clients == tables[1].clients).all()
    assert (again.pros == tables[1].pros).all()


def test_shares_of_pros_are_logit_normal_around_the_median_pro(crowd: Crowd) -> None:
    for name, median, sd in (("late_share", 0.14, 0.7), ("cancellation_share", 0.03, 0.7)):
        z = (special.logit(crowd.pros[name]) - special.logit(median)) / sd
        assert stats.kstest(z, "norm").pvalue > 0.01, name
    z = (crowd.pros["acceptance_logit"] - special.logit(0.75)) / 0.6
    assert stats.kstest(z, "norm").pvalue > 0.01
    z = np.log(crowd.pros["answer_minutes"] / 20) / 0.5
    assert stats.kstest(z, "norm").pvalue > 0.01
    # patience: 8 weeks plus an exponential of mean 26
    assert stats.kstest(crowd.pros["patience_weeks"], stats.expon(8, 26).cdf).pvalue > 0.01


def test_prices_are_log_normal_around_the_list_price_and_move_no_other_trait(crowd: Crowd) -> None:
    assert (crowd.pros["log_price"] == 0).all()
    world = market(preset="personal_care")
    priced = world.pros.model_copy(update={"n": len(crowd.pros), "price_log_sd": 0.2})
    pros, _, _ = population.draw_pros(priced, world, 1, 0)
    assert stats.kstest(pros["log_price"] / 0.2, "norm").pvalue > 0.01
    others = [name for name in population.PRO.names or () if name not in ("log_price", "joined_tick")]
    assert (pros[others] == crowd.pros[others]).all()


def test_traits_correlate_by_the_product_of_their_loadings(crowd: Crowd) -> None:
    # good traits go together, so shares of bad events correlate with them the other way round; .632 ** 2 = .3994
    columns = {
        "skill": crowd.pros["skill"],
        "warmth": crowd.pros["warmth"],
        "advocacy": crowd.pros["advocacy"],
        "punctuality": -special.logit(crowd.pros["late_share"]),
        "reliability": -special.logit(crowd.pros["cancellation_share"]),
        "acceptance": crowd.pros["acceptance_logit"],
        "responsiveness": -np.log(crowd.pros["answer_minutes"]),
    }
    loadings = np.array([crowd.config.trait_loadings[name] for name in columns])
    expected = np.outer(loadings, loadings)
    seen = np.corrcoef(list(columns.values()))
    # standard error of a correlation r: (1 - r^2) / sqrt(n); 21 pairs, so 3.5 of them is exceeded with probability 1 %
    errors = (
        np.abs(seen - expected)[np.triu_indices(7, 1)] / ((1 - expected**2) / math.sqrt(len(crowd.pros)))[np.triu_indices(7, 1)]
    )
    assert errors.max() < 3.5


def test_a_loading_of_one_makes_traits_equal_and_of_minus_one_opposite() -> None:
    world = market("pros.trait_loadings.skill=1", "pros.trait_loadings.warmth=1", "pros.trait_loadings.advocacy=-1")
    pros = draw_population(world, 1, 0).pros
    assert (pros["skill"] == pros["warmth"]).all()
    assert (pros["skill"] == -pros["advocacy"]).all()
    assert pros["skill"].std() > 0.5


def test_shares_of_zero_and_one_hold_exactly() -> None:
    pros = draw_population(market("pros.cancellation_logit_sd=0.7", "pros.acceptance_logit_sd=0.6"), 1, 0).pros
    assert (pros["cancellation_share"] == 0).all()
    assert (pros["acceptance_logit"] == math.inf).all()
    assert (pros["answer_minutes"] == 0).all()


def test_half_of_the_pros_join_later_evenly_over_the_horizon(crowd: Crowd) -> None:
    joined = crowd.pros["joined_tick"]
    assert (np.diff(joined) >= 0).all()
    assert (joined == 0).sum() == 3000
    horizon = market(preset="personal_care").horizon_days * TICKS_PER_DAY
    assert stats.kstest(joined[3000:], stats.uniform(0, horizon).cdf).pvalue > 0.01


def test_with_a_share_at_start_of_one_everybody_is_there_on_day_0() -> None:
    assert (draw_population(market(), 1, 0).pros["joined_tick"] == 0).all()


def test_a_pro_works_the_same_hours_on_each_working_day(crowd: Crowd) -> None:
    for week in crowd.work[:500]:
        assert len(set(week[week > 0])) == 1


def test_working_weeks_are_uniform_between_their_bounds(crowd: Crowd) -> None:
    days, longest = (crowd.work > 0).sum(axis=1), crowd.work.max(axis=1)
    hours = np.bitwise_count(longest) / 2
    # lowest bit: isolated by x & -x
    start = np.log2((longest & -longest).astype(float)) / 2
    for values, low, high in ((days, 3, 6), (hours, 6, 11), (start, 8, 11)):
        n = high - low + 1
        counts = np.bincount(values.astype(int) - low, minlength=n)
        assert len(counts) == n
        assert stats.chisquare(counts).pvalue > 0.01
    # each weekday is as likely as another; a pro's days exclude one another, which makes the statistic smaller, never larger
    assert stats.chisquare((crowd.work > 0).sum(axis=0)).pvalue > 0.01
    assert (crowd.pros["weekly_slots"] == 2 * hours * days).all()


def test_a_working_day_ends_at_midnight_at_the_latest() -> None:
    world = market("pros.open_all_hours=false", "pros.work_hours=[4,12]", "pros.start_hour=[20,20]")
    work = draw_population(world, 1, 0).work
    # 20:00 to 24:00 are half hours 40 to 47, whatever the length drawn
    assert set(np.unique(work)) <= {0, sum(1 << bit for bit in range(40, 48))}


def test_nobody_works_on_a_closed_day_and_the_days_worked_fit_into_the_others() -> None:
    closed = "requests.start_weekday_weights=[0,1,2,0,1,1,0]"
    work = draw_population(market("pros.open_all_hours=false", "pros.work_days=[3,6]", "pros.n=200", closed), 1, 0).work > 0
    assert not work[:, [0, 3, 6]].any()
    # 3 to 6 days were drawn; four are open
    assert set(work.sum(axis=1)) == {3, 4}
    assert work[work.sum(axis=1) == 3][:, [1, 2, 4, 5]].any(axis=0).all()
    around_the_clock = draw_population(market(closed), 1, 0).work
    assert (np.bitwise_count(around_the_clock)[0] == [0, 48, 48, 0, 48, 48, 0]).all()


def test_services_follow_demand_and_extra_ones_their_share(crowd: Crowd) -> None:
    shares = np.array([service.client_share for service in market(preset="personal_care").services])
    main = crowd.pros["main_service"]
    assert stats.chisquare(np.bincount(main, minlength=4), shares * len(crowd.pros)).pvalue > 0.01
    assert crowd.offered[np.arange(len(crowd.pros)), main].all()
    extra = int(crowd.offered.sum()) - len(crowd.pros)
    # three other services each, with probability .25
    assert stats.binomtest(extra, 3 * len(crowd.pros), 0.25).pvalue > 0.01


def test_homes_are_spread_evenly(crowd: Crowd) -> None:
    assert stats.chisquare(np.bincount(crowd.pros["home_zone"], minlength=10)).pvalue > 0.01


@pytest.mark.parametrize(("zones_per_pro", "n_zones"), [(1, 1), (1, 4), (3, 10), (10, 10)])
def test_the_index_of_candidates_equals_a_search_of_all(crowd: Crowd, zones_per_pro: int, n_zones: int) -> None:
    home, offered = crowd.pros["home_zone"][:80] % n_zones, crowd.offered[:80]
    start, members = index_candidates(home, zones_per_pro, n_zones, offered)
    for zone in range(n_zones):
        for service in range(4):
            # a pro serves the home zone and the next ones on the ring
            expected = [
                pro
                for pro in range(80)
                if offered[pro, service] and zone in [(home[pro] + k) % n_zones for k in range(zones_per_pro)]
            ]
            pair = zone * 4 + service
            assert members[start[pair] : start[pair + 1]].tolist() == expected
    assert start[-1] == len(members)


def test_cumulative_shares_end_at_exactly_one() -> None:
    # 10 * .1 adds up to .9999999999999999
    sums = cumulative([0.1] * 10)
    assert sums[-1] == 1.0
    assert sums[:3] == pytest.approx([0.1, 0.2, 0.3])

import math

import numpy as np
import pytest
from scipy import integrate, special, stats

from sim.arrays import Table
from sim.config import Market
from sim.population import PRO, draw_population
from sim.rules import pro_sd
from sim.truth import (
    RETURN_DAYS,
    Propensity,
    PropensityAgain,
    acquisition_cost_eur,
    gap_within,
    mean_contribution_eur,
    need_to_session_end_days,
    return_propensity,
)
from tests.markets import arms, market, run


def pro(late_share: float = 0.14, skill: float = 0.0, warmth: float = 0.0, advocacy: float = 0.0) -> Table:
    """A table of one pro with these traits."""
    table = np.zeros(1, PRO)
    for name, value in (("late_share", late_share), ("skill", skill), ("warmth", warmth), ("advocacy", advocacy)):
        table[name] = value
    return table


def test_gaps_of_poisson_needs_follow_the_closed_form() -> None:
    # an exponential gap with a Gamma(3, .0085) rate is Pareto: P(gap <= d) = 1 - (1 + .0085 d)^-3
    days = np.array([0.0, 1.0, 30.0, 183.0, 1000.0])
    np.testing.assert_allclose(gap_within(days, market()), 1 - (1 + 0.0085 * days) ** -3.0, rtol=1e-12)


@pytest.mark.parametrize("shape", [0.5, 4.0])
def test_gaps_of_regular_needs_follow_a_simulation(shape: float) -> None:
    luck, n = np.random.default_rng(1), 200_000
    gaps = luck.gamma(shape, size=n) / (shape * luck.gamma(3, 0.0085, n))
    days = np.array([10.0, 30.0, 90.0, 183.0, 365.0])
    expected = gap_within(days, market(f"clients.gap_shape={shape}"))
    seen = (gaps[:, None] <= days).mean(axis=0)
    assert (np.abs(seen - expected) < 3.5 * np.sqrt(expected * (1 - expected) / n)).all()


def test_lapses_are_mixed_in_as_a_simulation_does() -> None:
    luck, n = np.random.default_rng(2), 200_000
    rate = luck.gamma(3, 0.0085, n)
    gaps = np.where(luck.random(n) < 0.3, luck.exponential(2.5 / rate), luck.gamma(9, size=n) / (9 * rate))
    days = np.array([10.0, 60.0, 183.0, 365.0])
    expected = gap_within(days, market("clients.gap_shape=9", "clients.lapse_share=.3", "clients.lapse_gaps=2.5"))
    seen = (gaps[:, None] <= days).mean(axis=0)
    assert (np.abs(seen - expected) < 3.5 * np.sqrt(expected * (1 - expected) / n)).all()


@pytest.mark.parametrize(("shape", "log_sd"), [(1.0, 1.5), (6.0, 0.7)])
def test_regularity_that_differs_is_averaged_as_a_simulation_does(shape: float, log_sd: float) -> None:
    luck, n = np.random.default_rng(3), 400_000
    k = shape * np.exp(log_sd * luck.standard_normal(n))
    gaps = luck.gamma(k) / (k * luck.gamma(3, 0.0085, n))
    days = np.array([10.0, 30.0, 60.0, 183.0, 365.0])
    expected = gap_within(days, market(f"clients.gap_shape={shape}", f"clients.gap_shape_log_sd={log_sd}"))
    seen = (gaps[:, None] <= days).mean(axis=0)
    # 3.5 standard errors, and .001 for five nodes
    assert (np.abs(seen - expected) < 3.5 * np.sqrt(expected * (1 - expected) / n) + 0.001).all()
    # and it is not that of the median client
    assert np.abs(expected - gap_within(days, market(f"clients.gap_shape={shape}"))).max() > 0.003


def in_time(world: Market) -> float:
    """P(gap <= 183 days + need to session end) by direct integration: lead 2 h + an exponential of 48 h, start rounded up, 1 h."""

    def integrand(rounding: float, lead: float) -> float:
        delay = (min(2 + 48 * lead, 45 * 24) + rounding + 1) / 24
        return float(gap_within(np.array(RETURN_DAYS + delay), world)) * math.exp(-lead) / 0.5

    value, _ = integrate.dblquad(integrand, 0, 40, 0, 0.5, epsabs=1e-7)
    return value


def test_without_spread_the_propensity_is_a_short_formula() -> None:
    # all clients have taste .71 and tolerance 5 minutes, where lateness begins; every session is as good as the pro
    world = market("clients.taste_size=1e9", "sessions.quality_noise_sd=0")
    taste = special.logit(0.71)
    # .45 * 1 + .4 * .5 - .3 * .2 = .59, and 1 less when late, one time in five
    stay = 0.8 * special.expit(taste + 0.59) + 0.2 * special.expit(taste - 0.41)
    expected = 0.5 * stay * in_time(world)
    assert return_propensity(world, pro(0.2, 1.0, 0.5, -0.2)) == pytest.approx([expected], rel=1e-4)


def test_the_propensity_averages_over_taste_tolerance_and_luck() -> None:
    world = market("clients.tolerance_mean_minutes=10", "stay.late=-2")
    p = pro(0.3, 0.5)[0]

    # taste is Beta(.71 * 3, .29 * 3) = Beta(2.13, .87);
    # tolerance t = 5 + an exponential of 10; late beyond it with .3 * exp(-(t - 5) / 15), so felt with .3 / (1 + 10 / 15) = .18
    def stay(z: float, taste: float) -> float:
        shift = special.logit(taste) + 0.45 * (p["skill"] + z)
        mean = 0.82 * special.expit(shift) + 0.18 * special.expit(shift - 2)
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) * taste**1.13 * (1 - taste) ** -0.13 / special.beta(2.13, 0.87)
        return float(mean * density)

    expected, _ = integrate.dblquad(stay, 0, 1, -8, 8, epsabs=1e-6)
    # 64 equal-probability nodes of taste and tolerance leave an error in the fourth digit
    assert return_propensity(world, pro(0.3, 0.5)) == pytest.approx([0.5 * expected * in_time(world)], rel=2e-3)


def simulated_delays(world: Market, n: int, luck: np.random.Generator) -> np.ndarray:
    """Days from a need at a random time of the day to the end of its session (n,), for a market with hours of demand."""
    requests, need = world.requests, luck.random(n)
    soonest = need + requests.lead_min_hours / 24
    wanted = np.minimum(soonest + luck.exponential(requests.lead_mean_hours / 24, n), need + requests.lead_max_days)
    weights = np.repeat(requests.start_hour_weights or [1.0] * 24, 2)
    start = np.floor(wanted) + luck.choice(48, n, p=weights / weights.sum()) / 48
    start += start < soonest
    durations = [service.duration_minutes / 1440 for service in world.services]
    return start - need + luck.choice(durations, n, p=[service.client_share for service in world.services])


def test_the_time_from_need_to_session_end_has_the_right_mean() -> None:
    nodes, weights = need_to_session_end_days(market())
    # 2 hours, 48 more on average, a quarter for rounding up to the half hour, one of session
    assert nodes @ weights == pytest.approx(51.25 / 24, rel=1e-6)
    # one closed day: Sunday's seventh goes on a day, of Monday's 2/7 all but 1/6, 5/42, then 4/42, 3/42, 2/42, 1/42
    closed, weights = need_to_session_end_days(market("requests.start_weekday_weights=[1,1,1,1,1,1,0]"))
    assert closed @ weights == pytest.approx(51.25 / 24 + (6 + 5 + 4 + 3 + 2 + 1) / 42, rel=1e-6)
    world = market(preset="personal_care")
    nodes, weights = need_to_session_end_days(world)
    # the quadrature leaves out that an hour too soon moves to the next day: under an hour on average
    assert nodes @ weights == pytest.approx(simulated_delays(world, 200_000, np.random.default_rng(4)).mean(), abs=1 / 24)


def test_in_the_default_market_the_propensity_follows_a_simulation_of_single_clients() -> None:
    world, n, luck = market(preset="personal_care"), 400_000, np.random.default_rng(3)
    clients = world.clients
    good, bad = pro(0.05, 1.0, 0.8, 0.5), pro(0.4, -1.0, -0.5, -0.8)
    returning = luck.random(n) >= clients.one_time_share
    taste = special.logit(luck.beta(clients.taste_mean * clients.taste_size, (1 - clients.taste_mean) * clients.taste_size, n))
    tolerance = clients.tolerance_min_minutes + luck.exponential(clients.tolerance_mean_minutes, n)
    gap = luck.gamma(clients.gap_shape, size=n) / (
        clients.gap_shape * luck.gamma(clients.rate_shape, clients.rate_scale_per_day, n)
    )
    in_time = gap <= RETURN_DAYS + simulated_delays(world, n, luck)
    for table in (good, bad):
        p, stay = table[0], world.stay
        late = luck.random(n) < p["late_share"]
        minutes = world.sessions.late_from_minutes + luck.exponential(world.sessions.late_extra_mean_minutes, n)
        felt = late & (minutes > tolerance)
        quality = p["skill"] + world.sessions.quality_noise_sd * luck.standard_normal(n)
        effect = stay.skill * quality + stay.warmth * p["warmth"] + stay.advocacy * p["advocacy"] + stay.late * felt
        returns = returning & in_time & (luck.random(n) < special.expit(taste + effect))
        expected = float(return_propensity(world, table)[0])
        # three standard errors of the simulation (about .0007 each), and .001 for quadrature nodes
        assert abs(returns.mean() - expected) < 3 * math.sqrt(expected * (1 - expected) / n) + 0.001


@pytest.mark.parametrize("pair_share", [0, 0.6])
def test_a_run_shows_the_propensity_of_its_pros(pair_share: float) -> None:
    # in the minimal market every first request becomes a session and every later one is filled
    world = market("clients.arrivals_per_day=20", "pros.n=60", f"sessions.pair_share={pair_share}")
    log = run(world, arms("uniform")["uniform"], seed=5)
    bookings = log.bookings
    first = bookings["need"] == 0
    end = bookings["start_days"] + bookings["duration_hours"] / 24
    client = bookings["client"][first]
    second = np.full(len(log.clients["client"]), np.inf)
    later = bookings["need"] == 1
    second[bookings["client"][later]] = bookings["assigned_days"][later]
    # those whose six months are over before the run is
    followed = end[first] + RETURN_DAYS <= world.horizon_days
    returned = (second[client] - end[first] <= RETURN_DAYS)[followed]
    expected = log.truth_pros["return_propensity"][bookings["pro"][first][followed]]
    assert len(returned) > 9000
    z = (returned.sum() - expected.sum()) / math.sqrt((expected * (1 - expected)).sum())
    assert abs(z) < 3


def test_what_a_pair_makes_of_it_is_averaged_over_pairs() -> None:
    # all clients have taste .71, nobody is late; skill, warmth and advocacy correlate by .632 * .632 = .4:
    # their sum varies by .45^2 + .4^2 + .3^2 + .8 (.45 * .4 + .45 * .3 + .4 * .3) = .8005; luck adds .5^2 * .45^2
    world = market("clients.taste_size=1e9", "sessions.quality_noise_sd=.5", "sessions.pair_share=.36")
    assert pro_sd(world) == pytest.approx(math.sqrt(0.8005), abs=5e-4)
    sd = math.sqrt(0.36 * 0.8005 + 0.25 * 0.2025)
    # the pro's own part counts sqrt(.64) = .8 of .45 * 1 + .4 * .5 - .3 * .2 = .59
    at = special.logit(0.71) + 0.8 * 0.59
    stay, _ = integrate.quad(lambda z: special.expit(at + sd * z) * stats.norm.pdf(z), -9, 9)
    expected = 0.5 * stay * in_time(world)
    assert return_propensity(world, pro(1e-12, 1.0, 0.5, -0.2)) == pytest.approx([expected], rel=1e-4)


def test_the_more_a_pair_decides_the_less_pros_differ_and_all_of_it_leaves_punctuality() -> None:
    pros = draw_population(market(preset="personal_care"), 1, 0).pros
    spreads = []
    for share in (0, 0.25, 0.5, 1):
        spreads.append(return_propensity(market(f"sessions.pair_share={share}", preset="personal_care"), pros).std())
    assert spreads == sorted(spreads, reverse=True)
    # a quarter leaves about sqrt(.75) of the spread
    assert spreads[1] / spreads[0] == pytest.approx(math.sqrt(0.75), abs=0.03)
    assert 0 < spreads[3] < 0.2 * spreads[0]


@pytest.mark.parametrize("keys", [(), ("sessions.pair_share=.5",), ("stay.skill=-1", "clients.tolerance_min_minutes=2"),
                                  ("clients.taste_mean=1",), ("clients.dropout_after_first=false",)])  # fmt: skip
def test_the_curve_for_traits_that_change_agrees_with_the_quadrature(keys: tuple[str, ...]) -> None:
    world = market(*keys, preset="personal_care")
    pros = draw_population(world, 1, 0).pros
    np.testing.assert_allclose(PropensityAgain(world)(pros), Propensity(world)(pros), atol=1e-6)


def test_better_pros_have_a_higher_propensity() -> None:
    world, base = market(preset="personal_care"), pro()
    for better in (pro(late_share=0.05), pro(skill=1.0), pro(warmth=1.0), pro(advocacy=1.0)):
        assert return_propensity(world, better)[0] > return_propensity(world, base)[0]


def test_the_propensity_depends_on_the_pros_traits_only() -> None:
    world = market(preset="personal_care")
    pros = draw_population(world, 1, 0).pros
    together = return_propensity(world, pros)
    alone = np.array([return_propensity(world, pros[i : i + 1])[0] for i in range(5)])
    assert together[:5].tolist() == alone.tolist()
    assert together.shape == (world.pros.n,)


def test_when_the_first_session_cannot_lose_a_client_all_pros_are_alike() -> None:
    world = market("clients.dropout_after_first=false")
    propensity = return_propensity(world, draw_population(world, 1, 0).pros)
    assert propensity == pytest.approx(0.5 * in_time(world), rel=1e-4)


def test_clients_who_only_try_once_never_return() -> None:
    world = market("clients.one_time_share=1")
    assert (return_propensity(world, pro()) == 0).all()


MONEY = (
    "economics.commission_share=0.25",
    "economics.variable_cost_eur=3",
    "economics.refund_from_minutes=30",
    "economics.refund_share=0.2",
)


def test_the_mean_contribution_counts_expected_refunds() -> None:
    # all pros are late 14 % of the time, by more than 30 minutes with .14 * exp(-25 / 15) = .02644; 60 EUR a session:
    # 60 * (.25 - .02644 * .2) - 3
    expected = 60 * (0.25 - 0.14 * math.exp(-25 / 15) * 0.2) - 3
    assert mean_contribution_eur(market(*MONEY, "pros.late_logit_sd=0")) == pytest.approx(expected)


def test_the_mean_contribution_averages_over_unequal_pros() -> None:
    share, _ = integrate.quad(lambda z: special.expit(special.logit(0.14) + 0.7 * z) * stats.norm.pdf(z), -9, 9)
    expected = 60 * (0.25 - share * math.exp(-25 / 15) * 0.2) - 3
    assert mean_contribution_eur(market(*MONEY, "pros.late_logit_sd=0.7")) == pytest.approx(expected, rel=1e-9)


def test_the_mean_contribution_averages_over_services() -> None:
    services = (
        "services=[{name: a, client_share: 0.25, duration_minutes: 60, price_eur: 40},"
        "{name: b, client_share: 0.75, duration_minutes: 60, price_eur: 80}]"
    )
    # prices average 70; without refunds 70 * .25 - 3 = 14.50
    assert mean_contribution_eur(market(*MONEY, "economics.refund_share=0", services)) == pytest.approx(14.5)


def test_the_mean_contribution_averages_over_the_prices_of_pros() -> None:
    # the mean of exp(.4 z) is exp(.08)
    expected = 60 * math.exp(0.08) * 0.25 - 3
    assert mean_contribution_eur(market(*MONEY, "economics.refund_share=0", "pros.price_log_sd=.4")) == pytest.approx(expected)


def test_acquisition_costs_average_three_mean_contributions() -> None:
    world = market(preset="personal_care")
    cost = acquisition_cost_eur(world)
    share = np.array([channel.share for channel in world.clients.channels])
    assert share @ cost == pytest.approx(3 * mean_contribution_eur(world))
    # and stand to each other as the configuration says
    relative = np.array([channel.relative_cost for channel in world.clients.channels])
    assert cost / cost[0] == pytest.approx(relative / relative[0])


def test_acquisition_costs_rise_with_the_bookings_that_pay_them_back() -> None:
    three, six = (acquisition_cost_eur(market(f"economics.payback_bookings={k}", preset="personal_care")) for k in (3, 6))
    assert six == pytest.approx(2 * three)

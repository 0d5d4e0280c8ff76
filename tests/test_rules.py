import math
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import special, stats

from sim import draws, rules
from sim.config import SLOT_MINUTES
from sim.draws import logit
from sim.engine.world import SERVICE
from sim.population import CLIENT
from sim.rules import ACCEPTED, DECLINED, LAPSED, PROPOSED
from tests.markets import market

HOUR = 3600
UNIFORMS = st.floats(2.0**-53, 1 - 2.0**-53)
PREFIXES = {
    "clients.leakage": "leakage",
    "clients.competitors": "competitors",
    "requests.list": "choice",
    "pros.selecting": "selecting",
}
"""Of the fields that a nested section fills."""
AT_TEN = "requests.start_hour_weights=[0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0]"


def rule(*overrides: str, preset: str = "minimal") -> Any:
    """The record that the rules read; the minimal market asks 2 hours ahead at least, 48 more on average, 45 days at most."""
    return rules.parameters(market(*overrides, preset=preset), 1, 0)[0]


def test_every_parameter_is_taken_from_its_key() -> None:
    # each number is used once, so a mix-up of two keys cannot go unseen
    sections = {
        "requests": {
            "propose_share": 0.11,
            "proposal_acceptance_share": 0.12,
            "favourite_asked_share": 0.13,
            "favourite_acceptance_logit": 1.4,
            "max_offers": 15,
            "max_attempts": 16,
        },
        "sessions": {
            "late_from_minutes": 21.0,
            "late_extra_mean_minutes": 22.0,
            "client_cancellation_share": 0.23,
            "no_show_logit_per_log_day": 2.4,
            "quality_noise_sd": 2.5,
            "pair_share": 0.26,
        },
        "economics": {
            "commission_share": 0.31,
            "variable_cost_eur": 3.2,
            "refund_from_minutes": 33.0,
            "refund_share": 0.34,
            "cancelled_by_pro_cost_eur": 35.0,
            "no_show_fee_share": 0.36,
        },
        "clients": {"other_service_share": 0.42, "lapse_gaps": 4.3},
        "rating": {"survey_share": 0.51, "survey_location": 5.2},
    }
    prefixed = {
        "stay": {
            "skill": 6.1,
            "warmth": 6.2,
            "advocacy": 6.3,
            "late": -6.4,
            "cancelled_by_pro": -6.5,
            "redispatched": -6.6,
            "unfilled": -6.7,
            "cancelled_by_client": -6.8,
            "no_show": -6.9,
            "per_earlier_session": 7.1,
            "max_earlier_sessions": 72,
        },
        "clients.leakage": {"share_per_session": 0.91, "from_session": 92},
        "clients.competitors": {"hazard_per_idle_month": 9.3},
        "rating": {"given_share": 0.81, "quality": 8.2, "warmth": 8.3, "late": -8.4},
        "requests.list": {"size": 101, "prior_stars": 1.2, "prior_ratings": 10.3, "stars": 10.4, "price": 10.5, "position": 10.6},
        "pros.selecting": {"refusal_logit": 9.4, "cancellation_logit": 9.5},
    }
    expected: dict[str, Any] = {key: value for section in sections.values() for key, value in section.items()}
    expected |= {f"{PREFIXES.get(name, name)}_{key}": value for name, section in prefixed.items() for key, value in section.items()}
    lines = [f"{name}.{key}={value}" for each in (sections, prefixed) for name, part in each.items() for key, value in part.items()]
    # keys that change their unit: hours and days to ticks, shares to log odds, K bookings to K + 1 stages
    lines += ["requests.lead_min_hours=3", "requests.lead_mean_hours=5", "requests.lead_max_days=7", "requests.patience_hours=11"]
    lines += ["requests.offer_timeout_hours=1.5", "requests.redispatch_min_hours=13", "sessions.no_show_share=0.2"]
    lines += ["rating.cut_logits=[-4,-3,-2,-1]", "economics.payback_bookings=6", "clients.dropout_after_first=false"]
    lines += ["requests.offer_order=broadcast", "horizon_days=99"]
    lines += [
        "requests.mode=mixed",
        "requests.list.mixed_share=.17",
        "requests.list.position_form=linear",
        "requests.list.outside=0",
    ]
    # exp(0) = 1
    expected |= {"choice_share": 0.17, "choice_position_is_linear": True, "choice_outside_weight": 1.0}
    expected |= {"lead_min_ticks": 3 * HOUR, "lead_mean_ticks": 5 * HOUR, "lead_max_ticks": 7 * 24 * HOUR}
    expected |= {"patience_ticks": 11 * HOUR, "offer_timeout_ticks": 5400, "redispatch_min_ticks": 13 * HOUR}
    # log(.2 / .8) = -log 4
    expected |= {"no_show_logit": pytest.approx(-math.log(4)), "n_stages": 7, "dropout_after_first": False}
    lines += [
        "pros.trait_loadings={punctuality: 0.971, reliability: 0.972, skill: 0.961, warmth: 0.962, advocacy: 0.963, "
        "acceptance: 0.973, responsiveness: 0.974}"
    ]
    expected |= {"loading_skill": 0.961, "loading_warmth": 0.962, "loading_advocacy": 0.963}
    expected |= {"offer_order": rules.BROADCAST, "horizon_tick": 99 * 24 * HOUR, "n_services": 1, "as_soon_as_possible": True}
    # how many clients come is known once they are drawn
    expected |= {"seed": 8, "replication": 9, "n_arrivals": 0}
    record = rules.parameters(market(*lines), 8, 9)[0]
    assert {name: record[name].item() for name in expected} == expected
    assert record["rating_cuts"].tolist() == [-4, -3, -2, -1]
    assert set(rules.PARAMETERS.names or ()) == set(expected) | {"rating_cuts", "start_cumulative", "start_day_kept"}


def services_of(*shares: float) -> Any:
    """The services of a market that clients want with these probabilities."""
    services = np.zeros(len(shares), SERVICE)
    services["client_share"] = shares
    return services


def test_a_need_goes_to_the_own_service_or_to_another_in_proportion_to_its_clients() -> None:
    record, services = rule("clients.other_service_share=.25"), services_of(0.5, 0.2, 0.3)
    assert rules.wanted_service(0.25, 0.9, 0, services, record) == 0
    # own service 0: the others have .2 and .3 of .5, so service 1 takes u below .4; own 1: .5 and .3 of .8, service 0 below .625
    assert [rules.wanted_service(0.24, u, 0, services, record) for u in (0.01, 0.39, 0.41, 0.99)] == [1, 1, 2, 2]
    assert [rules.wanted_service(0.24, u, 1, services, record) for u in (0.01, 0.62, 0.63, 0.99)] == [0, 0, 2, 2]


@pytest.mark.parametrize("shares", [(1.0,), (1.0, 0.0)])
def test_where_no_other_service_is_wanted_a_need_goes_to_the_own_one(shares: tuple[float, ...]) -> None:
    record = rule("clients.other_service_share=1")
    assert rules.wanted_service(0.5, 0.999, 0, services_of(*shares), record) == 0


def test_a_service_without_clients_is_never_the_other_one() -> None:
    record, services = rule("clients.other_service_share=1"), services_of(0.4, 0.6, 0.0)
    # as u comes next to 1, rounding must not reach the last service
    assert {rules.wanted_service(0.5, u, 0, services, record) for u in (0.001, 0.5, 1 - 2.0**-53)} == {1}


def test_an_arm_may_override_the_order_of_offers() -> None:
    assert rules.parameters(market(), 1, 0)[0]["offer_order"] == rules.SAMPLED
    assert rules.parameters(market(), 1, 0, "ranked")[0]["offer_order"] == rules.RANKED


def test_nobody_all_or_a_share_of_the_clients_choose_and_without_an_outside_option_nobody_leaves() -> None:
    shares = [
        rule(f"requests.mode={mode}", "requests.list.mixed_share=.3")["choice_share"] for mode in ("dispatch", "list", "mixed")
    ]
    assert shares == [0.0, 1.0, 0.3]
    assert rule("requests.list.outside=null")["choice_outside_weight"] == 0.0
    assert rule("requests.list.outside=-2")["choice_outside_weight"] == pytest.approx(math.exp(-2))


# ---- asking


def test_the_lead_time_is_a_minimum_plus_an_exponential_up_to_a_maximum() -> None:
    # u = e^-1 is one mean: 2 + 48 hours
    assert rules.lead_ticks(math.exp(-1), rule()) == pytest.approx(50 * HOUR)
    # -log(1e-300) = 691 means of 48 hours are far above 45 days
    assert rules.lead_ticks(1e-300, rule()) == 45 * 24 * HOUR
    assert rules.lead_ticks(1 - 2**-53, rule()) == pytest.approx(2 * HOUR)


def test_without_hours_of_demand_the_session_starts_at_the_first_half_hour_after_the_lead_time() -> None:
    # 2 + 1.01 * 48 = 50.48 hours after midnight of day 0: the next half hour is 50:30, number 101
    assert rules.wanted_slot(0, math.exp(-1.01), 0.5, 0.5, rule()) == 101
    # and an hour and a minute later, 51:29:48, the half hour 51:30
    assert rules.wanted_slot(HOUR + 60, math.exp(-1.01), 0.5, 0.5, rule()) == 103


def test_the_day_comes_from_the_lead_time_and_the_hour_from_the_days_demand() -> None:
    record = rule(AT_TEN)
    # 50.48 hours lead into day 2; half of the demand at 10:00 (half hour 20), half at 10:30
    assert rules.wanted_slot(0, math.exp(-1.01), 0.49, 0.5, record) == 2 * 48 + 20
    assert rules.wanted_slot(0, math.exp(-1.01), 0.51, 0.5, record) == 2 * 48 + 21


def test_an_hour_before_the_minimum_lead_time_moves_to_the_next_day() -> None:
    record, at_once = rule(AT_TEN), 1 - 2**-53
    # asked at 8:00 for 10:00 is exactly two hours ahead; a second later is too late
    assert rules.wanted_slot(8 * HOUR, at_once, 0.1, 0.5, record) == 20
    assert rules.wanted_slot(8 * HOUR + 1, at_once, 0.1, 0.5, record) == 48 + 20
    # 10:30 is still possible then
    assert rules.wanted_slot(8 * HOUR + 1, at_once, 0.9, 0.5, record) == 21


@given(st.integers(0, 700 * 24 * HOUR), UNIFORMS, UNIFORMS, st.booleans())
def test_a_session_starts_between_the_shortest_lead_time_and_a_day_after_the_longest(
    tick: int, u_lead: float, u_hour: float, at_ten: bool
) -> None:
    slot = rules.wanted_slot(tick, u_lead, u_hour, 0.5, rule(*[AT_TEN] * at_ten))
    assert tick + 2 * HOUR <= slot * SLOT_MINUTES * 60 <= tick + 46 * 24 * HOUR


def test_a_start_on_a_closed_day_moves_to_the_next_open_one_at_the_same_time() -> None:
    weekend_closed = rule("requests.start_weekday_weights=[1,1,1,1,1,0,0]")
    # day 5 is a Saturday, day 7 the Monday after it, day 3 a Thursday
    for u in (1e-9, 0.5, 1 - 1e-9):
        assert rules.open_slot(6 * 48 + 20, u, weekend_closed) >= 7 * 48 + 20
        assert rules.open_slot(4 * 48 + 21, u, weekend_closed) == 4 * 48 + 21
    # Monday has 3/7 of the demand in mind, of which 1/5 stays: 7/15
    assert rules.kept_shares([1, 1, 1, 1, 1, 0, 0])[0] == pytest.approx(7 / 15)
    # the other 8/15 of a uniform go on to Tuesday, where 8/35 + 1/7 = 13/35 arrive and 7/35 stay
    edge = 7 / 15 + 8 / 15 * 7 / 13
    assert rules.open_slot(7 * 48, 7 / 15 - 1e-9, weekend_closed) == 7 * 48
    assert rules.open_slot(7 * 48, edge - 1e-9, weekend_closed) == 8 * 48
    assert rules.open_slot(7 * 48, edge + 1e-9, weekend_closed) > 8 * 48
    assert rules.wanted_slot(5 * 24 * HOUR, math.exp(-0.01), 0.5, 0.2, weekend_closed) == 7 * 48 + 5


def test_without_weekday_weights_or_with_equal_ones_no_start_moves() -> None:
    for record in (rule(), rule("requests.start_weekday_weights=[2,2,2,2,2,2,2]")):
        assert all(rules.open_slot(48 * day + 7, 1 - 2**-53, record) == 48 * day + 7 for day in range(7))


@given(st.lists(st.floats(0, 5), min_size=7, max_size=7))
def test_starts_come_out_in_the_shares_of_the_weights(weights: list[float]) -> None:
    assume(sum(weights) > 0.01)
    kept = rules.kept_shares(weights)
    assert ((kept >= 0) & (kept <= 1)).all()
    assert (kept == 1).any()
    # everybody has a uniform day in mind and goes on day by day
    here, ended, moves = np.full(7, 1 / 7), np.zeros(7), 0.0
    for _ in range(7):
        ended += here * kept
        here = np.roll(here * (1 - kept), 1)
        moves += here.sum()
    assert here.sum() == pytest.approx(0, abs=1e-12)
    assert ended == pytest.approx(np.array(weights) / sum(weights), abs=1e-9)
    assert rules.mean_days_sent_on(weights) == pytest.approx(moves, abs=1e-9)


def test_a_lapse_is_exponential_and_other_gaps_are_regular() -> None:
    record = rule("clients.lapse_gaps=3")
    client, steady = np.zeros(2, CLIENT)
    client["rate_per_day"], client["gap_shape"], client["lapse_share"] = 0.02, 4.0, 0.25
    steady["rate_per_day"], steady["gap_shape"] = 0.02, 4.0
    # a unit of 4 is the mean of Gamma(4): one mean gap of 1 / .02 = 50 days
    assert rules.gap_days(4.0, 0.25, 0.5, client, record) == pytest.approx(50)
    # e^-1 is the mean of the exponential: three mean gaps
    assert rules.gap_days(4.0, 0.2499, math.exp(-1), client, record) == pytest.approx(150)
    assert rules.gap_days(4.0, 1.0, 1.0, steady, record) == pytest.approx(50)


def test_nodes_of_regularity_have_the_moments_of_the_log_normal() -> None:
    nodes, weights = rules.gap_shapes(6.0, 0.7)
    # five nodes are exact for the first nine moments of log k: mean log 6, variance .49, fourth moment 3 * .49^2
    logs = np.log(nodes / 6.0)
    assert weights @ np.ones(5) == pytest.approx(1)
    assert [weights @ logs, weights @ logs**2, weights @ logs**4] == pytest.approx([0, 0.49, 3 * 0.49**2], abs=1e-12)
    assert [list(part) for part in rules.gap_shapes(6.0, 0.0)] == [[6.0], [1.0]]


def test_the_stage_is_capped_after_payback() -> None:
    # K = 3: first, second, third booking, all after
    assert [rules.stage(n, rule()) for n in (0, 1, 2, 3, 4, 50)] == [0, 1, 2, 3, 3, 3]


# ---- offering


def test_a_race_time_is_an_exponential_of_the_weights_rate() -> None:
    # e^-3 is three mean times: 3 at weight 1, 1.5 at weight 2
    assert rules.race_time(math.exp(-3), 1.0) == pytest.approx(3)
    assert rules.race_time(math.exp(-3), 2.0) == pytest.approx(1.5)
    assert rules.race_time(0.5, 0.0) == math.inf


def test_sorting_by_race_time_draws_from_plackett_luce() -> None:
    n, weights = 30_000, (1.0, 2.0, 3.0)
    seen = dict.fromkeys(permutations(range(3)), 0)
    for need in range(n):
        times = [rules.race_time(draws.block(2, 0, draws.RACE, 0, need, i)[0], weights[i]) for i in range(3)]
        seen[tuple(int(i) for i in np.argsort(times))] += 1  # type: ignore[index]
    # P(i, then j) = w_i / 6 * w_j / (6 - w_i), for example P(2, 1, 0) = 3/6 * 2/3 = 1/3
    expected = [n * weights[i] / 6 * weights[j] / (6 - weights[i]) for i, j, _ in seen]
    assert stats.chisquare(list(seen.values()), expected).pvalue > 0.01
    # hence in the first two with 5/12, 11/15, 17/20 (fact F26): one minus the chance of being last
    for i, share in enumerate((5 / 12, 11 / 15, 17 / 20)):
        among = n - sum(count for order, count in seen.items() if order[2] == i)
        assert stats.binomtest(among, n, share).pvalue > 0.01


def test_a_pro_accepts_proposes_or_declines() -> None:
    record = rule("requests.propose_share=0.3")
    inclination = logit(0.75)
    # half of the answers take longer than log(2) * 20 minutes = 831.8 seconds
    assert rules.answer(0.749, 0.9, 0.5, inclination, 20.0, record) == (ACCEPTED, 831)
    assert rules.answer(0.751, 0.299, 0.5, inclination, 20.0, record) == (PROPOSED, 831)
    assert rules.answer(0.751, 0.301, 0.5, inclination, 20.0, record) == (DECLINED, 831)


def test_an_offer_without_an_answer_in_time_lapses() -> None:
    record = rule("requests.offer_timeout_hours=2")
    # log(1000) * 20 minutes = 138 minutes, more than two hours; log(400) * 20 = 119.8 minutes, less
    assert rules.answer(0.1, 0.5, 1 / 1000, math.inf, 20.0, record) == (LAPSED, 2 * HOUR)
    assert rules.answer(0.1, 0.5, 1 / 400, math.inf, 20.0, record)[0] == ACCEPTED


def test_a_pro_who_answers_at_once_and_always_accepts_does_so() -> None:
    assert rules.answer(1 - 2**-53, 0.5, 2.0**-53, math.inf, 0.0, rule()) == (ACCEPTED, 0)


# ---- what happens to a session


def test_the_no_show_share_is_the_configs_for_a_booking_of_the_same_day_and_rises_with_lead_time() -> None:
    record = rule("sessions.no_show_share=0.1", "sessions.no_show_logit_per_log_day=2")
    assert rules.no_show_share(0.0, record) == pytest.approx(0.1)
    # two days: odds 1/9 times (1 + 2)^2 = 1
    assert rules.no_show_share(2.0, record) == pytest.approx(0.5)
    assert rules.no_show_share(30.0, rule()) == 0.0


@given(st.floats(0, 60), st.floats(0, 60))
def test_no_shows_never_fall_with_lead_time(a: float, b: float) -> None:
    record = rule(preset="personal_care")
    low, high = sorted((a, b))
    assert rules.no_show_share(low, record) <= rules.no_show_share(high, record)
    if high > low + 1e-6:
        assert rules.no_show_share(low, record) < rules.no_show_share(high, record)


def test_minutes_late_are_uniform_up_to_the_limit_and_exponential_beyond_it() -> None:
    # limit 5 minutes, mean 15 beyond it; a pro who is late one time in five
    assert rules.minutes_late(0.2 * math.exp(-1), 0.2, rule()) == pytest.approx(5 + 15)
    assert rules.minutes_late(0.2, 0.2, rule()) == pytest.approx(5)
    # u = .6 is the middle of .2 to 1
    assert rules.minutes_late(0.6, 0.2, rule()) == pytest.approx(2.5)
    assert rules.minutes_late(1 - 2**-53, 0.2, rule()) == pytest.approx(0, abs=1e-12)


def test_exceedance_is_the_chance_of_being_later() -> None:
    assert rules.exceedance(0.0, 0.2, rule()) == 1.0
    assert rules.exceedance(2.5, 0.2, rule()) == pytest.approx(0.6)
    assert rules.exceedance(5.0, 0.2, rule()) == pytest.approx(0.2)
    assert rules.exceedance(20.0, 0.2, rule()) == pytest.approx(0.2 * math.exp(-1))


def test_with_a_limit_of_zero_a_session_is_late_or_on_the_minute() -> None:
    record = rule("sessions.late_from_minutes=0")
    assert rules.minutes_late(0.6, 0.2, record) == 0.0
    assert rules.exceedance(0.0, 0.2, record) == pytest.approx(0.2)


@given(UNIFORMS, st.floats(1e-6, 1 - 1e-6))
def test_exceedance_inverts_minutes_late(u: float, late_share: float) -> None:
    minutes = rules.minutes_late(u, late_share, rule())
    # u is lost only where minutes are within rounding of the limit or of each other
    assert rules.exceedance(minutes, late_share, rule()) == pytest.approx(u, rel=1e-9, abs=1e-9)


@given(UNIFORMS, UNIFORMS, st.floats(1e-6, 1 - 1e-6))
def test_a_less_punctual_pro_is_never_less_late_on_the_same_day(u: float, share: float, other: float) -> None:
    assume(share < other)
    assert rules.minutes_late(u, share, rule()) <= rules.minutes_late(u, other, rule()) + 1e-9


def test_quality_is_skill_plus_the_luck_of_the_day() -> None:
    record = rule("sessions.quality_noise_sd=2")
    assert rules.session_quality(0.5, 0.7, record) == pytest.approx(0.7)
    # one standard deviation of luck
    assert rules.session_quality(float(special.ndtr(1)), 0.7, record) == pytest.approx(2.7)


# ---- what the client makes of it

STAY = ("stay.skill=0.5", "stay.warmth=0.25", "stay.advocacy=0.125", "stay.late=-1", "stay.redispatched=-2")


def test_the_experience_adds_up_what_the_client_noticed() -> None:
    record = rule(*STAY)
    # .5 * 2 + .25 * 4 + .125 * 8 = 3
    assert rules.experience_logit(2.0, 4.0, 8.0, False, False, record) == 3.0
    assert rules.experience_logit(2.0, 4.0, 8.0, True, False, record) == 2.0
    assert rules.experience_logit(2.0, 4.0, 8.0, True, True, record) == 0.0


def test_each_way_to_end_without_a_session_has_its_own_effect() -> None:
    record = rule("stay.unfilled=-1", "stay.cancelled_by_pro=-2", "stay.cancelled_by_client=-3", "stay.no_show=-4")
    kinds = (rules.UNFILLED, rules.CANCELLED_BY_PRO, rules.CANCELLED_BY_CLIENT, rules.NO_SHOW)
    assert [rules.disappointment_logit(kind, record) for kind in kinds] == [-1, -2, -3, -4]


def test_the_chance_to_stay_is_taste_shifted_by_experience_and_habit() -> None:
    record = rule("stay.per_earlier_session=0.2", "stay.max_earlier_sessions=3")
    assert rules.stay_probability(logit(0.71), 0.0, 0, record) == pytest.approx(0.71)
    # odds of 1 times e^(log 4) = 4, so 4/5
    assert rules.stay_probability(0.0, math.log(4), 0, record) == pytest.approx(0.8)
    assert rules.stay_probability(0.0, -0.6, 3, record) == pytest.approx(0.5)
    assert rules.stay_probability(0.0, -0.6, 30, record) == pytest.approx(0.5)
    assert rules.stay_probability(0.0, -0.6, 2, record) < 0.5
    assert rules.stay_probability(math.inf, -50.0, 0, record) == 1.0


# what an average session (quality and warmth 0) is rated


def star_shares(felt_late: bool) -> np.ndarray:
    """Shares (5,) of one to five stars on a grid of 20,000 luck levels."""
    record = rule(preset="personal_care")
    levels = (np.arange(20_000) + 0.5) / 20_000
    stars = [rules.stars(0.0, u, 0.0, 0.0, felt_late, record) for u in levels]
    return np.bincount(stars, minlength=6)[1:] / len(levels)


def test_stars_of_an_average_session_are_those_of_fact_d17_and_d19() -> None:
    on_time, late = star_shares(False), star_shares(True)
    # on time: 6.6 % one star, mean 4.29; J-shaped: most five stars, and more one than two or three
    assert on_time[0] == pytest.approx(0.066, abs=0.001)
    assert on_time @ np.arange(1, 6) == pytest.approx(4.29, abs=0.01)
    assert on_time.argmax() == 4
    assert on_time[0] > on_time[1]
    # late: 54 % one star, mean 2.30; a single shift has to serve both numbers and meets neither exactly
    assert late[0] == pytest.approx(0.54, abs=0.03)
    assert late @ np.arange(1, 6) == pytest.approx(2.30, abs=0.1)


def test_a_rating_is_given_with_its_share_and_by_the_level_of_luck() -> None:
    record = rule(
        "rating.given_share=0.4", "rating.cut_logits=[-3,-2,-1,0]", "rating.quality=1", "rating.warmth=2", "rating.late=-4"
    )
    assert rules.stars(0.4, 0.5, 0.0, 0.0, False, record) == 0
    # at most 4 stars with probability logistic(0) = 1/2
    assert rules.stars(0.39, 0.501, 0.0, 0.0, False, record) == 5
    assert rules.stars(0.39, 0.499, 0.0, 0.0, False, record) == 4
    # quality 1 and warmth 1 shift by 3: at most 4 stars with logistic(-3) = .047
    assert rules.stars(0.39, 0.05, 1.0, 1.0, False, record) == 5
    # late shifts by -4: one star with logistic(-3 + 4) = .731
    assert rules.stars(0.39, 0.73, 0.0, 0.0, True, record) == 1
    assert rules.stars(0.39, 0.74, 0.0, 0.0, True, record) == 2


def test_the_survey_has_eleven_answers() -> None:
    record = rule("rating.survey_share=0.15", "rating.survey_location=0")
    assert rules.survey_answer(0.15, 0.5, 0.0, 0.0, False, record) == -1
    # without effects the answer is uniform: u = .5 falls in the sixth of eleven cells, number 5
    assert rules.survey_answer(0.1, 0.5, 0.0, 0.0, False, record) == 5
    assert {rules.survey_answer(0.1, (k + 0.5) / 11, 0.0, 0.0, False, record) for k in range(11)} == set(range(11))
    assert rules.survey_answer(0.1, 1 - 2**-53, 50.0, 0.0, False, record) == 10
    # the default market's median answer is 9: 11 * logistic(1.8) = 9.44
    assert rules.survey_answer(0.1, 0.5, 0.0, 0.0, False, rule(preset="personal_care")) == 9


def test_lateness_lowers_the_survey_answer() -> None:
    record = rule(preset="personal_care")
    answers = [rules.survey_answer(0.0, 0.5, 0.0, 0.0, late, record) for late in (False, True)]
    assert answers[1] < answers[0]


def test_the_contribution_of_a_request_is_right_to_the_cent() -> None:
    money = ("economics.commission_share=0.25", "economics.variable_cost_eur=3", "economics.cancelled_by_pro_cost_eur=5")
    money += ("economics.refund_from_minutes=30", "economics.refund_share=0.2", "economics.no_show_fee_share=0.5")
    record, price = rule(*money), 75.0
    # 75 * .25 - 3 = 15.75
    assert rules.contribution_eur(rules.COMPLETED, price, 0.0, 0.0, record) == 15.75
    # a refund of 15: 15.75 - 15 = .75; and a discount of 10 besides: -9.25
    assert rules.contribution_eur(rules.COMPLETED, price, 15.0, 0.0, record) == 0.75
    assert rules.contribution_eur(rules.COMPLETED, price, 15.0, 10.0, record) == -9.25
    assert rules.contribution_eur(rules.CANCELLED_BY_PRO, price, 0.0, 0.0, record) == -5.0
    # the commission on half of the price: 75 * .5 * .25 = 9.375
    assert rules.contribution_eur(rules.NO_SHOW, price, 0.0, 0.0, record) == 9.375
    assert rules.contribution_eur(rules.UNFILLED, price, 0.0, 0.0, record) == 0.0
    assert rules.contribution_eur(rules.CANCELLED_BY_CLIENT, price, 0.0, 0.0, record) == 0.0


def test_a_refund_is_a_share_of_the_price_and_never_more_than_was_paid() -> None:
    record = rule("economics.refund_from_minutes=30", "economics.refund_share=0.2")
    # later than 30 minutes, a fifth of 75 goes back; at exactly 30 minutes nothing does
    assert rules.refund_eur(rules.COMPLETED, 75.0, 0.0, 30.1, record) == 15.0
    assert rules.refund_eur(rules.COMPLETED, 75.0, 0.0, 30.0, record) == 0.0
    # 70 of 75 were paid by a programme: the client paid 5
    assert rules.refund_eur(rules.COMPLETED, 75.0, 70.0, 99.0, record) == 5.0
    assert rules.refund_eur(rules.NO_SHOW, 75.0, 0.0, math.nan, record) == 0.0


# ---- what closes the loop


def test_a_client_goes_private_from_the_given_session_in_a_row_on() -> None:
    record = rule("clients.leakage.share_per_session=.2", "clients.leakage.from_session=2")
    assert not rules.goes_private(0.1, 1, record)
    assert rules.goes_private(0.19, 2, record)
    assert rules.goes_private(0.19, 7, record)
    assert not rules.goes_private(0.2, 7, record)
    assert not rules.goes_private(2.0**-53, 7, rule())


def test_competitors_win_idle_clients_over_at_their_hazard() -> None:
    record = rule("clients.competitors.hazard_per_idle_month=.3")
    # two months of 365.25 / 12 days at .3
    assert rules.faithful_probability(2 * 2629800, record) == pytest.approx(math.exp(-0.6))
    assert rules.faithful_probability(0, record) == 1.0
    assert rules.faithful_probability(10**9, rule()) == 1.0


def test_a_list_shows_mean_stars_shrunk_to_the_prior() -> None:
    shrunk = rule("requests.list.prior_stars=4.3", "requests.list.prior_ratings=5")
    # (5 * 4.3 + 15) / 8
    assert rules.stars_shown(3, 15, shrunk) == pytest.approx(4.5625)
    assert rules.stars_shown(0, 0, shrunk) == pytest.approx(4.3)
    plain = rule("requests.list.prior_stars=4.3", "requests.list.prior_ratings=0")
    assert rules.stars_shown(0, 0, plain) == 4.3
    assert rules.stars_shown(3, 12, plain) == 4.0


def test_the_utility_of_a_listed_pro_rises_with_stars_and_falls_with_price_and_position() -> None:
    keys = ("requests.list.prior_stars=4", "requests.list.stars=.7", "requests.list.price=2", "requests.list.position=1.5")
    log, linear = rule(*keys), rule(*keys, "requests.list.position_form=linear")
    assert rules.listed_utility(4.0, 0.0, 1, log) == rules.listed_utility(4.0, 0.0, 1, linear) == 0.0
    # .7 * .5 - 2 * .1 - 1.5 * log 3; and - 1.5 * 2
    assert rules.listed_utility(4.5, 0.1, 3, log) == pytest.approx(0.15 - 1.5 * math.log(3))
    assert rules.listed_utility(4.5, 0.1, 3, linear) == pytest.approx(0.15 - 3.0)
    assert rules.choice_weight(math.log(3)) == pytest.approx(3)
    # finite and positive whatever the utility
    assert 0 < rules.choice_weight(-1e9) < rules.choice_weight(1e9) < math.inf


def test_a_pro_asks_the_list_price_or_their_own_in_whole_cents() -> None:
    assert rules.session_price_eur(55.555, 0.0) == 55.555
    # 60 * 1.1 = 66; 60 * exp(.5) = 98.9233
    assert rules.session_price_eur(60.0, math.log(1.1)) == 66.0
    assert rules.session_price_eur(60.0, 0.5) == 98.92


def test_a_budget_buys_its_share_of_those_within_reach_between_floor_and_all() -> None:
    # 30 EUR a client, 200 within reach: 6,000 EUR for all
    assert rules.bought_share(1500.0, 30.0, 200, 0.1) == 0.25
    assert rules.bought_share(60.0, 30.0, 200, 0.1) == 0.1
    assert rules.bought_share(6000.0, 30.0, 200, 0.1) == 1.0
    assert rules.bought_share(9999.0, 30.0, 200, 0.1) == 1.0
    assert rules.bought_share(0.0, 30.0, 0, 0.1) == 1.0


def test_effort_moves_towards_the_shortfall_of_visibility_times_the_incentive() -> None:
    # .4 is missing, times 2: aims at .8; a quarter of the way from .4
    assert rules.next_effort(0.4, 0.6, True, 2.0, 4.0) == pytest.approx(0.5)
    # more than 1 is not possible
    assert rules.next_effort(0.0, 0.0, True, 5.0, 1.0) == 1.0
    # who is seen more than the mean, or whose score does not count, relaxes
    assert rules.next_effort(0.4, 1.7, True, 2.0, 4.0) == pytest.approx(0.3)
    assert rules.next_effort(0.4, 0.1, False, 2.0, 4.0) == pytest.approx(0.3)


@given(st.floats(0, 1), st.floats(0, 30), st.booleans(), st.floats(0, 100), st.floats(1, 100))
def test_effort_stays_between_0_and_1(effort: float, visibility: float, counted: bool, strength: float, lag: float) -> None:
    assert 0 <= rules.next_effort(effort, visibility, counted, strength, lag) <= 1


def test_a_share_is_shifted_on_the_logit_scale() -> None:
    # odds of 1 times e^(log 3)
    assert rules.shifted_share(0.5, math.log(3)) == pytest.approx(0.75)
    assert rules.shifted_share(0.123456789, 0.0) == 0.123456789
    assert rules.shifted_share(0.0, -2.0) == 0.0
    assert rules.shifted_share(1.0, -2.0) == 1.0


# ---- supply that answers


def test_what_a_pro_wants_is_log_normal_around_the_median() -> None:
    assert rules.reservation_sessions(0.5, 4.0, 0.7) == 4.0
    # one standard deviation up and down: 4 e^.5 and 4 e^-.5
    up, down = (rules.reservation_sessions(float(stats.norm.cdf(z)), 4.0, 0.5) for z in (1, -1))
    assert (up, down) == pytest.approx((4 * math.exp(0.5), 4 * math.exp(-0.5)))
    assert rules.reservation_sessions(0.99, 4.0, 0.0) == 4.0


def test_similarity_is_a_gaussian_kernel() -> None:
    assert rules.similarity(0.0, 0.25) == 1.0
    assert rules.similarity(0.5, 0.25) == pytest.approx(math.exp(-2)), "two standard deviations: exp(-4 / 2)"


def test_a_bad_prospect_is_who_would_not_come_back_from_an_average_session() -> None:
    decides, stays = rule(preset="personal_care"), rule("clients.dropout_after_first=false", preset="personal_care")
    assert rules.bad_prospect(True, math.inf, decides) == 1.0
    assert rules.bad_prospect(False, logit(0.7), decides) == pytest.approx(0.3)
    assert rules.bad_prospect(False, math.inf, decides) == 0.0
    assert rules.bad_prospect(False, logit(0.7), stays) == 0.0, "the first session decides nothing"


def test_practice_gains_63_per_cent_after_the_given_sessions() -> None:
    # 1 - 1 / e = .632, of .5; then the same share of what is left
    assert rules.learned_sd(0, 0.5, 30.0) == 0.0
    assert rules.learned_sd(30, 0.5, 30.0) == pytest.approx(0.5 * 0.632121, abs=1e-6)
    assert rules.learned_sd(60, 0.5, 30.0) == pytest.approx(0.5 * (1 - 0.367879**2), abs=1e-6)


def test_load_tires_in_proportion_up_to_the_full_load() -> None:
    assert [rules.tired_sd(load, 8.0, 0.5) for load in (0.0, 2.0, 8.0, 80.0)] == [0.0, 0.125, 0.5, 0.5]


def test_a_drift_keeps_its_variance_and_its_share_of_last_week() -> None:
    # .6 of it stays, and .8 of something new: .36 + .64 = 1
    assert rules.next_drift(2.0, 0.0, 0.6) == pytest.approx(1.2)
    assert rules.next_drift(0.0, 2.0, 0.6) == pytest.approx(1.6)


def test_two_standard_normals_are_mixed_by_their_shares_of_the_variance() -> None:
    assert rules.mixed(3.0, 5.0, 0.36) == pytest.approx(0.8 * 3 + 0.6 * 5)
    assert rules.mixed(0.123456789, 5.0, 0.0) == 0.123456789
    assert rules.mixed(3.0, 5.0, 1.0) == 5.0


def test_a_share_of_failures_is_mixed_on_the_scale_of_its_trait() -> None:
    # odds of 1 around a median of odds 1 / 3, sd 2: the trait is -(log 3) / 2; four fifths of it, and .6 * 2 + .1 more, times -2
    expected = 1 / (1 + math.exp(-(-math.log(3) + 0.8 * math.log(3) - 2 * (0.6 * 2 + 0.1))))
    assert rules.mixed_share(0.5, -math.log(3), 2.0, 2.0, 0.36, 0.1) == pytest.approx(expected)
    assert rules.mixed_share(0.123456789, -1.0, 2.0, 2.0, 0.0, 0.0) == 0.123456789
    assert [rules.mixed_share(share, -math.inf, 2.0, 2.0, 0.36, 0.1) for share in (0.0, 1.0)] == [0.0, 1.0]


def test_the_fit_of_a_pair_is_a_standard_normal_that_loads_on_what_the_pair_has_in_common() -> None:
    up = float(special.ndtr(2.0))
    assert rules.fit(3.0, 0.6, up) == pytest.approx(0.6 * 3 + 0.8 * 2)
    assert rules.fit(3.0, -1.0, up) == pytest.approx(-3)

import pytest

from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import compose_settings
from experiments.studies.factors import parse_factors, settings_at
from sim.config import ConfigError


def settings(factors: str):
    return compose_settings("compare", ["market=minimal", "arm=[uniform,wecasa_2025]", f"+factors={factors}"])


def test_arm_means_the_studied_arm_and_a_section_of_the_market_needs_no_prefix():
    given = settings("{arm.score.min_sessions: [0, 15], economics.payback_bookings: [2, 3], market.pros.n: [9, 10]}")
    paths = [factor.path for factor in parse_factors(given, "wecasa_2025")]
    assert paths == [
        ("arms", "wecasa_2025", "score", "min_sessions"),
        ("market", "economics", "payback_bookings"),
        ("market", "pros", "n"),
    ]


def test_a_point_changes_its_keys_and_nothing_else():
    given = settings("{arm.score.min_sessions: [0, 15], pros.n: [9, 10], market.services.0.price_eur: [50, 70]}")
    factors = parse_factors(given, "wecasa_2025")
    changed = settings_at(given, factors, (15, 9, 70))
    assert load_arms(changed)["wecasa_2025"].score.min_sessions == 15
    assert load_market(changed).pros.n == 9
    assert load_market(changed).services[0].price_eur == 70
    assert load_arms(given)["wecasa_2025"].score.min_sessions == 30, "the settings given stay as they are"
    back = settings_at(changed, factors, (30, given["market"]["pros"]["n"], given["market"]["services"][0]["price_eur"]))
    assert back == given


def test_a_range_has_two_ends():
    (factor,) = parse_factors(settings("{clients.one_time_share: {low: .3, high: .7}}"), "wecasa_2025")
    assert factor.is_range
    assert (factor.low, factor.high, factor.short) == (0.3, 0.7, "one_time_share")


def test_a_level_may_stand_for_several_keys_and_for_every_arm():
    levels = "{spread: {usual: {}, double: {stay.skill: .9, market.stay.warmth: .8, all_arms.score.min_sessions: 5}}}"
    given = settings(levels)
    factors = parse_factors(given, "wecasa_2025")
    assert factors[0].levels == ("usual", "double")
    assert settings_at(given, factors, ["usual"]) == given
    changed = settings_at(given, factors, ["double"])
    assert (changed["market"]["stay"]["skill"], changed["market"]["stay"]["warmth"]) == (0.9, 0.8)
    assert [changed["arms"][arm]["score"]["min_sessions"] for arm in ("uniform", "wecasa_2025")] == [5, 5]


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ("{spread: {double: {stay.skill: .9}}}", "factors.spread, must have at least two levels"),
        ("{spread: {usual: {}, double: {stay.skil: .9}}}", "factors.spread.double, unknown key; did you mean market.stay.skill?"),
        ("{spread: {usual: {}, double: {stay: 1}}}", "factors.spread.double.stay, must be a key with one value, not a section"),
        (
            "{stay.skill: [0, 1], spread: {usual: {}, double: {stay.skill: .9}}}",
            "factors.spread, varies the same key as another factor",
        ),
        ("{}", "factors = {}, must name a key and its values"),
        ("{clients.one_time: [0, 1]}", "factors.clients.one_time, unknown key; did you mean market.clients.one_time_share?"),
        (
            "{arm.score.sessions: [0, 1]}",
            "factors.arm.score.sessions, unknown key; did you mean arms.wecasa_2025.score.min_sessions?",
        ),
        ("{zzz: [0, 1]}", "factors.zzz, unknown key"),
        ("{clients: [0, 1]}", "factors.clients, must be a key with one value, not a section"),
        ("{pros.n: [5]}", r"factors.pros.n = \[5\], must be a list of at least two values"),
        ("{pros.n: 5}", "factors.pros.n = 5, must be a list of at least two values"),
        ("{pros.n: [5, 5]}", r"factors.pros.n = \[5, 5\], must be distinct"),
        ("{pros.n: [5, 6], market.pros.n: [5, 6]}", "factors.market.pros.n, varies the same key as another factor"),
        ("{pros.n: {low: 6, high: 5}}", "with numbers a < b"),
        ("{pros.n: {low: 6, top: 5}}", "with numbers a < b"),
    ],
)
def test_factors_that_cannot_vary_are_refused_by_name(factors, message):
    with pytest.raises(ConfigError, match=message):
        parse_factors(settings(factors), "wecasa_2025")


def test_true_and_one_are_different_levels():
    assert parse_factors(settings("{log_offers: [true, false]}"), "uniform")[0].levels == (True, False)

import math
from typing import Any

import pytest

from sim.config import ConfigError, Market, Service, load
from tests.markets import market


def changed(path: str, value: Any) -> dict[str, Any]:
    """The minimal market as a plain mapping, with one key set."""
    values = market().model_dump(mode="json")
    *sections, key = path.split(".")
    place = values
    for name in sections:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[key] = value
    return values


def refusal(path: str, value: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        load(Market, changed(path, value), "market")
    return str(caught.value)


def test_a_valid_mapping_becomes_a_market_that_nobody_can_change() -> None:
    world = load(Market, changed("clients.one_time_share", 0.25), "market")
    assert world.clients.one_time_share == 0.25
    with pytest.raises(ValueError, match="frozen"):
        world.horizon_days = 10  # type: ignore[misc]


SERVICE = {"name": "session", "client_share": 1, "duration_minutes": 60, "price_eur": 60}
CHANNEL = {"name": "all", "share": 1, "relative_cost": 1}
NO_HOURS = [0] * 24


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        # unknown key, wrong type, boolean as a number, number as a boolean
        ("clients.one_time", 0.5, "unknown key"),
        ("requests.max_ofers", 5, "unknown key"),
        ("pros.n", "many", "input should be a valid integer"),
        ("pros.n", 2.5, "input should be a valid integer"),
        ("pros.n", None, "input should be a valid integer"),
        ("pros.n", True, "input should be a valid integer"),
        ("clients.arrivals_per_day", "5", "input should be a valid number"),
        ("clients.arrivals_per_day", True, "input should be a valid number"),
        ("clients.dropout_after_first", 1, "input should be a valid boolean"),
        ("clients", 3, "input should be a valid dictionary or instance of Clients"),
        ("requests.offer_order", "random", "input should be 'sampled', 'ranked' or 'broadcast'"),
        # out of range
        ("pros.n", 0, "input should be greater than or equal to 1"),
        ("clients.one_time_share", 1.01, "input should be less than or equal to 1"),
        ("clients.other_service_share", 1.2, "input should be less than or equal to 1"),
        ("clients.arrivals_per_day", 0, "input should be greater than 0"),
        ("clients.arrivals_per_day", math.inf, "input should be a finite number"),
        ("clients.arrivals_per_day", math.nan, "input should be a finite number"),
        ("clients.weekly_shape", [1, 1], "tuple should have at least 7 items after validation, not 2"),
        ("refresh_weekday", 7, "input should be less than or equal to 6"),
        ("pros.late_share", 0, "input should be greater than 0"),
        ("pros.trait_loadings.skill", 1.5, "input should be less than or equal to 1"),
        ("services", [], "tuple should have at least 1 item after validation, not 0"),
        # keys that contradict each other
        ("warmup_days", 730, "must be < horizon_days = 730"),
        ("pros.zones_per_pro", 2, "must be <= zones = 1"),
        ("pros.work_days", [5, 3], "must be two increasing numbers within 1..7"),
        ("pros.work_hours", [0, 3], "must be two increasing numbers within 1..24"),
        ("pros.start_hour", [5, 5], "the shortest day must end by hour 24"),
        ("requests.lead_min_hours", 1081, "must be <= 24 * lead_max_days"),
        ("requests.start_hour_weights", NO_HOURS, "must hold a positive number"),
        ("requests.start_weekday_weights", [0] * 7, "must hold a positive number"),
        ("requests.start_weekday_weights", [1] * 6, "tuple should have at least 7 items after validation, not 6"),
        ("clients.lapse_share", 1, "input should be less than 1"),
        ("clients.gap_shape_log_sd", -0.1, "input should be greater than or equal to 0"),
        ("clients.gap_shape_log_sd", 1.6, "input should be less than or equal to 1.5"),
        ("clients.lapse_gaps", 0, "input should be greater than 0"),
        ("clients.yearly_shape", [0] * 12, "must hold a positive number"),
        ("rating.cut_logits", [0, 1, 3, 2], "must increase"),
        # choice from a list
        ("requests.mode", "menu", "input should be 'dispatch', 'list' or 'mixed'"),
        ("requests.list.size", 0, "input should be greater than or equal to 1"),
        ("requests.list.position", -1, "input should be greater than or equal to 0"),
        ("requests.list.position_form", "cubic", "input should be 'log' or 'linear'"),
        ("requests.list.mixed_share", 1.5, "input should be less than or equal to 1"),
        ("requests.list.prior_stars", 0, "input should be greater than or equal to 1"),
        ("requests.list.outside", math.inf, "input should be a finite number"),
        ("requests.list.depth", 3, "unknown key"),
        ("pros.price_log_sd", -0.1, "input should be greater than or equal to 0"),
        # what closes the loop
        ("acquisition.mode", "grow", "input should be 'fixed' or 'reinvest'"),
        ("acquisition.reinvested_share", 1.2, "input should be less than or equal to 1"),
        ("acquisition.reinvested_share", -0.1, "input should be greater than or equal to 0"),
        ("acquisition.launch_share", 2, "input should be less than or equal to 1"),
        ("acquisition.launch_months", 0, "input should be greater than or equal to 1"),
        ("acquisition.trailing_months", 0, "input should be greater than or equal to 1"),
        ("acquisition.floor_share", 0, "input should be greater than 0"),
        ("clients.leakage.share_per_session", 1.5, "input should be less than or equal to 1"),
        ("clients.leakage.from_session", 0, "input should be greater than or equal to 1"),
        ("clients.competitors.hazard_per_idle_month", -0.1, "input should be greater than or equal to 0"),
        ("pros.adapting.incentive_strength", -1, "input should be greater than or equal to 0"),
        ("pros.adapting.lag_weeks", -2, "input should be greater than or equal to 1"),
        ("pros.adapting.full_effort_sd", -1, "input should be greater than or equal to 0"),
        ("pros.adapting.enabled", 1, "input should be a valid boolean"),
        ("pros.entering.enabled", 1, "input should be a valid boolean"),
        ("pros.entering.reservation_sessions_per_week", 0, "input should be greater than 0"),
        ("pros.entering.reservation_log_sd", -1, "input should be greater than or equal to 0"),
        ("pros.entering.established_share", 1.5, "input should be less than or equal to 1"),
        ("pros.entering.similarity_sd", 0, "input should be greater than 0"),
        ("pros.selecting.incentive_strength", -1, "input should be greater than or equal to 0"),
        ("pros.selecting.lag_weeks", -2, "input should be greater than or equal to 1"),
        ("pros.selecting.refusal_logit", -1, "input should be greater than or equal to 0"),
        ("pros.selecting.cancellation_logit", -1, "input should be greater than or equal to 0"),
        # quality that moves, and quality of a pair
        ("pros.learning.gain_sd", -1, "input should be greater than or equal to 0"),
        ("pros.learning.sessions", 0, "input should be greater than 0"),
        ("pros.drift.share", 1.2, "input should be less than or equal to 1"),
        ("pros.drift.half_life_weeks", 0, "input should be greater than 0"),
        ("pros.drift.enabled", 1, "input should be a valid boolean"),
        ("pros.tiring.loss_sd", -1, "input should be greater than or equal to 0"),
        ("pros.tiring.full_sessions_per_week", 0, "input should be greater than 0"),
        ("pros.tiring.lag_weeks", 0, "input should be greater than or equal to 1"),
        ("sessions.pair_share", 1.01, "input should be less than or equal to 1"),
    ],
)
def test_a_wrong_value_is_refused_with_key_value_and_rule(path: str, value: Any, rule: str) -> None:
    text = refusal(path, value)
    assert text.startswith(f"market.{path} = "), text
    assert text.endswith(f", {rule}"), text
    if not isinstance(value, list):
        # the value as it stands in Python, or short: 2.0 as 2
        assert text.removeprefix(f"market.{path} = ").startswith((f"{value!r}, ", f"{value}, "))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("pros.trait_loadings.skill", True),
        ("pros.trait_loadings.skill", "0.5"),
        ("clients.weekly_shape", ["1", "1", "1", "1", "1", "1", "1"]),
        ("rating.cut_logits", ["-4", "-3", "-2", "-1"]),
    ],
)
def test_text_and_booleans_are_not_numbers_inside_lists_and_mappings_either(path: str, value: Any) -> None:
    assert refusal(path, value).startswith(f"market.{path}")


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("services", [SERVICE | {"client_share": 0.9}], "market.services client shares sum to 0.9, must sum to 1"),
        ("services", [SERVICE | {"client_share": 0.5}] * 2, "market.services names = ['session', 'session'], must be distinct"),
        ("clients.channels", [CHANNEL | {"share": 0.5}], "market.clients.channels shares sum to 0.5, must sum to 1"),
        ("clients.channels", [CHANNEL | {"share": 0.5}] * 2, "market.clients.channels names = ['all', 'all'], must be distinct"),
    ],
)
def test_shares_sum_to_one_and_names_are_distinct(path: str, value: Any, text: str) -> None:
    # the dots and blanks between section and key are a matter of taste
    def words(line: str) -> list[str]:
        return line.replace(":", " ").replace(".", " ").split()

    assert words(refusal(path, value)) == words(text)


def test_acquisition_out_of_contribution_needs_a_launch_above_its_floor_and_an_end_of_it() -> None:
    acquisition = market().model_dump(mode="json")["acquisition"] | {"mode": "reinvest"}
    text = refusal("acquisition", acquisition | {"launch_share": 0.01})
    assert text == "market.acquisition.launch_share = 0.01, must be >= floor_share = 0.05"
    # 24 months are 730.5 days, and the market has 730
    text = refusal("acquisition", acquisition | {"launch_months": 24})
    assert text == ("market.acquisition.launch_months = 24, must end before horizon_days = 730: nothing would ever be reinvested")
    assert load(Market, changed("acquisition", acquisition | {"launch_months": 23}), "market").acquisition.mode == "reinvest"
    # without reinvestment both are idle numbers
    load(Market, changed("acquisition", acquisition | {"mode": "fixed", "launch_months": 24, "launch_share": 0.01}), "market")


def test_at_least_one_channel_costs_something() -> None:
    assert "relative_cost" in refusal("clients.channels", [CHANNEL | {"relative_cost": 0}])


def test_a_booking_brings_more_than_it_costs() -> None:
    # 12 EUR at 25 % is 3 EUR, exactly the variable cost
    text = refusal("services", [SERVICE | {"price_eur": 12}])
    assert text.startswith("market.services.session.price_eur = 12, ")
    assert "variable_cost_eur" in text
    world = load(Market, changed("services", [SERVICE | {"price_eur": 12.01}]), "market")
    assert world.list_contribution_eur(world.services[0]) == pytest.approx(0.0025)


def test_a_missing_key_is_named() -> None:
    values = market().model_dump(mode="json")
    del values["clients"]["gap_shape"]
    with pytest.raises(ConfigError) as caught:
        load(Market, values, "market")
    assert str(caught.value) == "market.clients.gap_shape is missing"


def test_a_wrong_item_of_a_list_is_one_problem() -> None:
    # 45 minutes are not half hours
    text = refusal("services", [SERVICE | {"duration_minutes": 45}])
    assert text == "market.services.0.duration_minutes = 45, input should be a multiple of 30"


def test_all_problems_are_told_at_once() -> None:
    values = changed("clients.one_time_share", 2)
    values["pros"]["n"] = 0
    with pytest.raises(ConfigError) as caught:
        load(Market, values, "market")
    keys = {line.split(" = ")[0] for line in str(caught.value).splitlines()}
    assert keys == {"market.clients.one_time_share", "market.pros.n"}


def test_the_trait_loadings_name_every_trait_and_no_other() -> None:
    loadings = market().model_dump(mode="json")["pros"]["trait_loadings"]
    assert "must name exactly" in refusal("pros.trait_loadings", loadings | {"charm": 0.5})
    assert "must name exactly" in refusal("pros.trait_loadings", {name: loadings[name] for name in loadings if name != "skill"})


def test_a_section_can_be_loaded_on_its_own() -> None:
    assert load(Service, SERVICE).duration_minutes == 60
    with pytest.raises(ConfigError, match=r"^price_eur = -1, "):
        load(Service, SERVICE | {"price_eur": -1})


def test_clients_who_choose_cannot_be_offered_to_several_pros_at_once() -> None:
    with pytest.raises(ConfigError, match=r"offer_order = broadcast, must be sampled or ranked with mode = list"):
        market("requests.mode=list", "requests.offer_order=broadcast")
    assert market("requests.mode=mixed", "requests.offer_order=broadcast").requests.mode == "mixed"

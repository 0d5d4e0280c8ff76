from dataclasses import replace

import pytest

from experiments.explorer.choice import (
    Base,
    Choice,
    arm_line,
    arm_names,
    base,
    changes,
    composed,
    field_of,
    names,
    overrides,
    scaled,
)
from sim.config import ConfigError
from tests.experiments.explorer.tiny import TINY

KNOWN = Base(min_sessions=30, strength=1.0, payback_bookings=3, arrivals_per_day=13.3, n_pros=120)


def test_the_numbers_of_the_yaml_files_are_what_the_controls_start_from():
    assert base("wecasa_2025", "personal_care") == Base(30, 1, 3, 13.3, 120)
    # uniform weighs nobody, so there is no strength to change
    assert base("uniform", "personal_care").strength is None


def test_only_what_differs_from_the_yaml_files_becomes_an_override():
    always = {"control": "uniform", "studied": "wecasa_2025", "longest_window_months": 24, "replications": 8}
    always |= {"worlds": 0, "seed": 1}
    assert changes(Choice(size_percent=100, min_sessions=30, strength=1.0, payback_bookings=3), KNOWN) == always
    changed = Choice(size_percent=100, min_sessions=15, strength=2.0, payback_bookings=4)
    assert changes(changed, KNOWN) == always | {
        "arms.wecasa_2025.score.min_sessions": 15,
        "arms.wecasa_2025.allocator.strength": 2.0,
        "market.economics.payback_bookings": 4,
    }


def test_a_smaller_market_has_a_part_of_the_clients_and_of_the_pros():
    # half of 13.3 and of 120; never nobody
    assert scaled(KNOWN, 50) == (6.65, 60)
    assert scaled(replace(KNOWN, n_pros=3), 10) == (1.33, 1)


def test_the_control_comes_first_and_no_arm_twice():
    assert Choice(control="rating", others=("oracle", "wecasa_2025")).arms == ("rating", "oracle", "wecasa_2025")
    assert overrides(Choice(control="uniform", studied="uniform"), KNOWN)[0] == "arm=[uniform]"


def test_what_was_chosen_is_what_is_simulated(folders):
    plan = composed(replace(TINY, min_sessions=7, strength=2.5, payback_bookings=5, seed=9), folders.config_dirs).plan
    assert plan.arms["wecasa_2025"].score.min_sessions == 7
    assert plan.arms["wecasa_2025"].allocator.strength == 2.5
    # the other arm keeps its own
    assert plan.arms["uniform"].score.min_sessions == 30
    assert (plan.market.economics.payback_bookings, plan.options.seed, plan.options.replications) == (5, 9, 2)
    assert (plan.market.pros.n, plan.market.horizon_days) == (20, 460)


REFUSED = {
    "min_sessions": (replace(TINY, min_sessions=-1), "arms.wecasa_2025.score.min_sessions = -1, must be >= 0"),
    "strength": (replace(TINY, strength=-0.5), "arms.wecasa_2025.allocator.strength = -0.5"),
    "payback_bookings": (replace(TINY, payback_bookings=0), "market.economics.payback_bookings = 0"),
    "replications": (replace(TINY, replications=0), "replications = 0"),
    "seed": (replace(TINY, seed=-1), "seed = -1"),
    "months": (replace(TINY, months=24), "market.horizon_days = 460, must be > warmup_days + 730"),
}


@pytest.mark.parametrize("field", REFUSED)
def test_an_impossible_setting_is_refused_in_the_words_of_the_command_and_the_message_finds_its_field(field, folders):
    choice, words = REFUSED[field]
    with pytest.raises(ConfigError) as refused:
        composed(choice, folders.config_dirs)
    assert words in str(refused.value)
    assert field_of(str(refused.value)) == field


def test_a_message_about_something_else_belongs_to_no_field():
    assert field_of("services shares sum to 2, must sum to 1") is None
    assert field_of("") is None


def test_all_arms_and_markets_can_be_chosen_those_of_other_folders_too(folders):
    assert {"uniform", "wecasa_2025", "ranked", "oracle"} <= set(arm_names())
    assert "tiny" in names("market", folders.config_dirs)
    assert "tiny" not in names("market")


def test_a_yaml_says_in_its_first_line_when_to_choose_it_without_the_number_of_a_fact():
    assert arm_line("wecasa_2025") == "Today's published rule: 30 sessions, 6 months."
    assert arm_line("ranked") == "Strict order by score: the best free pro gets the first offer."
    assert arm_line("nobody") == ""

from typing import Any

import pytest

from experiments.plans.compose import compose_settings
from experiments.search.space import Candidate, Space, parse_space
from sim.config import ConfigError

SETTINGS = compose_settings("compare", ["arm=[wecasa_2025]"])
CONDITIONAL = {
    "arm.allocator.strength": {"low": 0, "high": 8},
    "arm.score.min_sessions": {"low": 0, "high": 60, "step": 15},
    "arm.allocator.temperature": {"low": 0.01, "high": 10, "log": True},
    "arm.allocator": ["fidelity", "softmax"],
}


def space(search: Any, arm: str = "wecasa_2025") -> Space:
    return parse_space(SETTINGS | {"search": search}, arm)


@pytest.fixture(scope="module")
def conditional() -> Space:
    return space(CONDITIONAL)


def test_a_key_is_there_only_with_the_allocators_that_have_it(conditional: Space) -> None:
    found = conditional
    # whoever decides about others comes first, however they were written
    assert found.dimensions[0].name == "arm.allocator"
    first, last = (found.candidate(lambda one, share=share: one.at(share)) for share in (0.0, 1.0))
    assert dict(first.values) == {"arm.allocator": "fidelity", "arm.allocator.strength": 0.0, "arm.score.min_sessions": 0}
    assert dict(last.values) == {"arm.allocator": "softmax", "arm.score.min_sessions": 60, "arm.allocator.temperature": 10.0}


def test_the_settings_of_a_candidate_are_those_of_its_arm_with_its_values(conditional: Space) -> None:
    found = conditional
    changed = found.applied(
        SETTINGS, found.read({"arm.allocator": "softmax", "arm.allocator.temperature": 2.5, "arm.score.min_sessions": 15})
    )
    arm = changed["arms"]["wecasa_2025"]
    # strength, floor and cap of the fidelity allocator are gone with it
    assert arm["allocator"] == {"_target_": "sim.allocators.softmax.Softmax", "temperature": 2.5}
    assert arm["score"] == SETTINGS["arms"]["wecasa_2025"]["score"] | {"min_sessions": 15}
    assert SETTINGS["arms"]["wecasa_2025"]["allocator"]["strength"] == 1, "what was given stays"
    assert changed["market"] == SETTINGS["market"]


def test_without_a_choice_of_allocators_a_key_is_the_arms_own() -> None:
    found = space({"arm.allocator.cap": [3, 5, 8], "arm.allocator.strength": {"low": 0.5, "high": 2}})
    assert found.read({"arm.allocator.cap": 3, "arm.allocator.strength": 1}).values == (
        ("arm.allocator.cap", 3),
        ("arm.allocator.strength", 1.0),
    )


def test_candidates_are_the_same_when_their_values_are() -> None:
    found = space({"arm.allocator.strength": {"low": 0, "high": 8}, "arm.score.min_sessions": [0, 30]})
    a, b, c = (found.read({"arm.allocator.strength": x, "arm.score.min_sessions": 30}) for x in (2, 2.0000000001, 2.00001))
    # six significant digits: 2.0000000001 is 2, 2.00001 is not
    assert a.identity == b.identity != c.identity
    assert Candidate((("k", True),)).identity != Candidate((("k", 1),)).identity


def test_a_scale_of_factors_has_its_middle_at_the_geometric_mean_and_steps_stay_whole(conditional: Space) -> None:
    found = {one.name: one for one in conditional.dimensions}
    temperature, sessions = found["arm.allocator.temperature"], found["arm.score.min_sessions"]
    assert temperature.at(0.5) == pytest.approx(0.316228)  # sqrt(.01 * 10)
    assert temperature.share(temperature.at(0.25)) == pytest.approx(0.25, abs=1e-5)
    assert [sessions.at(share) for share in (0.0, 0.19, 0.2, 0.99, 1.0)] == [0, 0, 15, 60, 60]
    assert all(type(sessions.at(share)) is int for share in (0.0, 0.5, 1.0))


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({}, r"search = \{\}, must name a key"),
        (None, "search = None, must name a key"),
        ({"arm.allocator.strenght": [1, 2]}, "search.arm.allocator.strenght, unknown key: .* did you mean arm.allocator.strength"),
        ({"market.pros.n": [1, 2]}, "search.market.pros.n, must begin with arm"),
        ({"arm.allocator": ["fidelity", "softmax"], "arm.allocator.bounds": [1, 2]}, "none of fidelity, softmax has it"),
        ({"arm.allocator": ["fidelity", "softmx"]}, "search.arm.allocator: .*softmx"),
        ({"arm.allocator": {"low": 1, "high": 2}}, "must be a list of names of configs/allocator"),
        ({"arm.allocator": ["fidelity"]}, "search.arm.allocator = .*at least two values"),
        ({"arm.allocator.strength": [1, 1]}, "must be distinct"),
        ({"arm.allocator.strength": 3}, "search.arm.allocator.strength = 3, must be a list"),
        ({"arm.allocator.strength": {"low": 2, "high": 1}}, "low must be < high"),
        ({"arm.allocator.strength": {"low": 0, "high": 1, "log": True}}, "low must be > 0"),
        ({"arm.allocator.strength": {"low": 0, "high": 1, "log": 1}}, "log = 1, must be true or false"),
        ({"arm.allocator.strength": {"low": 0, "high": 1, "step": 0.3}}, "whole number of steps"),
        ({"arm.allocator.strength": {"low": 1, "high": 2, "step": 1, "log": True}}, "must not have both"),
        ({"arm.allocator.strength": {"low": "a", "high": 2}}, "with numbers"),
        ({"arm.allocator.strength": {"low": 0}}, "with numbers"),
        ({"arm.allocator.strength": {"low": 0, "high": 1, "hight": 1}}, "search.arm.allocator.strength.hight = 1, unknown key"),
        ({"arm.allocator.strength": {"low": -3, "high": 1}}, "search.arm.allocator.strength: .*strength = -3"),
        ({"arm.score.min_sessions": {"low": 0, "high": 60}}, "step: 1 keeps to whole numbers"),
        ({"arm.score": ["raw", "wilson_lower"], "arm.score._target_.x": [1, 2]}, "unknown key"),
        ({"arm.programmes": [1, 2]}, "search.arm.programmes"),
    ],
)
def test_a_space_that_is_none_is_refused_by_key_value_and_rule(search: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        space(search)


def test_an_arm_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="varies the arm 'x', must be one of the arms: wecasa_2025"):
        space({"arm.allocator.strength": [1, 2]}, "x")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"arm.allocator": "fidelity", "arm.score.min_sessions": 0}, "search.arm.allocator.strength is missing"),
        ({"arm.allocator": "tiers"}, "search.arm.allocator = 'tiers', must be one of: fidelity, softmax"),
        ({"arm.allocator": "fidelity", "arm.allocator.strength": 9}, "must be within 0 and 8"),
        ({"arm.allocator": "fidelity", "arm.allocator.strength": True}, "must be within 0 and 8"),
        (
            {"arm.allocator": "fidelity", "arm.allocator.strength": 1, "arm.score.min_sessions": 0, "arm.allocator.temperature": 1},
            "search.arm.allocator.temperature = 1, unknown key of this candidate",
        ),
    ],
)
def test_values_of_no_candidate_are_refused(conditional: Space, values: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        conditional.read(values)

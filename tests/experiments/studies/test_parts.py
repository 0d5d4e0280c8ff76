from functools import cache
from typing import Any

import pytest

from experiments.plans.compose import CONFIGS, compose_settings
from experiments.studies.parts import _value, base_of, change, make_parts
from sim.config import ConfigError
from tests.commands import run

PARTS = (
    *("ladder", "orders", "capacity", "surface", "shrinkage", "gate", "markets", "growth", "stages"),
    *("scores", "rules", "sensitivity"),
)


@cache
def composed(*overrides: str) -> dict[str, Any]:
    return compose_settings("study", ["experiment=interplay", *overrides])


def settings(*overrides: str, **parts: Any) -> dict[str, Any]:
    """Composed settings of the study, with these parts in the place of its own."""
    return composed(*overrides) | ({"parts": parts} if parts else {})


def part(**changes: Any) -> dict[str, Any]:
    return {"question": "Which?", "arms": {"uniform": {}, "wecasa_2025": {}}, "studied": "wecasa_2025", "replications": 2} | changes


def refusal(*overrides: str, **parts: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        make_parts(settings(*overrides, **parts))
    return str(caught.value)


def test_the_study_has_what_it_promises() -> None:
    plan = make_parts(settings())
    parts = {one.name: one for one in plan.parts}
    assert tuple(parts) == PARTS
    assert (len(parts["growth"].points), parts["growth"].plan.options.replications) == (27, 12)
    assert all(one.plan.options.replications >= 8 for one in plan.parts)
    assert {point.market.economics.payback_bookings for point in parts["growth"].points} == {2, 3, 5}
    assert {one.market.acquisition.mode for one in parts["growth"].points} == {"reinvest"}
    assert {one.market.acquisition.mode for one in parts["surface"].points} == {"fixed"}
    # as the market for reinvested growth
    assert parts["growth"].plan.market.clients.arrivals_per_day == 2 * parts["surface"].plan.market.clients.arrivals_per_day


def test_sizes_change_by_ordinary_overrides() -> None:
    plan = make_parts(settings("~parts.growth", "parts.rules.replications=3", "market.clients.arrivals_per_day=1"))
    parts = {one.name: one for one in plan.parts}
    assert tuple(parts) == tuple(name for name in PARTS if name != "growth")
    assert parts["rules"].plan.options.replications == 3
    assert parts["stages"].plan.market.clients.arrivals_per_day == 2
    assert {one.plan.options.replications for one in make_parts(settings("replications=5")).parts} == {5}


SPREAD = {"usual": {"stay.skill": 0.45, "stay.warmth": 0.4}, "wide": {"stay.skill": 0.9, "stay.warmth": 0.8}}


def test_a_part_may_take_a_fraction_of_the_combinations_of_its_factors() -> None:
    keys = ("stay.late", "stay.redispatched", "stay.unfilled", "stay.cancelled_by_pro")
    factors = {"spread": SPREAD} | {key: [-2, -1] for key in keys}
    full, half = (make_parts(settings(mine=part(factors=factors, design=one))).parts[0] for one in ("full", "fractional_5"))
    assert (len(full.points), len(half.points)) == (32, 16)
    assert "design" in refusal(mine=part(factors=factors, design="latin_hypercube"))


def test_the_level_that_stands_in_the_configuration_is_the_base() -> None:
    factors = {"spread": SPREAD, "other": {"half": {"stay.advocacy": 0.1}, "double": {"stay.advocacy": 0.6}}, "stay.late": [0, -2]}
    (mine,) = make_parts(settings(mine=part(factors=factors | {"market": ["personal_care", "thin"]}))).parts
    assert base_of(mine) == {"spread": "usual", "other": None, "stay.late": -1.0, "market": "personal_care"}


def test_a_quick_run_takes_the_first_and_the_last_named_level() -> None:
    three = SPREAD | {"wider": {"stay.skill": 1.2}}
    (mine,) = make_parts(settings("quick=true", mine=part(factors={"spread": three}))).parts
    assert mine.study.design.levels == {"spread": ("usual", "wider")}


def test_a_level_of_the_market_is_what_a_preset_changes_and_keeps_what_else_was_asked_for() -> None:
    plan = make_parts(settings("market.horizon_days=1100"))
    part = next(one for one in plan.parts if one.name == "markets")
    markets = {point.market.name: point.market for point in part.points}
    assert tuple(markets) == ("personal_care", "thin", "busy", "churn", "unequal_pros")
    assert {market.horizon_days for market in markets.values()} == {1100}
    assert (markets["thin"].clients.arrivals_per_day, markets["thin"].zones) == (3, 4)
    usual, unequal = markets["personal_care"], markets["unequal_pros"]
    assert unequal.stay.skill == 2 * usual.stay.skill
    assert unequal.pros == usual.pros


def test_a_market_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"factors.market = 'thick', must be names of configs/market: .*thin"):
        make_parts(settings("parts.markets.factors.market=[thin,thick]"))


def test_margins_and_guardrails_are_checked_before_anything_is_simulated() -> None:
    with pytest.raises(ConfigError, match="equivalence_margin = 'return_rate', did you mean return_rate_6m"):
        make_parts(settings() | {"equivalence_margin": {"return_rate": 0.1}})
    with pytest.raises(ConfigError, match=r"guardrails.fill_rate.up_at_most = 0.1, higher is better"):
        make_parts(settings() | {"guardrails": {"fill_rate": {"up_at_most": 0.1}}})


def test_a_quick_run_is_a_corner_of_the_study() -> None:
    plan = make_parts(settings("quick=true"))
    assert {one.plan.options.replications for one in plan.parts} == {3}
    assert [len(one.points) for one in plan.parts] == [1, 2, 1, 4, 2, 32, 2, 8, 2, 1, 1, 8]


def test_an_arm_of_a_part_is_one_of_the_study_with_changes() -> None:
    arms = {"uniform": {}, "km": {"like": "wecasa_2025", "score.immature": "kaplan_meier", "allocator.strength": 3, "step": "time"}}
    (only,) = make_parts(settings(ours=part(arms=arms, studied="km"))).parts
    assert only.plan.arms["km"].score.immature == "kaplan_meier"
    assert only.plan.arms["km"].allocator.strength == 3
    # runs that points share are counted once: 2 arms x 2 replications
    assert only.n_runs == 4


def test_changes_leave_what_they_change_as_it_was() -> None:
    before = {"a": {"b": 2, "c": [1]}}
    assert change(before, {"a.b": {"times": 2}, "a.c": [3]}, "here") == {"a": {"b": 4, "c": [3]}}
    assert before == {"a": {"b": 2, "c": [1]}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"arm": {}}, "parts.ours.arm = {}, unknown key"),
        ({"arms": {"mine": {}}, "studied": "mine"}, "parts.ours.arms.mine.like = 'mine', must be one of the arms: uniform"),
        (
            {"arms": {"uniform": {"score.min_session": 3}}},
            "parts.ours.arms.uniform.score.min_session, unknown key; did you mean score.min_sessions?",
        ),
        ({"market": {"pros.m": 3}}, "parts.ours.market.pros.m, unknown key"),
        (
            {"market": {"name": {"times": 3}}},
            "parts.ours.market.name = {'times': 3}, must be {times: number} of a key that holds a number",
        ),
        ({"control": "oracle"}, "parts.ours.control = 'oracle', must be one of its arms: uniform, wecasa_2025"),
        ({"replications": 0}, "parts.ours.replications = 0"),
        ({"market": {"pros.n": 0}}, "parts.ours: market.pros.n = 0"),
        (
            {"factors": {"arm.score.min_sessions": [30]}},
            "parts.ours: factors.arm.score.min_sessions = [30], must be a list of at least two",
        ),
        ({"factors": {"arm.score.min_sessions": [0, -1]}}, "parts.ours: at arm.score.min_sessions=-1: arms.wecasa_2025.score"),
    ],
)
def test_a_part_that_cannot_be_run_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    assert words in refusal(ours=part(**changes))


@pytest.mark.parametrize("name", ['a"><img src=x>', "pay/off", "b\\s", ""])
def test_the_name_of_a_part_becomes_a_file_and_must_be_plain(name: str) -> None:
    assert "must be a name of letters, digits and _" in refusal(**{name: part()})


def test_a_factor_inside_a_list_has_a_base_value() -> None:
    mapping = {"services": ({"price": 1.0}, {"price": 2.0})}
    assert _value(mapping, ("services", "1", "price")) == 2.0


def test_a_threshold_that_nobody_could_reach_is_refused() -> None:
    # 1,278 days of at most 11 hours on 6 of 7 days, an hour a session: 12,049.7
    most = "must be <= 12050: no pro could complete more within market.horizon_days = 1278"
    words = f"arms.wecasa_2025.score.min_sessions = 12051, {most}"
    assert words in refusal(ours=part(arms={"wecasa_2025": {"score.min_sessions": 12051}}))
    make_parts(settings(ours=part(arms={"wecasa_2025": {"score.min_sessions": 12050}})))


def test_factors_beside_parts_are_refused() -> None:
    assert "factors = {'arm.score.min_sessions': [0, 1]}, must be null beside parts" in refusal(
        "factors={arm.score.min_sessions:[0,1]}"
    )


def serving(*sections: str, **changes: Any) -> dict[str, Any]:
    return part(section=list(sections), control="uniform") | changes


def test_a_part_says_one_section_or_several_or_none() -> None:
    plan = make_parts(
        settings(a=part(section="scores", control="uniform"), b=serving("rules", "payback.settings"), c=part(section=None))
    )
    assert [one.options.section for one in plan.parts] == [("scores",), ("rules", "payback.settings"), ()]


STEPS = {"uniform": {}, "wecasa_2025": {"step": "captured"}, "oracle": {"step": "the rest"}}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"a": serving("laddr")}, "parts.a.section = 'laddr', unknown section; did you mean ladder?"),
        ({"a": serving("ladder.capcity")}, "parts.a.section = 'ladder.capcity', unknown section; did you mean ladder.capacity?"),
        ({"a": serving("xyz")}, "parts.a.section = 'xyz', unknown section, must be one of: ladder, ladder.capacity,"),
        ({"a": part(section=3)}, "parts.a.section = 3"),
        (
            {"a": serving("rules"), "b": serving("rules")},
            "parts.b.section = 'rules', is what parts.a serves already, must be of one part; without a section",
        ),
        (
            {"ladder": serving("ladder")},
            "parts.ladder.section = 'ladder', needs an arm with a step, which the part lacks; without a",
        ),
        ({"a": serving("rules", control=None)}, "parts.a.section = 'rules', needs a control, which the part lacks"),
        (
            {"a": serving("surface", factors={"arm.allocator.strength": [0, 1]})},
            "parts.a.section = 'surface', needs a factor whose key ends in min_sessions, which the part lacks",
        ),
        ({"a": serving("sensitivity")}, "parts.a.section = 'sensitivity', needs factors, which the part lacks"),
        ({"a": serving("noise")}, "parts.a.section = 'noise', needs the arm fidelity_raw, which the part lacks"),
        (
            {"a": serving("ladder", arms=STEPS), "b": serving("ladder.capacity")},
            "parts.b.section = 'ladder.capacity', needs the arm of the last step of the ladder, which the part lacks",
        ),
        ({"a": serving("interaction")}, "parts.a.section = 'interaction', needs two arms NAME and CONTROL_NAME of a programme"),
    ],
)
def test_a_section_that_a_part_cannot_serve_is_refused_before_anything_is_simulated(parts: dict[str, Any], words: str) -> None:
    assert words in refusal(**parts)


def test_a_section_that_a_part_cannot_serve_ends_the_command_with_2(tmp_path, capsys) -> None:
    arguments = ["experiment=interplay", "parts.rules.section=rulse", f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]
    assert run("study", arguments) == 2
    assert "parts.rules.section = 'rulse', unknown section; did you mean rules?" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


EXPERIMENTS = sorted(path.stem for path in (CONFIGS / "experiment").glob("*.yaml"))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_opens_with_question_hypothesis_and_decision_rule(name: str) -> None:
    lines = (CONFIGS / "experiment" / f"{name}.yaml").read_text().splitlines()
    header = "".join(line for line in lines if line.startswith("#"))
    for word in ("Question:", "Hypothesis:", "Decision rule:"):
        assert word in header

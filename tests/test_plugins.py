import math
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from sim.allocators.fidelity import Fidelity
from sim.config import ConfigError
from sim.plugins import build
from sim.scores.fidelity import FidelityScore

FIDELITY = {"_target_": "sim.allocators.fidelity.Fidelity", "strength": 1, "floor": 0.2, "cap": 5}
SCORE = {
    "_target_": "sim.scores.fidelity.FidelityScore",
    "rebook_days": 183,
    "lookback_days": 183,
    "min_sessions": 30,
    "min_clients_behind": 5,
    "immature": "left_out",
    "credit": "platform",
}
THEIRS = '''
from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True)
class Favour:
    """Favours some."""

    share: float
    loud: bool = False

    def visibility(self, pros, now_days):
        return pros.joined_days * 0 + self.share


@dataclass
class Changeable:
    share: float

    def visibility(self, pros, now_days): ...


class Undeclared:
    def visibility(self, pros, now_days): ...


def visibility(pros, now_days): ...
'''


@pytest.fixture
def their_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a team's own package, importable but not yet listed in SIM_PLUGINS."""
    (tmp_path / "their_package").mkdir()
    (tmp_path / "their_package" / "__init__.py").touch()
    (tmp_path / "their_package" / "policy.py").write_text(THEIRS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("SIM_PLUGINS", raising=False)
    yield "their_package"
    for name in ("their_package", "their_package.policy"):
        sys.modules.pop(name, None)


def refusal(spec: Any, group: str = "allocator") -> str:
    with pytest.raises(ConfigError) as caught:
        build(spec, group, f"arms.mine.{group}")
    return str(caught.value)


def test_a_mapping_becomes_the_class_it_names() -> None:
    assert build(FIDELITY, "allocator", "") == Fidelity(strength=1, floor=0.2, cap=5)
    score = build(SCORE, "score", "")
    assert score == FidelityScore(183, 183, 30, 5, "left_out", "platform")
    with pytest.raises(FrozenInstanceError):
        score.min_sessions = 15


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ("os.system", "must be a class of sim; other packages are listed in SIM_PLUGINS"),
        ("builtins.eval", "must be a class of sim; other packages are listed in SIM_PLUGINS"),
        ("simulator.Fidelity", "must be a class of sim; other packages are listed in SIM_PLUGINS"),
        ("sim", "must be the dotted name of a class"),
        ("sim..uniform.Uniform", "must be the dotted name of a class"),
        ("sim.allocators.uniform:Uniform", "must be the dotted name of a class"),
        ("", "must be the dotted name of a class"),
        (3, "must be the dotted name of a class"),
        (None, "must be the dotted name of a class"),
        ("sim.allocators.nothing.Uniform", "cannot be imported: ModuleNotFoundError: No module named 'sim.allocators.nothing'"),
        ("sim.allocators.uniform.Nothing", "must be the name of a class: sim.allocators.uniform has no Nothing"),
        # a function, a module, and things of other packages that a module of sim has imported
        ("sim.plugins.build", "must be a class defined in sim"),
        ("sim.plugins.os", "must be a class defined in sim"),
        ("sim.log.Path", "must be a class defined in sim"),
        # a protocol, a class of another group, a frozen dataclass of no group, a class that is none
        ("sim.allocators.base.Allocator", "must have the method visibility or weights of the group allocator"),
        ("sim.allocators.base.RequestAllocator", "must have the method visibility or weights of the group allocator"),
        ("sim.scores.fidelity.FidelityScore", "must have the method visibility or weights of the group allocator"),
        ("sim.views.ScoreTable", "must have the method visibility or weights of the group allocator"),
        ("sim.config.ConfigError", "must have the method visibility or weights of the group allocator"),
    ],
)
def test_a_target_that_is_not_an_allocator_is_refused(target: Any, rule: str) -> None:
    assert refusal({"_target_": target}) == f"arms.mine.allocator._target_ = {target!r}, {rule}"


@pytest.mark.parametrize(
    "target", ["sim.allocators.uniform.Uniform", "sim.scores.base.Score", "sim.views.ScoreTable", "sim.config.Market"]
)
def test_a_target_that_is_not_a_score_is_refused(target: str) -> None:
    # every class can be called, to build one; what counts is whether one of them can be
    expected = f"arms.mine.score._target_ = {target!r}, must have the method __call__ of the group score"
    assert refusal({"_target_": target}, "score") == expected


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"strenght": 2}, "strenght = 2, unknown key; Fidelity takes: strength, floor, cap"),
        ({"_args_": [1]}, "_args_ = [1], unknown key; Fidelity takes: strength, floor, cap"),
        ({"_partial_": True}, "_partial_ = True, unknown key; Fidelity takes: strength, floor, cap"),
        ({"strength": True}, "strength = True, must not be a boolean"),
        ({"strength": "1"}, "strength = '1', must be a number"),
        ({"strength": None}, "strength = None, input should be a valid number"),
        ({"strength": [1]}, "strength = [1], input should be a valid number"),
        ({"strength": -1}, "strength = -1, must be within 0..100"),
        ({"strength": math.nan}, "strength = nan, must be within 0..100"),
        ({"cap": math.inf}, "cap = inf, must be >= 1 and finite"),
    ],
)
def test_a_wrong_field_is_refused_with_key_value_and_rule(change: dict[str, Any], rule: str) -> None:
    assert refusal({**FIDELITY, **change}) == f"arms.mine.allocator.{rule}"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"min_sessions": 30.5}, "min_sessions = 30.5, input should be a valid integer, got a number with a fractional part"),
        ({"min_sessions": True}, "min_sessions = True, must not be a boolean"),
        ({"immature": "guessed"}, "immature = 'guessed', input should be 'lost', 'left_out' or 'kaplan_meier'"),
        ({"credit": True}, "credit = True, must not be a boolean"),
    ],
)
def test_counts_and_choices_are_checked(change: dict[str, Any], rule: str) -> None:
    assert refusal({**SCORE, **change}, "score") == f"arms.mine.score.{rule}"


def test_a_missing_field_or_target_is_named() -> None:
    assert refusal({name: value for name, value in FIDELITY.items() if name != "cap"}) == "arms.mine.allocator.cap is missing"
    assert refusal({"strength": 1}) == "arms.mine.allocator._target_ is missing"


@pytest.mark.parametrize("spec", [None, 3, "sim.allocators.uniform.Uniform", ["uniform"]])
def test_what_is_not_a_mapping_is_refused(spec: Any) -> None:
    assert refusal(spec) == f"arms.mine.allocator = {spec!r}, must be a mapping with a _target_"


def test_a_package_that_is_not_listed_is_not_even_imported(their_package: str) -> None:
    target = f"{their_package}.policy.Favour"
    expected = f"arms.mine.allocator._target_ = '{target}', must be a class of sim; other packages are listed in SIM_PLUGINS"
    assert refusal({"_target_": target, "share": 0.5}) == expected
    assert their_package not in sys.modules


@pytest.mark.parametrize("listed", ["their_package", " other , their_package ", "their_package,"])
def test_a_listed_package_joins_with_its_own_class(their_package: str, monkeypatch: pytest.MonkeyPatch, listed: str) -> None:
    monkeypatch.setenv("SIM_PLUGINS", listed)
    policy = build({"_target_": f"{their_package}.policy.Favour", "share": 0.5, "loud": True}, "allocator", "")
    assert (type(policy).__name__, policy.share, policy.loud) == ("Favour", 0.5, True)


def test_a_listed_package_has_the_same_rules(their_package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIM_PLUGINS", their_package)
    here = f"{their_package}.policy"
    for name, rule in (
        ("Changeable", "must be a frozen dataclass"),
        ("Undeclared", "must be a frozen dataclass"),
        ("visibility", "must be a class defined in sim or their_package"),
        ("PurePath", "must be a class defined in sim or their_package"),
    ):
        assert refusal({"_target_": f"{here}.{name}", "share": 1}) == f"arms.mine.allocator._target_ = '{here}.{name}', {rule}"
    # its annotations are text, because of the future import
    favour = {"_target_": f"{here}.Favour", "share": 0.5}
    assert refusal({**favour, "share": True}) == "arms.mine.allocator.share = True, must not be a boolean"
    assert refusal({**favour, "share": "much"}) == "arms.mine.allocator.share = 'much', must be a number"
    assert refusal({**favour, "loud": 3}).startswith("arms.mine.allocator.loud = 3, input should be a valid boolean")

"""What somebody who calls the simulator from Python asks for, as the settings that the command line composes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from experiments.plans.arms import load_arms
from experiments.plans.compose import compose_settings
from experiments.plans.suggest import did_you_mean
from experiments.studies.parts import change
from sim.allocators.base import Allocator, RequestAllocator
from sim.config import ConfigError
from sim.engine.platform import Arm
from sim.plugins import METHODS, check_class

Policy = str | Mapping[str, Any] | Arm | Allocator | RequestAllocator
"""A name of ``configs/``; changes to such an arm, ``{"like": "wecasa_2025", "score.min_sessions": 0}``; or a policy itself."""

Arms = str | Sequence[str] | Mapping[str, Policy]
Overrides = Sequence[str] | Mapping[str, Any]

SCORED = "wecasa_2025"
"""The arm whose score goes to a policy that is given without one."""

LONGEST_NAME = 40
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_NOT_TEXT = ("null", "true", "false", "nan", "inf", "yes", "no", "on", "off")


@dataclass(frozen=True)
class Asked:
    """Composed settings, and the arms that no configuration names."""

    settings: dict[str, Any]
    own: dict[str, Arm]
    order: tuple[str, ...]
    """Names of all arms."""


def as_override(key: str, value: Any) -> str:
    """One line as on the command line.

    Examples
    --------
    >>> as_override("market.clients.one_time_share", 0.4), as_override("equivalence_margin", {"fill_rate": 0.01})
    ('market.clients.one_time_share=0.4', 'equivalence_margin={fill_rate:0.01}')
    """
    return f"{key}={_written(value, key)}"


def _written(value: Any, key: str) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str | Path):
        text = str(value)
        plain = _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT
        return text if plain else "'" + re.sub(r"(\\*)(')", r"\1\1\\\2", text) + "'"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}:{_written(below, key)}" for name, below in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_written(item, key) for item in value) + "]"
    raise ConfigError(f"{key} = {value!r}, must be made of numbers, texts, lists and mappings")


def lines_of(overrides: Overrides, given: Mapping[str, Any]) -> list[str]:
    """All overrides as lines; what is ``given`` by a parameter of its own yields to an override of the same key."""
    if isinstance(overrides, str):
        raise ConfigError(f"overrides = {overrides!r}, must be a list of key=value, or a mapping")
    if isinstance(overrides, Mapping):
        lines = [as_override(str(key), value) for key, value in overrides.items()]
    else:
        lines = [str(line) for line in overrides]
    taken = {line.partition("=")[0].strip() for line in lines}
    if "arm" in taken:
        raise ConfigError("overrides hold arm, must be given as arms")
    return [as_override(key, value) for key, value in given.items() if value is not None and key not in taken] + lines


def ask(job: str, arms: Arms, overrides: Overrides, config_dir: str | Path | None = None, **given: Any) -> Asked:
    """Compose ``configs/<job>.yaml`` for some arms.

    Parameters
    ----------
    arms
        Names, or by name what it stands for: see ``Policy``.
    overrides
        ``["market.pros.n=200"]`` or ``{"market.pros.n": 200}``.
    given
        Further keys; None leaves a key as the configuration has it.

    Raises
    ------
    ConfigError
        Whatever the command line would refuse, with the same message; a policy that is not a frozen dataclass, or lacks the method.
    """
    wanted = _by_name(arms)
    like = {name: _like(name, policy) for name, policy in wanted.items() if isinstance(policy, str | Mapping)}
    own = {name: policy for name, policy in wanted.items() if name not in like}
    bases = list(dict.fromkeys([base for base, _ in like.values()] + ([SCORED] if own else [])))
    lines = lines_of(overrides, given)
    folders = [] if config_dir is None else [Path(config_dir)]
    settings = compose_settings(job, [as_override("arm", bases), *lines], folders)
    composed = settings["arms"]
    scored = load_arms({"arm": [SCORED], "arms": {SCORED: composed[SCORED]}})[SCORED] if own else None
    settings["arms"] = {
        # changed in some way, it is no longer what its file says about it
        name: change(composed[base], changes, f"arms.{name}") | ({"description": _described(base, changes)} if changes else {})
        for name, (base, changes) in like.items()
    }
    settings["arm"] = list(settings["arms"])
    return Asked(settings, {name: _own(name, policy, scored) for name, policy in own.items() if scored}, tuple(wanted))


def _by_name(arms: Any) -> dict[str, Any]:
    if isinstance(arms, str):
        arms = [arms]
    if not isinstance(arms, Mapping):
        if not isinstance(arms, Iterable):
            raise ConfigError(f"arms = {arms!r}, must be names, or a mapping from names to policies")
        arms = list(arms)
        if not all(isinstance(name, str) for name in arms):
            raise ConfigError(f"arms = {arms!r}, must be names; a policy of your own needs one: {{'mine': policy}}")
        if len(set(arms)) < len(arms):
            raise ConfigError(f"arms = {arms}, must be distinct")
        arms = {name: name for name in arms}
    if not arms:
        raise ConfigError("arms, must name at least one")
    for name in arms:
        if not isinstance(name, str) or not name.isprintable() or not 0 < len(name.strip()) <= LONGEST_NAME:
            raise ConfigError(f"arms: {name!r}, must be a name of at most {LONGEST_NAME} printable characters")
    return dict(arms)


def _like(name: str, policy: Any) -> tuple[str, dict[str, Any]]:
    """The arm of ``configs/`` that a policy is like, and what is changed in it."""
    if isinstance(policy, str):
        return policy, {}
    changes = {str(key): value for key, value in policy.items() if key != "like"}
    base = policy.get("like")
    if not isinstance(base, str):
        near = did_you_mean("like", list(changes))
        raise ConfigError(f"arms.{name}.like = {base!r}, must be the name of the arm that it is like{near}")
    return base, changes


def _described(base: str, changes: Mapping[str, Any]) -> str:
    return f"{base} with {', '.join(f'{key} = {value}' for key, value in changes.items())}."[:300]


def _own(name: str, policy: Any, scored: Arm) -> Arm:
    """A policy given as an object, as an arm of this name."""
    if policy is None:
        raise ConfigError(f"arms.{name} = None, must be the name of an arm, changes to one, or a policy")
    if isinstance(policy, type):
        raise ConfigError(f"arms.{name} = {policy.__name__}, must be a policy, not its class: {policy.__name__}(...)")
    if isinstance(policy, Arm):
        arm = replace(policy, name=name)
    else:
        described = (type(policy).__doc__ or "").strip().split("\n", 1)[0][:300]
        arm = replace(scored, name=name, allocator=policy, description=described)
    for group in METHODS:
        part = getattr(arm, group, None)
        if part is not None:
            check_class(type(part), group, f"arms.{name}.{group} = {type(part).__name__}")
    return arm

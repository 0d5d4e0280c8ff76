"""The market and the arms of composed settings, as the objects that are simulated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.plans.named import NAMED_ARMS
from experiments.plans.programmes import load_programmes
from sim import config, plugins
from sim.engine.platform import Arm
from sim.programmes.base import Programme


def load_market(settings: Mapping[str, Any]) -> config.Market:
    """The validated market of composed settings."""
    market = settings.get("market")
    if not isinstance(market, Mapping):
        raise config.ConfigError(f"market = {market!r}, must be a mapping")
    return config.load(config.Market, market, "market")


@dataclass(frozen=True)
class BuiltArm:
    """An arm, and which key of the configuration each of its programmes is from."""

    arm: Arm
    programmes: Mapping[str, Programme]


def load_arms(settings: Mapping[str, Any]) -> dict[str, Arm]:
    """The arms of composed settings, by name, in order."""
    return {name: built.arm for name, built in build_arms(settings).items()}


def load_named(settings: Mapping[str, Any]) -> dict[str, Arm]:
    """The arms that other keys of composed settings name, by name."""
    named = settings.get(NAMED_ARMS, {})
    return load_arms({"arm": list(named), "arms": named})


def build_arms(settings: Mapping[str, Any]) -> dict[str, BuiltArm]:
    """The same with the keys of their programmes.

    Raises
    ------
    ConfigError
        An arm that cannot be built.
    """
    arms = settings.get("arms")
    if not isinstance(arms, Mapping):
        raise config.ConfigError(f"arms = {arms!r}, must be a mapping")
    unknown = [name for name in arms if name not in settings["arm"]]
    if unknown:
        raise config.ConfigError(f"arms.{unknown[0]}, must be one of the arms: {', '.join(settings['arm'])}")
    built = {}
    for name in settings["arm"]:
        spec = arms.get(name)
        if not isinstance(spec, Mapping):
            raise config.ConfigError(f"arms.{name} = {spec!r}, must be a mapping with score and allocator")
        known = ("score", "allocator", "programmes", "description")
        for key in spec:
            if key not in known:
                raise config.ConfigError(f"arms.{name}.{key} = {spec[key]!r}, unknown key; an arm has: {', '.join(known)}")
        parts = {group: plugins.build(spec.get(group), group, f"arms.{name}.{group}") for group in ("score", "allocator")}
        programmes = load_programmes(spec.get("programmes", {}), f"arms.{name}.programmes")
        description = spec.get("description", _first_sentence(parts["allocator"]))
        if not isinstance(description, str) or len(description) > 300:
            raise config.ConfigError(f"arms.{name}.description = {description!r}, must be a text of at most 300 characters")
        kinds = [programme.kind for programme in programmes.values()]
        added = f" With {' and '.join([', '.join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds)}." if kinds else ""
        arm = Arm(name, parts["score"], parts["allocator"], description + added, tuple(programmes.values()))
        built[name] = BuiltArm(arm, programmes)
    return built


def _first_sentence(policy: Any) -> str:
    """What the class says about itself, for an arm without a description."""
    return (type(policy).__doc__ or "").strip().split("\n", 1)[0][:300]

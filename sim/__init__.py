"""A simulator of mission dispatch in home-services marketplaces: ``from sim import simulate, compare, load``.

These names live in ``experiments.api``, which joins configurations, runs and results, and are fetched from there when first
asked for. So nothing in ``sim`` depends on the commands or on Hydra, and importing a module of the model loads neither.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.api import (
        Arm,
        ConfigError,
        Result,
        Run,
        RunError,
        arms,
        calibrate,
        compare,
        load,
        markets,
        measures,
        runs,
        simulate,
    )

__all__ = [
    "Arm",
    "ConfigError",
    "Result",
    "Run",
    "RunError",
    "arms",
    "calibrate",
    "compare",
    "load",
    "markets",
    "measures",
    "runs",
    "simulate",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("experiments.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

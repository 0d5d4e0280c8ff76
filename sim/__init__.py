"""The market model, and what is known of its logs: people, draws, rules, engines, scores, policies, metrics, charts and reports.

Nothing here knows of configurations, commands or Hydra. The functions to start from are in ``experiments``:
``from experiments import compare, simulate, load``. See ``sim/README.md`` for where things are.
"""

_MOVED = (
    *("Arm", "ConfigError", "Result", "Run", "RunError"),
    *("arms", "calibrate", "compare", "load", "markets", "measures", "runs", "simulate"),
)


def __getattr__(name: str) -> object:
    if name in _MOVED:
        raise ImportError(f"sim.{name} is now experiments.{name}: from experiments import {name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

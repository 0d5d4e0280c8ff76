"""The simulator from Python: ``from experiments import compare, simulate, load``; each module of this folder is a command.

``python -m experiments.<name> --help``, or ``mission-dispatch <name> --help`` once installed. The functions live in
``experiments.api`` and are fetched when first asked for, so that a command loads no more than it needs. They take what the command
line takes, refuse what it refuses with the same message, and give back Arrow tables (``.to_pandas()`` makes them data frames).
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.api.calibration import calibrate as calibrate
    from experiments.api.choices import arms as arms
    from experiments.api.choices import markets as markets
    from experiments.api.choices import measures as measures
    from experiments.api.choices import runs as runs
    from experiments.api.comparison import compare as compare
    from experiments.api.comparison import load as load
    from experiments.api.examination import Examined as Examined
    from experiments.api.examination import examine as examine
    from experiments.api.lab import Experimented as Experimented
    from experiments.api.lab import lab as lab
    from experiments.api.results import Result as Result
    from experiments.api.results import Run as Run
    from experiments.api.simulation import simulate as simulate
    from experiments.execution.runner import RunError as RunError
    from sim.config import ConfigError as ConfigError
    from sim.engine.platform import Arm as Arm

_HOMES = {
    "Arm": "sim.engine.platform",
    "ConfigError": "sim.config",
    "Examined": "experiments.api.examination",
    "Experimented": "experiments.api.lab",
    "Result": "experiments.api.results",
    "Run": "experiments.api.results",
    "RunError": "experiments.execution.runner",
    "arms": "experiments.api.choices",
    "calibrate": "experiments.api.calibration",
    "compare": "experiments.api.comparison",
    "examine": "experiments.api.examination",
    "lab": "experiments.api.lab",
    "load": "experiments.api.comparison",
    "markets": "experiments.api.choices",
    "measures": "experiments.api.choices",
    "runs": "experiments.api.choices",
    "simulate": "experiments.api.simulation",
}
__all__ = list(_HOMES)


class _Package(ModuleType):
    """A package whose public functions go before its modules: ``compare`` and ``calibrate`` are a command and a function each."""

    def __setattr__(self, name: str, value: Any) -> None:
        # importing the command binds its module to that name here, where a caller expects the function
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

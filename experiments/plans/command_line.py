"""Commands as they are typed: short forms, and the command that gives the same result."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

SHORT_JOBS = ("calibrate", "replay")
SHORT = {"data=": "file=", "columns=": "data@columns="}
"""Of these jobs, short forms by what Hydra wants instead."""


def command_line(job: str, overrides: Sequence[str], config_dirs: Sequence[Path] = ()) -> str:
    """The command that gives the same result, without where it goes."""
    plugins = os.environ.get("SIM_PLUGINS")
    kept = [
        override
        for override in overrides
        if not override.startswith(("out=", "store=", "workers=", "executor=", "executor.", "report."))
    ]
    folders = [word for folder in config_dirs for word in ("--config-dir", str(folder))]
    if job in SHORT_JOBS:
        kept = [_short(override) for override in kept]
    words = [shlex.quote(word) for word in (*folders, *kept)]
    return " ".join([*([f"SIM_PLUGINS={shlex.quote(plugins)}"] if plugins else []), "python -m", f"experiments.{job}", *words])


def long_forms(arguments: Sequence[str]) -> list[str]:
    """The short forms ``data=PATH`` and ``columns=NAME`` as Hydra wants them: its groups have their own way of being chosen."""
    words = []
    for argument in arguments:
        prefix = next((prefix for prefix in SHORT if argument.startswith(prefix)), "")
        words.append(SHORT[prefix] + argument.removeprefix(prefix) if prefix else argument)
    return words


def _short(argument: str) -> str:
    """An argument as it was typed, from its long form."""
    prefix = next((prefix for prefix in SHORT if argument.startswith(SHORT[prefix])), "")
    return prefix + argument.removeprefix(SHORT[prefix]) if prefix else argument

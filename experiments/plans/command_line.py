"""Commands as they are typed: short forms, and the command that gives the same result."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path


def command_line(job: str, overrides: Sequence[str], config_dirs: Sequence[Path] = ()) -> str:
    """The command that gives the same result, without where it goes."""
    plugins = os.environ.get("SIM_PLUGINS")
    kept = [
        override
        for override in overrides
        if not override.startswith(("out=", "store=", "workers=", "executor=", "executor.", "report."))
    ]
    folders = [word for folder in config_dirs for word in ("--config-dir", str(folder))]
    words = [shlex.quote(word) for word in (*folders, *kept)]
    return " ".join([*([f"SIM_PLUGINS={shlex.quote(plugins)}"] if plugins else []), "python -m", f"experiments.{job}", *words])


def long_forms(arguments: Sequence[str]) -> list[str]:
    """The short forms ``data=PATH`` and ``columns=NAME`` as Hydra wants them: its groups have their own way of being chosen."""
    short = {"data=": "file=", "columns=": "data@columns="}
    words = []
    for argument in arguments:
        prefix = next((prefix for prefix in short if argument.startswith(prefix)), "")
        words.append(short[prefix] + argument.removeprefix(prefix) if prefix else argument)
    return words

"""The yaml and the commands that give the numbers on the screen again."""

from pathlib import Path
from typing import Any

import yaml

from experiments.explorer.choice import JOB, Choice, base, changes
from experiments.explorer.gather import Finished
from experiments.plans.compose import CONFIGS

NAME = "explored"
"""Of the experiment that a yaml becomes."""


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Dotted keys as mappings in mappings.

    Examples
    --------
    >>> _nested({"a.b": 1, "a.c": 2, "d": 3})
    {'a': {'b': 1, 'c': 2}, 'd': 3}
    """
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *above, last = key.split(".")
        node = tree
        for part in above:
            node = node.setdefault(part, {})
        node[last] = value
    return tree


def experiment_yaml(choice: Choice, config_dirs: tuple[Path, ...] = ()) -> str:
    """The choice as an experiment of ``compare``: only what differs from the yaml files."""
    known = base(choice.studied, choice.market, config_dirs)
    question = f"{choice.studied} against {choice.control}" if choice.studied != choice.control else choice.studied
    head = [
        "# @package _global_",
        f"# Made by the explorer: {question}. Save it as FOLDER/experiment/{NAME}.yaml, then",
        f"#   {yaml_command('FOLDER', config_dirs)}",
    ]
    body = {"defaults": [{"override /market": choice.market}], "arm": list(choice.arms), **_nested(changes(choice, known))}
    return "\n".join(head) + "\n" + yaml.safe_dump(body, sort_keys=False, default_flow_style=None, width=120)


def experiment_override() -> str:
    """How an experiment is named to ``compare``: with a plus when its yaml has no such group among its defaults."""
    defaults = yaml.safe_load((CONFIGS / f"{JOB}.yaml").read_text(encoding="utf-8"))["defaults"]
    known = any(isinstance(entry, dict) and "experiment" in entry for entry in defaults)
    return f"{'' if known else '+'}experiment={NAME}"


def yaml_command(folder: str, config_dirs: tuple[Path, ...] = ()) -> str:
    """What to type once the yaml lies in ``folder``/experiment."""
    dirs = " ".join(f"--config-dir {path}" for path in (folder, *config_dirs))
    return f"python -m experiments.{JOB} {dirs} {experiment_override()}"


def settings_yaml(finished: Finished) -> str:
    """Everything that a finished comparison was made from, as its ``config.yaml`` says it."""
    return yaml.safe_dump(finished.settings, sort_keys=False, default_flow_style=None, width=120)

"""A finished comparison read back from its ``out`` folder and the store that it names, for whoever shows it again."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from experiments.execution.run_set import RunSet
from experiments.execution.store import DamagedError, RunResult, read_run
from experiments.outputs.manifest import MANIFEST
from experiments.plans.plan import CompareOptions, Plan, make_plan
from sim.config import ConfigError

KEY = re.compile(r"[0-9a-f]{32}")
Runs = dict[tuple[str, int], str]


@dataclass(frozen=True)
class FinishedFolder:
    """What a folder says about a comparison; its runs are not read yet."""

    settings: dict[str, Any]
    runs: Runs
    """Key in the store by arm and replication, in that order."""
    store: Path
    command: str
    """As it stands there: somebody may have changed it."""


def read_folder(folder: Path) -> FinishedFolder:
    """Settings and keys of a finished comparison.

    Raises
    ------
    ConfigError
        Its files are not what the command writes.
    """
    if not (folder / MANIFEST).is_file():
        raise ConfigError(f"{folder} has no {MANIFEST}, must be the folder of a command that was finished: run it again")
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        settings = yaml.safe_load((folder / "config.yaml").read_bytes())
        runs, store = _runs(manifest["runs"]), Path(str(manifest["store"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{folder}: cannot be read as a finished comparison ({type(error).__name__}: {reason})") from None
    if not isinstance(settings, dict) or not isinstance(settings.get("arm"), list):
        raise ConfigError(f"{folder / 'config.yaml'}, must hold the settings of a comparison")
    return FinishedFolder(settings, runs, store, str(manifest.get("command", "")))


def _runs(runs: Mapping[str, str]) -> Runs:
    found = {}
    for where, key in runs.items():
        arm, _, replication = where.rpartition("/")
        # a key becomes a path
        if not KEY.fullmatch(key):
            raise ValueError(f"runs.{where} = {key!r}, must be 32 hex digits")
        found[arm, int(replication)] = key
    numbers = {arm: sorted(replication for name, replication in found if name == arm) for arm, _ in found}
    n = max(map(len, numbers.values()), default=0)
    for arm, there in numbers.items():
        # arms are compared pair by pair
        if there != list(range(n)):
            raise ValueError(f"runs of {arm} are {there}, must be 0 to {n - 1}, as of every arm")
    return {(arm, replication): found[arm, replication] for arm in numbers for replication in range(n)}


def read_finished(folder: Path, read: FinishedFolder, tables: bool = False) -> tuple[Plan[CompareOptions], RunSet]:
    """The plan of a finished comparison, and its runs from the store.

    Parameters
    ----------
    tables
        Whether the tables of each run must be there, too.

    Raises
    ------
    ConfigError
        It is not a comparison of this version, or runs are no longer in the store, damaged, or of another version.
    """
    plan = make_plan(read.settings, CompareOptions)
    arms = {name for name, _ in read.runs}
    if arms != set(plan.arms):
        there, wanted = ", ".join(sorted(arms)) or "no arm", ", ".join(plan.arms)
        raise ConfigError(f"{folder / MANIFEST}: has runs of {there}, must be those of {wanted}")
    results: dict[tuple[str, int], RunResult] = {}
    for where, key in read.runs.items():
        try:
            found = read_run(read.store, key, tables)
        except DamagedError as error:
            raise ConfigError(f"{error}: run the command of {folder / MANIFEST} again") from None
        if found is None:
            raise ConfigError(
                f"{folder}: the run of arm {where[0]}, replication {where[1]}, is not in {read.store} any more; run the command"
                " again"
            )
        missing = [metric.name for metric in plan.metrics if metric.name not in found.metrics]
        if missing:
            raise ConfigError(f"{folder}: its runs were measured by another version, without {missing[0]}; run the command again")
        results[where] = found
    return plan, RunSet(results, dict(read.runs), 0)
